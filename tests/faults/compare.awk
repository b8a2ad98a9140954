# compare.awk: what is wrong with an archive, beside the one of an undisturbed run?  The first line says what it is;
# nothing follows when it has every member with the same bytes, or marks it as lost.
#
#   awk -f compare.awk -v tree=PATH -v action=ACTION part=clean-digests FILE part=clean-rows FILE part=clean-meta FILE \
#       part=digests FILE part=rows FILE part=meta FILE part=end FILE
#
# digests: lines "DIGEST PATH" of the members; rows: the index, with what was lost; meta, end: capture/meta.csv,
# capture/end.csv.

function member(path, role, reading) {
	if (role == "more") return "capture/more/" reading "/" path
	return reading > 0 ? "capture/again/" reading "/" path : path
}
function folder_of_process(path) { return match(path, /^proc\/[0-9]+\//) ? substr(path, 1, RLENGTH) : "none" }
function is_gone(word, path) { return word == "ESRCH" || (word == "ENOENT" && before[path] == "ok") }
function is_lost(path) {
	if (!(path in status) || status[path] == "ok") return 0
	why = status[path]
	return 1
}
# A folder of the system that is not there is a kernel without the feature, and has no row.  One of an unpacked archive
# is what that archive does not have; without capture/meta.csv the tree is none.
function is_feature(path) {
	if (tree ~ /unpacked$/) return is_elsewhere() || path ~ /^capture\/again\//
	return path ~ /^(sys|proc\/sys|proc\/pressure)\// && path !~ /^sys\/fs\/cgroup\//
}
# Does the index say so: of the member, of the file it is a reading of, of a folder above, or of what tells where it is?
function is_marked(path,    at) {
	if (is_lost(path)) return 1
	# a number of a cgroup that could not be asked for
	if (path in have && have[path] ~ /,,$/) { why = "ENOENT"; return 1 }
	# a run that was stopped says how far it came
	if (stopped != "end") { why = "stopped"; return 1 }
	# what is made of the words of frames needs them all, and what tells the frames
	if (path ~ /^pages\// && (lost_pages != "" || is_lost("proc/iomem"))) return 1
	for (at = path; at != ""; sub(/\/?[^\/]*$/, "", at))
		if (is_lost(at)) return 1
	if (action == "ENOENT" && is_feature(path)) { why = action; return 1 }
	# the numbers of cgroups stand in one member; who cannot tell whose machine it is knows neither them nor its frames
	if (path ~ /\/inode$/ && is_lost("capture/cgroups.csv")) return 1
	if (path ~ /\/inode$|^pages\// && is_elsewhere()) { why = "another machine"; return 1 }
	sub(/^capture\/(more|again)\/[0-9]+\//, "", path)
	# what once gave no answer is not asked for again
	if (path in hung) { why = "timeout"; return 1 }
	# nor what a process has that ended
	if (folder_of_process(path) in gone) { why = "ESRCH"; return 1 }
	for (at = path; at != ""; sub(/\/?[^\/]*$/, "", at))
		if (is_lost(at)) return 1
	if (path ~ /^sys\/fs\/cgroup\// && is_lost("proc/self/mountinfo")) return 1
	return ("capture/derived/" path) in have
}
# Things vanish, and features are not there: that leaves an archive complete.
function is_expected(word) { return word ~ /^(ok|ENOENT|ESRCH|ENODEV|EOPNOTSUPP|withheld)$/ }
function key_of(line) { sub(/,.*/, "", line); return line }
function has_fact(line) { return line != "" && line !~ /,$/ }
# The run could not find out whose machine it is: then it says what the tree says, and is not complete.
function is_elsewhere() { return has_fact(fact["page_size_bytes"]) && !has_fact(said["page_size_bytes"]) }
function is_of_tree(key) { return key ~ /^kernel_release$|_mount$/ }
# Facts that are others each time.
function varies(key) {
	return key ~ /_ns$|^snapshot_id$|^probe|^self_pid$|^options$|^confined$|^capabilities_|^nice$|^ionice$|^host$/
}

part == "clean-digests" { clean[$2] = $1; next }
part == "digests" { have[$2] = $1; next }
part == "clean-meta" { fact[key_of($0)] = $0; next }
part == "meta" { said[key_of($0)] = $0; next }
part == "clean-rows" { split($0, cell, ","); before[member(cell[1], cell[2], cell[3])] = cell[4]; next }
part == "rows" {
	split($0, cell, ",")
	# of a run that could not find out that the tree is its own machine's
	if (index(cell[1], tree "/") == 1) cell[1] = substr(cell[1], length(tree) + 2)
	status[member(cell[1], cell[2], cell[3])] = cell[4]
	if (is_gone(cell[4], cell[1]) && cell[1] ~ /^proc\/[0-9]+\//) gone[folder_of_process(cell[1])]
	if (cell[4] == "timeout") hung[cell[1]]
	if (cell[1] ~ /^pages\// && cell[4] != "ok") lost_pages = why = cell[4]
	next
}
/^stopped,/ { stopped = substr($0, 9) }
/^completeness,/ { completeness = substr($0, 14) }

END {
	print completeness
	for (path in clean) {
		if (path in have && have[path] == clean[path]) continue
		why = lost_pages
		if (!is_marked(path)) print "silent: " (path in have ? "other bytes of " : "no ") path
		else if (completeness == "complete" && !is_expected(why)) print "complete, but " path " is " why
	}
	for (path in status)
		if (completeness == "complete" && !is_expected(status[path]) && status[path] != before[path])
			print "complete, but " path " is " status[path]
	# a fact may be lost, it may not be wrong
	for (key in fact)
		if (has_fact(said[key]) && said[key] != fact[key] && !varies(key) && !(is_elsewhere() && is_of_tree(key)))
			print "meta.csv says " said[key] " instead of " fact[key]
}
