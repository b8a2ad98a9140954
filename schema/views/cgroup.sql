-- What each memory cgroup is charged, version 1 and 2 in one form.

-- Groups of a v1 memory hierarchy, each with what is needed to find the groups directly below it.
CREATE VIEW _cgroup1_node (
    snapshot_id,
    path,
    prefix,        -- what the paths of the groups below begin with
    prefix_end     -- and the first string behind all of them: '0' follows '/'
) AS
SELECT b.snapshot_id, c.path,
       CASE c.path WHEN '/' THEN '/' ELSE c.path || '/' END,
       CASE c.path WHEN '/' THEN '0' ELSE c.path || '0' END
  FROM _snapshot_base b
  JOIN cgroup1_memory c ON c.snapshot_id = b.snapshot_id AND c.hierarchy = 1 AND c.reading = 0
 WHERE b.memory_hierarchy = 1;

-- The same for v2. The root has no scalar files; any other group without them is one whose parent does not
-- pass the controller on: its pages are its ancestor's.
CREATE VIEW _cgroup2_node (
    snapshot_id,
    path,
    prefix,
    prefix_end
) AS
SELECT b.snapshot_id, c.path,
       CASE c.path WHEN '/' THEN '/' ELSE c.path || '/' END,
       CASE c.path WHEN '/' THEN '0' ELSE c.path || '0' END
  FROM _snapshot_base b
  JOIN capture_cgroups c ON c.snapshot_id = b.snapshot_id AND c.hierarchy = 2 AND c.reading = 0
 WHERE b.memory_hierarchy = 2
   AND (c.path = '/' OR EXISTS (SELECT 1 FROM cgroup2_memory m
                                 WHERE m.snapshot_id = c.snapshot_id AND m.hierarchy = 2 AND m.path = c.path
                                   AND m.reading = 0));

-- What is charged to each group with all groups below it, and (own_) to itself.
--
-- v2 prints subtree totals alone, so own_ is the total minus the totals of the groups directly below: files
-- read at different moments, it may be negative by drift, and it holds what removed groups left behind. v1
-- prints both.
CREATE VIEW cgroup (
    snapshot_id,        -- the snapshot
    hierarchy,          -- 1 or 2: version of the hierarchy
    path,               -- path below the mount point; the root group is /
    parent_path,        -- path of the group above; NULL for the root
    depth,              -- 0 for the root, 1 below it
    inode,              -- of its folder: how kpagecgroup names it
    usage_bytes,        -- charged now: usage_in_bytes, memory.current; NULL for the v2 root, which has no
                        -- such file
    peak_bytes,         -- most that was ever charged; NULL before 5.19 on v2
    limit_bytes,        -- limit_in_bytes, memory.max; NULL: none, or not read
    limit_unlimited,    -- 1: there is no limit; 0: limit_bytes is it; NULL: not read
    high_bytes,         -- memory.high; NULL: none; v1 has no such thing
    anon_bytes,         -- anonymous memory; up to 5.7 with its swap cache, from 5.8 on only while it is
                        -- mapped
    file_bytes,         -- page cache without shmem; where v1 does not tell them apart, what is on the file
                        -- LRU lists
    shmem_bytes,        -- shmem and tmpfs; NULL where v1 does not print it (before 4.12)
    mapped_bytes,       -- the part of file and shmem that is mapped, by whomever
    kernel_bytes,       -- kernel memory; v2 before 5.19: the kinds that are printed, without the rest
    slab_bytes,         -- slab objects; v1 does not print it
    sock_bytes,         -- socket buffers; on v1 TCP's, which are not part of usage_bytes
    swap_bytes,         -- pages in swap; NULL: swap is not accounted
    unevictable_bytes,  -- pages that reclaim may not take
    own_usage_bytes,    -- usage_bytes without the groups below
    own_anon_bytes,     -- anon_bytes without the groups below
    own_file_bytes,     -- file_bytes without the groups below
    own_shmem_bytes,    -- shmem_bytes without the groups below
    processes_count,    -- processes in the group itself
    children_count,     -- groups directly below
    dying_count         -- removed groups below that still hold something; v1 knows it for the whole tree
                        -- alone: on the root
) AS
SELECT n.snapshot_id, 1, n.path,
       -- all up to the last slash; nothing is left of a group directly below the root
       CASE WHEN n.path <> '/'
            THEN coalesce(nullif(rtrim(rtrim(n.path, replace(n.path, '/', '')), '/'), ''), '/') END,
       CASE WHEN n.path = '/' THEN 0 ELSE length(n.path) - length(replace(n.path, '/', '')) END,
       c.inode, m.usage_bytes, m.max_usage_bytes, m.limit_bytes, m.limit_unlimited, NULL,
       -- without use_hierarchy charges do not reach the parent, and total_ is the group alone
       t.total_rss_bytes,
       -- no shmem key: the file lists have the page cache without shmem, which is on the lists of anonymous
       -- pages
       coalesce(t.total_cache_bytes - t.total_shmem_bytes,
                t.total_active_file_bytes + t.total_inactive_file_bytes),
       t.total_shmem_bytes, t.total_mapped_file_bytes, m.kmem_usage_bytes, NULL, m.kmem_tcp_usage_bytes,
       t.total_swap_bytes, t.total_unevictable_bytes,
       -- the root has no counter of its own and is charged no kernel memory
       CASE WHEN n.path = '/' THEN t.rss_bytes + t.cache_bytes
            WHEN m.use_hierarchy = 0 THEN m.usage_bytes
            -- no group below: nothing to take off
            ELSE m.usage_bytes - coalesce((SELECT sum(k.usage_bytes) FROM cgroup1_memory k
                                            WHERE k.snapshot_id = n.snapshot_id AND k.hierarchy = 1
                                              AND k.reading = 0
                                              AND k.path > n.prefix AND k.path < n.prefix_end
                                              AND instr(substr(k.path, length(n.prefix) + 1), '/') = 0), 0)
       END,
       t.rss_bytes,
       coalesce(t.cache_bytes - t.shmem_bytes, t.active_file_bytes + t.inactive_file_bytes),
       t.shmem_bytes,
       (SELECT count(*) FROM cgroup_procs q
         WHERE q.snapshot_id = n.snapshot_id AND q.hierarchy = 1 AND q.path = n.path AND q.reading = 0),
       (SELECT count(*) FROM cgroup1_memory k
         WHERE k.snapshot_id = n.snapshot_id AND k.hierarchy = 1 AND k.reading = 0
           AND k.path > n.prefix AND k.path < n.prefix_end
           AND instr(substr(k.path, length(n.prefix) + 1), '/') = 0),
       CASE WHEN n.path = '/'
            THEN (SELECT g.num_cgroups_count FROM proc_cgroups g
                   WHERE g.snapshot_id = n.snapshot_id AND g.controller = 'memory' AND g.reading = 0)
                 - (SELECT count(*) FROM capture_cgroups k
                     WHERE k.snapshot_id = n.snapshot_id AND k.hierarchy = 1 AND k.reading = 0) END
  FROM _cgroup1_node n
  LEFT JOIN capture_cgroups c ON c.snapshot_id = n.snapshot_id AND c.hierarchy = 1 AND c.path = n.path
      AND c.reading = 0
  LEFT JOIN cgroup1_memory m ON m.snapshot_id = n.snapshot_id AND m.hierarchy = 1 AND m.path = n.path
      AND m.reading = 0
  LEFT JOIN cgroup1_memory_stat t ON t.snapshot_id = n.snapshot_id AND t.hierarchy = 1 AND t.path = n.path
                                 AND t.reading = 0
UNION ALL
SELECT n.snapshot_id, 2, n.path,
       -- all up to the last slash; nothing is left of a group directly below the root
       CASE WHEN n.path <> '/'
            THEN coalesce(nullif(rtrim(rtrim(n.path, replace(n.path, '/', '')), '/'), ''), '/') END,
       CASE WHEN n.path = '/' THEN 0 ELSE length(n.path) - length(replace(n.path, '/', '')) END,
       c.inode, m.current_bytes, m.peak_bytes, m.max_bytes, m.max_unlimited, m.high_bytes,
       t.anon_bytes,
       -- 4.9 to 4.11 print no shmem: then the file lists
       coalesce(t.file_bytes - t.shmem_bytes, t.active_file_bytes + t.inactive_file_bytes),
       t.shmem_bytes, t.file_mapped_bytes,
       -- before 5.19 the sum of the kinds; one that the release does not print yet is not in the sum
       coalesce(t.kernel_bytes, t.slab_bytes + t.kernel_stack_bytes + coalesce(t.pagetables_bytes, 0)
                                + coalesce(t.percpu_bytes, 0) + coalesce(t.vmalloc_bytes, 0)),
       t.slab_bytes, t.sock_bytes, m.swap_current_bytes, t.unevictable_bytes,
       -- coalesce, here and below: no group below, nothing to take off
       m.current_bytes - coalesce((SELECT sum(k.current_bytes) FROM cgroup2_memory k
                                    WHERE k.snapshot_id = n.snapshot_id AND k.hierarchy = 2 AND k.reading = 0
                                      AND k.path > n.prefix AND k.path < n.prefix_end
                                      AND instr(substr(k.path, length(n.prefix) + 1), '/') = 0), 0),
       t.anon_bytes - coalesce((SELECT sum(k.anon_bytes) FROM cgroup2_memory_stat k
                                 WHERE k.snapshot_id = n.snapshot_id AND k.hierarchy = 2 AND k.reading = 0
                                   AND k.path > n.prefix AND k.path < n.prefix_end
                                   AND instr(substr(k.path, length(n.prefix) + 1), '/') = 0), 0),
       coalesce(t.file_bytes - t.shmem_bytes, t.active_file_bytes + t.inactive_file_bytes)
       - coalesce((SELECT sum(coalesce(k.file_bytes - k.shmem_bytes,
                                       k.active_file_bytes + k.inactive_file_bytes))
                     FROM cgroup2_memory_stat k
                    WHERE k.snapshot_id = n.snapshot_id AND k.hierarchy = 2 AND k.reading = 0
                      AND k.path > n.prefix AND k.path < n.prefix_end
                      AND instr(substr(k.path, length(n.prefix) + 1), '/') = 0), 0),
       t.shmem_bytes - coalesce((SELECT sum(k.shmem_bytes) FROM cgroup2_memory_stat k
                                  WHERE k.snapshot_id = n.snapshot_id AND k.hierarchy = 2 AND k.reading = 0
                                    AND k.path > n.prefix AND k.path < n.prefix_end
                                    AND instr(substr(k.path, length(n.prefix) + 1), '/') = 0), 0),
       (SELECT count(*) FROM cgroup_procs q
         WHERE q.snapshot_id = n.snapshot_id AND q.hierarchy = 2 AND q.path = n.path AND q.reading = 0),
       (SELECT count(*) FROM cgroup2_memory k
         WHERE k.snapshot_id = n.snapshot_id AND k.hierarchy = 2 AND k.reading = 0
           AND k.path > n.prefix AND k.path < n.prefix_end
           AND instr(substr(k.path, length(n.prefix) + 1), '/') = 0),
       d.nr_dying_descendants_count
  FROM _cgroup2_node n
  LEFT JOIN capture_cgroups c ON c.snapshot_id = n.snapshot_id AND c.hierarchy = 2 AND c.path = n.path
      AND c.reading = 0
  LEFT JOIN cgroup2_memory m ON m.snapshot_id = n.snapshot_id AND m.hierarchy = 2 AND m.path = n.path
      AND m.reading = 0
  LEFT JOIN cgroup2_memory_stat t ON t.snapshot_id = n.snapshot_id AND t.hierarchy = 2 AND t.path = n.path
                                 AND t.reading = 0
  LEFT JOIN cgroup2_stat d ON d.snapshot_id = n.snapshot_id AND d.hierarchy = 2 AND d.path = n.path
      AND d.reading = 0;

-- What each cgroup itself is charged, without the groups below, by class of the ledger. No row where the file
-- was not read or does not print the class. The classes of a machine have more: pages charged to nobody, and
-- what removed groups hold.
CREATE VIEW ledger_cgroup (
    snapshot_id,   -- the snapshot
    class,         -- class of the ledger: anonymous, file_cache, shmem, slab_reclaimable, slab_unreclaimable
    hierarchy,     -- 1 or 2: version of the hierarchy
    path,          -- path of the group
    bytes          -- charged to the group itself; on v2 a difference of files read at different moments, may
                   -- be negative
) AS
-- without a shmem key the file lists stand for the page cache, as in cgroup; v1 does not print slab by group
SELECT n.snapshot_id, 'anonymous', 1, n.path, t.rss_bytes
  FROM _cgroup1_node n
  JOIN cgroup1_memory_stat t ON t.snapshot_id = n.snapshot_id AND t.hierarchy = 1 AND t.path = n.path
      AND t.reading = 0
 WHERE t.rss_bytes IS NOT NULL
UNION ALL
SELECT n.snapshot_id, 'file_cache', 1, n.path,
       coalesce(t.cache_bytes - t.shmem_bytes, t.active_file_bytes + t.inactive_file_bytes)
  FROM _cgroup1_node n
  JOIN cgroup1_memory_stat t ON t.snapshot_id = n.snapshot_id AND t.hierarchy = 1 AND t.path = n.path
      AND t.reading = 0
 WHERE coalesce(t.cache_bytes - t.shmem_bytes, t.active_file_bytes + t.inactive_file_bytes) IS NOT NULL
UNION ALL
SELECT n.snapshot_id, 'shmem', 1, n.path, t.shmem_bytes
  FROM _cgroup1_node n
  JOIN cgroup1_memory_stat t ON t.snapshot_id = n.snapshot_id AND t.hierarchy = 1 AND t.path = n.path
      AND t.reading = 0
 WHERE t.shmem_bytes IS NOT NULL
UNION ALL
-- coalesce of a sum, here and below: no group below, nothing to take off
SELECT n.snapshot_id, 'anonymous', 2, n.path,
       t.anon_bytes
       - coalesce((SELECT sum(k.anon_bytes) FROM cgroup2_memory_stat k
                    WHERE k.snapshot_id = n.snapshot_id AND k.hierarchy = 2 AND k.reading = 0
                      AND k.path > n.prefix AND k.path < n.prefix_end
                      AND instr(substr(k.path, length(n.prefix) + 1), '/') = 0), 0)
  FROM _cgroup2_node n
  JOIN cgroup2_memory_stat t ON t.snapshot_id = n.snapshot_id AND t.hierarchy = 2 AND t.path = n.path
      AND t.reading = 0
 WHERE t.anon_bytes IS NOT NULL
UNION ALL
SELECT n.snapshot_id, 'file_cache', 2, n.path,
       coalesce(t.file_bytes - t.shmem_bytes, t.active_file_bytes + t.inactive_file_bytes)
       - coalesce((SELECT sum(coalesce(k.file_bytes - k.shmem_bytes,
                                       k.active_file_bytes + k.inactive_file_bytes))
                    FROM cgroup2_memory_stat k
                    WHERE k.snapshot_id = n.snapshot_id AND k.hierarchy = 2 AND k.reading = 0
                      AND k.path > n.prefix AND k.path < n.prefix_end
                      AND instr(substr(k.path, length(n.prefix) + 1), '/') = 0), 0)
  FROM _cgroup2_node n
  JOIN cgroup2_memory_stat t ON t.snapshot_id = n.snapshot_id AND t.hierarchy = 2 AND t.path = n.path
      AND t.reading = 0
 WHERE coalesce(t.file_bytes - t.shmem_bytes, t.active_file_bytes + t.inactive_file_bytes) IS NOT NULL
UNION ALL
SELECT n.snapshot_id, 'shmem', 2, n.path,
       t.shmem_bytes
       - coalesce((SELECT sum(k.shmem_bytes) FROM cgroup2_memory_stat k
                    WHERE k.snapshot_id = n.snapshot_id AND k.hierarchy = 2 AND k.reading = 0
                      AND k.path > n.prefix AND k.path < n.prefix_end
                      AND instr(substr(k.path, length(n.prefix) + 1), '/') = 0), 0)
  FROM _cgroup2_node n
  JOIN cgroup2_memory_stat t ON t.snapshot_id = n.snapshot_id AND t.hierarchy = 2 AND t.path = n.path
      AND t.reading = 0
 WHERE t.shmem_bytes IS NOT NULL
UNION ALL
SELECT n.snapshot_id, 'slab_reclaimable', 2, n.path,
       t.slab_reclaimable_bytes
       - coalesce((SELECT sum(k.slab_reclaimable_bytes) FROM cgroup2_memory_stat k
                    WHERE k.snapshot_id = n.snapshot_id AND k.hierarchy = 2 AND k.reading = 0
                      AND k.path > n.prefix AND k.path < n.prefix_end
                      AND instr(substr(k.path, length(n.prefix) + 1), '/') = 0), 0)
  FROM _cgroup2_node n
  JOIN cgroup2_memory_stat t ON t.snapshot_id = n.snapshot_id AND t.hierarchy = 2 AND t.path = n.path
      AND t.reading = 0
 WHERE t.slab_reclaimable_bytes IS NOT NULL
UNION ALL
SELECT n.snapshot_id, 'slab_unreclaimable', 2, n.path,
       t.slab_unreclaimable_bytes
       - coalesce((SELECT sum(k.slab_unreclaimable_bytes) FROM cgroup2_memory_stat k
                    WHERE k.snapshot_id = n.snapshot_id AND k.hierarchy = 2 AND k.reading = 0
                      AND k.path > n.prefix AND k.path < n.prefix_end
                      AND instr(substr(k.path, length(n.prefix) + 1), '/') = 0), 0)
  FROM _cgroup2_node n
  JOIN cgroup2_memory_stat t ON t.snapshot_id = n.snapshot_id AND t.hierarchy = 2 AND t.path = n.path
      AND t.reading = 0
 WHERE t.slab_unreclaimable_bytes IS NOT NULL;
