-- Check: P7
-- Title: Rss = Shared_* + Private_*
-- Bridge: process-process
-- Unit: bytes
-- Valid: all kernels with smaps_rollup or smaps
-- Claim: Rss of a walk is the sum of Shared_Clean, Shared_Dirty, Private_Clean and Private_Dirty.
-- Source: fs/proc/task_mmu.c smaps_page_accumulate(): each page is counted once
-- Tolerance: none: one walk, and all five are whole pages
-- Reads: proc/PID/smaps_rollup

-- Processes that were walked.
CREATE VIEW _p7 AS
SELECT s.snapshot_id, CAST(r.pid AS TEXT) AS subject, r.rss_kib, r.shared_clean_kib, r.shared_dirty_kib,
       r.private_clean_kib,
       r.private_dirty_kib
  FROM snapshot s
  JOIN proc_smaps_rollup r ON r.snapshot_id = s.snapshot_id AND r.reading = 0;

CREATE VIEW check_P7 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'Rss', rss_kib * 1024, rss_kib * 1024,
       printf('%d kB', rss_kib),
       'fs/proc/task_mmu.c __show_smap()', 'proc/' || subject || '/smaps_rollup'
  FROM _p7
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'Shared_Clean', shared_clean_kib * 1024, shared_clean_kib * 1024,
       printf('%d kB', shared_clean_kib),
       'fs/proc/task_mmu.c smaps_page_accumulate()', 'proc/' || subject || '/smaps_rollup'
  FROM _p7
UNION ALL
SELECT snapshot_id, subject, 'right', 3, 'Shared_Dirty', shared_dirty_kib * 1024, shared_dirty_kib * 1024,
       printf('%d kB', shared_dirty_kib),
       'fs/proc/task_mmu.c smaps_page_accumulate()', 'proc/' || subject || '/smaps_rollup'
  FROM _p7
UNION ALL
SELECT snapshot_id, subject, 'right', 4, 'Private_Clean', private_clean_kib * 1024, private_clean_kib * 1024,
       printf('%d kB', private_clean_kib),
       'fs/proc/task_mmu.c smaps_page_accumulate()', 'proc/' || subject || '/smaps_rollup'
  FROM _p7
UNION ALL
SELECT snapshot_id, subject, 'right', 5, 'Private_Dirty', private_dirty_kib * 1024, private_dirty_kib * 1024,
       printf('%d kB', private_dirty_kib),
       'fs/proc/task_mmu.c smaps_page_accumulate()', 'proc/' || subject || '/smaps_rollup'
  FROM _p7;
