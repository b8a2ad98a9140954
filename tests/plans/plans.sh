#!/bin/sh
# plans.sh ANALYZER PACK_FIXTURE PLANS FIXTURES: PLANS on a database of all fixtures.  Prints TAP.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
for fixture in "$4"/*/MEMBERS; do
	fixture=${fixture%/MEMBERS}
	"$2" "$fixture" "$work/${fixture##*/}.mem.tar.gz"
done
"$1" import -q -d "$work/d.db" "$work"/*.mem.tar.gz >/dev/null
"$3" "$work/d.db"
