-- Check: V2
-- Title: kernel ≥ stacks + tables + slab + …
-- Bridge: cgroup-cgroup
-- Unit: bytes
-- Valid: cgroup v2, Linux 5.19 and later
-- Claim: Kernel memory of a group is at least the kinds of it that memory.stat lists.
-- Source: mm/memcontrol.c account_kmem(): each of them is charged as kernel memory first
-- Tolerance: one-sided: the rest is pipe buffers, tables without a counter, objects charged ahead; kinds
--   are kept in bytes and kernel in pages: 2 pages for each CPU; updates of memory.stat not added up
-- Reads: memory.stat

-- Groups with the kinds of their kernel memory.  A kind that this kernel does not print is no term.
CREATE VIEW _v2 (snapshot_id, subject, kernel_bytes, kernel_stack_bytes, slab_bytes, percpu_bytes,
    pagetables_bytes, sec_pagetables_bytes, vmalloc_bytes, zswap_bytes, below_count, dying_count) AS
SELECT b.snapshot_id, c.path AS subject, m.kernel_bytes, m.kernel_stack_bytes, m.slab_bytes, m.percpu_bytes,
       m.pagetables_bytes,
       m.sec_pagetables_bytes, m.vmalloc_bytes, m.zswap_bytes, c.below_count, c.dying_count
  FROM _kernel_number b
  JOIN _cgroup2_book c ON c.snapshot_id = b.snapshot_id
  LEFT JOIN cgroup2_memory_stat m ON m.snapshot_id = c.snapshot_id AND m.hierarchy = 2 AND m.path = c.path
                                  AND m.reading = 0
 WHERE NOT c.is_root AND b.version >= 5019;

CREATE VIEW check_V2 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'kernel', kernel_bytes, kernel_bytes,
       'kernel memory, whole pages',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v2
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'kernel_stack', kernel_stack_bytes, kernel_stack_bytes,
       'kernel_stack of memory.stat',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v2
UNION ALL
SELECT snapshot_id, subject, 'right', 3, 'slab', slab_bytes, slab_bytes,
       'slab of memory.stat',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v2
UNION ALL
SELECT snapshot_id, subject, 'right', 4, 'percpu', percpu_bytes, percpu_bytes,
       'percpu of memory.stat',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v2
UNION ALL
SELECT snapshot_id, subject, 'right', 5, 'pagetables', pagetables_bytes, pagetables_bytes,
       'pagetables of memory.stat',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v2
 WHERE pagetables_bytes IS NOT NULL
UNION ALL
SELECT snapshot_id, subject, 'right', 6, 'sec_pagetables', sec_pagetables_bytes, sec_pagetables_bytes,
       'sec_pagetables of memory.stat',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v2
 WHERE sec_pagetables_bytes IS NOT NULL
UNION ALL
SELECT snapshot_id, subject, 'right', 7, 'vmalloc', vmalloc_bytes, vmalloc_bytes,
       'vmalloc of memory.stat',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v2
 WHERE vmalloc_bytes IS NOT NULL
UNION ALL
SELECT snapshot_id, subject, 'right', 8, 'zswap', zswap_bytes, zswap_bytes,
       'zswap of memory.stat',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v2
 WHERE zswap_bytes IS NOT NULL
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 9, 'no kind', 0, kernel_bytes,
       'pipe buffers and whatever has no counter: any part of kernel',
       'mm/memcontrol.c memory_stat_format()', rtrim(subject, '/') || '/memory.stat'
  FROM _v2
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 10, 'objects',
       -2 * b.page_size_bytes * b.cpus_online_count,
       2 * b.page_size_bytes * b.cpus_online_count,
       printf('2 pages × %d CPUs of objects charged ahead', b.cpus_online_count),
       'mm/memcontrol.c refill_obj_stock()', 'capture/meta.csv'
  FROM _v2 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 11, 'T_stat',
       -(b.stat_subtree_bytes + 8 * b.stat_group_bytes * (1 + below_count + coalesce(dying_count, 0))),
       b.stat_subtree_bytes + 8 * b.stat_group_bytes * (1 + below_count + coalesce(dying_count, 0)),
       printf('updates of memory.stat that are not added up yet; %s', b.chosen_by),
       'mm/memcontrol.c memcg_vmstats_needs_flush()',
       coalesce(b.stat_missing, rtrim(subject, '/') || '/memory.stat')
  FROM _v2 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id;
