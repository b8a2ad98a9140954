/* Open files that are none of our business. */
#ifndef MR_COLLECT_DESCRIPTORS_H
#define MR_COLLECT_DESCRIPTORS_H

/** Close all descriptors from @first on, and keep those of a list.  @kept: their numbers, in any order */
void mr_descriptors_close(int first, const int kept[], unsigned kept_count);

#endif
