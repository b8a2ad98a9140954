-- Check: C5
-- Title: total_ = own + Σ children total_
-- Bridge: cgroup-cgroup
-- Unit: bytes
-- Valid: cgroup v1 with use_hierarchy, all kernels but 5.2
-- Claim: Anonymous memory and page cache of a subtree are those of the group itself, of the groups below
--   it, and of removed groups that still hold some.
-- Source: mm/memcontrol.c memcg_page_state(), memcg_page_state_local()
-- Tolerance: one-sided: the rest is what removed groups hold; updates of memory.stat not added up, in the
--   group and in each child; what usage moved meanwhile
-- Reads: memory.stat of a group and of the groups below it

-- Groups that have groups below them.
CREATE VIEW _c5 AS
SELECT b.snapshot_id, c.path AS subject, c.total_rss_bytes + c.total_cache_bytes AS total_bytes,
       c.rss_bytes + c.cache_bytes AS own_bytes,
       -- without one of the children there is no sum
       (SELECT CASE WHEN count(*) = count(m.total_rss_bytes + m.total_cache_bytes)
                    THEN CAST(total(m.total_rss_bytes + m.total_cache_bytes) AS INTEGER) END
          FROM cgroup1_memory k
          LEFT JOIN cgroup1_memory_stat m ON m.snapshot_id = k.snapshot_id AND m.hierarchy = 1
                                         AND m.path = k.path AND m.reading = 0
         WHERE k.snapshot_id = c.snapshot_id AND k.hierarchy = 1 AND k.reading = 0 AND k.path <> '/'
           AND k.path >= c.prefix AND k.path < c.prefix_end
           AND instr(substr(k.path, length(c.prefix) + 1), '/') = 0) AS children_bytes,
       (SELECT count(*) FROM cgroup1_memory k
         WHERE k.snapshot_id = c.snapshot_id AND k.hierarchy = 1 AND k.reading = 0 AND k.path <> '/'
           AND k.path >= c.prefix AND k.path < c.prefix_end
           AND instr(substr(k.path, length(c.prefix) + 1), '/') = 0) AS children_count,
       c.below_count, c.usage_drift_bytes AS drift_bytes,
       (SELECT CAST(total(g.drift) AS INTEGER)
          FROM (SELECT max(k.usage_bytes) - min(k.usage_bytes) AS drift FROM cgroup1_memory k
                 WHERE k.snapshot_id = c.snapshot_id AND k.hierarchy = 1 AND k.path <> '/'
                   AND k.path >= c.prefix AND k.path < c.prefix_end
                   AND instr(substr(k.path, length(c.prefix) + 1), '/') = 0
                 GROUP BY k.path) g) AS children_drift_bytes,
       -- usage is counted apart and at once; that of the root is of the machine, without kernel memory
       coalesce(max(0, c.usage_bytes - iif(c.is_root, 0, c.kmem_usage_bytes) - c.total_lru_bytes), 0) AS short_bytes,
       (SELECT CAST(total(max(0, k.total_lru_bytes + k.kmem_usage_bytes - k.usage_bytes)) AS INTEGER)
          FROM _cgroup1_book k
         WHERE k.snapshot_id = c.snapshot_id AND k.path <> '/' AND k.path >= c.prefix AND k.path < c.prefix_end
           AND instr(substr(k.path, length(c.prefix) + 1), '/') = 0
           AND k.below_count > 0) AS children_excess_bytes
  FROM _kernel_release b
  JOIN _cgroup1_book c ON c.snapshot_id = b.snapshot_id
 WHERE c.below_count > 0 AND NOT (b.is_plain AND b.version = 5002)
   AND (b.version >= 5011 OR c.use_hierarchy = 1);

CREATE VIEW check_C5 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'total_rss + total_cache', total_bytes, total_bytes,
       'the group and all below it',
       'mm/memcontrol-v1.c memcg1_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _c5
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'own', own_bytes, own_bytes,
       'rss + cache of the group itself',
       'mm/memcontrol-v1.c memcg1_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _c5
UNION ALL
SELECT snapshot_id, subject, 'right', 3, 'children', children_bytes, children_bytes,
       printf('total_rss + total_cache of %d groups directly below', children_count),
       'mm/memcontrol-v1.c memcg1_stat_format()', rtrim(subject, '/') || '/*/memory.stat'
  FROM _c5
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 4, 'removed groups', 0, total_bytes,
       printf('what %s removed groups still hold: any part of the total', coalesce(g.dying_count, '?')),
       'mm/memcontrol.c mem_cgroup_css_offline()', rtrim(c.subject, '/') || '/memory.stat'
  FROM _c5 c
  JOIN _cgroup1_dying g ON g.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 5, 'T_stat',
       -((1 + children_count) * b.stat_subtree_bytes
       + 4 * b.stat_group_bytes * (1 + below_count + coalesce(g.dying_count, 0))),
       (1 + children_count) * b.stat_subtree_bytes
       + 4 * b.stat_group_bytes * (1 + below_count + coalesce(g.dying_count, 0)),
       printf('updates not added up yet, in the file of the group and in those of %d children; %s',
              children_count, b.chosen_by),
       'mm/memcontrol.c memcg_vmstats_needs_flush()',
       coalesce(b.stat_missing, rtrim(subject, '/') || '/memory.stat')
  FROM _c5 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
  JOIN _cgroup1_dying g ON g.snapshot_id = c.snapshot_id
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 6, 'drift', -drift_bytes, drift_bytes,
       printf('usage moved by %d kB while the other files of the group were read', drift_bytes / 1024),
       'capture/again: largest minus smallest reading',
       'capture/again/1' || rtrim(subject, '/') || '/memory.usage_in_bytes'
  FROM _c5
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 7, 'drift', -children_drift_bytes, children_drift_bytes,
       printf('usages of the children moved by %d kB together while each was read',
              children_drift_bytes / 1024),
       'capture/again: largest minus smallest reading', rtrim(subject, '/') || '/*/memory.usage_in_bytes'
  FROM _c5
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 8, 'allocated meanwhile', -u.allocated_bytes, 0,
       printf('%d kB were allocated meanwhile; a child is read after the group', u.allocated_bytes / 1024),
       'mm/page_alloc.c PGALLOC', 'capture/again/N/proc/vmstat'
  FROM _c5 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
 WHERE u.allocated_bytes > 0
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 9, 'behind the groups below',
       -(short_bytes + children_excess_bytes), 0,
       printf('usage has %d kB more than the LRU lists of memory.stat, and the lists of children %d kB more than '
              || 'their usage: a group below that is due to be added up reports no more of its updates',
              short_bytes / 1024, children_excess_bytes / 1024),
       'mm/memcontrol.c memcg_rstat_updated()', rtrim(c.subject, '/') || '/memory.usage_in_bytes'
  FROM _c5 c
  JOIN _kernel_constant k ON k.snapshot_id = c.snapshot_id
 WHERE k.is_stat_cut_short AND short_bytes + children_excess_bytes > 0;
