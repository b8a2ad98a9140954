-- What changed by class of the ledger, from snapshot :a to snapshot :b? Groups and their parts.
-- Columns: ordinal, class, parent_class, title, before_bytes, after_bytes (NULL: not known, or no such
--   class), change_bytes, floor_bytes (what the number moves by itself while the two are taken), is_change
--   (1: the change is larger than that)
WITH before AS MATERIALIZED (SELECT * FROM ledger WHERE snapshot_id = :a),
     after AS MATERIALIZED (SELECT * FROM ledger WHERE snapshot_id = :b),
     floor AS MATERIALIZED (
         SELECT class, sum(floor_bytes) AS floor_bytes
           FROM (SELECT class, floor_bytes FROM ledger_floor WHERE snapshot_id = :a
                 UNION ALL
                 SELECT class, floor_bytes FROM ledger_floor WHERE snapshot_id = :b AND :b <> :a)
          GROUP BY class)
SELECT c.ordinal, c.class, c.parent_class, coalesce(b.title, a.title) AS title, a.bytes AS before_bytes,
    b.bytes AS after_bytes,
       b.bytes - a.bytes AS change_bytes, f.floor_bytes, abs(b.bytes - a.bytes) > f.floor_bytes AS is_change
  FROM _ledger_class c
  LEFT JOIN before a ON a.class = c.class
  LEFT JOIN after b ON b.class = c.class
  LEFT JOIN floor f ON f.class = c.class
 WHERE a.class IS NOT NULL OR b.class IS NOT NULL
 ORDER BY c.ordinal;
