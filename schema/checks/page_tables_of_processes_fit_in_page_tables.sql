-- Check: P12
-- Title: Σ VmPTE ≤ PageTables
-- Bridge: process-system
-- Unit: bytes
-- Valid: Linux 6.8 and later: before, VmPTE has levels that PageTables lacks
-- Claim: The page tables of all processes together are part of PageTables.
-- Source: mm/memory.c __pud_alloc(), include/linux/mm.h pagetable_pte_ctor(): one table, two counters
-- Tolerance: one-sided: the rest are top levels, tables of the kernel, and of processes that are ending;
--   what the CPUs keep back; what PageTables moved meanwhile
-- Reads: proc/meminfo, proc/PID/status

-- The counter and the sum over all processes.
CREATE VIEW _p12 AS
SELECT b.snapshot_id, '' AS subject, m.page_tables_kib * 1024 AS counter_bytes,
       (SELECT sum(u.vm_pte_kib) FROM proc_status u WHERE u.snapshot_id = b.snapshot_id
         AND u.reading = 0) * 1024 AS tables_bytes,
       (SELECT count(u.vm_pte_kib) FROM proc_status u WHERE u.snapshot_id = b.snapshot_id
         AND u.reading = 0) AS processes_count
  FROM _kernel_number b
  JOIN _window w ON w.snapshot_id = b.snapshot_id AND w.phase = 'process'
  LEFT JOIN proc_meminfo m ON m.snapshot_id = b.snapshot_id AND m.reading = w.first_reading
 WHERE b.version >= 6008;

CREATE VIEW check_P12 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'PageTables', counter_bytes, counter_bytes,
       'page tables of the machine',
       'mm/vmstat.c NR_PAGETABLE', 'proc/meminfo'
  FROM _p12
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'Σ VmPTE', tables_bytes, tables_bytes,
       printf('page tables of %d processes', processes_count),
       'fs/proc/task_mmu.c mm_pgtables_bytes()', 'proc/PID/status'
  FROM _p12
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 3, 'tables of no process', 0, counter_bytes,
       'top levels, tables of the kernel and of processes that are ending: any part of PageTables',
       'arch/x86/mm/pgtable.c pgd_alloc()', 'proc/meminfo'
  FROM _p12
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 4, 'T_vm', -b.vm_node_bytes, b.vm_node_bytes,
       printf('1 counter, kept back in parts of %d kB by the CPUs together', b.vm_node_bytes / 1024),
       'mm/vmstat.c mod_node_page_state()', 'proc/zoneinfo'
  FROM _p12 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 5, 'drift', -d.page_tables_bytes, d.page_tables_bytes,
       printf('PageTables moved by %d kB meanwhile', d.page_tables_bytes / 1024),
       'capture/again: largest minus smallest reading', 'capture/again/N/proc/meminfo'
  FROM _p12 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'process';
