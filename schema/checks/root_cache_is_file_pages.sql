-- Check: C9
-- Title: root total_cache = Cached + Buffers
-- Bridge: cgroup-system
-- Unit: bytes
-- Valid: cgroup v1, Linux 5.8 and later
-- Claim: Page cache and shmem of the root group and all below it are Cached and Buffers of the machine.
-- Source: mm/vmstat.c __lruvec_stat_mod_folio(): one page, two counters
-- Tolerance: what the CPUs keep back of two counters of the machine (file pages, swap cache); updates of
--   memory.stat not added up; what they moved meanwhile
-- Reads: memory.stat of the root, proc/meminfo

-- The root group against the machine.
CREATE VIEW _c9 AS
SELECT b.snapshot_id, '' AS subject, c.total_cache_bytes AS root_bytes, m.cached_kib * 1024 AS cached_bytes,
       m.buffers_kib * 1024 AS buffers_bytes, c.below_count
  FROM _kernel_number b
  JOIN _cgroup1_book c ON c.snapshot_id = b.snapshot_id AND c.is_root
  JOIN _window w ON w.snapshot_id = b.snapshot_id AND w.phase = 'cgroup'
  LEFT JOIN proc_meminfo m ON m.snapshot_id = b.snapshot_id AND m.reading = w.first_reading
 WHERE b.version >= 5008;

CREATE VIEW check_C9 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'root total_cache', root_bytes, root_bytes,
       'page cache and shmem of all groups',
       'mm/memcontrol-v1.c memcg1_stat_format()', 'memory.stat of the root'
  FROM _c9
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'Cached', cached_bytes, cached_bytes,
       'page cache and shmem of the machine',
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _c9
UNION ALL
SELECT snapshot_id, subject, 'right', 3, 'Buffers', buffers_bytes, buffers_bytes,
       'page cache of block devices',
       'block/bdev.c nr_blockdev_pages()', 'proc/meminfo'
  FROM _c9
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 4, 'T_vm', -2 * b.vm_node_bytes, 2 * b.vm_node_bytes,
       printf('2 counters, kept back in parts of %d kB by the CPUs together', b.vm_node_bytes / 1024),
       'mm/vmstat.c mod_node_page_state()', 'proc/zoneinfo'
  FROM _c9 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 5, 'T_stat',
       -(b.stat_subtree_bytes + b.stat_group_bytes * (1 + below_count + coalesce(g.dying_count, 0))),
       b.stat_subtree_bytes + b.stat_group_bytes * (1 + below_count + coalesce(g.dying_count, 0)),
       printf('updates of memory.stat that are not added up yet; %s', b.chosen_by),
       'mm/memcontrol.c memcg_vmstats_needs_flush()',
       coalesce(b.stat_missing, 'memory.stat of the root')
  FROM _c9 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
  JOIN _cgroup1_dying g ON g.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 6, 'drift', -d.file_bytes, d.file_bytes,
       printf('Cached + Buffers moved by %d kB meanwhile', d.file_bytes / 1024),
       'capture/again: largest minus smallest reading', 'capture/again/N/proc/meminfo'
  FROM _c9 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'cgroup'
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 7, 'allocated meanwhile', -u.allocated_bytes, u.allocated_bytes,
       printf('%d kB were allocated meanwhile: nothing can have grown by more', u.allocated_bytes / 1024),
       'mm/page_alloc.c PGALLOC', 'capture/again/N/proc/vmstat'
  FROM _c9 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
 WHERE u.allocated_bytes > 0
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 8, 'behind the groups below', l.low_bytes, l.high_bytes, l.why,
       'mm/memcontrol.c memcg_rstat_updated()', '/*/memory.stat'
  FROM _c9 c
  JOIN _kernel_constant k ON k.snapshot_id = c.snapshot_id
  JOIN _cgroup1_lag l ON l.snapshot_id = c.snapshot_id AND l.path = '/' AND l.counter = 'Cached + Buffers'
 WHERE k.is_stat_cut_short;
