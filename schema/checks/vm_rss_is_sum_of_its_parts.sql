-- Check: P3
-- Title: VmRSS = RssAnon + RssFile + RssShmem
-- Bridge: process-process
-- Unit: bytes
-- Valid: kernels that print RssAnon: Linux 4.5 and later, RHEL 7
-- Claim: VmRSS of /proc/PID/status is the sum of RssAnon, RssFile and RssShmem.
-- Source: fs/proc/task_mmu.c task_mem() adds up what it prints
-- Tolerance: none: one reading, and all four are whole pages
-- Reads: proc/PID/status

-- Processes with an address space.
CREATE VIEW _p3 AS
SELECT b.snapshot_id, CAST(u.pid AS TEXT) AS subject, u.vm_rss_kib, u.rss_anon_kib, u.rss_file_kib,
       u.rss_shmem_kib
  FROM _kernel_number b
  JOIN proc_status u ON u.snapshot_id = b.snapshot_id AND u.reading = 0
 WHERE u.vm_rss_kib IS NOT NULL AND (b.version >= 4005 OR u.rss_anon_kib IS NOT NULL);

CREATE VIEW check_P3 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'VmRSS', vm_rss_kib * 1024, vm_rss_kib * 1024,
       printf('%d kB', vm_rss_kib),
       'fs/proc/task_mmu.c task_mem()', 'proc/' || subject || '/status'
  FROM _p3
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'RssAnon', rss_anon_kib * 1024, rss_anon_kib * 1024,
       printf('%d kB', rss_anon_kib),
       'fs/proc/task_mmu.c task_mem()', 'proc/' || subject || '/status'
  FROM _p3
UNION ALL
SELECT snapshot_id, subject, 'right', 3, 'RssFile', rss_file_kib * 1024, rss_file_kib * 1024,
       printf('%d kB', rss_file_kib),
       'fs/proc/task_mmu.c task_mem()', 'proc/' || subject || '/status'
  FROM _p3
UNION ALL
SELECT snapshot_id, subject, 'right', 4, 'RssShmem', rss_shmem_kib * 1024, rss_shmem_kib * 1024,
       printf('%d kB', rss_shmem_kib),
       'fs/proc/task_mmu.c task_mem()', 'proc/' || subject || '/status'
  FROM _p3;
