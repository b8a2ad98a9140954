-- What tells the facts that the capture :snapshot does not carry itself? Those that decided first.
-- Columns: those of the table evidence; moment_ns (value of taken_ns as a number)
SELECT e.*, CASE WHEN e.fact = 'taken_ns' THEN CAST(e.value AS INTEGER) END AS moment_ns
  FROM evidence e
  JOIN snapshot s ON s.snapshot_id = e.snapshot_id
 WHERE e.snapshot_id = :snapshot AND e.reading = 0
 -- of pieces that agree that which is nearest to the moment stands first, the one that needs no file, those with the fewest words
 ORDER BY e.fact, e.is_used DESC,
       CASE e.fact WHEN 'taken_ns' THEN abs(CAST(e.value AS INTEGER) * 1.0 - s.taken_ns) END, e.source <> 'command line', e.source <> 'machine', length(e.source), e.source;
