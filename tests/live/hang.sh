#!/bin/sh
# hang.sh [--show] COLLECTOR ANALYZER HANG_FUSE HANG_TARGET FIXTURE: kernel files that do not answer must not stop the
# collector.  Prints TAP.  The hangs:
#   a FIFO in a foreign tree, which needs no right at all; and in one that is this machine, where the probes read it
#   smaps_rollup of a process whose mmap lock cannot be had (hang_target.c says how that is done)
#   a file in a foreign tree that holds its reader so that not even SIGKILL ends it (hang_fuse.c)
#   the same with a file of /proc itself, as a file server that stands before /proc in containers (lxcfs) may do it
#   a folder in a foreign tree that cannot be listed
# All but the first need /dev/fuse and the right to mount, in a mount namespace of their own; without it they are skipped.
# Everything ends by itself after limit_seconds, or when this script dies: the helpers listen to it through a FIFO.
# --show prints beside it what the collector said, and what smem, smemcap and ps do in the same hang.
set -eu

if [ "${MEMRECKON_HANG_MOUNTS:-}" = '' ]; then
	# an ordinary user may mount in a user namespace, where the kernel allows that
	for how in '--mount' '--user --map-root-user --mount'; do
		# shellcheck disable=SC2086
		if unshare $how --propagation private true 2>/dev/null; then
			# shellcheck disable=SC2086
			exec env MEMRECKON_HANG_MOUNTS=yes unshare $how --propagation private sh "$0" "$@"
		fi
	done
	MEMRECKON_HANG_MOUNTS=no
fi
show=''
if [ "$1" = --show ]; then show=1; shift; fi
analyzer=$2 hang_fuse=$3 hang_target=$4 fixture=$5
. "$(dirname -- "$0")/tap.sh"

read_seconds=60 limit_seconds=90  # of the rig; a hang ends as soon as its tests are done
timeout_ms=1000                   # --read-timeout
bar_ms=200                        # design: what a hang may cost on top of its timeout
margin_ms=10000                   # what is asserted, on a machine that may be busy

work=$(mktemp -d)
# a copy of its own, so that its processes can be told from those of others
collector=$work/memreckon-collect
cp "$1" "$collector"
fuse_pid='' target_pids=''
release() {
	# the file system first: it sets free what waits for it
	exec 8>&- 9>&- || :
	for pid in $fuse_pid $target_pids; do wait "$pid" 2>/dev/null || :; done
	fuse_pid='' target_pids=''
}
collectors() { # pids of ours
	for link in /proc/[0-9]*/exe; do
		[ "$(readlink "$link" 2>/dev/null)" != "$collector" ] || echo "${link%/exe}" | tr -dc '0-9\n'
	done
}
no_collectors() { [ -z "$(collectors)" ]; }
cleanup() {
	release
	for pid in $(collectors); do kill -s KILL "$pid" 2>/dev/null || :; done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP PIPE

# a collector that hangs fails the tests, it does not stop them
bounded_collector() { timeout -s KILL 45 "$collector" --read-timeout ${timeout_ms}ms "$@" 8>&- 9>&-; }
# capture NAME [OPTIONS]: leaves status, elapsed_ms, NAME.mem.tar.gz and NAME.err
capture() {
	name=$1 begin_ms=$(now_ms) status=0
	shift
	rm -f "$work/$name.mem.tar.gz" "$work/$name.db"
	bounded_collector -o "$work/$name.mem.tar.gz" "$@" 2>"$work/$name.err" || status=$?
	elapsed_ms=$(($(now_ms) - begin_ms))
	"$analyzer" import -q -d "$work/$name.db" "$work/$name.mem.tar.gz" >/dev/null 2>"$work/$name.import" || :
	[ -z "$show" ] || comment <"$work/$name.err"
}
ask() { # NAME EXPRESSION: one value
	"$analyzer" sql -d "$work/$1.db" -f csv "select ($2) as answer" 2>/dev/null | sed 1d
}
member() { # NAME PATH: without the top directory
	tar -xzOf "$work/$1.mem.tar.gz" --wildcards "*/$2" 2>/dev/null
}
in_time() { # NORMAL_MS: and says by how much
	extra_ms=$((elapsed_ms - $1))
	echo "# $extra_ms ms more than the $1 ms without the hang; bar: timeout + $bar_ms = $((timeout_ms + bar_ms)) ms"
	holds "a hang costs its timeout and less than $((margin_ms / 1000)) s more" [ $extra_ms -lt $((timeout_ms + margin_ms)) ]
}
timed_out() { # NAME: paths of the index
	ask "$1" "select group_concat(path, ' ') from reading where status = 'timeout'"
}
statuses_of() { # PID NAME: files and how their reading ended, without the pid
	member "$2" 'capture/index/*' | tr -d '"' | sed -nE "s;^proc/$1/([a-z_]+),canonical,0,([A-Za-z]+),.*;\1 \2;p" |
		sort | tr '\n' ' '
}
# what was read without the hang has to be read with it; tasks come and go
others_are_whole() { # NAME NORMAL
	for name in "$1" "$2"; do
		"$analyzer" sql -d "$work/$name.db" -f csv "select distinct status from coverage where status <> 'timeout'" \
			>"$work/$name.statuses" || :
	done
	grep -vxF -f "$work/$2.statuses" "$work/$1.statuses" | grep -vxE 'ENOENT|ESRCH' >"$work/new" || :
	comment <"$work/new"
	[ -s "$work/$1.statuses" ] && [ ! -s "$work/new" ]
}
end_of() { # NAME KEY
	member "$1" capture/end.csv | sed -n "s/^$2,//p" | tr -d '\r"'
}
is_published_whole() { # NAME
	[ "$(end_of "$1" stopped)" = end ]
}

# ---- a FIFO in a foreign tree
mkdir "$work/tree"
cp -r "$fixture/proc" "$work/tree/"
fifo_pid=$(cd "$work/tree/proc" && printf '%s\n' [0-9]*/smaps_rollup | sort -n | sed -n '3s,/.*,,p')
fifo=proc/$fifo_pid/smaps_rollup
capture tree-normal --root "$work/tree"
tree_normal_ms=$elapsed_ms
rm "$work/tree/$fifo"
mkfifo "$work/tree/$fifo"
capture fifo --root "$work/tree"
in_time "$tree_normal_ms"
is 'a FIFO: exit status 3' "$status" 3
is 'a FIFO: it alone timed out' "$(timed_out fifo)" "$fifo"
holds 'a FIFO: everything else is whole' others_are_whole fifo tree-normal
rollups='select count(*) from proc_smaps_rollup where reading = 0'
is 'a FIFO: every other process has its rollup' "$(ask fifo "$rollups")" $(($(ask tree-normal "$rollups") - 1))
holds 'a FIFO: the run came to its end' is_published_whole fifo
holds 'a FIFO: the summary names the process' grep -q "^not read .*smaps_rollup of pid $fifo_pid (" "$work/fifo.err"
holds 'a FIFO: no process stays behind' wait_until 10 no_collectors
for jobs in 4 8 16; do
	capture fifo-jobs --root "$work/tree" --jobs $jobs
	is "a FIFO, $jobs readers: it alone timed out" "$(timed_out fifo-jobs)" "$fifo"
	holds "a FIFO, $jobs readers: everything else is whole" others_are_whole fifo-jobs tree-normal
	is "a FIFO, $jobs readers: one of them was replaced" \
		"$(member fifo-jobs capture/receipt.csv | sed -n 's/^readers_count,//p')" $((jobs + 1))
done

# ---- several FIFOs, several readers: they hang at the same time
for file in $(cd "$work/tree" && printf '%s\n' proc/[0-9]*/status | head -n 8); do
	mv "$work/tree/$file" "$work/tree/$file.kept"
	mkfifo "$work/tree/$file"
done
capture fifo-many --root "$work/tree" --jobs 8
echo "# 8 files that hang, 8 readers: $elapsed_ms ms; one after another they take $((8 * timeout_ms)) ms"
is '8 FIFOs, 8 readers: they and the one before alone timed out' "$(timed_out fifo-many | wc -w)" 9
holds '8 FIFOs, 8 readers: they hang at the same time' [ "$elapsed_ms" -lt $((6 * timeout_ms)) ]
for kept in "$work"/tree/proc/[0-9]*/status.kept; do mv "$kept" "${kept%.kept}"; done

# ---- FIFOs for all of them: the limit of the whole run, and an interrupt, end it in the middle of a wait
for file in "$work"/tree/proc/[0-9]*/smaps_rollup; do
	rm "$file"
	mkfifo "$file"
done
capture limit --root "$work/tree" --timeout 2500ms
echo "# the run took $elapsed_ms ms, its limit is 2500 ms"
holds 'FIFOs: the run keeps to its limit' [ "$elapsed_ms" -lt $((2500 + margin_ms)) ]
is 'FIFOs: exit status 3' "$status" 3
is 'FIFOs: the archive tells why it ended' "$(end_of limit stopped)" timeout
is 'FIFOs: and what is complete' "$(end_of limit phases)" 'system cgroups processes'
is 'FIFOs: what answered before is there' "$(ask limit 'select count(*) from proc_stat where reading = 0')" \
	"$(ask tree-normal 'select count(*) from proc_stat where reading = 0')"

# the limit of the run comes before that of the file
capture struck --root "$work/tree" --timeout 1500ms --read-timeout 40s
struck=$(timed_out struck)
echo "# the run took $elapsed_ms ms, its limit is 1500 ms; it struck at $struck"
is 'FIFOs: of those that the limit of the run kept from being read one hung' "$(echo "$struck" | wc -w)" 1
is 'FIFOs: hung.csv names it' "$(member struck capture/hung.csv | sed -n 's/,.*,process,.*//p')" "${struck:-a file}"
holds 'FIFOs: and so does the summary' \
	grep -q "^not read .*smaps_rollup of pid $(echo "$struck" | tr -dc 0-9) (" "$work/struck.err"
is 'FIFOs: the others are over budget' "$(ask struck "select count(*) > 1 from reading where status = 'budget'")" 1
is 'FIFOs: the archive tells that the time was over' "$(end_of struck stopped)" timeout

begin_ms=$(now_ms)
"$collector" -o "$work/interrupt.mem.tar.gz" --read-timeout 40s --root "$work/tree" 2>"$work/interrupt.err" &
interrupted=$!
waits_in_fifo() {
	for pid in $(collectors); do ! grep -qs wait_for_partner "/proc/$pid/wchan" || return 0; done
	return 1
}
wait_until 5 waits_in_fifo || sleep 1
# a shell starts what it puts into the background with SIGINT ignored
kill -s TERM $interrupted
status=0
wait $interrupted 2>/dev/null || status=$?
elapsed_ms=$(($(now_ms) - begin_ms))
is 'interrupted: it dies by the signal' "$status" 143
holds 'interrupted: at once, not when the file answers' [ "$elapsed_ms" -lt $margin_ms ]
is 'interrupted: the archive tells so' "$(end_of interrupt stopped)" SIGTERM
holds 'interrupted: no process stays behind' wait_until 10 no_collectors
rm -r "$work/tree/proc"
cp -r "$fixture/proc" "$work/tree/"

# ---- a FIFO that the probes read: they run on this machine only, which a tree is that has its boot id
fact() { member "$1" capture/meta.csv | sed -n "s/^$2,//p" | tr -d '\r"'; } # NAME KEY
cat /proc/sys/kernel/random/boot_id >"$work/tree/proc/sys/kernel/random/boot_id"
capture probes-normal --root "$work/tree" --without pages
probes_normal_ms=$elapsed_ms
is 'probes: an ordinary capture says that they answered' "$(fact probes-normal probes)" ok
holds 'probes: and what they saw' [ -n "$(fact probes-normal probe_statm_after_pages)" ]
mkfifo "$work/tree/proc/kpageflags"
for confined in '' --no-confine; do
	what="a FIFO for the probes${confined:+, $confined}"
	# shellcheck disable=SC2086
	capture probes --root "$work/tree" --without pages $confined
	in_time "$probes_normal_ms"
	is "$what: exit status 3" "$status" 3
	is "$what: the archive says that they did not answer" "$(fact probes probes)" timeout
	is "$what: nothing is made up" "$(fact probes probe_statm_after_pages)" ''
	holds "$what: everything else is whole" others_are_whole probes probes-normal
	holds "$what: the run came to its end" is_published_whole probes
	holds "$what: the summary tells" \
		grep -q '^not read .*probes.*timeout' "$work/probes.err"
	holds "$what: no process stays behind" wait_until 10 no_collectors
done
rm -r "$work/tree/proc"
cp -r "$fixture/proc" "$work/tree/"

# ---- two that hang, of which one can be told by name: what is told of it stands for nothing else
two=$work/two
mkdir -p "$two/proc/77" "$two/proc/78"
printf 'MemTotal:       1000 kB\nMemFree:         500 kB\n' >"$two/proc/meminfo"
for pid in 77 78; do
	echo '100 50 10 1 0 20 0' >"$two/proc/$pid/statm"
	printf 'Name:\tmaps of pid \nState:\tS (sleeping)\n' >"$two/proc/$pid/status"
	echo 0::/ >"$two/proc/$pid/cgroup"
	: >"$two/proc/$pid/maps"
	: >"$two/proc/$pid/smaps_rollup"
done
echo "77 (maps of pid ) S 1 77 77 0 -1 0$(printf ' 0%.0s' $(seq 43))" >"$two/proc/77/stat"
mkfifo "$two/proc/77/smaps"
rm "$two/proc/78/maps"
mkfifo "$two/proc/78/maps"
capture two --root "$two" --read-timeout 200ms -l full --with maps
comment <"$work/two.err"
holds 'two that hang: one is told by name' grep -q 'smaps of pid 77 (maps of pid )' "$work/two.err"
holds 'two that hang: the other is counted' grep -qE '^[^(]* maps of 1 of 2 processes +timeout' "$work/two.err"

# ---- the rig
if [ "$MEMRECKON_HANG_MOUNTS" = no ]; then
	skip 'smaps_rollup of a process whose mmap lock cannot be had' 'no right to make a mount namespace'
	skip 'a reader that not even SIGKILL ends' 'no right to make a mount namespace'
	finish
fi
# hang_over FILE: mount over it; file descriptor 9 keeps it
hang_over() {
	rm -f "$work/fuse.in"
	mkfifo "$work/fuse.in"
	"$hang_fuse" "$1" $read_seconds $limit_seconds <"$work/fuse.in" >"$work/fuse.log" 2>&1 &
	fuse_pid=$!
	exec 9>"$work/fuse.in"
	wait_until 5 grep -q mounted "$work/fuse.log"
}
# file descriptor 8 keeps the target
start_target() {
	mkfifo "$work/target.in"
	"$hang_target" "$work/file" $limit_seconds <"$work/target.in" >"$work/target.log" 2>&1 9>&- &
	target_pids=$!
	exec 8>"$work/target.in"
	wait_until 5 grep -q reading "$work/fuse.log" && target=$(sed -n 's/^target //p' "$work/target.log")
}
# the second thread waits for the lock
has_stuck_thread() { cut -d ' ' -f 3 "/proc/$target"/task/*/stat 2>/dev/null | grep -q D; }
are_of_target() { # PATHS
	case " $1 " in *" proc/$target/cmdline "*) ;; *) echo "# $1"; return 1 ;; esac
	case " $1 " in *" proc/$target/smaps_rollup "*) ;; *) echo "# $1"; return 1 ;; esac
	[ -z "$(echo "$1" | tr ' ' '\n' | grep -v "^proc/$target/")" ] || { echo "# $1"; return 1; }
}
# show_time_of COMMAND...: how long it takes, for at most 10 s
show_time_of() {
	begin_ms=$(now_ms) shown=0
	timeout -s KILL 10 "$@" >/dev/null 2>&1 8>&- 9>&- || shown=$?
	[ "$shown" != 137 ] || shown='137, no answer: killed after 10 s'
	echo "# beside it: $*: $(($(now_ms) - begin_ms)) ms, exit status $shown"
}
cat_gives_no_answer() {
	shown=0
	timeout -s KILL 1 cat "/proc/$target/smaps_rollup" >/dev/null 2>&1 8>&- 9>&- || shown=$?
	[ "$shown" = 137 ]
}

# ---- smaps_rollup of a process whose mmap lock cannot be had
live_hang() {
	capture live-normal
	normal_ms=$elapsed_ms
	if ! start_target || ! wait_until 5 has_stuck_thread; then
		cat "$work/fuse.log" "$work/target.log" | comment
		return 1
	fi
	sleep 60 8>&- 9>&- &
	later=$!
	target_pids="$target_pids $later"
	holds 'the rig: cat of smaps_rollup has no answer after a second' cat_gives_no_answer
	capture live
	in_time "$normal_ms"
	rollup=proc/$target/smaps_rollup
	is 'mmap lock: exit status 3' "$status" 3
	is 'mmap lock: the one smaps_rollup alone timed out' "$(timed_out live)" "$rollup"
	holds 'mmap lock: everything else is whole' others_are_whole live live-normal
	statuses=$(statuses_of $$ live | sed 's/smaps_rollup ok/smaps_rollup timeout/')
	is 'mmap lock: the other files of the process are whole' "$(statuses_of "$target" live)" "${statuses:-nothing}"
	is 'mmap lock: a process that comes later is read' \
		"$(ask live "select count(*) from proc_smaps_rollup where pid = $later and reading = 0")" 1
	holds 'mmap lock: the run came to its end' is_published_whole live
	member live capture/hung.csv >"$work/hung.csv" || :
	comment <"$work/hung.csv"
	holds 'mmap lock: hung.csv names the process' \
		grep -qE "^$rollup,[0-9]+,process,$target,[0-9]*,memreckon-hung,[A-Z]," "$work/hung.csv"
	holds 'mmap lock: hung.csv names the thread in state D and what it waits in' \
		grep -qE "^$rollup,[0-9]+,thread,$target,[0-9]+,memreckon-hung,D,[a-z_]+" "$work/hung.csv"
	holds 'mmap lock: the summary names the process' \
		grep -q "^not read .*smaps_rollup of pid $target (memreckon-hung)" "$work/live.err"
	if [ -n "$show" ]; then
		for tool in smem smemcap 'ps aux'; do
			command -v "${tool%% *}" >/dev/null || { echo "# beside it: $tool: not installed"; continue; }
			# shellcheck disable=SC2086
			show_time_of $tool
		done
	fi
	# now four files and more need the lock; which of them the kernel can read without it depends on its version
	capture live-full -l full --with argv,maps,numa
	echo "# level full: $elapsed_ms ms"
	is 'mmap lock, level full: exit status 3' "$status" 3
	holds 'mmap lock, level full: the files of the process that need the lock timed out, and no others' are_of_target \
		"$(timed_out live-full)"
	holds 'the rig: it still holds after the capture' has_stuck_thread
	kill "$later"
	release
	holds 'mmap lock: no process stays behind' wait_until 10 no_collectors
}
: >"$work/file"
if hang_over "$work/file"; then
	live_hang || result 1 'the rig holds the mmap lock'
	release
else
	skip 'smaps_rollup of a process whose mmap lock cannot be had' "no FUSE mount: $(tr '\n' ' ' <"$work/fuse.log")"
fi

# ---- a reader that not even SIGKILL ends, and a pipe that has to end all the same
unkillable() {
	begin_ms=$(now_ms)
	{
		status=0
		bounded_collector -o - --root "$work/tree" 2>"$work/pipe.err" || status=$?
		echo "$status" >"$work/pipe.status"
	} | cat >"$work/pipe.mem.tar.gz" 9>&-
	elapsed_ms=$(($(now_ms) - begin_ms))
	[ -z "$show" ] || comment <"$work/pipe.err"
	in_time "$normal_ms"
	"$analyzer" import -q -d "$work/pipe.db" "$work/pipe.mem.tar.gz" >/dev/null 2>&1 || :
	is 'SIGKILL in vain: exit status 3' "$(cat "$work/pipe.status")" 3
	is 'SIGKILL in vain: the one file alone timed out' "$(timed_out pipe)" "$fifo"
	holds 'SIGKILL in vain: everything else is whole' others_are_whole pipe tree-normal
	holds 'SIGKILL in vain: the run came to its end' is_published_whole pipe
	is 'SIGKILL in vain: the reader is still stuck while the pipe has ended' "$(collectors | wc -l)" 1
	release
	holds 'SIGKILL in vain: the reader dies as soon as its file lets go' wait_until 10 no_collectors
}
rm "$work/tree/$fifo"
: >"$work/tree/$fifo"
normal_ms=$tree_normal_ms
if hang_over "$work/tree/$fifo"; then
	unkillable
else
	skip 'a reader that not even SIGKILL ends' "no FUSE mount: $(tr '\n' ' ' <"$work/fuse.log")"
fi

# ---- the same in /proc, where the reader that is left can be told
names_reader() {
	member loadavg capture/hung.csv >"$work/hung.csv" || :
	comment <"$work/hung.csv"
	grep -qE "^proc/loadavg,[0-9]+,reader,$(collectors),[0-9]+,[^,]+,[A-Z],[a-z_]*" "$work/hung.csv"
}
loadavg() {
	capture loadavg
	in_time "$machine_normal_ms"
	is 'loadavg: exit status 3' "$status" 3
	is 'loadavg: it alone timed out' "$(timed_out loadavg)" proc/loadavg
	holds 'loadavg: everything else is whole' others_are_whole loadavg live-normal
	holds 'loadavg: the run came to its end' is_published_whole loadavg
	holds 'loadavg: the summary names it' grep -q '^not read .*loadavg' "$work/loadavg.err"
	holds 'loadavg: hung.csv names the reader that stays' names_reader
	release
	holds 'loadavg: no process stays behind' wait_until 10 no_collectors
}
capture live-normal
machine_normal_ms=$elapsed_ms
if hang_over /proc/loadavg; then
	loadavg
else
	skip 'loadavg that holds its reader' "no FUSE mount: $(tr '\n' ' ' <"$work/fuse.log")"
fi

# ---- a folder that cannot be listed
folder=sys/kernel/mm/hugepages
listing() {
	capture listing --root "$work/tree"
	in_time "$tree_normal_ms"
	is 'a folder: exit status 3' "$status" 3
	holds 'a folder: everything else is whole' others_are_whole listing tree-normal
	holds 'a folder: the run came to its end' is_published_whole listing
	holds 'a folder: the summary names it' grep -q "hugepages" "$work/listing.err"
	release
	holds 'a folder: no process stays behind' wait_until 10 no_collectors
}
cp -r "$fixture/sys" "$work/tree/"
capture tree-normal --root "$work/tree"
tree_normal_ms=$elapsed_ms
if hang_over "$work/tree/$folder"; then
	listing
else
	skip 'a folder that cannot be listed' "no FUSE mount: $(tr '\n' ' ' <"$work/fuse.log")"
fi
finish
