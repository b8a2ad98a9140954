-- Slab cache :cache of snapshot :snapshot. One row, or none; caches of the same name are added up.
-- Columns: cache, caches_count, bytes, active_bytes, objects_count, active_objects_count, object_bytes
SELECT cache, count(*) AS caches_count, sum(bytes) AS bytes, sum(active_bytes) AS active_bytes,
       sum(objects_count) AS objects_count, sum(active_objects_count) AS active_objects_count,
           max(object_bytes) AS object_bytes
  FROM slab_cache
 WHERE snapshot_id = :snapshot AND cache = :cache
 GROUP BY cache;
