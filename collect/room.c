/* Keeping to --max-size.  The archive is never larger: before anything is added, the room for it and for all
 * that must follow it is counted as if nothing of it compressed.  What was compressed already counts as what
 * it is, so when room is short the block that waits is compressed early, and there is room again. */
#include "collect/room.h"

#include <string.h>

#include "schema/base/clock.h"
#include "collect/stop.h"

/* Besides what is kept for the end: rows of the files of a process or a group that are lost when it comes,
 * and what a hung process adds to capture/hung.csv. */
#define LAST_ROWS_BYTES (16 * 1024)
/* Less than this is not worth a gzip member of its own; the same for a segment of the index. */
#define FLUSH_LEAST_BYTES (16 * 1024)
#define SEGMENT_LEAST_BYTES (8 * 1024)
/* Longest of the paths of our own members. */
#define OWN_PATH_BYTES 32
#define OWN_MEMBERS_COUNT 4
/* Numbers of the receipt, and of the end. */
#define RECEIPT_BYTES 1024
#define END_BYTES 1024
/* A row that names a process that is left out: "proc/4194304/smaps_rollup,canonical,0,budget,0,…,0,". */
#define NAME_ROW_BYTES 72
/* Such rows are much alike. */
#define NAME_ROW_RATIO 4
/* Names may take this part of the archive; there are more processes than that, they are only counted. */
#define NAMES_SHARE 8

/* Room for a row of the index; its path may be quoted, with every byte doubled. */
static uint64_t row_bytes(size_t path_bytes)
{
	return 2 * path_bytes + MR_MANIFEST_ROW_REST_BYTES;
}

/* The rest of the archive, should it end now: bytes of the tar. */
static uint64_t end_bytes(const struct mr_capture *capture, uint64_t more_rows_bytes)
{
	const struct mr_archive_out *archive = capture->archive;
	const uint64_t lengths[] = {
		/* the index, which may need another segment */
		capture->manifest.segment.length_bytes + more_rows_bytes +
			(OWN_MEMBERS_COUNT + 1) * row_bytes(OWN_PATH_BYTES),
		MR_MANIFEST_ROW_REST_BYTES,
		capture->cgroups.length_bytes + OWN_PATH_BYTES,
		capture->hung.length_bytes,
		RECEIPT_BYTES + 2 * capture->longest_read_path.length_bytes,
		END_BYTES,
	};
	uint64_t sum_bytes = 0;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		sum_bytes += mr_archive_out_member_bytes(archive, OWN_PATH_BYTES, lengths[i]);
	return sum_bytes;
}

/* Kept to name the processes that may be left out; 0 when they are too many to be named. */
static uint64_t names_bytes(const struct mr_capture *capture)
{
	uint64_t ratio = capture->options->gzip_level ? NAME_ROW_RATIO : 1;
	uint64_t bytes = capture->processes_count * NAME_ROW_BYTES / ratio;

	return bytes <= capture->options->size_bytes_max / NAMES_SHARE ? bytes : 0;
}

static bool fits(const struct mr_capture *capture, uint64_t more_rows_bytes, uint64_t more_bytes)
{
	return mr_archive_out_size_bytes_max(capture->archive,
					     end_bytes(capture, more_rows_bytes) + more_bytes) <=
	       capture->options->size_bytes_max;
}

/* Compress what waits.  @return whether there was enough of it to be worth while */
static bool gain_room(struct mr_capture *capture)
{
	size_t segment_bytes = capture->manifest.segment.length_bytes;

	if (!capture->options->gzip_level ||
	    mr_archive_out_gain_bytes(capture->archive) + segment_bytes < FLUSH_LEAST_BYTES)
		return false;
	if (segment_bytes >= SEGMENT_LEAST_BYTES)
		mr_capture_flush_index(capture);
	mr_archive_out_flush(capture->archive);
	return true;
}

/* The same, when room is short, for what is not compressed yet. */
static bool fits_or_can(struct mr_capture *capture, uint64_t more_rows_bytes, uint64_t more_bytes)
{
	return fits(capture, more_rows_bytes, more_bytes) ||
	       (gain_room(capture) && fits(capture, more_rows_bytes, more_bytes));
}

static bool has_no_limit(const struct mr_capture *capture)
{
	/* before there is an archive some files are looked at already */
	return capture->options->is_dry_run || !capture->archive;
}

bool mr_room_for_member(struct mr_capture *capture, const char *path, const char *bytes,
			uint64_t length_bytes)
{
	size_t path_bytes = strlen(path);

	if (has_no_limit(capture))
		return true;
	uint64_t kept_bytes = LAST_ROWS_BYTES + names_bytes(capture),
		 tar_bytes = mr_archive_out_member_bytes(capture->archive, path_bytes, length_bytes);
	if (fits_or_can(capture, row_bytes(path_bytes), kept_bytes + tar_bytes))
		return true;
	if (!bytes || !capture->options->gzip_level)
		return false;
	/* beside others it becomes about as small as by itself; that it may become a little larger, what is
	 * kept for the last rows makes good */
	uint64_t measured_bytes = mr_archive_out_measure(capture->archive, bytes, length_bytes);
	return fits(capture, row_bytes(path_bytes), kept_bytes + tar_bytes - length_bytes + measured_bytes);
}

bool mr_room_for_row(struct mr_capture *capture, const char *path)
{
	return has_no_limit(capture) || fits_or_can(capture, row_bytes(strlen(path)), 0);
}

uint64_t mr_room_bytes(struct mr_capture *capture)
{
	uint64_t least_bytes = 0, most_bytes = capture->options->size_bytes_max,
		 kept_bytes = LAST_ROWS_BYTES + names_bytes(capture);

	if (has_no_limit(capture))
		return UINT64_MAX;
	gain_room(capture);
	while (least_bytes < most_bytes) {
		uint64_t middle_bytes = least_bytes + (most_bytes - least_bytes + 1) / 2;

		if (fits(capture, 0, kept_bytes + middle_bytes))
			least_bytes = middle_bytes;
		else
			most_bytes = middle_bytes - 1;
	}
	return least_bytes;
}

bool mr_room_for_names(struct mr_capture *capture, uint64_t count, uint64_t name_row_bytes)
{
	return has_no_limit(capture) || (names_bytes(capture) && count <= capture->processes_count) ||
	       fits_or_can(capture, count * name_row_bytes, 0);
}

void mr_room_leave_out(struct mr_capture *capture, const struct mr_place *place, uint64_t count)
{
	if (!count)
		return;
	mr_capture_missing(capture, place, MR_OVER_BUDGET);
	mr_losses_add_many(&capture->losses, place->subject, place->name, MR_OVER_BUDGET, count - 1);
	capture->over_budget_count += count - 1;
}

bool mr_room_counts_on(const struct mr_capture *capture)
{
	return capture->ended_by && !strcmp(capture->ended_by, "size") && !mr_stop_signal() &&
	       !mr_archive_out_failed(capture->archive) && mr_now_ns() < capture->run_deadline_ns;
}

void mr_room_end(struct mr_capture *capture)
{
	const struct mr_manifest_row row = {
		.path = "capture/index",
		.status = mr_status_name(MR_OVER_BUDGET),
		.start_ns = mr_now_ns(),
	};

	if (capture->rows_left_out_count)
		mr_capture_row(capture, &row);
}
