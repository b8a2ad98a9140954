/* From a reading to a member of the archive and a row of the index.  Every phase ends here, so that no read,
 * however it went, is missing from the index. */
#include "collect/capture.h"

#include <errno.h>
#include <string.h>

#include "collect/stop.h"

bool mr_capture_goes_on(const struct mr_capture *capture)
{
	return !mr_stop_signal() && !mr_archive_out_failed(capture->archive);
}

int64_t mr_capture_wall_s(const struct mr_capture *capture, uint64_t monotonic_ns)
{
	return ((int64_t)monotonic_ns + capture->realtime_offset_ns) / 1000000000;
}

void mr_capture_flush_index(struct mr_capture *capture)
{
	struct mr_manifest *manifest = &capture->manifest;
	char path[40];

	if (!manifest->segment.length_bytes)
		return;
	snprintf(path, sizeof(path), "capture/index/%04u.csv", mr_manifest_take(manifest));
	mr_archive_out_add_buffer(capture->archive, path, mr_capture_wall_s(capture, mr_now_ns()),
				  &manifest->segment);
	mr_manifest_next(manifest);
}

void mr_capture_row(struct mr_capture *capture, const struct mr_manifest_row *row)
{
	if (mr_manifest_is_full(&capture->manifest, strlen(row->path)))
		mr_capture_flush_index(capture);
	mr_manifest_add(&capture->manifest, row);
}

/* Where the bytes of a reading stand: the kernel's path, or beside it for all readings but the canonical one.
 */
static const char *member_path(struct mr_capture *capture, const struct mr_place *place)
{
	struct mr_buffer *member = &capture->member;

	if (!place->reading_number)
		return place->path;
	mr_buffer_clear(member);
	mr_buffer_printf(member, "capture/%s/%u/", place->role == MR_ROLE_MORE ? "more" : "again",
			 place->reading_number);
	mr_buffer_append_text(member, place->path);
	return member->failed ? NULL : member->data;
}

static void note_cost(struct mr_capture *capture, const char *path, const struct mr_reading *reading)
{
	capture->read_bytes += reading->length_bytes;
	if (reading->duration_ns <= capture->longest_read_ns)
		return;
	capture->longest_read_ns = reading->duration_ns;
	mr_buffer_clear(&capture->longest_read_path);
	mr_buffer_append_text(&capture->longest_read_path, path);
}

static void hash(const char *bytes, size_t length_bytes, uint8_t ret_digest[SHA256_DIGEST_SIZE])
{
	struct sha256_ctx sha256;

	sha256_init(&sha256);
	sha256_update(&sha256, length_bytes, (const uint8_t *)bytes);
	sha256_digest(&sha256, SHA256_DIGEST_SIZE, ret_digest);
}

static void store_part(struct mr_capture *capture, const struct mr_place *place,
		       const struct mr_reading *reading)
{
	bool has_member = !reading->error_number || reading->length_bytes;
	uint8_t digest[SHA256_DIGEST_SIZE];

	if (has_member) {
		hash(reading->bytes, reading->length_bytes, digest);
		mr_archive_out_add(capture->archive, member_path(capture, place),
				   mr_capture_wall_s(capture, reading->start_ns), reading->bytes,
				   reading->length_bytes);
	}
	const struct mr_manifest_row row = {
		.path = place->path,
		.role = place->role,
		.reading_number = place->reading_number,
		.status = mr_status_name(reading->error_number),
		.bytes = reading->length_bytes,
		.start_ns = reading->start_ns,
		.duration_ns = reading->duration_ns,
		.sha256 = has_member ? digest : NULL,
	};
	mr_capture_row(capture, &row);
	if (reading->error_number)
		mr_losses_add(&capture->losses, place->subject, place->name, reading->error_number);
}

/* The next part of the file that was read last.  In an unpacked archive it stands in a file of its own. */
static void read_next_part(struct mr_capture *capture, const struct mr_place *part, struct mr_reading *ret)
{
	struct mr_reading unpacked;

	mr_slurp_rest(&capture->slurp, ret);
	if (ret->length_bytes || ret->error_number || capture->is_this_machine)
		return;
	const char *path = member_path(capture, part);
	if (!path)
		return;
	mr_slurp(&capture->slurp, capture->tree.root_fd, path, &unpacked);
	if (!unpacked.error_number)
		*ret = unpacked;
}

void mr_capture_store(struct mr_capture *capture, const struct mr_place *place,
		      const struct mr_reading *reading)
{
	struct mr_place part = *place;
	struct mr_reading rest = *reading;

	/* capture/more/N/PATH has room for one reading of a path, the canonical one; others are cut off, and
	 * say so */
	if (rest.has_more && place->reading_number)
		rest.error_number = EFBIG;
	store_part(capture, place, &rest);
	note_cost(capture, place->path, &rest);
	for (unsigned i = 1; rest.has_more && !rest.error_number && mr_capture_goes_on(capture); i++) {
		part.role = MR_ROLE_MORE;
		part.reading_number = i;
		read_next_part(capture, &part, &rest);
		if (rest.has_more && i == MR_PARTS_MAX - 1)
			rest.error_number = EFBIG;
		store_part(capture, &part, &rest);
		note_cost(capture, place->path, &rest);
	}
}

void mr_capture_file(struct mr_capture *capture, int directory_fd, const char *name,
		     const struct mr_place *place, struct mr_reading *ret)
{
	struct mr_reading reading;

	mr_slurp(&capture->slurp, directory_fd, name, &reading);
	mr_capture_store(capture, place, &reading);
	if (ret)
		*ret = reading;
}

void mr_capture_missing(struct mr_capture *capture, const struct mr_place *place, int error_number)
{
	const struct mr_reading reading = {.error_number = error_number, .start_ns = mr_now_ns()};

	store_part(capture, place, &reading);
}

void mr_capture_made(struct mr_capture *capture, const char *path, const struct mr_buffer *made)
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	const struct mr_manifest_row row = {
		.path = path,
		.status = mr_status_name(0),
		.bytes = made->length_bytes,
		.start_ns = mr_now_ns(),
		.sha256 = digest,
	};

	hash(made->data, made->length_bytes, digest);
	mr_archive_out_add_buffer(capture->archive, path, mr_capture_wall_s(capture, row.start_ns), made);
	mr_capture_row(capture, &row);
}

void mr_capture_phase_done(struct mr_capture *capture, const char *name)
{
	size_t used_bytes = strlen(capture->phases);

	snprintf(capture->phases + used_bytes, sizeof(capture->phases) - used_bytes, "%s%s",
		 used_bytes ? " " : "", name);
}
