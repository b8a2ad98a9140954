-- Check: S4
-- Title: MemTotal = Σ zone managed
-- Bridge: system-system
-- Unit: bytes
-- Valid: all kernels since 3.8
-- Claim: MemTotal is the sum of the pages that the zones manage.
-- Source: mm/page_alloc.c adjust_managed_page_count()
-- Tolerance: none but what MemTotal and the managed pages moved between the readings
-- Reads: proc/meminfo, proc/zoneinfo

-- The machine against its zones.
CREATE VIEW _s4 AS
SELECT s.snapshot_id, '' AS subject, e.total_bytes, e.managed_bytes,
       e.free_bytes - e.zones_free_bytes AS surplus_bytes,
       e.present_bytes - e.managed_bytes - max(0, e.free_bytes - e.zones_free_bytes) AS boot_bytes
  FROM snapshot s
  JOIN _extent e ON e.snapshot_id = s.snapshot_id;

CREATE VIEW check_S4 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'MemTotal', total_bytes, total_bytes,
       'RAM of the machine',
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _s4
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'Σ zone managed', managed_bytes, managed_bytes,
       'managed pages of all zones',
       'mm/vmstat.c zoneinfo_show_print()', 'proc/zoneinfo'
  FROM _s4
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 3, 'drift',
       -(z.managed_bytes + d.mem_total_bytes),
       z.managed_bytes + d.mem_total_bytes,
       printf('managed pages moved by %d kB meanwhile, MemTotal by %d kB', z.managed_bytes / 1024,
              d.mem_total_bytes / 1024),
       'capture/again: largest minus smallest reading', 'capture/again/N/proc/meminfo'
  FROM _s4 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'system'
  JOIN _drift_zone z ON z.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 4, 'RAM not initialised yet',
       surplus_bytes - d.mem_free_bytes,
       surplus_bytes + d.mem_free_bytes,
       printf('MemFree exceeds the free pages of the zones by %d kB too; it moved by %d kB',
              surplus_bytes / 1024,
              d.mem_free_bytes / 1024),
       'mm/mm_init.c deferred_init_memmap()', 'proc/zoneinfo'
  FROM _s4 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'system'
 WHERE surplus_bytes > 0
UNION ALL
-- MemFree is read before the zones
SELECT c.snapshot_id, c.subject, 'cause', 5, 'allocated meanwhile', -u.allocated_bytes, 0,
       printf('%d kB were allocated meanwhile: by so much MemFree may exceed the zones without any RAM in no zone',
              u.allocated_bytes / 1024),
       'mm/page_alloc.c PGALLOC', 'capture/again/N/proc/vmstat'
  FROM _s4 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'system'
 WHERE surplus_bytes > 0 AND u.allocated_bytes > 0
UNION ALL
SELECT snapshot_id, subject, 'cause', 6, 'boot memory given back late', 0, boot_bytes,
       printf('boot memory given back late is in MemTotal and in no zone; the zones never got %d kB',
              boot_bytes / 1024),
       'mm/memblock.c memblock_free_late()', 'proc/zoneinfo'
  FROM _s4
 WHERE boot_bytes > 0;
