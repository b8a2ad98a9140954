-- The slab caches of snapshot :snapshot, largest first.
-- Columns: cache, bytes, active_bytes, objects_count, active_objects_count, object_bytes
SELECT cache, bytes, active_bytes, objects_count, active_objects_count, object_bytes
  FROM slab_cache
 WHERE snapshot_id = :snapshot AND bytes > 0
 ORDER BY bytes DESC, cache;
