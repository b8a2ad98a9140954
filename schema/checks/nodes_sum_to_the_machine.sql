-- Check: S11
-- Title: Σ node meminfo = meminfo
-- Bridge: system-system
-- Unit: bytes
-- Valid: kernels with NUMA
-- Claim: A counter of the machine is the sum of the same counter of its nodes.
-- Source: mm/vmstat.c node_page_state_add() adds to the node and to the machine
-- Tolerance: a part that a CPU adds to the node a moment before the machine; what the counter moved between
--   the readings
-- Reads: proc/meminfo, sys/devices/system/node/node*/meminfo

-- One row a counter.
CREATE VIEW _s11 AS
SELECT b.snapshot_id, n.subject,
       CASE subject WHEN 'MemFree' THEN m.mem_free_kib
            WHEN 'AnonPages' THEN m.anon_pages_kib
            WHEN 'FilePages' THEN m.cached_kib + m.buffers_kib + m.swap_cached_kib
            WHEN 'Mapped' THEN m.mapped_kib
            WHEN 'Shmem' THEN m.shmem_kib
            WHEN 'Slab' THEN m.slab_kib
            WHEN 'PageTables' THEN m.page_tables_kib
            WHEN 'KernelStack' THEN m.kernel_stack_kib END * 1024 AS counter_bytes,
       (SELECT CASE subject WHEN 'MemFree' THEN CASE WHEN count(*) = count(i.mem_free_kib) THEN sum(i.mem_free_kib) END
                    WHEN 'AnonPages' THEN CASE WHEN count(*) = count(i.anon_pages_kib) THEN sum(i.anon_pages_kib) END
                    WHEN 'FilePages' THEN CASE WHEN count(*) = count(i.file_pages_kib) THEN sum(i.file_pages_kib) END
                    WHEN 'Mapped' THEN CASE WHEN count(*) = count(i.mapped_kib) THEN sum(i.mapped_kib) END
                    WHEN 'Shmem' THEN CASE WHEN count(*) = count(i.shmem_kib) THEN sum(i.shmem_kib) END
                    WHEN 'Slab' THEN CASE WHEN count(*) = count(i.slab_kib) THEN sum(i.slab_kib) END
                    WHEN 'PageTables' THEN CASE WHEN count(*) = count(i.page_tables_kib) THEN sum(i.page_tables_kib) END
                    WHEN 'KernelStack' THEN CASE WHEN count(*) = count(i.kernel_stack_kib) THEN sum(i.kernel_stack_kib) END END
          FROM node_meminfo i WHERE i.snapshot_id = b.snapshot_id AND i.reading = 0) * 1024 AS nodes_bytes,
       CASE subject WHEN 'MemFree' THEN e.total_bytes - e.managed_bytes END AS uninit_bytes,
       subject = 'MemFree' AND e.managed_bytes IS NULL AS lacks_zones,
       min(e.total_bytes - e.managed_bytes, e.present_bytes - e.total_bytes) AS reserved_bytes
  FROM snapshot b
  JOIN (SELECT 'MemFree' AS subject
        UNION ALL SELECT 'AnonPages'
        UNION ALL SELECT 'FilePages'
        UNION ALL SELECT 'Mapped'
        UNION ALL SELECT 'Shmem'
        UNION ALL SELECT 'Slab'
        UNION ALL SELECT 'PageTables'
        UNION ALL SELECT 'KernelStack') n
  JOIN _extent e ON e.snapshot_id = b.snapshot_id
  LEFT JOIN proc_meminfo m ON m.snapshot_id = b.snapshot_id AND m.reading = 0
 WHERE EXISTS (SELECT 1 FROM node_meminfo i WHERE i.snapshot_id = b.snapshot_id AND i.reading = 0)
       -- a kernel without NUMA has no nodes at all
    OR EXISTS (SELECT 1 FROM coverage v
                WHERE v.snapshot_id = b.snapshot_id
                  AND v.source = 'sys/devices/system/node/node{node}/meminfo');

CREATE VIEW check_S11 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'machine', counter_bytes, counter_bytes,
       printf('%s of the machine', subject),
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _s11
UNION ALL
-- without zoneinfo nobody knows how much of MemFree is RAM that the nodes do not count
SELECT snapshot_id, subject, 'right', 2, 'Σ nodes',
       CASE WHEN NOT lacks_zones THEN nodes_bytes END, CASE WHEN NOT lacks_zones THEN nodes_bytes END,
       printf('%s of all nodes', subject),
       'drivers/base/node.c node_read_meminfo()',
       CASE WHEN lacks_zones THEN 'proc/zoneinfo' ELSE 'sys/devices/system/node/node*/meminfo' END
  FROM _s11
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 3, 'T_vm',
       -CASE c.subject WHEN 'MemFree' THEN b.vm_zone_bytes ELSE b.vm_node_bytes END,
       CASE c.subject WHEN 'MemFree' THEN b.vm_zone_bytes ELSE b.vm_node_bytes END,
       'what the CPUs add to the nodes a moment before the machine',
       'mm/vmstat.c node_page_state_add()', 'proc/zoneinfo'
  FROM _s11 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 4, 'drift',
       -CASE c.subject WHEN 'MemFree' THEN d.mem_free_bytes
            WHEN 'AnonPages' THEN d.anon_bytes
            WHEN 'FilePages' THEN d.cache_bytes
            WHEN 'Mapped' THEN d.mapped_bytes
            WHEN 'Shmem' THEN d.shmem_bytes
            WHEN 'Slab' THEN d.slab_bytes
            WHEN 'PageTables' THEN d.page_tables_bytes
            WHEN 'KernelStack' THEN d.kernel_stack_bytes END,
       CASE c.subject WHEN 'MemFree' THEN d.mem_free_bytes
            WHEN 'AnonPages' THEN d.anon_bytes
            WHEN 'FilePages' THEN d.cache_bytes
            WHEN 'Mapped' THEN d.mapped_bytes
            WHEN 'Shmem' THEN d.shmem_bytes
            WHEN 'Slab' THEN d.slab_bytes
            WHEN 'PageTables' THEN d.page_tables_bytes
            WHEN 'KernelStack' THEN d.kernel_stack_bytes END,
       printf('%s moved meanwhile, by so much between the readings around', c.subject),
       'capture/again: largest minus smallest reading', 'capture/again/N/proc/meminfo'
  FROM _s11 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'system'
UNION ALL
SELECT snapshot_id, subject, 'cause', 5, 'RAM not initialised yet', uninit_bytes, uninit_bytes,
       printf('MemTotal has %d kB that no zone manages yet: this kernel counts them as free',
              uninit_bytes / 1024),
       'mm/mm_init.c deferred_init_memmap()', 'proc/zoneinfo'
  FROM _s11
 WHERE uninit_bytes > 0
UNION ALL
SELECT snapshot_id, subject, 'cause', 6, 'boot memory given back late', -reserved_bytes, 0,
       printf('some of it is lost: boot memory given back before it was initialised, at most %d kB',
              reserved_bytes / 1024),
       'mm/memblock.c memblock_free_late()', 'proc/zoneinfo'
  FROM _s11
 WHERE uninit_bytes > 0 AND reserved_bytes > 0
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 7, 'allocated meanwhile', -u.allocated_bytes, u.allocated_bytes,
       printf('%d kB were allocated meanwhile: nothing can have grown by more', u.allocated_bytes / 1024),
       'mm/page_alloc.c PGALLOC', 'capture/again/N/proc/vmstat'
  FROM _s11 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'system'
 WHERE u.allocated_bytes > 0 AND c.subject NOT IN ('Mapped', 'KernelStack')
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 8, 'mapped meanwhile', -u.fault_bytes, u.fault_bytes,
       printf('page faults can have mapped %d kB meanwhile', u.fault_bytes / 1024),
       'mm/filemap.c filemap_map_pages()', 'capture/again/N/proc/vmstat'
  FROM _s11 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'system'
 WHERE u.fault_bytes > 0 AND c.subject = 'Mapped';
