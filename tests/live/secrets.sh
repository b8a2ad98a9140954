#!/bin/sh
# secrets.sh [--show] COLLECTOR ANALYZER SECRET: what must not be in an archive is not in it.  Prints TAP.
# Plants words in a process' arguments, environment, name and mapped file, in a cgroup's name, in the host name (of an own
# UTS namespace) and in the path of the key, and greps the raw, unpacked archive for them: headers, index and all.
# Each word is also found where it may be, so that the search is known to work.
# Without root there is no cgroup and no host name of our own: those are skipped.
set -eu

show=''
if [ "$1" = --show ]; then show=1; shift; fi
analyzer=$2 secret=$3
. "$(dirname -- "$0")/tap.sh"
work=$(mktemp -d)
cp "$1" "$work/memreckon-collect"
collector=$work/memreckon-collect
salt=$(od -An -N5 -tx1 /dev/urandom | tr -d ' \n')
argv=a$salt environ=e$salt comm=c$salt file=f$salt host=h$salt group=memreckon-test-g$salt unit=u$salt key_path=p$salt

groups=''
cleanup() {
	exec 9>&- || :
	wait
	for folder in $groups; do rmdir "$folder" 2>/dev/null || :; done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP PIPE

# ---- the secrets
join=''
if [ "$(id -u)" = 0 ]; then
	mount=$(awk '$3 == "cgroup" && $4 ~ /(^|,)memory(,|$)/ { print $2; exit }' /proc/mounts)
	group_line='^[0-9]*:[^:]*memory[^:]*:'
	if [ -z "$mount" ]; then
		mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
		group_line='^0::'
	fi
	if [ -n "$mount" ] && mkdir "$mount/$group" 2>/dev/null; then
		groups=$mount/$group
		mkdir "$mount/$group/$unit.service"
		groups="$mount/$group/$unit.service $groups"
		join=$mount/$group/$unit.service/cgroup.procs
	fi
fi
mkfifo "$work/in"
env SECRET="$environ" sh -c '[ -z "$1" ] || echo $$ >"$1"; shift; exec "$@"' sh "$join" \
	"$secret" "$comm" "$work/$file" "--password=$argv" <"$work/in" >"$work/secret.log" &
exec 9>"$work/in"
is_ready() { grep -q '^ready' "$work/secret.log"; }
wait_until 10 is_ready || { echo 'Bail out! the process with the secrets does not get ready'; exit 1; }
read -r _ pid leaderless <"$work/secret.log"
printf 'key-%s-%s\n' "$salt" 'of at least sixteen bytes' >"$work/$key_path"
printf 'another key than %s\n' "$salt" >"$work/other-key"
in_host=''
# shellcheck disable=SC2016
if unshare --uts true 2>/dev/null; then
	in_host='unshare --uts sh -c'
fi

# capture NAME OPTIONS...: in a folder of its own, without -o: the file is named by the collector
capture() {
	name=$1 status=0
	shift
	mkdir "$work/$name"
	if [ -n "$in_host" ]; then
		# shellcheck disable=SC2016,SC2086
		(cd "$work/$name" && $in_host 'echo "$1" >/proc/sys/kernel/hostname && shift && exec "$@"' sh "$host" \
			"$collector" "$@" 2>"$work/$name.err" 9>&-) || status=$?
	else
		(cd "$work/$name" && "$collector" "$@" 2>"$work/$name.err" 9>&-) || status=$?
	fi
	[ -z "$show" ] || comment <"$work/$name.err"
	# 3: some process of the machine may refuse to be read, and what is withheld is missing
	case $status in 0 | 3) ;; *) comment <"$work/$name.err" ;; esac
	cat "$work/$name"/*.mem.tar.gz 2>/dev/null | zcat >"$work/$name.tar" 2>/dev/null || :
	result $(((status != 0 && status != 3) || $(wc -c <"$work/$name.tar") == 0)) "$name: there is an archive"
}
has() { # NAME WORD
	grep -qaF -e "$2" "$work/$1.tar"
}
has_not() { # NAME WORD: says where it is
	[ -s "$work/$1.tar" ] || return 1
	has "$1" "$2" || return 0
	mkdir -p "$work/unpacked" && tar -xf "$work/$1.tar" -C "$work/unpacked"
	(cd "$work/unpacked" && grep -rlaF -e "$2" . | head -n 5; find . -name "*$2*" | head -n 5) | comment
	rm -rf "$work/unpacked"
	return 1
}
member() { # NAME PATH: without the top directory
	tar -xOf "$work/$1.tar" --wildcards "*/$2" 2>/dev/null
}

# ---- as it comes: names, but neither arguments nor environment
capture plain
holds 'plain: process names are there' has plain "$comm"
holds 'plain: arguments are not' has_not plain "$argv"
holds 'plain: the environment is not' has_not plain "$environ"
holds 'plain: names of mapped files are not' has_not plain "$file"
[ -z "$join" ] || holds 'plain: cgroup names are there' has plain "$group"
[ -z "$in_host" ] || holds 'plain: the host name is there' has plain "$host"

capture everything -l full --with argv,maps,numa
holds 'everything: arguments are there when asked for' has everything "--password=$argv"
holds 'everything: names of mapped files are there' has everything "$file"
holds 'everything: the environment is not' has_not everything "$environ"

# ---- anonymized
no_secret_in() { # NAME
	holds "$1: no arguments" has_not "$1" "$argv"
	holds "$1: no environment" has_not "$1" "$environ"
	holds "$1: no process name" has_not "$1" "$comm"
	holds "$1: no name of a mapped file" has_not "$1" "$file"
	holds "$1: no key" has_not "$1" "key-$salt"
	holds "$1: no path of the key" has_not "$1" "$key_path"
	if [ -n "$join" ]; then
		holds "$1: no cgroup name" has_not "$1" "g$salt"
		holds "$1: no name of a cgroup below" has_not "$1" "$unit"
	else
		skip "$1: no cgroup name" 'no right to make a cgroup'
	fi
	if [ -n "$in_host" ]; then
		holds "$1: no host name" has_not "$1" "$host"
		holds "$1: no host name in the file name" is_named_otherwise "$1"
		holds "$1: no host name in the summary" summary_has_no_host "$1"
	else
		skip "$1: no host name" 'no right to make a UTS namespace'
	fi
}
is_named_otherwise() {
	case $(echo "$work/$1"/*) in *"$host"*) return 1 ;; *.mem.tar.gz) ;; *) return 1 ;; esac
}
summary_has_no_host() { ! grep -qF "$host" "$work/$1.err"; }
# NAME PID: the word in parentheses
name_of() { member "$1" "proc/$2/stat" | sed -n 's/^[0-9]* (\(.*\)) .*/\1/p'; }
# the group of the process, as its own file tells it
path_of_unit() { # NAME
	member "$1" "proc/$pid/cgroup" | sed -n "s/$group_line//p"
}
has_cgroup() { # NAME PATH: among the cgroups of the capture
	member "$1" capture/cgroups.csv | tr -d '"' | grep -qE "^[12],$2,"
}
is_token() { # WORD PATTERN
	echo "# is '$1'"
	echo "$1" | grep -qE "^($2)$"
}

capture anonymous --anonymize --key "$work/$key_path"
no_secret_in anonymous
capture again --anonymize --key "$work/$key_path"
capture everything-anonymous -l full --with argv,maps,numa --anonymize --key "$work/$key_path"
no_secret_in everything-anonymous
capture other --anonymize --key "$work/other-key"
capture without-key --anonymize
no_secret_in without-key

token=$(name_of anonymous "$pid")
holds 'a process name is a token' is_token "$token" 'proc-[0-9a-f]+'
is 'the same key: the same token' "$(name_of again "$pid")" "$token"
is 'the same name: the same token' "$(name_of anonymous "$leaderless")" "$token"
holds 'another key: another token' [ "$(name_of other "$pid")" != "$token" ]
holds 'no key: another token' [ "$(name_of without-key "$pid")" != "$token" ]
if [ -n "$join" ]; then
	path=$(path_of_unit anonymous)
	holds 'a cgroup path is tokens, its structure is kept' is_token "$path" '.*/group-[0-9a-f]+/unit-[0-9a-f]+\.service'
	is 'the same key: the same cgroup path' "$(path_of_unit again)" "$path"
	holds 'the group that a process names is among the groups' has_cgroup anonymous "$path"
else
	skip 'a cgroup path is tokens, its structure is kept' 'no right to make a cgroup'
fi
is_imported() { # NAME
	"$analyzer" import -d "$work/secrets.db" "$work/$1"/*.mem.tar.gz >"$work/import" 2>&1 || [ $? = 3 ] ||
		{ comment <"$work/import"; return 1; }
}
holds 'an anonymized archive is imported' is_imported anonymous
ask() { "$analyzer" sql -d "$work/secrets.db" -f csv "select ($1) as answer" 2>/dev/null | sed 1d; }
is 'the process is found under its token' "$(ask "select name from process where pid = $pid")" "$token"
is 'and its memory was read' "$(ask "select pss_bytes > 0 from process where pid = $pid")" 1

# ---- a process that hangs is named by its token too
mkdir -p "$work/tree/proc/77"
printf 'MemTotal:       1000 kB\nMemFree:         500 kB\n' >"$work/tree/proc/meminfo"
# the fields up to the 52nd: nothing but the name matters
echo "77 ($comm) S 1 77 77 0 -1 0$(printf ' 0%.0s' $(seq 43))" >"$work/tree/proc/77/stat"
echo '100 50 10 1 0 20 0' >"$work/tree/proc/77/statm"
printf 'Name:\t%s\nState:\tS (sleeping)\nPid:\t77\n' "$comm" >"$work/tree/proc/77/status"
mkfifo "$work/tree/proc/77/smaps_rollup"
capture hung --root "$work/tree" --read-timeout 200ms --anonymize --key "$work/$key_path"
holds 'hung: hung.csv tells the process' [ -n "$(member hung capture/hung.csv | grep -F ',77,')" ]
holds 'hung: no process name' has_not hung "$comm"
holds 'hung: its token' has hung "$token"

# ---- the file itself
umask 0
output="$work/output.mem.tar.gz"
quietly() { "$collector" -q "$@" --root "$work/tree" --without pages >"$work/output.log" 2>&1 9>&-; }
rm "$work/tree/proc/77/smaps_rollup"
quietly -o "$output" || :
is 'the archive is for its owner alone, whatever the umask' "$(stat -c %a "$output")" 600
digest=$(sha256sum "$output")
status=0
quietly -o "$output" || status=$?
is 'an existing file is refused' "$status" 4
is 'and not touched' "$(sha256sum "$output")" "$digest"
status=0
ln -s "$work/elsewhere" "$work/link.mem.tar.gz"
quietly -o "$work/link.mem.tar.gz" || status=$?
is 'a symbolic link is refused' "$status" 4
holds 'and not followed' [ ! -e "$work/elsewhere" ]
finish
