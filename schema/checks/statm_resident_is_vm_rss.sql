-- Check: P2
-- Title: statm resident = VmRSS
-- Bridge: process-process
-- Unit: bytes
-- Valid: all kernels
-- Claim: resident of /proc/PID/statm is VmRSS of status, for each process with an address space.
-- Source: fs/proc/task_mmu.c task_statm(), task_mem(): the same counters, read in the same way
-- Tolerance: none but what the process moved between the two readings
-- Reads: proc/PID/statm, proc/PID/status

-- Processes with memory in either file.
CREATE VIEW _p2 AS
SELECT b.snapshot_id, CAST(p.pid AS TEXT) AS subject,
       p.statm_resident_pages * b.page_size_bytes AS statm_bytes, p.statm_resident_pages AS statm_pages,
       p.vm_rss_kib * 1024 AS status_bytes, p.vm_rss_kib, p.drift_pages * b.page_size_bytes AS drift_bytes,
       p.is_new, p.vm_hwm_kib * 1024 AS peak_bytes
  FROM _kernel_number b
  JOIN _process_book p ON p.snapshot_id = b.snapshot_id
 WHERE p.statm_resident_pages > 0 OR p.vm_rss_kib > 0;

CREATE VIEW check_P2 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'statm resident', statm_bytes, statm_bytes,
       printf('%d pages', statm_pages),
       'fs/proc/task_mmu.c task_statm()', 'proc/' || subject || '/statm'
  FROM _p2
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'VmRSS', status_bytes, status_bytes,
       printf('%d kB', vm_rss_kib),
       'fs/proc/task_mmu.c task_mem()', 'proc/' || subject || '/status'
  FROM _p2
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 3, 'drift', -drift_bytes, drift_bytes,
       printf('its statm moved by %d kB between the readings', drift_bytes / 1024),
       'capture/again: largest minus smallest reading', 'capture/again/1/proc/' || subject || '/statm'
  FROM _p2
UNION ALL
SELECT snapshot_id, subject, 'cause', 4, 'moving process',
       min(0, statm_bytes - peak_bytes),
       max(0, peak_bytes - status_bytes),
       CASE WHEN is_new
            THEN printf('started while the capture was made; it may have had up to its peak of %d kB',
                        peak_bytes / 1024)
            ELSE printf('it moved while it was read; it may have had up to its peak of %d kB',
                        peak_bytes / 1024) END,
       'fs/proc/task_mmu.c task_mem()', 'proc/' || subject || '/status'
  FROM _p2
 WHERE is_new OR drift_bytes > 0;
