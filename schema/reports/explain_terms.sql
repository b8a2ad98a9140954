-- The terms of one check for one subject, in order: {view} is the view of the check.
SELECT part, ordinal, term, low, high, why, source, file
  FROM {view}
 WHERE snapshot_id = :snapshot AND subject = :subject
 ORDER BY ordinal;
