/* A moment as text. */
#ifndef MR_COLLECT_UTC_H
#define MR_COLLECT_UTC_H

#include <stdint.h>

/** Bytes that mr_utc_print() may write, its NUL included. */
#define MR_UTC_BYTES 32

/** @ret  "20261121T074103Z".  @seconds are since 1970 UTC; a year past 999999 is cut to that one */
void mr_utc_print(uint64_t seconds, char ret[MR_UTC_BYTES]);

#endif
