/* What writer and reader tell each other: asks one way, answers the other, in memory that both have mapped.
 *
 * Asks go over in rounds.  There are two rounds, so that one is answered while the answers of the other are
 * used. Through the pipes go single bytes only, the number of a round: a writer never waits for room in a
 * pipe whose reader hangs. */
#ifndef MR_COLLECT_ASK_H
#define MR_COLLECT_ASK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/catalog.h"

#define MR_ROUNDS 2
#define MR_ROUND_ASKS_MAX 128
/** Bytes of the asks of one round; the longest ask fits many times. */
#define MR_ROUND_ASKS_BYTES (32 * 1024)
/** A round whose answers have this many bytes is cut short; the answer that comes to it may be a part of a
 * file. */
#define MR_ROUND_ANSWERS_BYTES (64 * 1024)
/** A folder and a name in it.  No kernel opens a longer path. */
#define MR_ASK_PATH_BYTES_MAX 8192

enum mr_ask_kind {
	MR_ASK_FILE,    /**< read a file; its first part when it is long */
	MR_ASK_REST,    /**< the next part of the file that was read last and has more */
	MR_ASK_LIST,    /**< list a folder: struct mr_list_head, then entries */
	MR_ASK_QUIET,   /**< read files that belong together until they were quiet: struct mr_quiet_head, then
			   readings */
	MR_ASK_FRAMES,  /**< words of page frames: struct mr_frames_head, then words */
	MR_ASK_PROBES,  /**< how this kernel counts: struct mr_probes */
	MR_ASK_REFUSED, /**< nothing; the answer is the errno in arguments[0] */
};

/** One question.  Where it stands in memory, folder and name follow, each with its NUL, then up to 7 bytes.
 */
struct mr_ask {
	enum mr_ask_kind kind;
	uint64_t limit_ns; /**< time to answer it in */
	/** FILE: whether it waits for the mmap lock of its process, whether it is only to be opened.  LIST:
	 * position, most bytes, whether only folders are wanted.  QUIET: whether the first file is read again
	 * at the end of each attempt, whether they are only to be opened.  REFUSED: an errno. */
	uint64_t arguments[3];
	/** Without the NUL; no folder: the name is a path from the top.  QUIET: the name is several, with a
	 * NUL between them.  FRAMES: the name is an array of struct mr_frames_run. */
	uint16_t folder_bytes, name_bytes;
};

struct mr_answer {
	int32_t error_number;  /**< errno; 0 when all is well */
	bool has_more;         /**< FILE, REST: a full part, and the file goes on */
	bool is_folder_lost;   /**< the error is that of opening the folder */
	uint32_t folder_inode; /**< low bits; 0 without a folder */
	uint32_t offset_bytes; /**< of the bytes in mr_round.bytes; a multiple of 8 */
	uint32_t length_bytes;
	uint64_t start_ns, duration_ns;
};

/** Bytes that one answer to a listing may take, where it is the only one: some thousand names. */
#define MR_LIST_BYTES (32 * 1024)

/** In front of a listing. */
struct mr_list_head {
	uint64_t device, inode; /**< of the folder */
	bool is_whole;          /**< there are no further entries */
};

/** An entry of a listing; its name follows with its NUL, then up to 7 bytes. */
struct mr_list_entry {
	int64_t next_position; /**< where a listing goes on behind this entry */
	uint16_t name_bytes;
	uint8_t type;     /**< DT_DIR, DT_REG, DT_LNK, ... */
	bool is_readable; /**< DT_REG: the mode has a read bit */
};

/** Most files that are read together, and how often at most. */
#define MR_QUIET_FILES_MAX 8
#define MR_QUIET_ATTEMPTS_MAX 5

/** In front of readings of files that belong together. */
struct mr_quiet_head {
	uint32_t readings_count;
	uint32_t quietest; /**< number of the attempt in which the first file changed least */
};

/** One of them; its bytes follow, then up to 7 more. */
struct mr_quiet_reading {
	uint32_t length_bytes;
	int32_t error_number;
	uint64_t start_ns, duration_ns;
	uint8_t file, attempt;
	bool is_again; /**< the first file, at the end of the attempt */
};

/** Frames in a row. */
struct mr_frames_run {
	uint64_t first_pfn, count;
	uint64_t range_pfn; /**< first frame of the RAM range; nothing before it is read */
};

/** Most runs of one ask, and frames of them all. */
#define MR_FRAMES_RUNS_MAX 128
#define MR_FRAMES_MAX 512

/** In front of the words of frames. */
struct mr_frames_head {
	_Alignas(8) int32_t error_numbers[3]; /**< of kpageflags, kpagecount, kpagecgroup */
	uint32_t unstable_count;              /**< frames whose flags changed while they were read */
};

struct mr_round {
	uint32_t epoch; /**< see reader.c */
	uint32_t asks_count;
	_Atomic uint32_t answers_count;
	_Alignas(8) char asks[MR_ROUND_ASKS_BYTES];
	struct mr_answer answers[MR_ROUND_ASKS_MAX];
	_Alignas(8) char bytes[MR_ROUND_ANSWERS_BYTES + MR_ARCHIVE_PART_BYTES];
};

/** All that both have mapped.  Pages that are never needed are never touched. */
struct mr_shared {
	/* what the reader is at; nothing while the deadline is 0 */
	_Atomic uint64_t start_ns;
	_Atomic uint64_t deadline_ns;
	struct mr_round rounds[MR_ROUNDS];
};

/** @return bytes of an ask with its texts, a multiple of 8 */
static inline size_t mr_ask_bytes(size_t folder_bytes, size_t name_bytes)
{
	return (sizeof(struct mr_ask) + folder_bytes + 1 + name_bytes + 1 + 7) / 8 * 8;
}

static inline const char *mr_ask_folder(const struct mr_ask *ask)
{
	return (const char *)(ask + 1);
}

static inline const char *mr_ask_name(const struct mr_ask *ask)
{
	return mr_ask_folder(ask) + ask->folder_bytes + 1;
}

/** @return bytes of an entry with its name, a multiple of 8 */
static inline size_t mr_list_entry_bytes(size_t name_bytes)
{
	return (sizeof(struct mr_list_entry) + name_bytes + 1 + 7) / 8 * 8;
}

static inline const char *mr_list_entry_name(const struct mr_list_entry *entry)
{
	return (const char *)(entry + 1);
}

#endif
