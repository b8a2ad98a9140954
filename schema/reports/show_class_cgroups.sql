-- The cgroups that hold class :class of the ledger of snapshot :snapshot, largest first. None for classes
-- that cgroups do not count.
-- Columns: hierarchy, path, bytes (own charge, without the groups below; may be negative)
SELECT hierarchy, path, bytes
  FROM ledger_cgroup
 WHERE snapshot_id = :snapshot AND class = :class AND bytes <> 0
 ORDER BY bytes DESC, path;
