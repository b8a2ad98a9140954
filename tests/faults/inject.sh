#!/bin/sh
# inject.sh COLLECTOR ANALYZER FAULT [full [FOLDER]]: system calls of the collector fail, one at a time.  Prints TAP.
#
# COLLECTOR reads a small tree made of a fixture, once as it is and then again and again, and each time FAULT (fault.c)
# lets a call of the writer, of the reader or of a helper go wrong.  However that ends, it has to be
#   an archive that "memreckon verify" finds whole, in which every member of the undisturbed run stands with the same
#   bytes or is marked as lost (compare.awk);
#   or no archive, no FILE.part, exit status 4, and a message that says what, and why: the text of the errno.
# Never a hang, never a crash, and no process that outlives the writer.  A writer that is killed may leave FILE.part.
# An injection that never came to its call is not counted.
#
# Quick, for the suite: some injections for each call.  "full": every call of every process fails at least once, and the
# first, second, middle and last one in every way that matters for it, in every variant.  FOLDER keeps what was wrong.
set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
. "$top/tests/live/tap.sh"
collector=$(realpath "$1") analyzer=$(realpath "$2") fault=$(realpath "$3")
mode=${4:-quick} keep=${5:-}
fixture=$top/fixtures/amd64-4k-6.1-v1-loads
[ -r /proc/sys/kernel/random/boot_id ] || skip_all 'there is no /proc'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
[ -z "$keep" ] || mkdir -p "$keep"
"$fault" -c -o /dev/null -- "$collector" --version >/dev/null 2>"$work/err" || skip_all "$(sed 1q "$work/err")"

# --- the trees -------------------------------------------------------------------------------------------------------

# copy FILE...: out of the fixture, as far as it has it
copy() {
	for file; do
		[ -e "$fixture/$file" ] || continue
		mkdir -p "$tree/${file%/*}"
		cp "$fixture/$file" "$tree/$file"
	done
}
copy_group() { # FOLDER
	for file in memory.usage_in_bytes memory.stat memory.kmem.usage_in_bytes memory.limit_in_bytes cgroup.procs; do
		copy "$1/$file"
	done
}
# Of a whole machine a little of everything.  "planted" is a name that must not be in an archive without names.
make_tree() { # NAME
	tree=$work/$1
	for file in meminfo vmstat zoneinfo buddyinfo swaps version cmdline uptime loadavg stat mounts slabinfo \
		pressure/memory sys/vm/swappiness sys/kernel/osrelease; do
		copy "proc/$file"
	done
	copy sys/devices/system/cpu/online sys/devices/system/node/node0/meminfo sys/kernel/mm/transparent_hugepage/enabled
	copy_group sys/fs/cgroup/memory
	copy_group sys/fs/cgroup/memory/web
	copy_group sys/fs/cgroup/memory/web/back
	cp -R "$tree/sys/fs/cgroup/memory/web/back" "$tree/sys/fs/cgroup/memory/web/planted"
	last=$(cd "$fixture/proc" && printf '%s\n' [0-9]* | sort -n | tail -n 1)
	for pid in 1 2 "$last"; do
		cp -R "$fixture/proc/$pid" "$tree/proc/"
	done
	sed -i 's/(.*)/(planted)/' "$tree/proc/$last/stat"
	sed -i 's/^\(Name:.\).*/\1planted/' "$tree/proc/$last/status"
	sed -i 's,\(:memory:\).*,\1/web/planted,' "$tree/proc/$last/cgroup"
	printf 'planted\0-c\0true\0' >"$tree/proc/1/cmdline"
	echo '00400000-00401000 r-xp 00000000 08:01 17 /bin/planted' >"$tree/proc/1/maps"
	# larger than one part of a file, and its beginning hard to compress
	awk 'BEGIN {
		srand(1)
		for (line = 0; line < 15000; line++) {
			address = line < 3000 ? rand() * 4294967296 : 0
			printf "0xffff%08x0000-0xffff%08x5000   20480 planted+0x12/0x34 pages=4 vmalloc\n", address, address
		}
	}' >"$tree/proc/vmallocinfo"
	mkdir -p "$tree/proc/sys/kernel/random" "$tree/proc/self"
}
# It takes the tree for its own machine, mounted elsewhere: then it asks for all that it asks a machine for.
make_machine() {
	make_tree machine
	cp /proc/sys/kernel/random/boot_id "$tree/proc/sys/kernel/random/"
	sed "s,^\(\([^ ]* \)\{4\}\),\1$tree," "$fixture/proc/self/mountinfo" >"$tree/proc/self/mountinfo"
	echo '00000000-0007ffff : System RAM' >"$tree/proc/iomem"
	for file in kpageflags kpagecount kpagecgroup; do
		yes "each frame of $file has a word" | head -c 1024 >"$tree/proc/$file"
	done
}
# What an archive was unpacked to: facts and other readings are taken over.
make_unpacked() {
	make_tree unpacked
	copy proc/self/mountinfo proc/iomem pages/sample.csv pages/ranges.csv
	copy capture/meta.csv capture/end.csv capture/cgroups.csv
	copy capture/again/1/proc/meminfo capture/again/1/proc/1/statm
}

# --- one run ---------------------------------------------------------------------------------------------------------

# of a series the helper is the process that makes one archive
variants='machine unpacked pipe anonymized unconfined jobs series'
tree_of() { case $1 in unpacked) echo unpacked ;; *) echo machine ;; esac; }

# run VARIANT FOLDER [FAULT_ARGUMENTS...]: leaves FOLDER/out.mem.tar.gz, FOLDER/err, FOLDER/hits
run() {
	variant=$1 into=$2
	shift 2
	rm -rf "$into"
	mkdir "$into"
	set -- "$@" -- "$collector" -q --seed 1 --sample-frames 32 --read-timeout 500ms --with argv,maps \
		--root "$work/$(tree_of "$variant")"
	case $variant in
	pipe) collect "$@" -o - | cat >"$into/out.mem.tar.gz" ;;
	anonymized) collect "$@" --anonymize --key "$work/key" -o "$into/out.mem.tar.gz" ;;
	unconfined) collect "$@" --no-confine -o "$into/out.mem.tar.gz" ;;
	jobs) collect "$@" --jobs 2 -o "$into/out.mem.tar.gz" ;;
	series)
		mkdir "$into/series"
		collect "$@" --interval 1s --count 1 -o "$into/series/"
		for file in "$into"/series/*.mem.tar.gz*; do
			[ ! -e "$file" ] || mv "$file" "$into/out.mem.tar.gz${file##*.gz}"
		done
		;;
	*) collect "$@" -o "$into/out.mem.tar.gz" ;;
	esac
	read -r status <"$into/status"
}
collect() {
	code=0
	"$fault" -b fcntl -o "$into/hits" "$@" 2>"$into/err" || code=$?
	echo $code >"$into/status"
}

# What of an archive must be the same in every run, or is marked: of members with times in them, the rest; of the table
# of cgroups, a line for each.
digests() { # FOLDER
	mkdir "$1/members"
	tar -xzf "$1/out.mem.tar.gz" -C "$1/members" --strip-components=1
	(
		cd "$1/members"
		cat capture/index/*.csv >../rows
		cp capture/meta.csv capture/end.csv ..
		if grep -rq planted . || find . | grep -q planted; then echo planted; fi >../leaks
		[ -e capture/cgroups.csv ] || : >capture/cgroups.csv
		awk -F, '$1 == 1 { print $0, "sys/fs/cgroup/memory" ($2 == "/" ? "" : $2) "/inode" }' \
			capture/cgroups.csv >../digests
		rm -rf capture/meta.csv capture/end.csv capture/receipt.csv capture/index capture/hung.csv capture/cgroups.csv
		[ ! -e pages/sample.csv ] || sed -i '/_ns,/d' pages/sample.csv
		find . -type f -exec sha256sum {} + | sed 's,  \./, ,' >>../digests
	)
	rm -r "$1/members"
}

# --- its verdict -----------------------------------------------------------------------------------------------------

is_killed() { # VARIANT ROLE ACTION: whoever writes the archive
	case "$1 $2 $3" in *' writer kill' | 'series helper kill') ;; *) false ;; esac
}
wrong() { wrong="${wrong:+$wrong; }$*"; }

judge_archive() { # VARIANT FOLDER ACTION
	digests "$2"
	awk -f "$top/tests/faults/compare.awk" -v tree="$(echo "$work/$(tree_of "$1")" | cut -c2-)" -v action="$3" \
		part=clean-digests "$work/clean-$1/digests" part=clean-rows "$work/clean-$1/rows" \
		part=clean-meta "$work/clean-$1/meta.csv" part=digests "$2/digests" part=rows "$2/rows" \
		part=meta "$2/meta.csv" part=end "$2/end.csv" >"$2/verdict"
	was=$(sed 1q "$2/verdict")
	[ "$(wc -l <"$2/verdict")" = 1 ] || wrong "$(sed -n '2,4p' "$2/verdict" | tr '\n' ';')"
	if [ "$1" = anonymized ] && [ -s "$2/leaks" ]; then wrong 'a name is in the archive'; fi
}
judge_message() { # FOLDER
	grep -qE '^memreckon-collect: .{9}' "$1/err" || wrong 'no archive and no message'
	reason=$(sed -n 's/^reason //p' "$1/hits")
	# a pipe that nobody reads is said in plainer words
	grep -qF -e "$reason" -e 'its reader went away' -e 'no memory' "$1/err" || wrong "it does not say: $reason"
}
# judge VARIANT FOLDER STATUS ROLE ACTION: sets was (complete, partial, none) and wrong (nothing when all is well)
judge() {
	was=none wrong='' expected=any
	case $3 in
	0) expected=complete ;;
	3) expected=partial ;;
	4) is_killed "$1" "$4" "$5" || expected=none ;; # one that is killed may just have published it
	123) wrong 'a process outlived it' ;;
	124) wrong 'it hangs' ;;
	137) is_killed "$1" "$4" "$5" || wrong 'it was killed' ;;
	129 | 130 | 143)
		case $1:$5 in
		# the key is read, and a series confined, before there is anything to keep
		anonymized:signal:* | series:signal:*) ;;
		*:signal:*) expected=whole ;;
		*) wrong "died by a signal: $3" ;;
		esac
		;;
	*) wrong "exit status $3" ;;
	esac
	! grep -qE 'runtime error:|ERROR: AddressSanitizer' "$2/err" || wrong 'a sanitizer complains'
	if [ -e "$2/out.mem.tar.gz.part" ] && ! is_killed "$1" "$4" "$5"; then
		grep -q 'mem.tar.gz.part' "$2/err" || wrong 'out.mem.tar.gz.part is left, and not named'
	fi
	if [ ! -e "$2/out.mem.tar.gz" ]; then
		[ $expected != none ] || judge_message "$2"
	elif "$analyzer" verify "$2/out.mem.tar.gz" >"$2/verify" 2>&1; then
		judge_archive "$1" "$2" "$5"
	elif [ "$1" != pipe ]; then
		wrong "verify: $(tr '\n' ' ' <"$2/verify")"
	# what went down the pipe cannot be taken back; it must not look whole
	elif [ $expected = none ]; then
		judge_message "$2"
	fi
	case $expected/$was in
	any/* | whole/complete | whole/partial | "$was"/*) ;;
	*) wrong "exit status $3, the archive is $was" ;;
	esac
}

# run_plan PLAN NUMBER: in PLAN.out a line "VARIANT|ROLE|CALL|FIRST LAST ACTION|WAS|WRONG|MESSAGE" for each line of it
run_plan() {
	folder=$work/run$2
	while read -r variant role call first last action; do
		run "$variant" "$folder" -l 20 "$role" "$call" "$first" "$last" "$action"
		if grep -q '^hits 0$' "$folder/hits"; then
			was=missed wrong=''
		else
			judge "$variant" "$folder" "$status" "$role" "$action"
		fi
		echo "$variant|$role|$call|$first $last $action|$was|$wrong|$(sed 1q "$folder/err")"
		if [ -n "$wrong" ] && [ -n "$keep" ]; then
			rm -rf "$keep/$variant-$role-$call-$first-$last-$action"
			cp -R "$folder" "$keep/$variant-$role-$call-$first-$last-$action"
		fi
	done <"$1" >"$1.out"
}

# --- what goes wrong -------------------------------------------------------------------------------------------------

# How a call can go wrong so that it matters; "again:WAY" goes on from there to the end.  Calls that are not here fail
# as under somebody else's filter.
ways() { # ROLE CALL
	case "$1 $2" in
	*' openat')
		echo EMFILE EACCES ENOENT EIO ENOMEM ENFILE EINTR ELOOP ESRCH EPERM ENODEV again:EMFILE again:EIO again:EACCES
		;;
	'reader read' | 'reader pread64')
		echo EIO ENOMEM EINTR ESRCH EAGAIN EACCES ENODEV EINVAL short delay:700 kill again:EIO again:short \
			signal:SIGTERM
		;;
	*' read' | *' pread64') echo EIO EINTR EAGAIN ENOMEM zero signal:SIGINT kill again:EIO ;;
	'writer write')
		echo ENOSPC EIO EDQUOT EINTR EAGAIN EPIPE EFBIG short zero kill again:ENOSPC again:EIO again:short again:EPIPE \
			signal:SIGTERM
		;;
	*' write') echo EIO EINTR EAGAIN EPIPE short zero kill again:EPIPE ;;
	*' brk') echo zero again:zero ;; # the kernel says where the break is, never an error
	*' mmap' | *' munmap' | *' mremap' | *' madvise') echo ENOMEM EAGAIN again:ENOMEM ;;
	*' pipe2') echo EMFILE ENFILE again:EMFILE ;;
	*' dup3') echo EBADF EMFILE EBUSY EINTR again:EMFILE ;;
	*' clone') echo EAGAIN ENOMEM again:EAGAIN again:ENOMEM ;;
	*' poll' | *' ppoll') echo EINTR ENOMEM EAGAIN zero delay:700 signal:SIGTERM signal:SIGHUP again:ENOMEM ;;
	*' wait4') echo EINTR ECHILD again:ECHILD ;; # but of a series: its capture is there until it is waited for
	*' kill') echo EPERM ESRCH ;;
	*' fsync' | *' fdatasync') echo EIO ENOSPC EDQUOT EINTR EINVAL EROFS signal:SIGTERM kill ;;
	*' fadvise64' | *' mincore') echo EINVAL ESPIPE ENOMEM ENOSYS EAGAIN ;;
	*' linkat') echo EPERM EEXIST EIO ENOSPC EDQUOT EOPNOTSUPP EMLINK signal:SIGTERM kill ;;
	*' unlinkat') echo EIO EACCES EROFS ENOENT signal:SIGTERM kill ;;
	*' renameat2') echo EINVAL EEXIST EIO ;;
	*' close') echo EIO EINTR EDQUOT ENOSPC ;;
	*' getdents64') echo EIO ENOENT EINTR ENOMEM kill again:EIO ;;
	*' lseek' | *' fstat' | *' newfstatat' | *' statx') echo EIO EACCES ENOMEM ENOENT again:EIO ;;
	*' readlink' | *' readlinkat') echo EIO EACCES ENOENT ENOMEM ELOOP again:EACCES ;;
	*' seccomp') echo EINVAL ENOSYS EACCES ENOMEM EFAULT again:EINVAL again:EPERM ;;
	*' prctl') echo EPERM EINVAL again:EINVAL ;;
	*' capget' | *' capset') echo EPERM EINVAL ;;
	*' getrandom') echo ENOSYS EAGAIN EINTR ;;
	*' uname') echo EFAULT EPERM ;;
	*' getcwd') echo ENOENT ERANGE ;;
	*' rt_sigaction' | *' rt_sigprocmask') echo EINVAL EPERM ;;
	*) echo EPERM ENOSYS ;;
	esac
}
# what never returns or never fails; what a sanitizer cannot do without
is_out_of_reach() { # CALL
	case $is_sanitized$1 in
	*exit_group | *exit | *rt_sigreturn | *rt_sigprocmask | *getpid | *gettid | *getuid | *geteuid) ;;
	yes:mmap | yes:munmap | yes:mremap | yes:madvise | yes:brk | yes:sigaltstack) ;;
	*) false ;;
	esac
}
is_sanitized=''
if grep -q __asan_init "$collector"; then is_sanitized=yes:; fi

# Lines for run_plan out of lines "ROLE CALL COUNT"
make_plan() { # VARIANT
	while read -r role call calls; do
		is_out_of_reach "$call" || echo "$1 $role $call $calls $(ways "$role" "$call")"
	done | awk -v mode="$mode" '
	function inject(at, way) {
		last = way ~ /^again:/ ? 1000000 : at
		sub(/^again:/, "", way)
		if ($1 $2 $3 way == "serieswriterwait4ECHILD") return
		line = $1 " " $2 " " $3 " " at " " last " " way
		if (!(line in seen)) print line
		seen[line] = 1
	}
	function inject_all_ways(at,    way) { for (way = 5; way <= NF; way++) inject(at, $way) }
	{ calls = $4; ways = NF - 4; middle = int((calls + 1) / 2) }
	mode == "full" {
		for (at = 1; at <= calls && $1 == "machine"; at++) inject(at, $(5 + at % ways))
		inject_all_ways(1)
		inject_all_ways(calls > 1 ? 2 : 1)
		inject_all_ways(middle)
		inject_all_ways(calls)
		next
	}
	$1 == "machine" {
		inject(1, $5)
		if (calls > 2) inject(middle, $(5 + 1 % ways))
		if (calls > 20) { inject(calls - 1, $(5 + 2 % ways)); inject(int(calls / 3), $(5 + 3 % ways)) }
		next
	}
	$3 ~ /^(read|write)$/ && $2 != "helper" { inject(middle, $5); inject(calls, $NF) }'
}

make_machine
make_unpacked
head -c 32 /dev/zero | tr '\0' k >"$work/key"
chmod 600 "$work/key"
: >"$work/plan"
for variant in $variants; do
	run "$variant" "$work/clean-$variant" -l 60 -c
	is "$variant: undisturbed, the archive is complete" "$status" 0
	[ "$status" = 0 ] || { comment <"$work/clean-$variant/err"; finish; }
	digests "$work/clean-$variant"
	cp "$work/clean-$variant/hits" "$work/calls"
	run "$variant" "$work/second" -l 60 -c
	digests "$work/second"
	holds "$variant: two undisturbed runs are the same" cmp "$work/clean-$variant/digests" "$work/second/digests"
	make_plan "$variant" <"$work/calls" >>"$work/plan"
done
is 'the name that was planted is in the archive' "$(cat "$work/clean-machine/leaks")" planted
is 'it is not in that without names' "$(cat "$work/clean-anonymized/leaks")" ''

# two at a time
awk -v to="$work/plan" '{ print > (to NR % 2) }' "$work/plan"
run_plan "$work/plan0" 0 &
run_plan "$work/plan1" 1
wait
sort -t'|' -k2,2r -k3,3 -s "$work/plan0.out" "$work/plan1.out" >"$work/verdicts"
[ -z "$keep" ] || cp "$work/verdicts" "$keep/verdicts"

# --- the table -------------------------------------------------------------------------------------------------------

# a line for each call of each role; before it what was wrong
awk -F'|' '
function flush() {
	if (runs) printf "%s|%-6s %-16s %5d injected: %5d complete, %4d partial, %4d no archive\n", failed ? 1 : 0, role, call,
		runs, kinds["complete"], kinds["partial"], kinds["none"]
	for (kind in kinds) totals[kind] += kinds[kind]
	total += runs; all_failed += failed
	runs = failed = 0
	split("", kinds)
}
$2 != role || $3 != call { flush(); role = $2; call = $3 }
$5 == "missed" { missed++; next }
{ runs++; kinds[$5]++ }
$6 != "" { failed++; print "#|" $1 " " $2 " " $3 " " $4 ": " $6; if ($7 != "") print "#|    it says: " $7 }
END {
	flush()
	printf "#|%d injections: %d complete, %d partial, %d no archive; %d of them wrong; %d more were not reached\n",
		total, totals["complete"], totals["partial"], totals["none"], all_failed, missed
}' "$work/verdicts" >"$work/lines"
while IFS='|' read -r kind text; do
	case $kind in
	'#') echo "# $text" ;;
	*) result "$kind" "$text" ;;
	esac
done <"$work/lines"
finish
