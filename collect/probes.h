/* Probes: how this kernel counts, tried out on the collector itself instead of trusting a version number. */
#ifndef MR_COLLECT_PROBES_H
#define MR_COLLECT_PROBES_H

#include "collect/capture.h"
#include "collect/facts.h"

/** Run the probes and note their raw values; one that cannot be run leaves its facts unknown. */
void mr_probes_run(struct mr_capture *capture, struct mr_facts *facts);

#endif
