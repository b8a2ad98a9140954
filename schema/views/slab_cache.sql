-- What each slab cache holds.

-- One row a line of slabinfo; a name may repeat.  Their sum is below Slab: large kmalloc() is in no cache.
CREATE VIEW slab_cache (
    snapshot_id,           -- the snapshot
    cache,                 -- name of the cache; the kernel merges caches of like objects under one name
    bytes,                 -- pages of its slabs: num_slabs * pagesperslab
    active_bytes,          -- its objects in use, without padding of slabs
    objects_count,         -- objects that there is room for
    active_objects_count,  -- objects in use; those on per-CPU lists count as used
    object_bytes           -- size of an object
) AS
SELECT i.snapshot_id, i.cache, i.num_slabs_count * i.pagesperslab_pages * b.page_size_bytes,
       i.active_objs_count * i.objsize_bytes, i.num_objs_count, i.active_objs_count, i.objsize_bytes
  FROM _snapshot_base b
  JOIN proc_slabinfo i ON i.snapshot_id = b.snapshot_id AND i.reading = 0;
