#!/bin/sh
# dictionary.sh FIELDS: the keys of all kernel files, from schema/fields, and the words that stand beside numbers, as a
# dictionary of libFuzzer.
set -eu

{
	sed -nE 's/^(FIELD|LINE_KEY|IGNORED)\("(([^"\\]|\\.)*)".*/\2/p' "$1"/*.def "$1"/rows/*.def | grep -E '[^0-9]' | sort -u
	cat <<'WORDS'
 kB
: 
max
-1
9223372036854771712
18446744073709551615
9007199254740993
0x
Node 0, zone   Normal
per-node stats
pagesets
protection: (
[rollup]
some avg10=
total=
pages=
unpurged vm_area
key,value
path,role,reading,status,bytes,start_ns,duration_ns,sha256
canonical
again 1 
more 1 
=> proc/1/
=> capture/
CREATE VIEW
snapshot_id
@last
HOST@
2026-11-21T07:41
--
/*
WORDS
} | sed 's/[\\"]/\\&/g; s/.*/"&"/'
cat <<'BYTES'
"\x1b]52;"
"\xc3\xa9"
"\xe2\x80\xae"
"\xf0\x9f\x98\x80"
BYTES
