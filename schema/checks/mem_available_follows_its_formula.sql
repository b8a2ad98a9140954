-- Check: S8
-- Title: MemAvailable = its formula
-- Bridge: system-system
-- Unit: bytes
-- Valid: Linux 4.20 and later
-- Claim: MemAvailable is MemFree without the reserves, and the page cache and reclaimable memory without
--   what the watermarks keep.
-- Source: mm/show_mem.c si_mem_available(), mm/page_alloc.c calculate_totalreserve_pages()
-- Tolerance: none but what MemAvailable moved meanwhile
-- Reads: proc/meminfo, proc/zoneinfo

-- The estimate against its terms.
CREATE VIEW _s8 AS
SELECT snapshot_id, '' AS subject, available_bytes, page_size_bytes, free_pages, reserve_pages, boost_pages,
       cache_pages - min(cache_pages / 2, low_pages) AS cache_part_pages,
       reclaimable_pages - min(reclaimable_pages / 2, low_pages) AS reclaimable_part_pages
  FROM (SELECT b.snapshot_id, b.page_size_bytes, m.mem_available_kib * 1024 AS available_bytes,
               m.mem_free_kib * 1024 / b.page_size_bytes AS free_pages,
               (m.active_file_kib + m.inactive_file_kib) * 1024 / b.page_size_bytes AS cache_pages,
               m.k_reclaimable_kib * 1024 / b.page_size_bytes AS reclaimable_pages,
               (SELECT sum(z.low_pages) FROM proc_zoneinfo z
                 WHERE z.snapshot_id = b.snapshot_id AND z.reading = 0) AS low_pages,
               (SELECT sum(z.boost_pages) FROM proc_zoneinfo z
                 WHERE z.snapshot_id = b.snapshot_id AND z.reading = 0) AS boost_pages,
               -- of each zone the largest protection and the high watermark, at most all of it
               (SELECT sum(min(z.managed_pages, z.high_pages
                               + CASE WHEN json_valid(replace(replace(z.protection, '(', '['), ')', ']'))
                                      THEN (SELECT max(j.value)
                                              FROM json_each(replace(replace(z.protection, '(', '['), ')',
                                                                     ']')) j) END))
                  FROM proc_zoneinfo z
                 WHERE z.snapshot_id = b.snapshot_id AND z.reading = 0) AS reserve_pages
          FROM _kernel_number b
          LEFT JOIN proc_meminfo m ON m.snapshot_id = b.snapshot_id AND m.reading = 0
         WHERE b.version >= 4020);

CREATE VIEW check_S8 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'MemAvailable', available_bytes, available_bytes,
       'estimate of the kernel',
       'mm/show_mem.c si_mem_available()', 'proc/meminfo'
  FROM _s8
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'formula',
       page_size_bytes * max(0, free_pages - reserve_pages + cache_part_pages + reclaimable_part_pages),
       page_size_bytes * max(0, free_pages - reserve_pages + cache_part_pages + reclaimable_part_pages),
       printf('%d pages free, %d kept in reserve, %d of the page cache, %d reclaimable', free_pages,
              reserve_pages, cache_part_pages,
              reclaimable_part_pages),
       'mm/show_mem.c si_mem_available()', 'proc/zoneinfo'
  FROM _s8
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 3, 'drift', -d.mem_available_bytes, d.mem_available_bytes,
       printf('MemAvailable moved by %d kB meanwhile', d.mem_available_bytes / 1024),
       'capture/again: largest minus smallest reading', 'capture/again/N/proc/meminfo'
  FROM _s8 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'system'
UNION ALL
SELECT snapshot_id, subject, 'cause', 4, 'boosted watermarks',
       -2 * boost_pages * page_size_bytes,
       2 * boost_pages * page_size_bytes,
       printf('watermarks are raised by %d pages; the reserve was computed without', boost_pages),
       'mm/page_alloc.c boost_watermark()', 'proc/zoneinfo'
  FROM _s8
 WHERE boost_pages > 0
UNION ALL
-- MemAvailable adds up the zones again, after the other lines of the file
SELECT c.snapshot_id, c.subject, 'cause', 5, 'allocated meanwhile', -u.allocated_bytes, 0,
       printf('%d kB were allocated meanwhile: they were free for MemFree, not for MemAvailable after it',
              u.allocated_bytes / 1024),
       'mm/page_alloc.c PGALLOC', 'capture/again/N/proc/vmstat'
  FROM _s8 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'system'
 WHERE u.allocated_bytes > 0
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 6, 'freed meanwhile', 0, u.freed_bytes,
       printf('%d kB were freed meanwhile: for MemAvailable, not for MemFree before it', u.freed_bytes / 1024),
       'mm/page_alloc.c PGFREE', 'capture/again/N/proc/vmstat'
  FROM _s8 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'system'
 WHERE u.freed_bytes > 0;
