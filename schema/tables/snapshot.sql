-- The tables that have no single kernel file behind them.  Tables that mirror kernel files are made from fields/*.def.

-- One moment of one host: identity, and how its archive came in.  Facts about the host are in capture_meta.
CREATE TABLE snapshot (
    snapshot_id INTEGER PRIMARY KEY AUTOINCREMENT, -- number that list shows; never used again
    uuid TEXT UNIQUE,                      -- snapshot id that the collector gave; NULL for foreign captures
    digest TEXT NOT NULL,                  -- hex SHA-256 over the sorted lines "path NUL sha256(member)"
    archive TEXT NOT NULL,                 -- file name the archive had, without folders
    archive_bytes INTEGER NOT NULL,        -- its size, compressed
    host TEXT NOT NULL,                    -- host name; from capture_meta, beside the key for selection
    taken_ns INTEGER NOT NULL,             -- moment the capture began, nanoseconds since 1970 UTC
    completeness TEXT NOT NULL             -- complete: only vanished tasks and expected errors are missing;
        CHECK (completeness IN ('complete', 'partial', 'cut off')), -- partial: rights, time or budget; cut off: no end.csv
    members_count INTEGER NOT NULL,        -- members of the archive
    imported_s INTEGER NOT NULL,           -- when, seconds since 1970 UTC
    schema_version INTEGER NOT NULL        -- of the program that computed the stored check results
) STRICT;
CREATE INDEX snapshot_by_host ON snapshot (host, taken_ns);

-- Readings of the index that views need one by one: whole-machine files, everything that failed, and the brackets.
-- Successful readings of single processes and cgroups are only counted, in coverage; the archive has them all.
CREATE TABLE reading (
    snapshot_id INTEGER NOT NULL REFERENCES snapshot ON DELETE CASCADE, -- which snapshot
    path TEXT NOT NULL,                    -- kernel path without the leading slash
    reading INTEGER NOT NULL,              -- 0: the one the views use; N: capture/again/N
    role TEXT NOT NULL,                    -- canonical, bracket, retry, more
    status TEXT NOT NULL,                  -- ok, an errno name, timeout, budget, withheld, hazard
    bytes INTEGER,                         -- bytes that were read
    start_ns INTEGER,                      -- CLOCK_MONOTONIC of the collected machine
    duration_ns INTEGER,                   -- from open to the last read
    PRIMARY KEY (snapshot_id, path, reading)
) STRICT, WITHOUT ROWID;

-- How many files of each kind were read, and how that ended.  One row per row of sources.def and status.
CREATE TABLE coverage (
    snapshot_id INTEGER NOT NULL REFERENCES snapshot ON DELETE CASCADE, -- which snapshot
    source TEXT NOT NULL,                  -- pattern of sources.def: 'proc/{pid}/smaps_rollup'
    status TEXT NOT NULL,                  -- ok, an errno name, timeout, budget, withheld, hazard
    readings_count INTEGER NOT NULL,       -- canonical readings that ended so
    bytes INTEGER NOT NULL,                -- bytes read by them
    first_start_ns INTEGER,                -- CLOCK_MONOTONIC: when the first of them began
    last_end_ns INTEGER,                   -- when the last of them ended
    PRIMARY KEY (snapshot_id, source, status)
) STRICT, WITHOUT ROWID;

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

-- The sampled page frames in PFN order, equal neighbours joined: a run of frames_count samples with the same words.
-- Two's complement; the words of a frame's compound head are beside its own because up to Linux 6.9 only the head
-- of a compound page carries LRU, SWAPBACKED and the cgroup (fs/proc/page.c stable_page_flags()).
CREATE TABLE page_run (
    snapshot_id INTEGER NOT NULL REFERENCES snapshot ON DELETE CASCADE, -- which snapshot
    run INTEGER NOT NULL,                  -- from 0, in PFN order
    frames_count INTEGER NOT NULL,         -- sampled frames in the run
    first_pfn INTEGER NOT NULL,            -- frame number of the first of them
    page_flags INTEGER,                    -- /proc/kpageflags; NULL when it could not be read
    mapcount INTEGER,                      -- /proc/kpagecount
    cgroup_inode INTEGER,                  -- /proc/kpagecgroup; 0: charged to nobody
    head_flags INTEGER,                    -- kpageflags of the frame's compound head; its own when it is no tail
    head_cgroup_inode INTEGER,             -- kpagecgroup of that head
    PRIMARY KEY (snapshot_id, run)
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

-- The verdicts, computed from the views check_<id> in the transaction of the import.
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
        CHECK (verdict IN ('ok', 'explained', 'FAIL', 'skipped')),
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
