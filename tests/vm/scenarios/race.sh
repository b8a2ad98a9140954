# Processes that are born and die, cgroups that come and go, memory that is
# reclaimed and swapped while the snapshot is taken.  Nothing may hang or fail.
. /vm/lib.sh
set -e
swap_zram 128
load still still1 anon 16 nothp
load churn churn1 churn 2 3
load churn churn2 churn 6 0.5
cg_new tight 12
cg_exec tight memload anon 24 nothp >/dev/null 2>&1 &
(
	i=0
	while [ ! -e /run/race-end ]; do
		cg_exec "temp/c$i" memload -t 1 anon 1 >/dev/null 2>&1
		rmdir "$CG/temp/c$i" 2>/dev/null
		i=$((i + 1))
	done
) >/dev/null 2>&1 &
sleep 3
for n in 1 2; do
	t=$(cut -d' ' -f1 /proc/uptime)
	${SNAP:-snap /out/snap$n}
	echo "snapshot $n: $t to $(cut -d' ' -f1 /proc/uptime)"
done
: >/run/race-end
