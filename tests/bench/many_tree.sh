#!/bin/sh
# many_tree.sh FIXTURE FOLDER PROCESSES CGROUPS: a tree of kernel files with so many processes and groups, made by copying
# those of a fixture again and again under other numbers and names.
set -eu
from=$1 to=$2 processes=$3 cgroups=$4
mkdir -p "$to/proc" "$to/sys"
(cd "$from" && tar cf - proc sys) | (cd "$to" && tar xf -)
find "$from/proc" -maxdepth 1 -name '[0-9]*' -exec test -e '{}/smaps_rollup' \; -print | sort >"$to/originals"
rm -rf "$to"/proc/[0-9]*
next=1
while [ "$next" -le "$processes" ]; do
	while read -r original && [ "$next" -le "$processes" ]; do
		cp -r "$original" "$to/proc/$next"
		old=${original##*/}
		sed -i "s/^$old (/$next (/" "$to/proc/$next/stat"
		sed -i "s/^\(Tgid\|Pid\|NStgid\|NSpid\|NSpgid\|NSsid\):\t$old\$/\1:\t$next/" "$to/proc/$next/status"
		next=$((next + 1))
	done <"$to/originals"
done
rm "$to/originals"
root=$to/sys/fs/cgroup
leaf=$(find "$root" -mindepth 1 -type d | sort | head -n 1)
have=$(find "$root" -mindepth 1 -type d | wc -l)
while [ "$have" -lt "$cgroups" ]; do
	have=$((have + 1))
	cp -r "$leaf" "$root/service-$have.service"
done
