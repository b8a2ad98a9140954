-- Check: V7
-- Title: Σ LRU = anon + file
-- Bridge: cgroup-cgroup
-- Unit: bytes
-- Valid: cgroup v2, Linux 5.12 and later
-- Claim: What a group has on its LRU lists is its anonymous memory and its page cache; beside them, pages
--   of the swap cache that nobody maps.
-- Source: include/linux/mm_inline.h lruvec_add_folio(), mm/rmap.c, mm/filemap.c
-- Tolerance: swap cache; pages in LRU batches; updates of memory.stat not added up
-- Reads: memory.stat

-- Groups with their own numbers and those below them.
CREATE VIEW _v7 (snapshot_id, subject, lru_bytes, anon_bytes, file_bytes, swapcached_bytes, below_count,
    dying_count) AS
SELECT b.snapshot_id, c.path AS subject, c.lru_bytes, c.anon_bytes, c.file_bytes, c.swapcached_bytes,
       c.below_count, c.dying_count
  FROM _kernel_number b
  JOIN _cgroup2_book c ON c.snapshot_id = b.snapshot_id
 WHERE b.version >= 5012;

CREATE VIEW check_V7 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'Σ LRU', lru_bytes, lru_bytes,
       'the five LRU lists of the group and all below',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v7
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'anon', anon_bytes, anon_bytes,
       'anonymous memory that is mapped',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v7
UNION ALL
SELECT snapshot_id, subject, 'right', 3, 'file', file_bytes, file_bytes,
       'page cache and shmem',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v7
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 4, 'swap cache', 0, swapcached_bytes,
       'pages of the swap cache: on the lists, and in anon only while they are mapped',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v7
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 5, 'T_batch', -b.batch_bytes, b.batch_bytes,
       printf('%d batches × %d pages × %d CPUs on their way to or from an LRU list', b.lru_batches_count,
              b.lru_batch_pages,
              b.cpus_online_count),
       'mm/swap.c folio_batch_add_and_move()', 'capture/meta.csv'
  FROM _v7 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 6, 'T_stat',
       -(b.stat_subtree_bytes + 7 * b.stat_group_bytes * (1 + below_count + coalesce(dying_count, 0))),
       b.stat_subtree_bytes + 7 * b.stat_group_bytes * (1 + below_count + coalesce(dying_count, 0)),
       printf('updates of memory.stat that are not added up yet; %s', b.chosen_by),
       'mm/memcontrol.c memcg_vmstats_needs_flush()',
       coalesce(b.stat_missing, rtrim(subject, '/') || '/memory.stat')
  FROM _v7 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 7, 'isolated pages', -u.isolated_bytes, 0,
       printf('%d kB were off the LRU lists, for reclaim or migration', u.isolated_bytes / 1024),
       'mm/vmstat.c NR_ISOLATED_ANON, NR_ISOLATED_FILE', 'proc/vmstat'
  FROM _v7 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
 WHERE u.isolated_bytes > 0
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 8, 'torn huge pages', 0, u.torn_bytes,
       printf('huge pages that were ever partly unmapped have %d kB of unmapped parts at most',
              u.torn_bytes / 1024),
       'mm/huge_memory.c deferred_split_folio()', 'proc/vmstat'
  FROM _v7 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
 WHERE u.torn_bytes > 0;
