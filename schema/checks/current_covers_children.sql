-- Check: V3
-- Title: current ≥ Σ children current
-- Bridge: cgroup-cgroup
-- Unit: bytes
-- Valid: cgroup v2, not the root
-- Claim: A group is charged at least what the groups directly below it are charged.
-- Source: mm/page_counter.c page_counter_try_charge(): a charge goes up to every ancestor
-- Tolerance: one-sided: the rest is what removed groups hold, what was charged before the controller was
--   enabled, and stock; what current moved meanwhile
-- Reads: memory.current of a group and of the groups below it

-- Groups that have groups below them.
CREATE VIEW _v3 AS
SELECT b.snapshot_id, c.path AS subject, c.current_bytes,
       (SELECT CAST(sum(k.current_bytes * 1.0) AS INTEGER) FROM cgroup2_memory k
         WHERE k.snapshot_id = c.snapshot_id AND k.hierarchy = 2 AND k.reading = 0 AND k.path <> '/'
           AND k.path >= c.prefix AND k.path < c.prefix_end AND k.current_bytes IS NOT NULL
           AND instr(substr(k.path, length(c.prefix) + 1), '/') = 0) AS children_bytes,
       (SELECT count(*) FROM cgroup2_memory k
         WHERE k.snapshot_id = c.snapshot_id AND k.hierarchy = 2 AND k.reading = 0 AND k.path <> '/'
           AND k.path >= c.prefix AND k.path < c.prefix_end AND k.current_bytes IS NOT NULL
           AND instr(substr(k.path, length(c.prefix) + 1), '/') = 0) AS children_count,
       c.below_count, c.current_drift_bytes AS drift_bytes,
       (SELECT CAST(total(g.drift) AS INTEGER)
          FROM (SELECT max(k.current_bytes) - min(k.current_bytes) AS drift FROM cgroup2_memory k
                 WHERE k.snapshot_id = c.snapshot_id AND k.hierarchy = 2 AND k.path <> '/'
                   AND k.path >= c.prefix AND k.path < c.prefix_end
                   AND instr(substr(k.path, length(c.prefix) + 1), '/') = 0
                 GROUP BY k.path) g) AS children_drift_bytes
  FROM _kernel_number b
  JOIN _cgroup2_book c ON c.snapshot_id = b.snapshot_id
 WHERE c.below_count > 0 AND NOT c.is_root;

CREATE VIEW check_V3 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'current', current_bytes, current_bytes,
       'memory.current: the page counter',
       'mm/memcontrol.c memory_current_read()', rtrim(subject, '/') || '/memory.current'
  FROM _v3
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'children', children_bytes, children_bytes,
       printf('current of %d groups directly below', children_count),
       'mm/memcontrol.c memory_current_read()', rtrim(subject, '/') || '/*/memory.current'
  FROM _v3
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 3, 'its own, and removed groups', 0, current_bytes,
       'what is not the children''s: any part of current',
       'mm/page_counter.c page_counter_charge()', rtrim(subject, '/') || '/memory.current'
  FROM _v3
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 4, 'drift', -drift_bytes, drift_bytes,
       printf('current moved by %d kB while the other files of the group were read', drift_bytes / 1024),
       'capture/again: largest minus smallest reading',
       'capture/again/1' || rtrim(subject, '/') || '/memory.current'
  FROM _v3
UNION ALL
SELECT snapshot_id, subject, 'tolerance', 5, 'drift', -children_drift_bytes, children_drift_bytes,
       printf('usages of the children moved by %d kB together while each was read',
              children_drift_bytes / 1024),
       'capture/again: largest minus smallest reading', rtrim(subject, '/') || '/*/memory.current'
  FROM _v3
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 6, 'allocated meanwhile', -u.allocated_bytes, 0,
       printf('%d kB were allocated meanwhile; a child is read after the group', u.allocated_bytes / 1024),
       'mm/page_alloc.c PGALLOC', 'capture/again/N/proc/vmstat'
  FROM _v3 c
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
 WHERE u.allocated_bytes > 0
UNION ALL
SELECT c.snapshot_id, c.subject, 'cause', 7, 'charged ahead meanwhile',
       -min(below_count * b.stock_own_bytes, b.stock_subtree_bytes), 0,
       printf('with a page a CPU charges up to %d ahead for one of the %d groups below', b.charge_batch_pages,
              below_count),
       'mm/memcontrol.c refill_stock()', 'capture/meta.csv'
  FROM _v3 c
  JOIN _bound b ON b.snapshot_id = c.snapshot_id
  JOIN _churn u ON u.snapshot_id = c.snapshot_id AND u.phase = 'cgroup'
 WHERE u.allocated_bytes > 0;
