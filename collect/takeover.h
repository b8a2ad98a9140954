/* What only an unpacked archive has, and a kernel does not: taken over into the new archive as it is. */
#ifndef MR_COLLECT_TAKEOVER_H
#define MR_COLLECT_TAKEOVER_H

#include "collect/capture.h"

/** Copy capture/again, capture/more, capture/derived, pages and capture/cgroups.csv; nothing when the tree
 * has none. */
void mr_takeover(struct mr_capture *capture);

#endif
