-- Check: C2
-- Title: usage = rss + cache + kmem
-- Bridge: cgroup-cgroup
-- Unit: bytes
-- Valid: cgroup v1, up to Linux 5.7, not the root
-- Claim: What a group is charged is its anonymous memory, its page cache and its kernel memory; rss has the
--   swap cache in it.
-- Source: mm/memcontrol.c mem_cgroup_charge_statistics()
-- Tolerance: pages charged ahead for the group; pages in LRU batches; updates of memory.stat not added up;
--   what usage moved meanwhile
-- Reads: memory.usage_in_bytes, memory.stat, memory.kmem.usage_in_bytes

-- Groups with their own numbers and those below them.
CREATE VIEW _c2 AS
SELECT b.snapshot_id, c.path AS subject, c.usage_bytes, c.total_rss_bytes, c.total_cache_bytes,
       c.total_lru_bytes,
       c.kmem_usage_bytes, c.usage_drift_bytes AS drift_bytes, c.below_count,
       c.total_lru_bytes - c.total_rss_bytes - c.total_cache_bytes AS unmapped_bytes, c.total_swapcached_bytes
  FROM _kernel_release b
  JOIN _cgroup1_book c ON c.snapshot_id = b.snapshot_id
 WHERE NOT c.is_root AND b.version < 5008
       -- total_ keys print the wrong items on 5.2
   AND NOT (b.is_plain AND b.version = 5002);

CREATE VIEW check_C2 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'usage', usage_bytes, usage_bytes,
       'memory.usage_in_bytes: the page counter',
       'mm/memcontrol.c mem_cgroup_usage()', rtrim(subject, '/') || '/memory.usage_in_bytes'
  FROM _c2
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'total_rss', total_rss_bytes, total_rss_bytes,
       'anonymous memory of the group and all below',
       'mm/memcontrol-v1.c memcg1_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _c2
UNION ALL
SELECT snapshot_id, subject, 'right', 3, 'total_cache', total_cache_bytes, total_cache_bytes,
       'page cache and shmem of the group and all below',
       'mm/memcontrol-v1.c memcg1_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _c2
UNION ALL
SELECT snapshot_id, subject, 'right', 4, 'kmem', kmem_usage_bytes, kmem_usage_bytes,
       'memory.kmem.usage_in_bytes: kernel memory, whole pages',
       'mm/memcontrol.c memcg1_account_kmem()', rtrim(subject, '/') || '/memory.kmem.usage_in_bytes'
  FROM _c2
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 5, 'T_stock',
       0,
       CASE WHEN below_count > 0 OR coalesce(g.dying_count > 0, 1) THEN b.stock_subtree_bytes
            ELSE b.stock_own_bytes END,
       printf('%d pages × %d CPUs charged ahead%s; %s', b.charge_batch_pages, b.cpus_online_count,
              CASE WHEN below_count > 0 OR coalesce(g.dying_count > 0, 1)
                   THEN printf(' for each of up to %d groups', b.stock_groups_count) ELSE '' END,
                   b.chosen_by),
       'mm/memcontrol.c refill_stock()', 'capture/meta.csv'
  FROM _c2 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
  JOIN _cgroup1_dying g ON g.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 6, 'T_batch', 0, b.batch_bytes,
       printf('%d batches × %d pages × %d CPUs on their way to or from an LRU list', b.lru_batches_count,
              b.lru_batch_pages,
              b.cpus_online_count),
       'mm/swap.c folio_batch_add_and_move()', 'capture/meta.csv'
  FROM _c2 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 7, 'T_stat',
       -(b.stat_subtree_bytes + 2 * b.stat_group_bytes * (1 + below_count + coalesce(g.dying_count, 0))),
       b.stat_subtree_bytes + 2 * b.stat_group_bytes * (1 + below_count + coalesce(g.dying_count, 0)),
       printf('updates of memory.stat that are not added up yet; %s', b.chosen_by),
       'mm/memcontrol.c memcg_vmstats_needs_flush()',
       coalesce(b.stat_missing, rtrim(subject, '/') || '/memory.stat')
  FROM _c2 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
  JOIN _cgroup1_dying g ON g.snapshot_id = c.snapshot_id
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 8, 'drift', -drift_bytes, drift_bytes,
       printf('usage moved by %d kB while the other files of the group were read', drift_bytes / 1024),
       'capture/again: largest minus smallest reading',
       'capture/again/1' || rtrim(subject, '/') || '/memory.usage_in_bytes'
  FROM _c2
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 9, 'charged, not mapped',
       max(0, unmapped_bytes - b.batch_bytes - b.stat_subtree_bytes),
       unmapped_bytes,
       printf('%d kB on the LRU lists are in neither rss nor cache: swap cache (%s kB), torn huge pages',
              unmapped_bytes / 1024, coalesce(total_swapcached_bytes / 1024, '?')),
       'mm/rmap.c folio_remove_rmap_ptes()', rtrim(c.subject, '/') || '/memory.stat'
  FROM _c2 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
 WHERE unmapped_bytes > 0
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 10, 'huge pages in flight',
       0,
       min(u.huge_bytes, h.huge_page_bytes * b.cpus_online_count),
       printf('%d kB of huge pages were allocated; on each CPU one may be charged, not yet mapped',
              u.huge_bytes / 1024),
       'mm/huge_memory.c vma_alloc_anon_folio_pmd()', 'capture/again/N/proc/vmstat'
  FROM _c2 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
  JOIN _huge_page h ON h.snapshot_id = c.snapshot_id
 WHERE u.huge_bytes > 0;
