-- How far memory.stat of a group may be behind the groups below it, since Linux 6.16.
--
-- A group that has more unread updates than the limit hands no more of them up: the kernel takes it that all groups above
-- have too.  If one above was added up just before, reading that one adds nothing up, however much the groups below count
-- from then on, until one of them is read or the flush of every 2 s comes.  So it has no bound but evidence: what the file
-- says of a group with all below it, against what the files of these groups say.  They are read later, and what a group
-- counts for itself lags by no more than T_stat.

-- By how much memory.stat of a group with groups below it differs from what it and they count each.  NULL, and no cause:
-- the file of one was not read, so there is no sum.
CREATE VIEW _cgroup1_excess (
    snapshot_id,
    path,
    counter,
    below_count,
    excess_bytes
) AS
SELECT b.snapshot_id, b.path, n.counter, b.below_count,
       CASE n.counter
            WHEN 'LRU' THEN b.total_lru_bytes
            WHEN 'rss + cache' THEN b.total_rss_bytes + b.total_cache_bytes
            WHEN 'AnonPages' THEN b.total_rss_bytes
            WHEN 'Cached + Buffers' THEN b.total_cache_bytes
            WHEN 'Mapped' THEN m.total_mapped_file_bytes
            WHEN 'Shmem' THEN m.total_shmem_bytes
            WHEN 'AnonHugePages' THEN m.total_rss_huge_bytes END
       - (SELECT CASE WHEN count(own_bytes) = 1 + b.below_count THEN CAST(total(own_bytes) AS INTEGER) END
            FROM (SELECT CASE n.counter
                              WHEN 'LRU' THEN k.inactive_anon_bytes + k.active_anon_bytes + k.inactive_file_bytes
                                              + k.active_file_bytes + k.unevictable_bytes
                              WHEN 'rss + cache' THEN k.rss_bytes + k.cache_bytes
                              WHEN 'AnonPages' THEN k.rss_bytes
                              WHEN 'Cached + Buffers' THEN k.cache_bytes
                              WHEN 'Mapped' THEN k.mapped_file_bytes
                              WHEN 'Shmem' THEN k.shmem_bytes
                              WHEN 'AnonHugePages' THEN k.rss_huge_bytes END AS own_bytes
                    FROM cgroup1_memory_stat k
                   WHERE k.snapshot_id = b.snapshot_id AND k.hierarchy = 1 AND k.reading = 0
                     AND k.path >= b.path AND k.path < b.prefix_end AND (k.path = b.path OR k.path >= b.prefix)))
  FROM _cgroup1_book b
  JOIN cgroup1_memory_stat m ON m.snapshot_id = b.snapshot_id AND m.hierarchy = 1 AND m.path = b.path AND m.reading = 0
  JOIN (SELECT 'LRU' AS counter
        UNION ALL SELECT 'rss + cache'
        UNION ALL SELECT 'AnonPages'
        UNION ALL SELECT 'Cached + Buffers'
        UNION ALL SELECT 'Mapped'
        UNION ALL SELECT 'Shmem'
        UNION ALL SELECT 'AnonHugePages') n
 WHERE b.below_count > 0;

-- What memory.stat of version 2 says of a group with all below it, by counter.
CREATE VIEW _cgroup2_counter (
    snapshot_id,
    path,
    lru_bytes,
    charged_bytes,
    anon_bytes,
    file_bytes,
    file_mapped_bytes,
    shmem_bytes
) AS
SELECT snapshot_id, path,
       inactive_anon_bytes + active_anon_bytes + inactive_file_bytes + active_file_bytes + unevictable_bytes,
       -- hugetlb is printed only where its pages are charged
       anon_bytes + file_bytes + kernel_bytes + sock_bytes + coalesce(hugetlb_bytes, 0),
       anon_bytes, file_bytes, file_mapped_bytes, shmem_bytes
  FROM cgroup2_memory_stat
 WHERE hierarchy = 2 AND reading = 0;

-- What the last groups of the branches below a group count together.  NULL: the file of one of them was not read.
CREATE VIEW _cgroup2_last (
    snapshot_id,
    path,
    below_count,            -- groups below it, the last and the others
    lru_bytes,
    charged_bytes,
    anon_bytes,
    file_bytes,
    file_mapped_bytes,
    shmem_bytes
) AS
SELECT m.snapshot_id, m.path,
       (SELECT count(*) FROM cgroup2_memory g
         WHERE g.snapshot_id = m.snapshot_id AND g.hierarchy = 2 AND g.reading = 0 AND g.path <> '/'
           AND g.path >= rtrim(m.path, '/') || '/' AND g.path < rtrim(m.path, '/') || '0'),
       CASE count(k.lru_bytes) WHEN count(*) THEN CAST(total(k.lru_bytes) AS INTEGER) END,
       CASE count(k.charged_bytes) WHEN count(*) THEN CAST(total(k.charged_bytes) AS INTEGER) END,
       CASE count(k.anon_bytes) WHEN count(*) THEN CAST(total(k.anon_bytes) AS INTEGER) END,
       CASE count(k.file_bytes) WHEN count(*) THEN CAST(total(k.file_bytes) AS INTEGER) END,
       CASE count(k.file_mapped_bytes) WHEN count(*) THEN CAST(total(k.file_mapped_bytes) AS INTEGER) END,
       CASE count(k.shmem_bytes) WHEN count(*) THEN CAST(total(k.shmem_bytes) AS INTEGER) END
  FROM _cgroup2_counter m
  JOIN cgroup2_memory g ON g.snapshot_id = m.snapshot_id AND g.hierarchy = 2 AND g.reading = 0 AND g.path <> '/'
                       AND g.path >= rtrim(m.path, '/') || '/' AND g.path < rtrim(m.path, '/') || '0'
  LEFT JOIN _cgroup2_counter k ON k.snapshot_id = g.snapshot_id AND k.path = g.path
 WHERE NOT EXISTS (SELECT 1 FROM cgroup2_memory j
                    WHERE j.snapshot_id = g.snapshot_id AND j.hierarchy = 2 AND j.reading = 0
                      AND j.path >= g.path || '/' AND j.path < g.path || '0')
 GROUP BY m.snapshot_id, m.path;

-- The same of version 2, which does not print what a group counts for itself: the last groups of each branch stand for it,
-- because above them there are no processes, but on the root.  Where there are some, a file that has more proves nothing.
CREATE VIEW _cgroup2_excess (
    snapshot_id,
    path,
    counter,
    below_count,
    excess_bytes
) AS
SELECT snapshot_id, path, counter, below_count,
       CASE WHEN excess_bytes > 0
             AND (path = '/'
                  OR EXISTS (SELECT 1 FROM cgroup_procs p
                              WHERE p.snapshot_id = e.snapshot_id AND p.hierarchy = 2 AND p.reading = 0
                                AND p.path >= e.path AND p.path < e.path || '0'
                                AND (p.path = e.path OR p.path >= e.path || '/')
                                AND EXISTS (SELECT 1 FROM cgroup2_memory j
                                             WHERE j.snapshot_id = p.snapshot_id AND j.hierarchy = 2 AND j.reading = 0
                                               AND j.path >= p.path || '/' AND j.path < p.path || '0')))
            THEN 0 ELSE excess_bytes END
  FROM (SELECT m.snapshot_id, m.path, n.counter, k.below_count,
               CASE n.counter
                    WHEN 'LRU' THEN m.lru_bytes - k.lru_bytes
                    WHEN 'charged' THEN m.charged_bytes - k.charged_bytes
                    WHEN 'AnonPages' THEN m.anon_bytes - k.anon_bytes
                    WHEN 'Cached + Buffers' THEN m.file_bytes - k.file_bytes
                    WHEN 'Mapped' THEN m.file_mapped_bytes - k.file_mapped_bytes
                    WHEN 'Shmem' THEN m.shmem_bytes - k.shmem_bytes END AS excess_bytes
          FROM _cgroup2_counter m
          JOIN _cgroup2_last k ON k.snapshot_id = m.snapshot_id AND k.path = m.path
          JOIN (SELECT 'LRU' AS counter
                UNION ALL SELECT 'charged'
                UNION ALL SELECT 'AnonPages'
                UNION ALL SELECT 'Cached + Buffers'
                UNION ALL SELECT 'Mapped'
                UNION ALL SELECT 'Shmem') n) e;

-- What that explains where is_stat_cut_short: memory.stat may be off by as much, or by less.
CREATE VIEW _cgroup1_lag (
    snapshot_id,
    path,
    counter,
    low_bytes,              -- memory.stat minus what it would be if all were added up: at least, at most
    high_bytes,
    why
) AS
SELECT e.snapshot_id, e.path, e.counter, min(0, e.excess_bytes), max(0, e.excess_bytes),
       printf('memory.stat has %d kB %s than the group itself and the %d below it count: one that is due to be added up '
              || 'reports no more of its updates, so a reading of this group may not add it up%s',
              abs(e.excess_bytes) / 1024, CASE WHEN e.excess_bytes > 0 THEN 'more' ELSE 'less' END, e.below_count,
              CASE WHEN e.excess_bytes > 0 THEN '; removed groups may hold some of it' ELSE '' END)
  FROM _cgroup1_excess e
 WHERE e.excess_bytes <> 0;

CREATE VIEW _cgroup2_lag (
    snapshot_id,
    path,
    counter,
    low_bytes,
    high_bytes,
    why
) AS
SELECT e.snapshot_id, e.path, e.counter, min(0, e.excess_bytes), max(0, e.excess_bytes),
       printf('memory.stat has %d kB %s than the last of the %d groups below it count: one that is due to be added up '
              || 'reports no more of its updates, so a reading of this group may not add it up%s',
              abs(e.excess_bytes) / 1024, CASE WHEN e.excess_bytes > 0 THEN 'more' ELSE 'less' END, e.below_count,
              CASE WHEN e.excess_bytes > 0 THEN '; removed groups may hold some of it' ELSE '' END)
  FROM _cgroup2_excess e
 WHERE e.excess_bytes <> 0;
