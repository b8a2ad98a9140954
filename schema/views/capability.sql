-- Which questions a snapshot can answer, and what it would take to answer the others.

-- The questions.  kind is that of the view effect where there is such a loss.
CREATE VIEW _capability_question (kind, ordinal, question, verb, subject, missing) AS
VALUES
('ledger', 10, 'where the RAM is', 'report', NULL, 'proc/meminfo'),
('process_sizes', 20, 'RSS by process', 'ps', 'processes', 'proc/PID/smaps_rollup, statm or status'),
('pss', 21, 'PSS, USS by process', 'ps', 'processes', 'proc/PID/smaps_rollup or smaps'),
('process_kinds', 22, 'swap by process', 'ps', 'processes', 'proc/PID/status or smaps_rollup'),
('process_groups', 23, 'cgroup by process', 'ps', 'processes', 'proc/PID/cgroup'),
('cgroups', 30, 'memory by cgroup', 'cgroups', 'cgroups', 'memory.usage_in_bytes or memory.current'),
('cgroup_kinds', 31, 'kinds by cgroup', 'cgroups', 'cgroups', 'memory.stat'),
('slab', 40, 'slab by cache', 'show', NULL, 'proc/slabinfo'),
('vmalloc', 41, 'vmalloc by caller', 'sql', NULL, 'proc/vmallocinfo'),
('zones', 42, 'memory by zone', 'sql', NULL, 'proc/zoneinfo'),
('free_blocks', 43, 'free by order', 'sql', NULL, 'proc/buddyinfo'),
('nodes', 44, 'memory by NUMA node', 'sql', 'nodes', 'sys/devices/system/node/nodeN/meminfo'),
('swap', 45, 'swap by area', 'sql', NULL, 'proc/swaps'),
('pages', 50, 'page frames by class', 'pages', NULL, 'proc/kpageflags'),
('change', 60, 'change in time', 'diff', NULL, NULL),
('checks', 70, 'do the books agree', 'check', 'checks', NULL);

-- How much of each is there: known_count of total_count; 1 of 1 where it is one thing.
--
-- Each arm is keyed by the snapshot, so that one snapshot costs no look at others.  what: why less than all is known,
-- where it is not the file of the question.  is_bound: 1: there are more, and it is not known how many.
CREATE VIEW _capability_count (snapshot_id, kind, known_count, total_count, what, is_bound) AS
-- partly: RAM that the ledger cannot put into a class for want of a source
SELECT y.snapshot_id, 'ledger', y.mem_total_bytes IS NOT NULL, 1 + (y.missing IS NOT NULL),
       CASE WHEN y.mem_total_bytes IS NOT NULL THEN 'a source of ' || y.missing END, 0
  FROM system y
UNION ALL
SELECT h.snapshot_id, q.column1,
       CASE q.column1 WHEN 'process_sizes' THEN h.rss_count WHEN 'pss' THEN h.pss_count
                      WHEN 'process_kinds' THEN h.swap_count ELSE h.cgroup_count END,
       h.processes_count + v.unread_count,
       CASE WHEN q.column1 = 'process_sizes' AND b.page_size_bytes IS NULL
                 AND EXISTS (SELECT 1 FROM proc_statm m WHERE m.snapshot_id = h.snapshot_id) THEN 'the page size'
            WHEN q.column1 = 'process_groups' AND b.memory_hierarchy IS NULL THEN 'a memory controller'
            ELSE v.invisible END,
       v.invisible IS NOT NULL
  FROM (SELECT snapshot_id, count(*) AS processes_count, count(rss_bytes) AS rss_count,
               -- of what has no memory it is always known: that alone is no answer
               CASE WHEN max(pss_bytes) > 0 OR count(pss_bytes) = count(*) THEN count(pss_bytes) ELSE 0 END AS pss_count,
               count(swap_bytes) AS swap_count, count(cgroup_path) AS cgroup_count
          FROM process
         GROUP BY snapshot_id) AS h
  JOIN _visibility v ON v.snapshot_id = h.snapshot_id
  JOIN _snapshot_base b ON b.snapshot_id = h.snapshot_id,
       (VALUES ('process_sizes'), ('pss'), ('process_kinds'), ('process_groups')) AS q
UNION ALL
SELECT s.snapshot_id, q.column1, 0, 0, 'proc/PID', 0
  FROM snapshot s, (VALUES ('process_sizes'), ('pss'), ('process_kinds'), ('process_groups')) AS q
 WHERE NOT EXISTS (SELECT 1 FROM proc_stat p WHERE p.snapshot_id = s.snapshot_id AND p.reading = 0)
UNION ALL
SELECT b.snapshot_id, q.column1,
       CASE q.column1 WHEN 'cgroups'
            THEN (SELECT count(m.usage_bytes) FROM cgroup1_memory m
                   WHERE m.snapshot_id = b.snapshot_id AND m.hierarchy = 1 AND m.reading = 0)
            ELSE (SELECT count(t.total_rss_bytes) FROM cgroup1_memory_stat t
                   WHERE t.snapshot_id = b.snapshot_id AND t.hierarchy = 1 AND t.reading = 0) END,
       (SELECT count(*) FROM _cgroup1_node n WHERE n.snapshot_id = b.snapshot_id), NULL, 0
  FROM _snapshot_base b, (VALUES ('cgroups'), ('cgroup_kinds')) AS q
 WHERE b.memory_hierarchy = 1
UNION ALL
SELECT b.snapshot_id, q.column1,
       CASE q.column1 WHEN 'cgroups'
            THEN (SELECT count(m.current_bytes) FROM cgroup2_memory m
                   WHERE m.snapshot_id = b.snapshot_id AND m.hierarchy = 2 AND m.reading = 0)
                 -- the root has no usage by itself: that is no loss
                 + (SELECT count(*) FROM _cgroup2_node n WHERE n.snapshot_id = b.snapshot_id AND n.path = '/')
            ELSE (SELECT count(t.anon_bytes) FROM cgroup2_memory_stat t
                   WHERE t.snapshot_id = b.snapshot_id AND t.hierarchy = 2 AND t.reading = 0) END,
       (SELECT count(*) FROM _cgroup2_node n WHERE n.snapshot_id = b.snapshot_id), NULL, 0
  FROM _snapshot_base b, (VALUES ('cgroups'), ('cgroup_kinds')) AS q
 WHERE b.memory_hierarchy = 2
UNION ALL
SELECT b.snapshot_id, q.column1, 0, 0, NULL, 0
  FROM _snapshot_base b, (VALUES ('cgroups'), ('cgroup_kinds')) AS q
 WHERE b.memory_hierarchy IS NULL
UNION ALL
SELECT b.snapshot_id, 'slab',
       b.page_size_bytes IS NOT NULL
       AND EXISTS (SELECT 1 FROM proc_slabinfo i WHERE i.snapshot_id = b.snapshot_id AND i.reading = 0), 1,
       CASE WHEN b.page_size_bytes IS NULL
                 AND EXISTS (SELECT 1 FROM proc_slabinfo i WHERE i.snapshot_id = b.snapshot_id AND i.reading = 0)
            THEN 'the page size' END, 0
  FROM _snapshot_base b
UNION ALL
SELECT s.snapshot_id, 'vmalloc',
       EXISTS (SELECT 1 FROM proc_vmallocinfo v WHERE v.snapshot_id = s.snapshot_id AND v.reading = 0), 1, NULL, 0
  FROM snapshot s
UNION ALL
SELECT s.snapshot_id, 'zones',
       EXISTS (SELECT 1 FROM proc_zoneinfo z WHERE z.snapshot_id = s.snapshot_id AND z.reading = 0), 1, NULL, 0
  FROM snapshot s
UNION ALL
SELECT s.snapshot_id, 'free_blocks',
       EXISTS (SELECT 1 FROM proc_buddyinfo z WHERE z.snapshot_id = s.snapshot_id AND z.reading = 0), 1, NULL, 0
  FROM snapshot s
UNION ALL
SELECT s.snapshot_id, 'nodes',
       (SELECT count(*) FROM node_meminfo n WHERE n.snapshot_id = s.snapshot_id AND n.reading = 0),
       max((SELECT count(*) FROM node_meminfo n WHERE n.snapshot_id = s.snapshot_id AND n.reading = 0),
           (SELECT count(DISTINCT z.node) FROM proc_zoneinfo z
             WHERE z.snapshot_id = s.snapshot_id AND z.reading = 0)), NULL, 0
  FROM snapshot s
UNION ALL
-- an empty list of swap areas has no rows and is an answer where SwapTotal says so
SELECT s.snapshot_id, 'swap',
       EXISTS (SELECT 1 FROM proc_swaps w WHERE w.snapshot_id = s.snapshot_id AND w.reading = 0)
       OR coalesce((SELECT m.swap_total_kib = 0 FROM proc_meminfo m
                     WHERE m.snapshot_id = s.snapshot_id AND m.reading = 0), 0), 1, NULL, 0
  FROM snapshot s
UNION ALL
SELECT s.snapshot_id, 'pages',
       EXISTS (SELECT 1 FROM pages_sample p WHERE p.snapshot_id = s.snapshot_id AND p.reading = 0), 1, NULL, 0
  FROM snapshot s
UNION ALL
-- without the moment nothing is before or after; without the boot a pid may be another process
SELECT s.snapshot_id, 'change',
       CASE WHEN s.taken_ns IS NULL THEN 0 ELSE 1 + (b.boot_id IS NOT NULL) END, 2,
       CASE WHEN s.taken_ns IS NULL THEN 'the moment of the capture'
            WHEN b.boot_id IS NULL THEN 'proc/sys/kernel/random/boot_id' END, 0
  FROM snapshot s
  JOIN _snapshot_base b ON b.snapshot_id = s.snapshot_id
UNION ALL
SELECT s.snapshot_id, 'checks',
       (SELECT count(DISTINCT r.check_id) FROM check_result r
         WHERE r.snapshot_id = s.snapshot_id AND r.verdict <> 'skipped'),
       (SELECT count(DISTINCT r.check_id) FROM check_result r WHERE r.snapshot_id = s.snapshot_id),
       -- of those that cannot be made for anything
       (SELECT group_concat(DISTINCT r.missing) FROM _check_lack r
         WHERE r.snapshot_id = s.snapshot_id AND r.verdict = 'skipped'
           AND NOT EXISTS (SELECT 1 FROM check_result m
                            WHERE m.snapshot_id = r.snapshot_id AND m.check_id = r.check_id
                              AND m.verdict <> 'skipped')), 0
  FROM snapshot s;

-- One row a question. What is partly answered is answered for known_count of total_count: their sum is a lower bound.
CREATE VIEW capability (
    snapshot_id,    -- the snapshot
    ordinal,        -- order on the screen
    kind,           -- stable id of the question; that of the view effect, which says what the loss does
    question,       -- what can be asked
    verb,           -- the command that answers it
    answer,         -- yes, partly, no
    known_count,    -- of so many it is known; NULL: it is one thing
    total_count,    -- so many there are, as far as the snapshot tells
    subject,        -- what is counted: processes, cgroups, nodes, checks; NULL: it is one thing
    missing         -- what would be needed for yes: a file of the kernel, or a fact; NULL: nothing
) AS
SELECT c.snapshot_id, q.ordinal, q.kind, q.question, q.verb,
       CASE WHEN c.known_count = 0 THEN 'no' WHEN c.known_count < c.total_count OR c.is_bound THEN 'partly' ELSE 'yes' END,
       CASE WHEN q.subject IS NOT NULL THEN c.known_count END,
       CASE WHEN q.subject IS NOT NULL THEN c.total_count END,
       q.subject,
       CASE WHEN c.known_count = 0 OR c.known_count < c.total_count OR c.is_bound THEN coalesce(c.what, q.missing) END
  FROM _capability_count c
  JOIN _capability_question q ON q.kind = c.kind;
