#!/bin/sh
# static.sh COLLECTOR: the collector is one file that needs nothing of the machine it runs on: no interpreter, no
# library, and with strace beside it no file is opened, or asked for by name, but those of the tree that is read and the
# collector's own.  Prints TAP.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/live/tap.sh"
collector=$(realpath "$1")
fixture=$(realpath "$here/../fixtures/amd64-4k-6.1-v1-loads")
# a library that creeps in is seen here
size_bytes_max=1200000
work=$(realpath "$(mktemp -d)")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# file_calls TRACE: the path of every call that takes one, made absolute with the folder that strace -y prints
file_calls() {
	sed -nE '
		/execve\(/d
		/^[^"]*\(/!d
		# a path of no length is the descriptor itself
		/^[^"]*""/d
		s/^([0-9]+ +)?[a-z0-9_]+\("([^"]*)".*/\2/p; t
		s/^([0-9]+ +)?[a-z0-9_]+\((AT_FDCWD|[0-9]+)<([^>]*)>, "(\/[^"]*)".*/\4/p; t
		s/^([0-9]+ +)?[a-z0-9_]+\((AT_FDCWD|[0-9]+)<([^>]*)>, "([^"]*)".*/\3\/\4/p; t
		s/.*/not understood: &/p' "$1" | sed 's,^//,/,' | sort -u
}
# outside PATTERN TRACE: what was asked for beside the pattern; a way up is a way out
outside() { file_calls "$2" | grep -vE "$1" || file_calls "$2" | grep -E '(^|/)\.\.(/|$)' || :; }
trace() { # FILE COMMAND...
	file=$1 status=0
	shift
	strace -f --seccomp-bpf -y -s 4096 -e trace=%file -o "$file" "$@" 2>"$work/err" || status=$?
	# 3: partial, as a capture by an ordinary user is
	[ $status = 0 ] || [ $status = 3 ] || { comment <"$work/err"; return 1; }
}
traced() { # SENTENCE PATTERN TRACE
	outside "$2" "$3" >"$work/outside"
	head -n 20 "$work/outside" | comment
	echo "# $(file_calls "$3" | wc -l) names asked for, $(wc -l <"$work/outside") outside"
	holds "$1" [ ! -s "$work/outside" -a "$(file_calls "$3" | wc -l)" -gt 50 ]
}

readelf -lW "$collector" >"$work/headers"
holds 'the collector has no interpreter' eval '! grep -q INTERP "$work/headers"'
holds 'the collector loads no library' eval '! grep -q DYNAMIC "$work/headers"'
size_bytes=$(wc -c <"$collector")
echo "# $size_bytes bytes"
holds "the collector is at most $size_bytes_max bytes" [ "$size_bytes" -le $size_bytes_max ]

own="$work/out(/|\$)|/dev/null\$|/proc/self/|/proc/[0-9]+/|/proc/thread-self/"
mkdir "$work/out"
if ! strace -o /dev/null true 2>/dev/null; then
	reason=$(command -v strace >/dev/null && echo 'strace is not allowed here' || echo 'strace is not installed')
	skip 'a tree is read, and nothing beside it' "$reason"
	skip 'the machine is read from /proc and /sys, and nowhere else' "$reason"
else
	# in a locale that is not there and one that is: both would have files
	LC_ALL=de_DE.UTF-8 LANGUAGE=de TZ=Europe/Berlin
	export LC_ALL LANGUAGE TZ
	holds 'a tree is collected beside strace' trace "$work/tree" \
		"$collector" --root "$fixture" -o "$work/out/tree.mem.tar.gz"
	traced 'a tree is read, and nothing beside it' "^($fixture(/|\$)|$own)" "$work/tree"
	holds 'the machine is collected beside strace' trace "$work/live" \
		"$collector" --sample-frames 64 -o "$work/out/live.mem.tar.gz"
	traced 'the machine is read from /proc and /sys, and nowhere else' "^(/\$|/proc(/|\$)|/sys(/|\$)|$own)" "$work/live"
fi
finish
