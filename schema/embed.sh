#!/bin/sh
# embed.sh DIRECTORY FILE...: print the files as C data, sorted by path, for schema/sql.h.
# The name of an entry is its path below DIRECTORY without ".sql": "views/ledger".
set -eu
top=$(realpath "$1")
shift
printf '#include "schema/sql.h"\n\nconst struct mr_sql_file mr_sql_files[] = {\n'
for file in $(realpath "$@" | LC_ALL=C sort); do
	name=${file#"$top"/}
	printf '\t{"%s", (const char *)(const unsigned char[]){\n' "${name%.sql}"
	od -An -v -tx1 "$file" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'
	printf '0}},\n'
done
printf '};\nconst size_t mr_sql_file_count = sizeof(mr_sql_files) / sizeof(mr_sql_files[0]);\n'
