-- Check: V4
-- Title: root anon, file, mapped, shmem = machine's
-- Bridge: cgroup-system
-- Unit: bytes
-- Valid: cgroup v2, Linux 5.8 and later
-- Claim: anon, file, file_mapped and shmem of the root's memory.stat are AnonPages, Cached + Buffers,
--   Mapped and Shmem of the machine.
-- Source: mm/vmstat.c __lruvec_stat_mod_folio(): one page, two counters
-- Tolerance: what the CPUs keep back of the machine's counters; updates of memory.stat not added up; what
--   the counter moved meanwhile
-- Reads: memory.stat of the root, proc/meminfo

-- The root group against the machine, one row a counter.
CREATE VIEW _v4 AS
SELECT b.snapshot_id, n.subject,
       CASE subject WHEN 'AnonPages' THEN s.anon_bytes
            WHEN 'Cached + Buffers' THEN s.file_bytes
            WHEN 'Mapped' THEN s.file_mapped_bytes
            WHEN 'Shmem' THEN s.shmem_bytes END AS root_bytes,
       CASE subject WHEN 'AnonPages' THEN m.anon_pages_kib
            WHEN 'Cached + Buffers' THEN m.cached_kib + m.buffers_kib
            WHEN 'Mapped' THEN m.mapped_kib
            WHEN 'Shmem' THEN m.shmem_kib END * 1024 AS counter_bytes,
       (SELECT count(*) + total(g.nr_dying_descendants_count) FROM cgroup2_stat g
         WHERE g.snapshot_id = b.snapshot_id AND g.hierarchy = 2 AND g.reading = 0) AS groups_count
  FROM _kernel_number b
  JOIN (SELECT 'AnonPages' AS subject
        UNION ALL SELECT 'Cached + Buffers'
        UNION ALL SELECT 'Mapped'
        UNION ALL SELECT 'Shmem') n
  JOIN _window w ON w.snapshot_id = b.snapshot_id AND w.phase = 'cgroup'
  LEFT JOIN cgroup2_memory_stat s ON s.snapshot_id = b.snapshot_id AND s.hierarchy = 2 AND s.path = '/'
                                  AND s.reading = 0
  LEFT JOIN proc_meminfo m ON m.snapshot_id = b.snapshot_id AND m.reading = w.first_reading
 WHERE b.version >= 5008
   AND EXISTS (SELECT 1 FROM cgroup2_memory c WHERE c.snapshot_id = b.snapshot_id AND c.hierarchy = 2);

CREATE VIEW check_V4 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'root', root_bytes, root_bytes,
       printf('%s of all groups', subject),
       'mm/memcontrol.c memory_stat_format()', 'memory.stat of the root'
  FROM _v4
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'machine', counter_bytes, counter_bytes,
       printf('%s of the machine', subject),
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _v4
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 3, 'T_vm',
       -CASE c.subject WHEN 'Cached + Buffers' THEN 2 ELSE 1 END * b.vm_node_bytes,
       CASE c.subject WHEN 'Cached + Buffers' THEN 2 ELSE 1 END * b.vm_node_bytes,
       printf('each counter is kept back in parts of %d kB by the CPUs together', b.vm_node_bytes / 1024),
       'mm/vmstat.c mod_node_page_state()', 'proc/zoneinfo'
  FROM _v4 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 4, 'T_stat',
       -(b.stat_subtree_bytes + b.stat_group_bytes * groups_count),
       b.stat_subtree_bytes + b.stat_group_bytes * groups_count,
       printf('updates of memory.stat that are not added up yet; %s', b.chosen_by),
       'mm/memcontrol.c memcg_vmstats_needs_flush()',
       coalesce(b.stat_missing, 'memory.stat of the root')
  FROM _v4 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 5, 'drift',
       -CASE c.subject WHEN 'AnonPages' THEN d.anon_bytes
            WHEN 'Cached + Buffers' THEN d.file_bytes
            WHEN 'Mapped' THEN d.mapped_bytes
            WHEN 'Shmem' THEN d.shmem_bytes END,
       CASE c.subject WHEN 'AnonPages' THEN d.anon_bytes
            WHEN 'Cached + Buffers' THEN d.file_bytes
            WHEN 'Mapped' THEN d.mapped_bytes
            WHEN 'Shmem' THEN d.shmem_bytes END,
       printf('%s moved meanwhile, by so much between the readings around', c.subject),
       'capture/again: largest minus smallest reading', 'capture/again/N/proc/meminfo'
  FROM _v4 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'cgroup'
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 6, 'allocated meanwhile', -u.allocated_bytes, u.allocated_bytes,
       printf('%d kB were allocated meanwhile: nothing can have grown by more', u.allocated_bytes / 1024),
       'mm/page_alloc.c PGALLOC', 'capture/again/N/proc/vmstat'
  FROM _v4 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
 WHERE u.allocated_bytes > 0 AND c.subject <> 'Mapped'
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 7, 'mapped meanwhile', -u.fault_bytes, u.fault_bytes,
       printf('page faults can have mapped %d kB meanwhile', u.fault_bytes / 1024),
       'mm/filemap.c filemap_map_pages()', 'capture/again/N/proc/vmstat'
  FROM _v4 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
 WHERE u.fault_bytes > 0 AND c.subject = 'Mapped'
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 8, 'behind the groups below', l.low_bytes, l.high_bytes, l.why,
       'mm/memcontrol.c memcg_rstat_updated()', '/*/memory.stat'
  FROM _v4 c
  JOIN _kernel_constant k ON k.snapshot_id = c.snapshot_id
  JOIN _cgroup2_lag l ON l.snapshot_id = c.snapshot_id AND l.path = '/' AND l.counter = c.subject
 WHERE k.is_stat_cut_short;
