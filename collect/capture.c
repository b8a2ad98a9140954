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
	mr_archive_out_add(capture->archive, path, mr_capture_wall_s(capture, mr_now_ns()),
			   manifest->segment.data, manifest->segment.length_bytes);
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
	return member->failed ? place->path : member->data;
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

static void store_part(struct mr_capture *capture, const struct mr_place *place,
		       const struct mr_reading *reading)
{
	bool has_member = !reading->error_number || reading->length_bytes;
	uint8_t digest[SHA256_DIGEST_SIZE];

	if (has_member) {
		struct sha256_ctx sha256;

		sha256_init(&sha256);
		sha256_update(&sha256, reading->length_bytes, (const uint8_t *)reading->bytes);
		sha256_digest(&sha256, sizeof(digest), digest);
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
		mr_slurp_rest(&capture->slurp, &rest);
		part.role = MR_ROLE_MORE;
		part.reading_number = i;
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

void mr_capture_made(struct mr_capture *capture, const char *path, const void *bytes, size_t length_bytes)
{
	const struct mr_place place = {.path = path, .subject = MR_SUBJECT_SYSTEM, .name = path};
	const struct mr_reading made = {
		.start_ns = mr_now_ns(), .bytes = bytes, .length_bytes = length_bytes};

	store_part(capture, &place, &made);
}

void mr_capture_phase_done(struct mr_capture *capture, const char *name)
{
	size_t used_bytes = strlen(capture->phases);

	snprintf(capture->phases + used_bytes, sizeof(capture->phases) - used_bytes, "%s%s",
		 used_bytes ? " " : "", name);
}
