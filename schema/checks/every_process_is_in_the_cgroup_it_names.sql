-- Check: P15
-- Title: processes = listed in cgroup.procs
-- Bridge: process-cgroup
-- Unit: tasks
-- Valid: all kernels with a memory hierarchy, version 1 or 2, read in the pid namespace of /proc
-- Claim: Every living process is in exactly one cgroup.procs of the memory hierarchy, the one that
--   /proc/PID/cgroup names.
-- Source: kernel/cgroup/cgroup.c cgroup_procs_show(), proc_cgroup_show(), css_task_iter_advance()
-- Tolerance: none
-- Reads: proc/PID/cgroup, proc/PID/stat, cgroup.procs of every group, capture/cgroups.csv

-- Living processes, and whether the group they name lists them.  A zombie has left its group (version 1) or
-- is not listed.
CREATE VIEW _process_group (snapshot_id, pid, is_listed, is_new, has_ended, is_of_unlisted_group) AS
SELECT g.snapshot_id, g.pid,
       EXISTS (SELECT 1 FROM cgroup_procs q
                WHERE q.snapshot_id = g.snapshot_id AND q.pid = g.pid AND q.reading = 0
                  AND q.hierarchy = 1 AND q.path = g.cgroup1_path
                UNION ALL
               SELECT 1 FROM cgroup_procs q
                WHERE q.snapshot_id = g.snapshot_id AND q.pid = g.pid AND q.reading = 0
                  AND q.hierarchy = 2 AND q.path = g.cgroup2_path
                  AND NOT EXISTS (SELECT 1 FROM cgroup1_memory c
                                   WHERE c.snapshot_id = g.snapshot_id)) AS is_listed,
       b.is_new,
       -- PF_EXITING: version 1 says "/" of it then, and cgroup.procs may leave it out; not there any more when it
       -- was to be walked, or without the address space that it had
       EXISTS (SELECT 1 FROM proc_stat t WHERE t.snapshot_id = g.snapshot_id AND t.pid = g.pid
                AND t.reading = 0 AND (t.task_flags & 4) <> 0)
       OR
       NOT EXISTS (SELECT 1 FROM proc_statm m WHERE m.snapshot_id = g.snapshot_id AND m.pid = g.pid
                    AND m.reading = 1)
       OR EXISTS (SELECT 1 FROM proc_statm m
                   WHERE m.snapshot_id = g.snapshot_id AND m.pid = g.pid AND m.size_pages = 0)
          AND b.stat_rss_pages > 0 AS has_ended,
       -- moved into a group that was made after the groups had been listed
       EXISTS (SELECT 1 FROM capture_cgroups c WHERE c.snapshot_id = g.snapshot_id)
       AND NOT EXISTS (SELECT 1 FROM capture_cgroups c
                    WHERE c.snapshot_id = g.snapshot_id AND c.reading = 0
                      AND (c.hierarchy = 1 AND c.path = g.cgroup1_path
                           OR c.hierarchy = 2 AND c.path = g.cgroup2_path
                              AND NOT EXISTS (SELECT 1 FROM cgroup1_memory k
                                               WHERE k.snapshot_id = g.snapshot_id))) AS is_of_unlisted_group
  FROM proc_cgroup g
  JOIN _process_book b ON b.snapshot_id = g.snapshot_id AND b.pid = g.pid
 WHERE g.reading = 0 AND NOT b.is_zombie;

-- Processes, and how many of them are where they say.
CREATE VIEW _p15 (snapshot_id, subject, processes_count, listed_count, twice_count, new_count, ended_count,
    moved_count) AS
SELECT s.snapshot_id, '' AS subject,
       (SELECT count(*) FROM _process_group g WHERE g.snapshot_id = s.snapshot_id) AS processes_count,
       -- cgroup.procs has the numbers that the reader's pid namespace gives them
       CASE WHEN EXISTS (SELECT 1 FROM cgroup_procs q WHERE q.snapshot_id = s.snapshot_id)
             AND NOT EXISTS (SELECT 1 FROM capture_meta m
                              WHERE m.snapshot_id = s.snapshot_id AND m.proc_self_pid <> m.self_pid)
            THEN (SELECT count(*) FROM _process_group g WHERE g.snapshot_id = s.snapshot_id
                   AND g.is_listed) END AS listed_count,
       -- a process that is listed twice has one row too many
       (SELECT count(*) - count(DISTINCT q.pid) FROM cgroup_procs q
         WHERE q.snapshot_id = s.snapshot_id AND q.hierarchy = s.hierarchy AND q.pid <> 0
           AND q.reading = 0) AS twice_count,
       (SELECT count(*) FROM _process_group g
         WHERE g.snapshot_id = s.snapshot_id AND NOT g.is_listed AND g.is_new) AS new_count,
       (SELECT count(*) FROM _process_group g
         WHERE g.snapshot_id = s.snapshot_id AND NOT g.is_listed AND NOT g.is_new
           AND g.has_ended) AS ended_count,
       (SELECT count(*) FROM _process_group g
         WHERE g.snapshot_id = s.snapshot_id AND NOT g.is_listed AND NOT g.is_new AND NOT g.has_ended
           AND g.is_of_unlisted_group) AS moved_count
  FROM (SELECT s.snapshot_id,
               CASE WHEN EXISTS (SELECT 1 FROM cgroup1_memory c WHERE c.snapshot_id = s.snapshot_id) THEN 1
                    WHEN EXISTS (SELECT 1 FROM cgroup2_memory c WHERE c.snapshot_id = s.snapshot_id)
                    THEN 2 END AS hierarchy
          FROM snapshot s) s
 WHERE s.hierarchy IS NOT NULL;

CREATE VIEW check_P15 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'processes', processes_count, processes_count,
       'living processes whose /proc/PID/cgroup was read',
       'kernel/cgroup/cgroup.c proc_cgroup_show()', 'proc/PID/cgroup'
  FROM _p15
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'listed', listed_count, listed_count,
       'of these, listed in cgroup.procs of the group they name',
       'kernel/cgroup/cgroup.c cgroup_procs_show()',
       CASE WHEN EXISTS (SELECT 1 FROM cgroup_procs q WHERE q.snapshot_id = _p15.snapshot_id)
            THEN 'cgroup.procs in the pid namespace of /proc' ELSE 'cgroup.procs' END
  FROM _p15
UNION ALL
SELECT snapshot_id, subject, 'right', 3, 'listed twice', -twice_count, -twice_count,
       'processes that a second group lists too',
       'kernel/cgroup/cgroup.c css_task_iter_next()', 'cgroup.procs'
  FROM _p15
UNION ALL
SELECT snapshot_id, subject, 'cause', 4, 'started meanwhile', 0, new_count,
       printf('%d processes were started after the capture had begun', new_count),
       'fs/proc/array.c start_time', 'proc/PID/stat'
  FROM _p15
 WHERE new_count > 0
UNION ALL
SELECT snapshot_id, subject, 'cause', 5, 'ended meanwhile', 0, ended_count,
       printf('%d processes ended between the readings', ended_count),
       'kernel/exit.c cgroup_exit()', 'proc/PID/statm'
  FROM _p15
 WHERE ended_count > 0
UNION ALL
SELECT snapshot_id, subject, 'cause', 6, 'moved meanwhile', 0, moved_count,
       printf('%d processes name a group that was made after the groups had been listed', moved_count),
       'kernel/cgroup/cgroup.c cgroup_attach_task()', 'capture/cgroups.csv'
  FROM _p15
 WHERE moved_count > 0;
