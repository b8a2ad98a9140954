# What the kernel's own tracing says a process and a cgroup were charged,
# beside what /proc and memory.stat say.  Boot with --packages bpftrace
# --mem 2048 --scratch 64.
#   tracepoint kmem:rss_stat          each new value of a counter of an mm
#   kprobe __lruvec_stat_mod_folio    6.12: each change of a cgroup's counter for a folio
#   kprobe __mod_lruvec_state         6.1: the same, and the LRU sizes
. /vm/lib.sh
set -e

cat >/tmp/rss.bt << 'X'
// member: 0 file, 1 anon, 2 swap entries, 3 shmem; curr: the task's own mm
tracepoint:kmem:rss_stat /comm == "memload" && args->curr/ {
	@size[pid, args->member] = args->size;
	@n[pid, args->member] = count();
}
BEGIN {
	printf("NR_ANON_MAPPED %d NR_FILE_MAPPED %d NR_FILE_PAGES %d NR_SHMEM %d\n",
		NR_ANON_MAPPED, NR_FILE_MAPPED, NR_FILE_PAGES, NR_SHMEM);
	printf("ready\n");
}
X
if grep -qx __lruvec_stat_mod_folio /sys/kernel/tracing/available_filter_functions; then
	cat >>/tmp/rss.bt << 'X'
kprobe:__lruvec_stat_mod_folio {
	$memcg = (struct mem_cgroup *)(((struct folio *)arg0)->memcg_data & ~3);
	@lru[$memcg->css.cgroup->kn->id, arg1] = sum((int32)arg2);
}
X
else
	cat >>/tmp/rss.bt << 'X'
kprobe:__mod_lruvec_state {
	// here the lruvec is the first field of mem_cgroup_per_node
	$pn = (struct mem_cgroup_per_node *)arg0;
	@lru[$pn->memcg->css.cgroup->kn->id, arg1] = sum((int32)arg2);
}
X
fi
cp /tmp/rss.bt /out/
: >/out/bpftrace
deb bpftrace /tmp/rss.bt >/out/bpftrace 2>/out/bpftrace.err &
bp=$!
n=0
until grep -q ready /out/bpftrace; do
	kill -0 $bp 2>/dev/null || die "bpftrace: $(cat /out/bpftrace.err)"
	n=$((n + 1))
	[ $n -lt 300 ] || die "bpftrace does not start"
	sleep 0.2
done

load traced/a a anon 10 nothp
load traced/b b file /scratch/b 6 shared
load traced/c c shm /dev/shm/c 5
load traced/d d anon 8 thp
sleep 1
snap /out/snap
kill -INT $bp
wait $bp || :

for n in a b c d; do
	pid=$(sed -n 's/^pid=//p' $TRUTH/$n)
	ino=$(stat -c %i $CG/traced/$n)
	echo "== $n pid $pid cgroup inode $ino: $(grep -E '^(anon|file|shmem)_bytes' $TRUTH/$n | tr '\n' ' ')"
	grep -E "^@size\[$pid, " /out/bpftrace | sed 's/^/trace rss_stat   /' || :
	grep -E "^@n\[$pid, " /out/bpftrace | sed 's/^/trace rss_stat n /' || :
	grep -E '^(RssAnon|RssFile|RssShmem)' /out/snap/proc/$pid/status | sed 's/^/status /'
	grep -E '^(Rss|Anonymous|ShmemPmdMapped):' /out/snap/proc/$pid/smaps_rollup | sed 's/^/smaps_rollup /'
	grep -E "^@lru\[$ino, " /out/bpftrace | sed 's/^/trace lruvec pages /' || :
	grep -E '^(rss|cache|shmem|mapped_file|anon|file|file_mapped|rss_huge) ' $CG/traced/$n/memory.stat |
		sed 's/^/memory.stat /'
done
