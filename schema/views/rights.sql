-- With which rights a capture was made, and what they kept from it.

-- The first namespaces have the same inodes on every machine: PROC_PID_INIT_INO and its neighbours in
-- include/linux/proc_ns.h, since 3.8. Of another tree (option --root) the rights of the collector say nothing.
CREATE VIEW _rights (
    snapshot_id,
    is_root,                -- effective user 0
    may_trace,              -- CAP_SYS_PTRACE: page tables of other users' processes
    may_read,               -- CAP_DAC_OVERRIDE or CAP_DAC_READ_SEARCH, or root: files of mode 0400
    may_administer,         -- CAP_SYS_ADMIN: physical addresses
    is_below_user,          -- 1: in a user namespace: rights that count nothing for the files of the machine
    is_below_cgroup,        -- 1: in a cgroup namespace: its root is a group of the machine
    hidden                  -- why /proc does not show all processes; NULL: it does
) AS
SELECT s.snapshot_id, m.euid = 0, m.capability_flags >> 19 & 1,
       m.euid = 0 OR m.capability_flags & 6 <> 0, m.capability_flags >> 21 & 1,
       coalesce(m.root = '/' AND m.namespace_user <> 'user:[4026531837]', 0),
       coalesce(m.root = '/' AND m.namespace_cgroup <> 'cgroup:[4026531835]', 0),
       CASE WHEN coalesce(m.root, '/') <> '/' THEN NULL
            WHEN m.namespace_pid <> 'pid:[4026531836]' THEN 'processes outside the collector''s pid namespace'
            WHEN m.procfs_options LIKE '%hidepid=%' AND m.procfs_options NOT LIKE '%hidepid=0%'
                 AND m.procfs_options NOT LIKE '%hidepid=off%'
                 -- with CAP_SYS_PTRACE nothing is hidden: fs/proc/base.c has_pid_permissions()
                 AND coalesce(m.capability_flags >> 19 & 1, m.euid = 0) = 0
            THEN 'processes of other users (procfs is mounted with hidepid)' END
  FROM snapshot s
  LEFT JOIN capture_meta m ON m.snapshot_id = s.snapshot_id AND m.reading = 0;

-- How readings ended that lack something: what is left when those are taken away that vanished, that this kernel
-- does not have, and that have no answer.
CREATE VIEW _lost_reading (
    snapshot_id,
    source,                 -- pattern of sources.def
    status,
    readings_count,
    is_refused              -- 1: a right was missing
) AS
SELECT snapshot_id, source, status, readings_count, status IN ('EACCES', 'EPERM')
  FROM coverage
 WHERE readings_count > 0
   AND status NOT IN ('ok', 'ENOENT', 'ESRCH', 'EINVAL', 'EOPNOTSUPP', 'ENODEV', 'ENXIO', 'ENOTDIR');

-- Processes that there were, and of which sums know nothing.
CREATE VIEW _visibility (
    snapshot_id,
    unread_count,           -- processes that were listed, did not vanish, and whose stat was not read
    invisible               -- why sums over processes lack some of them; NULL: they lack none
) AS
SELECT u.snapshot_id, u.unread_count,
       coalesce(r.hidden,
                CASE WHEN u.unread_count > 0 THEN printf('proc/PID/stat of %d processes', u.unread_count)
                     WHEN u.unread_status_count > 0
                     THEN printf('proc/PID/status of %d processes', u.unread_status_count) END)
  FROM (SELECT s.snapshot_id,
               max(coalesce((SELECT sum(l.readings_count) FROM _lost_reading l
                              WHERE l.snapshot_id = s.snapshot_id AND l.source = 'proc/{pid}/stat'), 0),
                   coalesce(e.processes_count - e.processes_vanished_count
                            - (SELECT count(*) FROM proc_stat t
                                WHERE t.snapshot_id = s.snapshot_id AND t.reading = 0), 0),
                   0) AS unread_count,
               coalesce((SELECT sum(l.readings_count) FROM _lost_reading l
                          WHERE l.snapshot_id = s.snapshot_id AND l.source = 'proc/{pid}/status'),
                        0) AS unread_status_count
          FROM snapshot s
          LEFT JOIN capture_end e ON e.snapshot_id = s.snapshot_id AND e.reading = 0) AS u
  JOIN _rights r ON r.snapshot_id = u.snapshot_id;
