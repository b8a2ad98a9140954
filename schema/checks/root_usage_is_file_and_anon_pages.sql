-- Check: C13
-- Title: root usage = Cached + Buffers + SwapCached + AnonPages
-- Bridge: cgroup-system
-- Unit: bytes
-- Valid: cgroup v1, Linux 6.5 and later
-- Claim: usage_in_bytes of the root group is file pages and anonymous pages of the machine.
-- Source: mm/memcontrol-v1.c mem_cgroup_usage() reads NR_FILE_PAGES and NR_ANON_MAPPED of the machine
-- Tolerance: none but what the counters moved between the readings: both files read the same counters
-- Reads: memory.usage_in_bytes of the root, proc/meminfo

-- The root group against the machine.
CREATE VIEW _c13 AS
SELECT b.snapshot_id, '' AS subject, c.usage_bytes, m.cached_kib * 1024 AS cached_bytes,
       m.buffers_kib * 1024 AS buffers_bytes,
       m.swap_cached_kib * 1024 AS swap_cached_bytes, m.anon_pages_kib * 1024 AS anon_bytes, c.below_count
  FROM _kernel_number b
  JOIN _cgroup1_book c ON c.snapshot_id = b.snapshot_id AND c.is_root
  JOIN _window w ON w.snapshot_id = b.snapshot_id AND w.phase = 'cgroup'
  LEFT JOIN proc_meminfo m ON m.snapshot_id = b.snapshot_id AND m.reading = w.first_reading
 WHERE b.version >= 6005;

CREATE VIEW check_C13 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'root usage', usage_bytes, usage_bytes,
       'memory.usage_in_bytes of the root',
       'mm/memcontrol-v1.c mem_cgroup_usage()', 'memory.usage_in_bytes of the root'
  FROM _c13
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'Cached', cached_bytes, cached_bytes,
       'Cached of the machine',
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _c13
UNION ALL
SELECT snapshot_id, subject, 'right', 3, 'Buffers', buffers_bytes, buffers_bytes,
       'Buffers of the machine',
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _c13
UNION ALL
SELECT snapshot_id, subject, 'right', 4, 'SwapCached', swap_cached_bytes, swap_cached_bytes,
       'SwapCached of the machine',
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _c13
UNION ALL
SELECT snapshot_id, subject, 'right', 5, 'AnonPages', anon_bytes, anon_bytes,
       'AnonPages of the machine',
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _c13
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 6, 'drift', -d.counted_bytes, d.counted_bytes,
       printf('their sum moved by %d kB meanwhile', d.counted_bytes / 1024),
       'capture/again: largest minus smallest reading', 'capture/again/N/proc/meminfo'
  FROM _c13 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'cgroup'
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 7, 'allocated meanwhile', -u.allocated_bytes, u.allocated_bytes,
       printf('%d kB were allocated meanwhile: nothing can have grown by more', u.allocated_bytes / 1024),
       'mm/page_alloc.c PGALLOC', 'capture/again/N/proc/vmstat'
  FROM _c13 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
 WHERE u.allocated_bytes > 0;
