-- Check: S9
-- Title: SwapTotal, SwapFree = Σ /proc/swaps
-- Bridge: system-system
-- Unit: bytes
-- Valid: all kernels
-- Claim: SwapTotal is the sum of the sizes of all swap areas, SwapFree of what is not used of them.
-- Source: mm/swapfile.c si_swapinfo(), swap_show()
-- Tolerance: none but what the swap in use moved between the readings
-- Reads: proc/meminfo, proc/swaps

-- One row a total.
CREATE VIEW _s9 AS
SELECT s.snapshot_id, s.subject, m.swap_total_kib, m.swap_free_kib,
       CASE s.subject WHEN 'SwapTotal' THEN m.swap_total_kib ELSE m.swap_free_kib END * 1024 AS counter_bytes,
       -- a file without areas has no rows
       CASE WHEN EXISTS (SELECT 1 FROM proc_swaps a WHERE a.snapshot_id = s.snapshot_id AND a.reading = 0)
                 OR EXISTS (SELECT 1 FROM coverage v
                             WHERE v.snapshot_id = s.snapshot_id AND v.source = 'proc/swaps'
                               AND v.status = 'ok')
            THEN coalesce((SELECT sum(CASE s.subject WHEN 'SwapTotal'
                                      THEN a.size_kib ELSE a.size_kib - a.used_kib END)
                             FROM proc_swaps a WHERE a.snapshot_id = s.snapshot_id AND a.reading = 0),
                             0) * 1024 END AS areas_bytes
  FROM (SELECT snapshot_id, 'SwapTotal' AS subject FROM snapshot
        UNION ALL
        SELECT snapshot_id, 'SwapFree' FROM snapshot) s
  LEFT JOIN proc_meminfo m ON m.snapshot_id = s.snapshot_id AND m.reading = 0;

CREATE VIEW check_S9 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'meminfo', counter_bytes, counter_bytes,
       subject,
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _s9
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'Σ areas', areas_bytes, areas_bytes,
       'all areas of /proc/swaps',
       'mm/swapfile.c swap_show()', 'proc/swaps'
  FROM _s9
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 3, 'drift', -d.swap_used_bytes, d.swap_used_bytes,
       printf('the swap in use moved by %d kB meanwhile', d.swap_used_bytes / 1024),
       'capture/again: largest minus smallest reading', 'capture/again/N/proc/meminfo'
  FROM _s9 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'system';
