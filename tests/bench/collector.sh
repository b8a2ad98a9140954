#!/bin/sh
# collector.sh BUILD [RUNS [PROCESSES [MAPPINGS [PAGES [CGROUPS]]]]]: what a capture costs beside the floor and beside
# others.
#
#   collector.sh build                            all of it: 7 runs, "500 2000 8000" processes of "31 231" mappings
#   collector.sh build 7 2000 31 400              one size, of small processes: 400 resident pages, not 4,000
#   PEERS= collector.sh build 15 "500 2000"       without the others
#
# The floor is a bare loop over the same files in the same order, with the same words of page frames (floor.c): all of
# them, or those that are left --without cgroups,pages,slab, which are the files of processes and some 300 of the machine.
# "away" is an uncompressed archive into /dev/null, as the floor throws away what it reads: what a file costs on top is
# for the kernel to copy, and to hash twice (members and archive).
# Floor and program take turns; ratios are of neighbours, medians are printed.  The others (PEERS, those of smemcap,
# smem and sos that are installed) take turns with both kinds of capture.  A row that lasts too long ends with fewer
# runs, and says how many.  Lowest priority is part of what is measured: on a busy machine believe no wall time.
#
# Each program runs in a cgroup of its own (weigh.c).  PSS KiB is the peak of the PSS of all its processes together,
# the highest of three runs in which somebody watches; RSS KiB is the sum of the peaks of each process, out of the receipt,
# in which shared pages count twice; charged KiB is the peak of the cgroup, with page cache and the kernel's memory.
#
# Needs root.  Makes its own processes (herd.c) and, where there is a cgroup v1 memory controller, its own cgroups with
# the processes in them, below memreckon-test-bench-PID; all are gone afterwards.
set -eu

build=$(realpath "$1") runs=${2:-7} sizes=${3:-500 2000 8000} shapes=${4:-31 231} pages=${5:-4000}
cgroups=${6:-1000}
peers=${PEERS-smemcap smem sos} row_seconds_max=${ROW_SECONDS_MAX:-300} run_seconds_max=600
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
parent=''
herd_pid=''

remove_cgroups() {
	# a group can go when the last of its processes is reaped
	tries=0
	while [ -n "$parent" ] && [ $tries -lt 150 ] && ! find "$parent" -depth -type d -exec rmdir {} + 2>/dev/null; do
		tries=$((tries + 1))
		sleep 0.2
	done
	parent=''
}
end_herd() {
	exec 9>&- || :
	[ -z "$herd_pid" ] || wait "$herd_pid" || :
	herd_pid=''
	remove_cgroups
}
cleanup() {
	end_herd
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

make_cgroups() {
	: >"$work/folders"
	memory=$(awk '$3 == "cgroup" && $4 ~ /(^|,)memory(,|$)/ { print $2; exit }' /proc/mounts)
	other=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	parent=${memory:-$other}/memreckon-test-bench-$$
	mkdir "$parent" "$parent/weighed"
	[ -n "$memory" ] && [ "$cgroups" -gt 0 ] || return 0
	i=0
	while [ $i -lt "$cgroups" ]; do
		echo "$parent/g$((i / 20))/c$i"
		i=$((i + 1))
	done >"$work/folders"
	xargs mkdir -p <"$work/folders"
}
start_herd() { # PROCESSES MAPPINGS
	make_cgroups
	: >"$work/herd.log"
	"$work/herd" "$1" "$2" "$pages" "$work/folders" <"$work/in" >"$work/herd.log" &
	herd_pid=$!
	exec 9>"$work/in"
	until grep -q ready "$work/herd.log"; do
		kill -0 "$herd_pid"
		sleep 0.2
	done
	sleep 3
}

# weigh [-w] PROGRAM [ARGUMENT...]: sets cpu_us wall_us pss_kib charged_kib; its output is in $work/out
weigh() {
	rmdir "$parent/weighed"
	mkdir "$parent/weighed"
	"$work/weigh" "$parent/weighed" $run_seconds_max "$@" >"$work/out" 2>"$work/err" 9>&-
	# shellcheck disable=SC2046
	set -- $(tail -n 1 "$work/err")
	cpu_us=$1 wall_us=$2 pss_kib=$3 charged_kib=$4
	[ "$5" = 0 ] || [ "$5" = 3 ] || {
		cat "$work/err" >&2
		exit 1
	}
}
collect() { # [-w] OPTION...
	watch=''
	[ "${1-}" != -w ] || { watch=-w && shift; }
	rm -f "$work"/a.tar*
	weigh $watch "$build/collect/memreckon-collect" -q -o "$work/a.tar" --seed 1 "$@"
}
collect_away() { # as collect; the floor throws away what it reads, too
	watch=''
	[ "${1-}" != -w ] || { watch=-w && shift; }
	rm -f "$work"/a.tar*
	weigh $watch sh -c 'exec "$@" >/dev/null' sh "$build/collect/memreckon-collect" -q -o - --seed 1 "$@"
}
lay_floor() { # LIST [FRAMES]: sets floor_us floor_wall_us
	weigh "$work/floor" "$@"
	floor_us=$(awk '{ print $5 + $8 }' "$work/out") floor_wall_us=$(awk '{ print $11 }' "$work/out")
}
receipt_rss_kib() { # nothing when the archive was thrown away
	[ ! -e "$work/a.tar" ] || tar -xOf "$work/a.tar" --wildcards '*/capture/receipt.csv' |
		awk -F, '/^peak_rss_kib/ { print $2 }'
}
peer() { # [-w] NAME: sets peer_bytes too
	watch=''
	[ "${1-}" != -w ] || { watch=-w && shift; }
	rm -rf "$work/sos"
	mkdir "$work/sos"
	case $1 in
	sos) weigh $watch sos report --batch --quiet -o memory,process,cgroups --tmp-dir "$work/sos" ;;
	*) weigh $watch "$1" ;;
	esac
	peer_bytes=$(wc -c <"$work/out")
	[ "$1" != sos ] || peer_bytes=$(cat "$work"/sos/*.tar.* | wc -c)
}

begin_row() {
	: >"$work/row"
	: >"$work/watched"
	turns=0 row_end_s=$(($(date +%s) + row_seconds_max))
}
row_goes_on() { [ $turns -lt "$runs" ] && { [ $turns = 0 ] || [ "$(date +%s)" -lt $row_end_s ]; }; }
# median FILE EXPRESSION [FORMAT]: of an awk expression over the lines
median() {
	awk -v OFMT=%.6f "{ print $2 }" "$work/$1" | sort -n | awk -v format="${3:-%.0f}" '
		{ v[NR] = $1 }
		END { printf format, (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}
highest() { sort -k "$1,$1nr" "$work/watched" | awk -v column="$1" 'NR == 1 { print $column }'; }

# compare LABEL BAR LIST FRAMES COLLECT OPTION...: one row of the table
compare() {
	label=$1 bar=$2 list=$3 frames=$4 collect=$5
	shift 5
	begin_row
	while row_goes_on; do
		# shellcheck disable=SC2086
		lay_floor "$list" $frames
		"$collect" "$@"
		echo "$floor_us $cpu_us $floor_wall_us $wall_us" >>"$work/row"
		turns=$((turns + 1))
	done
	watched=0
	while [ $watched -lt 3 ]; do
		"$collect" -w "$@"
		rss_kib=$(receipt_rss_kib)
		echo "$pss_kib ${rss_kib:-0} $charged_kib" >>"$work/watched"
		watched=$((watched + 1))
	done
	bytes=0
	[ ! -e "$work/a.tar" ] || bytes=$(wc -c <"$work/a.tar")
	printf '%-18s %4s %8s %8s %6s %6s %8s %8s %6s %6s %7s %9s\n' "$label" $turns \
		"$(median row '$1/1000' %.1f)" "$(median row '$2/1000' %.1f)" "$(median row '$2/$1' %.3f)" "$bar" \
		"$(median row '$3/1000' %.1f)" "$(median row '$4/1000' %.1f)" \
		"$(highest 1)" "$(highest 2)" "$(highest 3)" "$bytes"
}
head_of_compare() {
	printf '%-18s %4s %8s %8s %6s %6s %8s %8s %6s %6s %7s %9s\n' '' '' 'floor' 'CPU' 'CPU /' '' floor wall PSS RSS \
		charged '' 'capture' runs 'CPU ms' ms floor bar 'wall ms' ms KiB KiB KiB bytes
}

# contend NAME BAR: a row of another program.  CPU and wall are also told as multiples of both kinds of capture.
contend() {
	begin_row
	while row_goes_on; do
		collect --without cgroups,pages,slab --compress none
		turn="$cpu_us $wall_us"
		collect
		turn="$turn $cpu_us $wall_us"
		peer "$1"
		echo "$turn $cpu_us $wall_us" >>"$work/row"
		turns=$((turns + 1))
	done
	bytes=$peer_bytes
	peer -w "$1"
	printf '%-18s %4s %8s %8s %7s %7s %7s %7s %6s %7s %7s %9s\n' "$1" $turns \
		"$(median row '$5/1000' %.1f)" "$(median row '$6/1000' %.1f)" \
		"$(median row '$5/$1' %.2f)" "$(median row '$6/$2' %.2f)" \
		"$(median row '$5/$3' %.2f)" "$(median row '$6/$4' %.2f)" "$2" "$pss_kib" "$charged_kib" "$bytes"
}
contend_all() {
	printf '%-18s %4s %8s %8s %15s %15s %6s %7s %7s %9s\n' '' '' '' '' 'of files of' 'of a whole' '' PSS charged ''
	printf '%-18s %4s %8s %8s %7s %7s %7s %7s %6s %7s %7s %9s\n' others runs 'CPU ms' 'wall ms' CPU wall CPU wall bar \
		KiB KiB bytes
	for name in $peers; do
		bar=''
		if ! command -v "$name" >"$work/out"; then
			printf '%-18s is not installed\n' "$name"
			continue
		fi
		case $name in smemcap) bar='>1.8' ;; smem) bar='>3' ;; sos) bar='>40' ;; esac
		contend "$name" "$bar"
	done
}

# Every read of the archive in its order, as a list for the floor; the rest of a long file is no read of its own.
list_reads() {
	tar -xOf "$work/a.tar" --wildcards '*/capture/index/*' |
		awk -F, '$2 != "more" && $1 !~ /^"|^path$|^(pages|capture)\// { print "/" $1 }'
}
measure() { # PROCESSES MAPPINGS
	start_herd "$1" "$2"
	collect --compress none
	list_reads >"$work/list"
	tar -xOf "$work/a.tar" --wildcards '*/pages/pfn.u64' >"$work/frames" 2>"$work/err" || :
	collect --compress none --without cgroups,pages,slab
	list_reads >"$work/list.processes"
	grep -E '^/proc/[0-9]+/' "$work/list.processes" >"$work/list.only"
	lay_floor "$work/list.only"
	printf '%d processes of %d mappings and %d pages, %d cgroups; load %s\n' "$1" "$2" "$pages" "$(wc -l <"$work/folders")" \
		"$(cut -d' ' -f1-3 /proc/loadavg)"
	printf '%d reads of processes, %d of them and the machine, %d in all, %d frames; %s us a file of a process\n' \
		"$(wc -l <"$work/list.only")" "$(wc -l <"$work/list.processes")" "$(wc -l <"$work/list")" \
		"$(($(wc -c <"$work/frames") / 8))" "$(awk '{ printf "%.1f", $5 / $1 }' "$work/out")"
	head_of_compare
	set -- --without cgroups,pages,slab
	compare 'processes, away' 1.10 "$work/list.processes" '' collect_away "$@" --compress none
	compare 'processes, none' '' "$work/list.processes" '' collect "$@" --compress none
	compare 'processes, gzip -1' 1.15 "$work/list.processes" '' collect "$@" --compress-level 1
	compare 'whole, away' '' "$work/list" "$work/frames" collect_away --compress none
	compare 'whole, none' '' "$work/list" "$work/frames" collect --compress none
	compare 'whole, gzip -6' 1.45 "$work/list" "$work/frames" collect --compress-level 6
	[ -z "$peers" ] || contend_all
	echo
	end_herd
}

for program in floor weigh; do cc -O2 -D_GNU_SOURCE -o "$work/$program" "$here/$program.c"; done
# with no mappings of libraries there are as few as are wanted
cc -O2 -D_GNU_SOURCE -static -o "$work/herd" "$here/herd.c"
mkfifo "$work/in"
for size in $sizes; do
	for shape in $shapes; do measure "$size" "$shape"; done
done
