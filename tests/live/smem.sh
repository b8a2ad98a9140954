#!/bin/sh
# smem.sh ANALYZER MAKE_FOREIGN: smemcap's captures say the same to memreckon and to smem.  Prints TAP, and a table.
# PSS, USS and RSS of every process, in KiB, as `memreckon ps` and `smem -S` print them from one tar: captures of this
# machine by smemcap itself, of other people's machines ($MR_CAPTURES), and one made from a fixture ($MR_FIXTURES).
# smem 1.5 crashes on any tar under Python 3, as it takes bytes for text: a copy of it is mended here, in two lines.
set -eu

analyzer=$1 make_foreign=$2
. "$(dirname -- "$0")/tap.sh"
smem=$(command -v smem) || skip_all 'smem is not installed'
command -v python3 >/dev/null || skip_all 'python3 is not installed'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP PIPE

sed -e 's/return self\.tar\.extractfile(f)\.read()/return self.tar.extractfile(f).read().decode("utf-8", "replace")/' \
	-e 's/return self\.tar\.extractfile(f)\.readlines()/return [l.decode("utf-8", "replace") for l in self.tar.extractfile(f).readlines()]/' \
	"$smem" >"$work/smem"

# smem_says TAR: "PID PSS USS RSS" in KiB, of the processes that it prints
smem_says() { python3 "$work/smem" -S "$1" -H -c 'pid pss uss rss' | awk '{ print $1, $2, $3, $4 }' | sort; }

# memreckon_says TAR: the same, of the processes whose PSS is known
memreckon_says() {
	rm -f "$work/db"
	"$analyzer" import -q -d "$work/db" "$1" >/dev/null
	"$analyzer" ps -d "$work/db" -n 0 -f csv |
		awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
			$at["pss_bytes"] != "" && $at["rss_source"] == "smaps" {
				printf "%s %d %d %d\n", $at["pid"], $at["pss_bytes"] / 1024, $at["uss_bytes"] / 1024, $at["rss_bytes"] / 1024
			}' | sort
}

# sum FILE: of PSS, USS and RSS
sum() { awk '{ p += $2; u += $3; r += $4 } END { printf "%11d %11d %11d", p, u, r }' "$1"; }

# compare NAME TAR
compare() {
	if ! smem_says "$2" >"$work/smem.txt" 2>"$work/smem.log"; then
		skip "smem and memreckon say the same of $1" "smem cannot read it: $(tail -n 1 "$work/smem.log")"
		return
	fi
	memreckon_says "$2" >"$work/memreckon.txt"
	equal=$(comm -12 "$work/smem.txt" "$work/memreckon.txt" | wc -l)
	# a process whose mappings hold nothing is left out by smem
	different=$(comm -3 "$work/smem.txt" "$work/memreckon.txt" | awk '$2 + $3 + $4 > 0' | wc -l)
	printf '# %-34s %6d %9d %s  smem\n' "$1" "$equal" "$different" "$(sum "$work/smem.txt")"
	printf '# %-34s %6s %9s %s  memreckon\n' '' '' '' "$(sum "$work/memreckon.txt")"
	comm -3 "$work/smem.txt" "$work/memreckon.txt" | awk '$2 + $3 + $4 > 0' | head -n 10 | comment
	holds "smem and memreckon say the same of $1" [ "$equal" -gt 0 -a "$different" = 0 ]
}

printf '# %-34s %6s %9s %11s %11s %11s\n' capture equal different 'PSS KiB' 'USS KiB' 'RSS KiB'
if command -v smemcap >/dev/null; then
	smemcap >"$work/this-machine.tar" 2>/dev/null || :
	compare 'this machine, by smemcap' "$work/this-machine.tar"
else
	skip 'smem and memreckon say the same of this machine' 'smemcap is not installed'
fi
"$make_foreign" smemcap amd64-4k-6.12-v2-tree "$work/fixture.tar"
compare 'amd64-4k-6.12-v2-tree' "$work/fixture.tar"
for tar in "${MR_CAPTURES:-/nonexistent}"/*/smemcap-layout.tar; do
	[ -e "$tar" ] || { skip 'smem and memreckon say the same of other machines' 'MR_CAPTURES names no folder of captures'; break; }
	folder=${tar%/*}
	compare "${folder##*/}" "$tar"
done
finish
