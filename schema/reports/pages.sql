-- What are the page frames of snapshot :snapshot?
-- Columns: ordinal, class, title, sampled_count, estimate_bytes, low_bytes, high_bytes, counter_bytes,
--   counter_bound_bytes, counter_source, note
SELECT ordinal, class, title, sampled_count, estimate_bytes, low_bytes, high_bytes, counter_bytes,
    counter_bound_bytes, counter_source, note
  FROM page_class
 WHERE snapshot_id = :snapshot
 ORDER BY ordinal;
