/* What the program ps printed, one row a process.
 *
 *     USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
 *     root           1  1.4  0.3 105868 13604 ?        -    18:58   0:22 /sbin/init
 *     root           -  1.4    -      -     - -        Ss   18:58   0:22 -
 *
 * The header names the columns.  They are words; but the last takes the rest of the line, a moment may have
 * up to five words, and a name of a program in the middle, which may hold blanks, is as wide as its place in
 * the header.
 *
 * Threads are no processes.  With option m each process is followed by a line of each thread, with "-" for
 * the pid: their number is the number of threads, and the first has the state that the process' own line
 * lacks.  With option L a process has a line a thread, told apart by the column LWP: only the one of the main
 * thread counts.
 */
#include "analyze/parse/shapes.h"

#define COLUMNS_MAX 32

enum role {
	ROLE_FIELD, /* a word into the field of that key, or into none */
	ROLE_PID,
	ROLE_THREAD, /* thread id */
	ROLE_MOMENT, /* "18:58", "Feb09", "Feb 09" or "Wed Feb  9 22:33:20 2022" */
	ROLE_NAME,   /* comm, or the command line where it is the last column */
};

struct column {
	enum role role;
	const char *key;    /* of the field; NULL when there is none for it */
	size_t width_bytes; /* from its name in the header to the next name */
};

struct listing {
	struct mr_fill fill; /* the process whose threads may follow */
	bool is_waiting;
	uint64_t threads_count; /* lines of its threads so far */
	struct column columns[COLUMNS_MAX];
	size_t column_count;
};

/* The same column under the names of other options. */
static const struct {
	const char *name;
	enum role role;
	const char *key;
} known[] = {
	{"PID", ROLE_PID, "PID"},        {"LWP", ROLE_THREAD, NULL},      {"SPID", ROLE_THREAD, NULL},
	{"TID", ROLE_THREAD, NULL},      {"START", ROLE_MOMENT, "START"}, {"STARTED", ROLE_MOMENT, "START"},
	{"STIME", ROLE_MOMENT, "START"}, {"COMMAND", ROLE_NAME, "name"},  {"CMD", ROLE_NAME, "name"},
	{"UID", ROLE_FIELD, "USER"},     {"EUSER", ROLE_FIELD, "USER"},   {"S", ROLE_FIELD, "STAT"},
	{"THCNT", ROLE_FIELD, "NLWP"},   {"VSIZE", ROLE_FIELD, "VSZ"},    {"RSZ", ROLE_FIELD, "RSS"},
	{"RSSIZE", ROLE_FIELD, "RSS"},
};

/* A column by its name in the header, which has a field under the same name when it is not listed above. */
static struct column column_of(struct listing *listing, struct mr_scan *scan, struct mr_slice name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (mr_slice_is(name, known[i].name))
			return (struct column){.role = known[i].role, .key = known[i].key};
	size_t index = mr_fill_find(&listing->fill, name);
	if (index == MR_FIELD_NONE) {
		mr_scan_issue_text(scan, MR_ISSUE_UNKNOWN_KEY, name);
		return (struct column){.role = ROLE_FIELD};
	}
	return (struct column){.role = ROLE_FIELD, .key = scan->table->fields[index].key};
}

static bool names_pid(struct mr_slice line)
{
	struct mr_slice word;

	while (mr_slice_word(&line, &word))
		if (mr_slice_is(word, "PID"))
			return true;
	return false;
}

static void read_header(struct listing *listing, struct mr_scan *scan)
{
	struct mr_slice rest = scan->line;
	struct mr_slice name;
	const char *previous = NULL;

	while (listing->column_count < COLUMNS_MAX && mr_slice_word(&rest, &name)) {
		if (previous)
			listing->columns[listing->column_count - 1].width_bytes =
				(size_t)(name.at - previous);
		previous = name.at;
		listing->columns[listing->column_count++] = column_of(listing, scan, name);
	}
}

/* How many words a moment has, by its first: a weekday, a month, or all of it. */
static size_t moment_words(struct mr_slice word)
{
	static const char names[] = "Mon5Tue5Wed5Thu5Fri5Sat5Sun5"
				    "Jan2Feb2Mar2Apr2May2Jun2Jul2Aug2Sep2Oct2Nov2Dec2";

	for (size_t at = 0; word.length_bytes == 3 && at + 4 < sizeof(names); at += 4)
		if (!memcmp(names + at, word.at, 3))
			return (size_t)(names[at + 3] - '0');
	return 1;
}

static bool take_moment(struct mr_slice *rest, struct mr_slice *ret_text)
{
	struct mr_slice word;

	if (!mr_slice_word(rest, ret_text))
		return false;
	for (size_t left = moment_words(*ret_text); left > 1; left--) {
		if (!mr_slice_word(rest, &word))
			return false;
		ret_text->length_bytes = (size_t)(word.at + word.length_bytes - ret_text->at);
	}
	return true;
}

/* A name with other columns behind it: as wide as in the header; one that is wider ends at the last blank. */
static bool take_name(struct mr_slice *rest, size_t width_bytes, struct mr_slice *ret_text)
{
	struct mr_slice line = mr_slice_trim(*rest);
	struct mr_slice last;

	if (line.length_bytes > width_bytes && mr_is_blank(line.at[width_bytes - 1])) {
		*ret_text = mr_slice_trim((struct mr_slice){line.at, width_bytes});
		*rest = mr_slice_skip(line, width_bytes);
		return true;
	}
	if (!mr_slice_last_word(&line, &last))
		return false;
	*ret_text = mr_slice_trim(line);
	*rest = last;
	return ret_text->length_bytes > 0;
}

/* The text of each column; @return whether there is one for each. */
static bool split(const struct listing *listing, struct mr_slice line, struct mr_slice *texts)
{
	for (size_t i = 0; i < listing->column_count; i++) {
		const struct column *column = &listing->columns[i];

		if (i + 1 == listing->column_count) {
			texts[i] = mr_slice_trim(line);
			return texts[i].length_bytes > 0;
		}
		if (column->role == ROLE_NAME     ? !take_name(&line, column->width_bytes, &texts[i])
		    : column->role == ROLE_MOMENT ? !take_moment(&line, &texts[i])
						  : !mr_slice_word(&line, &texts[i]))
			return false;
	}
	return false;
}

static const struct mr_slice *text_of(const struct listing *listing, const struct mr_slice *texts,
				      enum role role)
{
	for (size_t i = 0; i < listing->column_count; i++)
		if (listing->columns[i].role == role)
			return &texts[i];
	return NULL;
}

static void emit_waiting(struct listing *listing, struct mr_scan *scan)
{
	if (!listing->is_waiting)
		return;
	listing->is_waiting = false;
	if (listing->threads_count)
		mr_fill_put_integer(&listing->fill, scan, "NLWP", listing->threads_count);
	mr_fill_emit_line(&listing->fill, scan);
}

/* Take " <defunct>", which ps puts behind the name of a zombie, off the end. */
static struct mr_slice without_defunct(struct mr_slice text)
{
	static const struct mr_slice defunct = MR_SLICE(" <defunct>");

	if (text.length_bytes > defunct.length_bytes &&
	    mr_slice_equals(mr_slice_skip(text, text.length_bytes - defunct.length_bytes), defunct))
		text.length_bytes -= defunct.length_bytes;
	return text;
}

static void put_name(struct listing *listing, struct mr_scan *scan, struct mr_slice text, bool is_last)
{
	text = without_defunct(text);
	/* a process without a command line is shown by its comm in brackets */
	bool has_brackets = is_last && text.length_bytes > 2 && text.at[0] == '[' &&
			    text.at[text.length_bytes - 1] == ']';

	if (has_brackets)
		text = (struct mr_slice){text.at + 1, text.length_bytes - 2};
	else if (is_last)
		mr_slice_word(&(struct mr_slice){text.at, text.length_bytes}, &text);
	mr_fill_put_text(&listing->fill, "name", text);
	mr_fill_put_integer(&listing->fill, scan, "is_comm", !is_last || has_brackets);
}

static void begin_process(struct listing *listing, struct mr_scan *scan, const struct mr_slice *texts)
{
	emit_waiting(listing, scan);
	mr_fill_next(&listing->fill);
	listing->is_waiting = true;
	listing->threads_count = 0;
	mr_fill_put_text(&listing->fill, "output", mr_file_name(scan));
	for (size_t i = 0; i < listing->column_count; i++) {
		const struct column *column = &listing->columns[i];

		if (!column->key || (mr_slice_is(texts[i], "-") && strcmp(column->key, "CGROUP") != 0))
			continue;
		if (column->role == ROLE_NAME)
			put_name(listing, scan, texts[i], i + 1 == listing->column_count);
		else
			mr_fill_put_key(&listing->fill, scan, mr_slice_of(column->key), texts[i]);
	}
}

/* The line of a thread of the process in front of it. */
static void add_thread(struct listing *listing, const struct mr_slice *texts)
{
	if (!listing->is_waiting || listing->threads_count++)
		return;
	for (size_t i = 0; i < listing->column_count; i++)
		if (listing->columns[i].key && !strcmp(listing->columns[i].key, "STAT") &&
		    !mr_slice_is(texts[i], "-"))
			mr_fill_put_text(&listing->fill, "STAT", texts[i]);
}

static void read_line(struct listing *listing, struct mr_scan *scan)
{
	struct mr_slice texts[COLUMNS_MAX];

	if (!split(listing, scan->line, texts)) {
		mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
		return;
	}
	const struct mr_slice *pid = text_of(listing, texts, ROLE_PID);
	const struct mr_slice *thread = text_of(listing, texts, ROLE_THREAD);
	if (!pid)
		return; /* its name is beyond the columns that are kept */
	if (mr_slice_is(*pid, "-"))
		add_thread(listing, texts);
	else if (!thread || mr_slice_is(*thread, "-") || mr_slice_equals(*pid, *thread))
		begin_process(listing, scan, texts);
}

void mr_parse_ps(struct mr_scan *scan)
{
	struct listing listing = {0};

	if (!mr_fill_begin_file(&listing.fill, scan) || !mr_scan_filled_line(scan))
		return;
	if (!names_pid(scan->line)) {
		mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
		return;
	}
	read_header(&listing, scan);
	while (mr_scan_filled_line(scan))
		read_line(&listing, scan);
	emit_waiting(&listing, scan);
}
