-- The terms of one check for one subject, in order: {view} is the view of the check.  Of a capture of others the files that
-- only our collector writes are called by what stands for them.
SELECT t.part, t.ordinal, t.term, t.low, t.high, t.why, t.source,
       CASE WHEN s.origin = 'memreckon' THEN t.file
            WHEN t.file = 'capture/meta.csv' THEN 'evidence'
            WHEN t.file GLOB 'capture/again/?/*' THEN 'a second reading of ' || substr(t.file, 17)
            ELSE t.file END AS file
  FROM {view} t
  JOIN snapshot s ON s.snapshot_id = t.snapshot_id
 WHERE t.snapshot_id = :snapshot AND t.subject = :subject
 ORDER BY t.ordinal;
