/* What a foreign capture lacks, from what it has.
 *
 * Other tools copy other files than ours: sos has no stat, statm and smaps_rollup, an openstack host's
 * sosreport not even meminfo.  This stands between the parsers and who stores their rows.  It passes every
 * row on but for those that parsers made from another file than the table is named for (column "derived"),
 * which it keeps back until the capture is read to its end, because the file itself may still come.  Then:
 *
 *   proc_smaps_rollup   sums of smaps, of processes without a smaps_rollup
 *   proc_stat           name, state, parent and threads from status, else from ps
 *   proc_status         sizes from ps, of processes without a status
 *   proc_cgroup         groups from ps, of processes without a cgroup file
 *   proc_meminfo        from free and the sums of the nodes, without a meminfo
 *
 * ps ran at other moments than the files were copied.  A process that two outputs of ps have (one, where
 * there is one) and that has no folder below proc is derived from ps when more than an eighth of such
 * processes have none: then the folders are missing or were cut short (sos copies 2048).  Otherwise it began
 * or ended in between, as what sos itself starts, and is left out; ps_process has it.
 */
#ifndef MR_DERIVE_H
#define MR_DERIVE_H

#include "analyze/read/outlet.h"

/** Most processes that anything is derived for; of more, an issue says so.  Their own rows are passed on. */
#define MR_DERIVE_PROCESSES_MAX 65536

struct mr_derive;

/**
 * @return  NULL when there is no memory
 *
 * Owns: the caller frees with mr_derive_destroy()
 */
struct mr_derive *mr_derive_create(void);
void mr_derive_destroy(struct mr_derive *derive);

/**
 * Take a canonical row of the capture.
 *
 * @row     not kept after return, nor its texts
 * @return  0, -ENOMEM, or the negative errno of @out
 */
int mr_derive_row(struct mr_derive *derive, const struct mr_row *row, const struct mr_outlet *out);

/**
 * The capture is read to its end: give the derived rows to @out.  Called once.
 *
 * @return  0, or the negative errno of @out
 */
int mr_derive_conclude(struct mr_derive *derive, const struct mr_outlet *out);

#endif
