-- Check: V1
-- Title: current = anon + file + kernel + sock
-- Bridge: cgroup-cgroup
-- Unit: bytes
-- Valid: cgroup v2, Linux 5.19 and later, not the root
-- Claim: What a group is charged is its anonymous memory, its page cache, its kernel memory, its socket
--   buffers and, where they are charged, its hugetlb pages.
-- Source: mm/memcontrol.c charge_memcg(), obj_cgroup_charge_pages(), mem_cgroup_charge_skmem()
-- Tolerance: pages charged ahead for the group; pages in LRU batches; updates of memory.stat not added up;
--   pages in the swap cache that nobody maps; what current moved meanwhile
-- Reads: memory.current, memory.stat

-- Groups with their own numbers and those below them.
CREATE VIEW _v1 (snapshot_id, subject, current_bytes, anon_bytes, file_bytes, kernel_bytes, sock_bytes,
    hugetlb_bytes, swapcached_bytes, unmapped_bytes, drift_bytes, below_count, dying_count) AS
SELECT b.snapshot_id, c.path AS subject, c.current_bytes, c.anon_bytes, c.file_bytes, c.kernel_bytes,
       c.sock_bytes, c.hugetlb_bytes, c.swapcached_bytes,
       c.lru_bytes - c.anon_bytes - c.file_bytes - c.swapcached_bytes AS unmapped_bytes,
       c.current_drift_bytes AS drift_bytes, c.below_count, c.dying_count
  FROM _kernel_number b
  JOIN _cgroup2_book c ON c.snapshot_id = b.snapshot_id
 WHERE NOT c.is_root AND b.version >= 5019 AND c.current_bytes IS NOT NULL;

CREATE VIEW check_V1 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'current', current_bytes, current_bytes,
       'memory.current: the page counter',
       'mm/memcontrol.c memory_current_read()', rtrim(subject, '/') || '/memory.current'
  FROM _v1
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'anon', anon_bytes, anon_bytes,
       'anonymous memory that is mapped',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v1
UNION ALL
SELECT snapshot_id, subject, 'right', 3, 'file', file_bytes, file_bytes,
       'page cache and shmem',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v1
UNION ALL
SELECT snapshot_id, subject, 'right', 4, 'kernel', kernel_bytes, kernel_bytes,
       'kernel memory, whole pages',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v1
UNION ALL
SELECT snapshot_id, subject, 'right', 5, 'sock', sock_bytes, sock_bytes,
       'socket buffers',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v1
UNION ALL
SELECT snapshot_id, subject, 'right', 6, 'hugetlb', hugetlb_bytes, hugetlb_bytes,
       'hugetlb pages; 0 when they are not charged',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v1
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 7, 'T_stock',
       0,
       CASE WHEN below_count > 0 OR coalesce(dying_count > 0, 1) THEN b.stock_subtree_bytes
            ELSE b.stock_own_bytes END,
       printf('%d pages × %d CPUs charged ahead%s; %s', b.charge_batch_pages, b.cpus_online_count,
              CASE WHEN below_count > 0 OR coalesce(dying_count > 0, 1)
                   THEN printf(' for each of up to %d groups', b.stock_groups_count) ELSE '' END,
                   b.chosen_by),
       'mm/memcontrol.c refill_stock()', 'capture/meta.csv'
  FROM _v1 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 8, 'T_batch', 0, b.batch_bytes,
       printf('%d batches × %d pages × %d CPUs on their way to or from an LRU list', b.lru_batches_count,
              b.lru_batch_pages,
              b.cpus_online_count),
       'mm/swap.c folio_batch_add_and_move()', 'capture/meta.csv'
  FROM _v1 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 9, 'T_stat',
       -(b.stat_subtree_bytes + 5 * b.stat_group_bytes * (1 + below_count + coalesce(dying_count, 0))),
       b.stat_subtree_bytes + 5 * b.stat_group_bytes * (1 + below_count + coalesce(dying_count, 0)),
       printf('updates of memory.stat that are not added up yet; %s', b.chosen_by),
       'mm/memcontrol.c memcg_vmstats_needs_flush()',
       coalesce(b.stat_missing, rtrim(subject, '/') || '/memory.stat')
  FROM _v1 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 10, 'swap cache', 0, swapcached_bytes,
       'pages of the swap cache: charged, and in anon only while they are mapped',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v1
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 11, 'drift', -drift_bytes, drift_bytes,
       printf('current moved by %d kB while the other files of the group were read', drift_bytes / 1024),
       'capture/again: largest minus smallest reading',
       'capture/again/1' || rtrim(subject, '/') || '/memory.current'
  FROM _v1
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 12, 'charged, not mapped',
       -- these lists may be behind too
       max(0, unmapped_bytes - b.batch_bytes - b.stat_subtree_bytes
              - CASE WHEN k.is_stat_cut_short
                     THEN coalesce((SELECT l.high_bytes FROM _cgroup2_lag l
                                     WHERE l.snapshot_id = c.snapshot_id AND l.path = c.subject
                                       AND l.counter = 'LRU'), 0) ELSE 0 END),
       unmapped_bytes,
       printf('%d kB on the LRU lists are in none of anon, file and swap cache: torn huge pages',
              unmapped_bytes / 1024),
       'mm/rmap.c folio_remove_rmap_ptes()', rtrim(c.subject, '/') || '/memory.stat'
  FROM _v1 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
  JOIN _kernel_constant k ON k.snapshot_id = c.snapshot_id
 WHERE unmapped_bytes > 0
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 13, 'huge pages in flight',
       0,
       min(u.huge_bytes, h.huge_page_bytes * b.cpus_online_count),
       printf('%d kB of huge pages were allocated; on each CPU one may be charged, not yet mapped',
              u.huge_bytes / 1024),
       'mm/huge_memory.c vma_alloc_anon_folio_pmd()', 'capture/again/N/proc/vmstat'
  FROM _v1 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
  JOIN _huge_page h ON h.snapshot_id = c.snapshot_id
 WHERE u.huge_bytes > 0
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 14, 'behind the groups below', -l.high_bytes, -l.low_bytes, l.why,
       'mm/memcontrol.c memcg_rstat_updated()', rtrim(c.subject, '/') || '/*/memory.stat'
  FROM _v1 c
  JOIN _kernel_constant k ON k.snapshot_id = c.snapshot_id
  JOIN _cgroup2_lag l ON l.snapshot_id = c.snapshot_id AND l.path = c.subject AND l.counter = 'charged'
 WHERE k.is_stat_cut_short;
