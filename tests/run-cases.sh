#!/bin/sh
# run-cases.sh [--update] COLLECTOR ANALYZER PACK_FIXTURE [CASE...]: run the data cases in cases/, print TAP.
#
# A case is a transcript.  It begins with "# the promise it keeps" and "fixture: NAME" lines; each fixture is packed
# into NAME.mem.tar.gz in the folder where the case runs.  Then come lines "$ command", each followed by what it
# prints (stdout and stderr) and, when it does not end with 0, its exit status as "[3]".  All commands of a case share
# the folder, and may call make_foreign, which lies beside PACK_FIXTURE.  --update writes what was printed into the case; read the diff before you commit it.
set -eu

update=''
if [ "$1" = --update ]; then update=1; shift; fi
collector=$(realpath "$1") analyzer=$(realpath "$2") pack_fixture=$(realpath "$3")
shift 3
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
mkdir "$work/bin" "$work/archives"
ln -s "$collector" "$work/bin/memreckon-collect"
ln -s "$analyzer" "$work/bin/memreckon"
ln -s "$(dirname "$pack_fixture")/make_foreign" "$work/bin/make_foreign"

PATH=$work/bin:$PATH LC_ALL=C.UTF-8 TERM=dumb TZ=UTC NO_COLOR=1 MR_FIXTURES=$here/../fixtures
export PATH LC_ALL TERM TZ NO_COLOR MR_FIXTURES
unset MEMRECKON_DB LANG COLUMNS 2>/dev/null || :

# archive_of FIXTURE: pack it once, however many cases use it
archive_of() {
	[ -e "$work/archives/$1.mem.tar.gz" ] || "$pack_fixture" "$here/../fixtures/$1" "$work/archives/$1.mem.tar.gz"
	echo "$work/archives/$1.mem.tar.gz"
}

# replay CASE FOLDER: print the case as it is when its commands run now
replay() {
	begun=''
	while IFS= read -r line || [ -n "$line" ]; do
		case $line in
		'$ '*)
			begun=1
			printf '%s\n' "$line"
			status=0
			(cd "$2" && eval "${line#\$ }") </dev/null >"$work/output" 2>&1 || status=$?
			cat "$work/output"
			if [ "$status" != 0 ]; then echo "[$status]"; fi
			;;
		*)
			[ -n "$begun" ] || printf '%s\n' "$line"
			;;
		esac
	done <"$1"
}

# run CASE: print one line of TAP, and how it differs
run() {
	name=${1#"$here/cases/"}
	folder=$(mktemp -d "$work/case.XXXXXX")
	for fixture in $(sed -n 's/^fixture: //p; /^\$ /q' "$1"); do
		ln -s "$(archive_of "$fixture")" "$folder/"
	done
	replay "$1" "$folder" >"$work/now"
	number=$((number + 1))
	promise=$(sed -n '1s/^# *//p' "$1")
	if cmp -s "$1" "$work/now"; then
		echo "ok $number - $name: $promise"
	elif [ -n "$update" ]; then
		cp "$work/now" "$1"
		echo "ok $number - $name: $promise (updated)"
	else
		echo "not ok $number - $name: $promise"
		diff -u "$1" "$work/now" | sed 's/^/# /' || :
		failures=$((failures + 1))
	fi
	rm -rf "$folder"
}

number=0 failures=0
if [ $# = 0 ]; then
	set -- $(find "$here/cases" -name '*.case' | LC_ALL=C sort)
fi
for case_file; do run "$case_file"; done
echo "1..$number"
[ "$failures" = 0 ]
