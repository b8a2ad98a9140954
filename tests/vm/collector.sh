#!/bin/sh
# collector.sh [--cache FOLDER] [--cross FOLDER] ANALYZER [CASE...]: the collector on other machines.
#
# Builds the collector for each architecture (collect/cross.sh), runs it in a throwaway machine of each row of the table
# below beside known loads, imports the archive with ANALYZER, and compares with what was made there.  Prints TAP; the
# lines "# CASE" between are what the capture came to.  A campaign of minutes, not part of the test command: it
# downloads kernels.  A case whose qemu or compiler is missing is skipped, and says why.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
top=$(CDPATH='' cd -- "$here/../.." && pwd)
. "$here/../live/tap.sh"
cache=${VM_CACHE:-$top/build/vm-cache} cross=$top/build/cross
while [ $# -ge 2 ]; do
	case $1 in
	--cache) cache=$2 ;;
	--cross) cross=$2 ;;
	*) break ;;
	esac
	shift 2
done
[ $# -ge 1 ] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }
analyzer=$(realpath "$1")
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# case, architecture, kernel, cgroups, variant (scenarios/collect.sh), byte order, page size, more kernel parameters
cases() {
	cat <<-TABLE
		amd64-6.1-v1         amd64    6.1       v1      plain      little  4096
		amd64-6.12-v2        amd64    6.12      v2      plain      little  4096
		amd64-6.1-hybrid     amd64    6.1       hybrid  plain      little  4096
		amd64-6.12-no-memcg  amd64    6.12      v2      plain      little  4096  cgroup_disable=memory
		amd64-6.1-no-cgroups amd64    6.1       none    plain      little  4096
		amd64-6.1-no-kpage   amd64    6.1       v1      no-kpage   little  4096
		amd64-6.1-no-rollup  amd64    6.1       v1      no-rollup  little  4096
		arm64-6.1-v1         arm64    6.1       v1      plain      little  4096
		arm64-6.12-16k-v2    arm64    6.12-16k  v2      plain      little  16384
		ppc64el-6.1-v1       ppc64el  6.1       v1      plain      little  65536
		s390x-6.1-v1         s390x    6.1       v1      plain      big     4096
	TABLE
}

ask() { # EXPRESSION: one value
	"$analyzer" sql -d "$work/a.db" -f csv "select ($1) as answer" | sed 1d
}
comment_of() { # SQL: its rows, commented
	# in one line, because that is the name of the column
	"$analyzer" sql -d "$work/a.db" -f tsv "$(echo "$1" | tr '\n\t' '  ')" | sed "1d; s/^/# $name: /"
}

# The machine runs, and its archive and what else it made are here.
boot() {
	rm -rf "$work/extra" "$work/out"
	mkdir -p "$work/extra/bin" "$work/out"
	cp "$cross/build-$arch/collect/memreckon-collect" "$work/extra/bin/"
	sh "$here/boot.sh" --cache "$cache" --kernel-arch "$arch" --kernel "$kernel" --cgroup "$cgroup" \
		--mem 512 --scratch 128 --append "${parameters:-quiet}" --timeout 400 --initrd-extra "$work/extra" --env "VARIANT=$variant" \
		--run "$here/scenarios/collect.sh" --stream "$work/a.mem.tar.gz" --out "$work/out.tar" 2>"$work/log" &&
		tar -xmf "$work/out.tar" -C "$work/out"
}

# made NAME KEY: what a load says it made of it, in bytes
made() { awk -F= -v key="$2" '$1 == key { sum += $2 } END { printf "%d", sum }' "$work/out/out/truth/$1"; }

# A column of a load's process is what was made of it, and at most a little more: stack, heap and libraries of the load,
# and what each CPU keeps back of the counters.
load_is() { # LOAD KEY COLUMN
	pid=$(sed -n 's/^pid=//p' "$work/out/out/truth/$1")
	want=$(made "$1" "$2")
	got=$(ask "select $3 from process where pid = $pid")
	slack=$((614400 + 128 * page_size))
	[ -n "$got" ] && [ $((got - want)) -le $slack ] && [ $((want - got)) -le $slack ] || {
		echo "# $name: $1: $3 is ${got:-unknown}, made $want"
		return 1
	}
}
loads_are() {
	load_is anon1 anon_bytes anon_bytes && load_is anon2 anon_bytes anon_bytes && load_is file1 file_bytes file_bytes &&
		load_is shm1 shmem_bytes shmem_bytes && load_is swap1 swap_bytes swap_bytes && load_is swap1 anon_bytes anon_bytes
}
cgroups_are() {
	for load in anon1:anon anon2:anon shm1:shmem; do
		truth=$work/out/out/truth/${load%:*}
		path=$(sed -n 's/^cgroup=//p' "$truth") kind=${load#*:}
		want=$(made "${load%:*}" "${kind}_bytes")
		got=$(ask "select ${kind}_bytes from cgroup where path = '$path' order by hierarchy limit 1")
		# 64 pages and two processors: what memory.stat may lag behind, in each of two groups of counters
		slack=$((1048576 + 256 * page_size))
		[ -n "$got" ] && [ $((got - want)) -le $slack ] && [ $((want - got)) -le $slack ] || {
			echo "# $name: $path: ${kind}_bytes is ${got:-unknown}, made $want"
			return 1
		}
	done
}

# What the collector summed of smaps beside the kernel's own sum, read a moment later.  What depends on other processes
# (how many share a page) may have moved since, and each mapping cuts off what is less than a KiB.
sums_are_the_kernels() {
	mkdir -p "$work/sums"
	tar -xzf "$work/a.mem.tar.gz" -C "$work/sums" --strip-components=1
	compared=0
	for rollup in "$work"/out/out/rollup/*; do
		pid=${rollup##*/}
		sum=$work/sums/capture/derived/proc/$pid/smaps_rollup
		# kernel threads have nothing
		[ -s "$rollup" ] || continue
		[ -e "$sum" ] || { echo "# $name: no sum of pid $pid"; return 1; }
		awk -v pid="$pid" -v name="$name" 'FNR == NR { kernel[$1] = $2; next }
			FNR > 1 && $1 in kernel { off = kernel[$1] - $2
				if (off < 0) off = -off
				if (off > ($1 ~ /^(Pss|Shared|Private|SwapPss)/ ? 64 : 0)) {
					print "# " name ": pid " pid ": " $1 " " $2 ", the kernel " kernel[$1]
					bad = 1
				}
				seen++
			}
			END { exit bad || seen < 10 }' "$rollup" "$sum" || return 1
		compared=$((compared + 1))
	done
	echo "# $name: $compared processes compared"
	[ $compared -ge 5 ]
}

verify() {
	status=$(cat "$work/out/out/status")
	sed "s/^/# $name: /" "$work/out/out/summary" | cut -c1-160
	rm -f "$work"/a.db*
	imported=0
	"$analyzer" import -q -d "$work/a.db" "$work/a.mem.tar.gz" >"$work/log" 2>&1 || imported=$?
	[ $imported = 0 ] || comment <"$work/log"
	is "$name: the archive is imported" $imported 0
	completeness=$(ask "select completeness from snapshot_head")
	comment_of "select 'checks: ' || group_concat(n || ' ' || verdict, ', ')
		from (select verdict, count(*) as n from check_summary group by 1)"
	comment_of "select check_id || ' ' || verdict || ' ' || coalesce(subject, '') || ' ' || title
			|| coalesce(': ' || residual || ' not in ' || bound_low || ' to ' || bound_high, '')
			|| coalesce(', missing ' || missing, '')
		from check_summary where verdict <> 'ok'"
	comment_of "select 'unaccounted ' || coalesce(bytes, '?') || ' bytes' from ledger where class = 'unaccounted'"
	comment_of "select kind || ' ' || count(*) || ', first ' || min(coalesce(path, '')) from issue group by kind"
	comment_of "select 'confined: ' || coalesce(confined, '?') || ', ' || readers_count || ' readers, '
			|| reads_timed_out_count || ' reads timed out'
		from capture_meta join capture_receipt using (snapshot_id)"

	is "$name: byte order and page size" "$byte_order $page_size" \
		"$(ask "select endianness || ' ' || page_size_bytes from capture_meta")"
	holds "$name: processes have what was made" loads_are
	is "$name: no check fails" "$(ask "select count(*) from check_summary where verdict = 'FAIL'")" 0
	is "$name: every line is understood" "$(ask "select count(*) from issue where kind like 'unknown%'")" 0
	if [ "$cgroup" = none ]; then
		is "$name: there are no cgroups" "$(ask "select count(*) from cgroup")" 0
	elif [ -n "$parameters" ]; then
		is "$name: no cgroup has memory" "$(ask "select count(*) from cgroup where usage_bytes is not null")" 0
	else
		holds "$name: cgroups are charged what was made" cgroups_are
	fi
	case $variant in
	plain)
		is "$name: the capture is complete" "$status $completeness" '0 complete'
		is "$name: the kernel confined it" "$(ask "select confined from capture_meta")" seccomp
		is "$name: frames were sampled" "$(ask "select sampled_frames_count from snapshot_head")" 4096
		;;
	no-kpage)
		is "$name: without page frames the capture goes on" "$status $completeness" '3 partial'
		;;
	no-rollup)
		is "$name: the capture is complete" "$status $completeness" '0 complete'
		holds "$name: sums of smaps are the kernel's own" sums_are_the_kernels
		;;
	esac
}

run() {
	status=0
	sh "$top/collect/cross.sh" "$arch" "$cross" 2>"$work/log" || status=$?
	[ $status != 4 ] || { skip "$name" "$(sed 1q "$work/log")"; return; }
	[ $status = 0 ] || { comment <"$work/log"; result 1 "$name: the collector builds"; return; }
	begun_s=$(date +%s)
	status=0
	boot || status=$?
	if [ $status = 125 ] && grep -q 'missing packages' "$work/log"; then
		skip "$name" "$(grep 'missing packages' "$work/log")"
		return
	fi
	[ $status = 0 ] || { tail -n 20 "$work/log" | comment; result 1 "$name: the machine runs"; return; }
	echo "# $name: $(sed -n 's/^package=//p' "$work/out/vm/info"), $(($(date +%s) - begun_s)) s"
	verify
}

cases >"$work/cases"
[ $# -gt 0 ] || set -- $(cut -d' ' -f1 "$work/cases")
for name; do
	grep "^$name " "$work/cases" >"$work/case" || { result 1 "$name: there is such a case"; continue; }
	read -r _ arch kernel cgroup variant byte_order page_size parameters <"$work/case"
	run </dev/null
done
finish
