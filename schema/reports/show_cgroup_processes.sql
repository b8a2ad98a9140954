-- The processes in cgroup :path itself, in snapshot :snapshot, largest first.
-- Columns: pid, start_ticks, name, state, rss_bytes, rss_source, pss_bytes, uss_bytes, anon_bytes, swap_bytes
SELECT pid, start_ticks, name, state, rss_bytes, rss_source, pss_bytes, uss_bytes, anon_bytes, swap_bytes
  FROM process
 WHERE snapshot_id = :snapshot AND cgroup_path = :path
 ORDER BY pss_bytes DESC NULLS LAST, rss_bytes DESC NULLS LAST, name, pid;
