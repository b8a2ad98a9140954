-- What a capture lacks, and what that does to the answers.

-- What is lost to the answers with each source.  needs: trace (CAP_SYS_PTRACE), read (mode 0400), administer (also
-- CAP_SYS_ADMIN), '' (everybody may).  Those without an effect have a view of their own.  Sources that are not
-- here: no report needs them.
CREATE VIEW _effect_rule (kind, ordinal, source, name, subject, needs, effect, brief) AS
VALUES
('pss', 0, 'proc/{pid}/smaps_rollup', 'smaps_rollup', 'processes', 'trace', NULL, NULL),
('pss', 0, 'proc/{pid}/smaps', 'smaps', 'processes', 'trace', NULL, NULL),
('pss', 0, 'proc/{pid}/task/{tid}/smaps_rollup', 'smaps_rollup', 'processes', 'trace', NULL, NULL),
('pages', 0, 'pages/{words}.u64', 'page words', '', 'administer', NULL, NULL),
('ledger', 20, 'proc/meminfo', 'meminfo', '', '', 'there is no ledger: nothing divides up the RAM', 'no ledger'),
('processes', 21, 'proc/{pid}/stat', 'stat', 'processes', '', 'they are in no list and in no sum', NULL),
('process_sizes', 22, 'proc/{pid}/statm', 'statm', 'processes', '', 'their RSS is not known where status lacks too', NULL),
('process_kinds', 23, 'proc/{pid}/status', 'status', 'processes', '',
 'their swap, page tables and kinds of RSS are not known', 'kinds of RSS not of all processes'),
('process_groups', 24, 'proc/{pid}/cgroup', 'cgroup', 'processes', '', 'they count in no cgroup',
 'cgroups not of all processes'),
('cgroups', 30, '{cgroup1}/memory.usage_in_bytes', 'memory.usage_in_bytes', 'cgroups', '',
 'what these groups hold is not known, and the sums above them are too small', 'not all cgroups'),
('cgroups', 30, '{cgroup2}/memory.current', 'memory.current', 'cgroups', '',
 'what these groups hold is not known, and the sums above them are too small', 'not all cgroups'),
('cgroup_kinds', 31, '{cgroup1}/memory.stat', 'memory.stat', 'cgroups', '',
 'what they hold is not known by kind: anonymous, file, shmem', 'cgroups not by kind'),
('cgroup_kinds', 31, '{cgroup2}/memory.stat', 'memory.stat', 'cgroups', '',
 'what they hold is not known by kind: anonymous, file, shmem', 'cgroups not by kind'),
('slab', 40, 'proc/slabinfo', 'slabinfo', '', 'read',
 'slab is known as reclaimable and unreclaimable, not by cache', 'no slab caches'),
('vmalloc', 41, 'proc/vmallocinfo', 'vmallocinfo', '', 'read', 'vmalloc is known as a sum, not by caller', NULL),
('zones', 42, 'proc/zoneinfo', 'zoneinfo', '', '',
 'free memory is not known by zone, and counters may hide more than elsewhere', NULL),
('counters', 43, 'proc/vmstat', 'vmstat', '', '', 'what moved while the snapshot was taken is not known', NULL),
('free_blocks', 44, 'proc/buddyinfo', 'buddyinfo', '', '', 'free memory is not known by order', NULL),
('swap', 45, 'proc/swaps', 'swaps', '', '', 'swap is not known by area', NULL);

-- The losses by kind: which files, how many, why.
CREATE VIEW _effect_lost AS
SELECT l.snapshot_id, r.kind, r.ordinal, r.effect, r.brief, r.subject, r.needs,
       group_concat(DISTINCT r.name) AS names, max(l.is_refused) AS is_refused,
       CASE WHEN count(DISTINCT l.status) = 1 THEN max(l.status)
            ELSE group_concat(l.status || ' ' || l.readings_count, ', ') END AS reason,
       sum(l.readings_count) AS missing_count,
       (SELECT sum(c.readings_count) FROM coverage c
         WHERE c.snapshot_id = l.snapshot_id
           AND c.source IN (SELECT a.source FROM _effect_rule a WHERE a.kind = r.kind)) AS total_count
  FROM _lost_reading l
  JOIN _effect_rule r ON r.source = l.source AND r.effect IS NOT NULL
 GROUP BY l.snapshot_id, r.kind;

-- The processes without PSS: why, and what they could hold.
CREATE VIEW _effect_pss AS
SELECT h.snapshot_id, h.processes_count - h.known_count AS missing_count,
       -- of what has no memory it is always known: that alone is no answer
       CASE WHEN h.low_bytes = 0 THEN 'PSS is known for no process that has memory'
            ELSE printf('PSS is known for %,d of %,d processes', h.known_count,
                        h.processes_count + v.unread_count) END AS text,
       -- those that could not even be read belong to what is there
       h.processes_count + v.unread_count AS total_count, h.known_count, h.low_bytes,
       CASE WHEN v.invisible IS NULL THEN h.high_bytes END AS high_bytes,
       (SELECT m.level FROM capture_meta m WHERE m.snapshot_id = h.snapshot_id AND m.reading = 0) AS level,
       (SELECT group_concat(DISTINCT r.name) FROM _lost_reading l
          JOIN _effect_rule r ON r.source = l.source AND r.kind = 'pss'
         WHERE l.snapshot_id = h.snapshot_id) AS names,
       (SELECT group_concat(status || CASE WHEN kinds > 1 THEN ' ' || count ELSE '' END, ', ')
          FROM (SELECT l.status, max(l.readings_count) AS count, count(*) OVER () AS kinds
                  FROM coverage l
                  JOIN _effect_rule r ON r.source = l.source AND r.kind = 'pss'
                 WHERE l.snapshot_id = h.snapshot_id AND l.status <> 'ok'
                 GROUP BY l.status
                 ORDER BY 2 DESC)) AS reason,
       EXISTS (SELECT 1 FROM _lost_reading l
                 JOIN _effect_rule r ON r.source = l.source AND r.kind = 'pss'
                WHERE l.snapshot_id = h.snapshot_id AND l.is_refused) AS is_refused
  -- sums of REAL, which hostile numbers do not overflow
  FROM (SELECT snapshot_id, count(*) AS processes_count, count(pss_bytes) AS known_count,
               CAST(coalesce(sum(pss_bytes * 1.0), 0) AS INTEGER) AS low_bytes,
               CASE WHEN count(rss_bytes) = count(*)
                    THEN CAST(sum(coalesce(pss_bytes, rss_bytes) * 1.0) AS INTEGER) END AS high_bytes
          FROM process
         GROUP BY snapshot_id) AS h
  JOIN _visibility v ON v.snapshot_id = h.snapshot_id;

-- The right that a refusal was about: which one, as far as that is certain.
CREATE VIEW _effect_right (snapshot_id, needs, text) AS
SELECT r.snapshot_id, n.column1,
       CASE WHEN r.is_below_user THEN 'root outside of the user namespace'
            WHEN n.column1 = 'trace' AND r.may_trace = 0
            THEN CASE WHEN r.is_root THEN '' ELSE 'root or ' END || 'CAP_SYS_PTRACE'
            WHEN n.column1 = 'trace' AND r.may_trace = 1
            THEN 'more than CAP_SYS_PTRACE: a security module, or a process that outranks the collector'
            WHEN n.column1 IN ('read', 'administer') AND r.may_read = 0 THEN 'root or CAP_DAC_READ_SEARCH'
            WHEN n.column1 = 'administer' AND r.may_administer = 0 THEN 'CAP_SYS_ADMIN'
            WHEN n.column1 IN ('read', 'administer') AND r.may_read = 1
            THEN 'more than root: lockdown or a security module'
            WHEN r.is_root = 0 THEN 'root' END
  FROM _rights r, (VALUES ('trace'), ('read'), ('administer'), ('')) AS n;

-- What a result misses, without its subject: one subject stands for all of them.
CREATE VIEW _check_lack (snapshot_id, check_id, subject, verdict, missing) AS
SELECT r.snapshot_id, r.check_id, r.subject, r.verdict,
       CASE WHEN r.subject GLOB '[0-9]*' THEN replace(r.missing, 'proc/' || r.subject || '/', 'proc/PID/')
            WHEN r.subject GLOB '/?*'
            THEN replace(replace(r.missing, r.subject || '/', ''), substr(r.subject, 2) || '/', '')
            ELSE r.missing END
  FROM check_result r;

-- The checks that cannot be made on any subject, by what they miss.
CREATE VIEW _effect_check AS
SELECT snapshot_id, missing, group_concat(check_id, ', ') AS check_ids, count(*) AS checks_count, min(ordinal) AS ordinal
  FROM (SELECT s.snapshot_id, c.check_id, c.ordinal,
               coalesce((SELECT max(l.missing) FROM _check_lack l
                          WHERE l.snapshot_id = s.snapshot_id AND l.check_id = c.check_id),
                        'it is not known why') AS missing
          FROM snapshot s, check_claim c
         WHERE EXISTS (SELECT 1 FROM check_result r WHERE r.snapshot_id = s.snapshot_id AND r.check_id = c.check_id)
           AND NOT EXISTS (SELECT 1 FROM check_result r
                            WHERE r.snapshot_id = s.snapshot_id AND r.check_id = c.check_id
                              AND r.verdict <> 'skipped'))
 GROUP BY snapshot_id, missing;

-- One row for each thing that a capture lacks, with what that does to the answers. None: nothing is missing that
-- an answer needs. Amounts are columns of their own, because only a report rounds.
CREATE VIEW effect (
    snapshot_id,    -- the snapshot
    ordinal,        -- order on the screen; of several hung files first the one that was waited for longest
    kind,           -- stable id: cut_off, stopped, hung, visibility, pss, slab, pages, cgroups, checks, tokens, …
    what,           -- what is missing; NULL where it is said by the effect alone
    reason,         -- how the readings ended, or what kept them from it; NULL: not known
    needs,          -- the right that was missing; NULL: it was no right, or it is not certain which
    effect,         -- what that does to the answers
    brief,          -- the same in a few words, for a list; NULL: too small for that
    missing_count,  -- how many are missing; NULL: it is one thing
    total_count,    -- of so many
    low_bytes,      -- a sum that became a range: at least
    high_bytes,     -- and at most; NULL: no upper bound is known
    waited_ns       -- how long an answer was waited for
) AS
SELECT snapshot_id, 1, 'cut_off', 'the end of the archive', NULL, NULL,
       'what would have followed is not known: no sum is more than a lower bound', 'the end is missing', NULL, NULL,
       NULL, NULL, NULL
  FROM snapshot
 WHERE completeness = 'cut off'
UNION ALL
SELECT e.snapshot_id, 2, 'stopped',
       (SELECT group_concat(p.column2, ', ') FROM (VALUES ('system', 'system files'), ('cgroups', 'cgroups'),
                                                          ('processes', 'processes'),
                                                          ('walk', 'page tables of processes'),
                                                          ('pages', 'page frames')) AS p
         WHERE ' ' || e.phases || ' ' NOT LIKE '% ' || p.column1 || ' %'),
       'ended by ' || CASE e.stopped WHEN 'timeout' THEN 'the limit of the whole run'
                                     WHEN 'size' THEN 'the limit of the archive''s size'
                                     ELSE e.stopped END,
       NULL, 'of these only what was read before the end is known', 'ended by ' || e.stopped, NULL, NULL, NULL, NULL, NULL
  FROM capture_end e
 WHERE e.reading = 0 AND e.stopped <> 'end'
   AND ' ' || e.phases || ' ' NOT LIKE '% system cgroups processes walk pages %'
UNION ALL
SELECT h.snapshot_id, 1000, 'hung',
       CASE WHEN h.path GLOB 'proc/[0-9]*/*'
            THEN substr(h.path, instr(substr(h.path, 6), '/') + 6) || ' of pid ' || coalesce(h.pid, '?')
                 || coalesce(' (' || h.name || ')', '')
            ELSE h.path END,
       coalesce('state ' || h.state, 'state not known') || coalesce(', waits in ' || nullif(h.wchan, ''), '')
       || coalesce((SELECT '; its thread ' || t.tid || coalesce(' (' || t.name || ')', '') || ' sleeps in '
                           || coalesce(nullif(t.wchan, ''), '?')
                           || CASE WHEN count(*) > 1 THEN printf(', and %d more', count(*) - 1) ELSE '' END
                      FROM capture_hung t
                     WHERE t.snapshot_id = h.snapshot_id AND t.path = h.path AND t.role = 'thread'
                       AND t.reading = 0 AND t.tid <> h.tid), ''),
       NULL,
       CASE WHEN h.path LIKE '%/smaps%' THEN 'its PSS and USS are not known' ELSE 'what it says is not known' END,
       (SELECT printf('files without an answer: %d', count(*)) FROM capture_hung c
         WHERE c.snapshot_id = h.snapshot_id AND c.reading = 0 AND c.role = 'process'),
       NULL, NULL, NULL, NULL, h.waited_ns
  FROM capture_hung h
 WHERE h.reading = 0 AND h.role = 'process'
UNION ALL
SELECT r.snapshot_id, 2000, 'visibility', r.hidden, NULL,
       CASE WHEN r.hidden LIKE '%hidepid%' THEN 'root or CAP_SYS_PTRACE' ELSE 'the first pid namespace' END,
       'sums over processes are lower bounds, and those of the machine count more', 'not all processes are seen',
       NULL, NULL, NULL, NULL, NULL
  FROM _rights r
 WHERE r.hidden IS NOT NULL
UNION ALL
SELECT v.snapshot_id, 2001, 'visibility', printf('%,d processes that were seen', v.unread_count),
       'not read', NULL, 'sums over processes are lower bounds', printf('%,d processes not read', v.unread_count),
       v.unread_count, NULL, NULL, NULL, NULL
  FROM _visibility v
 WHERE v.unread_count > 0
   -- else the loss of stat says why
   AND v.unread_count > (SELECT coalesce(sum(l.readings_count), 0) FROM _lost_reading l
                          WHERE l.snapshot_id = v.snapshot_id AND l.source = 'proc/{pid}/stat')
UNION ALL
-- a limit of the archive's size leaves no room to name them
SELECT u.snapshot_id, 2004, 'cgroups', printf('%,d cgroups that were found', u.unread_count), 'not read', NULL,
       'what these groups hold is not known, and the sums above them are too small',
       printf('%,d cgroups not read', u.unread_count), u.unread_count, NULL, NULL, NULL, NULL
  FROM (SELECT e.snapshot_id,
               e.cgroups_count - (SELECT count(*) FROM capture_cgroups c
                                   WHERE c.snapshot_id = e.snapshot_id AND c.reading = 0) AS unread_count
          FROM capture_end e
         WHERE e.reading = 0 AND e.stopped <> 'end') AS u
 WHERE u.unread_count > (SELECT coalesce(sum(l.readings_count), 0) FROM _lost_reading l
                           JOIN _effect_rule r ON r.source = l.source AND r.kind = 'cgroups'
                          WHERE l.snapshot_id = u.snapshot_id)
UNION ALL
SELECT r.snapshot_id, 2002, 'cgroup_namespace', 'cgroups outside the collector''s cgroup namespace', NULL,
       'the first cgroup namespace',
       'the root group is one group of the machine: what other groups hold is not known', 'not all cgroups', NULL,
       NULL, NULL, NULL, NULL
  FROM _rights r
 WHERE r.is_below_cgroup
UNION ALL
-- only our own collector, which says a format, looks for the mounts: of others it is not known why
SELECT b.snapshot_id, 2003, 'no_cgroups',
       CASE WHEN m.format IS NOT NULL THEN 'the memory controller' END,
       CASE WHEN m.format IS NOT NULL THEN 'not mounted' END, NULL,
       CASE WHEN m.format IS NOT NULL THEN 'who is charged for what is not known: there are no cgroups to ask'
            ELSE 'who is charged for what is not known: no cgroup is in the capture' END,
       'no cgroups', NULL, NULL, NULL, NULL, NULL
  FROM _snapshot_base b
  JOIN capture_meta m ON m.snapshot_id = b.snapshot_id AND m.reading = 0
 WHERE b.memory_hierarchy IS NULL
UNION ALL
SELECT y.snapshot_id, 2500, 'meminfo', 'meminfo of the machine', 'the one in the capture is of a container (lxcfs) or of another machine',
       NULL,
       'the ledger is made from ' || y.counters_source || ', and checks against meminfo cannot be made',
       'meminfo not of the machine', NULL, NULL, NULL, NULL, NULL
  FROM system y
 WHERE y.meminfo_doubt IS NOT NULL
UNION ALL
SELECT p.snapshot_id, 3000, 'pss',
       CASE WHEN p.names IS NOT NULL OR p.level = 'quick'
            THEN printf('%s of %,d of %,d processes', replace(coalesce(p.names, 'smaps_rollup'), ',', ', '),
                        p.missing_count, p.total_count) END,
       coalesce(p.reason, CASE WHEN p.level = 'quick' THEN 'not read at level quick' END),
       CASE WHEN p.is_refused THEN (SELECT text FROM _effect_right n
                                     WHERE n.snapshot_id = p.snapshot_id AND n.needs = 'trace') END,
       p.text, p.text, p.missing_count, p.total_count,
       p.low_bytes, p.high_bytes, NULL
  FROM _effect_pss p
 WHERE p.missing_count > 0
UNION ALL
SELECT l.snapshot_id, 3000 + l.ordinal, l.kind,
       replace(l.names, ',', ', ')
       || CASE l.subject
          WHEN '' THEN '' ELSE printf(' of %,d of %,d %s', l.missing_count, l.total_count, l.subject) END,
       l.reason,
       CASE WHEN l.is_refused THEN (SELECT text FROM _effect_right n
                                     WHERE n.snapshot_id = l.snapshot_id AND n.needs = l.needs) END,
       l.effect, l.brief, l.missing_count,
       CASE WHEN l.subject <> '' THEN l.total_count END, NULL, NULL, NULL
  FROM _effect_lost l
UNION ALL
-- kpagecount and kpagecgroup may be missing alone; without kpageflags there is no sample at all
SELECT r.snapshot_id, CASE WHEN min(r.path) = 'pages/kpagecgroup.u64' AND count(*) = 1 THEN 3101 ELSE 3100 END,
       'pages', replace(group_concat(replace(replace(r.path, 'pages/', ''), '.u64', '')), ',', ', '),
       max(r.status),
       CASE WHEN max(r.status IN ('EACCES', 'EPERM'))
            THEN (SELECT text FROM _effect_right n WHERE n.snapshot_id = r.snapshot_id AND n.needs = 'administer') END,
       CASE WHEN max(r.path = 'pages/kpageflags.u64')
            THEN 'what the page frames are is not known: pages has no answer'
            WHEN max(r.path = 'pages/kpagecgroup.u64') THEN 'which cgroup a page frame is charged to is not known'
            ELSE 'how often a page frame is mapped is not known' END,
       CASE WHEN max(r.path = 'pages/kpageflags.u64') THEN 'no page frames' END, NULL, NULL, NULL, NULL, NULL
  FROM reading r
 WHERE r.path IN ('pages/kpageflags.u64', 'pages/kpagecount.u64', 'pages/kpagecgroup.u64')
   AND r.reading = 0 AND r.status <> 'ok'
 GROUP BY r.snapshot_id
UNION ALL
SELECT m.snapshot_id, 3100, 'pages', 'page frames', 'not read at level quick', NULL,
       'what the page frames are is not known: pages has no answer', 'no page frames', NULL, NULL, NULL, NULL, NULL
  FROM capture_meta m
 WHERE m.reading = 0 AND m.level = 'quick'
   AND NOT EXISTS (SELECT 1 FROM pages_sample p WHERE p.snapshot_id = m.snapshot_id)
   AND NOT EXISTS (SELECT 1 FROM reading r WHERE r.snapshot_id = m.snapshot_id AND r.reading = 0
                    AND r.path = 'pages/kpageflags.u64')
UNION ALL
SELECT snapshot_id, 3900, 'others',
       max(path) || CASE WHEN sum(count) > 1 THEN printf(' and %d more', sum(count) - 1) ELSE '' END,
       CASE WHEN count(DISTINCT status) = 1 THEN max(status) ELSE group_concat(DISTINCT status) END, NULL,
       'no report needs them', NULL, sum(count), NULL, NULL, NULL, NULL
  FROM (SELECT l.snapshot_id,
               replace(replace(replace(replace(l.source, '{pid}', 'PID'), '{tid}', 'TID'), '{name}', '*'), '{file}',
                       '*') AS path, l.status, l.readings_count AS count
          FROM _lost_reading l
         WHERE l.source NOT IN (SELECT source FROM _effect_rule)
           AND l.status <> 'withheld')
 GROUP BY snapshot_id
UNION ALL
SELECT m.snapshot_id, 4000, 'tokens', 'names', 'replaced by tokens before they were written', NULL,
       'hosts, processes and cgroups have the same token in every archive of '
       || coalesce('key ' || nullif(m.anonymize_key_id, ''), 'the same key')
       || coalesce((SELECT '; withheld: '
                           || group_concat(replace(replace(replace(l.source, '{pid}', 'PID'), '{cgroup1}/', ''),
                                                   '{cgroup2}/', ''), ', ')
                      FROM _lost_reading l
                     WHERE l.snapshot_id = m.snapshot_id AND l.status = 'withheld'), ''),
       'names are tokens', NULL, NULL, NULL, NULL, NULL
  FROM capture_meta m
 WHERE m.reading = 0 AND m.anonymized = 1
UNION ALL
SELECT c.snapshot_id, 5000 + c.ordinal, 'checks', NULL, NULL,
       (SELECT n.text FROM _lost_reading l
          JOIN _effect_rule r ON r.source = l.source
          JOIN _effect_right n ON n.snapshot_id = l.snapshot_id AND n.needs = r.needs
         WHERE l.snapshot_id = c.snapshot_id AND l.is_refused
           AND instr(c.missing, replace(replace(r.source, '{pid}', 'PID'), '{tid}', 'TID'))
         LIMIT 1),
       c.check_ids || ' cannot be made'
       || CASE WHEN instr(c.missing, '/') OR c.missing LIKE 'processes %' OR c.missing LIKE 'a second reading %'
                    OR c.missing LIKE 'the page size%'
                    OR c.missing LIKE 'the number of %' THEN ' without ' ELSE ': ' END
       || replace(c.missing, ',', ', '),
       printf('checks that cannot be made: %d',
              (SELECT count(*)
                 FROM (SELECT 1 FROM check_result r
                        WHERE r.snapshot_id = c.snapshot_id
                        GROUP BY r.check_id
                       HAVING max(r.verdict <> 'skipped') = 0))),
       c.checks_count, NULL, NULL, NULL, NULL
  FROM _effect_check c;
