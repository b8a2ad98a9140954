-- What changed by cgroup and class, from snapshot :a to snapshot :b? Own charges, without the groups below.
-- Columns: status (same, new, gone: of the group), path, class, title, before_bytes, after_bytes (NULL: not
--   there, or not known), change_bytes (of new and gone ones: all of it), floor_bytes (how far memory.stat
--   may lag; NULL: no bound is known)
WITH side AS (
         SELECT 0 AS is_after, path, class, bytes FROM ledger_cgroup WHERE snapshot_id = :a
         UNION ALL
         SELECT 1, path, class, bytes FROM ledger_cgroup WHERE snapshot_id = :b),
     pair AS MATERIALIZED (
         SELECT path, class, sum(CASE WHEN NOT is_after THEN bytes END) AS before_bytes,
                sum(CASE WHEN is_after THEN bytes END) AS after_bytes,
                -- a group is there when any of its classes is
                min(min(is_after)) OVER (PARTITION BY path) AS is_new,
                max(max(is_after)) OVER (PARTITION BY path) AS is_there
           FROM side
          GROUP BY path, class),
     bound AS MATERIALIZED (
         SELECT sum(value) + CASE WHEN count(value) < count(*) THEN NULL ELSE 0 END AS bytes
           FROM (SELECT value FROM bound_term WHERE snapshot_id = :a AND bound IN ('T_stat', 'T_stat_group')
                 UNION ALL
                 SELECT value FROM bound_term
                     WHERE snapshot_id = :b AND :b <> :a AND bound IN ('T_stat', 'T_stat_group')))
SELECT CASE WHEN p.is_new THEN 'new' WHEN NOT p.is_there THEN 'gone' ELSE 'same' END AS status, p.path,
    p.class, c.title,
       p.before_bytes, p.after_bytes,
       CASE WHEN p.is_new THEN p.after_bytes WHEN NOT p.is_there THEN -p.before_bytes
            ELSE p.after_bytes - p.before_bytes END AS change_bytes,
       (SELECT t.bytes FROM bound t) AS floor_bytes
  FROM pair p
  JOIN _ledger_class c ON c.class = p.class
 ORDER BY abs(change_bytes) DESC NULLS LAST, p.path, c.ordinal;
