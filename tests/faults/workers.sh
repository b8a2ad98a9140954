#!/bin/sh
# workers.sh ANALYZER MAKE_FOREIGN WHOLE FAULT [N]: an import of many captures in several processes is disturbed.  Prints TAP.
#
#   the process that has the database cannot make a pipe, a process, the filter, or cannot read what it is told;
#   the process that others are forked from is not to be had, cannot fork, does not hear, does not answer;
#   a process that reads an input cannot read it, cannot tell, or cannot confine itself;
#   one of them is killed, or all are with the first, N times at random moments (12; 200 is a campaign).
# After each the exit status is a documented one, the input that was lost is named, the others are there, whole (WHOLE
# compares them with those of an undisturbed import), nobody is left running, and the import, run again, comes to its end.
set -u

top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
. "$top/tests/live/tap.sh"
analyzer=$(realpath "$1") make_foreign=$(realpath "$2") whole=$(realpath "$3") fault=$(realpath "$4")
runs=${5:-12}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work" || exit 1
unset MEMRECKON_DB

# one capture each, small: several share a commit
for layout in tree tree-padded proc sos sos-3.2 sos-3.9 sos-obfuscated supportconfig smemcap; do
	"$make_foreign" $layout - $layout.tar || exit 1
done
archives=$(echo *.tar)
jobs=4
arguments="import --jobs $jobs -d $work/d.db $archives"
"$analyzer" import -d reference.db $archives >/dev/null || exit 1
all=$("$whole" reference.db reference.db) || exit 1

# random MOST: a number from 1 to MOST
random() { echo $(($(od -An -N4 -tu4 /dev/urandom) % $1 + 1)); }

# inspect WHEN LOST: what is wrong; at most LOST captures may be missing
inspect() {
	found=0
	[ ! -e d.db ] || found=$("$whole" d.db reference.db 2>&1) || { echo "$1: $found"; found=0; }
	echo "$found" >>seen
	case $status in
	0) [ "$found" = "$all" ] || echo "$1: exit status 0 and $found snapshots" ;;
	3 | 4) [ -s said ] || echo "$1: exit status $status without a word" ;;
	# 124: it ended by itself as it was to be killed
	124 | 137) ;;
	*) echo "$1: exit status $status" ;;
	esac
	[ "$found" -ge $((all - $2)) ] || echo "$1: $found snapshots: $(head -c 200 said)"
	# who loses its parent is ended by the kernel, a moment later
	runs "$work/d.db" && echo "$1: a process is left"
	[ "$found" = "$all" ] || "$analyzer" $arguments >/dev/null 2>again || echo "$1, and again: $(cat again)"
	found=$("$whole" d.db reference.db 2>&1)
	[ "$found" = "$all" ] || echo "$1, and again: $found, not $all snapshots"
}
# told SENTENCE: what was wrong, and what was found
told() {
	comment <wrong
	echo "# found afterwards: $(sort -n seen | uniq -c | awk '{ printf "%s%s × %s", (NR > 1 ? ", " : ""), $1, $2 }')"
	holds "$1" [ ! -s wrong ]
}

# --- system calls ----------------------------------------------------------------------------------------------------

# ROLE CALL ACTION, and how many captures may be missing: a descriptor or the filter costs one, or, made once, all of them
plan() {
	cat <<-END
		writer pipe2 EMFILE 1
		writer clone EAGAIN 1
		writer socketpair EMFILE 1
		writer sendmsg ENOBUFS 1
		writer recvfrom EINTR 0
		spawner memfd_create EMFILE 1
		spawner clone EAGAIN 1
		spawner dup2 EBUSY 1
		spawner close_range ENOSYS 0
		spawner recvmsg EINTR 0
		spawner recvmsg EIO $jobs
		spawner recvmsg kill $jobs
		spawner sendto kill $jobs
		spawner wait4 EINTR 0
		helper seccomp ENOSYS 0
		writer openat EMFILE $all
		writer fcntl EMFILE $all
		writer read EIO $all
		writer read short 0
		writer poll EINTR 0
		writer wait4 EINTR 0
		reader read EIO 1
		reader read EINTR 1
		reader read zero 1
		reader read short 0
		reader write EIO 1
		reader write EPIPE 1
		reader write EINTR 0
		reader write short 0
		reader seccomp ENOSYS 0
		reader prctl EINVAL 1
		reader fcntl EMFILE 1
		reader dup2 EBUSY 1
		reader close_range ENOSYS 0
		reader brk ENOMEM 1
		reader mmap ENOMEM 1
		reader newfstatat EIO 1
	END
}
can_fault=''
if "$fault" -c -s -b ioctl -o calls -- "$analyzer" $arguments >/dev/null 2>err; then
	can_fault=1
	: >seen
	plan | while read -r role call action lost; do
		calls_count=$(sed -n "s/^$role $call //p" calls)
		[ -n "$calls_count" ] || continue
		# one process is forked; of a sanitized program LeakSanitizer makes another one at the end
		[ "$role $call" != 'writer clone' ] || calls_count=1
		for number in 1 $((calls_count / 2 + 1)); do
			rm -f d.db d.db-journal
			"$fault" -s -b ioctl "$role" "$call" "$number" "$number" "$action" -- "$analyzer" $arguments >/dev/null 2>said
			status=$?
			inspect "$role $call $number $action" "$lost"
		done
	done >wrong
	told 'an input that cannot be read or told is refused, the others are imported'
else
	skip 'an input that cannot be read or told is refused, the others are imported' "$(sed 1q err)"
fi

# --- kill ------------------------------------------------------------------------------------------------------------

begin=$(now_ms)
rm -f d.db
"$analyzer" $arguments >/dev/null
took=$(($(now_ms) - begin + 1))

# child_of PID: one of its children, or nothing
child_of() { grep -l "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status 2>/dev/null | sed 's/[^0-9]//g;q'; }
# worker_killed: at a random one of the calls of all of them; or a random moment after it began
worker_killed() {
	if [ -n "$can_fault" ]; then
		set -- $(grep -E '^reader (read|write|close|brk|exit_group) ' calls | shuf -n 1)
		number=$(random "$3")
		when="worker killed at call $number of $2"
		"$fault" -s -b ioctl reader "$2" "$number" "$number" kill -- "$analyzer" $arguments >/dev/null 2>said
		status=$?
		return
	fi
	when='worker killed'
	"$analyzer" $arguments >/dev/null 2>said &
	sleep "0.0$(random 9)"
	spawner=$(child_of $!)
	victim=$([ -z "$spawner" ] || child_of "$spawner")
	[ -z "$victim" ] || kill -9 "$victim" 2>/dev/null
	wait $!
	status=$?
}
: >seen
i=0
while [ $i -lt "$runs" ]; do
	i=$((i + 1))
	rm -f d.db d.db-journal
	worker_killed
	inspect "$when" 1
done >wrong
told "an input whose worker is killed is refused, the others are imported ($runs times)"

: >seen
i=0
while [ $i -lt "$runs" ]; do
	i=$((i + 1))
	rm -f d.db d.db-journal
	ms=$(random "$took")
	timeout --foreground -s KILL "$((ms / 1000)).$(printf %03d $((ms % 1000)))" "$analyzer" $arguments >/dev/null 2>said
	status=$?
	inspect "killed after $ms ms of $took" "$all"
done >wrong
told "an import in several processes that is killed leaves whole snapshots only, and no process ($runs times)"
finish
