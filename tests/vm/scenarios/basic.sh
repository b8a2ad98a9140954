# Sixteen cgroups with known loads, then a snapshot.  Works with v1 and v2, on
# every architecture; boot with --mem 1024 or more and --scratch 256.
# SNAP: the command that takes the snapshot (default: the stand-in "snap").
. /vm/lib.sh
set -e
PFNS=1

swap_zram 128
hp=$(awk '/^Hugepagesize/ { print $2 }' /proc/meminfo)
hpn=0
if [ -n "$hp" ] && [ "$hp" -le 4096 ]; then hugepages 8 && hpn=8; fi

load web/front anon1 anon 24 nothp
load web/back anon2 anon 16 thp + mlock 2
load web/back zero1 zero 8
load db file1 file /scratch/db.dat 12 ro + file /scratch/log.dat 4 shared + file /scratch/priv.dat 4 private
load cache cache1 cache /scratch/cache.dat 20
load shm shm1 shm /dev/shm/seg 6 + sysv 4 + memfd 3 + sharedanon 2
load fork cow1 cow 8 3 25
load swapper swap1 pageout 16 75
[ $hpn = 0 ] || load huge huge1 hugetlb $((hpn / 2 * hp / 1024))
load kmem kmem1 pipes 40 64 + unix 10 100 + files /tmp 500
cg_tcp net
load net tcp1 tcp 4 200
load pgt pgt1 pgtables 64
load procs procs1 procs 10
load ksm ksm1 ksm 4
ksm_on 3

# a cgroup that is gone while its page cache lives on
cg_new dead
cg_exec dead memload -t 1 cache /scratch/dead.dat 5 >/dev/null
rmdir $CG/dead
[ ! -d /sys/fs/cgroup/hugetlb/dead ] || rmdir /sys/fs/cgroup/hugetlb/dead

# a limited cgroup: the cache of a bigger file than fits
cg_new small 8
cg_exec small memload -t 1 cache /scratch/small.dat 16 >/dev/null

settle
for c in web web/front web/back db cache shm fork swapper huge kmem net pgt procs ksm small; do
	[ -d "$CG/$c" ] && echo "usage $c $(cg_usage $c)"
done >/out/usage
cat /out/usage
t=$(cut -d' ' -f1 /proc/uptime)
${SNAP:-snap /out/snap}
echo "snapshot: $t to $(cut -d' ' -f1 /proc/uptime)"
