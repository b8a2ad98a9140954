-- The processes of snapshot :snapshot, largest PSS first, then RSS.
-- Columns: those of the view process
SELECT *
  FROM process
 WHERE snapshot_id = :snapshot
 ORDER BY pss_bytes DESC NULLS LAST, rss_bytes DESC NULLS LAST, name, pid;
