-- Check: P1
-- Title: stat rss = statm resident
-- Bridge: process-process
-- Unit: bytes
-- Valid: all kernels
-- Claim: The rss of /proc/PID/stat (field 24) is resident of statm, for each process with an address space
--   whose main thread lives.
-- Source: fs/proc/array.c do_task_stat(), fs/proc/task_mmu.c task_statm()
-- Tolerance: up to 6.1 both read the same counters; from 6.2 on stat does not add up the per-CPU parts of
--   three counters, so 3 * CPUs * (batch - 1) pages in both directions; what the process moved between the
--   readings
-- Reads: proc/PID/stat, proc/PID/statm

-- Processes with an address space: those whose statm is not all 0.  The stat of a zombie says 0, also
-- where the statm is that of a thread that lives on.
CREATE VIEW _p1 AS
SELECT b.snapshot_id, CAST(p.pid AS TEXT) AS subject,
       p.stat_rss_pages * b.page_size_bytes AS stat_bytes,
       p.statm_resident_pages * b.page_size_bytes AS statm_bytes,
       p.stat_rss_pages AS stat_pages, p.statm_resident_pages AS statm_pages,
       p.drift_pages * b.page_size_bytes AS drift_bytes,
       p.is_new, p.vm_hwm_kib * 1024 AS peak_bytes
  FROM _kernel_number b
  JOIN _process_book p ON p.snapshot_id = b.snapshot_id
 WHERE NOT p.is_zombie
   AND (p.statm_size_pages > 0 OR (p.statm_size_pages IS NULL AND p.stat_rss_pages > 0));

CREATE VIEW check_P1 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'stat rss', stat_bytes, stat_bytes,
       printf('%d pages', stat_pages),
       'fs/proc/array.c do_task_stat()', 'proc/' || subject || '/stat'
  FROM _p1
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'statm resident', statm_bytes, statm_bytes,
       printf('%d pages', statm_pages),
       'fs/proc/task_mmu.c task_statm()', 'proc/' || subject || '/statm'
  FROM _p1
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 3, 'T_rss_stat', -b.rss_stat_bytes, b.rss_stat_bytes,
       printf('parts of three counters on %d CPUs that stat does not add up; %s', b.cpus_online_count,
              b.chosen_by),
       'include/linux/mm.h get_mm_counter()', 'capture/meta.csv'
  FROM _p1 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 4, 'drift', -drift_bytes, drift_bytes,
       printf('its statm moved by %d kB between the readings', drift_bytes / 1024),
       'capture/again: largest minus smallest reading', 'capture/again/1/proc/' || subject || '/statm'
  FROM _p1
UNION ALL
SELECT snapshot_id, subject, 'cause', 5, 'moving process',
       min(0, stat_bytes - peak_bytes),
       max(0, peak_bytes - statm_bytes),
       CASE WHEN is_new
            THEN printf('started while the capture was made; it may have had up to its peak of %d kB',
                        peak_bytes / 1024)
            ELSE printf('it moved while it was read; it may have had up to its peak of %d kB',
                        peak_bytes / 1024) END,
       'fs/proc/task_mmu.c task_mem()', 'proc/' || subject || '/status'
  FROM _p1
 WHERE is_new OR drift_bytes > 0;
