/* SipHash-2-4: a hash of names from an archive that nobody without its key can make fall together. */
#ifndef MR_SIPHASH_H
#define MR_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/** @key  secret, and the same for all names of one table */
uint64_t mr_siphash(const uint64_t key[2], const void *bytes, size_t length_bytes);

#endif
