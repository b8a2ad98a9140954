-- Where the RAM is: every page of MemTotal in exactly one class.

-- The classes of the ledger in the order of the screen.
CREATE VIEW _ledger_class (
    ordinal,
    class,
    parent_class,
    title,
    is_optional,      -- 1: no row where the value is NULL, because such a kernel has no such thing or does
                      -- not count it apart
    meminfo_formula,
    vmstat_formula
) AS
VALUES
    (0, 'mem_total', NULL, 'MemTotal', 0, 'MemTotal', 'Σ managed'),
    (100, 'anonymous', 'mem_total', 'anonymous', 0, 'AnonPages', 'nr_anon_pages'),
    (200, 'file_cache', 'mem_total', 'file cache', 0, 'Σ of its parts', 'Σ of its parts'),
    (210, 'file_pages', 'file_cache', 'files', 0, 'Cached - Shmem',
     'nr_file_pages - nr_swapcached - nr_shmem'),
    (220, 'block_devices', 'file_cache', 'block devices', 1, 'Buffers', ''),
    (300, 'huge_pages', 'mem_total', 'huge page pool', 1, 'Σ of its parts', 'Σ of its parts'),
    (310, 'huge_pages_in_use', 'huge_pages', 'in use', 1, '', ''),
    (320, 'huge_pages_free', 'huge_pages', 'free in the pool', 1, '', ''),
    (400, 'kernel', 'mem_total', 'kernel', 0, 'Σ of its parts', 'Σ of its parts'),
    (410, 'slab', 'kernel', 'slab', 1, 'Slab', ''),
    (411, 'slab_reclaimable', 'kernel', 'slab, reclaimable', 0, 'SReclaimable', 'nr_slab_reclaimable'),
    (412, 'slab_unreclaimable', 'kernel', 'slab, unreclaimable', 0, 'SUnreclaim', 'nr_slab_unreclaimable'),
    (413, 'kernel_reclaimable', 'kernel', 'reclaimable elsewhere', 1, 'KReclaimable - SReclaimable',
     'nr_kernel_misc_reclaimable'),
    (420, 'page_tables', 'kernel', 'page tables', 0, 'PageTables', 'nr_page_table_pages'),
    (421, 'secondary_page_tables', 'kernel', 'secondary page tables', 1, 'SecPageTables',
     'nr_sec_page_table_pages'),
    (430, 'kernel_stacks', 'kernel', 'kernel stacks', 0, 'KernelStack', 'nr_kernel_stack'),
    (431, 'shadow_stacks', 'kernel', 'shadow stacks', 1, 'ShadowCallStack', 'nr_shadow_call_stack'),
    (440, 'vmalloc', 'kernel', 'vmalloc, other', 0, '', ''),
    (450, 'percpu', 'kernel', 'per-CPU variables', 0, 'Percpu', ''),
    (460, 'bounce', 'kernel', 'bounce buffers', 1, 'Bounce', 'nr_bounce'),
    (470, 'compressed_swap', 'kernel', 'compressed swap', 1, 'nr_zspages', 'nr_zspages'),
    (500, 'shmem', 'mem_total', 'shmem and tmpfs', 1, 'Shmem', 'nr_shmem'),
    (600, 'swap_cache', 'mem_total', 'swap cache, unmapped', 1,
     'min(SwapCached, LRU - AnonPages - Cached - Buffers)',
     'min(nr_swapcached, LRU - nr_anon_pages - files)'),
    (700, 'lru_unowned', 'mem_total', 'on LRU, owned by nobody', 1,
     'LRU - AnonPages - Cached - Buffers - SwapCached', 'LRU - nr_anon_pages - nr_file_pages'),
    (800, 'free', 'mem_total', 'free', 0, 'Σ of its parts', 'Σ of its parts'),
    (810, 'free_in_zones', 'free', 'in zones', 0, '', 'nr_free_pages'),
    (820, 'free_not_initialised', 'free', 'not initialised', 1, 'MemTotal - Σ managed', ''),
    (830, 'free_per_cpu', 'free', 'on per-CPU lists', 0, 'Σ count of zoneinfo', 'Σ count of zoneinfo'),
    (900, 'unaccounted', 'mem_total', 'unaccounted', 0, 'MemTotal - Σ of all other classes',
     'Σ managed - Σ of all other classes');

-- Where the RAM is. The rows that are nobody's parent_class add up to mem_total exactly, because unaccounted
-- is what is left; so do the rows below mem_total. A NULL is a thing this kernel has and no file that was
-- read counts: it sits in unaccounted. A group whose parts are partly NULL is the sum of the known ones.
CREATE VIEW ledger (
    snapshot_id,   -- the snapshot
    ordinal,       -- order of the screen: parents before their parts, free and unaccounted last
    class,         -- stable name of the class
    parent_class,  -- the class it is a part of; mem_total has none
    title,         -- the class for people
    bytes,         -- how much; unaccounted may be negative; NULL: not known
    source,        -- the formula in the kernel's names
    note           -- unaccounted: what sits in it for want of a source; file_pages: shmem included;
                   -- mem_total: what stands for a meminfo that was not read; else NULL
) AS
SELECT t.snapshot_id, t.ordinal, t.class, t.parent_class, t.title, t.bytes, t.source, t.note
  FROM (
    SELECT s.snapshot_id, c.ordinal, c.class, c.parent_class, c.is_optional,
           CASE WHEN c.class = 'file_pages' AND s.shmem_bytes IS NULL
                THEN 'files and shmem' ELSE c.title END AS title,
           CASE c.class
           WHEN 'mem_total' THEN s.mem_total_bytes
           WHEN 'anonymous' THEN s.anonymous_bytes
           -- a group: the sum of what is known; NULL only when nothing is
           WHEN 'file_cache' THEN coalesce(s.file_pages_bytes + s.block_device_bytes, s.file_pages_bytes,
                                           s.block_device_bytes)
           WHEN 'file_pages' THEN s.file_pages_bytes
           WHEN 'block_devices' THEN s.block_device_bytes
           WHEN 'huge_pages' THEN coalesce(s.huge_pages_in_use_bytes + s.huge_pages_free_bytes,
                                           s.huge_pages_in_use_bytes)
           WHEN 'huge_pages_in_use' THEN s.huge_pages_in_use_bytes
           WHEN 'huge_pages_free' THEN s.huge_pages_free_bytes
           WHEN 'kernel' THEN CASE WHEN coalesce(s.slab_bytes, s.slab_reclaimable_bytes,
                                                 s.slab_unreclaimable_bytes, s.kernel_reclaimable_bytes,
                                                 s.page_tables_bytes, s.secondary_page_tables_bytes,
                                                 s.kernel_stacks_bytes, s.shadow_stacks_bytes,
                                                 s.vmalloc_bytes, s.percpu_bytes, s.bounce_bytes,
                                                 s.compressed_swap_bytes) IS NOT NULL
                         THEN coalesce(s.slab_bytes, 0) + coalesce(s.slab_reclaimable_bytes, 0)
                              + coalesce(s.slab_unreclaimable_bytes, 0)
                              + coalesce(s.kernel_reclaimable_bytes, 0)
                              + coalesce(s.page_tables_bytes, 0) + coalesce(s.secondary_page_tables_bytes, 0)
                              + coalesce(s.kernel_stacks_bytes, 0) + coalesce(s.shadow_stacks_bytes, 0)
                              + coalesce(s.vmalloc_bytes, 0) + coalesce(s.percpu_bytes, 0)
                              + coalesce(s.bounce_bytes, 0)
                              + coalesce(s.compressed_swap_bytes, 0) END
           WHEN 'slab' THEN s.slab_bytes
           WHEN 'slab_reclaimable' THEN s.slab_reclaimable_bytes
           WHEN 'slab_unreclaimable' THEN s.slab_unreclaimable_bytes
           WHEN 'kernel_reclaimable' THEN s.kernel_reclaimable_bytes
           WHEN 'page_tables' THEN s.page_tables_bytes
           WHEN 'secondary_page_tables' THEN s.secondary_page_tables_bytes
           WHEN 'kernel_stacks' THEN s.kernel_stacks_bytes
           WHEN 'shadow_stacks' THEN s.shadow_stacks_bytes
           WHEN 'vmalloc' THEN s.vmalloc_bytes
           WHEN 'percpu' THEN s.percpu_bytes
           WHEN 'bounce' THEN s.bounce_bytes
           WHEN 'compressed_swap' THEN s.compressed_swap_bytes
           WHEN 'shmem' THEN s.shmem_bytes
           WHEN 'swap_cache' THEN s.swap_cache_bytes
           WHEN 'lru_unowned' THEN s.lru_unowned_bytes
           WHEN 'free' THEN s.free_in_zones_bytes + coalesce(s.free_not_initialised_bytes, 0)
                            + coalesce(s.free_per_cpu_bytes, 0)
           WHEN 'free_in_zones' THEN s.free_in_zones_bytes
           WHEN 'free_not_initialised' THEN s.free_not_initialised_bytes
           WHEN 'free_per_cpu' THEN s.free_per_cpu_bytes
           WHEN 'unaccounted' THEN s.unaccounted_bytes
           END AS bytes,
           CASE c.class
           WHEN 'mem_total' THEN CASE WHEN s.mem_total_source <> 'meminfo' THEN c.vmstat_formula
                                      WHEN s.meminfo_source IN ('free', 'free and node meminfo')
                                      THEN 'total of free'
                                      ELSE c.meminfo_formula END
           WHEN 'free_in_zones' THEN CASE WHEN s.counters_source <> 'meminfo' THEN c.vmstat_formula
                                          WHEN s.mem_total_source <> 'meminfo' THEN 'Σ free of zoneinfo'
                                          WHEN s.free_not_initialised_bytes > 0
                                          THEN 'MemFree - (MemTotal - Σ managed)'
                                          ELSE 'MemFree' END
           WHEN 'file_pages' THEN CASE WHEN s.counters_source <> 'meminfo' THEN c.vmstat_formula
                                       WHEN s.shmem_bytes IS NULL THEN 'Cached' ELSE c.meminfo_formula END
           WHEN 'vmalloc' THEN CASE WHEN s.stacks_in_vmalloc_bytes > 0
                                    THEN s.vmalloc_source || ' - stacks inside it'
                                    ELSE s.vmalloc_source END
           WHEN 'huge_pages_in_use' THEN s.huge_pages_source || ' - free'
           WHEN 'huge_pages_free' THEN CASE s.huge_pages_source WHEN 'HugePages_Total * Hugepagesize'
                                       THEN 'HugePages_Free * Hugepagesize' ELSE 'Σ free_hugepages * size' END
           ELSE CASE s.counters_source WHEN 'meminfo' THEN c.meminfo_formula ELSE c.vmstat_formula END
           END AS source,
           CASE WHEN c.class = 'unaccounted' THEN s.missing
                WHEN c.class = 'file_pages' AND s.shmem_bytes IS NULL
                THEN 'with shmem: the kernel does not count it apart'
                WHEN c.class = 'mem_total' AND s.meminfo_source <> 'meminfo'
                THEN 'no meminfo: from ' || s.meminfo_source
                END AS note,
           s.slab_bytes AS whole_slab_bytes
      FROM system s
      CROSS JOIN _ledger_class c) AS t
 WHERE t.bytes IS NOT NULL
    -- known to exist and not known how much: shown as NULL, except a slab split where the slab is shown whole
    OR NOT t.is_optional AND NOT (t.whole_slab_bytes IS NOT NULL
        AND t.class IN ('slab_reclaimable', 'slab_unreclaimable'));
