#!/bin/sh
# count.sh TESTLOG: from the TAP lines in a meson test log: "PASSED FAILED SKIPPED", and why each test was skipped on stderr.
# A program that skips as a whole ("1..0 # SKIP why") counts as one.
set -eu
awk '
/^test: /        { name = substr($0, index($0, $2)) }
/^not ok /       { f++; next }
/^# skipped /    { print substr($0, 3) > "/dev/stderr"; next }
# a unit test says why in a comment of its own
/^ok .*# SKIP *$/ { s++; next }
/^ok .*# SKIP/   { s++; sub(/^ok [0-9]+ - /, ""); sub(/# SKIP */, "- "); print "skipped " name ": " $0 > "/dev/stderr"; next }
/^ok /           { p++; next }
/^1\.\.0 # SKIP/ { s++; sub(/^1\.\.0 # SKIP */, ""); print "skipped " name ": " $0 > "/dev/stderr" }
END              { print p + 0, f + 0, s + 0 }' "$1"
