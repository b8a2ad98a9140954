-- How far the numbers of the ledger move by themselves while a snapshot is taken: the floor below which diff
-- names no change.

-- How far the readings of meminfo lie apart, by what the ledger makes of them. One reading shows no drift: 0.
CREATE VIEW _meminfo_drift (
    snapshot_id,
    anonymous_kib,
    file_cache_kib,
    file_pages_kib,
    block_devices_kib,
    slab_reclaimable_kib,
    slab_unreclaimable_kib,
    slab_kib,
    kernel_reclaimable_kib,
    page_tables_kib,
    secondary_page_tables_kib,
    kernel_stacks_kib,
    vmalloc_kib,
    percpu_kib,
    shmem_kib,
    swap_cache_kib,
    lru_unowned_kib,
    free_kib,
    rest_kib            -- of what no field of meminfo counts, per-CPU lists included
) AS
SELECT m.snapshot_id,
       max(m.anon_pages_kib) - min(m.anon_pages_kib),
       max(m.cached_kib + m.buffers_kib - coalesce(m.shmem_kib, 0))
       - min(m.cached_kib + m.buffers_kib - coalesce(m.shmem_kib, 0)),
       max(m.cached_kib - coalesce(m.shmem_kib, 0)) - min(m.cached_kib - coalesce(m.shmem_kib, 0)),
       max(m.buffers_kib) - min(m.buffers_kib),
       max(m.s_reclaimable_kib) - min(m.s_reclaimable_kib), max(m.s_unreclaim_kib) - min(m.s_unreclaim_kib),
       max(m.slab_kib) - min(m.slab_kib),
       max(m.k_reclaimable_kib - m.s_reclaimable_kib) - min(m.k_reclaimable_kib - m.s_reclaimable_kib),
       max(m.page_tables_kib) - min(m.page_tables_kib),
       max(m.sec_page_tables_kib) - min(m.sec_page_tables_kib),
       max(m.kernel_stack_kib) - min(m.kernel_stack_kib), max(m.vmalloc_used_kib) - min(m.vmalloc_used_kib),
       max(m.percpu_kib) - min(m.percpu_kib), max(m.shmem_kib) - min(m.shmem_kib),
       max(m.swap_cached_kib) - min(m.swap_cached_kib),
       max(m.active_kib + m.inactive_kib - m.anon_pages_kib - m.cached_kib - m.buffers_kib)
       - min(m.active_kib + m.inactive_kib - m.anon_pages_kib - m.cached_kib - m.buffers_kib),
       max(m.mem_free_kib) - min(m.mem_free_kib),
       -- coalesce: a field that this kernel does not print moves nothing
       max(m.mem_free_kib + m.anon_pages_kib + m.cached_kib + m.buffers_kib + m.slab_kib + m.page_tables_kib
           + coalesce(m.vmalloc_used_kib, 0) + coalesce(m.percpu_kib, 0))
       - min(m.mem_free_kib + m.anon_pages_kib + m.cached_kib + m.buffers_kib + m.slab_kib + m.page_tables_kib
             + coalesce(m.vmalloc_used_kib, 0) + coalesce(m.percpu_kib, 0))
  FROM proc_meminfo m
 GROUP BY m.snapshot_id;

-- The floor of each class in one snapshot: the drift of its counter between the readings of the bracket, and
-- what the per-CPU parts of counters may hide.
CREATE VIEW ledger_floor (
    snapshot_id,   -- the snapshot
    class,         -- class of the ledger
    floor_bytes    -- a difference that is not larger is no change; NULL: meminfo was not read
) AS
SELECT d.snapshot_id, c.class,
       CASE c.class
       WHEN 'mem_total' THEN 0
       -- set by hand, exact
       WHEN 'huge_pages' THEN 0 WHEN 'huge_pages_in_use' THEN 0 WHEN 'huge_pages_free' THEN 0
       -- coalesce: without zoneinfo no threshold is known, the drift is all there is; without a field its
       -- class has no drift
       ELSE coalesce(1024 * CASE c.class
                WHEN 'anonymous' THEN d.anonymous_kib
                WHEN 'file_cache' THEN d.file_cache_kib
                WHEN 'file_pages' THEN d.file_pages_kib
                WHEN 'block_devices' THEN d.block_devices_kib
                WHEN 'slab' THEN d.slab_kib
                WHEN 'slab_reclaimable' THEN d.slab_reclaimable_kib
                WHEN 'slab_unreclaimable' THEN d.slab_unreclaimable_kib
                WHEN 'kernel_reclaimable' THEN d.kernel_reclaimable_kib
                WHEN 'page_tables' THEN d.page_tables_kib
                WHEN 'secondary_page_tables' THEN d.secondary_page_tables_kib
                WHEN 'kernel_stacks' THEN d.kernel_stacks_kib
                WHEN 'vmalloc' THEN d.vmalloc_kib
                WHEN 'percpu' THEN d.percpu_kib
                WHEN 'shmem' THEN d.shmem_kib
                WHEN 'swap_cache' THEN d.swap_cache_kib
                WHEN 'lru_unowned' THEN d.lru_unowned_kib
                WHEN 'kernel' THEN coalesce(d.slab_kib, 0) + coalesce(d.page_tables_kib, 0)
                                   + coalesce(d.kernel_stacks_kib, 0)
                                   + coalesce(d.vmalloc_kib, 0) + coalesce(d.percpu_kib, 0)
                WHEN 'free' THEN d.free_kib
                WHEN 'free_in_zones' THEN d.free_kib
                -- pages move between the zones and the per-CPU lists, unseen by meminfo
                WHEN 'free_per_cpu' THEN d.rest_kib
                WHEN 'unaccounted' THEN d.rest_kib
                END, 0)
            + coalesce((SELECT sum(z.vm_stats_threshold_pages) FROM proc_zoneinfo_pageset z
                         WHERE z.snapshot_id = d.snapshot_id AND z.reading = 0) * b.page_size_bytes, 0)
       END
  FROM _meminfo_drift d
  JOIN _snapshot_base b ON b.snapshot_id = d.snapshot_id
  CROSS JOIN _ledger_class c;
