-- Check: S5
-- Title: Slab ≥ Σ slabinfo
-- Bridge: system-system
-- Unit: bytes
-- Valid: all kernels; needs slabinfo, so root
-- Claim: Slab is the pages of all slab caches; from 5.4 on also those of large kmalloc, which have no
--   cache.
-- Source: mm/slub.c account_slab(), mm/slab_common.c ___kmalloc_large_node()
-- Tolerance: what the CPUs keep back of two counters; what Slab moved between the readings; from 5.4 on
--   one-sided: the rest is large kmalloc
-- Reads: proc/meminfo, proc/slabinfo

-- The machine against its caches.
CREATE VIEW _s5 AS
SELECT b.snapshot_id, '' AS subject, b.version, b.is_plain, m.slab_kib * 1024 AS slab_bytes,
       b.page_size_bytes * (SELECT CAST(sum(i.num_slabs_count * 1.0 * i.pagesperslab_pages) AS INTEGER)
                              FROM proc_slabinfo i
                             WHERE i.snapshot_id = b.snapshot_id AND i.reading = 0) AS caches_bytes,
       -- a slab of fewer pages than its cache asks for has fewer objects: what is missing of them, in pages
       -- of their size
       b.page_size_bytes * (SELECT CAST(sum((i.num_slabs_count * 1.0 * i.objperslab_count - i.num_objs_count)
                                            * i.pagesperslab_pages / i.objperslab_count) AS INTEGER)
                              FROM proc_slabinfo i
                             WHERE i.snapshot_id = b.snapshot_id AND i.reading = 0
                               AND i.pagesperslab_pages > 1
                               AND i.num_slabs_count * i.objperslab_count > i.num_objs_count) AS short_bytes
  FROM _kernel_release b
  LEFT JOIN proc_meminfo m ON m.snapshot_id = b.snapshot_id AND m.reading = 0;

CREATE VIEW check_S5 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'Slab', slab_bytes, slab_bytes,
       'slab pages of the machine',
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _s5
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'Σ slabinfo', caches_bytes, caches_bytes,
       'slabs × pages of all caches',
       'mm/slub.c get_slabinfo()', 'proc/slabinfo'
  FROM _s5
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 3, 'large kmalloc', 0, slab_bytes,
       'pages of large kmalloc, which have no cache: any part of Slab',
       'mm/slab_common.c ___kmalloc_large_node()', 'proc/meminfo'
  FROM _s5
 WHERE version >= 5004 OR NOT is_plain
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 4, 'T_vm', -2 * b.vm_node_bytes, 2 * b.vm_node_bytes,
       printf('2 counters, kept back in parts of %d kB by the CPUs together', b.vm_node_bytes / 1024),
       'mm/vmstat.c mod_node_page_state()', 'proc/zoneinfo'
  FROM _s5 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 5, 'drift', -d.slab_bytes, d.slab_bytes,
       printf('Slab moved by %d kB meanwhile', d.slab_bytes / 1024),
       'capture/again: largest minus smallest reading', 'capture/again/N/proc/meminfo'
  FROM _s5 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'system'
UNION ALL
SELECT snapshot_id, subject, 'cause', 6, 'short slabs', -short_bytes, 0,
       printf('slabs with fewer objects than their cache plans: they have up to %d kB less',
              short_bytes / 1024),
       'mm/slub.c allocate_slab()', 'proc/slabinfo'
  FROM _s5
 WHERE short_bytes > 0;
