-- What does snapshot :snapshot lack, and what does that do to the answers?
-- Columns: those of the view effect
SELECT *
  FROM effect
 WHERE snapshot_id = :snapshot
 ORDER BY ordinal, waited_ns DESC, what;
