-- The numbers of one process from its several files, and how far they moved while the files were read.

-- One row a process.  NULL: the file or the line was not there.
CREATE VIEW _process_book (
    snapshot_id,
    pid,
    state,
    is_zombie,
    is_new,                 -- 1: it was started while the capture was made
    threads_count,
    stat_rss_pages,         -- stat field 24
    statm_size_pages,       -- 0: no address space: a kernel thread, or ended
    statm_resident_pages,
    vm_rss_kib,
    rss_anon_kib,
    rss_file_kib,
    rss_shmem_kib,
    vm_hwm_kib,
    rollup_rss_kib,
    drift_pages,            -- largest minus smallest statm of it; NULL with one reading
    walk_drift_pages        -- the same around the walk of its page tables; NULL: it ended before it was read again
) AS
SELECT t.snapshot_id, t.pid, t.state, t.state IN ('Z', 'X', 'x'),
       -- its start is cut down to a tick
       coalesce((t.start_ticks + 1) * (1000000000 / c.clock_ticks_per_second) > c.boottime_ns, 0),
       t.num_threads_count, t.rss_pages, m.size_pages, m.resident_pages,
       u.vm_rss_kib, u.rss_anon_kib, u.rss_file_kib, u.rss_shmem_kib, u.vm_hwm_kib, r.rss_kib,
       (SELECT CASE WHEN count(*) > 1 THEN max(d.resident_pages) - min(d.resident_pages) END FROM proc_statm d
         WHERE d.snapshot_id = t.snapshot_id AND d.pid = t.pid
           -- with reading 0 of a living thread, the other readings are of the zombie
           AND (t.state <> 'Z' OR d.reading = 0)),
       -- readings 0 and 1 are before the walk
       (SELECT CASE WHEN max(d.reading) > 1 THEN max(d.resident_pages) - min(d.resident_pages) END FROM proc_statm d
         WHERE d.snapshot_id = t.snapshot_id AND d.pid = t.pid AND (t.state <> 'Z' OR d.reading = 0))
  FROM proc_stat t
  LEFT JOIN capture_meta c ON c.snapshot_id = t.snapshot_id AND c.reading = 0
  LEFT JOIN proc_statm m ON m.snapshot_id = t.snapshot_id AND m.pid = t.pid AND m.reading = 0
  LEFT JOIN proc_status u ON u.snapshot_id = t.snapshot_id AND u.pid = t.pid AND u.reading = 0
  LEFT JOIN proc_smaps_rollup r ON r.snapshot_id = t.snapshot_id AND r.pid = t.pid AND r.reading = 0
 WHERE t.reading = 0 AND t.thread_of IS NULL;

-- All processes of a snapshot together, against the counters of the machine.
CREATE VIEW _process_sum (
    snapshot_id,
    walked_count,           -- processes whose page tables were walked
    pss_anon_bytes,         -- sums over these; NULL: none was walked, or one of them has no such line
    pss_mapped_bytes,       -- Pss_File + Pss_Shmem
    unread_count,           -- processes with memory that could not be walked
    unread_anon_bytes,      -- and what they have mapped at most
    unread_mapped_bytes,
    headless_count,         -- zombies whose other threads live, none of which was read: their memory does not show
    ending_count,           -- processes that have given up their page tables, and are freeing what was in them
    anon_drift_bytes,       -- sums of how far the processes moved; NULL: no process was read twice
    mapped_drift_bytes,
    invisible               -- why /proc does not show all processes; NULL: it does
) AS
SELECT s.snapshot_id,
       (SELECT count(*) FROM proc_smaps_rollup r
         WHERE r.snapshot_id = s.snapshot_id AND r.reading = 0),
       (SELECT CASE WHEN count(*) = count(r.pss_anon_kib) THEN sum(r.pss_anon_kib) END FROM proc_smaps_rollup r
         WHERE r.snapshot_id = s.snapshot_id AND r.reading = 0) * 1024,
       (SELECT CASE WHEN count(*) = count(r.pss_file_kib + r.pss_shmem_kib)
                    THEN sum(r.pss_file_kib + r.pss_shmem_kib) END FROM proc_smaps_rollup r
         WHERE r.snapshot_id = s.snapshot_id AND r.reading = 0) * 1024,
       (SELECT count(*) FROM proc_status p
         WHERE p.snapshot_id = s.snapshot_id AND p.reading = 0 AND p.vm_rss_kib > 0
           AND NOT EXISTS (SELECT 1 FROM proc_smaps_rollup r
                            WHERE r.snapshot_id = p.snapshot_id AND r.pid = p.pid AND r.reading = 0)),
       (SELECT sum(p.rss_anon_kib) FROM proc_status p
         WHERE p.snapshot_id = s.snapshot_id AND p.reading = 0 AND p.vm_rss_kib > 0
           AND NOT EXISTS (SELECT 1 FROM proc_smaps_rollup r
                            WHERE r.snapshot_id = p.snapshot_id AND r.pid = p.pid AND r.reading = 0)) * 1024,
       (SELECT sum(p.rss_file_kib + p.rss_shmem_kib) FROM proc_status p
         WHERE p.snapshot_id = s.snapshot_id AND p.reading = 0 AND p.vm_rss_kib > 0
           AND NOT EXISTS (SELECT 1 FROM proc_smaps_rollup r
                            WHERE r.snapshot_id = p.snapshot_id AND r.pid = p.pid AND r.reading = 0)) * 1024,
       (SELECT count(*) FROM proc_stat t
         WHERE t.snapshot_id = s.snapshot_id AND t.reading = 0 AND t.state = 'Z' AND t.num_threads_count > 1
           AND NOT EXISTS (SELECT 1 FROM proc_smaps_rollup r
                            WHERE r.snapshot_id = t.snapshot_id AND r.pid = t.pid AND r.reading = 0)
           AND NOT EXISTS (SELECT 1 FROM proc_status p
                            WHERE p.snapshot_id = t.snapshot_id AND p.pid = t.pid AND p.reading = 0
                              AND p.vm_rss_kib IS NOT NULL)),
       (SELECT count(*) FROM proc_stat t
         WHERE t.snapshot_id = s.snapshot_id AND t.reading = 0
           -- PF_EXITING; a zombie is through with it
           AND (t.task_flags & 4) <> 0 AND t.state NOT IN ('Z', 'X', 'x')
           AND NOT EXISTS (SELECT 1 FROM proc_smaps_rollup r
                            WHERE r.snapshot_id = t.snapshot_id AND r.pid = t.pid AND r.reading = 0)),
       m.page_size_bytes
       * (SELECT sum(pages)
            FROM (SELECT CASE WHEN count(*) > 1 THEN max(d.resident_pages - d.shared_pages)
                                             - min(d.resident_pages - d.shared_pages) END AS pages
                    FROM proc_statm d
                   -- those around the walk; reading 0 is from the pass before
                   WHERE d.snapshot_id = s.snapshot_id AND d.reading > 0
                   GROUP BY d.pid)),
       m.page_size_bytes
       * (SELECT sum(pages)
            FROM (SELECT CASE WHEN count(*) > 1 THEN max(d.shared_pages) - min(d.shared_pages) END AS pages
                    FROM proc_statm d
                   -- those around the walk; reading 0 is from the pass before
                   WHERE d.snapshot_id = s.snapshot_id AND d.reading > 0
                   GROUP BY d.pid)),
       (SELECT v.invisible FROM _visibility v WHERE v.snapshot_id = s.snapshot_id)
  FROM snapshot s
  LEFT JOIN capture_meta m ON m.snapshot_id = s.snapshot_id AND m.reading = 0;
