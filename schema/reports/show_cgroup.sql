-- Everything about cgroup :path of snapshot :snapshot. One row, or none.
-- Columns: those of the view cgroup, then pss_bytes (Σ PSS of the processes in the group itself), pss_count
--   (of how many it is known)
SELECT g.*,
       (SELECT sum(p.pss_bytes) FROM process p
         WHERE p.snapshot_id = :snapshot AND p.cgroup_hierarchy = g.hierarchy
             AND p.cgroup_path = g.path) AS pss_bytes,
       (SELECT count(p.pss_bytes) FROM process p
         WHERE p.snapshot_id = :snapshot AND p.cgroup_hierarchy = g.hierarchy
             AND p.cgroup_path = g.path) AS pss_count
  FROM cgroup g
 WHERE g.snapshot_id = :snapshot AND g.path = :path;
