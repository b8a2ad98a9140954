# Functions for scripts that run in the guest:  . /vm/lib.sh
# VM_CGROUP (v1, v2, hybrid, none) tells how cgroups are mounted.

case $VM_CGROUP in
v1 | hybrid) CG=/sys/fs/cgroup/memory ;;
v2) CG=/sys/fs/cgroup ;;
*) CG= ;;
esac
LOADS=/run/loads
TRUTH=/out/truth
mkdir -p $LOADS $TRUTH

die() {
	echo "error: $*" >&2
	exit 1
}

# cg_new A/B/C [LIMIT-MIB]: make a memory cgroup, its parents too
cg_new() {
	d=$CG
	for part in $(echo "$1" | tr / ' '); do
		if [ "$VM_CGROUP" = v2 ] && ! grep -qw memory "$d/cgroup.subtree_control"; then
			echo +memory >"$d/cgroup.subtree_control" || die "cg_new $1: $d"
		fi
		d=$d/$part
		[ -d "$d" ] || mkdir "$d" || die "cg_new $1"
	done
	# v1: hugetlb pages are counted in a hierarchy of their own
	[ "$VM_CGROUP" = v2 ] || [ ! -d /sys/fs/cgroup/hugetlb ] || mkdir -p "/sys/fs/cgroup/hugetlb/$1"
	[ $# -lt 2 ] || cg_limit "$1" "$2"
}

# cg_limit CGROUP MIB
cg_limit() {
	case $VM_CGROUP in
	v2) echo $(($2 * 1048576)) >"$CG/$1/memory.max" ;;
	*) echo $(($2 * 1048576)) >"$CG/$1/memory.limit_in_bytes" ;;
	esac
}

# cg_exec CGROUP PROGRAM ARGS: run a program in a cgroup (made if missing)
cg_exec() {
	cg_new "$1"
	cgprocs=$CG/$1/cgroup.procs
	[ "$VM_CGROUP" = v2 ] || [ ! -d /sys/fs/cgroup/hugetlb ] ||
		cgprocs="$cgprocs /sys/fs/cgroup/hugetlb/$1/cgroup.procs"
	shift
	CGPROCS=$cgprocs sh -c 'for f in $CGPROCS; do echo $$ >"$f" || exit 1; done; exec "$@"' sh "$@"
}

# cg_tcp CGROUP: v1 counts the memory of TCP only in cgroups that have a limit for
# it, set before the sockets are made
cg_tcp() {
	cg_new "$1"
	[ "$VM_CGROUP" = v2 ] || echo $((1 << 30)) >"$CG/$1/memory.kmem.tcp.limit_in_bytes"
}

# cg_usage CGROUP: bytes
cg_usage() {
	case $VM_CGROUP in
	v2) cat "$CG/$1/memory.current" ;;
	*) cat "$CG/$1/memory.usage_in_bytes" ;;
	esac
}

# load CGROUP NAME KIND ARGS...: start memload in a cgroup and wait until its
# memory is in place.  What it made is in /out/truth/NAME.  With PFNS=1 the
# physical pages are in /out/truth/NAME.pfns.
load() {
	lcg=$1
	name=$2
	shift 2
	[ -z "$CG" ] || cg_new "$lcg"
	set -- -r "$LOADS/$name" "$@"
	[ -z "${PFNS:-}" ] || set -- -p "$TRUTH/$name.pfns" "$@"
	if [ -n "$CG" ]; then
		cg_exec "$lcg" memload "$@" >"$LOADS/$name.log" 2>&1 &
	else
		memload "$@" >"$LOADS/$name.log" 2>&1 &
	fi
	lpid=$!
	n=0
	while [ ! -e "$LOADS/$name" ]; do
		kill -0 $lpid 2>/dev/null || die "load $name: $(cat "$LOADS/$name.log")"
		n=$((n + 1))
		[ $n -lt 1200 ] || die "load $name: not ready after 120 s"
		sleep 0.1
	done
	{ echo "name=$name"; echo "cgroup=/$lcg"; cat "$LOADS/$name"; } >"$TRUTH/$name"
	echo $lpid >>$LOADS/pids
	echo "load $name in /$lcg: $(tr '\n' ' ' <"$LOADS/$name" | cut -c1-160)"
}

# load_stop NAME: end one load and wait for its end
load_stop() {
	p=$(sed -n 's/^pid=//p' "$LOADS/$1")
	kill "$p" && while kill -0 "$p" 2>/dev/null; do sleep 0.1; done
	rm -f "$LOADS/$1"
}

# loads_stop: end all loads
loads_stop() {
	for p in $(cat $LOADS/pids 2>/dev/null); do kill "$p" 2>/dev/null; done
	wait 2>/dev/null
	rm -f $LOADS/pids
}

# swap_zram MIB [ALGORITHM]
swap_zram() {
	[ -e /sys/block/zram0 ] || die "no zram"
	[ $# -lt 2 ] || echo "$2" >/sys/block/zram0/comp_algorithm
	echo "$1M" >/sys/block/zram0/disksize
	mkswap /dev/zram0 >/dev/null && swapon /dev/zram0
}

# swap_file MIB: on the scratch disk (boot.sh --scratch)
swap_file() {
	grep -q ' /scratch ' /proc/mounts || die "swap_file needs --scratch"
	dd if=/dev/zero of=/scratch/swapfile bs=1M count="$1" 2>/dev/null
	chmod 600 /scratch/swapfile
	mkswap /scratch/swapfile >/dev/null && swapon /scratch/swapfile
}

# hugepages N [KIB]: reserve hugetlb pages
hugepages() {
	k=${2:-$(awk '/^Hugepagesize/ { print $2 }' /proc/meminfo)}
	echo "$1" > "/sys/kernel/mm/hugepages/hugepages-${k}kB/nr_hugepages" || return 1
	mount -t hugetlbfs none /dev/hugepages 2>/dev/null
	[ "$(cat "/sys/kernel/mm/hugepages/hugepages-${k}kB/nr_hugepages")" = "$1" ]
}

# ksm_on [WAIT]: start merging; wait for so many full scans
ksm_on() {
	echo 10000 >/sys/kernel/mm/ksm/pages_to_scan
	echo 1 >/sys/kernel/mm/ksm/sleep_millisecs
	echo 1 >/sys/kernel/mm/ksm/run
	while [ "$(cat /sys/kernel/mm/ksm/full_scans)" -lt "${1:-3}" ]; do sleep 0.2; done
}

# settle: write dirty pages out and wait until the numbers stand still
settle() {
	sync
	sleep 0.5
	# per-cpu statistics are folded into the shared ones
	echo 1 >/proc/sys/vm/stat_refresh 2>/dev/null || cat /proc/sys/vm/stat_refresh >/dev/null 2>&1
}
