-- The results of one check, the worst subjects first: :a is its id, :b how many.
SELECT subject, verdict, "left", "right", residual, bound_low, bound_high, cause_low, cause_high, drift,
    only_by_drift, missing
  FROM check_result
 WHERE snapshot_id = :snapshot AND check_id = :a
 ORDER BY CASE verdict WHEN 'FAIL' THEN 3 WHEN 'explained' THEN 2 WHEN 'ok' THEN 1 ELSE 0 END DESC,
          coalesce(abs(1.0 * residual)
                   / (abs(1.0 * residual) + abs(CASE WHEN residual > 0 THEN bound_high ELSE bound_low END)
                       + 1), 0) DESC,
          subject
 LIMIT :b;
