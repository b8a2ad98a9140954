#!/bin/sh
# import.sh BUILD [COUNTS]: what it costs to import many captures of 300 processes and 100 cgroups, beside the floor and
# beside others, and whether a database gets slower as it grows.
#
#   import.sh build                      all of it: "1 100 1000 10000" archives, 4 GB for them and as much for the database
#   import.sh build "1 20 100"           minutes
#   WORK=/mnt/scratch import.sh build    where there is room
#
# The captures are made out of one (many_tree.sh, multiply.c): each has its own id and some numbers of its own.
#
#   floor      libarchive reads all members, nobody looks at them (read.c)
#   memreckon  import --jobs 2, into a new database; again: the same archives, all known
#   .import    the sqlite3 shell takes the same rows, as CSV, into the same tables without views and checks; up to
#              PEERS_MAX archives (1000)
#   python     tarfile, regular expressions and sqlite3, of seven files (import.py); up to PYTHON_MAX archives (100)
#
# Then: what questions about one snapshot cost in databases of so many, and one capture more; merge of a whole database and
# prune of half of it; how large the database is beside its rows (encoding.py).
#
# CPU is of all processes together.  RSS is the peak of the program, and of the largest process that it forked (cost.c).
# Medians of three runs up to 100 archives, one run of more.  On a busy machine believe no wall time.
set -eu

build=$(realpath "$1") counts=${2:-1 100 1000 10000}
peers_max=${PEERS_MAX:-1000} python_max=${PYTHON_MAX:-100}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
fixture=$here/../../fixtures/amd64-4k-6.12-v2-loads
memreckon=$build/analyze/memreckon
work=$(mktemp -d "${WORK:-/tmp}/memreckon-bench-import.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

make_one() {
	sh "$here/many_tree.sh" "$fixture" "$work/tree" 300 100
	# 3: partial, as a tree has not every file that a kernel has
	"$build/collect/memreckon-collect" -q --root "$work/tree" -o "$work/one.mem.tar.gz" || [ $? = 3 ]
	rm -rf "$work/tree"
	mkdir "$work/many"
}
archives() { seq -f "$work/many/%.0f.mem.tar.gz" "$1" "$2"; }

# cost COMMAND...: sets wall_us cpu_us own_kib child_kib; its output is in $work/out
cost() {
	status=0
	"$work/cost" "$@" 3>"$work/cost.out" >"$work/out" 2>&1 || status=$?
	# 1: a check says FAIL, as it may of groups that were copied; 3: partial
	case $status in 0 | 1 | 3) ;; *) tail -n 5 "$work/out" >&2 && exit 1 ;; esac
	read -r wall_us cpu_us own_kib child_kib <"$work/cost.out"
}
# median FILE COLUMN
median() { awk -v column="$2" '{ print $column }' "$1" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
# repeat RUNS PREPARE COMMAND...: medians in wall_us cpu_us, peaks in own_kib child_kib
repeat() {
	runs=$1 prepare=$2
	shift 2
	: >"$work/runs"
	while [ "$runs" -gt 0 ]; do
		$prepare
		cost "$@"
		echo "$wall_us $cpu_us $own_kib $child_kib" >>"$work/runs"
		runs=$((runs - 1))
	done
	wall_us=$(median "$work/runs" 1) cpu_us=$(median "$work/runs" 2)
	own_kib=$(sort -k 3,3n "$work/runs" | awk 'END { print $3 }')
	child_kib=$(sort -k 4,4n "$work/runs" | awk 'END { print $4 }')
}
nothing() { :; }
remove_database() { rm -f "$work/x.db" "$work/x.db-journal"; }
remove_python() { rm -f "$work/python.db"; }
remove_peer() { rm -f "$work/peer.db" && sqlite3 "$work/peer.db" <"$work/tables.sql"; }

# line NAME COUNT ROWS DATABASE: one line of the table, from what repeat found
line() {
	bytes=0
	[ -z "$4" ] || bytes=$(wc -c <"$4")
	awk -v name="$1" -v count="$2" -v rows="$3" -v wall="$wall_us" -v cpu="$cpu_us" -v own="$own_kib" \
		-v child="$child_kib" -v bytes="$bytes" 'BEGIN {
		printf "%-12s %6d %9.2f %9.2f %8.2f %8.1f %9s %8d %8d %12s %9s\n", name, count, wall / 1e6, cpu / 1e6,
			cpu / count / 1e3, count * 1e6 / wall, rows ? sprintf("%.0f", rows * 1e6 / wall) : "", own, child,
			bytes ? bytes : "", bytes ? sprintf("%.0f", bytes / count) : "" }'
}
head_of_table() {
	printf '%-12s %6s %9s %9s %8s %8s %9s %8s %8s %12s %9s\n' '' archives 'wall s' 'CPU s' 'CPU ms/a' 'arch./s' 'rows/s' \
		'RSS KiB' 'forked' 'bytes' 'bytes/a'
}
rows_of() {
	tables "$1" | sed 's/.*/SELECT count(*) FROM &;/' | sqlite3 "$1" | awk '{ sum += $1 } END { print sum }'
}
# Tables that have rows of snapshots.
tables() {
	sqlite3 "$1" "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%snapshot_id%'
		AND name NOT LIKE 'sqlite%' ORDER BY name"
}

# The rows of a finished database as CSV, and its tables, not STRICT: .import knows texts only.
export_rows() {
	rm -rf "$work/csv" && mkdir "$work/csv"
	sqlite3 "$1" "SELECT replace(replace(sql, 'STRICT, WITHOUT', 'WITHOUT'), ') STRICT', ')') || ';' FROM sqlite_schema
		WHERE type = 'table' AND name NOT LIKE 'sqlite%'" >"$work/tables.sql"
	: >"$work/import.sql"
	for table in $(tables "$1"); do
		sqlite3 -csv "$1" "SELECT * FROM $table" >"$work/csv/$table.csv"
		# an empty file is an error to .import
		[ ! -s "$work/csv/$table.csv" ] || echo ".import --csv $work/csv/$table.csv $table" >>"$work/import.sql"
	done
}

measure() { # COUNT
	times=1
	[ "$1" -gt 100 ] || times=3
	# shellcheck disable=SC2046
	set -- "$1" $(archives 1 "$1")
	count=$1
	shift
	repeat $times nothing "$work/read" "$@"
	line floor "$count" '' ''
	repeat $times remove_database "$memreckon" import -q --jobs 2 -d "$work/x.db" "$@"
	rows=$(rows_of "$work/x.db")
	line memreckon "$count" "$rows" "$work/x.db"
	repeat $times nothing "$memreckon" import -q --jobs 2 -d "$work/x.db" "$@"
	line '  again' "$count" '' ''
	if [ "$count" -le "$peers_max" ]; then
		export_rows "$work/x.db"
		repeat $times remove_peer sqlite3 "$work/peer.db" ".read $work/import.sql"
		line '.import' "$count" "$rows" "$work/peer.db"
		rm -rf "$work/csv"
	fi
	if [ "$count" -le "$python_max" ]; then
		repeat $times remove_python python3 "$here/import.py" "$work/python.db" "$@"
		line python "$count" "$(awk '{ print $1 }' "$work/out")" "$work/python.db"
	fi
	[ "$count" -gt 1000 ] || merge_and_prune "$count"
	look_at_one "$count"
}

# ---- what a large database does to one snapshot ----

# ms COMMAND...: a column: CPU, the middle one of five
ms() {
	repeat 5 nothing "$@"
	printf ' %10s' "$(awk -v us="$cpu_us" 'BEGIN { printf "%.1f", us / 1e3 }')"
}
# CPU of questions about one snapshot in the middle, of a list of the last, and of one capture more
look_at_one() { # COUNT
	middle=$((($1 + 1) / 2))
	another=$((900000 + $1))
	"$work/multiply" "$work/one.mem.tar.gz" "$work" "$another" "$another"
	another=$work/$another.mem.tar.gz
	{
		printf '%8d' "$1"
		for verb in report check ps cgroups; do ms "$memreckon" $verb -d "$work/x.db" "#$middle"; done
		ms "$memreckon" diff -d "$work/x.db" "#$middle" "#$1"
		ms "$memreckon" list -d "$work/x.db"
		cost "$memreckon" import -q -d "$work/x.db" "$another"
		awk -v us="$cpu_us" 'BEGIN { printf " %10.1f", us / 1e3 }'
		ms "$memreckon" import -q -d "$work/x.db" "$another"
		echo
	} >>"$work/growth"
	rm "$another"
}
# The whole database into a new one, then half of it away.
merge_and_prune() { # COUNT
	rm -f "$work/merged.db"
	cost "$memreckon" merge -d "$work/merged.db" "$work/x.db"
	line merge "$1" "$rows" "$work/merged.db"
	cost "$memreckon" prune -d "$work/merged.db" --keep $((($1 + 1) / 2))
	line '  prune half' "$1" '' "$work/merged.db"
	rm -f "$work/merged.db"
}

for program in read cost multiply; do
	cc -O2 -D_GNU_SOURCE -o "$work/$program" "$here/$program.c" -larchive -lnettle -lz
done
make_one
made=0
printf 'one archive: %d members, %d bytes, %d unpacked; load %s\n\n' "$(tar tzf "$work/one.mem.tar.gz" | wc -l)" \
	"$(wc -c <"$work/one.mem.tar.gz")" "$(zcat "$work/one.mem.tar.gz" | wc -c)" "$(cut -d' ' -f1-3 /proc/loadavg)"
head_of_table
for count in $counts; do
	[ "$made" -ge "$count" ] || "$work/multiply" "$work/one.mem.tar.gz" "$work/many" $((made + 1)) "$count"
	made=$count
	measure "$count"
done
printf '\nCPU ms of one snapshot, in a database of so many\n'
printf '%8s %10s %10s %10s %10s %10s %10s %10s %10s\n' snapshots report check ps cgroups diff list 'import 1' \
	known
cat "$work/growth"
printf '\nthe database of %d\n' "$count"
python3 "$here/encoding.py" "$work/x.db"
