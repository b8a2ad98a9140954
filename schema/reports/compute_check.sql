-- The verdicts of one check on one snapshot, from its terms: {view} is its view, {id} its id.
--
-- residual = left - right must lie in the sum of the tolerances.  A number that is missing never helps:
--   left, right or a tolerance is NULL   skipped, and the files are named.  Only a drift that was not measured is no
--                                        obstacle while the residual lies within the other tolerances: it could but widen them
--   a cause is NULL                      it explains nothing
--   left or right of meminfo, and that is not of this kernel   skipped: who rewrites it leaves some lines as they were
-- What the collector wrote beside the kernel's files is named as what it would tell: of a capture of others nobody knows those
-- files.  A drift is named only where nothing else is missing.
-- Causes are taken in their order, and no more of them than it takes.  If those could hide more than half of the smaller side
-- they explain anything: skipped, with that reason.  A cause of one value (low = high) moves the interval and has no width.
--
-- The view is named once and its causes travel as JSON, because SQLite compiles a view again wherever it is named.
-- Sums are of REAL: exact up to 2^53, where sizes end, and beyond it hostile numbers do not become an overflow, which is an
-- error in sum().  CAST: a STRICT table takes no REAL.
INSERT INTO check_result (snapshot_id, check_id, subject, "left", "right", residual, bound_low, bound_high, cause_low,
                          cause_high, drift, verdict, only_by_drift, missing)
SELECT :snapshot, '{id}', subject, CAST("left" AS INTEGER), CAST("right" AS INTEGER), CAST(residual AS INTEGER),
       CAST(bound_low + drift_low AS INTEGER), CAST(bound_high + drift_high AS INTEGER), CAST(cause_low AS INTEGER),
       CAST(cause_high AS INTEGER),
       CASE WHEN unknown_drifts_count = 0 THEN CAST((drift_high - drift_low) / 2 AS INTEGER) END, verdict,
       verdict = 'ok' AND (residual < bound_low OR residual > bound_high),
       CASE WHEN verdict = 'skipped'
            THEN coalesce(doubt, missing, missing_drift, CASE WHEN residual IS NULL THEN 'a term without a file' END,
                          'the causes could hide more than half of the smaller side') END
  FROM (SELECT *,
               CASE WHEN is_inside IS NULL OR doubt IS NOT NULL THEN 'skipped'
                    WHEN is_inside THEN 'ok'
                    WHEN is_covered AND cause_high - cause_low <= min(abs("left"), abs("right")) / 2 THEN 'explained'
                    WHEN is_covered OR unknown_drifts_count > 0 THEN 'skipped'
                    ELSE 'FAIL' END AS verdict
          FROM (SELECT *, coalesce(cover ->> 0, 0) AS is_covered, coalesce(cover ->> 1, 0) AS cause_low,
                       coalesce(cover ->> 2, 0) AS cause_high
                  FROM (SELECT *,
                               -- of the first causes, so many that they hold the residual; all of them if it never does
                               CASE WHEN NOT is_inside
                                    THEN (SELECT json_array(is_covered, cause_low, cause_high)
                                            FROM (SELECT ordinal, cause_low, cause_high,
                                                         residual BETWEEN bound_low + drift_low + cause_low
                                                                      AND bound_high + drift_high + cause_high AS is_covered
                                                    FROM (SELECT value ->> 0 AS ordinal,
                                                                 sum((value ->> 1) * 1.0) OVER (ORDER BY value ->> 0) AS cause_low,
                                                                 sum((value ->> 2) * 1.0) OVER (ORDER BY value ->> 0) AS cause_high
                                                            FROM json_each(causes)))
                                           ORDER BY is_covered DESC, CASE WHEN is_covered THEN ordinal ELSE -ordinal END
                                           LIMIT 1) END AS cover
                          FROM (SELECT *, "left" - "right" AS residual,
                                       "left" - "right" BETWEEN bound_low + drift_low AND bound_high + drift_high AS is_inside
                                  FROM (SELECT subject,
                                               CASE WHEN count(*) FILTER (WHERE part = 'left' AND low IS NULL) = 0
                                                    THEN sum(low * 1.0) FILTER (WHERE part = 'left') END AS "left",
                                               CASE WHEN count(*) FILTER (WHERE part = 'right' AND low IS NULL) = 0
                                                    THEN sum(low * 1.0) FILTER (WHERE part = 'right') END AS "right",
                                               CASE WHEN count(*) FILTER (WHERE part = 'tolerance' AND term <> 'drift'
                                                                                AND low + high IS NULL) = 0
                                                    THEN coalesce(sum(low * 1.0) FILTER (WHERE part = 'tolerance'
                                                                                         AND term <> 'drift'), 0)
                                                    END AS bound_low,
                                               CASE WHEN count(*) FILTER (WHERE part = 'tolerance' AND term <> 'drift'
                                                                                AND low + high IS NULL) = 0
                                                    THEN coalesce(sum(high * 1.0) FILTER (WHERE part = 'tolerance'
                                                                                          AND term <> 'drift'), 0)
                                                    END AS bound_high,
                                               coalesce(sum(low * 1.0) FILTER (WHERE part = 'tolerance' AND term = 'drift'
                                                                               AND high IS NOT NULL), 0) AS drift_low,
                                               coalesce(sum(high * 1.0) FILTER (WHERE part = 'tolerance' AND term = 'drift'
                                                                                AND low IS NOT NULL), 0) AS drift_high,
                                               count(*) FILTER (WHERE part = 'tolerance' AND term = 'drift'
                                                                      AND low + high IS NULL) AS unknown_drifts_count,
                                               group_concat(DISTINCT CASE file WHEN 'capture/meta.csv'
                                                            THEN coalesce((SELECT b.missing_fact FROM _bound b
                                                                            WHERE b.snapshot_id = :snapshot), file)
                                                            ELSE file END)
                                                   FILTER (WHERE part <> 'cause' AND term <> 'drift'
                                                                 AND low + high IS NULL) AS missing,
                                               group_concat(DISTINCT 'a second reading of '
                                                   || CASE WHEN file GLOB 'capture/again/?/*' THEN substr(file, 17)
                                                           ELSE file END)
                                                   FILTER (WHERE part = 'tolerance' AND term = 'drift'
                                                                 AND low + high IS NULL) AS missing_drift,
                                               CASE WHEN count(*) FILTER (WHERE part IN ('left', 'right')
                                                                                AND file = 'proc/meminfo') > 0
                                                    THEN (SELECT y.meminfo_doubt FROM system y
                                                           WHERE y.snapshot_id = :snapshot) END AS doubt,
                                               json_group_array(json_array(ordinal, low, high))
                                                   FILTER (WHERE part = 'cause' AND low + high IS NOT NULL) AS causes
                                          FROM {view}
                                         WHERE snapshot_id = :snapshot
                                         GROUP BY subject)))));
