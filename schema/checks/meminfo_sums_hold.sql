-- Check: S7
-- Title: Active, Inactive, Slab = their parts
-- Bridge: system-system
-- Unit: bytes
-- Valid: all kernels since 2.6.28
-- Claim: Active and Inactive are the sums of their anon and file lists, Slab of its reclaimable and other
--   part.
-- Source: fs/proc/meminfo.c meminfo_proc_show(): the same numbers, printed as a sum and apart
-- Tolerance: none: one reading
-- Reads: proc/meminfo

-- One row a sum.
CREATE VIEW _s7 AS
SELECT s.snapshot_id, 'Active' AS subject, m.active_kib * 1024 AS sum_bytes, 'Active(anon)' AS a_name,
       m.active_anon_kib * 1024 AS a_bytes,
       'Active(file)' AS b_name, m.active_file_kib * 1024 AS b_bytes
  FROM snapshot s
  LEFT JOIN proc_meminfo m ON m.snapshot_id = s.snapshot_id AND m.reading = 0
UNION ALL
SELECT s.snapshot_id, 'Inactive' AS subject, m.inactive_kib * 1024 AS sum_bytes, 'Inactive(anon)' AS a_name,
       m.inactive_anon_kib * 1024 AS a_bytes,
       'Inactive(file)' AS b_name, m.inactive_file_kib * 1024 AS b_bytes
  FROM snapshot s
  LEFT JOIN proc_meminfo m ON m.snapshot_id = s.snapshot_id AND m.reading = 0
UNION ALL
SELECT s.snapshot_id, 'Slab' AS subject, m.slab_kib * 1024 AS sum_bytes, 'SReclaimable' AS a_name,
       m.s_reclaimable_kib * 1024 AS a_bytes,
       'SUnreclaim' AS b_name, m.s_unreclaim_kib * 1024 AS b_bytes
  FROM snapshot s
  LEFT JOIN proc_meminfo m ON m.snapshot_id = s.snapshot_id AND m.reading = 0;

CREATE VIEW check_S7 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'sum', sum_bytes, sum_bytes,
       subject,
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _s7
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'first part', a_bytes, a_bytes,
       a_name,
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _s7
UNION ALL
SELECT snapshot_id, subject, 'right', 3, 'second part', b_bytes, b_bytes,
       b_name,
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _s7;
