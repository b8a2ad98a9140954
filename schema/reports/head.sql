-- The head of a screen about snapshot :snapshot. One row.
-- Columns: those of the view snapshot_head, digest
SELECT h.*, s.digest
  FROM snapshot_head h
  JOIN snapshot s ON s.snapshot_id = h.snapshot_id
 WHERE h.snapshot_id = :snapshot;
