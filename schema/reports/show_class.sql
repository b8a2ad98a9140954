-- Class :class of the ledger of snapshot :snapshot, and its parts. The class itself comes first.
-- Columns: ordinal, class, parent_class, title, bytes, source, note
SELECT ordinal, class, parent_class, title, bytes, source, note
  FROM ledger
 WHERE snapshot_id = :snapshot AND (class = :class OR parent_class = :class)
 ORDER BY class <> :class, ordinal;
