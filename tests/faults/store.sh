#!/bin/sh
# store.sh ANALYZER PACK_FIXTURE WHOLE FAULT RESTORE [N [COMMAND...]]: the writer of a database is killed, or its disk fails
# or is full.  Prints TAP.
#
# import, merge, prune and migrate, or what is named of them, are disturbed, N times in all in each way (20; 200 is a
# campaign):
#   killed at a random moment, and at a random one of the system calls that write, sync, cut or delete;
#   a random one of these calls fails: no space, an I/O error, half of the bytes written;
#   a disk that is too small (a tmpfs in a mount namespace, or else a limit on the size of files).
# After each the database opens, passes SQLite's checks and holds whole snapshots only (WHOLE compares them with those of
# undisturbed imports), and the same command, run again, comes to its end.  What fails is said, with the exit status.
set -u

top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
. "$top/tests/live/tap.sh"
analyzer=$(realpath "$1") pack_fixture=$(realpath "$2") whole=$(realpath "$3") fault=$(realpath "$4") restore=$(realpath "$5")
runs=${6:-20}
[ $# -gt 6 ] && shift 6 || set -- import merge prune migrate
commands=$*
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work" || exit 1
unset MEMRECKON_DB
"$fault" -c -o /dev/null -- "$analyzer" --version >/dev/null 2>err && can_fault=1 || can_fault=''

for fixture in "$top"/fixtures/*/MEMBERS; do
	fixture=${fixture%/MEMBERS}
	"$pack_fixture" "$fixture" "${fixture##*/}.mem.tar.gz" || exit 1
done
archives=$(echo *.mem.tar.gz)
all=$(ls -d *.mem.tar.gz | wc -l)
"$analyzer" import -d reference.db $archives >/dev/null || exit 1
for schema in "$top"/tests/migrations/schema-*.sql.xz; do "$restore" "$schema" "${schema##*/}.db"; done
older=$(ls -d schema-1.*.db)

# random MOST: a number from 1 to MOST
random() { echo $(($(od -An -N4 -tu4 /dev/urandom) % $1 + 1)); }

# prepare COMMAND: the database it begins with; arguments of the command in $arguments; how many snapshots the
# database holds when it is done in $wanted
prepare() {
	rm -f d.db d.db-journal
	wanted=$all
	case $1 in
	import) arguments="import -d $work/d.db $archives" ;;
	merge) arguments="merge -d $work/d.db reference.db" ;;
	prune)
		cp reference.db d.db
		arguments="prune -d $work/d.db --all" wanted=0
		;;
	migrate)
		cp "$older" d.db
		arguments="migrate -d $work/d.db" wanted=1
		;;
	esac
}

# measure COMMAND: how long it takes, and how often it makes the calls that write
measure() {
	prepare "$1"
	begin=$(now_ms)
	"$analyzer" $arguments >/dev/null
	took=$(($(now_ms) - begin + 1))
	[ -n "$can_fault" ] || return 0
	prepare "$1"
	"$fault" -c -o calls -- "$analyzer" $arguments >/dev/null
	grep -E '^writer (pwrite64|fdatasync|fsync|ftruncate|unlink) ' calls >"calls.$1"
}

# at_call COMMAND ACTION: one of the calls goes wrong
at_call() {
	action=$2
	# only of a write there is a half
	[ "$action" = short ] && which=pwrite64 || which='[a-z]'
	line=$(random "$(grep -c " $which" "calls.$1")")
	set -- $(grep " $which" "calls.$1" | sed -n "${line}p")
	number=$(random "$3")
	when="$action at call $number of $2"
	"$fault" writer "$2" "$number" "$number" "$action" -- "$analyzer" $arguments >/dev/null 2>said
	status=$?
}
after_ms() {
	ms=$(random "$took")
	when="killed after $ms ms of $took"
	timeout --foreground -s KILL "$((ms / 1000)).$(printf %03d $((ms % 1000)))" "$analyzer" $arguments >/dev/null 2>&1
	status=$?
}

# inspect COMMAND: what is wrong with the database, with what was said, and with running the command again
inspect() {
	listing=$("$analyzer" list -d d.db 2>&1 >/dev/null) || case $listing in
	*'no database'* | *'no snapshots'*) ;;
	*) echo "$1 $when: $listing" ;;
	esac
	if [ -e d.db ]; then
		found=$("$whole" d.db reference.db 2>&1) || echo "$1 $when: $found"
	else
		found=none
	fi
	echo "$found" >>seen
	# who loses its parent is ended by the kernel, a moment later
	runs "$work/d.db" && echo "$1 $when: a process is left"
	case $status in
	0) [ "$found" = "$wanted" ] || echo "$1 $when: exit status 0 and $found snapshots" ;;
	3 | 4) [ -s said ] || echo "$1 $when: exit status $status without a word" ;;
	# 124: it ended by itself in the very moment
	124 | 137) ;;
	*) echo "$1 $when: exit status $status" ;;
	esac
	[ "$found" = "$wanted" ] || "$analyzer" $arguments >/dev/null 2>again || echo "$1 $when, and again: $(cat again)"
	now=$("$whole" d.db reference.db 2>&1)
	[ "$now" = "$wanted" ] || echo "$1 $when, and again: $now, not $wanted snapshots"
}

# disturb SENTENCE COMMAND TIMES WAY...: each of the ways in turn
disturb() {
	sentence=$1 command=$2 times=$3
	shift 3
	: >seen
	: >wrong
	i=0
	while [ $i -lt "$times" ]; do
		i=$((i + 1))
		prepare "$command"
		: >said
		case $1 in
		moment) after_ms ;;
		*) at_call "$command" "$1" ;;
		esac
		inspect "$command" >>wrong
		way=$1
		shift
		set -- "$@" "$way"
	done
	comment <wrong
	echo "# $command: found afterwards: $(sort seen | uniq -c | awk '{ printf "%s%s × %s", (NR > 1 ? ", " : ""), $1, $2 }')"
	holds "$command $sentence" [ ! -s wrong ]
}

# a disk of so many KiB: the database is on it alone
fill() { # KIB
	prepare import
	arguments="import -d disk/d.db $archives" when="$1 KiB of disk"
	if [ -n "$can_mount" ]; then
		unshare -m sh -c 'mount -t tmpfs -o size="$1"k none disk
			shift
			"$@" >/dev/null 2>said; echo $? >status; cp disk/d.db* . 2>/dev/null' sh "$1" "$analyzer" $arguments
	else
		(trap '' XFSZ; ulimit -f $(($1 * 2)); "$analyzer" $arguments >/dev/null 2>said; echo $? >status)
		mv disk/d.db* . 2>/dev/null
	fi
	status=$(cat status)
	arguments="import -d $work/d.db $archives"
	inspect import
}

share=$((runs / $#))
for command in $commands; do
	measure "$command"
	disturb "that is killed leaves whole snapshots only, and goes on" "$command" $share moment ${can_fault:+kill}
	if [ -n "$can_fault" ]; then
		disturb "says that its disk fails, and leaves whole snapshots only" "$command" $share ENOSPC EIO short
	else
		skip "$command says that its disk fails" "$(sed 1q err)"
	fi
done

mkdir disk
unshare -m mount -t tmpfs none disk 2>/dev/null && can_mount=1 || can_mount=''
size_kib=$(($(stat -c %s reference.db) / 1024))
: >seen
i=0
while [ $i -lt $share ]; do
	i=$((i + 1))
	# any size, and those at which there is room for some of it
	[ $((i % 3)) = 0 ] && fill $(random $size_kib) || fill $((size_kib * 3 / 4 + $(random $((size_kib / 2)))))
done >wrong
comment <wrong
echo "# ${can_mount:+a tmpfs of 1 to $((size_kib * 5 / 4)) KiB}: found afterwards: $(sort seen | uniq -c | awk '{ printf "%s%s × %s", (NR > 1 ? ", " : ""), $1, $2 }')"
holds 'import says that the disk is full, leaves whole snapshots only, and goes on where there is room' [ ! -s wrong ]
finish
