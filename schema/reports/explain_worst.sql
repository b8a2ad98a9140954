-- The results of one check, the worst subjects first: :a is its id, :b how many.
SELECT subject, verdict, "left", "right", residual, bound_low, bound_high, is_one_sided, cause_low,
       cause_high, drift, only_by_drift, missing
  FROM _check_result
 WHERE snapshot_id = :snapshot AND check_id = :a
 ORDER BY severity DESC, subject
 LIMIT :b;
