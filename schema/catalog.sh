#!/bin/sh
# catalog.sh FIELDS.def...: print the C tables of the catalog, one per file in fields/, in the order of their names.
# The first line of each file is a comment with the meaning of the table: /* meaning */
set -eu
for def in "$@"; do
	name=$(basename "$def" .def)
	printf 'static const struct mr_field %s_fields[] = {\n#include "fields/%s.def"\n};\n' "$name" "$name"
	printf '_Static_assert(sizeof(%s_fields) / sizeof(%s_fields[0]) <= MR_FIELDS_MAX, "too many fields");\n' "$name" "$name"
	printf 'static const struct mr_table mr_table_%s = {\n\t"%s",\n\t"%s",\n' "$name" "$name" \
		"$(sed -n '1s,^/\* \(.*\) \*/$,\1,p' "$def" | sed 's/["\\]/\\&/g')"
	printf '\t%s_fields, sizeof(%s_fields) / sizeof(%s_fields[0])\n};\n\n' "$name" "$name" "$name"
done
printf 'const struct mr_table *const mr_tables[] = {\n'
for def in "$@"; do printf '\t&mr_table_%s,\n' "$(basename "$def" .def)"; done
printf '};\nconst size_t mr_table_count = sizeof(mr_tables) / sizeof(mr_tables[0]);\n'
