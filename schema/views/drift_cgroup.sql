-- The numbers of one memory cgroup from its several files, with what the checks need to know about its place in the tree.

-- Groups of version 1.  NULL: the file or the key was not there.
CREATE VIEW _cgroup1_book (
    snapshot_id,
    path,
    is_root,
    prefix,                 -- what the paths of the groups below begin with
    prefix_end,             -- and the first string behind all of them: '0' follows '/'
    below_count,            -- groups below it
    usage_bytes,
    kmem_usage_bytes,
    use_hierarchy,
    rss_bytes,              -- of the group itself
    cache_bytes,
    total_rss_bytes,        -- of the group and all below it
    total_cache_bytes,
    total_lru_bytes,        -- the five LRU lists
    total_swapcached_bytes,
    usage_drift_bytes       -- largest minus smallest of its usages, read around the others; NULL with one reading
) AS
SELECT c.snapshot_id, c.path, c.path = '/',
       CASE c.path WHEN '/' THEN '/' ELSE c.path || '/' END, CASE c.path WHEN '/' THEN '0' ELSE c.path || '0' END,
       (SELECT count(*) FROM cgroup1_memory g
         WHERE g.snapshot_id = c.snapshot_id AND g.hierarchy = 1 AND g.reading = 0 AND g.path <> '/'
           AND g.path >= CASE c.path WHEN '/' THEN '/' ELSE c.path || '/' END
           AND g.path < CASE c.path WHEN '/' THEN '0' ELSE c.path || '0' END),
       c.usage_bytes, c.kmem_usage_bytes, c.use_hierarchy, m.rss_bytes, m.cache_bytes, m.total_rss_bytes,
       m.total_cache_bytes,
       m.total_inactive_anon_bytes + m.total_active_anon_bytes + m.total_inactive_file_bytes + m.total_active_file_bytes
       + m.total_unevictable_bytes,
       m.total_swapcached_bytes,
       (SELECT CASE WHEN count(d.usage_bytes) > 1 THEN max(d.usage_bytes) - min(d.usage_bytes) END FROM cgroup1_memory d
         WHERE d.snapshot_id = c.snapshot_id AND d.hierarchy = c.hierarchy AND d.path = c.path)
  FROM cgroup1_memory c
  LEFT JOIN cgroup1_memory_stat m ON m.snapshot_id = c.snapshot_id AND m.hierarchy = c.hierarchy AND m.path = c.path
                                 AND m.reading = 0
 WHERE c.hierarchy = 1 AND c.reading = 0;

-- Removed groups of the version 1 tree that still hold something.  DISTINCT: counted once, not again for every group.
CREATE VIEW _cgroup1_dying (
    snapshot_id,
    dying_count             -- NULL: /proc/cgroups was not read
) AS
SELECT DISTINCT s.snapshot_id,
       (SELECT n.num_cgroups_count FROM proc_cgroups n
         WHERE n.snapshot_id = s.snapshot_id AND n.controller = 'memory' AND n.reading = 0)
       - (SELECT count(*) FROM cgroup1_memory g
           WHERE g.snapshot_id = s.snapshot_id AND g.hierarchy = 1 AND g.reading = 0)
  FROM snapshot s;

-- Groups of version 2 that have the memory controller.
CREATE VIEW _cgroup2_book (
    snapshot_id,
    path,
    is_root,
    prefix,
    prefix_end,
    below_count,
    dying_count,            -- removed groups below it that still hold something
    current_bytes,
    anon_bytes,             -- all of memory.stat is of the group and all below it
    file_bytes,
    kernel_bytes,
    sock_bytes,
    hugetlb_bytes,          -- 0 where hugetlb pages are not charged: the key is printed only when they are
    swapcached_bytes,
    lru_bytes,
    kernel_parts_bytes,     -- what memory.stat lists of kernel; a kind that this kernel does not print is left out
    current_drift_bytes
) AS
SELECT c.snapshot_id, c.path, c.path = '/',
       CASE c.path WHEN '/' THEN '/' ELSE c.path || '/' END, CASE c.path WHEN '/' THEN '0' ELSE c.path || '0' END,
       (SELECT count(*) FROM cgroup2_memory g
         WHERE g.snapshot_id = c.snapshot_id AND g.hierarchy = 2 AND g.reading = 0 AND g.path <> '/'
           AND g.path >= CASE c.path WHEN '/' THEN '/' ELSE c.path || '/' END
           AND g.path < CASE c.path WHEN '/' THEN '0' ELSE c.path || '0' END),
       (SELECT n.nr_dying_descendants_count FROM cgroup2_stat n
         WHERE n.snapshot_id = c.snapshot_id AND n.hierarchy = 2 AND n.path = c.path AND n.reading = 0),
       c.current_bytes, m.anon_bytes, m.file_bytes, m.kernel_bytes, m.sock_bytes,
       CASE WHEN m.anon_bytes IS NOT NULL THEN coalesce(m.hugetlb_bytes, 0) END,
       m.swapcached_bytes,
       m.inactive_anon_bytes + m.active_anon_bytes + m.inactive_file_bytes + m.active_file_bytes + m.unevictable_bytes,
       m.kernel_stack_bytes + m.slab_bytes + m.percpu_bytes + coalesce(m.pagetables_bytes, 0)
       + coalesce(m.sec_pagetables_bytes, 0) + coalesce(m.vmalloc_bytes, 0) + coalesce(m.zswap_bytes, 0),
       (SELECT CASE WHEN count(d.current_bytes) > 1 THEN max(d.current_bytes) - min(d.current_bytes) END
          FROM cgroup2_memory d
         WHERE d.snapshot_id = c.snapshot_id AND d.hierarchy = c.hierarchy AND d.path = c.path)
  FROM cgroup2_memory c
  LEFT JOIN cgroup2_memory_stat m ON m.snapshot_id = c.snapshot_id AND m.hierarchy = c.hierarchy AND m.path = c.path
                                 AND m.reading = 0
 WHERE c.hierarchy = 2 AND c.reading = 0;
