# Known loads, then one capture by the collector, streamed out of the guest so that writing it changes nothing there.
# For tests/vm/collector.sh.  Works with every --cgroup mode, with the memory controller switched off too.
# VARIANT: what the collector finds here that it does not find elsewhere
#   plain      nothing: the machine as it is
#   no-kpage   the files of page frames hold nothing
#   no-rollup  an unpacked archive of the machine, with smaps in place of smaps_rollup, and without page frames; the
#              kernel's own smaps_rollup are in /out/rollup
. /vm/lib.sh
set -e
if [ "$VM_CGROUP" = v2 ] && ! grep -qw memory $CG/cgroup.controllers; then CG=''; fi
swap_zram 64
load web/front anon1 anon 12 nothp
load web/back anon2 anon 8 nothp + mlock 2
load db file1 file /scratch/db.dat 6 ro + file /scratch/log.dat 2 shared
load shm shm1 shm /dev/shm/seg 3 + memfd 1 + sharedanon 1
load swapper swap1 pageout 8 75
settle

tree=/
case $VARIANT in
plain) ;;
no-kpage)
	for file in kpageflags kpagecount kpagecgroup; do mount --bind /dev/null /proc/$file; done
	;;
no-rollup)
	mkdir /tmp/unpacked
	memreckon-collect -q -o - | tar -xzf - -C /tmp/unpacked
	tree=$(echo /tmp/unpacked/*)
	rm -r "$tree/pages"
	mkdir /out/rollup
	for rollup in "$tree"/proc/[0-9]*/smaps_rollup; do
		pid=${rollup#"$tree/proc/"} pid=${pid%/*}
		rm "$rollup"
		[ -e "/proc/$pid/smaps" ] || continue
		cat "/proc/$pid/smaps" >"$tree/proc/$pid/smaps"
		# this shell grows while it works
		[ "$pid" = $$ ] || cat "/proc/$pid/smaps_rollup" >"/out/rollup/$pid"
	done
	;;
esac
status=0
memreckon-collect --root "$tree" --seed 1 --sample-frames 4096 -o - >"$VM_STREAM" 2>/out/summary || status=$?
echo $status >/out/status
