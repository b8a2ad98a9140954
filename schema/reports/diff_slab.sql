-- What changed by slab cache, from snapshot :a to snapshot :b? Caches of the same name are added up.
-- Columns: status (same, new, gone), cache, before_bytes, after_bytes (NULL: not there), change_bytes (of new
--   and gone ones: all of it), floor_bytes (each CPU keeps a slab of its own; NULL: the number of CPUs is not
--   known)
WITH side AS (
         SELECT 0 AS is_after, i.cache, i.num_slabs_count * i.pagesperslab_pages * m.page_size_bytes AS bytes,
                i.pagesperslab_pages * m.page_size_bytes * m.cpus_online_count AS kept_bytes
           FROM capture_meta m
           JOIN proc_slabinfo i ON i.snapshot_id = m.snapshot_id AND i.reading = 0
          WHERE m.snapshot_id = :a AND m.reading = 0
         UNION ALL
         SELECT 1, i.cache, i.num_slabs_count * i.pagesperslab_pages * m.page_size_bytes,
                i.pagesperslab_pages * m.page_size_bytes * m.cpus_online_count
           FROM capture_meta m
           JOIN proc_slabinfo i ON i.snapshot_id = m.snapshot_id AND i.reading = 0
          WHERE m.snapshot_id = :b AND m.reading = 0),
     pair AS (
         SELECT cache, sum(CASE WHEN NOT is_after THEN bytes END) AS before_bytes,
             sum(CASE WHEN is_after THEN bytes END) AS after_bytes,
                min(is_after) AS is_new, max(is_after) AS is_there, max(kept_bytes) AS floor_bytes
           FROM side
          GROUP BY cache)
SELECT CASE WHEN is_new THEN 'new' WHEN NOT is_there THEN 'gone' ELSE 'same' END AS status, cache,
    before_bytes, after_bytes,
       CASE WHEN is_new THEN after_bytes WHEN NOT is_there THEN -before_bytes ELSE after_bytes
           - before_bytes END AS change_bytes,
       floor_bytes
  FROM pair
 ORDER BY abs(change_bytes) DESC NULLS LAST, cache;
