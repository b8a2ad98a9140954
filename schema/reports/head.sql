-- The head of a screen about snapshot :snapshot. One row.
-- Columns: those of the view snapshot_head
SELECT * FROM snapshot_head WHERE snapshot_id = :snapshot;
