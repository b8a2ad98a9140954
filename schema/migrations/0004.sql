-- To schema 4: where a snapshot came from.  Until then every one came from memreckon-collect.
ALTER TABLE snapshot ADD COLUMN origin TEXT NOT NULL DEFAULT 'memreckon';

-- Rows of the index and page frames come as all others do.
ALTER TABLE reading RENAME COLUMN bytes TO read_bytes;
ALTER TABLE coverage RENAME COLUMN bytes TO read_bytes;
ALTER TABLE coverage ADD COLUMN reading INTEGER NOT NULL DEFAULT 0;
ALTER TABLE page_run ADD COLUMN reading INTEGER NOT NULL DEFAULT 0;

-- The address space for vmalloc on machines with five levels of page tables is no longer too large a number; until now its
-- line was kept as an issue.
UPDATE proc_meminfo
   SET vmalloc_total_kib = (SELECT CAST(trim(substr(i.text, length('VmallocTotal:') + 1)) AS INTEGER) FROM issue i
                             WHERE i.snapshot_id = proc_meminfo.snapshot_id AND i.kind = 'number_too_large'
                               AND i.text GLOB 'VmallocTotal:*'
                               AND i.path = CASE proc_meminfo.reading WHEN 0 THEN 'proc/meminfo'
                                            ELSE 'capture/again/' || proc_meminfo.reading || '/proc/meminfo' END)
 WHERE vmalloc_total_kib IS NULL;
DELETE FROM issue WHERE kind = 'number_too_large' AND text GLOB 'VmallocTotal:*';
