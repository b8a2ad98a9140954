#!/bin/sh
# confine.sh COLLECTOR: what the kernel holds the collector to, seen from outside.  Prints TAP.
# The reader and the writer are looked at while the writer waits for somebody to take its archive; their system calls
# are listed with strace, where it is installed and allowed to look.  tests/unit/test_confine.c tries to break out.
set -eu

. "$(dirname -- "$0")/tap.sh"
work=$(mktemp -d)
chmod 755 "$work"
cp "$1" "$work/memreckon-collect"
collector=$work/memreckon-collect
collector_pid=''
cleanup() {
	exec 9<&- || :
	[ -z "$collector_pid" ] || kill -s KILL "$collector_pid" 2>/dev/null || :
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP PIPE

status_of() { awk -v key="$2:" '$1 == key { print $2 }' "/proc/$1/status" 2>/dev/null; } # PID KEY
reader_of() { # PID: a child of it
	for status in /proc/[0-9]*/status; do
		awk -v parent="$1" '$1 == "Pid:" { pid = $2 } $1 == "PPid:" && $2 == parent { print pid; exit }' \
			"$status" 2>/dev/null || :
	done | head -n 1
}
meta() { # ARCHIVE KEY
	tar -xzOf "$1" --wildcards '*/capture/meta.csv' | sed -n "s/^$2,//p"
}
has_reader() {
	reader=$(reader_of "$collector_pid")
	[ -n "$reader" ]
}
writer_waits() { # it has filled the pipe that nobody reads
	[ "$(status_of "$collector_pid" State)" = S ] && has_reader && [ "$(status_of "$reader" State)" = S ]
}

# begin [OPTIONS]: a collector whose archive nobody takes yet; leaves collector_pid, reader
mkfifo "$work/archive"
begin() {
	"$collector" -q --compress none -o - "$@" >"$work/archive" 2>"$work/err" &
	collector_pid=$!
	exec 9<"$work/archive"
	wait_until 10 writer_waits
	# both wait for a moment of their own, too: they do so for good only when they still do
	sleep 0.3
	wait_until 10 writer_waits
}
# end: take the archive; leaves status
end() {
	cat <&9 >"$work/$1.tar"
	exec 9<&-
	status=0
	wait "$collector_pid" || status=$?
	collector_pid=''
}
is_done() { [ "$1" = 0 ] || [ "$1" = 3 ]; }
lowered() { # what of our own capabilities has to be left
	own=$(printf '%d' "0x$(status_of $$ CapEff)")
	# CAP_SYS_PTRACE; without it nothing is given up
	[ $((own & 0x80000)) = 0 ] || own=$((own & 0x280004))
	printf '%016x\n' "$own"
}

# does anything hold it here?
"$collector" -q -o "$work/plain.mem.tar.gz" 2>"$work/err" || is_done $? || {
	comment <"$work/err"
	echo 'Bail out! no capture'
	exit 1
}
case $(meta "$work/plain.mem.tar.gz" confined) in
seccomp) ;;
*) skip_all "$(meta "$work/plain.mem.tar.gz" confined)" ;;
esac

begin
is 'the writer has a filter' "$(status_of "$collector_pid" Seccomp)" 2
is 'the reader has a filter' "$(status_of "$reader" Seccomp)" 2
is 'the writer can gain no privileges' "$(status_of "$collector_pid" NoNewPrivs)" 1
is 'the reader can gain no privileges' "$(status_of "$reader" NoNewPrivs)" 1
is 'the writer has the capabilities that it needs' "$(status_of "$collector_pid" CapEff)" "$(lowered)"
is 'the reader has the capabilities that it needs' "$(status_of "$reader" CapEff)" "$(lowered)"
is 'the writer gets none back' "$(status_of "$collector_pid" CapPrm)" "$(status_of "$collector_pid" CapEff)"
is 'the reader gets none back' "$(status_of "$reader" CapPrm)" "$(status_of "$reader" CapEff)"
end confined
holds 'a confined run ends as any other' is_done "$status"

begin --no-confine
is '--no-confine: no filter for the writer' "$(status_of "$collector_pid" Seccomp)" "$(status_of $$ Seccomp)"
is '--no-confine: no filter for the reader' "$(status_of "$reader" Seccomp)" "$(status_of $$ Seccomp)"
is '--no-confine: all capabilities' "$(status_of "$reader" CapEff)" "$(status_of $$ CapEff)"
end free
tar -xOf "$work/free.tar" --wildcards '*/capture/meta.csv' >"$work/free.meta"
holds '--no-confine: the archive says so' grep -qx 'confined,no: --no-confine' "$work/free.meta"

# what was refused, of paths that both runs know
refused() { # NAME
	tar -xOf "$work/$1.tar" --wildcards '*/capture/index/*.csv' | grep -E ',(EACCES|EPERM),' | cut -d, -f1 | sort -u
}
known() { tar -xOf "$work/$1.tar" --wildcards '*/capture/index/*.csv' | cut -d, -f1 | sort -u; }
refused confined >"$work/refused.confined"
refused free >"$work/refused.free"
known free | comm -12 - "$work/refused.confined" | comm -23 - "$work/refused.free" >"$work/refused.more"
comment <"$work/refused.more"
is 'confinement refuses no file' "$(wc -l <"$work/refused.more")" 0

begin
kill -s TERM "$collector_pid"
end stopped
is 'a confined run dies of the signal that ends it' "$status" 143
holds 'and says so in its archive' grep -qa '^stopped,SIGTERM' "$work/stopped.tar"

# root writes into the folder of somebody else, as sudo does
if [ "$(id -u)" = 0 ]; then
	mkdir "$work/theirs"
	chown 65534 "$work/theirs"
	status=0
	(cd "$work/theirs" && "$collector" -q -o there.mem.tar.gz) || status=$?
	holds 'root publishes in the folder of somebody else' is_done "$status"
	holds 'and leaves nothing but the archive' [ "$(ls "$work/theirs")" = there.mem.tar.gz ]
else
	skip 'root publishes in the folder of somebody else' 'not root'
	skip 'and leaves nothing but the archive' 'not root'
fi

# strace_collector ARCHIVE [OPTIONS OF STRACE]: leaves the system calls of process N in calls.N
strace_collector() {
	archive=$1
	shift
	strace -qq -ff -o "$work/calls" "$@" "$collector" -q --sample-frames 64 -o "$archive"
}
if ! command -v strace >/dev/null; then
	no_strace='no strace'
elif ! strace -qq -o /dev/null true 2>/dev/null; then
	no_strace='strace is not allowed to look'
elif grep -q __asan_init "$collector"; then
	no_strace='AddressSanitizer traces, too'
else
	no_strace=''
fi
# what follows the filter, of each process that has one (those that put the filter together have none)
after_filter() {
	for calls in "$work"/calls.*; do
		awk '/^(seccomp\(SECCOMP_SET_MODE_FILTER|prctl\(PR_SET_SECCOMP, SECCOMP_MODE_FILTER), .*\{len=.* = 0$/ { begun = 1; next }
			begun' "$calls"
	done
}
calls_like() { grep -cE "^($1)\(" "$work/after" || :; }
if [ -n "$no_strace" ]; then
	for sentence in 'no file is opened for writing' 'nothing is executed, traced or sent' \
		'nothing is asked for that is refused' 'without filters the run goes on' 'and the archive says so'; do
		skip "$sentence" "$no_strace"
	done
else
	strace_collector "$work/seen.mem.tar.gz" || :
	after_filter >"$work/after"
	echo "# $(wc -l <"$work/after") system calls after the filters"
	opened=$(grep -E '^(open|openat|openat2|creat)\(' "$work/after" |
		grep -cE 'O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE|creat' || :)
	is 'no file is opened for writing' "$opened, of $(calls_like 'openat' | sed 's/^[1-9][0-9]*$/some/')" '0, of some'
	is 'nothing is executed, traced or sent' "$(calls_like \
		'exec.*|ptrace|process_vm_.*|socket.*|connect|bind|send.*|mount|umount.*|unshare|setns|chroot|bpf|perf_.*')" 0
	# EPERM of a kernel file is the kernel's own
	grep -E '= -1 (EPERM|ENOSYS)' "$work/after" | grep -vE '^(openat|read|pread64|newfstatat)\(|^(prctl\(PR_CAPBSET_DROP)' |
		comment >"$work/asked" || :
	cat "$work/asked"
	is 'nothing is asked for that is refused' "$(wc -l <"$work/asked")" 0

	rm -f "$work"/calls.*
	status=0
	strace_collector "$work/old.mem.tar.gz" --inject=seccomp:error=ENOSYS --inject=prctl:error=EINVAL || status=$?
	holds 'without filters the run goes on' is_done "$status"
	is 'and the archive says so' "$(meta "$work/old.mem.tar.gz" confined)" 'no: the kernel has no system call filters'
fi
finish
