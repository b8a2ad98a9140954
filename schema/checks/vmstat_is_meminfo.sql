-- Check: S12
-- Title: vmstat nr_* = meminfo
-- Bridge: system-system
-- Unit: bytes
-- Valid: all kernels; AnonPages from 4.9 on
-- Claim: A counter of /proc/meminfo is the same counter of /proc/vmstat.
-- Source: fs/proc/meminfo.c meminfo_proc_show(), mm/vmstat.c vmstat_start(): the same counters
-- Tolerance: none but what the counter moved between the readings
-- Reads: proc/meminfo, proc/vmstat

-- One row a counter.
CREATE VIEW _s12 AS
SELECT b.snapshot_id, n.subject,
       CASE subject WHEN 'MemFree' THEN m.mem_free_kib
            WHEN 'AnonPages' THEN m.anon_pages_kib
            WHEN 'FilePages' THEN m.cached_kib + m.buffers_kib + m.swap_cached_kib
            WHEN 'Mapped' THEN m.mapped_kib
            WHEN 'Shmem' THEN m.shmem_kib
            WHEN 'Slab' THEN m.slab_kib
            WHEN 'PageTables' THEN m.page_tables_kib END * 1024 AS counter_bytes,
       CASE subject WHEN 'MemFree' THEN v.nr_free_pages
            WHEN 'AnonPages' THEN v.nr_anon_pages
            WHEN 'FilePages' THEN v.nr_file_pages
            WHEN 'Mapped' THEN v.nr_mapped_pages
            WHEN 'Shmem' THEN v.nr_shmem_pages
            WHEN 'Slab' THEN v.nr_slab_reclaimable_pages + v.nr_slab_unreclaimable_pages
            WHEN 'PageTables' THEN v.nr_page_table_pages END * b.page_size_bytes AS vmstat_bytes,
       CASE subject WHEN 'MemFree' THEN e.total_bytes - e.managed_bytes END AS uninit_bytes,
       subject = 'MemFree' AND e.managed_bytes IS NULL AS lacks_zones,
       min(e.total_bytes - e.managed_bytes, e.present_bytes - e.total_bytes) AS reserved_bytes
  FROM _kernel_number b
  JOIN (SELECT 'MemFree' AS subject
        UNION ALL SELECT 'AnonPages'
        UNION ALL SELECT 'FilePages'
        UNION ALL SELECT 'Mapped'
        UNION ALL SELECT 'Shmem'
        UNION ALL SELECT 'Slab'
        UNION ALL SELECT 'PageTables') n
  JOIN _extent e ON e.snapshot_id = b.snapshot_id
  LEFT JOIN proc_meminfo m ON m.snapshot_id = b.snapshot_id AND m.reading = 0
  LEFT JOIN proc_vmstat v ON v.snapshot_id = b.snapshot_id AND v.reading = 0
       -- up to 4.8 nr_anon_pages lacks the transparent huge pages
 WHERE n.subject <> 'AnonPages' OR b.version >= 4009;

CREATE VIEW check_S12 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'meminfo', counter_bytes, counter_bytes,
       printf('%s of meminfo', subject),
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _s12
UNION ALL
-- without zoneinfo nobody knows how much of MemFree is RAM that vmstat does not count
SELECT snapshot_id, subject, 'right', 2, 'vmstat',
       CASE WHEN NOT lacks_zones THEN vmstat_bytes END, CASE WHEN NOT lacks_zones THEN vmstat_bytes END,
       printf('the counter of vmstat behind %s, in pages', subject),
       'mm/vmstat.c vmstat_start()', CASE WHEN lacks_zones THEN 'proc/zoneinfo' ELSE 'proc/vmstat' END
  FROM _s12
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 3, 'drift',
       -CASE c.subject WHEN 'MemFree' THEN d.mem_free_bytes
            WHEN 'AnonPages' THEN d.anon_bytes
            WHEN 'FilePages' THEN d.cache_bytes
            WHEN 'Mapped' THEN d.mapped_bytes
            WHEN 'Shmem' THEN d.shmem_bytes
            WHEN 'Slab' THEN d.slab_bytes
            WHEN 'PageTables' THEN d.page_tables_bytes END,
       CASE c.subject WHEN 'MemFree' THEN d.mem_free_bytes
            WHEN 'AnonPages' THEN d.anon_bytes
            WHEN 'FilePages' THEN d.cache_bytes
            WHEN 'Mapped' THEN d.mapped_bytes
            WHEN 'Shmem' THEN d.shmem_bytes
            WHEN 'Slab' THEN d.slab_bytes
            WHEN 'PageTables' THEN d.page_tables_bytes END,
       printf('%s moved meanwhile, by so much between the readings around', c.subject),
       'capture/again: largest minus smallest reading', 'capture/again/N/proc/meminfo'
  FROM _s12 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'system'
UNION ALL
SELECT snapshot_id, subject, 'cause', 4, 'RAM not initialised yet', uninit_bytes, uninit_bytes,
       printf('MemTotal has %d kB that no zone manages yet: this kernel counts them as free',
              uninit_bytes / 1024),
       'mm/mm_init.c deferred_init_memmap()', 'proc/zoneinfo'
  FROM _s12
 WHERE uninit_bytes > 0
UNION ALL
SELECT snapshot_id, subject, 'cause', 5, 'boot memory given back late', -reserved_bytes, 0,
       printf('some of it is lost: boot memory given back before it was initialised, at most %d kB',
              reserved_bytes / 1024),
       'mm/memblock.c memblock_free_late()', 'proc/zoneinfo'
  FROM _s12
 WHERE uninit_bytes > 0 AND reserved_bytes > 0
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 6, 'allocated meanwhile', -u.allocated_bytes, u.allocated_bytes,
       printf('%d kB were allocated meanwhile: nothing can have grown by more', u.allocated_bytes / 1024),
       'mm/page_alloc.c PGALLOC', 'capture/again/N/proc/vmstat'
  FROM _s12 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'system'
 WHERE u.allocated_bytes > 0 AND c.subject <> 'Mapped'
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 7, 'mapped meanwhile', -u.fault_bytes, u.fault_bytes,
       printf('page faults can have mapped %d kB meanwhile', u.fault_bytes / 1024),
       'mm/filemap.c filemap_map_pages()', 'capture/again/N/proc/vmstat'
  FROM _s12 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'system'
 WHERE u.fault_bytes > 0 AND c.subject = 'Mapped';
