-- One row for each check that has a result on a snapshot: how many subjects came out how, and the worst of them.

-- Each result with how near it is to its bound.
--
-- A claim whose tolerance says "one-sided" is an order: left - right may be any part of left, and only less than bound_low
-- fails.  A residual above 0 is then no nearer to the bound the larger it is, but the farther from it.
CREATE VIEW _check_result AS
SELECT *,
       CASE WHEN residual = 0 OR is_slack THEN 0.0
            WHEN residual > 0 THEN 1.0 * residual / nullif(bound_high, 0)
            ELSE 1.0 * residual / nullif(bound_low, 0) END AS ratio,
       -- the verdict as a whole number, and less than 1 for how far the residual goes: r / (1 + r) of its ratio r
       CASE verdict WHEN 'FAIL' THEN 3 WHEN 'explained' THEN 2 WHEN 'ok' THEN 1 ELSE 0 END
       + coalesce(CASE WHEN is_slack THEN -1.0 * residual / (1.0 * residual + abs("left") + 1)
                       ELSE abs(1.0 * residual)
                            / (abs(1.0 * residual) + abs(CASE WHEN residual > 0 THEN bound_high ELSE bound_low END) + 1)
                  END, 0) AS severity
  FROM (SELECT r.*, c.ordinal, c.bridge, c.title, c.unit,
               coalesce(c.tolerance LIKE '%one-sided%' AND r.bound_high >= r."left", 0) AS is_one_sided,
               coalesce(c.tolerance LIKE '%one-sided%' AND r.bound_high >= r."left" AND r.residual > 0, 0) AS is_slack
          FROM check_result r
          JOIN check_claim c ON c.check_id = r.check_id);

-- One row for each check that has a result on a snapshot: how many subjects came out how, and the worst of them.
--
-- The worst: FAIL before explained before ok before skipped; among equals the residual nearest to, or farthest beyond, its
-- bound.  max() in an aggregate makes SQLite take the other columns from the row of the maximum.
CREATE VIEW check_summary (
    snapshot_id,        -- the snapshot
    check_id,           -- id of the check
    ordinal,            -- order of the claims
    bridge,             -- which two books the check joins
    title,              -- the identity in short
    unit,               -- of left, right, residual and bounds: bytes, tasks
    subjects_count,     -- how many machines, processes, groups, counters it was made for
    ok_count,           -- of these, inside the bound
    explained_count,    -- outside, but measured causes cover the rest
    fail_count,         -- outside and not covered
    skipped_count,      -- not decidable: something was missing
    verdict,            -- of the worst subject
    subject,            -- the worst subject: '' for the machine, a pid, the path of a group, the name of a counter
    "left",             -- its left side; NULL when it could not be read
    "right",            -- its right side
    residual,           -- left - right
    bound_low,          -- least that the residual may be by itself, drift included
    bound_high,         -- most
    is_one_sided,       -- 1: the claim is an order, bound_high holds all that left can be: only bound_low can be passed
    ratio,              -- residual over the bound of its sign: 1 is just inside, 0 where none can be passed; NULL: the bound is 0
    drift,              -- the part of the bound that is drift (half of its width)
    only_by_drift,      -- 1: ok, and outside the bound without its drift
    missing             -- skipped: the files that were missing, or the reason
) AS
SELECT snapshot_id, check_id, ordinal, bridge, title, unit, subjects_count, ok_count, explained_count, fail_count,
       skipped_count, verdict, subject, "left", "right", residual, bound_low, bound_high, is_one_sided, ratio, drift,
       only_by_drift, missing
  FROM (SELECT snapshot_id, check_id, ordinal, bridge, title, unit,
               count(*) AS subjects_count,
               count(*) FILTER (WHERE verdict = 'ok') AS ok_count,
               count(*) FILTER (WHERE verdict = 'explained') AS explained_count,
               count(*) FILTER (WHERE verdict = 'FAIL') AS fail_count,
               count(*) FILTER (WHERE verdict = 'skipped') AS skipped_count,
               max(severity), verdict, subject, "left", "right", residual, bound_low, bound_high, is_one_sided, ratio, drift,
               only_by_drift, missing
          FROM _check_result
         GROUP BY snapshot_id, check_id);
