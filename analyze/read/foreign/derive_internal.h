/* What derive keeps of a capture.  Only for derive.c, which fills it, and derive_put.c, which makes rows of
 * it. */
#ifndef MR_DERIVE_INTERNAL_H
#define MR_DERIVE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyze/read/foreign/derive.h"
#include "analyze/read/foreign/derive_meminfo.h"
#include "schema/base/buffer.h"

/* PID_MAX_LIMIT of the kernel: no process has a greater number */
#define PID_LIMIT (1 << 22)
#define PIDS_PER_CHUNK 1024
#define OUTPUTS_MAX 16

enum has {
	HAS_FOLDER = 1, /* rows of its own */
	HAS_STAT = 2,
	HAS_STATM = 4,
	HAS_STATUS = 8,
	HAS_CGROUP = 16,
	HAS_ROLLUP = 32,
	HAS_STATUS_NAME = 64, /* name, state, parent and threads are those of status */
	HAS_PS_COMM = 128,    /* the name is comm, and not made of a command line */
};

/* A text in the buffer; no bytes for none. */
struct text {
	uint32_t at;
	uint32_t length_bytes;
};

/* Which output of ps something is from: SEVERAL, or its number from 1; 0: from none. */
#define SEVERAL UINT8_MAX

struct process {
	int32_t pid;
	int32_t thread_of;   /* Tgid where it is another; 0: a process, or not known */
	uint16_t has;        /* set of enum has */
	uint8_t stat_output; /* of name, state, parent and threads */
	uint8_t size_output;
	uint8_t cgroup_output;
	uint8_t last_output;    /* of ps that had it */
	uint8_t outputs_count;  /* how many, up to 255 */
	char state;             /* NUL: not known */
	bool cgroups_are_whole; /* what is not in them is the root group */
	struct text name;
	struct text cgroup1;
	struct text cgroup2;
	int64_t parent; /* these five: negative when not known */
	int64_t threads_count;
	int64_t size_kib; /* as ps says */
	int64_t rss_kib;
	int64_t status_size_kib; /* VmSize of its own status */
	int64_t *sums;           /* of smaps, the integers among the cells of its row; NULL: none */
	uint64_t sums_mask;      /* bit i: the row has an integer in cell i */
};

struct mr_derive {
	struct process *processes;
	size_t process_count;
	uint32_t *chunks[PID_LIMIT / PIDS_PER_CHUNK]; /* position in processes plus 1, by pid */
	struct mr_buffer texts;
	struct text outputs[OUTPUTS_MAX]; /* names of outputs of ps */
	size_t output_count;
	struct mr_derive_meminfo meminfo;
	bool has_cgroup1; /* ps shows groups of that version */
	bool has_cgroup2;
	bool left_out; /* a process or a text is beyond what is kept */
};

#endif
