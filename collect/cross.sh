#!/bin/sh
# cross.sh ARCH FOLDER: build the static collector for another Debian architecture (arm64, ppc64el, s390x) into
# FOLDER/build-ARCH.  The foreign libraries are unpacked below FOLDER, nothing is installed; needs the Debian cross
# compiler gcc-TRIPLET and libc6-dev-ARCH-cross.
set -eu

arch=$1
mkdir -p "$2"
folder=$(realpath "$2")
top=$(realpath "$(dirname -- "$0")/..")
case $arch in
arm64) triplet=aarch64-linux-gnu family=aarch64 endian=little ;;
ppc64el) triplet=powerpc64le-linux-gnu family=ppc64 endian=little ;;
s390x) triplet=s390x-linux-gnu family=s390x endian=big ;;
*) echo "cross.sh: unknown architecture '$arch'" >&2; exit 2 ;;
esac
command -v "$triplet-gcc" >/dev/null || {
	echo "cross.sh: $triplet-gcc is missing: apt-get install gcc-$triplet libc6-dev-$arch-cross" >&2
	exit 4
}
sysroot=$folder/sysroot-$arch

# apt with a state of its own, so that the foreign architecture need not be known to dpkg
unpack_libraries() {
	state=$folder/apt-$arch
	mkdir -p "$state/lists/partial" "$state/archives/partial" "$sysroot.new"
	: >"$state/status"
	cat >"$state/apt.conf" <<-CONF
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		Acquire::Languages "none";
		Debug::NoLocking "true";
		Dir::State "$state";
		Dir::State::status "$state/status";
		Dir::Cache "$state";
		APT::Sandbox::User "root";
	CONF
	APT_CONFIG=$state/apt.conf apt-get -q update >"$state/log" 2>&1 || tail -n 3 "$state/log" >&2
	(cd "$state/archives" && APT_CONFIG=$state/apt.conf apt-get -q download libarchive-dev zlib1g-dev nettle-dev libcsv-dev \
		>>"$state/log" 2>&1) || { tail -n 3 "$state/log" >&2; exit 4; }
	for deb in "$state"/archives/*.deb; do dpkg-deb -x "$deb" "$sysroot.new"; done
	mv "$sysroot.new" "$sysroot"
}

[ -d "$sysroot" ] || unpack_libraries
cat >"$folder/$arch.ini" <<INI
[binaries]
# -B: meson looks for static libraries where the compiler says that it does
c = ['$triplet-gcc', '-B$sysroot/usr/lib/$triplet/']
strip = '$triplet-strip'
[built-in options]
c_args = ['-isystem', '$sysroot/usr/include', '-isystem', '$sysroot/usr/include/$triplet']
[host_machine]
system = 'linux'
cpu_family = '$family'
cpu = '$arch'
endian = '$endian'
INI
build=$folder/build-$arch
[ -e "$build/build.ninja" ] || meson setup "$build" "$top" --cross-file "$folder/$arch.ini" >/dev/null
ninja -C "$build" collect/memreckon-collect
