#!/bin/sh
# archives.sh ANALYZER MAKE_FOREIGN: import every archive that nobody should meet, print TAP.
#
# Whatever comes, it is one of three: a snapshot; a refusal that names the file; both never.  Nothing else appears in the
# folder, the process does not die, and the database can be read.  Folders, devices and live machines come behind.
set -eu

analyzer=$(realpath "$1") make_foreign=$(realpath "$2")
work=$(mktemp -d)
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
unset MEMRECKON_DB 2>/dev/null || :
LC_ALL=C.UTF-8 NO_COLOR=1
export LC_ALL NO_COLOR
number=0

# verdict WHAT REASON: "" is a success
verdict() {
	number=$((number + 1))
	if [ -z "$2" ]; then echo "ok $number - $1"; else echo "not ok $number - $1: $2"; fi
}

# import WHAT WANTED INPUT [OPTION...]: WANTED is added, refused or either
import() {
	what=$1 wanted=$2 input=$3
	shift 3
	rm -rf "$work/here"
	mkdir "$work/here"
	status=0 reason=''
	(cd "$work/here" && timeout 60 "$analyzer" import -d d.db "$@" "$input") >"$work/out" 2>"$work/err" || status=$?
	left=$(ls -A "$work/here")
	case $status in
	0) outcome=added; [ "$left" = d.db ] || reason="left in the folder: $left" ;;
	4) outcome=refused; [ -z "$left" ] || reason="left in the folder: $left" ;;
	*) outcome="status $status" reason="$(cat "$work/err")" ;;
	esac
	case $wanted in $outcome | either) ;; *) reason="$outcome, $(head -n 1 "$work/err")" ;; esac
	if [ "$outcome" = refused ] && ! head -n 1 "$work/err" | grep -qF "$(basename "$input")"; then
		reason="does not name the file: $(cat "$work/err")"
	fi
	if [ "$outcome" = added ] && [ "$("$analyzer" sql -d "$work/here/d.db" -f csv \
		'SELECT integrity_check FROM pragma_integrity_check' | tail -n 1)" != ok ]; then
		reason="the database is not whole"
	fi
	verdict "$what" "$reason"
}

# expect_issue WHAT TEXT: of the import before
expect_issue() {
	found=$("$analyzer" sql -d "$work/here/d.db" -f csv "SELECT count(*) FROM issue WHERE text LIKE '%$2%'" | tail -n 1)
	if [ "$found" -gt 0 ]; then verdict "$1" ''; else verdict "$1" "no issue says \"$2\""; fi
}

for name in $("$make_foreign" list | sed -n 's/^hostile //p'); do
	[ "$name" != a-million-members ] || continue
	"$make_foreign" hostile "$name" "$work/$name.tar" 2>/dev/null
	import "$name" either "$work/$name.tar"
	rm "$work/$name.tar"
done

# folder_of_a_machine: a new one, in $folder
folder_of_a_machine() {
	folder=$work/folder
	[ ! -e "$folder" ] || chmod -R u+rwx "$folder"
	rm -rf "$folder"
	mkdir -p "$folder/proc/1"
	printf 'MemTotal: 1000 kB\nMemFree: 10 kB\n' >"$folder/proc/meminfo"
	printf 'Name:\tx\nPid:\t1\n' >"$folder/proc/1/status"
}

folder_of_a_machine
ln -s . "$folder/self"
ln -s ../.. "$folder/proc/loop"
ln -s /etc/passwd "$folder/proc/vmstat"
import 'a folder with links' added "$folder"
expect_issue 'a link where a file of the kernel was expected is an issue' 'symbolic link'

folder_of_a_machine
mkfifo "$folder/proc/vmstat"
import 'a folder with a FIFO' added "$folder"
expect_issue 'a FIFO is an issue' 'neither file nor folder'

if [ "$(id -u)" != 0 ]; then
	folder_of_a_machine
	: >"$folder/proc/vmstat"
	chmod 0 "$folder/proc/vmstat"
	import 'a folder with a file that may not be read' added "$folder"
	expect_issue 'a file that may not be read is an issue' 'may not be read'
fi

folder_of_a_machine
# from the inside out, as no call takes a path so long
name=$(printf 'n%.0s' $(seq 250))
mkdir "$work/inner"
: >"$work/inner/file"
for level in $(seq 18); do
	mkdir "$work/outer"
	mv "$work/inner" "$work/outer/$name"
	mv "$work/outer" "$work/inner"
done
mv "$work/inner" "$folder/proc/$name"
import 'a folder with names that are too long' added "$folder"
expect_issue 'a name that is too long is an issue' 'name too long (--max-path)'
import 'a folder too deep for the limit' refused "$folder" --max-depth 1

for live in /proc /sys /proc/self; do
	[ -e "$live" ] || continue
	import "$live is no capture" refused "$live"
	grep -q 'memreckon-collect' "$work/err" && verdict "$live: the hint to the collector" '' ||
		verdict "$live: the hint to the collector" "$(cat "$work/err")"
done
import '/dev/zero is no capture' refused /dev/zero

"$make_foreign" sos-bundle - "$work/bundle.tar"
import 'reports in an archive' added "$work/bundle.tar"
import 'reports deeper than the limit' refused "$work/bundle.tar" --max-nesting 0
"$make_foreign" tree - "$work/tree.tar"
mkdir -p "$work/hosts/a/proc" "$work/hosts/b/proc"
echo 'MemTotal: 1 kB' | tee "$work/hosts/a/proc/meminfo" >"$work/hosts/b/proc/meminfo"
import 'folders of two hosts' added "$work/hosts" --max-captures 2
import 'folders of more hosts than the limit' refused "$work/hosts" --max-captures 1
for limit in '--max-members 3' '--max-total-size 4K' '--max-path 3' '--max-depth 1'; do
	# shellcheck disable=SC2086
	import "a tree against $limit" refused "$work/tree.tar" $limit
	if grep -qe "(${limit% *})" "$work/err"; then verdict "$limit is named" ''; else verdict "$limit is named" "$(cat "$work/err")"; fi
done
echo "1..$number"
