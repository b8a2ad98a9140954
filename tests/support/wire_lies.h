/* What a process that reads an archive might say through its pipe when the archive has taken it over.  The
 * messages are made here once more, as analyze/import/wire.c would not send most of them. */
#ifndef MR_WIRE_LIES_H
#define MR_WIRE_LIES_H

#include "schema/base/buffer.h"

struct mr_wire_lie {
	const char *name;
	void (*say)(struct mr_buffer *out);
	const char *words; /**< of the refusal */
};

/** What must be refused; the last has no name. */
extern const struct mr_wire_lie mr_wire_lies[];

/** A capture as it should be: one process, one issue, digest "another one". */
void mr_wire_say_capture(struct mr_buffer *out);

/** A row twice, as two files of one thing give it, with a number below zero, as the kernel counts some. */
void mr_wire_say_odd_values(struct mr_buffer *out);

/** A capture that begins and is not ended. */
void mr_wire_end_in_the_middle(struct mr_buffer *out);

#endif
