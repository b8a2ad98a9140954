-- Everything about process :pid of snapshot :snapshot. One row, or none.
-- Columns: those of the view process, then rss_peak_bytes (VmHWM), statm_bytes (RSS by the kernel's
--   counters), private_clean_bytes, private_dirty_bytes, shared_clean_bytes, shared_dirty_bytes,
--   anon_huge_bytes (AnonHugePages), lazy_free_bytes, started_ns (since 1970 UTC; NULL when the clock tick is
--   not known)
SELECT p.*, s.vm_hwm_kib * 1024 AS rss_peak_bytes, m.resident_pages * c.page_size_bytes AS statm_bytes,
       r.private_clean_kib * 1024 AS private_clean_bytes, r.private_dirty_kib * 1024 AS private_dirty_bytes,
       r.shared_clean_kib * 1024 AS shared_clean_bytes, r.shared_dirty_kib * 1024 AS shared_dirty_bytes,
       r.anon_huge_pages_kib * 1024 AS anon_huge_bytes, r.lazy_free_kib * 1024 AS lazy_free_bytes,
       c.taken_ns - c.boottime_ns + p.start_ticks * (1000000000 / c.clock_ticks_per_second) AS started_ns
  FROM process p
  LEFT JOIN capture_meta c ON c.snapshot_id = p.snapshot_id AND c.reading = 0
  LEFT JOIN proc_statm m ON m.snapshot_id = p.snapshot_id AND m.pid = p.pid AND m.reading = 0
  LEFT JOIN proc_status s ON s.snapshot_id = p.snapshot_id AND s.pid = p.pid AND s.reading = 0
  LEFT JOIN proc_smaps_rollup r ON r.snapshot_id = p.snapshot_id AND r.pid = p.pid AND r.reading = 0
 WHERE p.snapshot_id = :snapshot AND p.pid = :pid;
