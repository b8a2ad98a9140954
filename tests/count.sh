#!/bin/sh
# count.sh TESTLOG: from the TAP lines in a meson test log: "PASSED FAILED SKIPPED", and why each skipped test was skipped on stderr.
set -eu
awk '
/^not ok /                 { if (tolower($0) ~ /# (todo|skip)/) s++; else f++; next }
/^ok .*# [Ss][Kk][Ii][Pp]/ { s++; sub(/^ok [0-9]+ -? ?/, ""); print "skipped: " $0 > "/dev/stderr"; next }
/^ok /                     { p++ }
END                        { print p + 0, f + 0, s + 0 }' "$1"
