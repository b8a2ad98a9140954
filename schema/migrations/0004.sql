-- To schema 4: where a snapshot came from.  Until then every one came from memreckon-collect.
ALTER TABLE snapshot ADD COLUMN origin TEXT NOT NULL DEFAULT 'memreckon';
