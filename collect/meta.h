/* capture/meta.csv: how and where the capture was made. */
#ifndef MR_COLLECT_META_H
#define MR_COLLECT_META_H

#include "collect/capture.h"
#include "collect/facts.h"

/**
 * Find out whose memory it is, which the name of the archive needs: host and time.  Of the machine itself no
 * file is read; of another tree only capture/meta.csv and the boot id.
 *
 * Sets @capture->is_this_machine, is_unpacked_archive, start_ns and realtime_offset_ns.
 */
void mr_meta_identify(struct mr_capture *capture, struct mr_facts *facts);

/**
 * Gather the other facts, run the probes, and write the first member of the archive.
 *
 * Sets @capture->mounts (they point into @facts), page_size_bytes and byte_order.
 */
void mr_meta_write(struct mr_capture *capture, struct mr_facts *facts);

/** @return how many CPUs a list such as "0-3,8" names; 0 when it is none */
uint64_t mr_cpu_list_count(const char *list);

#endif
