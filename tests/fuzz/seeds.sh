#!/bin/sh
# seeds.sh TOP OUT: inputs to begin with, made from the fixtures.
#   OUT/parse_*/    kernel files by the shape that sources.def gives them, each behind a line with its path
#   OUT/names/      paths of members
#   OUT/lines/      single lines of kernel files
#   OUT/index/      segments of the index
#   OUT/captures/   small captures in text, as target_import.c reads them
#   OUT/archives/   small archives, plain and compressed
set -eu

top=$1 out=$2
each=4 bytes_max=3800
mkdir -p "$out/names" "$out/lines" "$out/index" "$out/captures" "$out/archives"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# head_lines FILE: its first lines, as many as fit
head_lines() {
	head -c "$bytes_max" "$1" >"$work/head"
	if cmp -s "$1" "$work/head"; then cat "$1"; else sed '$d' "$work/head"; fi
}

# chosen TREE: "shape path" of a few files of each kind, which is the path with its numbers taken out
chosen() {
	(cd "$1" && find . -type f ! -name words.txt | sed -n 's,^\./\(\(capture\|proc\|sys\|pages\)/\),\1,p' | sort) | awk -v each="$each" '
		# the rows of foreign.def and sources.def, patterns as regular expressions
		FILENAME != "-" {
			if (!/^(RAW_)?SOURCE\(/ && !/^FOREIGN\(/) next
			split($0, cells, /"|, */)
			pattern = cells[2]
			gsub(/\./, "\\.", pattern)
			sub(/^{cgroup[12]}/, "sys/fs/cgroup(/.*)?", pattern)
			sub(/\*\*$/, ".+", pattern)
			gsub(/{(pid|tid|node|device|page_kib)}/, "[0-9]+", pattern)
			gsub(/{[a-z0-9_]+}/, "[^/]+", pattern)
			patterns[++count] = "^" pattern "$"
			shapes[count] = /^RAW/ ? "raw" : tolower(cells[/^FOREIGN/ ? 4 : 5])
			is_foreign[count] = /^FOREIGN/
			next
		}
		{
			kind = $0
			gsub(/[0-9]+/, "N", kind)
			if (++seen[kind] > each) next
			for (i = 1; i <= count; i++)
				if ($0 ~ patterns[i]) {
					print shapes[i], $0
					# ours may have it in another shape
					if (!is_foreign[i]) break
				}
		}' "$top/schema/foreign.def" "$top/schema/sources.def" -
}

file_seeds() { # TREE NAME
	chosen "$1" | while read -r shape path; do
		seed=$2-$(echo "$path" | tr '/ ' '__')
		mkdir -p "$out/parse_$shape"
		{ echo "$path"; head_lines "$1/$path"; } >"$out/parse_$shape/$seed"
		printf '%s' "$path" >"$out/names/$seed"
	done
}

line_seeds() { # TREE NAME
	number=0
	(cd "$1" && cat proc/meminfo proc/zoneinfo proc/1/status proc/1/stat proc/loadavg proc/iomem proc/slabinfo 2>/dev/null || :) |
		awk '{ kind = $0; gsub(/[0-9]+/, "N", kind) } !seen[kind]++' | head -n 150 |
		while IFS= read -r line; do
			number=$((number + 1))
			printf '%s' "$line" >"$out/lines/$2-$number"
		done
}

# capture_seed TREE NAME PATH...: the members that are there
capture_seed() {
	tree=$1 seed=$2
	shift 2
	for path; do
		[ ! -e "$tree/$path" ] || { echo "=> $path"; head_lines "$tree/$path"; }
	done >"$out/captures/$seed"
}

capture_seeds() { # TREE NAME
	process=$(cd "$1" && ls -d proc/[1-9]* | sort -t/ -k2n | tail -n 1)
	group=$(cd "$1" && find sys/fs/cgroup -name memory.stat | sort | tail -n 1)
	group=${group%/*}
	capture_seed "$1" "$2-meta" capture/meta.csv proc/meminfo capture/receipt.csv capture/cgroups.csv
	capture_seed "$1" "$2-system" proc/buddyinfo proc/swaps proc/stat proc/uptime proc/loadavg proc/version
	capture_seed "$1" "$2-zones" proc/zoneinfo
	capture_seed "$1" "$2-process" "$process/stat" "$process/statm" "$process/status" "$process/cgroup" \
		"$process/smaps_rollup" "$process/oom_score_adj"
	capture_seed "$1" "$2-group" capture/cgroups.csv "$group/memory.usage_in_bytes" "$group/memory.limit_in_bytes" \
		"$group/memory.current" "$group/memory.max" "$group/cgroup.procs" "$group/memory.stat"
	capture_seed "$1" "$2-pages" pages/ranges.csv pages/sample.csv proc/meminfo
	{
		echo '=> proc/meminfo'
		head -n 3 "$1/proc/meminfo"
		echo '=> again 1 proc/meminfo'
		head -n 3 "$1/proc/meminfo"
		echo '=> more 1 proc/slabinfo'
		head -n 3 "$1/proc/slabinfo"
		echo '=> capture/hung.csv'
		echo 'path,pid'
	} >"$out/captures/$2-readings"
}

foreign_seeds() { # TREE NAME
	process=$(cd "$1" && ls -d proc/[1-9]* | sort -t/ -k2n | tail -n 1)
	capture_seed "$1" "$2-system" proc/meminfo proc/swaps proc/uptime proc/version uname date
	capture_seed "$1" "$2-process" proc/meminfo "$process/status" "$process/statm" "$process/stat" "$process/smaps"
	for seed in system process; do
		{ echo foreign; cat "$out/captures/$2-$seed"; } >"$out/captures/$2-foreign-$seed"
		rm "$out/captures/$2-$seed"
	done
}

archive_seeds() { # TREE NAME
	mkdir -p "$work/top/capture" "$work/top/proc/1"
	head -n 8 "$1/capture/meta.csv" >"$work/top/capture/meta.csv"
	head -n 4 "$1/proc/meminfo" >"$work/top/proc/meminfo"
	cp "$1/proc/1/statm" "$work/top/proc/1/statm"
	ln -sf /etc/passwd "$work/top/proc/1/link"
	for format in gnu ustar pax v7; do
		tar -C "$work" --format "$format" -b 1 -cf "$out/archives/$2-$format.tar" \
			top/capture/meta.csv top/proc/meminfo top/proc/1/statm top/proc/1/link
	done
	long=$(head -c 120 /dev/zero | tr '\0' a)
	cp "$1/proc/1/statm" "$work/top/$long"
	tar -C "$work" --format gnu -b 1 -cf "$out/archives/$2-long.tar" top/capture/meta.csv "top/$long"
	truncate -s 64K "$work/top/sparse"
	tar -C "$work" -S -b 1 -cf "$out/archives/$2-sparse.tar" top/capture/meta.csv top/sparse
	rm -rf "$work/top"
	for program in gzip xz bzip2 zstd; do
		! command -v "$program" >/dev/null || "$program" -c <"$out/archives/$2-gnu.tar" >"$out/archives/$2.$program"
	done
}

for tree in "$top"/fixtures/*/; do
	tree=${tree%/}
	name=$(basename "$tree")
	name=${name%%-*}${name##*-6}
	file_seeds "$tree" "$name"
	line_seeds "$tree" "$name"
	# captures of ours, and those of other tools
	if [ -e "$tree/capture/meta.csv" ]; then
		capture_seeds "$tree" "$name"
		archive_seeds "$tree" "$name"
		head_lines "$tree/capture/index/0001.csv" >"$out/index/$name"
	else
		foreign_seeds "$tree" "$name"
	fi
done
