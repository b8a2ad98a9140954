-- What tables and views are there? A check, which has no comment of its own, is told by its identity.
-- Columns: object, kind, columns_count, meaning
SELECT d.object, coalesce(s.type, '') AS kind, (SELECT count(*) FROM pragma_table_info(d.object)) AS columns_count,
    coalesce(nullif(d.meaning, ''), c.title, '') AS meaning
  FROM documentation d
  LEFT JOIN sqlite_schema s ON s.name = d.object
  LEFT JOIN check_claim c ON 'check_' || c.check_id = d.object
 WHERE d.ordinal = 0 AND d.object NOT GLOB '_*'
 ORDER BY s.type DESC, c.ordinal, d.object;
