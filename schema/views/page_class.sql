-- What the page frames are: the sampled frames by class, with what that makes of all RAM and the counter it
-- should match.

-- One row a run of the sample: its class.  First match wins: what is no memory of anybody, then what the
-- allocator owns, then who holds it.  The bits are those of /proc/kpageflags:
--
--        0x1 LOCKED       0x80 SLAB         0x8000 COMPOUND_HEAD     0x100000 NOPAGE      0x4000000 PGTABLE
--        0x4 REFERENCED  0x400 BUDDY       0x10000 COMPOUND_TAIL     0x200000 KSM       0x100000000 RESERVED
--        0x8 UPTODATE    0x800 MMAP        0x20000 HUGE              0x400000 THP
--       0x10 DIRTY      0x1000 ANON        0x40000 UNEVICTABLE       0x800000 OFFLINE
--       0x20 LRU        0x4000 SWAPBACKED  0x80000 HWPOISON         0x1000000 ZERO_PAGE
--
-- Traps: SLAB stands before ANON because struct slab overlays the field that ANON is read from.  KSM decides
-- nothing: 6.12 sets it on every anonymous page.  Up to 6.9 the tails of a compound page lack what the head
-- has, so they take it over.  A count of mappings alone makes no file page, it must be UPTODATE as well: up to
-- 6.12 zsmalloc keeps an offset where the count is, and drivers map pages of their own.
CREATE VIEW _page_run_class (
    snapshot_id,
    run,
    frames_count,
    class
) AS
SELECT f.snapshot_id, f.run, f.frames_count,
       CASE WHEN f.flags IS NULL THEN 'unknown'
            WHEN f.flags & 0x100000 THEN 'hole'
            WHEN f.flags & 0x80000 THEN 'poisoned'
            WHEN f.flags & 0x400 AND f.is_buddy_head_only THEN 'free_or_other_kernel'
            WHEN f.flags & 0x400 THEN 'free'
            WHEN f.flags & 0x20000 THEN 'hugetlb'
            WHEN f.flags & 0x80 THEN 'slab'
            WHEN f.flags & 0x4000000 THEN 'page_tables'
            WHEN f.flags & 0x800000 THEN 'offline'
            WHEN f.flags & 0x1000000 THEN 'zero_page'
            WHEN f.flags & 0x100000000 THEN 'boot_memory'
            WHEN f.flags & 0x1000 THEN 'anonymous'
            WHEN f.flags & 0x4000 AND (f.flags & 0x40028 OR f.is_mapped) THEN 'shmem'
            WHEN f.flags & 0x40020 OR f.flags & 0x8 AND (f.is_mapped OR f.flags & 0x400015) THEN 'file'
            WHEN f.is_buddy_head_only AND NOT f.flags & 0x18000 THEN 'free_or_other_kernel'
            ELSE 'other_kernel' END
  FROM (SELECT r.snapshot_id, r.run, r.frames_count,
               -- of the head: LOCKED, REFERENCED, UPTODATE, DIRTY, LRU, ACTIVE, SLAB, ANON, SWAPCACHE,
               -- SWAPBACKED, UNEVICTABLE, THP; head_flags not read: the frame's own have to do
               CASE WHEN r.page_flags & 0x10000 THEN r.page_flags | (coalesce(r.head_flags, 0) & 0x4470fd)
                    ELSE r.page_flags END AS flags,
               -- MMAP is set on every frame of a large folio when one is mapped; up to 4.20 the count of a
               -- free or typed frame is -127, which reads as 2^31 and more, or as negative
               CASE WHEN r.mapcount IS NULL THEN (r.page_flags & 0x800) <> 0
                    ELSE r.mapcount > 0 AND r.mapcount < 0x80000000 END AS is_mapped,
               coalesce(m.probe_buddy_tail = 0, 0) AS is_buddy_head_only
          FROM snapshot s
          JOIN page_run r ON r.snapshot_id = s.snapshot_id
          LEFT JOIN capture_meta m ON m.snapshot_id = s.snapshot_id AND m.reading = 0) AS f;

-- One row a snapshot that has a sample: what the estimates are made of. The counts of all classes stand in
-- one JSON object, because a view with GROUP BY inside a view with GROUP BY would read the samples of all
-- snapshots.
CREATE VIEW _page_sample (
    snapshot_id,
    sampled_count,       -- n
    frames_count,        -- N; NULL when the capture does not say how much RAM the frames stand for
    counts,              -- class: [sampled frames, changes between neighbours Σ (y[i] - y[i+1])²]
    is_buddy_head_only   -- 1: only the first frame of a free block is flagged
) AS
SELECT DISTINCT s.snapshot_id,
       (SELECT sum(r.frames_count) FROM page_run r WHERE r.snapshot_id = s.snapshot_id),
       coalesce((SELECT p.ram_frames_count FROM pages_sample p
           WHERE p.snapshot_id = s.snapshot_id AND p.reading = 0),
                (SELECT sum(g.frames_count) FROM pages_ranges g
                    WHERE g.snapshot_id = s.snapshot_id AND g.reading = 0)),
       (SELECT json_group_object(k.class, json_array(k.sampled_count, k.changes_count))
          FROM (SELECT b.class, sum(b.frames_count) AS sampled_count,
                       -- nothing changes inside a run; the first has no neighbour before it and the last none
                       -- behind
                       sum(coalesce(b.class <> b.class_before, 0) + coalesce(b.class <> b.class_behind, 0))
                           AS changes_count
                  FROM (SELECT r.class, r.frames_count, lag(r.class) OVER borders AS class_before,
                               lead(r.class) OVER borders AS class_behind
                          FROM _page_run_class r
                         WHERE r.snapshot_id = s.snapshot_id
                        WINDOW borders AS (ORDER BY r.run)) AS b
                 GROUP BY b.class) AS k),
       coalesce(m.probe_buddy_tail = 0, 0)
  FROM snapshot s
  LEFT JOIN capture_meta m ON m.snapshot_id = s.snapshot_id AND m.reading = 0
 WHERE EXISTS (SELECT 1 FROM page_run r WHERE r.snapshot_id = s.snapshot_id);

-- The classes in the order of the screen.
CREATE VIEW _page_class_name (
    ordinal,
    class,
    title,
    is_always      -- 1: shown when no frame is in it, too
) AS
VALUES
    (10, 'anonymous', 'anonymous', 1),
    (20, 'file', 'file cache', 1),
    (30, 'shmem', 'shmem and tmpfs', 1),
    (40, 'hugetlb', 'huge page pool', 1),
    (50, 'slab', 'slab', 1),
    (60, 'page_tables', 'page tables', 1),
    (70, 'other_kernel', 'other kernel', 1),
    (71, 'boot_memory', 'boot memory, reserved', 0),
    (72, 'zero_page', 'zero page', 0),
    (73, 'poisoned', 'poisoned', 0),
    (74, 'offline', 'offline or ballooned', 0),
    (75, 'hole', 'holes in RAM ranges', 0),
    (80, 'free', 'free', 1),
    (81, 'free_or_other_kernel', 'free or other kernel', 0),
    (90, 'free_not_initialised', 'free, not initialised', 0),
    (95, 'unknown', 'flags not read', 0);

-- Exact 95 % limits of the mean of a Poisson distribution that gave a small count; for 0 the rule of three.
CREATE VIEW _poisson_limit (
    count,
    low,
    high
) AS
VALUES
    (0, 0.0, 3.0),
    (1, 0.025318, 5.571643),
    (2, 0.242209, 7.224688),
    (3, 0.618672, 8.767273),
    (4, 1.089865, 10.241589),
    (5, 1.623486, 11.668332),
    (6, 2.201894, 13.059474),
    (7, 2.814363, 14.422675),
    (8, 3.453832, 15.763189),
    (9, 4.115373, 17.084803);

-- The sample is compared with the counters of its own moment: how far these moved from the reading that the ledger uses to
-- the last of the bracket, which is read right after the page frames; and how far they moved while the frames were read, since
-- the reading before.  One reading: nothing is known to move.  Ask it for one snapshot at a time, in a subquery.
CREATE VIEW _page_pass_drift (
    snapshot_id,
    free_bytes,
    anonymous_bytes,
    file_bytes,
    shmem_bytes,
    slab_bytes,
    page_tables_bytes,
    free_spread_bytes,
    anonymous_spread_bytes,
    file_spread_bytes,
    shmem_spread_bytes,
    slab_spread_bytes,
    page_tables_spread_bytes
) AS
SELECT a.snapshot_id,
       -- coalesce: without Shmem the class "file" has it too
       (b.mem_free_kib - a.mem_free_kib) * 1024,
       (b.anon_pages_kib - a.anon_pages_kib) * 1024,
       (b.cached_kib + b.buffers_kib - coalesce(b.shmem_kib, 0)
        - a.cached_kib - a.buffers_kib + coalesce(a.shmem_kib, 0)) * 1024,
       (b.shmem_kib - a.shmem_kib) * 1024,
       (b.slab_kib - a.slab_kib) * 1024,
       (b.page_tables_kib - a.page_tables_kib) * 1024,
       abs((b.mem_free_kib - c.mem_free_kib) * 1024),
       abs((b.anon_pages_kib - c.anon_pages_kib) * 1024),
       abs((b.cached_kib + b.buffers_kib - coalesce(b.shmem_kib, 0)
        - c.cached_kib - c.buffers_kib + coalesce(c.shmem_kib, 0)) * 1024),
       abs((b.shmem_kib - c.shmem_kib) * 1024),
       abs((b.slab_kib - c.slab_kib) * 1024),
       abs((b.page_tables_kib - c.page_tables_kib) * 1024)
  FROM proc_meminfo a
  JOIN proc_meminfo b
    ON b.snapshot_id = a.snapshot_id
   AND b.reading = (SELECT max(l.reading) FROM proc_meminfo l WHERE l.snapshot_id = a.snapshot_id)
  LEFT JOIN proc_meminfo c
    ON c.snapshot_id = a.snapshot_id
   AND c.reading = (SELECT max(l.reading) FROM proc_meminfo l WHERE l.snapshot_id = a.snapshot_id AND l.reading < b.reading)
 WHERE a.reading = 0;

-- All RAM by class of page frame, from the sample: estimate and 95 % interval, beside the counter of the
-- ledger.
--
-- One random frame from each of n equal strata of the N frames of RAM; y of them in the class:
--   estimate  N/n * y
--   interval  ± 1.96 * sqrt(v), v = (1 - n/N) * N²/n * Σ (y[i] - y[i+1])² / (2 (n - 1)), on the safe side
--             y < 10: exact limits of a Poisson count; y = 0: at most 3 N/n
--             n = N: every frame was read, no interval
-- Frames of RAM that is not initialised yet have no flags, as kernel pages have none: the size of that row is
-- MemTotal - Σ managed, and it is taken off other kernel.
CREATE VIEW page_class (
    snapshot_id,     -- the snapshot
    ordinal,         -- order of the screen
    class,           -- stable name of the class
    title,           -- the class for people
    sampled_count,   -- sampled frames in the class; NULL: the row is not from the sample
    estimate_bytes,  -- best estimate; NULL: this kernel does not flag the class
    low_bytes,       -- lower end of the 95 % interval
    high_bytes,      -- upper end
    counter_bytes,   -- what the kernel's counters say it should be when the frames were read; NULL: no counter
    counter_bound_bytes, -- how far the counter may be off by itself: what the CPUs keep back of it, and what it moved
                     -- while the frames were read; NULL with counter_bytes, or when /proc/zoneinfo was not read
    counter_source,  -- which counters
    note             -- what to know when the two disagree; NULL: nothing
) AS
SELECT f.snapshot_id, f.ordinal, f.class, f.title,
       CASE WHEN f.class <> 'free_not_initialised' THEN f.y END,
       CASE WHEN f.is_not_flagged THEN NULL
            WHEN f.class = 'free_not_initialised' THEN f.uninit_bytes
            ELSE max(0, CAST(round(f.frames) AS INTEGER) * f.page_size_bytes - f.taken_off_bytes) END,
       CASE WHEN f.is_not_flagged THEN NULL
            WHEN f.class = 'free_not_initialised' THEN f.uninit_bytes
            ELSE max(0, CAST(round(f.low_frames) AS INTEGER) * f.page_size_bytes - f.taken_off_bytes) END,
       CASE WHEN f.is_not_flagged THEN NULL
            WHEN f.class = 'free_not_initialised' THEN f.uninit_bytes
            ELSE max(0, CAST(round(min(f.high_frames, f.frames_count)) AS INTEGER) * f.page_size_bytes
                        - f.taken_off_bytes) END,
       CASE f.class
       WHEN 'anonymous' THEN f.anonymous_bytes
       WHEN 'file' THEN f.file_bytes
       WHEN 'shmem' THEN f.shmem_bytes
       WHEN 'hugetlb' THEN f.hugetlb_bytes
       WHEN 'slab' THEN f.slab_bytes - f.large_kmalloc_bytes
       WHEN 'page_tables' THEN f.page_tables_bytes
       WHEN 'other_kernel' THEN CASE WHEN NOT f.is_buddy_head_only THEN f.other_kernel_bytes END
       WHEN 'free' THEN f.free_bytes
       WHEN 'free_or_other_kernel' THEN f.other_kernel_bytes + f.free_bytes
       WHEN 'free_not_initialised' THEN f.uninit_bytes
       END,
       CASE f.class
       WHEN 'anonymous' THEN f.node_bound_bytes + f.anonymous_spread_bytes
       WHEN 'file' THEN f.node_bound_bytes + f.file_spread_bytes
       WHEN 'shmem' THEN f.node_bound_bytes + f.shmem_spread_bytes
       -- pools are counted under a lock, RAM that no zone has is not counted by CPU
       WHEN 'hugetlb' THEN 0
       WHEN 'free_not_initialised' THEN 0
       WHEN 'slab' THEN f.node_bound_bytes + f.slab_spread_bytes
       WHEN 'page_tables' THEN f.node_bound_bytes + f.page_tables_spread_bytes
       WHEN 'free' THEN f.zone_bound_bytes + f.free_spread_bytes
       -- what is left carries the errors of all the others
       WHEN 'other_kernel' THEN 5 * f.node_bound_bytes + f.zone_bound_bytes + f.all_spread_bytes
       WHEN 'free_or_other_kernel' THEN 5 * f.node_bound_bytes + f.zone_bound_bytes + f.all_spread_bytes
       END,
       CASE f.class
       WHEN 'anonymous' THEN 'AnonPages + swap cache'
       WHEN 'file' THEN 'file cache'
       WHEN 'shmem' THEN CASE WHEN f.shmem_bytes IS NOT NULL THEN 'Shmem' END
       WHEN 'hugetlb' THEN CASE WHEN f.hugetlb_bytes IS NOT NULL THEN 'huge page pool' END
       WHEN 'slab' THEN CASE WHEN f.caches_bytes IS NULL THEN 'Slab' ELSE 'Slab - large kmalloc' END
       WHEN 'page_tables' THEN 'PageTables + Sec'
       WHEN 'other_kernel' THEN CASE WHEN NOT f.is_buddy_head_only
                                     THEN 'rest of the ledger' END
       WHEN 'free' THEN 'MemFree of the zones'
       WHEN 'free_or_other_kernel' THEN 'free + rest of ledger'
       WHEN 'free_not_initialised' THEN 'MemTotal - Σ managed'
       END,
       CASE WHEN f.is_not_flagged
            THEN 'this kernel does not flag page tables: they are in ' || CASE WHEN f.is_buddy_head_only
                 THEN 'free or other kernel' ELSE 'other kernel' END
            WHEN f.class = 'slab' AND f.caches_bytes IS NULL
            THEN 'large kmalloc() is in Slab and has no flag: its frames are in other kernel'
            WHEN f.class = 'other_kernel' AND f.is_buddy_head_only
            THEN 'pages of more than one frame only: single ones cannot be told from free ones'
            WHEN f.class = 'other_kernel'
            THEN 'vmalloc, stacks, per-CPU variables, large kmalloc(), drivers; free pages on per-CPU lists'
            WHEN f.class = 'free_or_other_kernel'
            THEN 'this kernel flags only the first frame of a free block; the others look like kernel pages'
            WHEN f.class = 'free_not_initialised'
                THEN 'not from the sample: its frames have no flags; taken off other kernel'
            WHEN f.class = 'shmem'
                AND f.shmem_bytes IS NULL THEN 'the kernel does not count shmem apart: see file cache'
            END
  FROM (
    SELECT k.*, k.scale * k.y AS frames,
           CASE WHEN k.sampled_count >= k.frames_count OR p.count IS NULL
                THEN k.scale * k.y - k.scale_of_root * sqrt(k.changes_count) ELSE k.scale * p.low END
               AS low_frames,
           CASE WHEN k.sampled_count >= k.frames_count OR p.count IS NULL
                THEN k.scale * k.y + k.scale_of_root * sqrt(k.changes_count) ELSE k.scale * p.high END
               AS high_frames,
           k.class = 'page_tables' AND k.is_page_tables_not_flagged AS is_not_flagged,
           CASE WHEN k.class = 'free_or_other_kernel' OR k.class = 'other_kernel' AND NOT k.is_buddy_head_only
                THEN k.uninit_bytes ELSE 0 END AS taken_off_bytes
      FROM (
        SELECT g.*, c.ordinal, c.class, c.title,
               -- a class that is not in the sample has no frame and no change
               coalesce(json_extract(g.counts, '$.' || c.class || '[0]'), 0) AS y,
               coalesce(json_extract(g.counts, '$.' || c.class || '[1]'), 0) AS changes_count
          FROM (
            SELECT DISTINCT h.*,
                   coalesce(max(0, h.slab_bytes - h.caches_bytes), 0) AS large_kmalloc_bytes,
                   h.rest_bytes + coalesce(max(0, h.slab_bytes - h.caches_bytes), 0)
                   + CASE WHEN h.is_page_tables_not_flagged THEN h.page_tables_bytes ELSE 0 END
                   + h.frames_count * h.page_size_bytes - h.mem_total_bytes
                   - CAST(round(h.scale * h.other_rows_count) AS INTEGER) * h.page_size_bytes
                       AS other_kernel_bytes
              FROM (
                SELECT DISTINCT p.snapshot_id, p.sampled_count, p.frames_count, p.counts, p.is_buddy_head_only,
                       b.vm_node_bytes AS node_bound_bytes, b.vm_zone_bytes AS zone_bound_bytes,
                       p.anonymous_spread_bytes, p.file_spread_bytes, p.shmem_spread_bytes, p.slab_spread_bytes,
                       p.page_tables_spread_bytes, p.free_spread_bytes,
                       p.anonymous_spread_bytes + p.file_spread_bytes + p.shmem_spread_bytes + p.slab_spread_bytes
                       + p.page_tables_spread_bytes + p.free_spread_bytes AS all_spread_bytes,
                       y.page_size_bytes, y.mem_total_bytes,
                       1.0 * p.frames_count / p.sampled_count AS scale,
                       -- 1.96 * sqrt(v) without the root of the changes; a sample of all frames has no error
                       CASE WHEN p.sampled_count >= p.frames_count THEN 0
                            ELSE 1.96 * sqrt((1 - 1.0 * p.sampled_count / p.frames_count) * p.frames_count
                                             * (1.0 * p.frames_count / p.sampled_count)
                                             / (2 * (p.sampled_count - 1))) END
                           AS scale_of_root,
                       -- coalesce, here and below: a class that is not in the sample
                       coalesce(json_extract(p.counts, '$.boot_memory[0]'), 0)
                       + coalesce(json_extract(p.counts, '$.hole[0]'), 0)
                       + coalesce(json_extract(p.counts, '$.zero_page[0]'), 0)
                       + coalesce(json_extract(p.counts, '$.poisoned[0]'), 0)
                       + coalesce(json_extract(p.counts, '$.offline[0]'), 0)
                       + coalesce(json_extract(p.counts, '$.unknown[0]'), 0) AS other_rows_count,
                       -- coalesce: a term that this kernel does not have, or that is in unaccounted
                       coalesce(y.free_not_initialised_bytes, 0) AS uninit_bytes,
                       y.anonymous_bytes + coalesce(y.swap_cache_bytes, 0) + coalesce(y.lru_unowned_bytes, 0)
                       + p.anonymous_drift_bytes AS anonymous_bytes,
                       y.file_pages_bytes + coalesce(y.block_device_bytes, 0) + p.file_drift_bytes
                           AS file_bytes,
                       y.shmem_bytes + p.shmem_drift_bytes AS shmem_bytes,
                       y.huge_pages_in_use_bytes + coalesce(y.huge_pages_free_bytes, 0) AS hugetlb_bytes,
                       coalesce(y.slab_bytes,
                                y.slab_reclaimable_bytes + y.slab_unreclaimable_bytes)
                       + p.slab_drift_bytes AS slab_bytes,
                       -- Slab has large kmalloc() too, which is in no cache and whose frames have no flag
                       (SELECT sum(i.num_slabs_count * i.pagesperslab_pages) FROM proc_slabinfo i
                         WHERE i.snapshot_id = p.snapshot_id AND i.reading = 0) * y.page_size_bytes
                       + p.slab_drift_bytes AS caches_bytes,
                       y.page_tables_bytes + coalesce(y.secondary_page_tables_bytes, 0)
                       + p.page_tables_drift_bytes AS page_tables_bytes,
                       y.free_in_zones_bytes - coalesce(y.unaccepted_bytes, 0) + p.free_drift_bytes
                           AS free_bytes,
                       coalesce(y.kernel_reclaimable_bytes, 0) + coalesce(y.kernel_stacks_bytes, 0)
                       + coalesce(y.shadow_stacks_bytes, 0) + coalesce(y.vmalloc_bytes, 0)
                       + coalesce(y.percpu_bytes, 0)
                       + coalesce(y.bounce_bytes, 0) + coalesce(y.compressed_swap_bytes, 0)
                       + coalesce(y.free_per_cpu_bytes, 0) + coalesce(y.unaccepted_bytes, 0)
                       + y.unaccounted_bytes
                       -- what the others gained, these lost
                       - (p.anonymous_drift_bytes + p.file_drift_bytes + p.shmem_drift_bytes + p.slab_drift_bytes
                          + p.page_tables_drift_bytes + p.free_drift_bytes) AS rest_bytes,
                       -- ten frames or more expected and none found: before 4.19 there is no flag
                       coalesce(json_extract(p.counts, '$.page_tables[0]') IS NULL
                                AND y.page_tables_bytes * p.sampled_count
                                    >= 10 * p.frames_count * y.page_size_bytes, 0)
                           AS is_page_tables_not_flagged
                  -- coalesce of a drift: the kernel has no such counter
                  FROM (SELECT p.*,
                               coalesce((SELECT d.free_bytes FROM _page_pass_drift d
                                          WHERE d.snapshot_id = p.snapshot_id), 0) AS free_drift_bytes,
                               coalesce((SELECT d.anonymous_bytes FROM _page_pass_drift d
                                          WHERE d.snapshot_id = p.snapshot_id), 0) AS anonymous_drift_bytes,
                               coalesce((SELECT d.file_bytes FROM _page_pass_drift d
                                          WHERE d.snapshot_id = p.snapshot_id), 0) AS file_drift_bytes,
                               coalesce((SELECT d.shmem_bytes FROM _page_pass_drift d
                                          WHERE d.snapshot_id = p.snapshot_id), 0) AS shmem_drift_bytes,
                               coalesce((SELECT d.slab_bytes FROM _page_pass_drift d
                                          WHERE d.snapshot_id = p.snapshot_id), 0) AS slab_drift_bytes,
                               coalesce((SELECT d.page_tables_bytes FROM _page_pass_drift d
                                          WHERE d.snapshot_id = p.snapshot_id), 0) AS page_tables_drift_bytes,
                               coalesce((SELECT d.free_spread_bytes FROM _page_pass_drift d
                                          WHERE d.snapshot_id = p.snapshot_id), 0) AS free_spread_bytes,
                               coalesce((SELECT d.anonymous_spread_bytes FROM _page_pass_drift d
                                          WHERE d.snapshot_id = p.snapshot_id), 0) AS anonymous_spread_bytes,
                               coalesce((SELECT d.file_spread_bytes FROM _page_pass_drift d
                                          WHERE d.snapshot_id = p.snapshot_id), 0) AS file_spread_bytes,
                               coalesce((SELECT d.shmem_spread_bytes FROM _page_pass_drift d
                                          WHERE d.snapshot_id = p.snapshot_id), 0) AS shmem_spread_bytes,
                               coalesce((SELECT d.slab_spread_bytes FROM _page_pass_drift d
                                          WHERE d.snapshot_id = p.snapshot_id), 0) AS slab_spread_bytes,
                               coalesce((SELECT d.page_tables_spread_bytes FROM _page_pass_drift d
                                          WHERE d.snapshot_id = p.snapshot_id), 0) AS page_tables_spread_bytes
                          FROM _page_sample p) AS p
                  JOIN system y ON y.snapshot_id = p.snapshot_id
                  JOIN _bound b ON b.snapshot_id = p.snapshot_id) AS h) AS g
          JOIN _page_class_name c
         WHERE json_extract(g.counts, '$.' || c.class) IS NOT NULL
            OR c.is_always AND NOT (c.class = 'free' AND g.is_buddy_head_only)
            OR c.class = 'free_or_other_kernel' AND g.is_buddy_head_only
            OR c.class = 'free_not_initialised' AND g.uninit_bytes > 0) AS k
      LEFT JOIN _poisson_limit p ON p.count = k.y) AS f;
