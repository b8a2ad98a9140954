-- One row for each check that has a result on a snapshot: how many subjects came out how, and the worst of them.
--
-- The worst: FAIL before explained before ok before skipped; among equals the residual nearest to, or farthest beyond, its
-- bound.  max() in an aggregate makes SQLite take the other columns from the row of the maximum.
CREATE VIEW check_summary (
    snapshot_id,        -- the snapshot
    check_id,           -- id of the check
    ordinal,            -- order on the screen
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
    ratio,              -- residual over the bound of its sign: 1 is just inside; NULL: the bound is 0 and the residual is not
    drift,              -- the part of the bound that is drift (half of its width)
    only_by_drift,      -- 1: ok, and outside the bound without its drift
    missing             -- skipped: the files that were missing, or the reason
) AS
SELECT snapshot_id, check_id, ordinal, bridge, title, unit, subjects_count, ok_count, explained_count, fail_count,
       skipped_count, verdict, subject, "left", "right", residual, bound_low, bound_high,
       CASE WHEN residual = 0 THEN 0.0
            WHEN residual > 0 THEN 1.0 * residual / nullif(bound_high, 0)
            ELSE 1.0 * residual / nullif(bound_low, 0) END,
       drift, only_by_drift, missing
  FROM (SELECT r.snapshot_id, r.check_id, c.ordinal, c.bridge, c.title, c.unit,
               count(*) AS subjects_count,
               count(*) FILTER (WHERE r.verdict = 'ok') AS ok_count,
               count(*) FILTER (WHERE r.verdict = 'explained') AS explained_count,
               count(*) FILTER (WHERE r.verdict = 'FAIL') AS fail_count,
               count(*) FILTER (WHERE r.verdict = 'skipped') AS skipped_count,
               -- the verdict as a whole number, and below 1 how far the residual goes: r / (1 + r) of its ratio r
               max(CASE r.verdict WHEN 'FAIL' THEN 3 WHEN 'explained' THEN 2 WHEN 'ok' THEN 1 ELSE 0 END
                   + coalesce(abs(1.0 * r.residual)
                              / (abs(1.0 * r.residual)
                                 + abs(CASE WHEN r.residual > 0 THEN r.bound_high ELSE r.bound_low END) + 1), 0)),
               r.verdict, r.subject, r."left", r."right", r.residual, r.bound_low, r.bound_high, r.drift, r.only_by_drift,
               r.missing
          FROM check_result r
          JOIN check_claim c ON c.check_id = r.check_id
         GROUP BY r.snapshot_id, r.check_id);
