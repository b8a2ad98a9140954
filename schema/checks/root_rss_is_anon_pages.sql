-- Check: C8
-- Title: root total_rss = AnonPages
-- Bridge: cgroup-system
-- Unit: bytes
-- Valid: cgroup v1, Linux 5.8 and later
-- Claim: Anonymous memory of the root group and all below it is AnonPages of the machine.
-- Source: mm/vmstat.c __lruvec_stat_mod_folio(): one page, two counters
-- Tolerance: what the CPUs keep back of the machine's counter; updates of memory.stat not added up; what
--   AnonPages moved meanwhile
-- Reads: memory.stat of the root, proc/meminfo

-- The root group against the machine.
CREATE VIEW _c8 AS
SELECT b.snapshot_id, '' AS subject, c.total_rss_bytes AS root_bytes,
       m.anon_pages_kib * 1024 AS counter_bytes, c.below_count
  FROM _kernel_number b
  JOIN _cgroup1_book c ON c.snapshot_id = b.snapshot_id AND c.is_root
  JOIN _window w ON w.snapshot_id = b.snapshot_id AND w.phase = 'cgroup'
  LEFT JOIN proc_meminfo m ON m.snapshot_id = b.snapshot_id AND m.reading = w.first_reading
 WHERE b.version >= 5008;

CREATE VIEW check_C8 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'root total_rss', root_bytes, root_bytes,
       'anonymous memory of all groups',
       'mm/memcontrol-v1.c memcg1_stat_format()', 'memory.stat of the root'
  FROM _c8
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'AnonPages', counter_bytes, counter_bytes,
       'anonymous memory of the machine',
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _c8
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 3, 'T_vm', -b.vm_node_bytes, b.vm_node_bytes,
       printf('1 counter, kept back in parts of %d kB by the CPUs together', b.vm_node_bytes / 1024),
       'mm/vmstat.c mod_node_page_state()', 'proc/zoneinfo'
  FROM _c8 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 4, 'T_stat',
       -(b.stat_subtree_bytes + b.stat_group_bytes * (1 + below_count + coalesce(g.dying_count, 0))),
       b.stat_subtree_bytes + b.stat_group_bytes * (1 + below_count + coalesce(g.dying_count, 0)),
       printf('updates of memory.stat that are not added up yet; %s', b.chosen_by),
       'mm/memcontrol.c memcg_vmstats_needs_flush()',
       coalesce(b.stat_missing, 'memory.stat of the root')
  FROM _c8 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
  JOIN _cgroup1_dying g ON g.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 5, 'drift', -d.anon_bytes, d.anon_bytes,
       printf('AnonPages moved by %d kB meanwhile', d.anon_bytes / 1024),
       'capture/again: largest minus smallest reading', 'capture/again/N/proc/meminfo'
  FROM _c8 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'cgroup'
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 6, 'allocated meanwhile', -u.allocated_bytes, u.allocated_bytes,
       printf('%d kB were allocated meanwhile: nothing can have grown by more', u.allocated_bytes / 1024),
       'mm/page_alloc.c PGALLOC', 'capture/again/N/proc/vmstat'
  FROM _c8 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
 WHERE u.allocated_bytes > 0
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 7, 'behind the groups below', l.low_bytes, l.high_bytes, l.why,
       'mm/memcontrol.c memcg_rstat_updated()', '/*/memory.stat'
  FROM _c8 c
  JOIN _kernel_constant k ON k.snapshot_id = c.snapshot_id
  JOIN _cgroup1_lag l ON l.snapshot_id = c.snapshot_id AND l.path = '/' AND l.counter = 'AnonPages'
 WHERE k.is_stat_cut_short;
