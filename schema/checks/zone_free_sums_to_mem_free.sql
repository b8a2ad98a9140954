-- Check: S2
-- Title: MemFree = Σ zone free
-- Bridge: system-system
-- Unit: bytes
-- Valid: all kernels
-- Claim: MemFree is the sum of the free pages of all zones.
-- Source: mm/vmstat.c NR_FREE_PAGES: __mod_zone_page_state() adds to the zone and to the machine
-- Tolerance: none but what MemFree moved between the readings
-- Reads: proc/meminfo, proc/zoneinfo

-- The machine against its zones.
CREATE VIEW _s2 AS
SELECT b.snapshot_id, '' AS subject, m.mem_free_kib * 1024 AS free_bytes,
       m.unaccepted_kib * 1024 AS unaccepted_bytes,
       b.page_size_bytes * (SELECT sum(i.free_pages) FROM proc_zoneinfo i WHERE i.snapshot_id = b.snapshot_id
                             AND i.reading = 0) AS zones_bytes,
       e.total_bytes - e.managed_bytes AS uninit_bytes,
       min(e.total_bytes - e.managed_bytes, e.present_bytes - e.total_bytes) AS reserved_bytes
  FROM _kernel_number b
  JOIN _extent e ON e.snapshot_id = b.snapshot_id
  LEFT JOIN proc_meminfo m ON m.snapshot_id = b.snapshot_id AND m.reading = 0;

CREATE VIEW check_S2 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'MemFree', free_bytes, free_bytes,
       'free pages of the machine',
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _s2
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'Σ zone free', zones_bytes, zones_bytes,
       'pages free of all zones',
       'mm/vmstat.c zoneinfo_show_print()', 'proc/zoneinfo'
  FROM _s2
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 3, 'drift', -d.mem_free_bytes, d.mem_free_bytes,
       printf('MemFree moved by %d kB meanwhile', d.mem_free_bytes / 1024),
       'capture/again: largest minus smallest reading', 'capture/again/N/proc/meminfo'
  FROM _s2 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'system'
UNION ALL
SELECT snapshot_id, subject, 'cause', 4, 'RAM not initialised yet', uninit_bytes, uninit_bytes,
       printf('MemTotal has %d kB that no zone manages yet: this kernel counts them as free',
              uninit_bytes / 1024),
       'mm/mm_init.c deferred_init_memmap()', 'proc/zoneinfo'
  FROM _s2
 WHERE uninit_bytes > 0
UNION ALL
SELECT snapshot_id, subject, 'cause', 5, 'boot memory given back late', -reserved_bytes, 0,
       printf('some of it is lost: boot memory given back before it was initialised, at most %d kB',
              reserved_bytes / 1024),
       'mm/memblock.c memblock_free_late()', 'proc/zoneinfo'
  FROM _s2
 WHERE uninit_bytes > 0 AND reserved_bytes > 0
UNION ALL
SELECT snapshot_id, subject, 'cause', 6, 'RAM not accepted yet', 0, unaccepted_bytes,
       printf('%d kB that a confidential machine has not accepted', unaccepted_bytes / 1024),
       'mm/page_alloc.c __free_unaccepted()', 'proc/meminfo'
  FROM _s2
 WHERE unaccepted_bytes > 0
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 7, 'allocated meanwhile', -u.allocated_bytes, u.allocated_bytes,
       printf('%d kB were allocated meanwhile: nothing can have grown by more', u.allocated_bytes / 1024),
       'mm/page_alloc.c PGALLOC', 'capture/again/N/proc/vmstat'
  FROM _s2 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'system'
 WHERE u.allocated_bytes > 0;
