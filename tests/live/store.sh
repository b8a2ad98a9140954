#!/bin/sh
# store.sh ANALYZER PACK_FIXTURE WHOLE RESTORE FAULT FIXTURES: one database and several programs, and media that are not good.
# Prints TAP.
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/tap.sh"
analyzer=$(realpath "$1") pack_fixture=$(realpath "$2") whole=$(realpath "$3") restore=$(realpath "$4") fault=$(realpath "$5")
fixtures=$(realpath "$6")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work" || exit 1
unset MEMRECKON_DB

for fixture in "$fixtures"/*/MEMBERS; do
	fixture=${fixture%/MEMBERS}
	"$pack_fixture" "$fixture" "${fixture##*/}.mem.tar.gz" || exit 1
done
archives=$(echo *.mem.tar.gz)
all=$(ls -d *.mem.tar.gz | wc -l)
half=$((all / 2))
first=$(ls -d *.mem.tar.gz | head -n $half) second=$(ls -d *.mem.tar.gz | tail -n +$((half + 1)))
reversed=$(ls -dr *.mem.tar.gz)
"$analyzer" import -d reference.db $archives >/dev/null || exit 1

number() { "$analyzer" sql -d "$1" -f csv "$2" | sed 1d; }
quietly() { "$@" >/dev/null; }
fails_with() { # STATUS WORDS COMMAND...: the command ends so, says the words, and prints nothing else
	wanted=$1 words=$2
	shift 2
	"$@" >out 2>err
	status=$?
	if [ $status = "$wanted" ] && grep -qF -- "$words" err && [ ! -s out ]; then return 0; fi
	{ echo "$*: $status, not $wanted"; head -c 500 err; } | comment
	return 1
}

# --- several programs ------------------------------------------------------------------------------------------------

together() { # DATABASE ARCHIVES... -- ARCHIVES...: imported by two programs at once; sets $one and $other
	database=$1
	shift
	left=''
	while [ "$1" != -- ]; do left="$left $1"; shift; done
	shift
	"$analyzer" import -d "$database" --json $left >one.json &
	"$analyzer" import -d "$database" --json "$@" >other.json
	other=$?
	wait $!
	one=$?
}

rounds=5
round=0
while [ $round -lt $rounds ]; do
	round=$((round + 1))
	rm -f d.db
	together d.db $first -- $second
	[ "$one $other $("$whole" d.db reference.db 2>&1)" = "0 0 $all" ] || echo "$one $other $("$whole" d.db reference.db 2>&1)"
done >wrong
comment <wrong
holds "two imports into a database that neither finds lose nothing ($rounds times)" [ ! -s wrong ]

round=0
while [ $round -lt $rounds ]; do
	round=$((round + 1))
	rm -f d.db
	together d.db $archives -- $archives
	added=$(cat one.json other.json | grep -c '"outcome":"added"')
	known=$(cat one.json other.json | grep -c '"outcome":"known"')
	[ "$one $other $added $known $("$whole" d.db reference.db 2>&1)" = "0 0 $all $all $all" ] ||
		echo "$one $other $added $known $("$whole" d.db reference.db 2>&1)"
done >wrong
comment <wrong
holds "two imports of the same archives add each of them once ($rounds times)" [ ! -s wrong ]

rm -f d.db
"$analyzer" import -q -d d.db $archives >/dev/null
(
	for round in 1 2 3 4 5; do
		"$analyzer" prune -q -d d.db --keep $((round % 2)) --all >/dev/null || exit
		"$analyzer" import -q -d d.db $archives >/dev/null || exit
	done
) &
writer=$!
looks=0
while kill -0 $writer 2>/dev/null; do
	"$whole" d.db reference.db 2>&1 >/dev/null
	"$analyzer" list -d d.db 2>&1 >/dev/null
	looks=$((looks + 1))
done >seen
wait $writer || echo "writer: $?" >>seen
grep -v 'no snapshots in d.db' seen >wrong
comment <wrong
echo "# looked $looks times"
holds 'readers during imports and prunes see whole snapshots only, and these come to their end' [ ! -s wrong ]
is 'and it has them all' "$("$whole" d.db reference.db 2>&1)" "$all"

rm -f d.db
"$analyzer" import -q -d d.db $first >/dev/null
"$analyzer" merge -q -d d.db reference.db >/dev/null &
"$analyzer" import -q -d d.db $reversed >/dev/null
status=$?
wait $! || status="$status and $?"
is 'an import and a merge at once both come to their end' "$status" 0
is 'and lose nothing' "$("$whole" d.db reference.db 2>&1)" "$all"

# --- media that are not good -----------------------------------------------------------------------------------------

"$restore" "$here/../migrations/schema-1.sql.xz" older.db
mkdir medium
cp reference.db older.db medium/
"$analyzer" import -q -d medium/half.db $first >/dev/null
cp medium/half.db medium/killed.db
"$fault" writer fdatasync 3 3 kill -- "$analyzer" import -d medium/killed.db $second >/dev/null 2>&1
"$analyzer" report -d reference.db 1 --json | sed 's|reference.db|medium/reference.db|g' >report.txt
# on_medium COMMAND...: with the folder "medium" mounted for reading
if unshare -m sh -c 'mount --bind medium medium && mount -o remount,ro,bind medium && ! touch medium/x' 2>/dev/null; then
	on_medium() {
		unshare -m sh -c 'mount --bind medium medium && mount -o remount,ro,bind medium && exec "$@"' sh "$@"
	}
	on_medium "$analyzer" report -d medium/reference.db 1 --json >report.ro
	holds 'a database on a read-only medium can be read' cmp report.txt report.ro
	holds 'an older one, too' quietly on_medium "$analyzer" check -q -d medium/older.db
	holds 'import says that it cannot be written to' \
		fails_with 4 'attempt to write a readonly database' on_medium "$analyzer" import -d medium/half.db $archives
	holds 'import says which archives it has already' quietly on_medium "$analyzer" import -d medium/half.db $first
	holds 'migrate says that it cannot be written to' \
		fails_with 4 'attempt to write a readonly database' on_medium "$analyzer" migrate -d medium/older.db
	holds 'prune says that it cannot be written to' \
		fails_with 4 'attempt to write a readonly database' on_medium "$analyzer" prune -d medium/reference.db --keep 1
	if [ -s medium/killed.db-journal ]; then
		holds 'what would have to be undone is said' \
			fails_with 4 'a write that was interrupted has to be undone' on_medium "$analyzer" report -d medium/killed.db
		cp medium/killed.db* .
		is 'and can be undone elsewhere' "$("$whole" killed.db reference.db 2>&1)" "$half"
	else
		skip 'what would have to be undone is said' 'no right to kill at a system call'
	fi
	holds 'it can be merged from' quietly on_medium "$analyzer" merge -q -d merged.db medium/reference.db
	is 'with all its snapshots' "$("$whole" merged.db reference.db 2>&1)" "$all"
else
	for sentence in 'a database on a read-only medium can be read' 'import says that it cannot be written to'; do
		skip "$sentence" 'no right to mount'
	done
fi

untouched() { # SENTENCE DATABASE WORDS: neither read nor written to, and not changed
	cp "$2" before
	holds "$1 is not read" fails_with 4 "$3" "$analyzer" report -d "$2"
	holds "$1 is not imported into" fails_with 4 "$3" "$analyzer" import -d "$2" $first
	holds "$1 is not pruned" fails_with 4 "$3" "$analyzer" prune -d "$2" --all
	holds "$1 is not touched" cmp before "$2"
	is "$1 gets no journal" "$(ls -d "$2"-* 2>/dev/null)" ''
}
# patch FILE OFFSET OCTAL: bytes of a file
patch() { printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null; }

cp reference.db newer.db
patch newer.db 60 '\000\000\003\347'
untouched 'a database of a newer schema' newer.db 'newer.db has schema 999, this program knows schema'
cp reference.db foreign.db
patch foreign.db 68 '\000\000\000\000'
untouched "another program's database" foreign.db "foreign.db is not a memreckon database: another program's SQLite file"
head -c 4000 reference.db >text.db
patch text.db 0 'Dear diary'
untouched 'a file that is no database' text.db 'text.db is not a memreckon database: not a SQLite file'
head -c 50 reference.db >stub.db
untouched 'fifty bytes of a database' stub.db 'stub.db is not a memreckon database: not a SQLite file'

: >empty.db
holds 'an empty file is no database to read' fails_with 4 'no database empty.db' "$analyzer" report -d empty.db
holds 'and becomes one' quietly "$analyzer" import -q -d empty.db $archives
is 'with all its snapshots' "$("$whole" empty.db reference.db 2>&1)" "$all"

size=$(stat -c %s reference.db)
for part in 1 2 3; do
	head -c $((size / 4 / 4096 * 4096 * part + 100)) reference.db >cut.db
	cp cut.db before
	holds "$part of 4 quarters of a database: damaged" fails_with 4 'cut.db: ' "$analyzer" report -d cut.db
	holds "$part of 4 quarters of a database: not imported into" fails_with 4 'cut.db: ' "$analyzer" import -d cut.db $first
	holds "$part of 4 quarters of a database: not touched" cmp before cut.db
done
finish
