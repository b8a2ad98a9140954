# Many cgroups (N, default 100) in a tree of three levels, one small process
# in each leaf: size and time of a snapshot.  Boot with --mem 1536 or more.
. /vm/lib.sh
set -e
N=${N:-100}
MIB=${MIB:-1}
i=0
while [ $i -lt "$N" ]; do
	cg_new "s$((i % 4))/t$((i / 4 % 5))/u$i"
	CGDIR=$CG/s$((i % 4))/t$((i / 4 % 5))/u$i sh -c \
		'echo $$ >"$CGDIR/cgroup.procs" && exec memload -r '"$LOADS/u$i"' anon '"$MIB"' nothp + sharedanon 0.25' \
		>/dev/null 2>&1 &
	i=$((i + 1))
done
i=0
while [ $i -lt "$N" ]; do
	[ -e "$LOADS/u$i" ] || { sleep 0.2; continue; }
	{ echo "name=u$i"; echo "cgroup=/s$((i % 4))/t$((i / 4 % 5))/u$i"; cat "$LOADS/u$i"; } >"$TRUTH/u$i"
	i=$((i + 1))
done
settle
t=$(cut -d' ' -f1 /proc/uptime)
${SNAP:-snap /out/snap}
echo "$N cgroups, snapshot: $t to $(cut -d' ' -f1 /proc/uptime)"
