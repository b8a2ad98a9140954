#!/bin/sh
# cross.sh [--no-download] ARCH FOLDER: build the static collector for a Debian architecture (the names of
# collect/cross/*.ini) into FOLDER/build-ARCH/collect/memreckon-collect.
#
# The libraries of that architecture are downloaded and unpacked below FOLDER, once; nothing is installed, and neither
# root nor a foreign architecture in dpkg is needed.  With --no-download they have to be there.  The compiler is the
# Debian package gcc-TRIPLET with libc6-dev-ARCH-cross.  Exit status 4: something is missing, and stderr says what.
set -eu

libraries='libarchive-dev libdeflate-dev nettle-dev libcsv-dev libseccomp-dev'

downloads=1
if [ "${1:-}" = --no-download ]; then downloads=0; shift; fi
[ $# = 2 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
arch=$1
top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cross_file=$top/collect/cross/$arch.ini
[ -e "$cross_file" ] || { echo "cross.sh: there is no collect/cross/$arch.ini" >&2; exit 2; }
mkdir -p "$2"
folder=$(CDPATH='' cd -- "$2" && pwd)
sysroot=$folder/sysroot-$arch
build=$folder/build-$arch

die() { echo "cross.sh: $*" >&2; exit 4; }
compiler=$(sed -n "s/^c = \['\([^']*\)'.*/\1/p" "$cross_file")
triplet=${compiler%-gcc}
command -v "$compiler" >/dev/null ||
	die "$compiler is missing: apt-get install gcc-$(echo "$triplet" | tr _ -) libc6-dev-$arch-cross"

# apt with a state of its own, so that the foreign architecture need not be known to dpkg
unpack_libraries() {
	state=$folder/apt-$arch
	rm -rf "$sysroot.new" "$state/archives"
	mkdir -p "$state/lists/partial" "$state/archives/partial" "$sysroot.new"
	: >"$state/status"
	cat >"$state/apt.conf" <<-CONF
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Debug::NoLocking "true";
		Dir::State "$state";
		Dir::State::status "$state/status";
		Dir::Cache "$state";
	CONF
	# one list that fails (a mirror in the middle of its update) is no reason to stop
	APT_CONFIG=$state/apt.conf apt-get -q update >"$state/log" 2>&1 || tail -n 3 "$state/log" >&2
	# shellcheck disable=SC2086
	(cd "$state/archives" && APT_CONFIG=$state/apt.conf apt-get -q download $libraries >>"$state/log" 2>&1) || {
		tail -n 3 "$state/log" >&2
		die "cannot download the libraries of $arch"
	}
	for deb in "$state"/archives/*.deb; do dpkg-deb -x "$deb" "$sysroot.new"; done
	rm -rf "$sysroot" "$state"
	echo "$libraries" >"$sysroot.new/libraries"
	mv "$sysroot.new" "$sysroot"
}

if [ "$(cat "$sysroot/libraries" 2>/dev/null)" != "$libraries" ]; then
	[ $downloads = 1 ] || die "the libraries of $arch are not in $sysroot: collect/cross.sh $arch $folder downloads them"
	unpack_libraries
fi
cat >"$folder/$arch.ini" <<INI
[constants]
# -B: meson looks for static libraries where the compiler says that it does
library_args = ['-B$sysroot/usr/lib/$triplet/']
include_args = ['-isystem', '$sysroot/usr/include', '-isystem', '$sysroot/usr/include/$triplet']
INI
[ -e "$build/build.ninja" ] ||
	meson setup "$build" "$top" --cross-file "$cross_file" --cross-file "$folder/$arch.ini" >"$folder/$arch.log" 2>&1 || {
		tail -n 20 "$folder/$arch.log" >&2
		die "meson cannot set up $build"
	}
ninja -C "$build" collect/memreckon-collect >"$folder/$arch.log" 2>&1 || {
	sed -n '/^FAILED/,$p' "$folder/$arch.log" | head -n 40 >&2
	exit 1
}
