-- The snapshot of the same host before :snapshot, for what changed since. One row, or none.
-- Columns: snapshot_id
SELECT b.snapshot_id
  FROM snapshot a
  JOIN snapshot b ON b.host = a.host AND b.taken_ns < a.taken_ns
 WHERE a.snapshot_id = :snapshot
   AND NOT (SELECT is_guess FROM _host_guess g WHERE g.snapshot_id = a.snapshot_id)
   AND NOT (SELECT is_guess FROM _host_guess g WHERE g.snapshot_id = b.snapshot_id)
 ORDER BY b.taken_ns DESC, b.snapshot_id DESC
 LIMIT 1;
