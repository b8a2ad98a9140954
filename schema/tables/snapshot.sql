-- The tables that have no single kernel file behind them.  Tables that mirror kernel files are made from fields/*.def.

-- One moment of one host: identity, and how its archive came in.  Facts about the host are in capture_meta.
CREATE TABLE snapshot (
    snapshot_id INTEGER PRIMARY KEY AUTOINCREMENT, -- number that list shows; never used again
    uuid TEXT UNIQUE,                      -- identity: the snapshot id that the collector gave; of other captures the digest
    digest TEXT NOT NULL,                  -- hex SHA-256 over the sorted lines "path NUL sha256(member)"
    archive TEXT NOT NULL,                 -- file name the archive had, without folders; behind a colon where in it
    archive_bytes INTEGER NOT NULL,        -- its size, compressed
    origin TEXT NOT NULL,                  -- who made it: memreckon, sosreport, smemcap, supportconfig; else tree or file
    host TEXT NOT NULL,                    -- host name; from capture_meta, beside the key for selection
    taken_ns INTEGER,                      -- moment the capture began, nanoseconds since 1970 UTC; NULL: not known
    completeness TEXT NOT NULL             -- complete: only vanished tasks and expected errors are missing; partial: rights,
        CHECK (completeness IN ('complete', 'partial', 'unknown', 'cut off')), -- time or budget; unknown: of other
                                           -- captures; cut off: no end
    members_count INTEGER NOT NULL,        -- members of the archive
    imported_s INTEGER NOT NULL,           -- when, seconds since 1970 UTC
    schema_version INTEGER NOT NULL        -- of the program that computed the stored check results
) STRICT;
CREATE INDEX snapshot_by_host ON snapshot (host, taken_ns);

-- What could not be read or understood.  Nothing is dropped in silence.
CREATE TABLE issue (
    snapshot_id INTEGER NOT NULL REFERENCES snapshot ON DELETE CASCADE, -- which snapshot
    issue_number INTEGER NOT NULL,         -- in the order of the archive
    kind TEXT NOT NULL,                    -- unknown_key, unknown_line, bad_number, number_too_large, doubled_key,
                                           -- cut_off, empty_file, nul_inside, unknown_file, too_many
    path TEXT NOT NULL,                    -- member of the archive
    line INTEGER,                          -- from 1; NULL for the file as a whole
    text TEXT,                             -- the offending bytes, at most 200
    PRIMARY KEY (snapshot_id, issue_number)
) STRICT, WITHOUT ROWID;

-- One row per file in checks/, made from its header comment.
CREATE TABLE check_claim (
    check_id TEXT PRIMARY KEY,             -- id: P10, C1, V3, S2
    ordinal INTEGER NOT NULL,              -- order on the screen
    bridge TEXT NOT NULL,                  -- process-process, process-system, process-cgroup, cgroup-cgroup, cgroup-system, system-system
    title TEXT NOT NULL,                   -- short form of the identity for the screen: 'AnonPages = Σ Pss_Anon'
    unit TEXT NOT NULL,                    -- bytes, tasks, groups: of left, right and bounds
    valid TEXT NOT NULL,                   -- kernels and cgroup version on which it holds
    claim TEXT NOT NULL,                   -- what must be equal or ordered, in one sentence
    tolerance TEXT NOT NULL,               -- how much it may differ by itself, and why
    source TEXT NOT NULL,                  -- kernel functions behind it
    reads TEXT NOT NULL                    -- kernel files
) STRICT, WITHOUT ROWID;

-- The verdicts, computed from the views check_<id> in the transaction of the import.  Thousands a snapshot: therefore the
-- CHECK has no IN, of whose list SQLite would make a b-tree for every row.
CREATE TABLE check_result (
    snapshot_id INTEGER NOT NULL REFERENCES snapshot ON DELETE CASCADE, -- which snapshot
    check_id TEXT NOT NULL REFERENCES check_claim, -- which check
    subject TEXT NOT NULL,                 -- '' for the machine, else a pid, a cgroup path, a counter
    "left" INTEGER,                        -- sum of the left terms; NULL when one could not be read
    "right" INTEGER,                       -- sum of the right terms
    residual INTEGER,                      -- left - right
    bound_low INTEGER,                     -- what the residual may be by itself, with drift: at least
    bound_high INTEGER,                    -- and at most
    cause_low INTEGER,                     -- what measured causes add to the lower bound
    cause_high INTEGER,                    -- and to the upper
    drift INTEGER,                         -- the part of the bound that is drift (half of its width)
    verdict TEXT NOT NULL                  -- ok, explained, FAIL or skipped
        CHECK (verdict = 'ok' OR verdict = 'explained' OR verdict = 'FAIL' OR verdict = 'skipped'),
    only_by_drift INTEGER NOT NULL,        -- 1: ok, and outside the bound without its drift: shown as "ok (drift)"
    missing TEXT,                          -- skipped: the files that were missing, or the reason
    PRIMARY KEY (snapshot_id, check_id, subject)
) STRICT, WITHOUT ROWID;

-- Documentation of every table, view and column; filled when the database is made.
CREATE TABLE documentation (
    object TEXT NOT NULL,                  -- table or view
    ordinal INTEGER NOT NULL,              -- 0 for the object itself, then its columns
    column_name TEXT NOT NULL,             -- '' for the object itself
    unit TEXT NOT NULL,                    -- '' where there is none
    kernel_key TEXT NOT NULL,              -- what the kernel calls it; '' for views
    since TEXT NOT NULL,                   -- releases that print it
    meaning TEXT NOT NULL,                 -- one sentence
    source TEXT NOT NULL,                  -- kernel function, file, or the views it is made of
    PRIMARY KEY (object, ordinal)
) STRICT, WITHOUT ROWID;
