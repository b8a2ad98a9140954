-- The memory cgroups of snapshot :snapshot, largest usage first; the v2 root, which has none, in front.
-- Columns: those of the view cgroup
SELECT *
  FROM cgroup
 WHERE snapshot_id = :snapshot
 ORDER BY path <> '/', usage_bytes DESC NULLS LAST, path;
