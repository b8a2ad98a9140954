-- Which cgroups hold the classes of the ledger in snapshot :snapshot? Largest first within each class.
-- Columns: class, hierarchy, path, bytes (own charge, without the groups below; may be negative)
SELECT class, hierarchy, path, bytes
  FROM ledger_cgroup
 WHERE snapshot_id = :snapshot AND bytes <> 0
 ORDER BY class, bytes DESC, path;
