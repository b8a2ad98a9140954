-- Check: S10
-- Title: Hugetlb = Σ size × nr_hugepages
-- Bridge: system-system
-- Unit: bytes
-- Valid: Linux 4.19 and later, RHEL 8; kernels with hugetlb
-- Claim: Hugetlb is the sum over the pools of their size times their number of huge pages.
-- Source: mm/hugetlb.c hugetlb_report_meminfo()
-- Tolerance: none but what Hugetlb moved between the readings
-- Reads: proc/meminfo, sys/kernel/mm/hugepages

-- The machine against its pools.
CREATE VIEW _s10 AS
SELECT b.snapshot_id, '' AS subject, m.hugetlb_kib * 1024 AS hugetlb_bytes,
       (SELECT CASE WHEN count(*) = count(h.nr_hugepages) THEN sum(h.page_kib * h.nr_hugepages) END FROM mm_hugepages h
         WHERE h.snapshot_id = b.snapshot_id AND h.reading = 0) * 1024 AS pools_bytes
  FROM _kernel_number b
  LEFT JOIN proc_meminfo m ON m.snapshot_id = b.snapshot_id AND m.reading = 0
 WHERE m.hugetlb_kib IS NOT NULL;

CREATE VIEW check_S10 (snapshot_id, subject, part, ordinal, term, low, high, why, source, file) AS
SELECT snapshot_id, subject, 'left', 1, 'Hugetlb', hugetlb_bytes, hugetlb_bytes,
       'hugetlb pages of the machine, all sizes',
       'mm/hugetlb.c hugetlb_report_meminfo()', 'proc/meminfo'
  FROM _s10
UNION ALL
SELECT snapshot_id, subject, 'right', 2, 'Σ pools', pools_bytes, pools_bytes,
       'size × nr_hugepages of all pools',
       'mm/hugetlb.c nr_hugepages_show_common()', 'sys/kernel/mm/hugepages/hugepages-*/nr_hugepages'
  FROM _s10
UNION ALL
SELECT c.snapshot_id, c.subject, 'tolerance', 3, 'drift', -d.hugetlb_bytes, d.hugetlb_bytes,
       printf('Hugetlb moved by %d kB meanwhile', d.hugetlb_bytes / 1024),
       'capture/again: largest minus smallest reading', 'capture/again/N/proc/meminfo'
  FROM _s10 c
  JOIN _drift_meminfo d ON d.snapshot_id = c.snapshot_id AND d.phase = 'system';
