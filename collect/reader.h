/* Kernel files are read by another process, the reader.  It may hang; this one, the writer, does not.
 *
 * An ask that is not answered in its time costs exactly that ask: the reader is killed, and whether or not it
 * can die, another one goes on with the next.  Asks are answered in their order.  Nothing here waits longer
 * for a reader that is at an ask than the limit of that ask, not in waitpid() either. */
#ifndef MR_COLLECT_READER_H
#define MR_COLLECT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "collect/ask.h"
#include "collect/status.h"
#include "collect/tree.h"
#include "schema/base/buffer.h"

struct mr_reader {
	const struct mr_tree *tree;
	unsigned number;  /**< of this one, from 0 */
	bool is_confined; /**< the process gives up what it does not need: confine.h */
	bool only_opens;  /**< files that are asked for are opened and not read: whether that may be */
	bool is_swapped;  /**< page words are in the other byte order than this program's */
	uint64_t run_deadline_ns; /**< CLOCK_MONOTONIC; no ask is answered after it.  UINT64_MAX: none */

	pid_t pid; /**< 0: none now; the next ask makes one */
	int ask_fd, done_fd;
	struct mr_shared *shared;
	struct mr_buffer asks; /**< as they stand in a round; not yet answered from head_bytes on */
	size_t head_bytes,
		sent_bytes; /**< offsets in asks: the oldest without an answer, the first not sent */
	uint32_t epoch;
	unsigned sent_count, done_count; /**< rounds sent and answered since this reader began */
	struct mr_round *current;        /**< whose answers are being taken */
	uint32_t current_count, taken_count;
	bool ends_in_part;        /**< the last answer of it has more */
	bool sends_one;           /**< the ask that goes alone, before those that wait */
	struct mr_buffer shunned; /**< folder of the process whose lock an ask waited for in vain */
	uint64_t unasked_count;   /**< asks that found no memory; none is taken until they are answered */
	bool is_second_try;       /**< the oldest ask was sent to one that did not get to it in time */
	int loss; /**< why the reader is lost, once its answers are taken; 0 while it is well */

	pid_t lost_pid;                      /**< of the reader that did not answer last */
	unsigned readers_count;              /**< made so far */
	unsigned timeouts_count;             /**< asks that were not answered in time */
	long peak_rss_kib;                   /**< largest of the readers that ended well */
	uint64_t cpu_user_us, cpu_system_us; /**< of the same */
};

/** How one read went. */
struct mr_reading {
	int error_number;         /**< 0, an errno, or one of enum mr_status */
	bool has_more;            /**< a full part, and the file goes on: mr_reader_rest() */
	bool is_folder_lost;      /**< the error is that of opening the folder */
	uint32_t folder_inode;    /**< low bits of the folder's inode; 0 when not known */
	uint64_t start_ns;        /**< CLOCK_MONOTONIC before the open */
	uint64_t duration_ns;     /**< from there to the end of the last read */
	struct mr_reader *reader; /**< that read it, and can read its rest; NULL: it was not tried */
	const char *bytes; /**< valid until the next answer; what was read before an error is kept.  Aligned
			      to 8 */
	size_t length_bytes;
};

/** Most readers at a time. */
#define MR_READERS_MAX 16
/** The ends of the pipes that are written to have numbers of their own, the same for every process that a
 * reader is made of: a filter of system calls can only name numbers.  Nothing else comes to have them: what
 * is opened gets the lowest number that is free, and that many are never open at once. */
#define MR_READER_FDS (2 * MR_READERS_MAX)
#define MR_READER_FIRST_FD 32

/** Prepare; no process is made yet.  @tree is kept.  SIGPIPE has to be ignored: a reader may die. */
void mr_reader_init(struct mr_reader *reader, const struct mr_tree *tree, unsigned number);

/** Let the reader end, and wait a moment for what it cost.  More may be asked afterwards. */
void mr_reader_end(struct mr_reader *reader);

/** The same for many; the moment is one for all of them. */
void mr_readers_end(struct mr_reader *readers, unsigned count);

/** End it and free what it holds. */
void mr_reader_deinit(struct mr_reader *reader);

/**
 * Ask for a file, to be answered in turn.
 *
 * @folder       path from the top; "": @name is a path from the top itself
 * @limit_ns     after which the answer is MR_NO_ANSWER
 * @shares_lock  it waits for the mmap lock of the process of @folder: when one file of them was not answered,
 * those that follow are not tried, and answered alike with no reader
 */
void mr_reader_ask_file(struct mr_reader *reader, const char *folder, const char *name, uint64_t limit_ns,
			bool shares_lock);

/** Ask for a listing, as mr_reader_list(). */
void mr_reader_ask_list(struct mr_reader *reader, const char *path, int64_t position, size_t bytes_max,
			bool only_folders, uint64_t limit_ns);

/**
 * Ask for files that belong together: struct mr_quiet_head and readings.  They are read back to back, and all
 * again while the number in the first of them changes meanwhile.
 *
 * @names        each with its NUL but the last; at most MR_QUIET_FILES_MAX
 * @reads_again  the first is read again at the end of each attempt
 */
void mr_reader_ask_quiet(struct mr_reader *reader, const char *folder, const char *names, size_t names_bytes,
			 bool reads_again, uint64_t limit_ns);

/** Ask for the words of frames: struct mr_frames_head and MR_WORDS_PER_FRAME words for each.
 * @runs  at most MR_FRAMES_RUNS_MAX, of MR_FRAMES_MAX frames at most */
void mr_reader_ask_frames(struct mr_reader *reader, const struct mr_frames_run *runs, size_t runs_count,
			  uint64_t limit_ns);

/** Have what was asked on its way, without waiting for an answer: several readers work, and hang, at the same
 * time.
 */
void mr_reader_run_ahead(struct mr_reader *reader);

/** The answer to the oldest ask.  @ret is always set: without memory for an ask its answer is ENOMEM. */
void mr_reader_answer(struct mr_reader *reader, struct mr_reading *ret);

/** Read a file now.  Of what was asked before nothing may be on its way: allowed when all is answered, and
 * behind an answer with which the reader was lost. */
void mr_reader_read(struct mr_reader *reader, const char *folder, const char *name, uint64_t limit_ns,
		    struct mr_reading *ret);

/** Run the probes now, as mr_reader_read() reads: struct mr_probes. */
void mr_reader_probe(struct mr_reader *reader, uint64_t limit_ns, struct mr_reading *ret);

/** Read the next part of the file that the last answer is of, which has more.  Asks that wait go on behind
 * it. */
void mr_reader_rest(struct mr_reader *reader, uint64_t limit_ns, struct mr_reading *ret);

/**
 * List a folder now, as mr_reader_read() reads: struct mr_list_head and entries.
 *
 * @path          from the top
 * @position      0, or mr_list_entry.next_position of the last entry of the listing before
 * @bytes_max     of the answer, at least room for the longest entry
 * @only_folders  leave out all else
 */
void mr_reader_list(struct mr_reader *reader, const char *path, int64_t position, size_t bytes_max,
		    bool only_folders, uint64_t limit_ns, struct mr_reading *ret);

/** A listing in the order of the folder. */
struct mr_list_walk {
	const char *at, *end;
	bool is_whole;
	bool is_damaged;       /**< it is no listing, or one that would never end */
	int64_t next_position; /**< behind the entry that was given last */
};

/** Begin with the bytes of an answer, or of a copy that is aligned to 8.  @return its head; NULL when it has
 * none */
const struct mr_list_head *mr_list_begin(struct mr_list_walk *walk, const char *bytes, size_t length_bytes);

/** @return the next entry, NULL at the end of these bytes */
const struct mr_list_entry *mr_list_next(struct mr_list_walk *walk);

/** @return 0, or EPROTO when what was walked to its end is no listing */
int mr_list_end(const struct mr_list_walk *walk);

#endif
