/* One capture in the making: what every phase needs, and the one way from a reading into archive and index.
 */
#ifndef MR_COLLECT_CAPTURE_H
#define MR_COLLECT_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "collect/anonymize.h"
#include "collect/archive_out.h"
#include "collect/loss.h"
#include "collect/manifest.h"
#include "collect/options.h"
#include "collect/reader.h"
#include "collect/tree.h"
#include "schema/base/buffer.h"
#include "schema/catalog.h"

struct mr_capture {
	const struct mr_options *options;
	struct mr_tree tree;
	bool is_this_machine;     /**< false: another tree, whose machine may be unlike this one */
	bool is_unpacked_archive; /**< the tree has capture/meta.csv */
	bool has_readings;        /**< it has capture/again: other readings are taken over, not made */
	struct mr_reader readers[MR_READERS_MAX]; /**< the first does all that is not shared out */
	struct mr_archive_out *archive;
	struct mr_anonymizer *anonymizer; /**< of the whole run; NULL: names stay */
	const char *trigger;              /**< the condition that began this capture of a series, or NULL */
	struct mr_manifest manifest;
	struct mr_losses losses;
	struct mr_buffer member;      /**< scratch: path of a member */
	struct mr_buffer safe_path;   /**< scratch: path with tokens for names */
	struct mr_buffer safe_text;   /**< scratch: text with tokens for names */
	struct mr_buffer cgroups;     /**< capture/cgroups.csv, or what of its next part is known */
	unsigned cgroups_parts_count; /**< of it in the archive */
	int cgroups_status;           /**< why it is not all there is, as mr_reading.error_number */
	uint64_t capabilities;        /**< effective, a bit each; 0 before they were asked for */
	struct mr_buffer capabilities_dropped;
	struct mr_buffer hung;        /**< capture/hung.csv so far */
	struct mr_buffer hung_told;   /**< lines of the summary: who hung, the first of them */
	struct mr_buffer stuck_paths; /**< each with its NUL: not tried again, and have their row */
	unsigned hung_told_count;
	struct mr_mounts mounts;  /**< relative to the top of the tree; owned by the facts of meta.c */
	int mounts_status;        /**< why they are not known, as mr_reading.error_number; 0 when they are */
	uint64_t page_size_bytes; /**< of the machine that the tree belongs to; 0 when not known */
	unsigned kernel_version;  /**< of the tree's machine, 6012 for 6.12; 0 when not known */
	int byte_order;           /**< __ORDER_LITTLE_ENDIAN__, __ORDER_BIG_ENDIAN__; 0 when not known */
	unsigned brackets_count;  /**< brackets read so far */
	uint64_t start_ns;        /**< CLOCK_MONOTONIC of the beginning */
	uint64_t run_deadline_ns; /**< of the end, CLOCK_MONOTONIC */
	const char *
		ended_by; /**< the budget that is used up: "timeout", "size"; NULL while there is some left */
	int64_t realtime_offset_ns; /**< what turns CLOCK_MONOTONIC into CLOCK_REALTIME */
	char phases[80];            /**< names of the completed phases */

	uint64_t system_files_count; /**< that could be read, brackets counted once */
	uint64_t processes_count;
	uint64_t processes_vanished_count;
	uint64_t cgroups_count;
	uint64_t ram_frames_count;
	uint64_t sampled_frames_count;
	uint64_t read_bytes;
	uint64_t over_budget_count;   /**< readings that a budget left out */
	uint64_t rows_left_out_count; /**< rows for which the index had no room: readings that failed */
	uint64_t withheld_count;      /**< readings that --anonymize left out */
	uint64_t longest_read_ns;
	struct mr_buffer longest_read_path;
};

/** Most parts of a file that are taken, 64 MiB: far beyond what a kernel prints, and an end for a file that
 * has none. */
#define MR_PARTS_MAX 64

/** Where a reading belongs. */
struct mr_place {
	const char
		*path; /**< kernel path without leading slash, or path of a member that the collector makes */
	enum mr_role role;
	unsigned reading_number;
	enum mr_subject subject;
	const char *name; /**< for the summary: the file's name, for SYSTEM its path */
	bool always_fits; /**< without it the archive is none: no budget leaves it out */
};

/** @return whether to go on: nobody asked to stop, the archive can be written, and the budgets are not used
 * up */
bool mr_capture_goes_on(struct mr_capture *capture);

/** @return what is not read any more is marked with, once it does not go on: MR_OVER_BUDGET, or EINTR */
int mr_capture_end_status(const struct mr_capture *capture);

/** @return whether we have a capability: CAP_SYS_PTRACE ... */
bool mr_capture_can(const struct mr_capture *capture, unsigned capability);

/** @return the time that a file of a process with so much memory may take; 0 bytes for any other file */
uint64_t mr_capture_limit_ns(const struct mr_capture *capture, uint64_t rss_bytes);

/** @return whether this path gave no answer before: it is not worth a second wait, and has its row */
bool mr_capture_is_stuck(const struct mr_capture *capture, const char *path);

/** Remember a path that gave no answer. */
void mr_capture_note_stuck(struct mr_capture *capture, const char *path);

/** Read a file that is not stored; when it gives no answer it gets its row all the same, and is not tried
 * again.
 * @folder, @name, @ret as for mr_reader_read() */
void mr_capture_look(struct mr_capture *capture, const char *folder, const char *name,
		     struct mr_reading *ret);

/** The same for a listing.  @path and what follows as for mr_reader_list() */
void mr_capture_list(struct mr_capture *capture, const char *path, int64_t position, size_t bytes_max,
		     bool only_folders, struct mr_reading *ret);

/** Put a reading into the archive (when it has bytes, or ended well) and into the index; the parts of a long
 * file too. */
void mr_capture_store(struct mr_capture *capture, const struct mr_place *place,
		      const struct mr_reading *reading);

/**
 * Read a file and store it.
 *
 * @folder, @name  as for mr_reader_ask_file()
 * @ret            how it went; NULL when of no interest.  Its bytes are those of the last part
 */
void mr_capture_file(struct mr_capture *capture, const char *folder, const char *name,
		     const struct mr_place *place, struct mr_reading *ret);

/** Record a reading without bytes: something that was not even tried.  @status  as mr_reading.error_number */
void mr_capture_missing(struct mr_capture *capture, const struct mr_place *place, int status);

/** Add a member that the collector made itself, with its row in the index.  Without memory for it the archive
 * fails. */
void mr_capture_made(struct mr_capture *capture, const char *path, const struct mr_buffer *made);

/** Add a row to the index, of a member whose bytes were written to capture->archive piece by piece. */
void mr_capture_row(struct mr_capture *capture, const struct mr_manifest_row *row);

/** Note that a phase was completed. */
void mr_capture_phase_done(struct mr_capture *capture, const char *name);

/** Write the segment of the index that is being filled, if there are rows in it. */
void mr_capture_flush_index(struct mr_capture *capture);

/** @return the second since 1970 UTC of a moment of CLOCK_MONOTONIC */
int64_t mr_capture_wall_s(const struct mr_capture *capture, uint64_t monotonic_ns);

#endif
