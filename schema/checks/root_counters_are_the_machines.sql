-- Check: C10
-- Title: root mapped, shmem, huge = machine's
-- Bridge: cgroup-system
-- Unit: bytes
-- Valid: cgroup v1, Linux 5.8 and later
-- Claim: total_mapped_file, total_shmem and total_rss_huge of the root group are Mapped, Shmem and
--   AnonHugePages of the machine.
-- Source: mm/vmstat.c __lruvec_stat_mod_folio(): one page, two counters
-- Tolerance: what the CPUs keep back of the machine's counter; updates of memory.stat not added up; what
--   the counter moved meanwhile; the pages of the vdso are mapped and charged to nobody
-- Reads: memory.stat of the root, proc/meminfo

-- The root group against the machine, one row a counter.
CREATE VIEW _c10 AS
SELECT b.snapshot_id, n.subject,
       CASE subject WHEN 'Mapped' THEN s.total_mapped_file_bytes
            WHEN 'Shmem' THEN s.total_shmem_bytes
            WHEN 'AnonHugePages' THEN s.total_rss_huge_bytes END AS root_bytes,
       CASE subject WHEN 'Mapped' THEN m.mapped_kib
            WHEN 'Shmem' THEN m.shmem_kib
            WHEN 'AnonHugePages' THEN m.anon_huge_pages_kib END * 1024 AS counter_bytes, c.below_count
  FROM _kernel_number b
  JOIN _cgroup1_book c ON c.snapshot_id = b.snapshot_id AND c.is_root
  JOIN _window w ON w.snapshot_id = b.snapshot_id AND w.phase = 'cgroup'
  JOIN (SELECT 'Mapped' AS subject
        UNION ALL SELECT 'Shmem'
        UNION ALL SELECT 'AnonHugePages') n
  LEFT JOIN cgroup1_memory_stat s ON s.snapshot_id = c.snapshot_id AND s.hierarchy = 1 AND s.path = '/'
                                  AND s.reading = 0
  LEFT JOIN proc_meminfo m ON m.snapshot_id = b.snapshot_id AND m.reading = w.first_reading
 WHERE b.version >= 5008;

CREATE VIEW check_C10 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'root', root_bytes, root_bytes,
       printf('%s of all groups', subject),
       'mm/memcontrol-v1.c memcg1_stat_format()', 'memory.stat of the root'
  FROM _c10
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'machine', counter_bytes, counter_bytes,
       printf('%s of the machine', subject),
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _c10
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 3, 'T_vm', -b.vm_node_bytes, b.vm_node_bytes,
       printf('1 counter, kept back in parts of %d kB by the CPUs together', b.vm_node_bytes / 1024),
       'mm/vmstat.c mod_node_page_state()', 'proc/zoneinfo'
  FROM _c10 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 4, 'T_stat',
       -(b.stat_subtree_bytes + b.stat_group_bytes * (1 + below_count + coalesce(g.dying_count, 0))),
       b.stat_subtree_bytes + b.stat_group_bytes * (1 + below_count + coalesce(g.dying_count, 0)),
       printf('updates of memory.stat that are not added up yet; %s', b.chosen_by),
       'mm/memcontrol.c memcg_vmstats_needs_flush()',
       coalesce(b.stat_missing, 'memory.stat of the root')
  FROM _c10 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
  JOIN _cgroup1_dying g ON g.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 5, 'drift',
       -CASE c.subject WHEN 'Mapped' THEN d.mapped_bytes
            WHEN 'Shmem' THEN d.shmem_bytes
            WHEN 'AnonHugePages' THEN d.anon_huge_bytes END,
       CASE c.subject WHEN 'Mapped' THEN d.mapped_bytes
            WHEN 'Shmem' THEN d.shmem_bytes
            WHEN 'AnonHugePages' THEN d.anon_huge_bytes END,
       printf('%s moved meanwhile, by so much between the readings around', c.subject),
       'capture/again: largest minus smallest reading', 'capture/again/N/proc/meminfo'
  FROM _c10 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'cgroup'
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 6, 'allocated meanwhile', -u.allocated_bytes, u.allocated_bytes,
       printf('%d kB were allocated meanwhile: nothing can have grown by more', u.allocated_bytes / 1024),
       'mm/page_alloc.c PGALLOC', 'capture/again/N/proc/vmstat'
  FROM _c10 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
 WHERE u.allocated_bytes > 0 AND c.subject <> 'Mapped'
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 7, 'mapped meanwhile', -u.fault_bytes, u.fault_bytes,
       printf('page faults can have mapped %d kB meanwhile', u.fault_bytes / 1024),
       'mm/filemap.c filemap_map_pages()', 'capture/again/N/proc/vmstat'
  FROM _c10 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
 WHERE u.fault_bytes > 0 AND c.subject = 'Mapped'
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 8, 'behind the groups below', l.low_bytes, l.high_bytes, l.why,
       'mm/memcontrol.c memcg_rstat_updated()', '/*/memory.stat'
  FROM _c10 c
  JOIN _kernel_constant k ON k.snapshot_id = c.snapshot_id
  JOIN _cgroup1_lag l ON l.snapshot_id = c.snapshot_id AND l.path = '/' AND l.counter = c.subject
 WHERE k.is_stat_cut_short;
