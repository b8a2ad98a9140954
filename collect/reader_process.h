/* What reader.c does with the process of a reader; the others see reader.h. */
#ifndef MR_COLLECT_READER_PROCESS_H
#define MR_COLLECT_READER_PROCESS_H

#include "collect/reader.h"

/** Make the process.  @return 0 or a negative errno */
int mr_reader_begin(struct mr_reader *reader);

/** Kill it, and be without one: whether or not it can die, nobody waits for it. */
void mr_reader_abandon(struct mr_reader *reader);

#endif
