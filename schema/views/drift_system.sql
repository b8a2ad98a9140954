-- How far the counters of the whole machine moved while the capture was made: the bracket.

-- Which readings of the bracket stand around each phase of the capture.  A check compares with the last one before the
-- phase, and its drift is measured from there to the first one after it.
CREATE VIEW _window (
    snapshot_id,
    phase,                  -- system, cgroup, process (files without locks), walk (page tables), task (both of these)
    first_reading,          -- 0 where the capture does not say when it was read
    last_reading
) AS
SELECT DISTINCT s.snapshot_id, p.phase,
       coalesce((SELECT max(r.reading) FROM reading r
                  WHERE r.snapshot_id = s.snapshot_id AND r.path = 'proc/meminfo' AND r.status = 'ok'
                    AND r.start_ns <= (SELECT min(c.first_start_ns) FROM coverage c
                                        WHERE c.snapshot_id = s.snapshot_id AND c.status = 'ok'
                                          AND (c.source GLOB p.sources OR c.source GLOB p.more_sources))), 0),
       coalesce((SELECT min(r.reading) FROM reading r
                  WHERE r.snapshot_id = s.snapshot_id AND r.path = 'proc/meminfo' AND r.status = 'ok'
                    AND r.start_ns >= (SELECT max(c.last_end_ns) FROM coverage c
                                        WHERE c.snapshot_id = s.snapshot_id AND c.status = 'ok'
                                          AND (c.source GLOB p.sources OR c.source GLOB p.more_sources))),
                (SELECT max(d.reading) FROM proc_meminfo d WHERE d.snapshot_id = s.snapshot_id))
  FROM snapshot s
  JOIN (SELECT 'system' AS phase, 'proc/slabinfo' AS sources, 'sys/*' AS more_sources
        UNION ALL SELECT 'cgroup', '{cgroup1}/memory.*', '{cgroup2}/memory.*'
        UNION ALL SELECT 'process', 'proc/{pid}/stat*', ''
        UNION ALL SELECT 'walk', 'proc/{pid}/smaps_rollup', 'capture/derived/*'
        UNION ALL SELECT 'task', 'proc/{pid}/*', 'capture/derived/*') p;

-- Largest minus smallest reading of /proc/meminfo around a phase, in bytes.  NULL with one reading: the drift was not measured.
CREATE VIEW _drift_meminfo (
    snapshot_id,
    phase,
    first_reading,
    last_reading,
    mem_total_bytes,
    mem_free_bytes,
    mem_available_bytes,
    anon_bytes,
    mapped_bytes,
    shmem_bytes,
    file_bytes,             -- Cached + Buffers
    cache_bytes,            -- Cached + Buffers + SwapCached
    counted_bytes,          -- these and AnonPages
    slab_bytes,
    page_tables_bytes,
    kernel_stack_bytes,
    anon_huge_bytes,
    hugetlb_bytes,
    swap_used_bytes
) AS
SELECT s.snapshot_id, s.phase, s.first_reading, s.last_reading,
       (SELECT CASE WHEN count(*) > 1 THEN max(d.mem_total_kib) - min(d.mem_total_kib) END * 1024
          FROM proc_meminfo d
         WHERE d.snapshot_id = s.snapshot_id AND d.reading BETWEEN s.first_reading AND s.last_reading),
       (SELECT CASE WHEN count(*) > 1 THEN max(d.mem_free_kib) - min(d.mem_free_kib) END * 1024
          FROM proc_meminfo d
         WHERE d.snapshot_id = s.snapshot_id AND d.reading BETWEEN s.first_reading AND s.last_reading),
       (SELECT CASE WHEN count(*) > 1 THEN max(d.mem_available_kib) - min(d.mem_available_kib) END * 1024
          FROM proc_meminfo d
         WHERE d.snapshot_id = s.snapshot_id AND d.reading BETWEEN s.first_reading AND s.last_reading),
       (SELECT CASE WHEN count(*) > 1 THEN max(d.anon_pages_kib) - min(d.anon_pages_kib) END * 1024
          FROM proc_meminfo d
         WHERE d.snapshot_id = s.snapshot_id AND d.reading BETWEEN s.first_reading AND s.last_reading),
       (SELECT CASE WHEN count(*) > 1 THEN max(d.mapped_kib) - min(d.mapped_kib) END * 1024
          FROM proc_meminfo d
         WHERE d.snapshot_id = s.snapshot_id AND d.reading BETWEEN s.first_reading AND s.last_reading),
       (SELECT CASE WHEN count(*) > 1 THEN max(d.shmem_kib) - min(d.shmem_kib) END * 1024
          FROM proc_meminfo d
         WHERE d.snapshot_id = s.snapshot_id AND d.reading BETWEEN s.first_reading AND s.last_reading),
       (SELECT CASE WHEN count(*) > 1 THEN max(d.cached_kib + d.buffers_kib) - min(d.cached_kib + d.buffers_kib) END * 1024
          FROM proc_meminfo d
         WHERE d.snapshot_id = s.snapshot_id AND d.reading BETWEEN s.first_reading AND s.last_reading),
       (SELECT CASE WHEN count(*) > 1
                    THEN max(d.cached_kib + d.buffers_kib + d.swap_cached_kib)
                         - min(d.cached_kib + d.buffers_kib + d.swap_cached_kib) END * 1024
          FROM proc_meminfo d
         WHERE d.snapshot_id = s.snapshot_id AND d.reading BETWEEN s.first_reading AND s.last_reading),
       (SELECT CASE WHEN count(*) > 1
                    THEN max(d.cached_kib + d.buffers_kib + d.swap_cached_kib + d.anon_pages_kib)
                         - min(d.cached_kib + d.buffers_kib + d.swap_cached_kib + d.anon_pages_kib) END * 1024
          FROM proc_meminfo d
         WHERE d.snapshot_id = s.snapshot_id AND d.reading BETWEEN s.first_reading AND s.last_reading),
       (SELECT CASE WHEN count(*) > 1 THEN max(d.slab_kib) - min(d.slab_kib) END * 1024
          FROM proc_meminfo d
         WHERE d.snapshot_id = s.snapshot_id AND d.reading BETWEEN s.first_reading AND s.last_reading),
       (SELECT CASE WHEN count(*) > 1 THEN max(d.page_tables_kib) - min(d.page_tables_kib) END * 1024
          FROM proc_meminfo d
         WHERE d.snapshot_id = s.snapshot_id AND d.reading BETWEEN s.first_reading AND s.last_reading),
       (SELECT CASE WHEN count(*) > 1 THEN max(d.kernel_stack_kib) - min(d.kernel_stack_kib) END * 1024
          FROM proc_meminfo d
         WHERE d.snapshot_id = s.snapshot_id AND d.reading BETWEEN s.first_reading AND s.last_reading),
       (SELECT CASE WHEN count(*) > 1 THEN max(d.anon_huge_pages_kib) - min(d.anon_huge_pages_kib) END * 1024
          FROM proc_meminfo d
         WHERE d.snapshot_id = s.snapshot_id AND d.reading BETWEEN s.first_reading AND s.last_reading),
       (SELECT CASE WHEN count(*) > 1 THEN max(d.hugetlb_kib) - min(d.hugetlb_kib) END * 1024
          FROM proc_meminfo d
         WHERE d.snapshot_id = s.snapshot_id AND d.reading BETWEEN s.first_reading AND s.last_reading),
       (SELECT CASE WHEN count(*) > 1 THEN max(d.swap_total_kib - d.swap_free_kib) - min(d.swap_total_kib - d.swap_free_kib) END * 1024
          FROM proc_meminfo d
         WHERE d.snapshot_id = s.snapshot_id AND d.reading BETWEEN s.first_reading AND s.last_reading)
  FROM _window s;

-- The same of the zones together.
CREATE VIEW _drift_zone (
    snapshot_id,
    managed_bytes,
    free_bytes
) AS
SELECT s.snapshot_id,
       m.page_size_bytes * (SELECT CASE WHEN count(*) > 1 THEN max(pages) - min(pages) END
                              FROM (SELECT sum(z.managed_pages) AS pages FROM proc_zoneinfo z
                                     WHERE z.snapshot_id = s.snapshot_id GROUP BY z.reading)),
       m.page_size_bytes * (SELECT CASE WHEN count(*) > 1 THEN max(pages) - min(pages) END
                              FROM (SELECT sum(z.free_pages) AS pages FROM proc_zoneinfo z
                                     WHERE z.snapshot_id = s.snapshot_id GROUP BY z.reading))
  FROM snapshot s
  LEFT JOIN capture_meta m ON m.snapshot_id = s.snapshot_id AND m.reading = 0;

-- What happened between the readings of /proc/vmstat around a phase: no counter can have moved by more than the pages
-- that were allocated or freed meanwhile.  NULL: not printed, or one reading.
CREATE VIEW _churn (
    snapshot_id,
    phase,
    allocated_bytes,        -- pages that the allocator handed out
    freed_bytes,            -- pages that were given back to it
    fault_bytes,            -- what page faults can have mapped: each of them at most as much as a fault may map around
    huge_bytes,             -- transparent huge pages that were allocated
    isolated_bytes,         -- most that was taken off the LRU lists at any reading, for reclaim or migration
    torn_bytes              -- huge pages that were ever partly unmapped: since boot, so no more can be torn now
) AS
SELECT DISTINCT s.snapshot_id, s.phase,
       m.page_size_bytes * (SELECT CASE WHEN count(*) > 1 THEN max(allocated_count) - min(allocated_count) END
                              -- a kernel prints the zones that it has
                              FROM (SELECT coalesce(v.pgalloc_dma_count, 0) + coalesce(v.pgalloc_dma32_count, 0)
                                           + coalesce(v.pgalloc_normal_count, 0) + coalesce(v.pgalloc_high_count, 0)
                                           + coalesce(v.pgalloc_movable_count, 0)
                                           + coalesce(v.pgalloc_device_count, 0) AS allocated_count
                                      FROM proc_vmstat v
                                       WHERE v.snapshot_id = s.snapshot_id AND v.reading BETWEEN s.first_reading AND s.last_reading)),
       m.page_size_bytes * (SELECT CASE WHEN count(*) > 1 THEN max(v.pgfree_count) - min(v.pgfree_count) END
                              FROM proc_vmstat v
                               WHERE v.snapshot_id = s.snapshot_id AND v.reading BETWEEN s.first_reading AND s.last_reading),
       -- mm/memory.c fault_around_bytes
       max(65536, m.page_size_bytes) * (SELECT CASE WHEN count(*) > 1 THEN max(v.pgfault_count) - min(v.pgfault_count) END
                                          FROM proc_vmstat v
                                           WHERE v.snapshot_id = s.snapshot_id AND v.reading BETWEEN s.first_reading AND s.last_reading),
       h.huge_page_bytes * (SELECT CASE WHEN count(*) > 1 THEN max(huge_count) - min(huge_count) END
                              -- without transparent huge pages none of them is printed, and none can be allocated
                              FROM (SELECT coalesce(v.thp_fault_alloc_count, 0) + coalesce(v.thp_collapse_alloc_count, 0)
                                           + coalesce(v.thp_file_alloc_count, 0) AS huge_count
                                      FROM proc_vmstat v
                                       WHERE v.snapshot_id = s.snapshot_id AND v.reading BETWEEN s.first_reading AND s.last_reading)),
       m.page_size_bytes * (SELECT max(v.nr_isolated_anon_pages + v.nr_isolated_file_pages)
                              FROM proc_vmstat v
                               WHERE v.snapshot_id = s.snapshot_id AND v.reading BETWEEN s.first_reading AND s.last_reading),
       (h.huge_page_bytes - m.page_size_bytes)
       * (SELECT max(v.thp_deferred_split_page_count) FROM proc_vmstat v
        WHERE v.snapshot_id = s.snapshot_id AND v.reading BETWEEN s.first_reading AND s.last_reading)
  FROM _window s
  JOIN _huge_page h ON h.snapshot_id = s.snapshot_id
  LEFT JOIN capture_meta m ON m.snapshot_id = s.snapshot_id AND m.reading = 0;

-- The size of a transparent huge page.
CREATE VIEW _huge_page (
    snapshot_id,
    huge_page_bytes     -- NULL: neither sysfs nor meminfo says
) AS
SELECT s.snapshot_id,
       coalesce((SELECT CAST(t.value AS INTEGER) FROM setting t
                  WHERE t.snapshot_id = s.snapshot_id AND t.reading = 0
                    AND t.path = 'sys/kernel/mm/transparent_hugepage/hpage_pmd_size'),
                -- the same unless the command line changed the default size of hugetlb
                (SELECT m.hugepagesize_kib * 1024 FROM proc_meminfo m
                  WHERE m.snapshot_id = s.snapshot_id AND m.reading = 0))
  FROM snapshot s;

-- How much RAM there is, by meminfo and by the zones.  They differ where RAM is not initialised yet, and under lxcfs.
CREATE VIEW _extent (
    snapshot_id,
    total_bytes,            -- MemTotal
    free_bytes,             -- MemFree
    managed_bytes,          -- sums over the zones
    present_bytes,
    zones_free_bytes
) AS
SELECT s.snapshot_id, m.mem_total_kib * 1024, m.mem_free_kib * 1024,
       c.page_size_bytes * (SELECT sum(z.managed_pages) FROM proc_zoneinfo z
                             WHERE z.snapshot_id = s.snapshot_id AND z.reading = 0),
       c.page_size_bytes * (SELECT sum(z.present_pages) FROM proc_zoneinfo z
                             WHERE z.snapshot_id = s.snapshot_id AND z.reading = 0),
       c.page_size_bytes * (SELECT sum(z.free_pages) FROM proc_zoneinfo z
                             WHERE z.snapshot_id = s.snapshot_id AND z.reading = 0)
  FROM snapshot s
  LEFT JOIN capture_meta c ON c.snapshot_id = s.snapshot_id AND c.reading = 0
  LEFT JOIN proc_meminfo m ON m.snapshot_id = s.snapshot_id AND m.reading = 0;
