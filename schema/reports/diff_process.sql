-- What changed by process, from snapshot :a to snapshot :b? The same process is the same boot id, pid and
-- start time.
-- Columns: status (same, new, gone), is_restarted (1: new, and one of the same name and cgroup is gone), pid,
--   start_ticks, name, cgroup_path, measure (PSS; RSS where PSS is not known on both sides), before_bytes,
--   after_bytes (NULL: not there, or not known), change_bytes (of new and gone ones: all of it), floor_bytes
--   (what it moved while the two were taken)
WITH machine AS MATERIALIZED (
         -- a capture that does not name its boot shares no process with any other
         SELECT snapshot_id, coalesce(boot_id, 'of ' || snapshot_id) AS boot_id, page_size_bytes
           FROM _snapshot_base
          WHERE snapshot_id IN (:a, :b)),
     side AS (
         SELECT 0 AS is_after, p.snapshot_id, p.pid, p.start_ticks, p.name, p.cgroup_path, p.rss_bytes,
             p.pss_bytes
           FROM process p WHERE p.snapshot_id = :a
         UNION ALL
         SELECT 1, p.snapshot_id, p.pid, p.start_ticks, p.name, p.cgroup_path, p.rss_bytes, p.pss_bytes
           FROM process p WHERE p.snapshot_id = :b),
     pair AS MATERIALIZED (
         SELECT s.pid, s.start_ticks, CASE WHEN sum(s.is_after) = 0 THEN 'gone'
             WHEN min(s.is_after) = 1 THEN 'new'
                                           ELSE 'same' END AS status,
                -- a process may change both: the later one, if there is a later one
                coalesce(max(CASE WHEN s.is_after THEN s.name END), max(s.name)) AS name,
                coalesce(max(CASE WHEN s.is_after THEN s.cgroup_path END), max(s.cgroup_path)) AS cgroup_path,
                count(s.pss_bytes) = count(*) AS is_pss,
                sum(CASE WHEN NOT s.is_after THEN s.pss_bytes END) AS before_pss_bytes,
                sum(CASE WHEN s.is_after THEN s.pss_bytes END) AS after_pss_bytes,
                sum(CASE WHEN NOT s.is_after THEN s.rss_bytes END) AS before_rss_bytes,
                sum(CASE WHEN s.is_after THEN s.rss_bytes END) AS after_rss_bytes,
                -- one reading shows no drift
                sum(coalesce((SELECT max(t.resident_pages) - min(t.resident_pages) FROM proc_statm t
                               WHERE t.snapshot_id = s.snapshot_id
                                   AND t.pid = s.pid) * m.page_size_bytes, 0)) AS floor_bytes
           FROM side s
           JOIN machine m ON m.snapshot_id = s.snapshot_id
          GROUP BY m.boot_id, s.pid, s.start_ticks),
     gone AS MATERIALIZED (SELECT name, cgroup_path FROM pair WHERE status = 'gone')
SELECT status,
       status = 'new' AND EXISTS (SELECT 1 FROM gone g
           WHERE g.name = pair.name AND g.cgroup_path IS pair.cgroup_path)
           AS is_restarted,
       pid, start_ticks, name, cgroup_path, CASE WHEN is_pss THEN 'PSS' ELSE 'RSS' END AS measure,
       CASE WHEN is_pss THEN before_pss_bytes ELSE before_rss_bytes END AS before_bytes,
       CASE WHEN is_pss THEN after_pss_bytes ELSE after_rss_bytes END AS after_bytes,
       CASE status WHEN 'new' THEN CASE WHEN is_pss THEN after_pss_bytes ELSE after_rss_bytes END
                   WHEN 'gone' THEN -CASE WHEN is_pss THEN before_pss_bytes ELSE before_rss_bytes END
                   ELSE CASE WHEN is_pss THEN after_pss_bytes - before_pss_bytes ELSE after_rss_bytes
                       - before_rss_bytes END
       END AS change_bytes,
       floor_bytes
  FROM pair
 ORDER BY abs(change_bytes) DESC NULLS LAST, name, pid, status;
