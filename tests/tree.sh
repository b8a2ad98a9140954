#!/bin/sh
# tree.sh TOP BUILD: promises that the source tree keeps.  Prints TAP.
#   every source file is on the list of the meson.build beside it or above it
#   every header compiles alone
#   who includes whom: schema/base nothing, schema only schema/base, collect and analyze never each other,
#   parse not SQLite
#   every parser has a fuzz target
set -eu

top=$1 build=$2 count=0 failures=0
cd "$top"

result() { # LIST OF OFFENDERS, SENTENCE
	count=$((count + 1))
	if [ -z "$1" ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		echo "$1" | sed 's/^/# /'
		failures=$((failures + 1))
	fi
}

unlisted() {
	find schema collect analyze tests -name '*.c' -o -path 'schema/*.sql' -o -path 'schema/fields/*.def' | grep -v '^tests/bench/' |
		while read -r file; do
			# fields/rows/ is included by the files of fields/
			case $file in schema/fields/rows/*) continue ;; esac
			# unit tests are listed by what they test
			name=''
			case $file in tests/unit/test_*) name=${file#tests/unit/test_} name="'${name%.c}':" ;; esac
			folder=${file%/*}
			found=''
			while [ -n "$folder" ]; do
				if [ -e "$folder/meson.build" ] && grep -qF "${name:-${file#"$folder"/}}" "$folder/meson.build"; then found=1; break; fi
				case $folder in */*) folder=${folder%/*} ;; *) folder='' ;; esac
			done
			[ -n "$found" ] || echo "$file"
		done
}

headers() {
	find schema collect analyze tests -name '*.h' | while read -r header; do
		echo "#include \"$header\"" | ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -I. -I"$build/schema" -fsyntax-only -Wall -Werror -x c - 2>/dev/null ||
			echo "$header"
	done
}

# includes FOLDER PATTERN: files in FOLDER that include what matches PATTERN
includes() { grep -rlE "^#include [\"<]($2)" "$1" --include='*.c' --include='*.h' || :; }

# shapes with a parser that are not in tests/fuzz/meson.build
untried() {
	sed -n 's/.*\[MR_SHAPE_\([A-Z_]*\)\] = {mr_parse.*/\1/p' analyze/parse/parse.c | tr A-Z a-z | while read -r shape; do
		grep -q "'$shape'" tests/fuzz/meson.build || echo "$shape"
	done
}

result "$(unlisted)" 'every source file is on a list'
result "$(headers)" 'every header compiles alone'
result "$(includes schema 'collect/|analyze/')" 'schema includes neither program'
result "$(includes schema/base 'schema/[a-z]+\.h')" 'schema/base knows no catalog'
result "$(includes collect analyze/)" 'the collector does not include the analyzer'
result "$(includes analyze collect/)" 'the analyzer does not include the collector'
result "$(includes analyze/parse sqlite3)" 'parsers do not know SQLite'
result "$(grep -rnE 'sysconf\(|getpagesize\(|"/proc/|"/sys/' analyze --include='*.c' || :)" 'the analyzer never asks the machine it runs on'
result "$(untried)" 'every parser has a fuzz target'
echo "1..$count"
exit $failures
