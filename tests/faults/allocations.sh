#!/bin/sh
# allocations.sh COLLECTOR ANALYZER MAKE_FOREIGN WHOLE RESTORE LIBRARY [EVERY [COMMAND...]]: there is no memory.  Prints TAP.
#
# In import, report, check, merge, prune and migrate, or what is named of them, one allocation returns NULL, or all from
# one on do (LIBRARY is put in front of the C library); in import in each of its processes.  Which ones: some that are
# spread over all (without EVERY), the first, then every EVERYth, or with the word "sites" one of each five innermost
# callers, which is a campaign of an hour.  After each
#   the exit status is a documented one, and what was not done or left out is said;
#   the database opens, passes SQLite's checks and holds whole snapshots only (WHOLE compares them with those of
#   undisturbed imports), and a report that is said to be done is the undisturbed one;
#   no process is left, and the same command, run again, comes to its end.
set -u

top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
. "$top/tests/live/tap.sh"
collector=$(realpath "$1") analyzer=$(realpath "$2") make_foreign=$(realpath "$3") whole=$(realpath "$4")
restore=$(realpath "$5") library=$(realpath "$6")
every=${7:-spread}
[ $# -gt 7 ] && shift 7 || set -- import add report check merge prune migrate
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work" || exit 1
unset MEMRECKON_DB
export LC_ALL=C.UTF-8
limit_s=60
spread=7 # of each process

# a small machine as we and as others capture it, so that there are few allocations
"$make_foreign" tree - tree/ && "$make_foreign" sos - sos.tar.gz && "$make_foreign" smemcap - smemcap.tar || exit 1
"$collector" -q --root tree/node7 -o own.mem.tar.gz
archives="own.mem.tar.gz sos.tar.gz smemcap.tar"
"$analyzer" import -d reference.db $archives >/dev/null || exit 1
"$analyzer" import -d some.db smemcap.tar >/dev/null || exit 1
all=$("$whole" reference.db reference.db) || exit 1
"$restore" "$(ls -d "$top"/tests/migrations/schema-3.*.xz)" older.db
cp older.db migrated.db
"$analyzer" migrate -d migrated.db >/dev/null || exit 1

# prepare COMMAND: the database it begins with; arguments of the command in $arguments; how many snapshots the database
# holds when it is done in $wanted; whether what it prints is to be the same
prepare() {
	rm -f d.db d.db-journal
	wanted=$all prints='' reference=reference.db
	case $1 in
	import) arguments="import --jobs 2 -d $work/d.db $archives" ;;
	add)
		cp some.db d.db
		arguments="import --jobs 2 -d $work/d.db $archives"
		;;
	report | check)
		cp reference.db d.db
		# the first that there is no memory for is the locale: then it is ASCII in any case
		arguments="$1 -d $work/d.db 1 --ascii" prints=1
		;;
	merge)
		cp some.db d.db
		arguments="merge -d $work/d.db reference.db"
		;;
	prune)
		cp reference.db d.db
		arguments="prune -d $work/d.db --all" wanted=0
		;;
	migrate)
		cp older.db d.db
		arguments="migrate -d $work/d.db" wanted=1 reference=migrated.db
		;;
	esac
}

# undisturbed COMMAND: what it prints, and how many allocations of which process there are
undisturbed() {
	prepare "$1"
	ALLOCATION_COUNT=counts ALLOCATION_SITES=${sites:-} LD_PRELOAD=$library "$analyzer" $arguments >right 2>said
	right=$?
	[ $right -lt 2 ] || { comment <said; return 1; }
}

# plan: which are to fail, a line each
plan() {
	case $every in
	sites) sort -k1,1 -k2,2n sites | awk '{ print $1 ":" $2 } NR % 10 == 0 { print $1 ":" $2 "+" }' ;;
	spread)
		# more of them at the beginning and at the end, where there are few of a kind
		awk -v spread=$spread '{ for (i = 0; i < spread; i++) {
			share = (1 - cos(3.14159265 * (i + 0.5) / spread)) / 2
			print $1 ":" 1 + int($2 * share) (i % 3 ? "" : "+") } }' counts ;;
	*) awk -v every="$every" '{ for (i = 1; i <= $2; i += every) print $1 ":" i }' counts ;;
	esac
}

# inspect COMMAND: what is wrong with the database, with what was said, and with running the command again
inspect() {
	found=none
	[ ! -e d.db ] || found=$("$whole" d.db $reference 2>&1) || echo "$1 $fault: $found"
	case $status in
	0 | 1)
		[ $status = $right ] || echo "$1 $fault: exit status $status, not $right"
		[ "$found" = "$wanted" ] || echo "$1 $fault: done, and there are $found snapshots"
		[ -z "$prints" ] || cmp -s right out || [ -s said ] || echo "$1 $fault: prints something else"
		;;
	3 | 4) [ -s said ] || echo "$1 $fault: exit status $status without a word" ;;
	*) echo "$1 $fault: exit status $status: $(head -c 200 said)" ;;
	esac
	# a worker that loses its parent is ended by the kernel, a moment later
	runs "$work/d.db" && echo "$1 $fault: a process is left"
	echo "$status, $found snapshots" >>seen
	[ "$found" != none ] && [ "$found" != "$wanted" ] || return 0
	"$analyzer" $arguments >/dev/null 2>again || echo "$1 $fault, and again: $(cat again)"
	found=$("$whole" d.db $reference 2>&1)
	[ "$found" = "$wanted" ] || echo "$1 $fault, and again: $found, not $wanted snapshots"
}

for command; do
	[ "$every" != sites ] || sites=sites
	undisturbed "$command" || { result 1 "$command can be disturbed"; continue; }
	plan >planned
	: >seen
	while read -r fault; do
		prepare "$command"
		timeout -s KILL $limit_s env ALLOCATION_FAULT="$fault" LD_PRELOAD="$library" \
			"$analyzer" $arguments >out 2>said
		status=$?
		inspect "$command"
	done <planned >wrong
	comment <wrong
	echo "# $command: $(tr '\n' ' ' <counts)allocations; $(wc -l <planned) failed: $(sort seen | uniq -c |
		awk '{ n = $1; sub(/^ *[0-9]+ /, ""); printf "%s%d × status %s", (NR > 1 ? "; " : ""), n, $0 }')"
	holds "$command for which there is no memory says so, leaves whole snapshots only, and goes on" [ ! -s wrong ]
done
finish
