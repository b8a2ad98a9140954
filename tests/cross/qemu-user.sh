#!/bin/sh
# qemu-user.sh COLLECTOR PACK_FIXTURE [FOLDER [ARCH...]]: the collector of every other architecture, run under qemu-user
# on every fixture, makes the archive that COLLECTOR makes: the same members, byte for byte, and the same index but for
# the times.  Prints TAP.  An architecture is skipped, and says why, when its compiler, qemu-user or its libraries
# below FOLDER (default build/cross; "collect/cross.sh ARCH build/cross" puts them there) are missing.
set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
. "$top/tests/live/tap.sh"
collector=$(realpath "$1") pack_fixture=$(realpath "$2")
folder=${3:-$top/build/cross}
[ $# -le 3 ] && architectures='arm64 ppc64el s390x' || { shift 3; architectures=$*; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

emulator() { # ARCH: the program that runs its programs
	case $1 in
	arm64) name=aarch64 ;;
	ppc64el) name=ppc64le ;;
	*) name=$1 ;;
	esac
	command -v "qemu-$name-static" || command -v "qemu-$name"
}

# Page files of the tree itself, read word by word and not as bytes: 2 MB of words of all kinds, tails of compound pages
# among them.
add_page_files() { # TREE
	rm -rf "$1/pages"
	for file in kpageflags kpagecount kpagecgroup; do
		yes "each frame of $file has a word" | head -c 2000000 >"$1/proc/$file"
	done
}

# collect NAME COMMAND...: the archive of every tree, unpacked in NAME/TREE, and in NAME/TREE.index what else must not
# differ
collect() {
	name=$1
	shift
	for tree in "$work"/trees/*; do
		into=$work/$name/${tree##*/} status=0
		mkdir -p "$into"
		"$@" -q --seed 1 --sample-frames 4096 --root "$tree" -o "$into.mem.tar.gz" 2>"$into.err" || status=$?
		[ -e "$into.mem.tar.gz" ] || { comment <"$into.err"; return 1; }
		tar -xzf "$into.mem.tar.gz" -C "$into" --strip-components=1
		{
			echo "exit status $status"
			tar -tzf "$into.mem.tar.gz" | sed 's,^[^/]*/,,' | grep -v '^capture/index/'
			# every segment begins with the header; members with times in them have other digests
			awk -F, 'FNR == 1 { for (i = 1; i <= NF; i++) times[i] = $i ~ /_ns$/; next }
				$1 ~ /^(capture\/(meta|receipt)|pages\/sample).csv$/ { next }
				{ row = ""; for (i = 1; i <= NF; i++) if (!times[i]) row = row "," $i; print row }' \
				"$into"/capture/index/*.csv
			grep -E '^(stopped|completeness|phases|members|readings|failed|processes|cgroups)' "$into/capture/end.csv"
			grep -E '^(endianness|page_size|kernel_release|machine)' "$into/capture/meta.csv"
		} >"$into.index"
		# what a run says of itself: times, costs, digests over times
		rm -rf "$into/capture/index" "$into/capture/meta.csv" "$into/capture/receipt.csv" "$into/capture/end.csv"
		sed -i '/_ns,/d' "$into/pages/sample.csv"
	done
}
members() { find "$1" -type f | wc -l; }

mkdir "$work/trees"
for fixture in "$top"/fixtures/*/MEMBERS; do
	fixture=${fixture%/MEMBERS}
	tree=$work/trees/${fixture##*/}
	"$pack_fixture" "$fixture" "$work/packed.tar"
	mkdir "$tree"
	tar -xf "$work/packed.tar" -C "$tree" --strip-components=1
	cp -R "$tree" "$tree-page-files"
	add_page_files "$tree-page-files"
done
collect native "$collector" || { echo 'Bail out! the collector of this machine fails'; exit 1; }

for arch in $architectures; do
	promise="$arch: the archive is that of the native collector"
	if ! qemu=$(emulator "$arch"); then
		skip "$promise" 'qemu-user (or qemu-user-static) is not installed'
		continue
	fi
	status=0
	sh "$top/collect/cross.sh" --no-download "$arch" "$folder" 2>"$work/err" || status=$?
	if [ $status = 4 ]; then
		skip "$promise" "$(sed 1q "$work/err")"
		continue
	elif [ $status != 0 ]; then
		comment <"$work/err"
		result 1 "$arch: the collector builds"
		continue
	fi
	status=0
	collect "$arch" "$qemu" "$folder/build-$arch/collect/memreckon-collect" || status=$?
	[ $status = 0 ] || { result 1 "$promise"; continue; }
	for tree in "$work"/trees/*; do
		tree=${tree##*/} status=0
		diff -r "$work/native/$tree" "$work/$arch/$tree" >"$work/differences" || status=1
		diff "$work/native/$tree.index" "$work/$arch/$tree.index" >>"$work/differences" || status=1
		head -n 20 "$work/differences" | cut -c1-200 | comment
		result $status "$promise: $(members "$work/native/$tree") members of $tree"
	done
	rm -rf "${work:?}/$arch"
done
finish
