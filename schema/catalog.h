/* What is known of every kernel file and every field in it.
 *
 * Three kinds of rows feed this catalog, and everything else is derived from them:
 *
 *   sources.def     a row per kernel file: path pattern, when the collector reads it, how it is parsed
 *   foreign.def     a row per file that captures of other tools have and ours have not, or that is parsed there alone
 *   fields/T.def    a row per field of table T: the kernel's key, the column, its unit, its meaning
 *
 * The collector takes the order of its reads from the sources; the analyzer takes from the same rows the
 * parser, the table, the DDL, the INSERT, the documentation and the JSON keys.
 */
#ifndef MR_SCHEMA_CATALOG_H
#define MR_SCHEMA_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The version of the tables and views.  PRAGMA user_version of a database; a newer one is refused. */
#define MR_SCHEMA_VERSION 4
/** PRAGMA application_id of a database: "MRkn". */
#define MR_APPLICATION_ID 0x4d526b6e
/** The version of the archive format that the collector writes and the newest that the analyzer reads. */
#define MR_ARCHIVE_FORMAT 1
/** Bytes of a full part: a file with as many bytes or more is stored in full parts and one, maybe empty, that is not.
 * The first is PATH, part N behind it capture/more/N/PATH.  Only canonical readings go on: any other that is so long
 * ends with a full part. */
#define MR_ARCHIVE_PART_BYTES (1024 * 1024)

enum mr_unit {
#define UNIT(name, sql_type, meaning) MR_UNIT_##name,
#include "units.def"
#undef UNIT
	MR_UNIT_TOTAL
};

struct mr_unit_info {
	const char *name;
	const char *suffix;   /**< every column of this unit ends in it; "" for none */
	const char *sql_type; /**< INTEGER, REAL or TEXT */
	const char *meaning;
};

/** Indexed by enum mr_unit. */
extern const struct mr_unit_info mr_units[MR_UNIT_TOTAL];

enum mr_kind {
	MR_KIND_PATH_KEY,  /**< part of the primary key, found in the path of the file */
	MR_KIND_LINE_KEY,  /**< part of the primary key, found in the text */
	MR_KIND_GAUGE,     /**< a level: goes up and down */
	MR_KIND_COUNTER,   /**< only grows, since boot or since the object was made */
	MR_KIND_LIMIT,     /**< a level that may be "no limit": then NULL, and the next field says so */
	MR_KIND_UNLIMITED, /**< 1: the limit in the field before is "no limit"; 0: it is a number */
	MR_KIND_LABEL,     /**< a name, a state, a setting */
	MR_KIND_DERIVED, /**< no key of a file: NULL for what the file itself says, else the file that the row was
			    * made from */
	MR_KIND_IGNORED, /**< known and not wanted: no column */
};

/** One field of one kernel file.  The column is NULL only for MR_KIND_IGNORED. */
struct mr_field {
	const char *
		key; /**< as the kernel prints it; the position for files of columns; the file's name for scalars */
	const char *column;
	enum mr_unit unit;
	enum mr_kind kind;
	const char
		*since; /**< kernel releases that print it, in the notation of ≥5.8, ≤5.3, (4.4,4.9], "all" */
	const char *meaning;               /**< one sentence */
	const char *source;                /**< the kernel function or counter behind it */
	size_t unit_is_in_the_column_name; /**< always 0; the expression that makes it fails to compile otherwise */
};

/** Whether a field is a part of the primary key of its table. */
static inline bool mr_field_is_key(const struct mr_field *field)
{
	return field->kind == MR_KIND_PATH_KEY || field->kind == MR_KIND_LINE_KEY;
}

/** Most fields that a table may have; a compile-time assertion holds every table to it. */
#define MR_FIELDS_MAX 320

/** One table: the rows of one kernel file, or of one set of files that describe the same thing.
 *
 * Its primary key is (snapshot_id, path and line keys in the order of the fields, reading).  reading is 0 for the
 * reading that views and reports use, N > 0 for the others (capture/again/N/...): brackets and retries.
 */
struct mr_table {
	const char *name;
	const char *meaning;
	const struct mr_field *fields;
	size_t field_count;
};

extern const struct mr_table *const mr_tables[];
extern const size_t mr_table_count;

/** @return the table of this name, or NULL */
const struct mr_table *mr_table_find(const char *name);

/** The CREATE TABLE statement of a table, for the caller to free(); NULL when there is no memory. */
char *mr_table_ddl(const struct mr_table *table);

/** When the collector reads a file.  The order of the values is the order of the capture: by risk. */
enum mr_phase {
	MR_PHASE_CAPTURE, /**< written by the collector itself, no kernel file */
	MR_PHASE_BRACKET, /**< cheap system files that measure drift: read first, last and after each phase */
	MR_PHASE_SYSTEM,  /**< the other system files, once */
	MR_PHASE_CGROUP_QUIET, /**< of one cgroup, read back to back, the first of them again at the end */
	MR_PHASE_CGROUP,       /**< the other files of a cgroup */
	MR_PHASE_PROCESS,      /**< of one process, takes no lock that a stuck process can hold */
	MR_PHASE_PROCESS_WALK, /**< of one process, takes its mmap lock and walks its page tables */
	MR_PHASE_THREAD, /**< of a live thread, where the main thread is a zombie and shows no memory: fills the
				* row of the process */
	MR_PHASE_PAGES,   /**< one word per page frame */
	MR_PHASE_FOREIGN, /**< of other tools' captures: the collector never reads it */
};

/** How a file is laid out, which is: which parser reads it. */
enum mr_shape {
	MR_SHAPE_RAW,          /**< carried in the archive, not parsed */
	MR_SHAPE_KEY_VALUE,    /**< "Key: 12 kB" or "key 12", one a line, one row */
	MR_SHAPE_NODE_MEMINFO, /**< the same behind "Node 0 " */
	MR_SHAPE_SCALAR,  /**< one value; the file's name is the key; the files of one folder make one row */
	MR_SHAPE_SETTING, /**< one line of text, kept as text under its path */
	MR_SHAPE_COLUMNS, /**< one line, the position (from 1) is the key */
	MR_SHAPE_HEADED,  /**< a header line with the keys, then one row a line */
	MR_SHAPE_PROC_STAT,   /**< /proc/PID/stat: columns, but the name in parentheses may hold anything */
	MR_SHAPE_PROC_CGROUP, /**< /proc/PID/cgroup */
	MR_SHAPE_ID_LIST,     /**< one number a line, one row each */
	MR_SHAPE_PRESSURE,    /**< "some avg10=0.00 ... total=0" */
	MR_SHAPE_ZONEINFO,
	MR_SHAPE_BUDDYINFO,
	MR_SHAPE_SLABINFO,
	MR_SHAPE_VMALLOCINFO,
	MR_SHAPE_SMAPS, /**< smaps summed into the row of a smaps_rollup */
	MR_SHAPE_IOMEM,
	MR_SHAPE_SOCKSTAT,
	MR_SHAPE_KERNEL_STAT,   /**< /proc/stat */
	MR_SHAPE_CSV_KEY_VALUE, /**< RFC 4180, header key,value; one row */
	MR_SHAPE_CSV_ROWS,      /**< RFC 4180, the header names the keys; one row a record */
	MR_SHAPE_PAGE_WORDS,    /**< 64-bit words in the byte order of capture/meta.csv */
	MR_SHAPE_PROC_STATUS,   /**< /proc/PID/status, which also gives the row of a stat that is not there */
	MR_SHAPE_PS,            /**< what ps printed: a header line, then one row a process */
	MR_SHAPE_FREE, /**< what free printed, in KiB, or in bytes where the name of the file ends in -b */
};

/** What reading a file may do to the machine. */
enum mr_hazard {
	MR_HAZARD_NONE = 0,
	MR_HAZARD_MMAP_LOCK = 1,    /**< waits for as long as a writer holds the mmap lock of the process */
	MR_HAZARD_CGROUP_MUTEX = 2, /**< takes cgroup_mutex: one at a time on the whole machine */
	MR_HAZARD_IRQS_OFF = 4,     /**< walks a list with interrupts off */
	MR_HAZARD_RSTAT_FLUSH = 8,  /**< adds up statistics of all CPUs and child groups first */
};

struct mr_source {
	/** Path below the top of the archive, without a leading slash.  "{name}" matches one or more bytes but '/'
	 * ("{pid}", "{tid}", "{node}", "{device}" and "{page_kib}" digits only) and gives the path key of that name;
	 * "{cgroup1}" and "{cgroup2}", only in front, match the mount point of the memory controller of that version
	 * and the folders below it, and give the keys hierarchy and path; a last component "**" matches the rest.
	 * The first row that matches a path counts. */
	const char *pattern;
	size_t pattern_length; /**< in bytes */
	enum mr_phase phase;
	enum mr_shape shape;
	const struct mr_table *table; /**< NULL for MR_SHAPE_RAW and MR_SHAPE_PAGE_WORDS */
	unsigned hazards;             /**< set of enum mr_hazard */
	const char *since;
	const char *meaning;
};

extern const struct mr_source mr_sources[];
extern const size_t mr_source_count;

/** The rows of foreign.def, all of MR_PHASE_FOREIGN.  Not in the catalog without tables. */
extern const struct mr_source mr_foreign_sources[];
extern const size_t mr_foreign_source_count;

/** Where the memory controllers were mounted on the collected machine: no leading slash, NULL when not mounted. */
struct mr_mounts {
	const char *cgroup1;
	const char *cgroup2;
};

/** A piece of a path that a placeholder matched; points into the path. */
struct mr_match_key {
	const char *name; /**< of the placeholder; "hierarchy" and "path" for {cgroup1} and {cgroup2} */
	size_t name_length;
	const char *text; /**< for hierarchy "1" or "2"; for path it begins with '/', the root group is "/" */
	size_t length;
};

#define MR_MATCH_KEYS_MAX 4

struct mr_match {
	const struct mr_source *source;
	struct mr_match_key keys[MR_MATCH_KEYS_MAX];
	size_t key_count;
};

/**
 * Find the row of sources.def that a path belongs to.
 *
 * @path       below the top of the archive, no leading slash, NUL-terminated
 * @mounts     for {cgroup1} and {cgroup2}; NULL matches neither
 * @ret_match  set on success only; points into @path
 * @return     whether a row matches
 */
bool mr_source_match(const char *path, const struct mr_mounts *mounts, struct mr_match *ret_match);

/**
 * The same for a member of another tool's capture: the rows of foreign.def first, then those of sources.def but for
 * what only our collector writes.  Not in the catalog without tables.
 */
bool mr_foreign_match(const char *path, const struct mr_mounts *mounts, struct mr_match *ret_match);

#endif
