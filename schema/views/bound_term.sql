-- How far two counters of the kernel may differ and both be right: the kernel's own batching, in bytes.

-- What all CPUs together may keep back of one counter.  NULL: /proc/zoneinfo was not read.
CREATE VIEW _threshold (
    snapshot_id,
    node_count,   -- of a counter kept by node, in its own units: the widest threshold of the node's zones for each CPU
    zone_count    -- of a counter kept by zone
) AS
SELECT s.snapshot_id,
       CASE WHEN EXISTS (SELECT 1 FROM proc_zoneinfo z WHERE z.snapshot_id = s.snapshot_id AND z.reading = 0)
            -- a kernel for one CPU prints no threshold, because nothing is kept back
            THEN coalesce((SELECT sum(widest_pages)
                             FROM (SELECT max(p.vm_stats_threshold_pages) AS widest_pages
                                     FROM proc_zoneinfo_pageset p
                                    WHERE p.snapshot_id = s.snapshot_id AND p.reading = 0
                                    GROUP BY p.node, p.cpu)), 0) END,
       CASE WHEN EXISTS (SELECT 1 FROM proc_zoneinfo z WHERE z.snapshot_id = s.snapshot_id AND z.reading = 0)
            THEN coalesce((SELECT sum(p.vm_stats_threshold_pages) FROM proc_zoneinfo_pageset p
                            WHERE p.snapshot_id = s.snapshot_id AND p.reading = 0), 0) END
  FROM snapshot s;

-- The bounds of a snapshot in one row, for the checks.  NULL: a number it is computed from is not in the capture.
CREATE VIEW _bound (
    snapshot_id,
    version,                  -- of the kernel, major * 1000 + minor; 0 when not known
    is_plain,                 -- 1: the release number says what the code is
    chosen_by,
    page_size_bytes,
    cpus_online_count,
    stock_own_bytes,          -- T_stock of a group without children
    stock_subtree_bytes,      -- T_stock of a group with all that is below it
    batch_bytes,              -- T_batch
    stat_subtree_bytes,       -- T_stat of a subtree as a whole
    stat_group_bytes,         -- and T_stat for each group of it
    stat_missing,             -- why there is no T_stat; NULL: there is
    missing_fact,             -- what nearly every bound needs and the capture does not say; NULL: nothing
    vm_node_bytes,            -- T_vm of a counter kept by node
    vm_zone_bytes,            -- T_vm of a counter kept by zone
    vm_node_count,            -- the same as a count of the counter's own units
    rss_stat_bytes,           -- stat field 24 against the sum of the counters
    rss_cpu_bytes,            -- statm and status against a walk: per-CPU part
    rss_thread_bytes,         -- and per-thread part, for each thread
    charge_batch_pages,
    stock_groups_count,
    lru_batch_pages,
    lru_batches_count
) AS
SELECT k.snapshot_id, k.version, k.is_plain, k.chosen_by, k.page_size_bytes, k.cpus_online_count,
       k.charge_batch_pages * k.cpus_online_count * k.page_size_bytes,
       k.stock_groups_count * k.charge_batch_pages * k.cpus_online_count * k.page_size_bytes,
       k.lru_batches_count * k.lru_batch_pages * k.cpus_online_count * k.page_size_bytes,
       k.stat_subtree_pages * k.page_size_bytes,
       k.stat_group_pages * k.page_size_bytes,
       CASE WHEN k.page_size_bytes IS NULL OR k.cpus_online_count IS NULL THEN 'capture/meta.csv'
            WHEN k.stat_group_pages IS NULL THEN 'the number of possible CPUs'
            WHEN k.stat_subtree_pages IS NULL THEN 'no bound: this kernel may skip adding up' END,
       CASE WHEN k.page_size_bytes IS NULL THEN 'the page size'
            WHEN k.cpus_online_count IS NULL THEN 'the number of CPUs' END,
       k.page_size_bytes * t.node_count, k.page_size_bytes * t.zone_count, t.node_count,
       CASE WHEN k.is_rss_by_cpu
            THEN 3 * k.cpus_online_count * (k.rss_batch_pages - 1) * k.page_size_bytes ELSE 0 END,
       CASE WHEN k.is_rss_by_cpu AND NOT k.is_rss_exact
            THEN 3 * k.cpus_online_count * (k.rss_batch_pages - 1) * k.page_size_bytes ELSE 0 END,
       CASE WHEN k.is_rss_exact OR k.rss_sync_faults_count IS NULL THEN 0
            ELSE k.rss_sync_faults_count * k.fault_around_pages * k.page_size_bytes END,
       k.charge_batch_pages, k.stock_groups_count, k.lru_batch_pages, k.lru_batches_count
  FROM _kernel_constant k
  JOIN _threshold t ON t.snapshot_id = k.snapshot_id;

-- How far two counters of the kernel may differ and both be right, by the name of the bound.
CREATE VIEW bound_term (
    snapshot_id,   -- the snapshot
    bound,         -- name of the bound, T_...; the checks' terms use the same
    value,         -- bytes; NULL when a number it needs is not in the capture
    why,           -- how it is computed, with this snapshot's numbers
    source         -- kernel function that makes the batch
) AS
SELECT snapshot_id, 'T_stock_own', stock_own_bytes,
       printf('%d pages × %d CPUs charged ahead for one group; %s', charge_batch_pages, cpus_online_count, chosen_by),
       'mm/memcontrol.c refill_stock()'
  FROM _bound
UNION ALL
SELECT snapshot_id, 'T_stock_subtree', stock_subtree_bytes,
       printf('%d pages × %d CPUs × %d groups charged ahead; %s', charge_batch_pages, cpus_online_count,
              stock_groups_count, chosen_by),
       'mm/memcontrol.c refill_stock()'
  FROM _bound
UNION ALL
SELECT snapshot_id, 'T_batch', batch_bytes,
       printf('%d batches × %d pages × %d CPUs on their way to or from an LRU list; %s', lru_batches_count,
              lru_batch_pages, cpus_online_count, chosen_by),
       'mm/swap.c folio_batch_add_and_move()'
  FROM _bound
UNION ALL
SELECT snapshot_id, 'T_stat', stat_subtree_bytes,
       printf('updates of memory.stat not added up yet, for a subtree; %s', chosen_by),
       'mm/memcontrol.c memcg_vmstats_needs_flush()'
  FROM _bound
UNION ALL
SELECT snapshot_id, 'T_stat_group', stat_group_bytes,
       printf('updates of memory.stat kept by CPU, for each group of a subtree; %s', chosen_by),
       'mm/memcontrol.c __mod_memcg_state()'
  FROM _bound
UNION ALL
SELECT snapshot_id, 'T_vm_node', vm_node_bytes,
       'widest threshold of a node''s zones, for each CPU, summed over the nodes; printed by /proc/zoneinfo',
       'mm/vmstat.c refresh_zone_stat_thresholds()'
  FROM _bound
UNION ALL
SELECT snapshot_id, 'T_vm_zone', vm_zone_bytes,
       'threshold of each zone, for each CPU, summed over the zones; printed by /proc/zoneinfo',
       'mm/vmstat.c refresh_zone_stat_thresholds()'
  FROM _bound
UNION ALL
SELECT snapshot_id, 'T_rss_stat', rss_stat_bytes,
       printf('three counters, each kept by CPU, read without adding them up; %s', chosen_by),
       'include/linux/mm.h get_mm_counter()'
  FROM _bound
UNION ALL
SELECT snapshot_id, 'T_rss', rss_cpu_bytes,
       CASE WHEN rss_cpu_bytes = 0 THEN 'statm and status add up the per-CPU counters'
            ELSE printf('three counters, each kept by CPU, read without adding them up; %s', chosen_by) END,
       'include/linux/mm.h get_mm_counter()'
  FROM _bound
UNION ALL
SELECT snapshot_id, 'T_rss_thread', rss_thread_bytes,
       CASE WHEN rss_thread_bytes = 0 THEN 'threads keep no part of RSS to themselves'
            ELSE printf('a thread keeps what its last 66 faults mapped; %s', chosen_by) END,
       'mm/memory.c check_sync_rss_stat()'
  FROM _bound
UNION ALL
SELECT snapshot_id, 'T_kb', 1024,
       'each number that is printed in kB was cut down by less than this', 'fs/proc/meminfo.c show_val_kb()'
  FROM _bound;
