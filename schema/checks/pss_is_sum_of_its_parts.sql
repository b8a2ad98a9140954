-- Check: P8
-- Title: Pss = Pss_Anon + Pss_File + Pss_Shmem
-- Bridge: process-process
-- Unit: bytes
-- Valid: Linux 5.3 and later
-- Claim: Pss of smaps_rollup is the sum of Pss_Anon, Pss_File and Pss_Shmem.
-- Source: fs/proc/task_mmu.c smaps_account() adds the same share of a page to the whole and to its kind
-- Tolerance: one-sided: each of the three parts was cut down by less than 1 kB
-- Reads: proc/PID/smaps_rollup

-- Processes that were walked.
CREATE VIEW _p8 AS
SELECT b.snapshot_id, CAST(r.pid AS TEXT) AS subject, r.pss_kib, r.pss_anon_kib, r.pss_file_kib,
       r.pss_shmem_kib
  FROM _kernel_number b
  JOIN proc_smaps_rollup r ON r.snapshot_id = b.snapshot_id AND r.reading = 0
 WHERE (b.version >= 5003 OR r.pss_anon_kib IS NOT NULL)
       -- smaps does not print the parts
   AND r.derived IS NULL;

CREATE VIEW check_P8 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'Pss', pss_kib * 1024, pss_kib * 1024,
       printf('%d kB', pss_kib),
       'fs/proc/task_mmu.c __show_smap()', 'proc/' || subject || '/smaps_rollup'
  FROM _p8
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'Pss_Anon', pss_anon_kib * 1024, pss_anon_kib * 1024,
       printf('%d kB', pss_anon_kib),
       'fs/proc/task_mmu.c smaps_account()', 'proc/' || subject || '/smaps_rollup'
  FROM _p8
UNION ALL
SELECT snapshot_id, subject, 'right', 3, 'Pss_File', pss_file_kib * 1024, pss_file_kib * 1024,
       printf('%d kB', pss_file_kib),
       'fs/proc/task_mmu.c smaps_account()', 'proc/' || subject || '/smaps_rollup'
  FROM _p8
UNION ALL
SELECT snapshot_id, subject, 'right', 4, 'Pss_Shmem', pss_shmem_kib * 1024, pss_shmem_kib * 1024,
       printf('%d kB', pss_shmem_kib),
       'fs/proc/task_mmu.c smaps_account()', 'proc/' || subject || '/smaps_rollup'
  FROM _p8
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 5, 'T_kb', 0, 2048,
       'three parts, each cut down to whole kB: together less than 3 kB, and the difference is whole kB',
       'fs/proc/task_mmu.c SEQ_PUT_DEC()', 'proc/' || subject || '/smaps_rollup'
  FROM _p8;
