-- The constants of the collected kernel that no file prints: sizes of its batches.
--
-- A plain upstream, Debian or Ubuntu release is taken by its number.  Every other kernel may carry code of any later
-- release (vendors backport, they do not take back), so it gets the largest value of its own number and of all later ones;
-- a capture that does not name its kernel gets the largest of all.

-- What most checks need to know of the kernel.
CREATE VIEW _kernel_number (
    snapshot_id,
    version,              -- major * 1000 + minor; 0 when not known
    page_size_bytes       -- NULL when the capture does not say
) AS
SELECT s.snapshot_id,
       coalesce(CAST(m.kernel_release AS INTEGER) * 1000
                + CAST(substr(m.kernel_release, instr(m.kernel_release, '.') + 1) AS INTEGER), 0),
       m.page_size_bytes
  FROM snapshot s
  LEFT JOIN capture_meta m ON m.snapshot_id = s.snapshot_id AND m.reading = 0;

-- The kernel of a snapshot, taken apart.
CREATE VIEW _kernel_release (
    snapshot_id,
    release,              -- as uname prints it; NULL when no file of the capture names it
    version,              -- major * 1000 + minor; 0 when not known
    patch,                -- third number of the release, 0 where there is none
    is_plain,             -- 1: upstream, Debian or Ubuntu, so the number says what the code is
    page_size_bytes,      -- NULL when the capture does not say
    cpus_online_count,
    cpus_possible_count,
    is_rss_exact          -- 1: the collector saw statm follow each page it touched
) AS
SELECT DISTINCT n.snapshot_id,
       m.kernel_release,
       n.version,
       CASE WHEN m.kernel_release GLOB '[0-9]*.[0-9]*.[0-9]*'
            THEN CAST(substr(m.kernel_release, 1 + instr(m.kernel_release, '.')
                             + instr(substr(m.kernel_release, instr(m.kernel_release, '.') + 1), '.')) AS INTEGER)
            ELSE 0 END,
       coalesce(ltrim(m.kernel_release, '0123456789.') = ''
                OR ltrim(m.kernel_release, '0123456789.') GLOB '-rc[0-9]'
                OR ltrim(m.kernel_release, '0123456789.') GLOB '-rc[0-9][0-9]'
                -- a package of Debian or Ubuntu: what stands behind the last '-' is one of their flavours
                OR (ltrim(m.kernel_release, '0123456789.') GLOB '-[0-9]*-*'
                    OR ltrim(m.kernel_release, '0123456789.') GLOB '[+]deb[0-9]*-*')
                   AND replace(m.kernel_release, rtrim(m.kernel_release, replace(m.kernel_release, '-', '')), '')
                       IN ('amd64', 'arm64', '16k', 'armmp', 'lpae', '686', 'pae', 's390x', 'powerpc64le', 'generic',
                           'lowlatency'), 0),
       n.page_size_bytes,
       m.cpus_online_count,
       m.cpus_possible_count,
       coalesce(m.probe_statm_after_pages - m.probe_statm_before_pages = 8, 0)
  FROM _kernel_number n
  LEFT JOIN capture_meta m ON m.snapshot_id = n.snapshot_id AND m.reading = 0;

-- The same constants, one row a snapshot: what bound_term computes with.
CREATE VIEW _kernel_constant (
    snapshot_id,
    release,
    version,
    is_plain,
    chosen_by,                -- how the constants of this release were chosen, for people
    page_size_bytes,
    cpus_online_count,
    cpus_possible_count,
    charge_batch_pages,       -- B: a CPU charges ahead so many pages for a cgroup
    stock_groups_count,       -- cgroups that one CPU can have charged ahead for
    lru_batch_pages,          -- V: folios in one per-CPU batch on their way to or from an LRU list
    lru_batches_count,        -- batches a CPU has
    fault_around_pages,       -- F: pages of a file that one fault may map
    rss_batch_pages,          -- BP: a per-CPU part of an RSS counter is below it
    rss_sync_faults_count,    -- faults after which a thread adds its part of RSS to the process; NULL: not counted by thread
    is_rss_by_cpu,            -- 1: the kernel may keep RSS in per-CPU counters
    is_rss_exact,
    stat_group_pages,         -- a counter of memory.stat lags by this for each group below
    stat_subtree_pages,       -- and by this for all of them together; NULL: no bound
    is_stat_cut_short         -- 1: reading a group may leave out what the groups below it counted
) AS
SELECT DISTINCT snapshot_id, release, version, is_plain,
       CASE WHEN is_plain THEN 'Linux ' || release
            WHEN version > 0 THEN 'the most of any release that ' || release || ' may be'
            ELSE 'the most of any release: the capture names no kernel' END,
       page_size_bytes, cpus_online_count, cpus_possible_count,
       CASE WHEN is_plain AND version <= 6000 THEN 32 ELSE 64 END,
       CASE WHEN is_plain AND version <= 6014 THEN 1 ELSE 7 END,
       CASE WHEN NOT is_plain OR version >= 6009 THEN 31 WHEN version <= 4015 THEN 14 ELSE 15 END,
       6,
       CASE WHEN is_plain AND version = 3010 THEN 1 ELSE max(1, 65536 / page_size_bytes) END,
       max(32, 2 * cpus_online_count),
       CASE WHEN version <= 6001 THEN 66 END,
       NOT is_plain OR version >= 6002,
       is_rss_exact,
       CASE WHEN version <= 5012 AND (NOT is_plain OR version >= 4015) THEN 32 * cpus_possible_count ELSE 0 END,
       CASE WHEN version >= 6008 THEN (2 * 64 - 1) * cpus_online_count
            WHEN NOT is_plain THEN 3 * 64 * cpus_online_count
            WHEN version <= 5014 THEN 0
            WHEN version = 5015 AND patch < 135 THEN NULL
            ELSE 3 * CASE WHEN version <= 6000 THEN 32 ELSE 64 END * cpus_online_count END,
       -- a vendor may have it in any kernel that adds up with rstat
       version >= 6016 OR NOT is_plain AND (version >= 5013 OR version = 0)
  FROM _kernel_release;

-- Which constants of the kernel the bounds of this snapshot are computed with, and how each was chosen.
CREATE VIEW kernel_constant (
    snapshot_id,   -- the snapshot
    constant,      -- name of the constant, with its unit
    value,         -- NULL when the capture does not say
    why,           -- where the value comes from: the release, a probe, or the largest it may be
    source         -- kernel source that defines it
) AS
SELECT snapshot_id, 'page_size_bytes', page_size_bytes, 'said by the capture', 'AT_PAGESZ'
  FROM _kernel_constant
UNION ALL
SELECT snapshot_id, 'cpus_online_count', cpus_online_count, 'said by the capture', 'drivers/base/cpu.c online'
  FROM _kernel_constant
UNION ALL
SELECT snapshot_id, 'cpus_possible_count', cpus_possible_count, 'said by the capture', 'drivers/base/cpu.c possible'
  FROM _kernel_constant
UNION ALL
SELECT snapshot_id, 'charge_batch_pages', charge_batch_pages,
       chosen_by || '; 32 up to 6.0, 64 from 6.1', 'include/linux/memcontrol.h MEMCG_CHARGE_BATCH'
  FROM _kernel_constant
UNION ALL
SELECT snapshot_id, 'stock_groups_count', stock_groups_count,
       chosen_by || '; 1 up to 6.14, 7 by 6.17', 'mm/memcontrol.c NR_MEMCG_STOCK'
  FROM _kernel_constant
UNION ALL
SELECT snapshot_id, 'lru_batch_pages', lru_batch_pages,
       chosen_by || '; 14 up to 4.15, 15 up to 6.8, 31 from 6.9', 'include/linux/pagevec.h PAGEVEC_SIZE'
  FROM _kernel_constant
UNION ALL
SELECT snapshot_id, 'lru_batches_count', lru_batches_count,
       'the most of all releases', 'mm/swap.c struct cpu_fbatches'
  FROM _kernel_constant
UNION ALL
SELECT snapshot_id, 'fault_around_pages', fault_around_pages,
       chosen_by || '; 64 KiB by the page size, 1 on 3.10', 'mm/memory.c fault_around_bytes'
  FROM _kernel_constant
UNION ALL
SELECT snapshot_id, 'rss_batch_pages', rss_batch_pages,
       'two for each CPU, at least 32', 'lib/percpu_counter.c compute_batch_value()'
  FROM _kernel_constant
UNION ALL
SELECT snapshot_id, 'is_rss_exact', is_rss_exact,
       CASE WHEN is_rss_exact THEN 'probe: statm followed each page the collector touched'
            ELSE 'no probe showed statm to be exact' END, 'fs/proc/task_mmu.c task_statm()'
  FROM _kernel_constant
UNION ALL
SELECT snapshot_id, 'stat_group_pages', stat_group_pages,
       chosen_by || '; 32 for each possible CPU from 4.15 to 5.12, else 0', 'mm/memcontrol.c __mod_memcg_state()'
  FROM _kernel_constant
UNION ALL
SELECT snapshot_id, 'stat_subtree_pages', stat_subtree_pages,
       chosen_by || '; 127 for each CPU from 6.8, 3 charge batches from 5.15, else 0',
       'mm/memcontrol.c memcg_vmstats_needs_flush()'
  FROM _kernel_constant
UNION ALL
SELECT snapshot_id, 'is_stat_cut_short', is_stat_cut_short,
       chosen_by || '; from 6.16', 'mm/memcontrol.c memcg_rstat_updated()'
  FROM _kernel_constant;
