-- Check: S6
-- Title: Σ LRU = AnonPages + file pages
-- Bridge: system-system
-- Unit: bytes
-- Valid: all kernels
-- Claim: The LRU lists hold the anonymous pages and the file pages of the machine, and pages of the swap
--   cache.
-- Source: mm/swap.c lru_add(), mm/rmap.c, mm/filemap.c: a page is on one list
-- Tolerance: a page that was swapped in and keeps its slot is in AnonPages and in SwapCached, and once on a
--   list; pages in LRU batches; what the CPUs keep back of eight counters
-- Reads: proc/meminfo

-- The lists against what should be on them, out of one reading.
CREATE VIEW _s6 AS
SELECT b.snapshot_id, '' AS subject, (m.active_kib + m.inactive_kib + m.unevictable_kib) * 1024 AS lru_bytes,
       m.anon_pages_kib * 1024 AS anon_bytes, m.cached_kib * 1024 AS cached_bytes,
       m.buffers_kib * 1024 AS buffers_bytes,
       m.swap_cached_kib * 1024 AS swap_cached_bytes,
       -- what the root of the cgroups has on its lists and in neither kind: the same pages in another book
       coalesce((SELECT c.total_lru_bytes - c.total_rss_bytes - c.total_cache_bytes FROM _cgroup1_book c
                  WHERE c.snapshot_id = b.snapshot_id AND c.path = '/'),
                (SELECT s.inactive_anon_bytes + s.active_anon_bytes + s.inactive_file_bytes + s.active_file_bytes
                        + s.unevictable_bytes - s.anon_bytes - s.file_bytes - s.swapcached_bytes
                        FROM cgroup2_memory_stat s
                  WHERE s.snapshot_id = b.snapshot_id AND s.hierarchy = 2 AND s.path = '/'
                    AND s.reading = 0)) AS unmapped_bytes
  FROM _kernel_number b
  JOIN _window w ON w.snapshot_id = b.snapshot_id AND w.phase = 'cgroup'
  LEFT JOIN proc_meminfo m ON m.snapshot_id = b.snapshot_id AND m.reading = w.first_reading;

CREATE VIEW check_S6 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'Σ LRU', lru_bytes, lru_bytes,
       'Active + Inactive + Unevictable',
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _s6
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'AnonPages', anon_bytes, anon_bytes,
       'anonymous pages that are mapped',
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _s6
UNION ALL
SELECT snapshot_id, subject, 'right', 3, 'Cached', cached_bytes, cached_bytes,
       'page cache and shmem',
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _s6
UNION ALL
SELECT snapshot_id, subject, 'right', 4, 'Buffers', buffers_bytes, buffers_bytes,
       'page cache of block devices',
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _s6
UNION ALL
SELECT snapshot_id, subject, 'right', 5, 'SwapCached', swap_cached_bytes, swap_cached_bytes,
       'swap cache',
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _s6
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 6, 'swap cache', -swap_cached_bytes, 0,
       'pages that are mapped and in the swap cache are counted twice on the right',
       'mm/swap_state.c __swap_cache_add_folio()', 'proc/meminfo'
  FROM _s6
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 7, 'T_batch', -b.batch_bytes, b.batch_bytes,
       printf('%d batches × %d pages × %d CPUs on their way to or from an LRU list', b.lru_batches_count,
              b.lru_batch_pages,
              b.cpus_online_count),
       'mm/swap.c folio_batch_add_and_move()', 'capture/meta.csv'
  FROM _s6 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 8, 'T_vm', -8 * b.vm_node_bytes, 8 * b.vm_node_bytes,
       printf('8 counters, kept back in parts of %d kB by the CPUs together', b.vm_node_bytes / 1024),
       'mm/vmstat.c mod_node_page_state()', 'proc/zoneinfo'
  FROM _s6 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 9, 'isolated pages', -u.isolated_bytes, 0,
       printf('%d kB were off the LRU lists, for reclaim or migration', u.isolated_bytes / 1024),
       'mm/vmstat.c NR_ISOLATED_ANON, NR_ISOLATED_FILE', 'proc/vmstat'
  FROM _s6 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
 WHERE u.isolated_bytes > 0
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 10, 'charged, not mapped', 0, min(unmapped_bytes, u.torn_bytes),
       printf('the groups list %d kB that nobody maps; huge pages that were ever torn have %d kB at most',
              unmapped_bytes / 1024,
              u.torn_bytes / 1024),
       'mm/huge_memory.c deferred_split_folio()', 'memory.stat of the root'
  FROM _s6 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
 WHERE unmapped_bytes > 0 AND u.torn_bytes > 0
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 11, 'torn huge pages', 0, u.torn_bytes,
       printf('huge pages that were ever partly unmapped have %d kB of unmapped parts at most',
              u.torn_bytes / 1024),
       'mm/huge_memory.c deferred_split_folio()', 'proc/vmstat'
  FROM _s6 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
 WHERE u.torn_bytes > 0;
