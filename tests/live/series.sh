#!/bin/sh
# series.sh COLLECTOR ANALYZER LOAD: captures by the clock and by conditions, with the real collector.  Prints TAP.
# Most of it runs on a small tree, where a condition is a line in a file and a FIFO makes a capture as long as is wanted;
# the cgroups are real ones, which need root, and otherwise are skipped.
set -eu

collector=$1 analyzer=$2 load=$3
. "$(dirname -- "$0")/tap.sh"

work=$(mktemp -d)
group='' load_pid='' pid=''
end_load() {
	exec 9>&- || :
	[ -z "$load_pid" ] || wait "$load_pid" 2>/dev/null || :
	load_pid=''
}
cleanup() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || :
	end_load
	[ -z "$group" ] || rmdir "$group" 2>/dev/null || :
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
tree=$work/tree
mkdir -p "$tree/proc/self" "$work/out"
meminfo() { printf 'MemTotal:       1000000 kB\nMemFree:         100000 kB\nMemAvailable:    %s kB\n' "$1"; }
meminfo 500000 >"$tree/proc/meminfo"

archives() { find "$work/out" -type f -name '*.mem.tar.gz' | sort; }
count_archives() { archives | wc -l | tr -d ' '; }
empty() { rm -f "$work"/out/*; }
# collect OPTIONS...: on the tree; what it says is in $work/said, its exit status in $status
collect() {
	status=0
	"$collector" --root "$tree" -o "$work/out/" "$@" 2>"$work/said" || status=$?
}
is_done() { [ "$status" = 0 ] || [ "$status" = 3 ]; }
said() { grep -q -- "$1" "$work/said"; }
says() { # SENTENCE PATTERN: one line of what was said matches
	if said "$2"; then result 0 "$1"; else comment <"$work/said"; result 1 "$1"; fi
}
member() { tar -xzOf "$1" --wildcards "*/$2" 2>/dev/null; }

# by the clock
collect --interval 200ms --count 3
holds 'a series ends with a status of its captures' is_done
is 'as many archives as asked for' "$(count_archives)" 3
# shellcheck disable=SC2046
"$analyzer" import -q -d "$work/db" $(archives) >/dev/null || [ $? = 3 ]
is 'each of them is a snapshot of its own' "$("$analyzer" sql -d "$work/db" -f csv 'select count(*) from snapshot' | tail -n 1)" 3
empty
collect --interval 100ms --count 5 --keep 2
is '--keep leaves the newest' "$(count_archives)" 2
empty
collect --interval 100ms --count 2 -o "$work/out/moment-%T.mem.tar.gz"
is '%T becomes the time' "$(archives | grep -Ec '/moment-[0-9]{8}T[0-9]{6}Z(-[0-9]+)?\.mem\.tar\.gz$')" 2
empty
collect -q --interval 100ms --count 2
is '-q says nothing' "$(cat "$work/said")" ''
empty
key_ids() {
	for archive in $(archives); do member "$archive" capture/meta.csv | sed -n 's/^anonymize_key_id,//p'; done | sort -u | wc -l
}
collect --interval 100ms --count 3 --anonymize
is 'anonymized without a key of ours: three archives' "$(count_archives)" 3
is 'and one key' "$(key_ids)" 1
empty
if [ "$(id -u)" = 0 ] && mkdir -m 755 "$work/theirs" && chmod 755 "$work" && chown 65534:65534 "$work/theirs" 2>/dev/null; then
	collect --interval 100ms --count 3 --keep 1 -o "$work/theirs/"
	holds "a series into somebody else's folder is made" is_done
	is 'and --keep holds there too' "$(find "$work/theirs" -type f | wc -l)" 1
	dropped() { member "$(find "$work/theirs" -type f)" capture/meta.csv | sed -n 's/^capabilities_dropped,//p'; }
	holds 'the archive tells what was given up before its capture began' [ -n "$(dropped)" ]
else
	skip "a series into somebody else's folder is made" 'not root'
fi
collect --interval 1s --count 2 -o -
is 'standard output is refused' "$status" 2
says 'and why is said' 'standard output takes one'
collect --interval 1s -o "$work/one-name.mem.tar.gz"
is 'one name for many archives is refused' "$status" 2

# a capture that lasts 1.5 s
mkfifo "$tree/proc/loadavg"
collect --interval 1s --count 2 --read-timeout 1500ms
says 'a tick that comes while a capture runs is skipped and named' 'skipped   [0-9]* ticks\{0,1\}: the capture at [0-9:]*Z took [0-9.]* s'
is 'and its archive is not made' "$(count_archives)" 2
empty

# signals; setsid makes the collector the leader of a process group, as a shell with job control does
has_part() { [ -n "$(find "$work/out" -name '*.part')" ]; }
start() { # OPTIONS...: in the background
	setsid "$collector" --root "$tree" -o "$work/out/" "$@" 2>"$work/said" &
	pid=$!
}
wait_end() {
	status=0
	wait "$pid" || status=$?
	pid=''
}
if command -v setsid >/dev/null; then
	start --interval 1h --read-timeout 2s
	wait_until 20 has_part
	kill -TERM "-$pid"
	wait_end
	is 'a signal to the group during a capture: the series dies by it' "$status" 143
	is 'the capture is told once: its archive is there' "$(count_archives)" 1
	is 'and says why it ended' "$(member "$(archives)" capture/end.csv | sed -n 's/^stopped,//p' | tr -d '\r')" SIGTERM
	empty
	start --interval 1h --read-timeout 30s
	wait_until 20 has_part
	kill -TERM "$pid"
	# the second must not come before the first was noticed
	sleep 0.3
	kill -TERM "$pid" 2>/dev/null || :
	wait_end
	is 'a second signal is passed on too' "$status" 143
	holds 'and leaves no unfinished file' [ -z "$(find "$work/out" -name '*.part')" ]
	empty
else
	skip 'signals' 'no setsid'
fi
rm "$tree/proc/loadavg"

# by conditions
said_waiting() { grep -q '^waiting' "$work/said"; }
start_waiting() {
	"$collector" --root "$tree" -o "$work/out/" "$@" 2>"$work/said" &
	pid=$!
	wait_until 20 said_waiting
}
start_waiting --when 'mem_available<5%' --interval 50ms
sleep 0.3
is 'while the condition is false nothing is captured' "$(count_archives)" 0
meminfo 042000 | dd of="$tree/proc/meminfo" conv=notrunc 2>/dev/null
wait_end
holds 'when it becomes true one capture is made' is_done
is 'and one archive' "$(count_archives)" 1
says 'the condition is named' '^trigger   mem_available<5%: 4.20% at '
is 'and is in the archive' "$(member "$(archives)" capture/meta.csv | sed -n 's/^trigger,//p' | tr -d '\r"')" 'mem_available<5%: 4.20%'
empty
collect --when 'mem_available<5%' --cooldown 200ms --interval 50ms --count 3 --keep 1
is 'a condition that stays true fires after each cooldown, and --keep holds' "$(count_archives)" 1
holds 'three times' [ "$(grep -c '^trigger' "$work/said")" = 3 ]
empty
start_waiting --when 'mem_available<1%'
status_of() { sed -n "s/^$1:[[:blank:]]*//p" "/proc/$pid/status"; }
is 'what waits can gain no rights' "$(status_of NoNewPrivs)" 1
case $(status_of Seccomp) in
'') skip 'what waits is confined' 'the kernel has no system call filters' ;;
*) is 'what waits is confined' "$(status_of Seccomp)" 2 ;;
esac
# behind the name: nice is field 19
is 'what waits has the lowest priority' "$(sed 's/.*) //' "/proc/$pid/stat" | cut -d ' ' -f 17)" 19
is 'what waits leaves no core' "$(sed -n 's/^Max core file size *\([^ ]*\) .*/\1/p' "/proc/$pid/limits")" 1
if [ $((0x$(sed -n 's/^CapEff:[[:blank:]]*//p' /proc/$$/status) & 0x280004)) = $((0x280004)) ]; then
	# CAP_SYS_PTRACE, CAP_SYS_ADMIN, CAP_DAC_READ_SEARCH
	is 'what waits has no capability that a capture does not need' "$(status_of CapEff)" 0000000000280004
else
	skip 'what waits has no capability that a capture does not need' 'not root'
fi
kill -TERM "$pid"
wait_end
is 'a signal ends the wait' "$status" 143
collect --when 'mem_available<1%' --interval 50ms --for 200ms
is 'a wait in vain ends without an archive' "$status" 4
collect --when 'no_such_line<1%'
is 'a condition that cannot be judged is refused' "$status" 2

# what a wait costs: nothing but the read and the sleep
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
	strace -o "$work/trace" "$collector" -q --root "$tree" -o "$work/out/" --when 'mem_available<1%' --interval 20ms --for 400ms \
		2>/dev/null || :
	# from the first sleep on, until it ends
	calls=$(sed -n '/^rt_sigtimedwait/,$p' "$work/trace" | sed '/^close/,$d' | sed 's/(.*//' | sort -u | tr '\n' ' ')
	is 'a wait makes no system call but pread and the sleep' "$calls" 'pread64 rt_sigtimedwait '
else
	skip 'a wait makes no system call but pread and the sleep' 'no strace, or it may not trace'
fi

# a real cgroup that fills up, goes, and comes again
v1=$(awk '$3 == "cgroup" && $4 ~ /(^|,)memory(,|$)/ { print $2; exit }' /proc/mounts)
v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
if [ -n "$v1" ]; then
	mount=$v1
elif [ -n "$v2" ] && grep -qw memory "$v2/cgroup.subtree_control" 2>/dev/null; then
	mount=$v2
else
	mount=''
fi
name=memreckon-test-series-$$
[ -n "$mount" ] && group=$mount/$name
run_load() {
	mkfifo "$work/in"
	sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' sh "$group" "$load" "$work/cache" 32768 4 4 4 <"$work/in" >"$work/load.log" 2>&1 &
	load_pid=$!
	exec 9>"$work/in"
	rm "$work/in"
	wait_until 30 grep -q ready "$work/load.log"
	echo go >&9
	wait_until 30 grep -q loaded "$work/load.log"
}
if [ -n "$group" ] && [ "$(id -u)" = 0 ] && mkdir "$group" 2>/dev/null; then
	status=0
	"$collector" -q --when "cgroup:/$name>90%" 2>"$work/said" || status=$?
	is 'a share of a group without a limit is refused' "$status" 2
	says 'and why is said' 'no limit of its own'
	"$collector" -l quick -o "$work/out/" --when "cgroup:/$name>16M" --interval 50ms 2>"$work/said" &
	pid=$!
	wait_until 20 said_waiting
	rmdir "$group"
	holds 'a group that goes is missed' wait_until 20 said "^waiting   cgroup:/$name>16M: No such"
	mkdir "$group"
	holds 'and is found when it comes again' wait_until 20 said 'can be read again'
	run_load
	wait_end
	end_load
	holds 'its use makes the capture begin' is_done
	says 'with what was seen' "^trigger   cgroup:/$name>16M: [0-9.]* M at "
	rmdir "$group" && group=''
else
	skip 'a real cgroup' 'no right to make one where memory is accounted'
	group=''
fi
finish
