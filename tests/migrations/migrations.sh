#!/bin/sh
# migrations.sh ANALYZER PACK_FIXTURE RESTORE TOP: a database of each released schema becomes what this program makes of
# the same archive, to the last cell.  Prints TAP.
set -u
analyzer=$(realpath "$1") pack_fixture=$(realpath "$2") restore=$(realpath "$3") top=$(realpath "$4")
here=$top/tests/migrations
. "$top/tests/live/tap.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 1
unset MEMRECKON_DB

fixture_of() { sed -n "s|^ *schema-$1.sql.xz *fixtures/||p" "$here/README"; }
ask() { "$analyzer" sql -d "$1" -f csv --raw "$2"; }

# contents DATABASE: all tables with all their cells, but for when the import was; and the schema
contents() {
	ask "$1" "select type, name, tbl_name, sql from sqlite_schema where name not like 'sqlite_%' order by 1, 2"
	for table in $(ask "$1" "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by 1" | sed 1d); do
		echo "= $table"
		if [ "$table" = snapshot ]; then
			columns=$(ask "$1" "select group_concat(name, ', ') from pragma_table_info('snapshot') where name <> 'imported_s'" | sed '1d; s/"//g')
			ask "$1" "select $columns from snapshot"
		else
			ask "$1" "select * from $table"
		fi
	done
}
migrate() { "$analyzer" migrate -d "$1" >/dev/null; }
same() { # SENTENCE FILE FILE
	if [ -s "$2" ] && diff "$2" "$3" >difference; then result 0 "$1"; else result 1 "$1"; head -20 difference | comment; fi
}

for dump in "$here"/schema-*.sql.xz; do
	number=${dump##*schema-} number=${number%.sql.xz}
	"$restore" "$dump" "s$number.db"
	# the schema of this program itself may still change, until the next one is begun
	cp "s$number.db" probe.db
	"$analyzer" migrate -d probe.db --json | grep -q "\"from_schema\":$number,\"to_schema\":$number" && continue
	fixture=$(fixture_of "$number")
	[ -e "$fixture.db" ] || {
		"$pack_fixture" "$top/fixtures/$fixture" "$fixture.mem.tar.gz"
		"$analyzer" import -d "$fixture.db" "$fixture.mem.tar.gz" >"$fixture.import"
		contents "$fixture.db" >"$fixture.contents"
	}
	cp "s$number.db" before.db
	"$analyzer" report -d "s$number.db" >read 2>&1
	"$analyzer" report -d "$fixture.db" | sed "s/$fixture.db/s$number.db/" >fresh
	same "schema $number: report reads it as it is" fresh read
	same "schema $number: reading changes nothing in the file" before.db "s$number.db"
	holds "schema $number: it is migrated" migrate "s$number.db"
	contents "s$number.db" >migrated
	same "schema $number: all tables, views and cells are those of a new import" "$fixture.contents" migrated
	is "schema $number: nothing in it is damaged" "$(ask "s$number.db" 'select * from pragma_integrity_check' | sed 1d)" ok
	is "schema $number: no row lost its snapshot" "$(ask "s$number.db" 'select * from pragma_foreign_key_check' | sed 1d)" ''
	is "schema $number: the same archive is known" \
		"$("$analyzer" import -d "s$number.db" --json "$fixture.mem.tar.gz" | grep -c '"outcome": *"known"')" 1
done
finish
