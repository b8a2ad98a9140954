-- Where is the RAM in snapshot :snapshot?
-- Columns: ordinal, class, parent_class, title, bytes (NULL: not known), source, note
SELECT ordinal, class, parent_class, title, bytes, source, note
  FROM ledger
 WHERE snapshot_id = :snapshot
 ORDER BY ordinal;
