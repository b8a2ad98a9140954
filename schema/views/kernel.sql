-- The release of the collected kernel, taken apart.

-- One row a snapshot. Views decide by what is there; the number is for what leaves no trace, such as the size
-- of a batch.
CREATE VIEW kernel (
    snapshot_id,       -- the snapshot
    release,           -- as uname prints it; NULL when the capture names no kernel
    major,             -- first number
    minor,             -- second number
    patch,             -- third number, 0 where there is none
    version,           -- major * 1000 + minor: compare with 5008 for 5.8; NULL when not known
    is_mainline_like   -- 1: upstream, Debian or Ubuntu, so the number says what the code is; 0: may carry
                       -- code of later ones
) AS
SELECT k.snapshot_id, k.release,
       -- 0 is how _kernel_release says "not known"
       nullif(k.version, 0) / 1000, nullif(k.version, 0) % 1000,
       CASE WHEN k.version <> 0 THEN k.patch END, nullif(k.version, 0), k.is_plain
  FROM _kernel_release k;
