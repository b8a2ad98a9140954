-- What do I have? One row, of snapshot :snapshot.
-- Columns: snapshot_id, host, taken_ns, completeness, ram_bytes, free_bytes, anonymous_bytes,
--   file_cache_bytes, kernel_bytes, other_bytes (huge pages, shmem, swap cache, on LRU owned by nobody),
--   unaccounted_bytes, processes_count, checks_ok_count, checks_explained_count, checks_fail_count,
--   checks_skipped_count (each check once, by the worst of its subjects), issues_count, anonymized,
--   hidden (why /proc did not show all processes; NULL: it did)
WITH verdict AS (
    -- a check counts as its worst subject: 4 FAIL, 3 explained, 2 ok, 1 skipped
    SELECT r.check_id,
           max(CASE r.verdict WHEN 'FAIL' THEN 4 WHEN 'explained' THEN 3 WHEN 'ok' THEN 2 ELSE 1 END) AS worst
      FROM check_result r
     WHERE r.snapshot_id = :snapshot
     GROUP BY r.check_id
),
verdicts AS (
    SELECT sum(worst = 2) AS ok_count, sum(worst = 3) AS explained_count, sum(worst = 4) AS fail_count,
           sum(worst = 1) AS skipped_count
      FROM verdict
)
SELECT s.snapshot_id, s.host, s.taken_ns, s.completeness, y.mem_total_bytes AS ram_bytes,
       -- coalesce: a part that this kernel does not have, or that is not known and so in unaccounted
       y.free_in_zones_bytes + coalesce(y.free_not_initialised_bytes, 0)
           + coalesce(y.free_per_cpu_bytes, 0) AS free_bytes,
       y.anonymous_bytes,
       y.file_pages_bytes + coalesce(y.block_device_bytes, 0) AS file_cache_bytes,
       CASE WHEN coalesce(y.slab_bytes, y.slab_reclaimable_bytes, y.slab_unreclaimable_bytes,
                          y.page_tables_bytes, y.kernel_stacks_bytes, y.vmalloc_bytes) IS NOT NULL THEN
       coalesce(y.slab_bytes, 0) + coalesce(y.slab_reclaimable_bytes, 0)
           + coalesce(y.slab_unreclaimable_bytes, 0)
       + coalesce(y.kernel_reclaimable_bytes, 0) + coalesce(y.page_tables_bytes, 0)
       + coalesce(y.secondary_page_tables_bytes, 0) + coalesce(y.kernel_stacks_bytes, 0)
       + coalesce(y.shadow_stacks_bytes, 0) + coalesce(y.vmalloc_bytes, 0) + coalesce(y.percpu_bytes, 0)
       + coalesce(y.bounce_bytes, 0) + coalesce(y.compressed_swap_bytes, 0) END AS kernel_bytes,
       CASE WHEN coalesce(y.huge_pages_in_use_bytes, y.shmem_bytes, y.swap_cache_bytes, y.lru_unowned_bytes) IS NOT NULL
            THEN coalesce(y.huge_pages_in_use_bytes, 0) + coalesce(y.huge_pages_free_bytes, 0)
                 + coalesce(y.shmem_bytes, 0) + coalesce(y.swap_cache_bytes, 0) + coalesce(y.lru_unowned_bytes, 0)
            END AS other_bytes,
       y.unaccounted_bytes,
       (SELECT count(*) FROM proc_stat p
           WHERE p.snapshot_id = s.snapshot_id AND p.reading = 0
             AND p.thread_of IS NULL) AS processes_count,
       -- no result at all: no check was valid on this snapshot
       coalesce(v.ok_count, 0) AS checks_ok_count, coalesce(v.explained_count, 0) AS checks_explained_count,
       coalesce(v.fail_count, 0) AS checks_fail_count, coalesce(v.skipped_count, 0) AS checks_skipped_count,
       (SELECT count(*) FROM issue i WHERE i.snapshot_id = s.snapshot_id) AS issues_count,
       (SELECT m.anonymized FROM capture_meta m
           WHERE m.snapshot_id = s.snapshot_id AND m.reading = 0) AS anonymized,
       (SELECT r.hidden FROM _rights r WHERE r.snapshot_id = s.snapshot_id) AS hidden
  FROM snapshot s
  LEFT JOIN system y ON y.snapshot_id = :snapshot
  JOIN verdicts v
 WHERE s.snapshot_id = :snapshot;
