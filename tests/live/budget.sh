#!/bin/sh
# budget.sh COLLECTOR ANALYZER FIXTURE: what a limit of the archive's size or of the run leaves out, and files that take
# their time without being part of the capture.  Prints TAP.  All of it in trees of ordinary files; no right is needed.
set -eu

collector=$1 analyzer=$2 fixture=$3
. "$(dirname -- "$0")/tap.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP PIPE
tree=$work/tree
processes_count=3000 groups_count=600

# ---- the tree: many small processes and groups
make_process() { # PID
	mkdir "$tree/proc/$1"
	echo "$1 (many $1) S 1 1 1 0 -1 4194560 100 0 0 0 1 1 0 0 20 0 1 0 $1 8192000 200 1 1" >"$tree/proc/$1/stat"
	echo "2000 200 100 10 0 300 0" >"$tree/proc/$1/statm"
	printf 'Name:\tmany\nUmask:\t0022\nState:\tS (sleeping)\nPid:\t%s\nVmSize:\t8000 kB\nVmRSS:\t800 kB\n' "$1" \
		>"$tree/proc/$1/status"
	printf '00400000-00500000 ---p 00000000 00:00 0 [rollup]\nRss: 800 kB\nPss: %s kB\n' $((400 + $1 % 100)) \
		>"$tree/proc/$1/smaps_rollup"
}
make_group() { # PATH
	mkdir -p "$tree/sys/fs/cgroup/$1"
	for file in memory.current memory.max memory.peak cgroup.procs; do
		echo 4096 >"$tree/sys/fs/cgroup/$1/$file"
	done
	printf 'anon %s\nfile 4096\nshmem 0\nkernel 8192\n' "$(printf %s "$1" | cksum | cut -d ' ' -f 1)" \
		>"$tree/sys/fs/cgroup/$1/memory.stat"
}
mkdir -p "$tree/proc/self"
for file in meminfo vmstat zoneinfo buddyinfo swaps version cmdline uptime loadavg stat mounts slabinfo; do
	cp "$fixture/proc/$file" "$tree/proc/"
done
echo '30 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw' >"$tree/proc/self/mountinfo"
pid=0
while [ $pid -lt $processes_count ]; do
	pid=$((pid + 1))
	make_process $pid
done
make_group .
rm "$tree/sys/fs/cgroup/memory.current" "$tree/sys/fs/cgroup/memory.max" "$tree/sys/fs/cgroup/memory.peak"
group=0
while [ $group -lt $groups_count ]; do
	group=$((group + 1))
	make_group "slice$((group % 20))/group$group"
done
groups_count=$((groups_count + 21)) # the root and twenty slices

# capture NAME [OPTIONS]: leaves status, NAME.mem, NAME.err
capture() {
	name=$1 status=0
	shift
	rm -f "$work/$name.mem" "$work/$name.db"
	timeout -s KILL 100 "$collector" -o "$work/$name.mem" --root "$tree" --no-nice --read-timeout 500ms "$@" \
		2>"$work/$name.err" || status=$?
}
import() { # NAME
	"$analyzer" import -q -d "$work/$1.db" "$work/$1.mem" >/dev/null 2>"$work/$1.import" || :
}
ask() { # NAME EXPRESSION: one value
	[ -e "$work/$1.db" ] || import "$1"
	"$analyzer" sql -d "$work/$1.db" -f csv "select ($2) as answer" 2>/dev/null | sed 1d
}
member() { # NAME PATH: without the top directory
	tar -xOf "$work/$1.mem" --wildcards "*/$2" 2>/dev/null
}
end_of() { # NAME KEY
	member "$1" capture/end.csv | sed -n "s/^$2,//p" | tr -d '\r"'
}
rows_of() { # NAME PATTERN: rows of the index
	member "$1" 'capture/index/*' | grep -cE "$2" || :
}
size_of() { wc -c <"$work/$1.mem"; }
is_whole() { "$analyzer" verify "$work/$1.mem" >"$work/verify" 2>&1 || [ $? = 3 ]; }

# ---- --max-size
capture whole --compress none
whole_bytes=$(size_of whole)
echo "# without a limit: $whole_bytes bytes, exit status $status"
capture whole-gzip
whole_gzip_bytes=$(size_of whole-gzip)
echo "# without a limit, gzip: $whole_gzip_bytes bytes"

# keeps_to COMPRESSION KIB
keeps_to() {
	capture limited --compress "$1" --max-size "$2K"
	limited_bytes=$(size_of limited)
	echo "# $1, $2 KiB: $limited_bytes bytes of $(($2 * 1024)); $(sed -n 's/^read *//p' "$work/limited.err")"
	holds "--max-size $2K, $1: the archive is not larger" [ "$limited_bytes" -le $(($2 * 1024)) ]
	holds "--max-size $2K, $1: verify finds what was read whole" is_whole limited
	if [ "$status" = 0 ]; then return; fi
	is "--max-size $2K, $1: exit status 3" "$status" 3
	is "--max-size $2K, $1: the archive tells why it ended" "$(end_of limited stopped)" size
	is "--max-size $2K, $1: all processes are counted" "$(end_of limited processes)" $processes_count
	is "--max-size $2K, $1: all groups are counted" "$(end_of limited cgroups)" $groups_count
	holds "--max-size $2K, $1: little room stays empty" [ "$limited_bytes" -ge $(($2 * 1024 - 96 * 1024 - $2 * 1024 / 8)) ]
	is "--max-size $2K, $1: none but the process it ended in is left out twice" \
		"$(member limited 'capture/index/*' | sed -nE 's,^proc/([0-9]+)/[a-z_]+\,canonical\,0\,budget\,.*,\1,p' |
			sort | uniq -d | awk 'END { print NR < 2 }')" 1
	is "--max-size $2K, $1: a line tells of the processes that are left out, and one at most of groups" \
		"$(grep -c 'processes  *budget ' "$work/limited.err") $(grep -cE '(processes|cgroups)  *budget ' "$work/limited.err")" \
		"1 $(grep -c ' budget ' "$work/limited.err")"
	holds "--max-size $2K, $1: that is no more than two lines" [ "$(grep -c ' budget ' "$work/limited.err")" -le 2 ]
}
for kib in 256 300 400 1024 4096 $((whole_bytes / 1024 - 100)); do keeps_to none "$kib"; done
for kib in 256 300 400; do keeps_to gzip "$kib"; done
capture limited --compress gzip --max-size 256K
holds '--max-size 256K, gzip: the least that is allowed has processes' [ "$(ask limited 'select count(*) from proc_stat')" -gt 100 ]
is 'what is left out is no process of a row, and counted' \
	"$(ask limited 'select unread_count from _visibility')" $((processes_count - $(ask limited 'select count(*) from proc_stat')))
capture limited --compress none --max-size 300K
holds 'groups that are left out are told by the analyzer, all of them' \
	[ "$(ask limited "select missing_count from effect where kind = 'cgroups' order by ordinal limit 1")" -gt $((groups_count / 2)) ]

# ---- the run's own limit names what it did not get to
capture timed --compress none --timeout 20ms
echo "# $(sed -n 's/^read *//p' "$work/timed.err")"
is '--timeout: each process that it left out has a row, and only one kind of row' \
	"$(member timed 'capture/index/*' | sed -nE 's,^proc/([0-9]+)/[a-z_]+\,canonical\,0\,budget\,.*,\1,p' | sort | uniq -d |
		awk 'END { print NR < 2 }')" 1
capture argv --compress none --timeout 150ms --without smaps --with argv
holds '--timeout, --with argv: nothing else than what was asked for is named' \
	[ "$(rows_of argv '^proc/[0-9]+/smaps,')" = 0 ]

# ---- page frames
pages=$work/pages
if [ -r /proc/sys/kernel/random/boot_id ]; then
	mkdir -p "$pages/proc/sys/kernel/random" "$pages/proc/self"
	cp "$tree"/proc/[a-z]*[a-z] "$pages/proc/" 2>/dev/null || :
	# it takes the tree for its own machine, mounted elsewhere
	cp /proc/sys/kernel/random/boot_id "$pages/proc/sys/kernel/random/"
	: >"$pages/proc/self/mountinfo"
	echo '00000000-07ffffff : System RAM' >"$pages/proc/iomem"
	for file in kpageflags kpagecount kpagecgroup; do
		head -c 262144 /dev/urandom >"$pages/proc/$file"
	done
	tree_of_processes=$tree tree=$pages
	for kib in 256 512 1024; do
		for compression in none gzip; do
			capture frames --compress $compression --max-size ${kib}K
			frames=$(member frames pages/pfn.u64 | wc -c)
			echo "# $kib KiB, $compression: $(size_of frames) bytes, $((frames / 8)) frames"
			holds "--max-size ${kib}K, $compression: with page frames the archive is not larger" \
				[ "$(size_of frames)" -le $((kib * 1024)) ]
			holds "--max-size ${kib}K, $compression: the sample is smaller, and there" [ "$frames" -ge 8192 ]
			holds "--max-size ${kib}K, $compression: and verify finds it whole" is_whole frames
		done
	done
	tree=$tree_of_processes
else
	skip '--max-size with page frames' 'there is no /proc'
fi

# ---- what hangs outside of the capture's own files
# once NAME PATH TIMEOUTS: PATH has one row, which says timeout, and that many readings were waited for
once() {
	is "$1: it has one row, which says so" "$(member "$1" 'capture/index/*' | grep "^$2," | cut -d , -f 4)" timeout
	is "$1: it was waited for once" "$(member "$1" capture/receipt.csv | sed -n 's/^reads_timed_out,//p' | tr -d '\r')" 1
	is "$1: exit status 3" "$status" 3
}
small=$work/small
mkdir -p "$small/proc/self" "$small/sys/fs/cgroup"
cp "$tree"/proc/[a-z]*[a-z] "$small/proc/" 2>/dev/null || :
cp "$tree/proc/self/mountinfo" "$small/proc/self/"
for group in slice1/group1 slice1/group101 slice1/group121; do
	mkdir -p "$small/sys/fs/cgroup/$group"
	cp "$tree/sys/fs/cgroup/$group"/* "$small/sys/fs/cgroup/$group/"
done
echo memory >"$small/sys/fs/cgroup/cgroup.controllers"
tree=$small
# hang_at PATH: the file there is a FIFO while the command runs
hang_at() { # NAME PATH [OPTIONS]
	hung_name=$1 hung_path=$2
	shift 2
	[ ! -e "$tree/$hung_path" ] || mv "$tree/$hung_path" "$work/kept"
	mkdir -p "$(dirname -- "$tree/$hung_path")"
	mkfifo "$tree/$hung_path"
	capture "$hung_name" "$@"
	rm "$tree/$hung_path"
	[ ! -e "$work/kept" ] || mv "$work/kept" "$tree/$hung_path"
}
hang_at mountinfo proc/self/mountinfo
once mountinfo proc/self/mountinfo
hang_at controllers sys/fs/cgroup/cgroup.controllers
once controllers sys/fs/cgroup/cgroup.controllers
hang_at release proc/sys/kernel/osrelease
once release proc/sys/kernel/osrelease
hang_at meta capture/meta.csv
is 'meta.csv of an unpacked archive: it was waited for once' \
	"$(member meta capture/receipt.csv | sed -n 's/^reads_timed_out,//p' | tr -d '\r')" 1
is 'meta.csv of an unpacked archive: beside its own the archive has a row of that of the tree' \
	"$(member meta 'capture/index/*' | grep '^capture/meta.csv,' | cut -d , -f 2-4 | sort | tr '\n' ' ')" \
	'bracket,1,timeout canonical,0,ok '
is 'meta.csv of an unpacked archive: exit status 3' "$status" 3
rmdir "$tree/capture"
if [ -d "$pages" ]; then
	tree=$pages
	hang_at iomem proc/iomem
	once iomem proc/iomem
	tree=$small
fi

# ---- what is no file in a group
statuses_of() { member "$1" 'capture/index/*' | grep "$2," | cut -d , -f 4 | sort | tr '\n' ' '; }
for file in memory.stat memory.peak; do
	stat=sys/fs/cgroup/slice1/group121/$file
	hang_at "pipe-$file" "$stat"
	is "a FIFO as $file: it has a row" "$(statuses_of "pipe-$file" "^$stat")" \
		"$([ "$(member "pipe-$file" capture/receipt.csv | sed -n 's/^reads_timed_out,//p' | tr -d '\r')" = 0 ] && echo ESPIPE || echo timeout) "
	is "a FIFO as $file: exit status 3" "$status" 3
	is "a FIFO as $file: the others of the group are read" \
		"$(statuses_of "pipe-$file" '^sys/fs/cgroup/slice1/group121/memory.current,canonical')" 'ok '
	mv "$tree/$stat" "$work/kept"
	ln -s ../group1/$file "$tree/$stat"
	capture "link-$file"
	rm "$tree/$stat"
	mv "$work/kept" "$tree/$stat"
	is "a link as $file: it has a row" "$(statuses_of "link-$file" "^$stat")" 'ELOOP '
	is "a link as $file: exit status 3" "$status" 3
done
capture plain
is 'a tree with nothing of that is complete' "$status" 0

# ---- a process whose main thread has ended
zombie=$work/zombie
mkdir -p "$zombie/proc/7/task/7" "$zombie/proc/7/task/8" "$zombie/capture"
cp "$small"/proc/[a-z]*[a-z] "$zombie/proc/" 2>/dev/null || :
printf 'key,value\nkernel_release,5.4.0\npage_size_bytes,4096\n' >"$zombie/capture/meta.csv"
echo '7 (headless) Z 1 7 7 0 -1 4194560 100 0 0 0 1 1 0 0 20 0 2 0 70 0 0 1 1' >"$zombie/proc/7/stat"
for folder in "$zombie/proc/7" "$zombie/proc/7/task/7"; do
	echo '0 0 0 0 0 0 0' >"$folder/statm"
	: >"$folder/maps"
done
echo "2000000 1500000 100 10 0 300 0" >"$zombie/proc/7/task/8/statm"
for file in smaps maps numa_maps cmdline smaps_rollup; do
	echo '00400000-00500000 r-xp 00000000 08:01 17 /bin/headless' >"$zombie/proc/7/task/8/$file"
done
tree=$zombie
capture headless -l full --with maps,argv
for file in smaps maps numa_maps cmdline; do
	is "main thread ended, level full: $file of the thread that lives is read" \
		"$(member headless 'capture/index/*' | grep "^proc/7/task/8/$file," | cut -d , -f 4)" ok
done
is 'main thread ended, 6 GiB, Linux 5.4: smaps_rollup is left alone' \
	"$(member headless 'capture/index/*' | grep '^proc/7/task/8/smaps_rollup,' | cut -d , -f 4)" hazard
capture headless-always -l full --smaps always
is '--smaps always: it is read all the same' \
	"$(member headless-always 'capture/index/*' | grep '^proc/7/task/8/smaps_rollup,' | cut -d , -f 4)" ok
capture headless-anonymous -l full --with maps,argv --anonymize
is 'main thread ended, --anonymize: what names files is withheld' \
	"$(member headless-anonymous 'capture/index/*' | grep -E '^proc/7/task/8/(smaps|maps|numa_maps|cmdline),' | cut -d , -f 4 | sort -u)" \
	withheld
finish
