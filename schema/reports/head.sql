-- The head of a screen about snapshot :snapshot. One row.
-- Columns: those of the view snapshot_head, digest, origin, largest_pss_bytes (0: PSS is known only of what has no memory)
SELECT h.*, s.digest, s.origin,
       (SELECT max(p.pss_bytes) FROM process p WHERE p.snapshot_id = s.snapshot_id) AS largest_pss_bytes
  FROM snapshot_head h
  JOIN snapshot s ON s.snapshot_id = h.snapshot_id
 WHERE h.snapshot_id = :snapshot;
