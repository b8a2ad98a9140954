-- The two moments :a and :b of a diff. One row.
-- Columns: before_id, after_id, before_host, after_host, before_taken_ns, after_taken_ns, is_same_host
--   (NULL: told by the name of an archive alone), is_same_boot (NULL: not known), is_same_kernel, before_total_bytes, after_total_bytes
SELECT a.snapshot_id AS before_id, b.snapshot_id AS after_id, a.host AS before_host, b.host AS after_host,
       a.taken_ns AS before_taken_ns, b.taken_ns AS after_taken_ns, 
       CASE WHEN NOT (SELECT max(g.is_guess) FROM _host_guess g WHERE g.snapshot_id IN (:a, :b))
            THEN a.host = b.host END AS is_same_host,
       a.boot_id = b.boot_id AS is_same_boot, a.kernel_release = b.kernel_release AS is_same_kernel,
       a.mem_total_bytes AS before_total_bytes, b.mem_total_bytes AS after_total_bytes
  FROM (SELECT * FROM snapshot_head WHERE snapshot_id = :a) AS a
  CROSS JOIN (SELECT * FROM snapshot_head WHERE snapshot_id = :b) AS b;
