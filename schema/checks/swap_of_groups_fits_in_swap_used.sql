-- Check: V5
-- Title: Σ swap.current ≤ SwapTotal − SwapFree
-- Bridge: cgroup-system
-- Unit: bytes
-- Valid: cgroup v2 with swap accounting
-- Claim: The groups below the root together have no more in swap than the machine.
-- Source: mm/swapfile.c, mm/memcontrol.c __mem_cgroup_try_charge_swap(): a slot that is charged is in use
-- Tolerance: one-sided: the rest is the root's own and slots that belong to nobody; what the swap in use
--   moved meanwhile
-- Reads: memory.swap.current of the groups below the root, proc/meminfo

-- The machine against the groups directly below the root.
CREATE VIEW _v5 AS
SELECT b.snapshot_id, '' AS subject, (m.swap_total_kib - m.swap_free_kib) * 1024 AS used_bytes,
       (SELECT CAST(sum(k.swap_current_bytes * 1.0) AS INTEGER) FROM cgroup2_memory k
         WHERE k.snapshot_id = b.snapshot_id AND k.hierarchy = 2 AND k.reading = 0 AND k.path <> '/'
           AND instr(substr(k.path, 2), '/') = 0) AS groups_bytes,
       (SELECT count(*) FROM cgroup2_memory k
         WHERE k.snapshot_id = b.snapshot_id AND k.hierarchy = 2 AND k.reading = 0 AND k.path <> '/'
           AND instr(substr(k.path, 2), '/') = 0) AS groups_count
  FROM snapshot b
  JOIN _window w ON w.snapshot_id = b.snapshot_id AND w.phase = 'cgroup'
  LEFT JOIN proc_meminfo m ON m.snapshot_id = b.snapshot_id AND m.reading = w.first_reading
 WHERE EXISTS (SELECT 1 FROM cgroup2_memory c WHERE c.snapshot_id = b.snapshot_id AND c.hierarchy = 2
                AND c.path <> '/')
   AND m.swap_total_kib IS NOT 0;

CREATE VIEW check_V5 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'swap in use', used_bytes, used_bytes,
       'SwapTotal - SwapFree',
       'mm/swapfile.c si_swapinfo()', 'proc/meminfo'
  FROM _v5
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'groups', groups_bytes, groups_bytes,
       printf('memory.swap.current of %d groups below the root', groups_count),
       'mm/memcontrol.c swap_current_read()', 'memory.swap.current of the groups below the root'
  FROM _v5
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 3, 'the root''''s own', 0, used_bytes,
       'slots of the root, and of nobody: any part of the swap in use',
       'mm/memcontrol.c __mem_cgroup_try_charge_swap()', 'proc/meminfo'
  FROM _v5
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 4, 'drift', -d.swap_used_bytes, d.swap_used_bytes,
       printf('the swap in use moved by %d kB meanwhile', d.swap_used_bytes / 1024),
       'capture/again: largest minus smallest reading', 'capture/again/N/proc/meminfo'
  FROM _v5 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'cgroup';
