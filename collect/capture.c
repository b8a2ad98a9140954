/* From a reading to a member of the archive and a row of the index.  Every phase ends here, so that no read,
 * however it went, is missing from the index. */
#include "collect/capture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "schema/base/clock.h"
#include "collect/hung.h"
#include "collect/room.h"
#include "collect/stop.h"

/* What a large process gets on top of the time for one file: its page tables are walked. */
#define LIMIT_NS_PER_GIB (60 * MR_MILLISECOND_NS)
/* Paths that hang are remembered up to here: by then the run has waited for a thousand of them. */
#define STUCK_PATHS_BYTES (64 * 1024)

bool mr_capture_goes_on(struct mr_capture *capture)
{
	if (!capture->ended_by && mr_now_ns() >= capture->run_deadline_ns)
		capture->ended_by = "timeout";
	return !capture->ended_by && !mr_stop_signal() && !mr_archive_out_failed(capture->archive);
}

int mr_capture_end_status(const struct mr_capture *capture)
{
	return capture->ended_by ? MR_OVER_BUDGET : EINTR;
}

bool mr_capture_can(const struct mr_capture *capture, unsigned capability)
{
	return capture->capabilities >> capability & 1;
}

uint64_t mr_capture_limit_ns(const struct mr_capture *capture, uint64_t rss_bytes)
{
	return capture->options->read_timeout_ns + LIMIT_NS_PER_GIB * (rss_bytes >> 30);
}

bool mr_capture_is_stuck(const struct mr_capture *capture, const char *path)
{
	const char *at = capture->stuck_paths.data, *end = at ? at + capture->stuck_paths.length_bytes : NULL;

	for (; at < end; at += strlen(at) + 1)
		if (!strcmp(at, path))
			return true;
	return false;
}

void mr_capture_note_stuck(struct mr_capture *capture, const char *path)
{
	if (capture->stuck_paths.length_bytes < STUCK_PATHS_BYTES && !mr_capture_is_stuck(capture, path))
		mr_buffer_append(&capture->stuck_paths, path, strlen(path) + 1);
}

/* Files of the collector's own that a tree has are written anew; those of the tree are an earlier reading. */
static void report_stuck(struct mr_capture *capture, const char *path, const struct mr_reading *reading)
{
	bool is_own = !strncmp(path, "capture/", strlen("capture/"));
	const struct mr_place place = {
		.path = path,
		.role = is_own ? MR_ROLE_BRACKET : MR_ROLE_CANONICAL,
		.reading_number = is_own,
		.subject = MR_SUBJECT_SYSTEM,
		.name = path,
	};

	mr_capture_note_stuck(capture, path);
	mr_capture_store(capture, &place, reading);
}

void mr_capture_look(struct mr_capture *capture, const char *folder, const char *name, struct mr_reading *ret)
{
	struct mr_buffer path = {0};

	if (*folder)
		mr_buffer_printf(&path, "%s/", folder);
	mr_buffer_append_text(&path, name);
	if (!path.failed && mr_capture_is_stuck(capture, path.data))
		*ret = (struct mr_reading){
			.error_number = MR_NO_ANSWER, .start_ns = mr_now_ns(), .bytes = ""};
	else
		mr_reader_read(&capture->readers[0], folder, name, mr_capture_limit_ns(capture, 0), ret);
	if (ret->error_number == MR_NO_ANSWER && ret->reader && !path.failed)
		report_stuck(capture, path.data, ret);
	mr_buffer_deinit(&path);
}

void mr_capture_list(struct mr_capture *capture, const char *path, int64_t position, size_t bytes_max,
		     bool only_folders, struct mr_reading *ret)
{
	if (mr_capture_is_stuck(capture, path)) {
		*ret = (struct mr_reading){
			.error_number = MR_NO_ANSWER, .start_ns = mr_now_ns(), .bytes = ""};
		return;
	}
	mr_reader_list(&capture->readers[0], path, position, bytes_max, only_folders,
		       mr_capture_limit_ns(capture, 0), ret);
	if (ret->error_number == MR_NO_ANSWER && ret->reader)
		report_stuck(capture, path, ret);
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
static const char *member_path(struct mr_capture *capture, const struct mr_place *place, const char *path)
{
	struct mr_buffer *member = &capture->member;

	if (!path || !place->reading_number)
		return path;
	mr_buffer_clear(member);
	mr_buffer_printf(member, "capture/%s/%u/", place->role == MR_ROLE_MORE ? "more" : "again",
			 place->reading_number);
	mr_buffer_append_text(member, path);
	return member->failed ? NULL : member->data;
}

/* The path that goes into the archive; NULL when there was no memory to hide the names in it. */
static const char *safe_path(struct mr_capture *capture, const char *path)
{
	struct mr_buffer *safe = &capture->safe_path;

	if (!capture->anonymizer)
		return path;
	mr_buffer_clear(safe);
	mr_anonymize_path(capture->anonymizer, path, &capture->mounts, safe);
	return safe->failed ? NULL : safe->data;
}

/* The text that goes into the archive. */
static void hide_names(struct mr_capture *capture, const struct mr_place *place, struct mr_reading *reading)
{
	if (!capture->anonymizer || !reading->length_bytes)
		return;
	/* the text of a part is judged by where it stands */
	const char *path = member_path(capture, place, place->path);
	enum mr_anonymized result =
		path ? mr_anonymize_text(capture->anonymizer, path, &capture->mounts, reading->bytes,
					 reading->length_bytes, &capture->safe_text)
		     : MR_ANONYMIZED_WITHHELD;
	if (result == MR_ANONYMIZED_KEPT)
		return;
	reading->bytes = capture->safe_text.data;
	reading->length_bytes = capture->safe_text.length_bytes;
	if (result == MR_ANONYMIZED_REPLACED)
		return;
	reading->length_bytes = 0;
	reading->error_number = MR_WITHHELD;
	capture->withheld_count++;
}

static void note_cost(struct mr_capture *capture, const char *path, const struct mr_reading *reading)
{
	capture->read_bytes += reading->length_bytes;
	if (reading->duration_ns <= capture->longest_read_ns)
		return;
	path = safe_path(capture, path);
	capture->longest_read_ns = reading->duration_ns;
	mr_buffer_clear(&capture->longest_read_path);
	mr_buffer_append_text(&capture->longest_read_path, path ? path : "");
}

static void hash(const char *bytes, size_t length_bytes, uint8_t ret_digest[SHA256_DIGEST_SIZE])
{
	struct sha256_ctx sha256;

	sha256_init(&sha256);
	sha256_update(&sha256, length_bytes, (const uint8_t *)bytes);
	sha256_digest(&sha256, SHA256_DIGEST_SIZE, ret_digest);
}

/* How a reading goes into the archive: what there is no room for is left out. */
static int status_of(struct mr_capture *capture, const struct mr_place *place,
		     const struct mr_reading *reading)
{
	if ((reading->length_bytes || !reading->error_number) && !place->always_fits &&
	    !mr_room_for_member(capture, place->path, reading->bytes, reading->length_bytes)) {
		if (!capture->ended_by)
			capture->ended_by = "size";
		return MR_OVER_BUDGET;
	}
	return reading->error_number;
}

/* A line of --dry-run: what would be read, and whether it may. */
static void print_try(const struct mr_place *place, const struct mr_reading *reading)
{
	struct mr_buffer line = {0};

	if (place->reading_number || !strncmp(place->path, "capture/", strlen("capture/")))
		return;
	mr_buffer_append_escaped(&line, place->path, strlen(place->path));
	if (!line.failed)
		printf("%-9s %s\n", mr_status_name(reading->error_number), line.data);
	mr_buffer_deinit(&line);
}

/* Not even a row has room: the index will say that it lacks some. */
static void leave_out_row(struct mr_capture *capture)
{
	capture->rows_left_out_count++;
	if (!capture->ended_by)
		capture->ended_by = "size";
}

/* @return 0, or why the reading or a part of it is missing */
static int store_part(struct mr_capture *capture, const struct mr_place *place, const struct mr_reading *read)
{
	struct mr_reading reading = *read;
	uint8_t digest[SHA256_DIGEST_SIZE];

	if (capture->options->is_dry_run)
		print_try(place, read);
	hide_names(capture, place, &reading);
	int status = status_of(capture, place, &reading);
	bool has_member = !status || (reading.length_bytes && status == reading.error_number);
	const char *path = safe_path(capture, place->path);

	if (has_member) {
		hash(reading.bytes, reading.length_bytes, digest);
		mr_archive_out_add(capture->archive, member_path(capture, place, path),
				   mr_capture_wall_s(capture, reading.start_ns), reading.bytes,
				   reading.length_bytes);
	}
	const struct mr_manifest_row row = {
		.path = path ? path : "",
		.role = place->role,
		.reading_number = place->reading_number,
		.status = mr_status_name(status),
		.bytes = has_member ? reading.length_bytes : 0,
		.start_ns = reading.start_ns,
		.duration_ns = reading.duration_ns,
		.sha256 = has_member ? digest : NULL,
	};
	if (has_member || place->always_fits || mr_room_for_row(capture, row.path))
		mr_capture_row(capture, &row);
	else
		leave_out_row(capture);
	capture->over_budget_count += status == MR_OVER_BUDGET;
	if (status == MR_NO_ANSWER && place->subject == MR_SUBJECT_SYSTEM)
		mr_capture_note_stuck(capture, place->path);
	bool is_told = status == MR_NO_ANSWER &&
		       mr_room_for_member(capture, place->path, NULL, MR_HUNG_BYTES_MAX) &&
		       mr_hung_note(capture, place->path, &reading);
	struct mr_loss *loss = status ? mr_losses_add_file(&capture->losses, place->subject, place->path,
							   place->name, status)
				      : NULL;
	if (loss)
		loss->told_count += is_told;
	return status;
}

/* The next part of the file that was read last.  In an unpacked archive it stands in a file of its own. */
static void read_next_part(struct mr_capture *capture, const struct mr_place *part,
			   struct mr_reading *reading)
{
	struct mr_reader *reader = reading->reader;
	struct mr_reading unpacked;

	mr_reader_rest(reader, mr_capture_limit_ns(capture, 0), reading);
	if (reading->length_bytes || reading->error_number || capture->is_this_machine)
		return;
	const char *path = member_path(capture, part, part->path);
	if (!path)
		return;
	mr_reader_read(reader, "", path, mr_capture_limit_ns(capture, 0), &unpacked);
	if (!unpacked.error_number)
		*reading = unpacked;
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
	int status = store_part(capture, place, &rest);
	note_cost(capture, place->path, &rest);
	part.role = MR_ROLE_MORE;
	for (part.reading_number = 1; rest.has_more && !status; part.reading_number++) {
		/* that it goes on is said where it would stand */
		if (!mr_capture_goes_on(capture)) {
			mr_capture_missing(capture, &part, mr_capture_end_status(capture));
			return;
		}
		read_next_part(capture, &part, &rest);
		if (rest.has_more && part.reading_number == MR_PARTS_MAX - 1)
			rest.error_number = EFBIG;
		status = store_part(capture, &part, &rest);
		note_cost(capture, place->path, &rest);
	}
}

void mr_capture_file(struct mr_capture *capture, const char *folder, const char *name,
		     const struct mr_place *place, struct mr_reading *ret)
{
	struct mr_reading reading;

	mr_reader_read(&capture->readers[0], folder, name, mr_capture_limit_ns(capture, 0), &reading);
	mr_capture_store(capture, place, &reading);
	if (ret)
		*ret = reading;
}

void mr_capture_missing(struct mr_capture *capture, const struct mr_place *place, int status)
{
	const struct mr_reading reading = {.error_number = status, .start_ns = mr_now_ns()};

	store_part(capture, place, &reading);
}

void mr_capture_made(struct mr_capture *capture, const char *path, const struct mr_buffer *made)
{
	const struct mr_place place = {
		.path = path, .subject = MR_SUBJECT_SYSTEM, .name = path, .always_fits = true};
	const struct mr_reading reading = {
		.start_ns = mr_now_ns(),
		.bytes = made->data,
		.length_bytes = made->length_bytes,
	};

	if (made->failed)
		mr_archive_out_add_buffer(capture->archive, path, 0, made);
	else
		store_part(capture, &place, &reading);
}

void mr_capture_phase_done(struct mr_capture *capture, const char *name)
{
	size_t used_bytes = strlen(capture->phases);

	snprintf(capture->phases + used_bytes, sizeof(capture->phases) - used_bytes, "%s%s",
		 used_bytes ? " " : "", name);
}
