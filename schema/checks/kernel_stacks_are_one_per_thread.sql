-- Check: P13
-- Title: KernelStack = threads × stack
-- Bridge: process-system
-- Unit: bytes
-- Valid: x86-64, arm64 and s390x with 16 KiB stacks, i386 and arm with 8 KiB
-- Claim: KernelStack is one stack for each thread of /proc, kernel threads included, and one for the idle
--   task of each further CPU.
-- Source: kernel/fork.c account_kernel_stack()
-- Tolerance: zombies have given their stack back; what the CPUs keep back of the counter, which counts kB;
--   what KernelStack moved meanwhile
-- Reads: proc/meminfo, proc/PID/stat

-- The counter and the sum over all processes.
CREATE VIEW _p13 AS
SELECT b.snapshot_id, '' AS subject, m.kernel_stack_kib * 1024 AS counter_bytes,
       (SELECT CAST(sum(t.num_threads_count * 1.0) AS INTEGER) FROM proc_stat t WHERE t.snapshot_id = b.snapshot_id
         AND t.reading = 0 AND t.thread_of IS NULL) AS threads_count,
       (SELECT count(*) FROM proc_stat t
         WHERE t.snapshot_id = b.snapshot_id AND t.reading = 0 AND t.thread_of IS NULL
           AND t.state IN ('Z', 'X', 'x')) AS zombies_count,
       c.cpus_online_count - 1 AS idle_count,
       CASE WHEN c.machine IN ('x86_64', 's390x') THEN 16384
            -- a stack is at least one page
            WHEN c.machine = 'aarch64' THEN max(16384, b.page_size_bytes)
            WHEN c.machine IN ('i386', 'i486', 'i586', 'i686') OR c.machine GLOB 'armv[5678]*'
            THEN 8192 END AS stack_bytes,
       e.processes_vanished_count AS vanished_count,
       p.invisible
  FROM _kernel_number b
  JOIN _window w ON w.snapshot_id = b.snapshot_id AND w.phase = 'process'
  JOIN _process_sum p ON p.snapshot_id = b.snapshot_id
  JOIN capture_meta c ON c.snapshot_id = b.snapshot_id AND c.reading = 0
  LEFT JOIN proc_meminfo m ON m.snapshot_id = b.snapshot_id AND m.reading = w.first_reading
  LEFT JOIN capture_end e ON e.snapshot_id = b.snapshot_id AND e.reading = 0
 WHERE (c.machine IN ('x86_64', 's390x', 'aarch64', 'i386', 'i486', 'i586',
                      'i686') OR c.machine GLOB 'armv[5678]*')
       -- x86-64 had 8 KiB up to 3.14
   AND b.version >= 3015;

CREATE VIEW check_P13 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'KernelStack', counter_bytes, counter_bytes,
       'kernel stacks of the machine',
       'mm/vmstat.c NR_KERNEL_STACK_KB', 'proc/meminfo'
  FROM _p13
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'threads',
       CASE WHEN invisible IS NULL THEN threads_count * stack_bytes END,
       CASE WHEN invisible IS NULL THEN threads_count * stack_bytes END,
       printf('%d threads of all processes × %d kB', threads_count, stack_bytes / 1024),
       'kernel/fork.c alloc_thread_stack_node()', coalesce(invisible, 'proc/PID/stat')
  FROM _p13
UNION ALL
SELECT snapshot_id, subject, 'right', 3, 'idle tasks', idle_count * stack_bytes, idle_count * stack_bytes,
       printf('%d CPUs beside the first, × %d kB', idle_count, stack_bytes / 1024),
       'kernel/fork.c fork_idle()', 'capture/meta.csv'
  FROM _p13
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 4, 'zombies', -zombies_count * stack_bytes, 0,
       printf('%d zombies, whose stack may be given back already', zombies_count),
       'kernel/fork.c exit_task_stack_account()', 'proc/PID/stat'
  FROM _p13
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 5, 'T_vm', -b.vm_node_count * 1024, b.vm_node_count * 1024,
       printf('1 counter, kept back in parts of %d kB by the CPUs together', b.vm_node_count),
       'mm/vmstat.c mod_node_page_state()', 'proc/zoneinfo'
  FROM _p13 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 6, 'drift', -d.kernel_stack_bytes, d.kernel_stack_bytes,
       printf('KernelStack moved by %d kB meanwhile', d.kernel_stack_bytes / 1024),
       'capture/again: largest minus smallest reading', 'capture/again/N/proc/meminfo'
  FROM _p13 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'process'
UNION ALL
SELECT snapshot_id, subject, 'cause', 7, 'vanished processes', 0, vanished_count * stack_bytes,
       printf('%d processes ended while they were read', vanished_count),
       'fs/proc/base.c proc_pid_lookup()', 'capture/end.csv'
  FROM _p13
 WHERE vanished_count > 0;
