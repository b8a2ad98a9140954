/* Captures through a pipe: what the process that reads an archive tells the one that owns the database.
 *
 * The sender has parsed hostile bytes and may have been taken over by them, so the receiver believes nothing:
 * every length, table, column and type is checked, and a message that is not as it must be ends the import of
 * the archive.
 *
 * A message is a type, one byte, the length of what follows, four bytes, and that; integers in the byte order
 * of the machine, as both ends are one program. */
#ifndef MR_WIRE_H
#define MR_WIRE_H

#include "analyze/read/capture.h"
#include "schema/base/buffer.h"

/** Most bytes of one message: a row with some texts of the longest kind. */
#define MR_WIRE_MESSAGE_BYTES_MAX ((size_t)16 << 20)

struct mr_wire_out {
	int fd; /**< not owned */
	struct mr_buffer buffer;
	int failed; /**< negative errno of the first write that failed; then nothing more is sent */
};

/** An intake that sends everything to @out. */
struct mr_intake mr_wire_intake(struct mr_wire_out *out);

/** The last message: all captures of the input have been sent.  @error number 0: it was read to its end
 * @return  0 or a negative errno: the messages did not get through */
int mr_wire_done(struct mr_wire_out *out, const struct mr_error *error);

void mr_wire_out_deinit(struct mr_wire_out *out);

struct mr_wire_in {
	int fd; /**< not owned */
	struct mr_buffer buffer;
	size_t used_bytes;   /**< of the buffer, by messages that are done with */
	unsigned patience_s; /**< how long the sender may be silent; 0: for ever */
};

/**
 * Receive all messages and hand them to an intake, until the last one.
 *
 * @ret_done  what the last message says
 * @return    0; -EPIPE the sender ended without a last message; -EPROTO a message that cannot be; -ETIME it was
 * silent for too long; -ENOMEM; -EIO; what the intake returns
 */
int mr_wire_receive(struct mr_wire_in *in, const struct mr_intake *intake, struct mr_error *ret_done);

void mr_wire_in_deinit(struct mr_wire_in *in);

#endif
