-- Check: C3
-- Title: usage = Σ LRU + kmem
-- Bridge: cgroup-cgroup
-- Unit: bytes
-- Valid: cgroup v1, all kernels but 5.2, not the root
-- Claim: What a group is charged is on its LRU lists, or is kernel memory.
-- Source: mm/memcontrol.c charge_memcg(), include/linux/mm_inline.h lruvec_add_folio()
-- Tolerance: pages charged ahead for the group; pages in LRU batches; updates of memory.stat not added up;
--   what usage moved meanwhile
-- Reads: memory.usage_in_bytes, memory.stat, memory.kmem.usage_in_bytes

-- Groups with their own numbers and those below them.
CREATE VIEW _c3 AS
SELECT b.snapshot_id, c.path AS subject, c.usage_bytes, c.total_rss_bytes, c.total_cache_bytes,
       c.total_lru_bytes,
       c.kmem_usage_bytes, c.usage_drift_bytes AS drift_bytes, c.below_count,
       c.total_lru_bytes - c.total_rss_bytes - c.total_cache_bytes AS unmapped_bytes, c.total_swapcached_bytes
  FROM _kernel_release b
  JOIN _cgroup1_book c ON c.snapshot_id = b.snapshot_id
 WHERE NOT c.is_root AND NOT (b.is_plain AND b.version = 5002);

CREATE VIEW check_C3 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'usage', usage_bytes, usage_bytes,
       'memory.usage_in_bytes: the page counter',
       'mm/memcontrol.c mem_cgroup_usage()', rtrim(subject, '/') || '/memory.usage_in_bytes'
  FROM _c3
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'Σ LRU', total_lru_bytes, total_lru_bytes,
       'the five LRU lists of the group and all below',
       'mm/memcontrol-v1.c memcg1_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _c3
UNION ALL
SELECT snapshot_id, subject, 'right', 3, 'kmem', kmem_usage_bytes, kmem_usage_bytes,
       'memory.kmem.usage_in_bytes: kernel memory, whole pages',
       'mm/memcontrol.c memcg1_account_kmem()', rtrim(subject, '/') || '/memory.kmem.usage_in_bytes'
  FROM _c3
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 4, 'T_stock',
       0,
       CASE WHEN below_count > 0 OR coalesce(g.dying_count > 0, 1) THEN b.stock_subtree_bytes
            ELSE b.stock_own_bytes END,
       printf('%d pages × %d CPUs charged ahead%s; %s', b.charge_batch_pages, b.cpus_online_count,
              CASE WHEN below_count > 0 OR coalesce(g.dying_count > 0, 1)
                   THEN printf(' for each of up to %d groups', b.stock_groups_count) ELSE '' END,
                   b.chosen_by),
       'mm/memcontrol.c refill_stock()', 'capture/meta.csv'
  FROM _c3 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
  JOIN _cgroup1_dying g ON g.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 5, 'T_batch', 0, b.batch_bytes,
       printf('%d batches × %d pages × %d CPUs on their way to or from an LRU list', b.lru_batches_count,
              b.lru_batch_pages,
              b.cpus_online_count),
       'mm/swap.c folio_batch_add_and_move()', 'capture/meta.csv'
  FROM _c3 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 6, 'T_stat',
       -(b.stat_subtree_bytes + 5 * b.stat_group_bytes * (1 + below_count + coalesce(g.dying_count, 0))),
       b.stat_subtree_bytes + 5 * b.stat_group_bytes * (1 + below_count + coalesce(g.dying_count, 0)),
       printf('updates of memory.stat that are not added up yet; %s', b.chosen_by),
       'mm/memcontrol.c memcg_vmstats_needs_flush()',
       coalesce(b.stat_missing, rtrim(subject, '/') || '/memory.stat')
  FROM _c3 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
  JOIN _cgroup1_dying g ON g.snapshot_id = c.snapshot_id
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 7, 'drift', -drift_bytes, drift_bytes,
       printf('usage moved by %d kB while the other files of the group were read', drift_bytes / 1024),
       'capture/again: largest minus smallest reading',
       'capture/again/1' || rtrim(subject, '/') || '/memory.usage_in_bytes'
  FROM _c3
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 8, 'isolated pages', 0, u.isolated_bytes,
       printf('%d kB were off the LRU lists, for reclaim or migration', u.isolated_bytes / 1024),
       'mm/vmstat.c NR_ISOLATED_ANON, NR_ISOLATED_FILE', 'proc/vmstat'
  FROM _c3 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
 WHERE u.isolated_bytes > 0
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 9, 'huge pages in flight',
       0,
       min(u.huge_bytes, h.huge_page_bytes * b.cpus_online_count),
       printf('%d kB of huge pages were allocated; on each CPU one may be charged, not yet mapped',
              u.huge_bytes / 1024),
       'mm/huge_memory.c vma_alloc_anon_folio_pmd()', 'capture/again/N/proc/vmstat'
  FROM _c3 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
  JOIN _huge_page h ON h.snapshot_id = c.snapshot_id
 WHERE u.huge_bytes > 0
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 10, 'behind the groups below', -l.high_bytes, -l.low_bytes, l.why,
       'mm/memcontrol.c memcg_rstat_updated()', rtrim(c.subject, '/') || '/*/memory.stat'
  FROM _c3 c
  JOIN _kernel_constant k ON k.snapshot_id = c.snapshot_id
  JOIN _cgroup1_lag l ON l.snapshot_id = c.snapshot_id AND l.path = c.subject AND l.counter = 'LRU'
 WHERE k.is_stat_cut_short;
