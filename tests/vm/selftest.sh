#!/bin/sh
# selftest.sh [--cache DIR] [quick|full]: the kit itself, without the collector: boot, load, copy and compare on the
# kernels that boot.sh knows; ends with "N passed, N failed".
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cache=${VM_CACHE:-$here/../../build/vm-cache}
if [ "${1:-}" = --cache ] && [ $# -ge 2 ]; then
	cache=$2
	shift 2
fi
what=${1:-quick} passed=0 failed=0
case $what in quick | full) ;; *) sed -n '2s/^# //p' "$0" >&2; exit 2 ;; esac
work=$(mktemp -d "${TMPDIR:-/tmp}/vmtest.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

result() { # NAME STATUS
	if [ "$2" = 0 ]; then passed=$((passed + 1)) s=ok; else failed=$((failed + 1)) s=FAILED; fi
	echo "$s $1 ($(($(date +%s) - t0)) s)"
}
one() { # ARCH KERNEL CGROUP
	t0=$(date +%s)
	sh "$here/boot.sh" --cache "$cache" --kernel-arch "$1" --kernel "$2" --cgroup "$3" --scratch 256 \
		--run "$here/scenarios/basic.sh" --out "$work/o.tar" >"$work/log" 2>&1 &&
		python3 "$here/check.py" "$work/o.tar" >"$work/check" 2>&1
	rc=$?
	[ $rc = 0 ] || { tail -5 "$work/log"; grep -E 'FAILED|Error' "$work/check"; }
	result "$1 $2 $3" $rc
}
status() { # WANT NAME ARGS...
	want=$1 name=$2 t0=$(date +%s)
	shift 2
	sh "$here/boot.sh" --cache "$cache" --out "$work/o.tar" "$@" >"$work/log" 2>&1
	rc=$?
	[ $rc = "$want" ] || { echo "status $rc, not $want"; tail -5 "$work/log"; }
	result "$name" $((rc != want))
}

one amd64 6.1 v1
one amd64 6.1 v2
one amd64 6.12 v2
echo 'echo hello >a; exit 7' >"$work/seven"
status 7 "exit status of the script" --run "$work/seven"
echo 'sleep 100' >"$work/sleep"
status 124 "time limit" --timeout 15 --run "$work/sleep"
echo 'echo c >/proc/sysrq-trigger' >"$work/panic"
status 125 "kernel panic" --run "$work/panic"
status 125 "no cgroup v1 memory in 6.12" --kernel 6.12 --cgroup v1 --run "$work/seven"
echo 'head -c 3000000 /dev/zero >$VM_STREAM' >"$work/stream"
status 0 "stream" --stream "$work/bytes" --run "$work/stream"
t0=$(date +%s)
result "stream is whole" $(($(wc -c <"$work/bytes") != 3000000))
status 0 "processes and cgroups that come and go" --run "$here/scenarios/race.sh"
if [ "$what" = full ]; then
	one amd64 6.1 hybrid
	one amd64 6.1-full v1
	one amd64 6.12-full v2
	one i386 6.1 v1
	one arm64 6.1 v1
	one arm64 6.12-16k v2
	one armhf 6.1 v1
	one ppc64el 6.1 v1
	one s390x 6.1 v1
	echo 'cat /sys/devices/system/node/node1/meminfo && dd if=/proc/kpageflags of=/out/f bs=64k' >"$work/numa"
	status 0 "two nodes" --run "$work/numa" \
		--qemu-arg -object --qemu-arg memory-backend-ram,id=m0,size=512M \
		--qemu-arg -object --qemu-arg memory-backend-ram,id=m1,size=512M \
		--qemu-arg -numa --qemu-arg node,nodeid=0,cpus=0,memdev=m0 \
		--qemu-arg -numa --qemu-arg node,nodeid=1,cpus=1,memdev=m1
	status 0 "memory above 4 GiB" --mem 5000 --run "$work/stream" --stream "$work/bytes"
	status 0 "many cgroups" --mem 1536 --run "$here/scenarios/many.sh"
	status 0 "bpftrace" --mem 2048 --scratch 64 --packages bpftrace --run "$here/scenarios/trace-rss.sh"
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
