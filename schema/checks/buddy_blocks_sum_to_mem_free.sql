-- Check: S3
-- Title: MemFree = Σ buddy blocks
-- Bridge: system-system
-- Unit: bytes
-- Valid: all kernels
-- Claim: MemFree, without memory that is not accepted yet, is the sum of the free blocks of all zones and
--   orders.
-- Source: mm/page_alloc.c account_freepages() at every block that comes or goes
-- Tolerance: what the CPUs keep back of the zones' counters; what MemFree moved between the readings
-- Reads: proc/meminfo, proc/buddyinfo

-- The machine against its free lists.
CREATE VIEW _s3 AS
SELECT b.snapshot_id, '' AS subject, m.mem_free_kib * 1024 AS free_bytes, 
       -- not printed where no RAM has to be accepted
       coalesce(m.unaccepted_kib, 0) * 1024 AS unaccepted_bytes,
       b.page_size_bytes * (SELECT sum(i.blocks_count << i.order_number) FROM proc_buddyinfo i
                             WHERE i.snapshot_id = b.snapshot_id AND i.reading = 0
                               AND i.order_number BETWEEN 0 AND 30
                               AND i.blocks_count < 1 << 32) AS blocks_bytes,
       e.total_bytes - e.managed_bytes AS uninit_bytes,
       min(e.total_bytes - e.managed_bytes, e.present_bytes - e.total_bytes) AS reserved_bytes
  FROM _kernel_number b
  JOIN _extent e ON e.snapshot_id = b.snapshot_id
  LEFT JOIN proc_meminfo m ON m.snapshot_id = b.snapshot_id AND m.reading = 0;

CREATE VIEW check_S3 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'MemFree', free_bytes, free_bytes,
       'free pages of the machine',
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _s3
UNION ALL
SELECT snapshot_id, subject, 'left', 2, 'Unaccepted', -unaccepted_bytes, -unaccepted_bytes,
       'in MemFree, and on no list',
       'mm/page_alloc.c __free_unaccepted()', 'proc/meminfo'
  FROM _s3
 WHERE unaccepted_bytes > 0
UNION ALL
SELECT snapshot_id, subject, 'right', 3, 'Σ buddy blocks', blocks_bytes, blocks_bytes,
       'free blocks of all zones and orders',
       'mm/vmstat.c frag_show_print()', 'proc/buddyinfo'
  FROM _s3
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 4, 'T_vm', -b.vm_zone_bytes, b.vm_zone_bytes,
       printf('1 counter, kept back in parts of %d kB by the CPUs together', b.vm_zone_bytes / 1024),
       'mm/vmstat.c mod_node_page_state()', 'proc/zoneinfo'
  FROM _s3 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 5, 'drift', -d.mem_free_bytes, d.mem_free_bytes,
       printf('MemFree moved by %d kB meanwhile', d.mem_free_bytes / 1024),
       'capture/again: largest minus smallest reading', 'capture/again/N/proc/meminfo'
  FROM _s3 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'system'
UNION ALL
SELECT snapshot_id, subject, 'cause', 6, 'RAM not initialised yet', uninit_bytes, uninit_bytes,
       printf('MemTotal has %d kB that no zone manages yet: this kernel counts them as free',
              uninit_bytes / 1024),
       'mm/mm_init.c deferred_init_memmap()', 'proc/zoneinfo'
  FROM _s3
 WHERE uninit_bytes > 0
UNION ALL
SELECT snapshot_id, subject, 'cause', 7, 'boot memory given back late', -reserved_bytes, 0,
       printf('some of it is lost: boot memory given back before it was initialised, at most %d kB',
              reserved_bytes / 1024),
       'mm/memblock.c memblock_free_late()', 'proc/zoneinfo'
  FROM _s3
 WHERE uninit_bytes > 0 AND reserved_bytes > 0
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 8, 'allocated meanwhile', -u.allocated_bytes, u.allocated_bytes,
       printf('%d kB were allocated meanwhile: nothing can have grown by more', u.allocated_bytes / 1024),
       'mm/page_alloc.c PGALLOC', 'capture/again/N/proc/vmstat'
  FROM _s3 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'system'
 WHERE u.allocated_bytes > 0;
