-- What one snapshot is: host, kernel, rights, coverage.

-- What nearly every view needs to know about a snapshot.
CREATE VIEW _snapshot_base (
    snapshot_id,
    page_size_bytes,    -- NULL when the capture does not say: then nothing that is counted in pages has bytes
    boot_id,
    memory_hierarchy    -- cgroup version that has the memory controller: 1, 2 or NULL
) AS
SELECT s.snapshot_id, m.page_size_bytes, m.boot_id,
       -- only our own collector, which says a format, always knows the mounts: else the files that are there decide
       CASE WHEN (m.format IS NULL OR nullif(m.cgroup1_memory_mount, '') IS NOT NULL)
                 AND EXISTS (SELECT 1 FROM cgroup1_memory c WHERE c.snapshot_id = s.snapshot_id) THEN 1
            WHEN ' ' || m.cgroup2_controllers || ' ' LIKE '% memory %'
                 OR m.format IS NULL
                    AND (EXISTS (SELECT 1 FROM cgroup2_memory_stat c WHERE c.snapshot_id = s.snapshot_id)
                         OR EXISTS (SELECT 1 FROM cgroup2_memory c WHERE c.snapshot_id = s.snapshot_id)) THEN 2 END
  FROM snapshot s
  LEFT JOIN capture_meta m ON m.snapshot_id = s.snapshot_id AND m.reading = 0;

-- Whether the name of the archive alone tells the host: then two of one name may be two machines.
CREATE VIEW _host_guess (snapshot_id, is_guess) AS
SELECT s.snapshot_id,
       coalesce((SELECT max(e.source <> 'name of the archive') = 0 FROM evidence e
                  WHERE e.snapshot_id = s.snapshot_id AND e.reading = 0 AND e.fact = 'host' AND e.is_used), 0)
  FROM snapshot s;

-- One row a snapshot: the head of every screen.
CREATE VIEW snapshot_head (
    snapshot_id,               -- the snapshot
    host,                      -- host name
    taken_ns,                  -- moment the capture began, nanoseconds since 1970 UTC
    kernel_release,            -- as uname prints it
    machine,                   -- architecture, as uname prints it
    page_size_bytes,           -- size of a base page
    cpus_online_count,         -- processors in use
    uptime_seconds,            -- since boot, suspended time included
    boot_id,                   -- random id of the boot
    euid,                      -- effective user of the collector; 0: root
    completeness,              -- complete, partial or cut off
    processes_count,           -- processes with a stat file, or what stands for it; kernel threads included
    processes_with_pss_count,  -- of these, PSS is known: walked, or without an address space (kernel threads,
                               -- zombies)
    cgroups_count,             -- groups of the memory hierarchy, root included
    sampled_frames_count,      -- page frames in the sample; NULL: kpageflags was not read
    ram_frames_count,          -- page frames of the RAM ranges
    memory_hierarchy,          -- cgroup version that has the memory controller: 1, 2; NULL: none
    mem_total_bytes,           -- RAM that the ledger divides up
    tool,                      -- program that wrote the archive
    duration_ns                -- from the begin of the capture to its end; NULL for one that was cut off
) AS
SELECT s.snapshot_id, s.host, s.taken_ns, m.kernel_release, m.machine, m.page_size_bytes, m.cpus_online_count,
       -- the clock of the capture's begin where uptime was not read
       coalesce((SELECT u.uptime_seconds FROM proc_uptime u
           WHERE u.snapshot_id = s.snapshot_id AND u.reading = 0),
                m.boottime_ns / 1e9),
       m.boot_id, m.euid, s.completeness,
       (SELECT count(*) FROM proc_stat p
         WHERE p.snapshot_id = s.snapshot_id AND p.reading = 0 AND p.thread_of IS NULL),
       (SELECT count(*) FROM process p WHERE p.snapshot_id = s.snapshot_id AND p.pss_bytes IS NOT NULL),
       (SELECT count(*) FROM capture_cgroups c
         WHERE c.snapshot_id = s.snapshot_id AND c.reading = 0
           AND c.hierarchy = (SELECT b.memory_hierarchy FROM _snapshot_base b
               WHERE b.snapshot_id = s.snapshot_id)),
       f.sampled_frames_count, f.ram_frames_count,
       (SELECT b.memory_hierarchy FROM _snapshot_base b WHERE b.snapshot_id = s.snapshot_id),
       y.mem_total_bytes, m.tool, e.monotonic_ns - m.monotonic_ns
  FROM snapshot s
  JOIN system y ON y.snapshot_id = s.snapshot_id
  LEFT JOIN capture_meta m ON m.snapshot_id = s.snapshot_id AND m.reading = 0
  LEFT JOIN capture_end e ON e.snapshot_id = s.snapshot_id AND e.reading = 0
  LEFT JOIN pages_sample f ON f.snapshot_id = s.snapshot_id AND f.reading = 0;
