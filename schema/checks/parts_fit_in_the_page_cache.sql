-- Check: S13
-- Title: Shmem, Mapped, Dirty ≤ Cached + Buffers
-- Bridge: system-system
-- Unit: bytes
-- Valid: all kernels
-- Claim: Shmem is part of Cached; mapped and dirty file pages are part of Cached and Buffers.
-- Source: mm/filemap.c NR_FILE_PAGES, mm/shmem.c NR_SHMEM, mm/rmap.c NR_FILE_MAPPED, mm/page-writeback.c
--   NR_FILE_DIRTY
-- Tolerance: one-sided: the rest is cache of another kind; what the CPUs keep back of the counters; the
--   pages of the vdso are mapped and no page cache
-- Reads: proc/meminfo

-- One row a part.
CREATE VIEW _s13 AS
SELECT b.snapshot_id, n.subject, CASE subject WHEN 'Shmem'
       THEN 'Cached' ELSE 'Cached + Buffers' END AS whole_name,
       CASE subject WHEN 'Shmem' THEN m.cached_kib
            WHEN 'Mapped' THEN m.cached_kib + m.buffers_kib
            WHEN 'Dirty' THEN m.cached_kib + m.buffers_kib END * 1024 AS whole_bytes,
       CASE subject WHEN 'Shmem' THEN m.shmem_kib
            WHEN 'Mapped' THEN m.mapped_kib
            WHEN 'Dirty' THEN m.dirty_kib END * 1024 AS part_bytes,
       CASE subject WHEN 'Mapped' THEN 6 * b.page_size_bytes END AS vdso_bytes
  FROM _kernel_number b
  JOIN (SELECT 'Shmem' AS subject
        UNION ALL SELECT 'Mapped'
        UNION ALL SELECT 'Dirty') n
  LEFT JOIN proc_meminfo m ON m.snapshot_id = b.snapshot_id AND m.reading = 0;

CREATE VIEW check_S13 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'page cache', whole_bytes, whole_bytes,
       whole_name,
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _s13
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'part', part_bytes, part_bytes,
       subject,
       'fs/proc/meminfo.c meminfo_proc_show()', 'proc/meminfo'
  FROM _s13
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 3, 'the rest', 0, whole_bytes,
       'cache of another kind: any part of it',
       'mm/filemap.c NR_FILE_PAGES', 'proc/meminfo'
  FROM _s13
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 4, 'T_vm', -3 * b.vm_node_bytes, 3 * b.vm_node_bytes,
       printf('3 counters, kept back in parts of %d kB by the CPUs together', b.vm_node_bytes / 1024),
       'mm/vmstat.c mod_node_page_state()', 'proc/zoneinfo'
  FROM _s13 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 5, 'vdso', -vdso_bytes, 0,
       'images of the vdso: up to 2 pages for each of three calling conventions',
       'arch/x86/entry/vdso/vma.c vdso_fault()', 'capture/meta.csv'
  FROM _s13
 WHERE vdso_bytes > 0;
