#!/bin/sh
# boot.sh: boot a Debian kernel in qemu with a small initramfs, run a script in it as root and bring what it wrote in
# /out back as a tar.  See README.md.
set -eu

usage() {
	cat << 'X'
usage: boot.sh [options] --run SCRIPT --out OUT.tar

  --cache DIR          downloads and builds are kept here (default $VM_CACHE, else build/vm-cache)
  --kernel-arch ARCH   amd64 (default) i386 arm64 armhf ppc64el s390x
  --kernel NAME        6.1 (default), another name of --list, or a package name
  --cgroup MODE        v1 (default), v2, hybrid (v1 and /sys/fs/cgroup/unified), none
  --run SCRIPT         sh script for the guest, run in /out; it may ". /vm/lib.sh"
  --env NAME=VALUE     variable for the script (repeatable)
  --initrd-extra DIR   files to put into the guest's / (repeatable)
  --out OUT.tar        where the tar goes: out/ (the script's files) and vm/
  --stream FILE        bytes that the guest writes to $VM_STREAM come here
  --packages "A B"     Debian packages, with what they depend on, for: deb PROGRAM ARGS;
                       @dbg is the package with the debug symbols of the kernel
  --modules "A B"      more kernel modules to load
  --mem MIB            memory (default 1024)
  --smp N              processors (default 2)
  --scratch MIB        an ext4 disk at /scratch (default none)
  --append STRING      more kernel parameters
  --accel tcg|kvm      default tcg
  --qemu-arg ARG       one more argument for qemu (repeatable)
  --timeout S          seconds until the guest is stopped (default 300)
  --console FILE       keep the guest's console here
  --verbose            show the console while the guest runs
  --shell              no script: a shell on this terminal
  --prepare            download and build only, start nothing
  --refresh            look for newer packages
  --list               print the kernels by name and the packages they stand for

The exit status is the script's; 124 when the time ran out, 125 when the
guest did not get to the end, 2 for wrong usage.
X
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cache=${VM_CACHE:-$here/../../build/vm-cache} arch=amd64 kernel=6.1 cgroup=v1 run='' out='' stream='' packages=''
modules='' mem=1024 smp=2 scratch=0 append='' accel=tcg timeout=300 console=''
verbose=0 shell=0 prepare=0 refresh=0 name=vm
extras='' envs='' qargs=''
nl='
'

say() { echo "boot.sh: $*" >&2; }
die() { say "$*"; exit 125; }
bad() { say "$*"; usage >&2; exit 2; }
quote() { printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"; }
abspath() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }

# ARCH NAME PACKAGE
kernels() {
	cat << 'X'
amd64 6.1 linux-image-cloud-amd64
amd64 6.1-full linux-image-amd64
amd64 6.1-rt linux-image-rt-amd64
amd64 6.12 linux-image-6.12-cloud-amd64
amd64 6.12-full linux-image-6.12-amd64
amd64 6.12-rt linux-image-6.12-rt-amd64
i386 6.1 linux-image-686-pae
i386 6.1-nopae linux-image-686
arm64 6.1 linux-image-cloud-arm64
arm64 6.1-full linux-image-arm64
arm64 6.12 linux-image-6.12-cloud-arm64
arm64 6.12-full linux-image-6.12-arm64
arm64 6.12-16k linux-image-6.12-arm64-16k
armhf 6.1 linux-image-armmp-lpae
armhf 6.1-nolpae linux-image-armmp
ppc64el 6.1 linux-image-powerpc64le
s390x 6.1 linux-image-s390x
X
}

while [ $# -gt 0 ]; do
	case $1 in
	--verbose) verbose=1; shift; continue ;;
	--shell) shell=1; shift; continue ;;
	--prepare) prepare=1; shift; continue ;;
	--refresh) refresh=1; shift; continue ;;
	--list) kernels; exit 0 ;;
	-h | --help) usage; exit 0 ;;
	esac
	[ $# -ge 2 ] || bad "$1: unknown, or its value is missing"
	case $1 in
	--cache) cache=$2 ;;
	--kernel-arch) arch=$2 ;;
	--kernel) kernel=$2 ;;
	--cgroup) cgroup=$2 ;;
	--run) run=$2 ;;
	--env) envs="$envs${nl}export ${2%%=*}=$(quote "${2#*=}")" ;;
	--initrd-extra) extras="$extras$2$nl" ;;
	--out) out=$2 ;;
	--stream) stream=$2 ;;
	--packages) packages="$packages $(echo "$2" | tr , ' ')" ;;
	--modules) modules="$modules $(echo "$2" | tr , ' ')" ;;
	--mem) mem=$2 ;;
	--smp) smp=$2 ;;
	--scratch) scratch=$2 ;;
	--append) append="$append $2" ;;
	--accel) accel=$2 ;;
	--qemu-arg) qargs="$qargs $(quote "$2")" ;;
	--timeout) timeout=$2 ;;
	--console) console=$2 ;;
	*) bad "$1: unknown option" ;;
	esac
	shift 2
done
case $cgroup in v1 | v2 | hybrid | none) ;; *) bad "--cgroup $cgroup" ;; esac
if [ $prepare = 0 ] && [ $shell = 0 ]; then
	[ -n "$run" ] || bad "--run SCRIPT is missing"
	[ -r "$run" ] || bad "--run $run: cannot read it"
	[ -n "$out" ] || bad "--out OUT.tar is missing"
fi

# qemu program and machine, the package that has it, console, cross compiler
case $arch in
amd64) q=qemu-system-x86_64 qpkg=qemu-system-x86 machine=q35 cpu=max con=ttyS0 triplet=x86_64-linux-gnu ;;
i386) q=qemu-system-i386 qpkg=qemu-system-x86 machine=q35 cpu=max con=ttyS0 triplet=i686-linux-gnu ;;
arm64)
	q=qemu-system-aarch64 qpkg=qemu-system-arm machine=virt con=ttyAMA0 triplet=aarch64-linux-gnu
	# pointer authentication as the architecture has it is slow to emulate
	cpu=max,pauth-impdef=on
	;;
armhf) q=qemu-system-arm qpkg=qemu-system-arm machine=virt cpu=max con=ttyAMA0 triplet=arm-linux-gnueabihf ;;
ppc64el)
	q=qemu-system-ppc64 qpkg=qemu-system-ppc cpu=POWER9 con=hvc0 triplet=powerpc64le-linux-gnu
	# mitigations that tcg does not have
	machine=pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off
	;;
s390x) q=qemu-system-s390x qpkg=qemu-system-misc machine=s390-ccw-virtio cpu=max con=ttysclp0 triplet=s390x-linux-gnu ;;
*) bad "--kernel-arch $arch" ;;
esac
if [ "$(dpkg --print-architecture)" = "$arch" ]; then cc=gcc; else cc=$triplet-gcc; fi
[ "$accel" != kvm ] || { case $arch in amd64 | i386 | arm64) cpu=host ;; esac; }

need() { # PROGRAM PACKAGE
	command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
PATH=$PATH:/usr/sbin:/sbin
missing=''
need "$q" $qpkg
need cpio cpio
need depmod kmod
need xz xz-utils
need flock util-linux
need timeout coreutils
need "$cc" "gcc$([ $cc = gcc ] || echo "-$triplet" | sed 's/x86_64/x86-64/')"
[ "$scratch" = 0 ] || need mke2fs e2fsprogs
[ -z "$packages" ] || need mksquashfs squashfs-tools
[ -z "$missing" ] || die "missing packages:$missing (apt-get install --no-install-recommends$missing)"

mkdir -p "$cache"
cache=$(CDPATH='' cd -- "$cache" && pwd)
A=$cache/apt/$arch
K=$cache/kernel/$arch
work=$(mktemp -d "${TMPDIR:-/tmp}/vm.XXXXXX")
qpid='' tpid=''
cleanup() {
	[ -z "$qpid" ] || kill "$qpid" 2>/dev/null || :
	[ -z "$tpid" ] || kill "$tpid" 2>/dev/null || :
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# ---- packages: apt with its own state, so that neither root nor a foreign architecture in dpkg is needed and nothing
# ---- is installed

apt_setup() {
	mkdir -p "$A/state/lists/partial" "$A/cache/archives/partial" "$A/debs"
	: >"$A/state/status"
	cat >"$A/apt.conf" << X
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "3";
Debug::NoLocking "true";
Dir::State "$A/state";
Dir::State::status "$A/state/status";
Dir::Cache "$A/cache";
X
	if [ ! -e "$A/updated" ] || [ $refresh = 1 ] && [ ! -e "$work/updated" ]; then
		say "apt: package lists for $arch"
		# one list that fails (a mirror in the middle of its update) is no reason to stop
		APT_CONFIG=$A/apt.conf apt-get -q update >"$work/apt.log" 2>&1 ||
			say "apt-get update: $(grep '^E:' "$work/apt.log" | head -1 | cut -c1-150)"
		ls "$A"/state/lists/*Packages* >/dev/null 2>&1 || { cat "$work/apt.log" >&2; die "no package lists"; }
		: >"$A/updated"
		: >"$work/updated"
	fi
}
with_apt() { APT_CONFIG=$A/apt.conf "$@"; }

download() { # PACKAGE: prints the .deb
	apt_setup
	rm -rf "$work/deb" && mkdir "$work/deb"
	(cd "$work/deb" && with_apt apt-get -q download "$1" >"$work/apt.log" 2>&1) ||
		{ cat "$work/apt.log" >&2; die "cannot download $1 for $arch"; }
	mv "$work"/deb/*.deb "$A/debs/"
	ls -t "$A"/debs/"$1"_*.deb | head -1
}

get_busybox() {
	bb=$cache/busybox/$arch/busybox
	[ -e "$bb" ] && [ $refresh = 0 ] && return
	say "busybox-static for $arch"
	deb=$(download busybox-static)
	rm -rf "$work/x" && dpkg-deb -x "$deb" "$work/x"
	mkdir -p "${bb%/*}"
	f=$(find "$work/x" -path "*/bin/busybox" -type f)
	mv "$f" "$bb"
}

get_kernel() {
	pkg=$(kernels | awk -v a="$arch" -v n="$kernel" '$1 == a && $2 == n { print $3 }')
	[ -n "$pkg" ] || pkg=$kernel
	mkdir -p "$K"
	if [ ! -e "$K/$pkg.is" ] || [ $refresh = 1 ]; then
		apt_setup
		# a name without a version stands for the package it depends on
		real=$(with_apt apt-cache show --no-all-versions "$pkg" 2>/dev/null |
			sed -n 's/^Depends: \(.*, \)*\(linux-image-[0-9][^ ,]*\).*/\2/p' | head -1)
		[ -n "$real" ] || real=$pkg
		if [ ! -d "$K/$real" ]; then
			say "kernel $real for $arch"
			deb=$(download "$real")
			rm -rf "$work/k" && mkdir "$work/k"
			dpkg-deb -x "$deb" "$work/k"
			[ ! -d "$work/k/usr/lib/modules" ] || { mkdir -p "$work/k/lib" && mv "$work/k/usr/lib/modules" "$work/k/lib/"; }
			depmod -b "$work/k" "$(ls "$work/k/lib/modules")"
			dpkg-deb -f "$deb" Version >"$work/k/version"
			rm -rf "$work/k/usr" "$deb"
			mv "$work/k" "$K/$real"
		fi
		echo "$real" >"$K/$pkg.is"
	fi
	real=$(cat "$K/$pkg.is")
	kdir=$K/$real
	krel=$(ls "$kdir/lib/modules")
	image=$(ls "$kdir"/boot/vmlinu*)
	pkgver=$real=$(cat "$kdir/version")
}

get_memload() {
	src=$here/guest/memload.c
	sum=$(cksum <"$src" | cut -d' ' -f1)
	memload=$cache/memload/$arch-$sum
	[ -e "$memload" ] && return
	mkdir -p "$cache/memload"
	$cc -std=gnu11 -O2 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -static -s -o "$work/memload" "$src" ||
		die "cannot build memload (static libc for $arch: libc6-dev$([ $cc = gcc ] || echo "-$arch-cross"))"
	mv "$work/memload" "$memload"
}

get_packages() {
	# programs call sh, which no package depends on; @dbg: the kernel's own symbols
	# shellcheck disable=SC2086
	set -- dash $(echo "$packages" | sed "s/@dbg/$real-dbg/g")
	sum=$(printf '%s\n' "$@" | sort -u | cksum | cut -d' ' -f1)
	debimg=$cache/packages/$arch-$sum.squashfs
	[ -e "$debimg" ] && [ $refresh = 0 ] && return
	apt_setup
	say "packages for $arch: $*"
	rm -f "$A"/cache/archives/*.deb
	with_apt apt-get -q -y --download-only install "$@" >"$work/apt.log" 2>&1 ||
		{ tail -20 "$work/apt.log" >&2; die "cannot download the packages"; }
	r=$work/root
	rm -rf "$r" && mkdir -p "$r/usr/bin" "$r/usr/sbin" "$r/usr/lib" "$r/etc" "$r/var/lib"
	for d in bin sbin lib; do ln -s "usr/$d" "$r/$d"; done
	for d in lib32 lib64 libx32; do mkdir "$r/usr/$d" && ln -s "usr/$d" "$r/$d"; done
	for deb in "$A"/cache/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -xf - -C "$r" --keep-directory-symlink --no-same-owner \
			--exclude=./usr/share/doc --exclude=./usr/share/man --exclude=./usr/share/locale
	done
	(cd "$A/cache/archives" && ls ./*.deb | sed 's,^\./,,; s/\.deb$//') >"$r/etc/packages"
	[ -e "$r/etc/passwd" ] || echo 'root:x:0:0:root:/root:/bin/sh' >"$r/etc/passwd"
	[ -e "$r/etc/group" ] || echo 'root:x:0:' >"$r/etc/group"
	[ -e "$r/bin/sh" ] || ln -s dash "$r/usr/bin/sh"
	mkdir -p "$cache/packages" "$r/proc" "$r/sys" "$r/dev" "$r/tmp" "$r/run" "$r/out" "$r/scratch" "$r/vm" "$r/root"
	mksquashfs "$r" "$work/p.squashfs" -comp zstd -Xcompression-level 3 -all-root -no-progress -quiet >/dev/null
	mv "$work/p.squashfs" "$debimg"
	chmod -R u+w "$r" && rm -rf "$r"
	rm -f "$A"/cache/archives/*.deb
}

# add_modules [-q] NAME...: copy modules and what they need, in load order; -q: those that this kernel has
add_modules() {
	note=1
	[ "$1" != -q ] || { note=0; shift; }
	md=$kdir/lib/modules/$krel
	for m; do
		line=$(grep -E "(^|/)$m\.ko(\.[a-z]+)?:" "$md/modules.dep" | head -1) || line=''
		if [ -z "$line" ]; then
			grep -q "/$m\.ko" "$md/modules.builtin" || [ $note = 0 ] || say "note: $krel has no module $m"
			continue
		fi
		self=${line%%:*}
		order=$self
		for d in ${line#*:}; do order="$d $order"; done
		for d in $order; do
			b=${d##*/}
			case $b in
			*.xz) b=${b%.xz} z='xz -dc' ;;
			*.zst) b=${b%.zst} z='zstd -dc' ;;
			*) z="cat" ;;
			esac
			grep -qx "$b" "$ir/vm/modules/list" && continue
			$z <"$md/$d" >"$ir/vm/modules/$b"
			echo "$b" >>"$ir/vm/modules/list"
		done
	done
}

pack() { (cd "$1" && find . -mindepth 1 | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet | gzip -n -1); }

(
	flock 9
	get_busybox
	get_kernel
	get_memload
	[ -z "$packages" ] || get_packages
) 9>"$cache/lock"
refresh=0
get_busybox
get_kernel
get_memload
[ -z "$packages" ] || get_packages
[ $prepare = 0 ] || { say "ready: $pkgver"; exit 0; }

# ---- initramfs

ir=$work/ir
mkdir -p "$ir/bin" "$ir/vm/bin" "$ir/vm/modules"
: >"$ir/vm/modules/list"
cp "$bb" "$ir/bin/busybox"
cp "$here/guest/init" "$ir/init"
cp "$here/guest/lib.sh" "$ir/vm/lib.sh"
cp "$here/guest/snap" "$ir/vm/bin/snap"
cp "$memload" "$ir/vm/bin/memload"
if [ -n "$run" ]; then cp "$run" "$ir/vm/run.sh"; fi
chmod 755 "$ir/init" "$ir/vm/bin/"* "$ir/bin/busybox"
cat >"$ir/vm/config" << X
VM_CGROUP=$cgroup
VM_NAME=$name
VM_SHELL=$shell
VM_CONSOLE=$([ $verbose = 0 ] && [ -z "$console" ] && echo 0 || echo 1)
VM_ARCH=$arch
VM_PACKAGE=$pkgver
export VM_CGROUP VM_ARCH
X
printf '%s\n' "$envs" >"$ir/vm/env"
add_modules virtio_pci virtio_console
add_modules -q lzo lzo-rle lz4 zstd zram
[ "$scratch$packages" = 0 ] || add_modules virtio_blk
[ "$scratch" = 0 ] || { add_modules -q crc32c_generic; add_modules ext4; }
[ -z "$packages" ] || add_modules loop squashfs overlay
# shellcheck disable=SC2086
[ -z "$modules" ] || add_modules $modules
pack "$ir" >"$work/initrd"
printf %s "$extras" | while read -r d; do
	[ -d "$d" ] || die "--initrd-extra $d: no such folder"
	pack "$d" >>"$work/initrd"
done

# ---- qemu

log=$work/console
: >"$log"
set -- -machine "$machine" -accel "$accel" -cpu "$cpu" -smp "$smp" -m "$mem" \
	-nodefaults -no-user-config -display none -no-reboot \
	-kernel "$image" -initrd "$work/initrd"
if [ $shell = 1 ]; then
	set -- "$@" -serial mon:stdio
else
	set -- "$@" -serial "file:$log"
fi
set -- "$@" -append "console=$con quiet panic=-1 cgroup_enable=memory net.ifnames=0$append" \
	-device virtio-serial \
	-chardev "file,id=cout,path=$work/out.tar" -device virtserialport,chardev=cout,name=vmout
if [ -n "$stream" ]; then
	stream=$(abspath "$stream")
	: >"$stream"
	set -- "$@" -chardev "file,id=cstream,path=$stream" -device virtserialport,chardev=cstream,name=vmstream
fi
if [ "$scratch" != 0 ]; then
	truncate -s "${scratch}M" "$work/scratch"
	mke2fs -q -t ext4 -F -O ^has_journal "$work/scratch"
	set -- "$@" -drive "file=$work/scratch,format=raw,if=none,id=dscratch,cache=unsafe,discard=unmap" \
		-device virtio-blk,drive=dscratch,serial=vmscratch
fi
if [ -n "$packages" ]; then
	set -- "$@" -drive "file=$debimg,format=raw,if=none,id=ddeb,readonly=on" \
		-device virtio-blk,drive=ddeb,serial=vmdeb
fi
eval "set -- \"\$@\" $qargs"

if [ $shell = 1 ]; then
	"$q" "$@"
	exit 0
fi

[ $verbose = 0 ] || { tail -f "$log" >&2 & tpid=$!; }
timeout "$timeout" "$q" "$@" </dev/null >"$work/qemu.log" 2>&1 &
qpid=$!
qrc=0
wait $qpid || qrc=$?
qpid=''
[ -z "$tpid" ] || { sleep 0.5; kill "$tpid" 2>/dev/null || :; tpid=''; }
[ -z "$console" ] || tr -d '\r' <"$log" >"$console"

end=$(tr -d '\r' <"$log" | sed -n 's/.*@vm end status=\([0-9]*\).*/\1/p' | tail -1)
failed=$(tr -d '\r' <"$log" | sed -n 's/.*@vm fail \(.*\)/\1/p' | tail -1)
tr -d '\r' <"$log" | sed -n 's/.*@vm module /boot.sh: module /p' >&2
if [ -z "$end" ] || [ -n "$failed" ]; then
	[ $verbose = 1 ] || tr -d '\r' <"$log" | tail -40 >&2
	cat "$work/qemu.log" >&2
	[ "$qrc" != 124 ] || { say "no end after $timeout s"; exit 124; }
	die "the guest did not get to its end: ${failed:-see the console}"
fi
tar -tf "$work/out.tar" >/dev/null 2>&1 || die "the tar did not come back whole"
mkdir -p "$(dirname -- "$out")"
mv "$work/out.tar" "$out"
[ "$end" = 0 ] || [ $verbose = 1 ] || tar -xOf "$out" vm/run.log | tail -20 >&2
exit "$end"
