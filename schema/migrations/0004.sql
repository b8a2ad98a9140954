-- To schema 4: where a snapshot came from.  Until then every one came from memreckon-collect.
ALTER TABLE snapshot ADD COLUMN origin TEXT NOT NULL DEFAULT 'memreckon';

-- Rows of the index and page frames come as all others do.
ALTER TABLE reading RENAME COLUMN bytes TO read_bytes;
ALTER TABLE coverage RENAME COLUMN bytes TO read_bytes;
ALTER TABLE coverage ADD COLUMN reading INTEGER NOT NULL DEFAULT 0;
ALTER TABLE page_run ADD COLUMN reading INTEGER NOT NULL DEFAULT 0;
