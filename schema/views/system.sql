-- Which number stands for each term of the ledger, and which file it comes from.
--
-- Each layer below is SELECT DISTINCT. They have one row a snapshot anyway; but SQLite copies the expressions
-- of a plain view into whatever uses it, layer into layer, and DISTINCT stops that, while "snapshot_id = ?"
-- still goes through.

-- What the files say, in bytes, nothing chosen yet.  NULL: not printed by this kernel, or not read.
CREATE VIEW _system_raw (
    snapshot_id,
    page_size_bytes,
    meminfo_source,       -- meminfo, or what its row was made from
    meminfo_total_bytes,
    meminfo_free_bytes,
    meminfo_unaccepted_bytes,
    meminfo_buffers_bytes,
    meminfo_cached_bytes,
    meminfo_swap_cached_bytes,
    meminfo_lru_bytes,
    meminfo_anonymous_bytes,
    meminfo_shmem_bytes,
    meminfo_slab_bytes,
    meminfo_slab_reclaimable_bytes,
    meminfo_slab_unreclaimable_bytes,
    meminfo_kernel_reclaimable_bytes,
    meminfo_kernel_stacks_bytes,
    meminfo_page_tables_bytes,
    meminfo_secondary_page_tables_bytes,
    meminfo_shadow_stacks_bytes,
    meminfo_bounce_bytes,
    meminfo_vmalloc_bytes,
    meminfo_percpu_bytes,
    meminfo_hugetlb_bytes,
    meminfo_pool_bytes,
    meminfo_pool_free_bytes,
    vmstat_free_bytes,
    vmstat_unaccepted_bytes,
    vmstat_file_bytes,
    vmstat_swap_cached_bytes,
    vmstat_lru_bytes,
    vmstat_small_anonymous_bytes,
    vmstat_huge_anonymous_bytes,
    vmstat_shmem_bytes,
    vmstat_slab_reclaimable_bytes,
    vmstat_slab_unreclaimable_bytes,
    vmstat_kernel_reclaimable_bytes,
    vmstat_kernel_stacks_bytes,
    vmstat_page_tables_bytes,
    vmstat_secondary_page_tables_bytes,
    vmstat_shadow_stacks_bytes,
    vmstat_bounce_bytes,
    vmstat_vmalloc_bytes,
    vmstat_zspages_bytes,
    zone_managed_bytes,
    zone_present_bytes,
    zone_free_bytes,
    zone_per_cpu_bytes,
    zone_bound_bytes,
    vmallocinfo_bytes,
    vmallocinfo_stacks_bytes,
    pools_bytes,
    pools_free_bytes,
    free_drift_bytes,
    anonymous_drift_bytes,
    zone_managed_drift_bytes,
    zone_free_drift_bytes
) AS
SELECT DISTINCT
       s.snapshot_id, c.page_size_bytes,
       CASE WHEN m.snapshot_id IS NOT NULL THEN coalesce(m.derived, 'meminfo') END,
       m.mem_total_kib * 1024, m.mem_free_kib * 1024, m.unaccepted_kib * 1024, m.buffers_kib * 1024,
           m.cached_kib * 1024,
       m.swap_cached_kib * 1024,
       -- no list of unevictable pages before 2.6.28: then the other two are all there is
       (m.active_kib + m.inactive_kib + coalesce(m.unevictable_kib, 0)) * 1024,
       m.anon_pages_kib * 1024, m.shmem_kib * 1024, m.slab_kib * 1024, m.s_reclaimable_kib * 1024,
           m.s_unreclaim_kib * 1024,
       (m.k_reclaimable_kib - m.s_reclaimable_kib) * 1024, m.kernel_stack_kib * 1024,
           m.page_tables_kib * 1024,
       m.sec_page_tables_kib * 1024, m.shadow_call_stack_kib * 1024, m.bounce_kib * 1024,
       -- up to 4.3 VmallocUsed is address space and VmallocChunk is not 0; from 4.4 to 5.2 it is a constant
       -- 0: no number either
       CASE WHEN m.vmalloc_used_kib > 0
           AND coalesce(m.vmalloc_chunk_kib, 0) = 0 THEN m.vmalloc_used_kib * 1024 END,
       m.percpu_kib * 1024, m.hugetlb_kib * 1024, m.huge_pages_total_hugepages * m.hugepagesize_kib * 1024,
       m.huge_pages_free_hugepages * m.hugepagesize_kib * 1024,
       v.nr_free_pages * c.page_size_bytes, v.nr_unaccepted_pages * c.page_size_bytes,
           v.nr_file_pages * c.page_size_bytes,
       v.nr_swapcached_pages * c.page_size_bytes,
       (v.nr_active_anon_pages + v.nr_inactive_anon_pages + v.nr_active_file_pages + v.nr_inactive_file_pages
        + v.nr_unevictable_pages) * c.page_size_bytes,
       v.nr_anon_pages * c.page_size_bytes,
       v.nr_anon_transparent_hugepages * coalesce(
           -- the size of a transparent huge page; Hugepagesize is the same unless the command line changed
           -- the default
           (SELECT CAST(t.value AS INTEGER) FROM setting t
             WHERE t.snapshot_id = s.snapshot_id AND t.reading = 0
               AND t.path = 'sys/kernel/mm/transparent_hugepage/hpage_pmd_size'),
           m.hugepagesize_kib * 1024),
       v.nr_shmem_pages * c.page_size_bytes, v.nr_slab_reclaimable_pages * c.page_size_bytes,
       v.nr_slab_unreclaimable_pages * c.page_size_bytes,
           v.nr_kernel_misc_reclaimable_pages * c.page_size_bytes,
       -- up to 4.7 it is the number of stacks; with kB came counters of zones beside those of nodes
       CASE WHEN v.nr_zone_inactive_anon_pages IS NOT NULL
                 OR (SELECT k.version FROM kernel k WHERE k.snapshot_id = s.snapshot_id) >= 4008
            THEN v.nr_kernel_stack_kib * 1024 END,
       v.nr_page_table_pages * c.page_size_bytes,
       v.nr_sec_page_table_pages * c.page_size_bytes, v.nr_shadow_call_stack_kib * 1024,
       v.nr_bounce_pages * c.page_size_bytes, v.nr_vmalloc_pages * c.page_size_bytes,
           v.nr_zspages_pages * c.page_size_bytes,
       (SELECT sum(z.managed_pages) FROM proc_zoneinfo z
           WHERE z.snapshot_id = s.snapshot_id AND z.reading = 0)
       * c.page_size_bytes,
       (SELECT sum(z.present_pages) FROM proc_zoneinfo z
           WHERE z.snapshot_id = s.snapshot_id AND z.reading = 0)
       * c.page_size_bytes,
       (SELECT sum(z.free_pages) FROM proc_zoneinfo z WHERE z.snapshot_id = s.snapshot_id AND z.reading = 0)
       * c.page_size_bytes,
       (SELECT sum(z.count_pages) FROM proc_zoneinfo_pageset z
           WHERE z.snapshot_id = s.snapshot_id AND z.reading = 0)
       * c.page_size_bytes,
       -- without CONFIG_SMP no threshold is printed, because no CPU keeps anything back
       coalesce((SELECT sum(z.vm_stats_threshold_pages) FROM proc_zoneinfo_pageset z
                  WHERE z.snapshot_id = s.snapshot_id AND z.reading = 0), 0) * c.page_size_bytes,
       (SELECT sum(a.backed_pages) FROM proc_vmallocinfo a
           WHERE a.snapshot_id = s.snapshot_id AND a.reading = 0)
       * c.page_size_bytes,
       -- the stack allocator is inlined into one of these, by release
       (SELECT sum(a.backed_pages) FROM proc_vmallocinfo a
         WHERE a.snapshot_id = s.snapshot_id AND a.reading = 0
           AND (a.caller GLOB 'kernel_clone+*' OR a.caller GLOB 'dup_task_struct+*'
               OR a.caller GLOB 'copy_process+*'
                OR a.caller GLOB '_do_fork+*' OR a.caller GLOB 'alloc_thread_stack_node+*'))
       * c.page_size_bytes,
       -- the pools of the nodes are the same, apart
       coalesce((SELECT sum(h.page_kib * h.nr_hugepages) FROM mm_hugepages h
                  WHERE h.snapshot_id = s.snapshot_id AND h.reading = 0),
                (SELECT sum(h.page_kib * h.nr_hugepages) FROM node_hugepages h
                  WHERE h.snapshot_id = s.snapshot_id AND h.reading = 0)) * 1024,
       coalesce((SELECT sum(h.page_kib * h.free_hugepages) FROM mm_hugepages h
                  WHERE h.snapshot_id = s.snapshot_id AND h.reading = 0),
                (SELECT sum(h.page_kib * h.free_hugepages) FROM node_hugepages h
                  WHERE h.snapshot_id = s.snapshot_id AND h.reading = 0)) * 1024,
       -- drift: how far the readings of the bracket lie apart; one reading shows none
       (SELECT max(r.mem_free_kib) - min(r.mem_free_kib) FROM proc_meminfo r
           WHERE r.snapshot_id = s.snapshot_id) * 1024,
       (SELECT max(r.anon_pages_kib) - min(r.anon_pages_kib) FROM proc_meminfo r
           WHERE r.snapshot_id = s.snapshot_id) * 1024,
       (SELECT max(pages) - min(pages)
          FROM (SELECT sum(z.managed_pages) AS pages FROM proc_zoneinfo z
                 WHERE z.snapshot_id = s.snapshot_id GROUP BY z.reading)) * c.page_size_bytes,
       (SELECT max(pages) - min(pages)
          FROM (SELECT sum(z.free_pages) AS pages FROM proc_zoneinfo z
                 WHERE z.snapshot_id = s.snapshot_id GROUP BY z.reading)) * c.page_size_bytes
  FROM snapshot s
  LEFT JOIN capture_meta c ON c.snapshot_id = s.snapshot_id AND c.reading = 0
  LEFT JOIN proc_meminfo m ON m.snapshot_id = s.snapshot_id AND m.reading = 0
  LEFT JOIN proc_vmstat v ON v.snapshot_id = s.snapshot_id AND v.reading = 0;

-- The value chosen for each term of the ledger, in bytes, one row a snapshot.
--
-- MemTotal stands when it lies between the managed and the present pages of all zones, or when there is no
-- zoneinfo. What it has more than the managed pages is RAM not initialised yet, if MemFree has as much more
-- than the zones' free pages. Outside that range, or when meminfo contradicts vmstat by far, somebody
-- rewrites meminfo (lxcfs): then the total is the managed pages, and the counters are those of vmstat.
-- So they are when meminfo has none, because its row was made from what free printed. Decided by the presence
-- of values, never by version.
CREATE VIEW system (
    snapshot_id,                  -- the snapshot
    page_size_bytes,              -- size of a base page; NULL when the capture does not say
    mem_total_bytes,              -- RAM that the ledger divides up; NULL when neither meminfo nor zoneinfo
                                  -- was read
    mem_total_source,             -- meminfo, or zoneinfo when meminfo cannot be true or was not read
    counters_source,              -- where all the terms come from that both have: meminfo, or vmstat (and
                                  -- zoneinfo, where that was read)
    managed_bytes,                -- Σ managed of the zones; NULL without zoneinfo, or before 3.8
    present_bytes,                -- Σ present of the zones
    free_in_zones_bytes,          -- free pages on the lists of the zones, Unaccepted included
    unaccepted_bytes,             -- the part of it that a confidential guest has not accepted yet; NULL: no
                                  -- such counter
    free_not_initialised_bytes,   -- RAM that the kernel has counted and not initialised yet; NULL without
                                  -- zoneinfo
    free_per_cpu_bytes,           -- free pages on per-CPU lists; NULL without zoneinfo: then they are in
                                  -- unaccounted
    anonymous_bytes,              -- anonymous pages that are mapped
    file_pages_bytes,             -- page cache of files; contains shmem_bytes where the kernel does not tell
                                  -- them apart
    block_device_bytes,           -- page cache of block devices (Buffers); NULL from vmstat: then in
                                  -- file_pages_bytes
    shmem_bytes,                  -- shmem, tmpfs, memfd, System V; NULL before 2.6.32
    swap_cache_bytes,             -- pages with a slot in swap that no process maps
    lru_unowned_bytes,            -- pages on the LRU lists that no counter owns: torn or leaked huge pages
    slab_bytes,                   -- slab where the kernel does not split it; else NULL
    slab_reclaimable_bytes,       -- slab that reclaim can ask back
    slab_unreclaimable_bytes,     -- slab that it cannot
    kernel_reclaimable_bytes,     -- reclaimable kernel pages outside slab; NULL before 4.20
    page_tables_bytes,            -- page tables
    secondary_page_tables_bytes,  -- page tables of KVM and IOMMUs; NULL before 6.1
    kernel_stacks_bytes,          -- stacks of tasks
    vmalloc_bytes,                -- pages of vmalloc, without the stacks inside; NULL: unknown, in
                                  -- unaccounted
    vmalloc_source,               -- VmallocUsed, vmallocinfo or nr_vmalloc; NULL with vmalloc_bytes
    stacks_in_vmalloc_bytes,      -- what was taken off vmalloc because it is in kernel_stacks_bytes
    percpu_bytes,                 -- per-CPU variables; its first chunk is boot memory outside MemTotal; NULL:
                                  -- unknown
    shadow_stacks_bytes,          -- shadow call stacks; NULL: none in this kernel
    bounce_bytes,                 -- bounce buffers; NULL: not printed
    compressed_swap_bytes,        -- zsmalloc pages: zram and zswap; NULL: not printed
    huge_pages_in_use_bytes,      -- pages of the pools that are not free; NULL: no pools in this kernel
    huge_pages_free_bytes,        -- free in the pools, reserved ones included
    huge_pages_source,            -- Hugetlb, sysfs pools, or HugePages_Total
    unaccounted_bytes,            -- MemTotal minus all of the above, signed
    missing,                      -- what sits in unaccounted for want of a source, in words; NULL: nothing
    zone_bound_bytes,             -- how much zone counters may lag: Σ threshold of each zone and CPU
    meminfo_source,               -- meminfo; free, node meminfo or both where its row was made from these;
                                  -- NULL: there is none
    meminfo_doubt                 -- vmstat contradicts meminfo by far, so no check is made with it: how far it
                                  -- is off says nothing about the kernel; NULL: it does not
) AS
SELECT t.snapshot_id, t.page_size_bytes, t.total_bytes,
       CASE WHEN t.is_total_replaced THEN 'zoneinfo' ELSE 'meminfo' END,
       CASE WHEN NOT t.is_replaced THEN 'meminfo'
            WHEN t.zone_managed_bytes IS NULL AND t.zone_free_bytes IS NULL THEN 'vmstat'
            ELSE 'vmstat and zoneinfo' END,
       t.zone_managed_bytes, t.zone_present_bytes, t.free_in_zones_bytes,
       CASE WHEN t.is_replaced THEN t.vmstat_unaccepted_bytes ELSE t.meminfo_unaccepted_bytes END,
       t.free_not_initialised_bytes, t.zone_per_cpu_bytes, t.anonymous_bytes, t.file_pages_bytes,
           t.block_device_bytes,
       t.shmem_bytes, t.swap_cache_bytes, t.lru_unowned_bytes, t.slab_bytes, t.slab_reclaimable_bytes,
       t.slab_unreclaimable_bytes, t.kernel_reclaimable_bytes, t.page_tables_bytes,
           t.secondary_page_tables_bytes,
       t.kernel_stacks_bytes, t.vmalloc_bytes, t.vmalloc_source, t.stacks_in_vmalloc_bytes, t.percpu_bytes,
       t.shadow_stacks_bytes, t.bounce_bytes, t.vmstat_zspages_bytes, t.huge_pages_in_use_bytes,
           t.huge_pages_free_bytes,
       t.huge_pages_source,
       -- here, and only here, an unknown term counts as nothing: it stays in unaccounted, and missing names
       -- it
       t.total_bytes
       - (coalesce(t.free_in_zones_bytes, 0) + coalesce(t.free_not_initialised_bytes, 0)
           + coalesce(t.zone_per_cpu_bytes, 0)
          + coalesce(t.anonymous_bytes, 0) + coalesce(t.file_pages_bytes, 0)
              + coalesce(t.block_device_bytes, 0)
          + coalesce(t.shmem_bytes, 0) + coalesce(t.swap_cache_bytes, 0) + coalesce(t.lru_unowned_bytes, 0)
          + coalesce(t.slab_bytes, 0) + coalesce(t.slab_reclaimable_bytes, 0)
              + coalesce(t.slab_unreclaimable_bytes, 0)
          + coalesce(t.kernel_reclaimable_bytes, 0) + coalesce(t.page_tables_bytes, 0)
          + coalesce(t.secondary_page_tables_bytes, 0) + coalesce(t.kernel_stacks_bytes, 0)
              + coalesce(t.vmalloc_bytes, 0)
          + coalesce(t.percpu_bytes, 0) + coalesce(t.shadow_stacks_bytes, 0) + coalesce(t.bounce_bytes, 0)
          + coalesce(t.vmstat_zspages_bytes, 0) + coalesce(t.huge_pages_in_use_bytes, 0)
          + coalesce(t.huge_pages_free_bytes, 0)),
       nullif(substr(
           CASE WHEN t.free_in_zones_bytes IS NULL THEN '; free pages' ELSE '' END
           || CASE WHEN t.zone_per_cpu_bytes IS NULL THEN '; free pages on per-CPU lists (no zoneinfo)'
               ELSE '' END
           || CASE WHEN t.anonymous_bytes IS NULL THEN '; anonymous pages' ELSE '' END
           || CASE WHEN t.file_pages_bytes IS NULL THEN '; page cache' ELSE '' END
           || CASE WHEN t.slab_bytes IS NULL AND t.slab_reclaimable_bytes IS NULL THEN '; slab' ELSE '' END
           || CASE WHEN t.page_tables_bytes IS NULL THEN '; page tables' ELSE '' END
           || CASE WHEN t.kernel_stacks_bytes IS NULL THEN '; kernel stacks' ELSE '' END
           || CASE WHEN t.vmalloc_bytes IS NULL THEN '; vmalloc (no VmallocUsed in pages, no vmallocinfo)'
               ELSE '' END
           || CASE WHEN t.percpu_bytes IS NULL THEN '; per-CPU variables (no Percpu)' ELSE '' END
           || CASE WHEN t.vmstat_free_bytes IS NULL THEN '; compressed swap (no vmstat)' ELSE '' END, 3), ''),
       t.zone_bound_bytes, t.meminfo_source,
       CASE WHEN t.meminfo_source = 'meminfo' AND t.is_replaced AND t.is_contradicted
            THEN 'meminfo is not of this kernel but of a container (lxcfs) or of another machine' END
  FROM (
    -- vmalloc without stacks, and what needs the terms of the layer below
    SELECT DISTINCT c.*,
           -- pages of the stack allocator, else KernelStack as far as it can be inside
           min(c.vmalloc_all_bytes, coalesce(nullif(c.vmallocinfo_stacks_bytes, 0),
               CASE WHEN c.vmalloc_all_bytes >= c.kernel_stacks_bytes THEN c.kernel_stacks_bytes ELSE 0 END))
               AS stacks_in_vmalloc_bytes,
           c.vmalloc_all_bytes
           - min(c.vmalloc_all_bytes, coalesce(nullif(c.vmallocinfo_stacks_bytes, 0),
                 CASE WHEN c.vmalloc_all_bytes >= c.kernel_stacks_bytes THEN c.kernel_stacks_bytes
                     ELSE 0 END))
               AS vmalloc_bytes,
           min(c.swap_cached_bytes, max(0, c.lru_excess_bytes)) AS swap_cache_bytes,
           -- a file count that still contains the swap cache (vmstat before nr_swapcached) leaves nothing of
           -- it to take off
           max(0, c.lru_excess_bytes - coalesce(c.swap_cached_bytes, 0)) AS lru_unowned_bytes,
           -- the free part unknown: all of the pool counts as in use
           c.huge_pages_bytes - coalesce(c.huge_pages_free_bytes, 0) AS huge_pages_in_use_bytes
      FROM (
        -- one source for each term
        SELECT DISTINCT f.*,
               CASE WHEN f.is_total_replaced THEN f.zone_managed_bytes ELSE f.meminfo_total_bytes END
                   AS total_bytes,
               CASE WHEN f.is_replaced THEN f.vmstat_free_bytes
                    WHEN f.is_total_replaced THEN f.zone_free_bytes
                    ELSE f.meminfo_free_bytes - coalesce(f.uninit_bytes, 0) END AS free_in_zones_bytes,
               CASE WHEN NOT f.is_total_replaced THEN f.uninit_bytes END AS free_not_initialised_bytes,
               CASE WHEN f.is_replaced THEN f.vmstat_anonymous_bytes ELSE f.meminfo_anonymous_bytes END
                   AS anonymous_bytes,
               -- Cached has the swap cache taken off already, nr_file_pages has not; without a count of shmem
               -- it stays inside
               CASE WHEN f.is_replaced
                    THEN f.vmstat_file_bytes - coalesce(f.vmstat_swap_cached_bytes, 0)
                        - coalesce(f.vmstat_shmem_bytes, 0)
                    ELSE f.meminfo_cached_bytes - coalesce(f.meminfo_shmem_bytes, 0) END AS file_pages_bytes,
               CASE WHEN NOT f.is_replaced THEN f.meminfo_buffers_bytes END AS block_device_bytes,
               CASE WHEN f.is_replaced THEN f.vmstat_shmem_bytes ELSE f.meminfo_shmem_bytes END
                   AS shmem_bytes,
               CASE WHEN f.is_replaced THEN f.vmstat_swap_cached_bytes ELSE f.meminfo_swap_cached_bytes END
                   AS swap_cached_bytes,
               CASE WHEN f.is_replaced
                    THEN f.vmstat_lru_bytes - f.vmstat_anonymous_bytes - f.vmstat_file_bytes
                         + coalesce(f.vmstat_swap_cached_bytes, 0)
                    ELSE f.meminfo_lru_bytes - f.meminfo_anonymous_bytes - f.meminfo_cached_bytes
                         -- the nodes do not tell it apart from the cached
                         - coalesce(f.meminfo_buffers_bytes, CASE WHEN f.meminfo_source <> 'meminfo'
                                                                  THEN 0 END) END AS lru_excess_bytes,
               CASE WHEN NOT f.is_replaced
                   AND f.meminfo_slab_reclaimable_bytes IS NULL THEN f.meminfo_slab_bytes END
                   AS slab_bytes,
               CASE WHEN f.is_replaced THEN f.vmstat_slab_reclaimable_bytes
                   ELSE f.meminfo_slab_reclaimable_bytes END
                   AS slab_reclaimable_bytes,
               CASE WHEN f.is_replaced THEN f.vmstat_slab_unreclaimable_bytes
                   ELSE f.meminfo_slab_unreclaimable_bytes END
                   AS slab_unreclaimable_bytes,
               CASE WHEN f.is_replaced THEN f.vmstat_kernel_reclaimable_bytes
                   ELSE f.meminfo_kernel_reclaimable_bytes END
                   AS kernel_reclaimable_bytes,
               CASE WHEN f.is_replaced THEN f.vmstat_page_tables_bytes ELSE f.meminfo_page_tables_bytes END
                   AS page_tables_bytes,
               CASE WHEN f.is_replaced THEN f.vmstat_secondary_page_tables_bytes
                    ELSE f.meminfo_secondary_page_tables_bytes END AS secondary_page_tables_bytes,
               CASE WHEN f.is_replaced THEN f.vmstat_kernel_stacks_bytes
                   ELSE f.meminfo_kernel_stacks_bytes END
                   AS kernel_stacks_bytes,
               CASE WHEN f.is_replaced THEN coalesce(f.vmstat_vmalloc_bytes, f.vmallocinfo_bytes)
                    ELSE coalesce(f.meminfo_vmalloc_bytes, f.vmallocinfo_bytes) END AS vmalloc_all_bytes,
               CASE WHEN f.is_replaced AND f.vmstat_vmalloc_bytes IS NOT NULL THEN 'nr_vmalloc'
                    WHEN NOT f.is_replaced AND f.meminfo_vmalloc_bytes IS NOT NULL THEN 'VmallocUsed'
                    WHEN f.vmallocinfo_bytes IS NOT NULL THEN 'vmallocinfo' END AS vmalloc_source,
               CASE WHEN NOT f.is_replaced THEN f.meminfo_percpu_bytes END AS percpu_bytes,
               CASE WHEN f.is_replaced THEN f.vmstat_shadow_stacks_bytes
                   ELSE f.meminfo_shadow_stacks_bytes END
                   AS shadow_stacks_bytes,
               CASE WHEN f.is_replaced THEN f.vmstat_bounce_bytes ELSE f.meminfo_bounce_bytes END
                   AS bounce_bytes,
               CASE WHEN f.is_replaced THEN f.pools_bytes
                    ELSE coalesce(f.meminfo_hugetlb_bytes, f.pools_bytes, f.meminfo_pool_bytes) END
                        AS huge_pages_bytes,
               -- sysfs has the pools of every size, HugePages_Free that of the default size alone
               CASE WHEN f.is_replaced THEN f.pools_free_bytes
                    ELSE coalesce(f.pools_free_bytes, f.meminfo_pool_free_bytes) END AS huge_pages_free_bytes,
               CASE WHEN NOT f.is_replaced AND f.meminfo_hugetlb_bytes IS NOT NULL THEN 'Hugetlb'
                    WHEN f.pools_bytes IS NOT NULL THEN 'sysfs hugepages'
                    WHEN NOT f.is_replaced
                        AND f.meminfo_pool_bytes IS NOT NULL THEN 'HugePages_Total * Hugepagesize' END
                   AS huge_pages_source
          FROM (
            -- whether meminfo has counters and can be true; without vmstat there is nothing to put in its
            -- place
            SELECT DISTINCT g.*,
                   g.vmstat_free_bytes IS NOT NULL
                   AND (g.meminfo_source = 'free'
                        OR g.zone_managed_bytes IS NOT NULL AND (g.is_total_replaced OR g.is_contradicted))
                       AS is_replaced
              FROM (
               -- whether vmstat contradicts its counters by far
               SELECT DISTINCT e.*,
                   coalesce(e.meminfo_slab_bytes = 0
                            AND e.vmstat_slab_reclaimable_bytes + e.vmstat_slab_unreclaimable_bytes > 0, 0)
                   OR coalesce(abs(e.meminfo_free_bytes - coalesce(e.uninit_bytes, 0) - e.vmstat_free_bytes)
                               > e.far_bytes, 0)
                   OR coalesce(abs(e.meminfo_anonymous_bytes - e.vmstat_anonymous_bytes) > e.far_bytes, 0)
                       AS is_contradicted
              FROM (
                -- RAM not initialised yet, and the two kinds of being wrong
                SELECT DISTINCT d.*,
                       -- only an excess that MemFree has too, and more than counters may be off (not known
                       -- without CONFIG_SMP: nothing); any other stays visible in unaccounted
                       CASE WHEN d.zone_managed_bytes IS NULL THEN NULL
                            WHEN d.total_excess_bytes > coalesce(d.zone_bound_bytes, 0) + 2048
                                 AND abs(d.total_excess_bytes - d.free_excess_bytes) <= d.slack_bytes
                            THEN d.total_excess_bytes ELSE 0 END AS uninit_bytes,
                       d.zone_managed_bytes IS NOT NULL
                       AND coalesce(d.total_excess_bytes < -coalesce(d.zone_managed_drift_bytes, 0)
                                    OR d.meminfo_total_bytes > d.zone_present_bytes, 1) AS is_total_replaced,
                       -- "by far": eight times what may be, and no less than is seen between files read
                       -- seconds apart
                       max(8 * d.slack_bytes, 64 * 1048576, d.meminfo_total_bytes / 128) AS far_bytes,
                       -- 3.10 and 3.13 do not count huge pages in nr_anon_pages: added when the LRU lists
                       -- close better so
                       CASE WHEN abs(d.vmstat_lru_bytes - d.vmstat_file_bytes - d.vmstat_small_anonymous_bytes
                                     - d.vmstat_huge_anonymous_bytes)
                                 < abs(d.vmstat_lru_bytes - d.vmstat_file_bytes
                                     - d.vmstat_small_anonymous_bytes)
                            THEN d.vmstat_small_anonymous_bytes + d.vmstat_huge_anonymous_bytes
                            ELSE d.vmstat_small_anonymous_bytes END AS vmstat_anonymous_bytes
                  FROM (
                    SELECT DISTINCT r.*,
                           r.meminfo_total_bytes - r.zone_managed_bytes AS total_excess_bytes,
                           r.meminfo_free_bytes - r.zone_free_bytes AS free_excess_bytes,
                           -- one reading of a file shows no drift; 2048: two numbers cut down to whole KiB
                           coalesce(r.free_drift_bytes, 0) + coalesce(r.zone_managed_drift_bytes, 0)
                           + coalesce(r.zone_free_drift_bytes, 0) + coalesce(r.zone_bound_bytes, 0)
                               + 2048 AS slack_bytes
                      FROM _system_raw r) AS d) AS e) AS g) AS f) AS c) AS t;
