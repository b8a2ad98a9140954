#!/bin/sh
# collector.sh BUILD [PROCESSES [CGROUPS [RUNS]]]: CPU, peak memory and archive size of a whole capture beside
# the floor: a bare loop over the same files in the same order, with the same words of page frames (floor.c).
# Floor and collector take turns; ratios are of neighbours, medians are printed.  Once for small processes (31
# mappings) and once for large ones (231).  Needs root.  Makes its own processes (herd.c) and, where there is
# a cgroup v1 memory controller, its own cgroups with the processes in them, below memreckon-test-bench-PID;
# all are gone afterwards.
set -eu

build=$(realpath "$1") processes=${2:-2000} cgroups=${3:-1000} runs=${4:-7}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
parent=''
herd_pid=''

end_herd() {
	exec 9>&- || :
	[ -z "$herd_pid" ] || wait "$herd_pid" || :
	herd_pid=''
	# a group can go when the last of its processes is reaped
	tries=0
	while [ -n "$parent" ] && [ $tries -lt 50 ] &&
		! find "$parent" -depth -type d -exec rmdir {} + 2>/dev/null; do
		tries=$((tries + 1))
		sleep 0.2
	done
	parent=''
}
cleanup() { end_herd; rm -rf "$work"; }
trap cleanup EXIT
trap 'exit 130' INT TERM

make_cgroups() {
	: >"$work/folders"
	memory=$(awk '$3 == "cgroup" && $4 ~ /(^|,)memory(,|$)/ { print $2; exit }' /proc/mounts)
	[ -n "$memory" ] && [ "$cgroups" -gt 0 ] || return 0
	parent=$memory/memreckon-test-bench-$$
	mkdir "$parent"
	i=0
	while [ $i -lt "$cgroups" ]; do
		echo "$parent/g$((i / 20))/c$i"
		i=$((i + 1))
	done >"$work/folders"
	xargs mkdir -p <"$work/folders"
}
start_herd() { # MAPPINGS PAGES
	make_cgroups
	: >"$work/herd.log"
	"$work/herd" "$processes" "$1" "$2" "$work/folders" <"$work/in" >"$work/herd.log" &
	herd_pid=$!
	exec 9>"$work/in"
	until grep -q ready "$work/herd.log"; do
		kill -0 "$herd_pid"
		sleep 0.2
	done
	sleep 3
}
collect() { # OPTION...: prints "CPU_US PEAK_KIB" as the receipt has them
	rm -f "$work"/a.tar*
	"$build/collect/memreckon-collect" -q -o "$work/a.tar" "$@" 2>"$work/err" || [ $? = 3 ] || {
		cat "$work/err" >&2
		exit 1
	}
	tar -xOf "$work/a.tar" --wildcards '*/capture/receipt.csv' |
		awk -F, '/^cpu_/ { cpu += $2 } /^peak_rss_kib/ { peak = $2 } END { print cpu, peak }'
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# compare LABEL FLOOR_LIST FLOOR_FRAMES OPTION...: one row of the table
compare() {
	label=$1 list=$2 frames=$3
	shift 3
	for column in floor cpu ratio; do : >"$work/$column.log"; done
	i=0
	while [ $i -lt "$runs" ]; do
		# shellcheck disable=SC2086
		floor_us=$("$work/floor" "$list" $frames | awk '{ print $5 + $8 }')
		cost=$(collect "$@")
		echo "$floor_us" >>"$work/floor.log"
		echo "${cost% *}" >>"$work/cpu.log"
		awk -v a="${cost% *}" -v b="$floor_us" 'BEGIN { printf "%.3f\n", a / b }' >>"$work/ratio.log"
		i=$((i + 1))
	done
	printf '%-14s %9s %9s %6s %8s %9s\n' "$label" "$(median <"$work/floor.log")" "$(median <"$work/cpu.log")" \
		"$(median <"$work/ratio.log")" "${cost#* }" "$(wc -c <"$work/a.tar")"
}

measure() { # MAPPINGS PAGES
	start_herd "$1" "$2"
	collect --compress none --seed 1 >/dev/null
	# every read of the capture in its order; the rest of a long file is no read of its own
	tar -xOf "$work/a.tar" --wildcards '*/capture/index/*' |
		awk -F, '$2 != "more" && $1 !~ /^"|^path$|^(pages|capture)\// { print "/" $1 }' >"$work/list"
	tar -xOf "$work/a.tar" --wildcards '*/pages/pfn.u64' >"$work/frames" 2>/dev/null || :
	grep -E '^/proc/[0-9]+/' "$work/list" >"$work/list.processes"
	"$work/floor" "$work/list.processes" |
		awk -v mappings="$1" -v pages="$2" -v processes="$processes" -v cgroups="$cgroups" '{
			printf "%d processes of %d mappings and %d pages, %d cgroups: ", processes, mappings, pages, cgroups
			printf "%.1f us a file of a process\n", $5 / $1 }'
	printf '%s reads, %s frames; medians of %s\n' \
		"$(wc -l <"$work/list")" "$(($(wc -c <"$work/frames") / 8))" "$runs"
	printf '%-14s %9s %9s %6s %8s %9s\n' '' 'floor us' 'CPU us' ratio 'peak KiB' bytes
	compare 'not compressed' "$work/list" "$work/frames" --seed 1 --compress none
	compare 'gzip -1' "$work/list" "$work/frames" --seed 1 --compress-level 1
	compare 'gzip -6' "$work/list" "$work/frames" --seed 1 --compress-level 6
	end_herd
}

for program in floor herd; do cc -O2 -D_GNU_SOURCE -o "$work/$program" "$here/$program.c"; done
mkfifo "$work/in"
measure 31 400
measure 231 1400
