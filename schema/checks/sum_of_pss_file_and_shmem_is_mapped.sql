-- Check: P11
-- Title: Mapped = Σ Pss_File + Pss_Shmem
-- Bridge: process-system
-- Unit: bytes
-- Valid: Linux 5.3 and later
-- Claim: Mapped, which counts each mapped page of files and shmem once, is the sum of the shares that all
--   processes have in them.
-- Source: NR_FILE_MAPPED in mm/rmap.c folio_add_file_rmap_ptes() against a walk of all page tables
-- Tolerance: what the CPUs keep back of the counter; less than 1 kB for each value that was cut down; what
--   the counter and the processes moved meanwhile
-- Reads: proc/meminfo, proc/PID/smaps_rollup, proc/PID/status

-- The counter and the sum over all processes.
CREATE VIEW _p11 AS
SELECT b.snapshot_id, '' AS subject, m.mapped_kib * 1024 AS counter_bytes,
       -- memory that shows under no process makes the sum a part of the truth
       CASE WHEN p.invisible IS NULL AND p.headless_count = 0 THEN p.pss_mapped_bytes END AS pss_bytes,
       p.walked_count, p.unread_count, p.unread_mapped_bytes AS unread_bytes, p.headless_count, p.invisible, p.ending_count,
       p.mapped_drift_bytes AS processes_drift_bytes, e.processes_vanished_count AS vanished_count
  FROM _kernel_number b
  JOIN _process_sum p ON p.snapshot_id = b.snapshot_id
  JOIN _window w ON w.snapshot_id = b.snapshot_id AND w.phase = 'walk'
  LEFT JOIN proc_meminfo m ON m.snapshot_id = b.snapshot_id AND m.reading = w.first_reading
  LEFT JOIN capture_end e ON e.snapshot_id = b.snapshot_id AND e.reading = 0
 WHERE b.version >= 5003;

CREATE VIEW check_P11 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'Mapped', counter_bytes, counter_bytes,
       'counter of the machine before the walk: a page counts once',
       'mm/rmap.c', 'proc/meminfo'
  FROM _p11
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'Σ Pss of the processes', pss_bytes, pss_bytes,
       printf('shares of %d processes that were walked', walked_count),
       'fs/proc/task_mmu.c smaps_account()',
       coalesce(invisible, CASE WHEN headless_count > 0 THEN 'proc/PID/task/TID/smaps_rollup' END,
                'proc/PID/smaps_rollup')
  FROM _p11
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 3, 'T_vm', -b.vm_node_bytes, b.vm_node_bytes,
       printf('1 counter, kept back in parts of %d kB by the CPUs together', b.vm_node_bytes / 1024),
       'mm/vmstat.c mod_node_page_state()', 'proc/zoneinfo'
  FROM _p11 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 4, 'T_kb', 0, walked_count * 2 * 1024,
       printf('2 values of each of %d processes, cut down to whole kB', walked_count),
       'fs/proc/task_mmu.c SEQ_PUT_DEC()', 'proc/PID/smaps_rollup'
  FROM _p11
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 5, 'drift', -d.mapped_bytes, d.mapped_bytes,
       printf('Mapped moved by %d kB meanwhile', d.mapped_bytes / 1024),
       'capture/again: largest minus smallest reading', 'capture/again/N/proc/meminfo'
  FROM _p11 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'walk'
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 6, 'drift', -processes_drift_bytes, processes_drift_bytes,
       printf('statm of all processes moved by %d kB between their readings', processes_drift_bytes / 1024),
       'capture/again: largest minus smallest reading of each process', 'capture/again/1/proc/PID/statm'
  FROM _p11
UNION ALL
SELECT snapshot_id, subject, 'cause', 7, 'unreadable process', 0, unread_bytes,
       printf('%d processes could not be walked; they map at most this much', unread_count),
       'fs/proc/base.c proc_mem_open()', 'proc/PID/smaps_rollup'
  FROM _p11
 WHERE unread_count > 0
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 8, 'mapped meanwhile', -u.fault_bytes, u.fault_bytes,
       printf('page faults can have mapped %d kB since the processes were listed, in new ones too',
              u.fault_bytes / 1024),
       'mm/filemap.c filemap_map_pages()', 'capture/again/N/proc/vmstat'
  FROM _p11 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'task'
 WHERE u.fault_bytes > 0
UNION ALL
SELECT snapshot_id, subject, 'cause', 9, 'vanished processes', 0, counter_bytes,
       printf('%d processes ended while they were read; they may have mapped any part of it', vanished_count),
       'kernel/exit.c exit_mm()', 'capture/end.csv'
  FROM _p11
 WHERE vanished_count > 0
UNION ALL
SELECT snapshot_id, subject, 'cause', 10, 'ending processes', 0, counter_bytes,
       printf('%d processes had given up their page tables; what was in them counts until it is freed', ending_count),
       'kernel/exit.c exit_mm()', 'proc/PID/stat'
  FROM _p11
 WHERE ending_count > 0;
