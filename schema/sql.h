/* The .sql files of tables/, views/, checks/, reports/ and migrations/, embedded by embed.sh. */
#ifndef MR_SCHEMA_SQL_H
#define MR_SCHEMA_SQL_H

#include <stddef.h>

struct mr_sql_file {
	const char *name; /**< path below schema/ without ".sql": "views/ledger" */
	const char *text;
};

/** Sorted by name. */
extern const struct mr_sql_file mr_sql_files[];
extern const size_t mr_sql_file_count;

/** @return the text of the file of this name, or NULL */
const char *mr_sql_find(const char *name);

#endif
