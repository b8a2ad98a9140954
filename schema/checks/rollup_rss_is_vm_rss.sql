-- Check: P5
-- Title: smaps_rollup Rss = VmRSS
-- Bridge: process-process
-- Unit: bytes
-- Valid: Linux 4.14 and later; before, smaps summed by the collector
-- Claim: Rss of /proc/PID/smaps_rollup, counted by walking the page tables, is VmRSS of status, kept in
--   counters.
-- Source: fs/proc/task_mmu.c smaps_account() against task_mem()
-- Tolerance: up to 6.1 each thread keeps what its last 66 faults mapped; from 6.2 on three counters with a
--   part on each CPU; 0 where the kernel adds the parts up (the probe of exact RSS); what the process moved
--   between the readings
-- Reads: proc/PID/smaps_rollup, proc/PID/status, proc/PID/statm

-- Processes with memory.
CREATE VIEW _p5 AS
SELECT b.snapshot_id, CAST(p.pid AS TEXT) AS subject, p.rollup_rss_kib, p.vm_rss_kib, p.threads_count,
       p.walk_drift_pages * b.page_size_bytes AS drift_bytes, p.is_new, p.vm_hwm_kib * 1024 AS peak_bytes,
       p.state
  FROM _kernel_number b
  JOIN _process_book p ON p.snapshot_id = b.snapshot_id
 WHERE p.vm_rss_kib > 0;

CREATE VIEW check_P5 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'Rss of the walk', rollup_rss_kib * 1024, rollup_rss_kib * 1024,
       printf('%d kB', rollup_rss_kib),
       'fs/proc/task_mmu.c smaps_account()', 'proc/' || subject || '/smaps_rollup'
  FROM _p5
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'VmRSS', vm_rss_kib * 1024, vm_rss_kib * 1024,
       printf('%d kB', vm_rss_kib),
       'fs/proc/task_mmu.c task_mem()', 'proc/' || subject || '/status'
  FROM _p5
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 3, 'T_rss',
       -max(b.rss_cpu_bytes, b.rss_thread_bytes * threads_count),
       max(b.rss_cpu_bytes, b.rss_thread_bytes * threads_count),
       CASE WHEN b.rss_cpu_bytes + b.rss_thread_bytes = 0 THEN 'status adds up all parts of its counters'
            ELSE printf('parts of the counters kept by CPU or by %d threads; %s', threads_count,
                        b.chosen_by) END,
       'include/linux/mm.h get_mm_counter(), mm/memory.c check_sync_rss_stat()', 'capture/meta.csv'
  FROM _p5 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 4, 'drift', -drift_bytes, drift_bytes,
       CASE WHEN drift_bytes IS NULL THEN 'it was not read again after the walk: it ended meanwhile'
            ELSE printf('its statm moved by %d kB between the readings', drift_bytes / 1024) END,
       'capture/again: largest minus smallest reading', 'capture/again/2/proc/' || subject || '/statm'
  FROM _p5
UNION ALL
SELECT snapshot_id, subject, 'cause', 5, 'moving process',
       min(0, rollup_rss_kib * 1024 - peak_bytes),
       max(0, peak_bytes - vm_rss_kib * 1024),
       CASE WHEN is_new
            THEN printf('started while the capture was made; it may have had up to its peak of %d kB',
                        peak_bytes / 1024)
            ELSE printf('it moved while it was read; it may have had up to its peak of %d kB',
                        peak_bytes / 1024) END,
       'fs/proc/task_mmu.c task_mem()', 'proc/' || subject || '/status'
  FROM _p5
 WHERE is_new OR drift_bytes > 0
UNION ALL
-- while a child that shares its memory (vfork) is in execve(), the arguments of that count as pages of ours: at
-- most three quarters of _STK_LIM, 8 MiB
SELECT snapshot_id, subject, 'cause', 6, 'arguments of an exec', -6 * 1024 * 1024, 0,
       'in state D, as the parent of a vfork() is: arguments of the new program may be counted, and not mapped',
       'fs/exec.c acct_arg_size()', 'proc/' || subject || '/stat'
  FROM _p5
 WHERE state = 'D';
