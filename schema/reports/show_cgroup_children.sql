-- The groups directly below cgroup :path in snapshot :snapshot, largest first.
-- Columns: path, usage_bytes, anon_bytes, file_bytes, shmem_bytes, kernel_bytes (all with the groups below),
--   processes_count, children_count
SELECT path, usage_bytes, anon_bytes, file_bytes, shmem_bytes, kernel_bytes, processes_count, children_count
  FROM cgroup
 WHERE snapshot_id = :snapshot AND parent_path = :path
 ORDER BY usage_bytes DESC NULLS LAST, path;
