-- What each process holds.

-- One row a process, kernel threads included; a folder of a thread beside it is none. A process without an
-- address space (a kernel thread, a zombie) holds 0, and that is known. A zombie main thread whose other threads live on shows nothing: then the numbers
-- are those of one that lives, and NULL where none was read. Other NULLs: not read.
CREATE VIEW process (
    snapshot_id,        -- the snapshot
    pid,                -- process id; with boot id and start_ticks the identity of the process
    start_ticks,        -- when it started, clock ticks since boot; NULL: stat not read
    name,               -- comm: as the process set it, any bytes
    state,              -- R S D Z T t X I
    is_kernel_thread,   -- 1: PF_KTHREAD is set; without stat: no zombie, and without an address space
    parent_pid,         -- parent process
    threads_count,      -- threads alive
    cgroup_hierarchy,   -- 1 or 2: version of the hierarchy that cgroup_path is in; NULL: no memory controller
    cgroup_path,        -- its group in the memory hierarchy; ends in " (deleted)" on v2 when that was removed
    rss_bytes,          -- pages in memory and mapped; exact from smaps_rollup, else what the kernel's
                        -- counters say
    rss_source,         -- smaps_rollup, smaps (summed: pss_bytes is too), statm, status, stat or ps
    pss_bytes,          -- the same, each page divided by the number of its mappings; NULL: neither
                        -- smaps_rollup nor smaps read
    uss_bytes,          -- pages mapped by this process alone: Private_Clean + Private_Dirty
    anon_bytes,         -- the anonymous part of RSS: RssAnon, else Anonymous of smaps_rollup
    file_bytes,         -- the file part of RSS: RssFile; NULL up to 4.4
    shmem_bytes,        -- the shmem part of RSS: RssShmem; NULL up to 4.4
    swap_bytes,         -- in swap: VmSwap, without shmem; else Swap of smaps_rollup, with mapped shmem
    swap_pss_bytes,     -- Swap of smaps_rollup, each page divided by the number of its owners
    page_tables_bytes,  -- page tables: VmPTE, with VmPMD where it is counted apart
    hugetlb_bytes,      -- pool huge pages mapped; in none of the other numbers
    locked_bytes,       -- address space locked by mlock(), resident or not: VmLck
    virtual_bytes,      -- address space
    oom_score,          -- badness: the highest is killed first
    oom_score_adj,      -- what the user adds to it, in thousandths of all memory; -1000: never
    pss_anon_bytes,     -- the anonymous part of PSS; NULL before 5.3
    pss_file_bytes,     -- the file part of PSS; NULL before 5.3
    pss_shmem_bytes     -- the shmem part of PSS; NULL before 5.3
) AS
SELECT p.snapshot_id, p.pid, p.start_ticks, p.comm, p.state, p.is_kernel_thread, p.ppid, p.num_threads_count,
       p.memory_hierarchy,
       CASE p.memory_hierarchy WHEN 1 THEN g.cgroup1_path WHEN 2 THEN g.cgroup2_path END,
       -- statm of a zombie main thread is 0 while its threads hold memory, unless it is that of a thread
       coalesce(r.rss_kib * 1024,
                CASE WHEN NOT p.is_headless OR m.size_pages > 0 THEN m.resident_pages * p.page_size_bytes END,
                CASE WHEN s.derived IS NULL THEN s.vm_rss_kib * 1024 END, p.nothing_bytes,
                CASE WHEN NOT p.is_headless THEN p.rss_pages * p.page_size_bytes END, s.vm_rss_kib * 1024),
       CASE WHEN r.rss_kib IS NOT NULL THEN coalesce(r.derived, 'smaps_rollup')
            WHEN (NOT p.is_headless OR m.size_pages > 0)
                 AND m.resident_pages IS NOT NULL AND p.page_size_bytes IS NOT NULL
            THEN 'statm'
            WHEN s.vm_rss_kib IS NOT NULL AND s.derived IS NULL OR p.nothing_bytes IS NOT NULL
            THEN CASE WHEN s.derived IS NULL THEN 'status' ELSE 'ps' END
            WHEN NOT p.is_headless AND p.rss_pages IS NOT NULL AND p.page_size_bytes IS NOT NULL
            THEN 'stat'
            WHEN s.vm_rss_kib IS NOT NULL THEN 'ps' END,
       -- coalesce with nothing_bytes, here and below: 0 for what has no address space, else NULL stays NULL
       coalesce(r.pss_kib * 1024, p.nothing_bytes),
       coalesce((r.private_clean_kib + r.private_dirty_kib) * 1024, p.nothing_bytes),
       coalesce(s.rss_anon_kib * 1024, r.anonymous_kib * 1024, p.nothing_bytes),
       coalesce(s.rss_file_kib * 1024, p.nothing_bytes),
       coalesce(s.rss_shmem_kib * 1024, p.nothing_bytes),
       coalesce(s.vm_swap_kib * 1024, r.swap_kib * 1024, p.nothing_bytes),
       coalesce(r.swap_pss_kib * 1024, p.nothing_bytes),
       -- from 4.15 on VmPTE has all levels and the other two are gone: absent is inside
       coalesce((s.vm_pte_kib + coalesce(s.vm_pmd_kib, 0)) * 1024, p.nothing_bytes),
       coalesce(s.hugetlb_pages_kib * 1024, (r.shared_hugetlb_kib + r.private_hugetlb_kib) * 1024,
           p.nothing_bytes),
       coalesce(s.vm_lck_kib * 1024, p.nothing_bytes),
       -- of a zombie main thread it is 0 too
       CASE WHEN p.is_headless THEN nullif(m.size_pages, 0) * p.page_size_bytes
            ELSE coalesce(p.vsize_bytes, m.size_pages * p.page_size_bytes, s.vm_size_kib * 1024,
                          p.nothing_bytes) END,
       o.oom_score, o.oom_score_adj,
       coalesce(r.pss_anon_kib * 1024, p.nothing_bytes),
       coalesce(r.pss_file_kib * 1024, p.nothing_bytes),
       coalesce(r.pss_shmem_kib * 1024, p.nothing_bytes)
  FROM (SELECT b.snapshot_id, b.page_size_bytes, b.memory_hierarchy, t.pid, t.start_ticks, t.comm, t.state,
               t.ppid, t.num_threads_count, t.vsize_bytes, t.rss_pages,
               -- status says so itself since 6.11
               coalesce((t.task_flags & 0x00200000) <> 0,
                        (SELECT coalesce(a.kthread, coalesce(t.state, '') <> 'Z' AND coalesce(a.vm_size_kib, 0) = 0)
                           FROM proc_status a
                          WHERE a.snapshot_id = t.snapshot_id AND a.pid = t.pid AND a.reading = 0
                            -- read to the line behind the sizes
                            AND (a.vm_size_kib IS NOT NULL OR a.threads_count IS NOT NULL)))
                   AS is_kernel_thread,
               coalesce(t.state = 'Z' AND t.num_threads_count > 1, 0) AS is_headless,
               CASE WHEN NOT coalesce(t.state = 'Z' AND t.num_threads_count > 1, 0)
                         AND ((t.task_flags & 0x00200000) <> 0
                              OR (SELECT a.size_pages FROM proc_statm a
                                   WHERE a.snapshot_id = t.snapshot_id AND a.pid = t.pid
                                     AND a.reading = 0) = 0
                              OR t.task_flags IS NULL
                                 AND (SELECT coalesce(a.vm_size_kib, 0) FROM proc_status a
                                       WHERE a.snapshot_id = t.snapshot_id AND a.pid = t.pid
                                         AND a.reading = 0
                                         AND (a.vm_size_kib IS NOT NULL
                                              OR a.threads_count IS NOT NULL)) = 0)
                    THEN 0 END AS nothing_bytes
          FROM _snapshot_base b
          JOIN proc_stat t ON t.snapshot_id = b.snapshot_id AND t.reading = 0
                AND t.thread_of IS NULL) AS p
  LEFT JOIN proc_statm m ON m.snapshot_id = p.snapshot_id AND m.pid = p.pid AND m.reading = 0
  LEFT JOIN proc_status s ON s.snapshot_id = p.snapshot_id AND s.pid = p.pid AND s.reading = 0
  LEFT JOIN proc_smaps_rollup r ON r.snapshot_id = p.snapshot_id AND r.pid = p.pid AND r.reading = 0
  LEFT JOIN proc_cgroup g ON g.snapshot_id = p.snapshot_id AND g.pid = p.pid AND g.reading = 0
  LEFT JOIN proc_oom o ON o.snapshot_id = p.snapshot_id AND o.pid = p.pid AND o.reading = 0;
