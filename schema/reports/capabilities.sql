-- Which questions can snapshot :snapshot answer?
-- Columns: those of the view capability
SELECT *
  FROM capability
 WHERE snapshot_id = :snapshot
 ORDER BY ordinal;
