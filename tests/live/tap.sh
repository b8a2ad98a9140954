# tap.sh: what the live tests share; they source it.  Results are printed as TAP.
count=0 failures=0

skip_all() { echo "1..0 # SKIP $*"; exit 0; }

result() { # STATUS SENTENCE
	count=$((count + 1))
	if [ "$1" = 0 ]; then echo "ok $count - $2"; else echo "not ok $count - $2"; failures=$((failures + 1)); fi
}
holds() { # SENTENCE COMMAND...: the command succeeds
	sentence=$1
	shift
	if "$@"; then result 0 "$sentence"; else result 1 "$sentence"; fi
}
is() { # SENTENCE WHAT_IT_IS WHAT_IT_HAS_TO_BE
	[ "$2" = "$3" ] || echo "# is '$2', has to be '$3'"
	holds "$1" [ "$2" = "$3" ]
}
skip() { # SENTENCE REASON
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}
comment() { sed 's/^/# /'; }
finish() {
	echo "1..$count"
	exit $((failures > 0))
}

# wait_until SECONDS COMMAND...: until the command succeeds; fails when the time is over
wait_until() {
	tries=$(($1 * 20))
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05
	done
}
# runs WORD: a process has it on its command line, and still has a moment later (pgrep is not in every Debian)
is_on_a_command_line() { echo "$1" | grep -qFf - /proc/[0-9]*/cmdline 2>/dev/null; }
runs() { is_on_a_command_line "$1" && sleep 0.5 && is_on_a_command_line "$1"; }
now_ms() { echo $(($(date +%s%N) / 1000000)); }
