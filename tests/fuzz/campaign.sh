#!/bin/sh
# campaign.sh [EXECUTIONS] [BUILD]: every fuzz target with libFuzzer under AddressSanitizer and UBSan, one after
# the other, each with its share of EXECUTIONS (1000000).  BUILD (build-fuzz) is a folder for builds, inputs, logs.
#
# A tenth of the share runs with comparisons followed, which finds what a parser compares with, on inputs of up to 4 KiB;
# the rest without, on inputs of up to 1 KiB, which is ten times as fast.  What reaches code that corpus/ does not is added there; what breaks a promise stays in BUILD/findings.
# Prints a table: how often each target ran, how fast, edges of code reached, inputs added and findings; ms are those of
# the slowest input of the corpus grown to 64 KiB, without sanitizers.  Below it, lines reached by the corpus, by file.
# The corpus is also replayed under MemorySanitizer, as far as no other library is linked in, which it would not know.
# TARGETS='a b' runs only these.  Needs clang.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
top=${here%/tests/fuzz}
executions=${1:-1000000}
build=${2:-$top/build-fuzz}
command -v clang >/dev/null || { echo 'campaign.sh: needs clang (Debian: clang, llvm)' >&2; exit 4; }
mkdir -p "$build/run" "$build/logs" "$build/findings"
build=$(cd "$build" && pwd)

set_up() { # NAME C_ARGS MESON_OPTION...
	name=$1 args=$2
	shift 2
	[ -e "$build/$name/build.ninja" ] ||
		CC=clang meson setup "$build/$name" "$top" -Db_lundef=false "-Dc_args=$args" "-Dc_link_args=$args" "$@" >"$build/logs/$name"
	ninja -C "$build/$name" fuzz >>"$build/logs/$name" || { tail -n 20 "$build/logs/$name" >&2; exit 4; }
}
sanitized='-Db_sanitize=address,undefined -Dfuzz_engine=-fsanitize=fuzzer'
# shellcheck disable=SC2086
set_up cmp '-fsanitize=fuzzer-no-link -fno-sanitize-recover=undefined' $sanitized
# shellcheck disable=SC2086
set_up fast '-fsanitize=fuzzer-no-link -fno-sanitize-recover=undefined -fno-sanitize-coverage=trace-cmp' $sanitized
set_up memory '' -Db_sanitize=memory -Dwerror=false
set_up lines '-fprofile-instr-generate -fcoverage-mapping'

ASAN_OPTIONS=malloc_context_size=4:quarantine_size_mb=16
export ASAN_OPTIONS
rm -rf "$build/seeds"
mkdir -p "$build/seeds/none"
sh "$here/seeds.sh" "$top" "$build/seeds"
sh "$here/dictionary.sh" "$top/schema/fields" >"$build/dictionary"

seeds_of() { # TARGET
	case $1 in
	parse_*) [ ! -d "$build/seeds/$1" ] && echo none || echo "$1" ;;
	index_row) echo index ;;
	import) echo captures ;;
	archive_in) echo archives ;;
	source_match | member_path | place) echo names ;;
	evidence | wire | supportconfig) echo none ;;
	*) echo lines ;;
	esac
}

# share_of TARGET: of the executions of all; a target that does more in one has fewer
share_of() {
	case $1 in
	import | wire) divisor=200 ;;
	render) divisor=20 ;;
	archive_in | escape | parse_zoneinfo | value) divisor=3 ;;
	*) divisor=1 ;;
	esac
	echo $((executions * 10 / 333 / divisor + 1))
}

stat_of() { sed -n "s/^stat::$1: *//p" "$2" | tail -n 1; } # NAME LOG

# fuzz TARGET BUILD EXECUTIONS: goes on behind a finding, a few times; sets ran and seconds
fuzz() {
	for attempt in 1 2 3 4; do
		left=$(($3 - ran))
		[ $left -gt 0 ] || return 0
		log=$build/logs/$1-$2-$attempt
		start=$(date +%s%N)
		status=0
		limit=1024 entropic=0
		[ "$2" = fast ] || limit=4096 entropic=1
		"$build/$2/tests/fuzz/fuzz_$1" -runs=$left -max_len=$limit -timeout=10 -rss_limit_mb=2048 \
			-entropic=$entropic -dict="$build/dictionary" -artifact_prefix="$build/findings/$1-" -print_final_stats=1 \
			"$build/run/$1" "$here/corpus/$1" "$build/seeds/$(seeds_of "$1")" 2>"$log" || status=$?
		milliseconds=$((milliseconds + ($(date +%s%N) - start) / 1000000))
		count=$(stat_of number_of_executed_units "$log")
		ran=$((ran + ${count:-0}))
		[ $status != 0 ] || return 0
		findings=$((findings + 1))
		echo "# $1: $(grep -m 1 -E 'broken promise|runtime error|ERROR:' "$log" || echo "ends with $status")"
	done
}

# check_memory TARGET: the corpus without a read of what was never written
check_memory() {
	case $1 in
	archive_in | escape | evidence | import | index_row | parse_csv_* | place | render | select | wire) return 0 ;;
	esac
	"$build/memory/tests/fuzz/fuzz_$1" "$here/corpus/$1" >"$build/logs/$1-memory" 2>&1 && return 0
	findings=$((findings + 1))
	echo "# $1: $(grep -m 1 -E 'WARNING|not ok' "$build/logs/$1-memory")"
}

# keeps_promises TARGET FILE: in the replay, which asks more than a campaign: roundtrip of a broken text may differ
keeps_promises() {
	rm -rf "$build/run/one" && mkdir "$build/run/one" && cp "$2" "$build/run/one"
	LLVM_PROFILE_FILE=/dev/null "$build/lines/tests/fuzz/fuzz_$1" "$build/run/one" >/dev/null 2>&1
}

# grow TARGET: add to the corpus what reaches more; sets added
grow() {
	before=$(ls "$here/corpus/$1" | wc -l)
	"$build/fast/tests/fuzz/fuzz_$1" -merge=1 -use_counters=0 -max_len=4096 "$here/corpus/$1" \
		"$build/run/$1" "$build/seeds/$(seeds_of "$1")" 2>"$build/logs/$1-merge" || echo "# $1: merge failed"
	for file in "$here/corpus/$1"/*; do
		name=${file##*/}
		case $name in *[!0-9a-f]*) continue ;; esac
		[ ${#name} = 40 ] || continue
		if keeps_promises "$1" "$file"; then mv "$file" "$here/corpus/$1/$(echo "$name" | cut -c 1-12)"; else rm "$file"; fi
	done
	added=$(($(ls "$here/corpus/$1" | wc -l) - before))
}

all=$(cd "$build/lines/tests/fuzz" && ls | sed -n 's/^fuzz_\([a-z0-9_]*\)$/\1/p')
format='%-20s %11s %8s %6s %6s %6s %8s %7s\n'
# shellcheck disable=SC2059
printf "$format" target executions exec/s edges corpus added findings ms
total=0 total_findings=0
for target in ${TARGETS:-$all}; do
	mkdir -p "$here/corpus/$target" "$build/run/$target"
	share=$(share_of "$target")
	ran=0 findings=0 milliseconds=0
	fuzz "$target" cmp $((share / 10 + 1))
	fuzz "$target" fast "$share"
	edges=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | cut -d' ' -f2)
	grow "$target"
	check_memory "$target"
	slowest=$(LLVM_PROFILE_FILE=/dev/null "$build/lines/tests/fuzz/fuzz_$target" --stretch 65536 "$here/corpus/$target" | cut -d' ' -f1)
	# shellcheck disable=SC2059
	printf "$format" "$target" $ran $((ran * 1000 / (milliseconds + 1))) "${edges:-?}" \
		"$(ls "$here/corpus/$target" | wc -l)" $added $findings "$slowest"
	total=$((total + ran)) total_findings=$((total_findings + findings))
done
echo "$total executions, $total_findings findings, corpus $(du -sb "$here/corpus" | cut -f1) bytes"

command -v llvm-profdata >/dev/null && command -v llvm-cov >/dev/null || exit 0
objects=''
for target in $all; do
	[ -d "$here/corpus/$target" ] || continue
	LLVM_PROFILE_FILE=$build/logs/$target-%p.profraw "$build/lines/tests/fuzz/fuzz_$target" "$here/corpus/$target" >/dev/null
	objects="$objects${objects:+ -object }$build/lines/tests/fuzz/fuzz_$target"
done
llvm-profdata merge -o "$build/profile" "$build"/logs/*.profraw
rm "$build"/logs/*.profraw
# shellcheck disable=SC2086
llvm-cov report $objects -instr-profile "$build/profile" | awk '
	$1 ~ /^(analyze|schema)\/.*\.c$/ { printf "%-40s %5d of %5d lines %9s\n", $1, $8 - $9, $8, $10 }'
