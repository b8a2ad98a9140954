#!/bin/sh
# rights.sh [--show] COLLECTOR ANALYZER: what a capture is worth with less than all rights.  Prints TAP.  Five settings:
#   user       an ordinary user
#   ptrace     an ordinary user with CAP_SYS_PTRACE alone
#   admin      an ordinary user with CAP_SYS_ADMIN alone
#   container  an ordinary user in a pid namespace: hidepid=2, cgroups read-only, files masked as container runtimes mask
#   docker     root in such a namespace, with the capabilities that container runtimes leave
# Each gives a whole archive that is partial and says what is missing, the collector names what it could not read and the
# right that was missing, and the analyzer says what that does to the answers.
# Without root only the first setting is tested; the others are skipped.
set -eu

# rights.sh --container COMMAND...: run it in the mount namespace of a container
if [ "$1" = --container ]; then
	shift
	awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts | while read -r mount; do
		mount -o remount,bind,ro "$mount"
	done
	mount -t proc -o hidepid=2 proc /proc
	for masked in kpageflags kpagecount kpagecgroup slabinfo zoneinfo; do
		[ ! -e /proc/$masked ] || mount --bind /dev/null /proc/$masked
	done
	[ ! -e /proc/pressure ] || mount -t tmpfs -o ro tmpfs /proc/pressure
	sleep 100 &
	neighbour=$!
	"$@" && status=0 || status=$?
	kill $neighbour
	exit "$status"
fi

show=''
if [ "$1" = --show ]; then show=1; shift; fi
analyzer=$2
. "$(dirname -- "$0")/tap.sh"
work=$(mktemp -d)
chmod 755 "$work"
cp "$1" "$work/memreckon-collect"
collector=$work/memreckon-collect
sleep 300 &
neighbour=$!
trap 'kill $neighbour; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP PIPE

user='setpriv --reuid 65534 --regid 65534 --clear-groups'
with() { # CAPABILITY: an ordinary user who has it alone
	echo "$user --inh-caps=-all,+$1 --ambient-caps=-all,+$1 --bounding-set=-all,+$1"
}
runtime_caps='+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap'
runtime_caps="$runtime_caps,+net_bind_service,+net_raw,+sys_chroot,+mknod"
container="unshare --pid --fork --mount --propagation private sh $0 --container"

ask() { # SETTING EXPRESSION: one value
	"$analyzer" sql -d "$work/$1.db" -f csv "select ($2) as answer" 2>/dev/null | sed 1d
}
member() { # SETTING PATH: without the top directory
	tar -xzOf "$work/$1.mem.tar.gz" --wildcards "*/$2" 2>/dev/null
}
meta() { # SETTING KEY
	member "$1" capture/meta.csv | sed -n "s/^$2,//p"
}
not_read() { # SETTING: the lines of the summary that say what is missing
	sed -n '/^not read/,/^[a-z]/{/^not read/p;/^ /p;}' "$work/$1.err"
}
names() { # SETTING PATTERN: among what was not read
	not_read "$1" | grep -qE "$2"
}
names_not() { ! names "$1" "$2"; }
says() { # SETTING VERB PATTERN
	grep -qE "$3" "$work/$1.$2"
}

is_whole() { # SETTING
	"$analyzer" verify "$work/$1.mem.tar.gz" >"$work/$1.verify" 2>&1 || { comment <"$work/$1.verify"; return 1; }
}

# what fails with all the rights there are is about the machine
fails_no_more() { # SETTING
	"$analyzer" check -d "$work/$1.db" >"$work/$1.check" 2>&1 || [ $? = 1 ] || return 1
	more=$(failed_checks "$1" | tr ' ' '\n' | grep -vxF -f "$work/all.failed" | grep . | tr '\n' ' ')
	[ -z "$more" ] || echo "# $more"
	[ -z "$more" ]
}
failed_checks() { # SETTING
	ask "$1" "select group_concat(distinct check_id) from check_result where verdict = 'FAIL'" | tr -d '"' | tr , ' '
}

# look SETTING COMMAND...: capture with the collector behind COMMAND, and what holds in every setting
look() {
	setting=$1 status=0
	shift
	"$@" "$collector" -o - >"$work/$setting.mem.tar.gz" 2>"$work/$setting.err" || status=$?
	[ -z "$show" ] || comment <"$work/$setting.err"
	is "$setting: exit status 3" "$status" 3
	holds "$setting: the summary begins with partial" grep -q '^partial ' "$work/$setting.err"
	is "$setting: the archive says so itself" "$(member "$setting" capture/end.csv | sed -n 's/^completeness,//p')" partial
	holds "$setting: the archive is whole" is_whole "$setting"
	"$analyzer" import -d "$work/$setting.db" "$work/$setting.mem.tar.gz" >"$work/$setting.import" 2>&1 || :
	is "$setting: it is imported" "$(ask "$setting" 'select completeness from snapshot')" partial
	for verb in report list; do
		status=0
		"$analyzer" $verb -d "$work/$setting.db" >"$work/$setting.$verb" 2>&1 || status=$?
		[ -z "$show" ] || head -n 9 "$work/$setting.$verb" | comment
		is "$setting: $verb, exit status" "$status" 0
	done
	holds "$setting: no check fails for want of a right" fails_no_more "$setting"
	holds "$setting: report says what cannot be checked" says "$setting" report '^ *[0-9]+ of [0-9]+ checks cannot be made'
	holds "$setting: list says what that does to the answers" \
		says "$setting" list 'partial|without PSS|PSS is known|cannot be made: [0-9]'
}
rollups_of_neighbour() { # SETTING
	ask "$1" "select count(*) from proc_smaps_rollup where pid = $neighbour and reading = 0"
}
pss_is_missing() { # SETTING
	[ "$(ask "$1" 'select processes_with_pss_count < processes_count from snapshot_head')" = 1 ]
}
# without the right all addresses are shown as zero (kernel/resource.c r_show())
has_addresses() { member "$1" proc/iomem | grep -qE '^ *[0-9a-f]*[1-9a-f][0-9a-f]*-'; }

"$collector" -q -o "$work/all.mem.tar.gz" || [ $? = 3 ]
"$analyzer" import -q -d "$work/all.db" "$work/all.mem.tar.gz" >"$work/all.import" 2>&1 || :
failed_checks all | tr ' ' '\n' >"$work/all.failed"

root=1
[ "$(id -u)" = 0 ] || root=''
# shellcheck disable=SC2086
if [ -z "$root" ]; then look user env; else look user $user; fi
holds 'user: named: rollups of others, and CAP_SYS_PTRACE' \
	names user 'smaps_rollup of [0-9,]+ of [0-9,]+ process.* EACCES .*CAP_SYS_PTRACE'
holds 'user: named: page frames and slab caches, and the right' names user '(kpageflags|slabinfo).* EACCES +needs '
holds 'user: report says how far PSS is known' says user report 'PSS is known for [0-9,]+ of [0-9,]+ processes'
holds 'user: there are processes without PSS' pss_is_missing user

if [ -z "$root" ]; then
	for setting in ptrace admin container docker; do skip "$setting" 'not root'; done
	finish
fi
is "user: root's processes have no rollup" "$(rollups_of_neighbour user)" 0
is 'user: the archive tells who captured' "$(meta user euid) $(meta user capabilities_effective)" '65534 0'

# what a process refuses even with CAP_SYS_PTRACE (its credentials outrank the reader's) is no matter of that right
# shellcheck disable=SC2046
look ptrace $(with sys_ptrace)
is "ptrace: root's processes have their rollup" "$(rollups_of_neighbour ptrace)" 1
holds 'ptrace: CAP_SYS_PTRACE is not named as missing' names_not ptrace 'needs .*CAP_SYS_PTRACE'
holds 'ptrace: named: page frames, and the right' names ptrace 'kpageflags.* EACCES +needs '

# whether it also opens rollups depends on the kernel (fs/proc/base.c, perfmon_capable() since 6.14 or so)
# shellcheck disable=SC2046
look admin $(with sys_admin)
holds 'admin: the addresses of RAM are known' has_addresses admin
holds 'admin: CAP_SYS_ADMIN is not named as missing' names_not admin 'needs .*CAP_SYS_ADMIN'
holds 'admin: named: page frames, and the right' names admin 'kpageflags.* EACCES +needs '

# shellcheck disable=SC2086
if $container true 2>/dev/null; then
	look container $container $user
	is 'container: nothing of outside is in it' "$(rollups_of_neighbour container)" 0
	holds 'container: named: hidden processes' grep -q 'hidepid' "$work/container.err"
	holds 'container: named: masked files' names container 'zoneinfo'
	is 'container: masked page frames are not sampled' \
		"$(ask container 'select sampled_frames_count from snapshot_head')" ''
	look docker $container setpriv "--bounding-set=-all,$runtime_caps"
	holds 'docker: named: rollups of others, and CAP_SYS_PTRACE' names docker 'smaps_rollup of .* EACCES .*CAP_SYS_PTRACE'
	holds 'docker: named: masked files' names docker 'zoneinfo'
	holds 'docker: named: RAM ranges, and CAP_SYS_ADMIN' names docker 'CAP_SYS_ADMIN'
else
	skip container 'no right to make namespaces'
	skip docker 'no right to make namespaces'
fi
finish
