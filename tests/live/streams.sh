#!/bin/sh
# streams.sh COLLECTOR ANALYZER FIXTURE: what the collector is started with, and what it writes to.  Prints TAP.
#   descriptors that a scheduler, a shell or an agent left open
#   a pipe that nobody reads, and one that is read late
#   a file that the end of the run cuts off
#   a full disk under what is printed
set -eu

collector=$1 analyzer=$2 fixture=$3
. "$(dirname -- "$0")/tap.sh"
work=$(mktemp -d)
idle_pid=''
cleanup() {
	[ -z "$idle_pid" ] || kill "$idle_pid" 2>/dev/null || :
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

mkdir "$work/tree"
cp -r "$fixture/proc" "$work/tree/"
members_of() { tar -tf "$1" | sed 's,^[^/]*/,,' | sort; }
is_whole() { "$analyzer" verify "$1" | sed 1q | grep -q '^whole'; }

# ---- descriptors
"$collector" -q --root "$work/tree" -o "$work/plain.mem.tar" --compress none || :
members_of "$work/plain.mem.tar" >"$work/plain"
touch "$work/others"
# from the number behind the standard streams on: whatever number a pipe of a reader would like to have, it is taken once
for last in 5 7 9 20 40 60; do
	name=inherited-$last
	# a file that is open for writing shows whose bytes went astray
	bash -c 'for ((fd = 3; fd <= $1; fd++)); do eval "exec $fd>>\"\$2\""; done; shift 2; exec "$@"' bash "$last" \
		"$work/others" "$collector" -q --root "$work/tree" -o "$work/$name.mem.tar" --compress none 2>"$work/err" || :
	comment <"$work/err"
	members_of "$work/$name.mem.tar" >"$work/$name" || :
	holds "with descriptors 3 to $last open the archive has what it has without" cmp -s "$work/plain" "$work/$name"
done
is 'nothing was written to any of them' "$(wc -c <"$work/others")" 0

# ---- what a host may set
status=0
(ulimit -n 40; exec "$collector" -q --root "$work/tree" -o "$work/few.mem.tar" --compress none) 2>"$work/err" || status=$?
is 'too few open files: exit status 4' "$status" 4
holds 'too few open files: that is what is said' grep -q 'no more than 40 files may be open' "$work/err"
for name in USR1 XCPU ALRM; do
	mkfifo "$work/tree/proc/loadavg-$name"
	rm -f "$work/tree/proc/loadavg"
	mkfifo "$work/tree/proc/loadavg"
	"$collector" -q --root "$work/tree" -o "$work/$name.mem.tar" --compress none --read-timeout 30s 2>"$work/err" &
	pid=$!
	wait_until 10 [ -e "$work/$name.mem.tar.part" ] || :
	kill -s $name $pid
	wait $pid 2>/dev/null || :
	holds "SIG$name: the archive is whole" is_whole "$work/$name.mem.tar"
	is "SIG$name: it says why it ended" "$(tar -xOf "$work/$name.mem.tar" --wildcards '*/capture/end.csv' | sed -n 's/^stopped,//p')" "SIG$name"
	holds "SIG$name: nothing is left beside it" [ ! -e "$work/$name.mem.tar.part" ]
	rm -f "$work/tree/proc/loadavg-$name"
done
rm -f "$work/tree/proc/loadavg"

# ---- a pipe
# more than a pipe holds, and all of it at once
head -c 1000000 /dev/urandom >"$work/tree/proc/vmallocinfo"
mkfifo "$work/pipe"
sleep 60 <"$work/pipe" &
idle_pid=$!
begin_ms=$(now_ms) status=0
timeout -s KILL 45 "$collector" --root "$work/tree" --timeout 1s -o - >"$work/pipe" 2>"$work/err" || status=$?
elapsed_ms=$(($(now_ms) - begin_ms))
echo "# it took $elapsed_ms ms with a limit of 1000 ms"
is 'a pipe that nobody reads: exit status 4' "$status" 4
holds 'a pipe that nobody reads: the run ends some seconds after its limit' [ $elapsed_ms -lt 20000 ]
holds 'a pipe that nobody reads: that is what is said' grep -q 'standard output: its reader does not read' "$work/err"
begin_ms=$(now_ms) status=0
"$collector" --root "$work/tree" -o - >"$work/pipe" 2>"$work/err" &
pid=$!
sleep 1
kill -s TERM $pid
wait $pid 2>/dev/null || status=$?
elapsed_ms=$(($(now_ms) - begin_ms))
is 'a pipe that nobody reads: a signal ends it' "$status" 143
holds 'a pipe that nobody reads: some seconds after the signal' [ $elapsed_ms -lt 20000 ]
kill $idle_pid
wait $idle_pid 2>/dev/null || :
idle_pid=''
"$collector" -q --root "$work/tree" --timeout 1s -o - 2>"$work/err" | { sleep 3; cat; } >"$work/late.mem.tar.gz"
holds 'a pipe that is read late, but is read, gets a whole archive' is_whole "$work/late.mem.tar.gz"

# ---- a file that goes on
# it is written slowly, so that the time is over between two parts
read_slowly() { # FILE
	size_bytes=-1
	: >"$1"
	until [ "$size_bytes" = "$(wc -c <"$1")" ]; do
		size_bytes=$(wc -c <"$1")
		dd bs=65536 count=1 iflag=fullblock 2>/dev/null >>"$1"
		sleep 0.1
	done
}
truncate -s 4M "$work/tree/proc/vmallocinfo"
"$collector" -q --root "$work/tree" --timeout 1s --compress none -o - 2>"$work/err" | read_slowly "$work/cut.mem.tar"
tar -xOf "$work/cut.mem.tar" --wildcards '*/capture/index/*' | grep '^proc/vmallocinfo,' | cut -d, -f 2-4 >"$work/rows"
echo "# $(wc -l <"$work/rows") parts, the last: $(tail -n 1 "$work/rows")"
is 'a file that the end of the run cuts off says so' "$(tail -n 1 "$work/rows" | sed 's/,[0-9]*,/ /')" 'more budget'
is 'and every part before is there' "$(sed '$d' "$work/rows" | grep -vc ',ok$' || :)" 0
holds 'and the archive is whole' is_whole "$work/cut.mem.tar"

# ---- a full disk
for option in --help --man --version --dry-run; do
	status=0
	"$collector" $option --root "$work/tree" >/dev/full 2>"$work/err" || status=$?
	is "$option that cannot be written: exit status 4" "$status" 4
	holds "$option that cannot be written: that is what is said" \
		grep -q 'cannot write all of it to standard output: No space left' "$work/err"
done
finish
