#!/bin/sh
# known-load.sh COLLECTOR ANALYZER LOAD: a process with a known load in a cgroup of its own, one capture before the load
# and one after; the difference of every number must be the load, within the kernel's own bound of that number.
# Prints TAP.  Needs root and a memory controller, otherwise it is skipped and says why.
set -eu

collector=$1 analyzer=$2 load=$3
anon_kib=65536 file_kib=16384 tmpfs_kib=8192 mlock_kib=4096
count=0 failures=0

skip_all() { echo "1..0 # SKIP $*"; exit 0; }

# the memory controller: v1 wherever it is mounted, else a v2 tree that has it
[ "$(id -u)" = 0 ] || skip_all 'not root'
v1=$(awk '$3 == "cgroup" && $4 ~ /(^|,)memory(,|$)/ { print $2; exit }' /proc/mounts)
v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
if [ -n "$v1" ]; then
	mount=$v1
elif [ -n "$v2" ] && grep -qw memory "$v2/cgroup.controllers" 2>/dev/null; then
	mount=$v2
	grep -qw memory "$v2/cgroup.subtree_control" || skip_all 'the v2 root does not give its children the memory controller'
else
	skip_all 'no memory controller is mounted'
fi
name=/memreckon-test-$$
group=$mount$name
mkdir "$group" 2>/dev/null || skip_all "no right to make a cgroup in $mount"

work=$(mktemp -d)
load_pid=''
cleanup() {
	exec 9>&- || :
	[ -z "$load_pid" ] || wait "$load_pid" 2>/dev/null || :
	rm -rf "$work"
	rmdir "$group" 2>/dev/null || :
}
trap cleanup EXIT
trap 'exit 130' INT TERM

result() { # STATUS SENTENCE
	count=$((count + 1))
	if [ "$1" = 0 ]; then echo "ok $count - $2"; else echo "not ok $count - $2"; failures=$((failures + 1)); fi
}
wait_for() { # WORD
	tries=0
	until grep -q "$1" "$work/load.log"; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || { echo "Bail out! the load does not get $1"; exit 1; }
		sleep 0.1
	done
}
capture() { # FILE
	status=0
	"$collector" -q -o "$1" || status=$?
	# 3: partial, some process of the machine refused to be read
	[ $status = 0 ] || [ $status = 3 ] || { echo "Bail out! the collector ended with $status"; exit 1; }
}
ask() { # EXPRESSION: one value
	"$analyzer" sql -d "$work/live.db" -f csv "select ($1) as answer" | sed 1d
}
# growth VIEW COLUMN CONDITION: from the first snapshot to the second
growth() {
	ask "(select $2 from $1 where snapshot_id = 2 and $3) - (select $2 from $1 where snapshot_id = 1 and $3)"
}

mkfifo "$work/in"
sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' sh "$group" "$load" "$work/cache" $anon_kib $file_kib $tmpfs_kib $mlock_kib \
	<"$work/in" >"$work/load.log" 2>&1 &
load_pid=$!
exec 9>"$work/in"
wait_for ready
# statistics are folded into what memory.stat shows at least every two seconds
sleep 3
capture "$work/before.mem.tar.gz"
echo go >&9
wait_for loaded
sleep 3
# a machine may drop clean page cache that nobody reads (DAMON, a neighbour's pressure): what is left of the file is known
# from mincore, before and after
cached() { # NTH: the load's answer to the nth question
	echo '?' >&9
	until [ "$(grep -c '^cached ' "$work/load.log")" = "$1" ]; do sleep 0.1; done
	sed -n 's/^cached //p' "$work/load.log" | tail -n 1
}
cached_before=$(cached 1)
capture "$work/after.mem.tar.gz"
cached_after=$(cached 2)
"$analyzer" import -q -d "$work/live.db" "$work/before.mem.tar.gz" "$work/after.mem.tar.gz" >/dev/null || [ $? = 3 ]

# grew COLUMN LOW_BYTES HIGH_BYTES WHAT: the cgroup's number grew by the load, within twice the bound of a statistic of
# one group: the two numbers may each be off by it
bound=$(ask "select sum(value) from bound_term where snapshot_id = 1 and bound in ('T_stat', 'T_stat_group', 'T_batch')")
grew() {
	difference=$(growth cgroup "$1" "path = '$name'")
	echo "# $4: grew by $difference bytes, made $2 to $3, bound $((2 * bound))"
	[ "$difference" -ge $(($2 - 2 * bound)) ] && [ "$difference" -le $(($3 + 2 * bound)) ]
	result $? "the cgroup's $4 grew by what was made, within the bound of memory.stat"
}
bytes() { echo $(($1 * 1024)); }
set +e
anon=$(bytes $((anon_kib + mlock_kib))) tmpfs=$(bytes $tmpfs_kib) mlock=$(bytes $mlock_kib)
[ "$cached_after" -gt 0 ] && [ "$cached_before" -le "$(bytes $file_kib)" ]
result $? 'the file that was written is in the page cache'
grew anon_bytes "$anon" "$anon" 'anonymous memory'
grew file_bytes "$cached_after" "$cached_before" 'file cache'
grew shmem_bytes "$tmpfs" "$tmpfs" 'shared memory'
grew unevictable_bytes "$mlock" "$mlock" 'unevictable memory'

process_grew() { # COLUMN BYTES WHAT
	difference=$(growth process "$1" "pid = $load_pid")
	error=$((difference - $2))
	echo "# $3 of the process: grew by $difference bytes, made $2, off by $error"
	# smaps_rollup walks the page tables: it is exact but for stack and heap pages of the load itself
	[ "${error#-}" -le 65536 ]
	result $? "the $3 of the process grew by what was made"
}
process_grew pss_anon_bytes "$anon" 'anonymous PSS'
process_grew pss_shmem_bytes "$tmpfs" 'shared PSS'

failed_checks=$(ask "select group_concat(check_id || ' ' || subject, ', ') from check_result where verdict = 'FAIL' and subject = '$name'")
[ -z "$failed_checks" ] || echo "# $failed_checks"
[ -z "$failed_checks" ]
result $? 'no check of the cgroup fails'

"$analyzer" diff -d "$work/live.db" 1 2 >"$work/diff"
grep -q "${name#/}" "$work/diff"
result $? 'diff names the cgroup'
echo "1..$count"
exit $failures
