/* What ps printed, back from the rows of ps_process: each line is gone through with the columns of the header
 * and the row of its process.  Words that the row has must stand in their place; columns that are not kept
 * take one word. */
#include "analyze/roundtrip/trip.h"

#define COLUMNS_MAX 32

/* Columns under other names, and those that hold more than a word. */
static const struct {
	const char *name, *key;
} other_names[] = {
	{"STARTED", "START"}, {"STIME", "START"}, {"COMMAND", "name"}, {"CMD", "name"},  {"UID", "USER"},
	{"EUSER", "USER"},    {"S", "STAT"},      {"THCNT", "NLWP"},   {"VSIZE", "VSZ"}, {"RSZ", "RSS"},
	{"RSSIZE", "RSS"},    {"SPID", "LWP"},    {"TID", "LWP"},
};

struct listing {
	const char *keys[COLUMNS_MAX]; /* NULL: no field has it */
	struct mr_slice names[COLUMNS_MAX];
	size_t count;
	struct mr_slice output;      /* name of the file */
	struct mr_trip_row *process; /* whose threads may follow */
	uint64_t threads_count;
};

static bool read_header(struct mr_trip *trip, struct listing *listing)
{
	struct mr_slice rest = trip->line, name;
	bool has_pid = false;

	while (listing->count < COLUMNS_MAX && mr_slice_word(&rest, &name)) {
		struct mr_slice key = name;

		for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]); i++)
			if (mr_slice_is(name, other_names[i].name))
				key = mr_slice_of(other_names[i].key);
		size_t field = mr_trip_field(trip, key);
		if (field == MR_TRIP_FIELD_NONE)
			mr_trip_left_out(trip, name, name);
		listing->names[listing->count] = name;
		listing->keys[listing->count++] =
			field == MR_TRIP_FIELD_NONE ? NULL : trip->table->fields[field].key;
		has_pid |= mr_slice_is(name, "PID");
	}
	return has_pid;
}

static bool is_column(const struct listing *listing, size_t i, const char *key)
{
	return listing->keys[i] && !strcmp(listing->keys[i], key);
}

/* Take a moment off the end: "18:58", "Feb 09" or "Wed Feb  9 22:33:20 2022". */
static void take_last_moment(struct mr_slice *line)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct mr_slice rest = *line, words[3];
	size_t count = 0;

	while (count < 3 && mr_slice_last_word(&rest, &words[count]))
		count++;
	bool is_whole =
		count == 3 && words[0].length_bytes == 4 && memchr(words[1].at, ':', words[1].length_bytes);
	bool is_day =
		count > 1 && words[1].length_bytes == 3 && memmem(months, strlen(months), words[1].at, 3);
	for (size_t left = is_whole ? 5 : is_day ? 2 : 1; left; left--)
		mr_slice_last_word(line, &words[0]);
}

/* The word of a column.  Behind a name in the middle, which may hold blanks, words are counted from the end.
 */
static struct mr_slice word_of(const struct listing *listing, struct mr_slice line, const char *key)
{
	struct mr_slice word = {0};
	size_t wanted = 0;
	bool is_behind_name = false;

	while (wanted < listing->count && !is_column(listing, wanted, key))
		is_behind_name |= is_column(listing, wanted++, "name");
	if (wanted == listing->count)
		return word;
	for (size_t i = 0; !is_behind_name && i <= wanted; i++)
		if (!mr_slice_word(&line, &word))
			return (struct mr_slice){0};
	for (size_t i = listing->count; is_behind_name && i-- > wanted;)
		if (i > wanted && is_column(listing, i, "START"))
			take_last_moment(&line);
		else if (!mr_slice_last_word(&line, &word))
			return (struct mr_slice){0};
	return word;
}

static struct mr_trip_cell *cell_of(struct mr_trip *trip, const char *key)
{
	size_t field = mr_trip_field(trip, mr_slice_of(key));

	return field == MR_TRIP_FIELD_NONE || !trip->row ? NULL : mr_trip_row_cell(trip->row, field);
}

static size_t word_count(struct mr_slice text)
{
	struct mr_slice word;
	size_t count = 0;

	while (mr_slice_word(&text, &word))
		count++;
	return count;
}

/* Take so many words off the line as one text. */
static struct mr_slice take_words(struct mr_slice *line, size_t count)
{
	struct mr_slice text = {0}, word;

	for (size_t i = 0; i < count && mr_slice_word(line, &word); i++) {
		text.at = i ? text.at : word.at;
		text.length_bytes = (size_t)(word.at + word.length_bytes - text.at);
	}
	return text;
}

/* The name where it ends the line: the command line's first word, or comm in brackets; a zombie has a mark.
 */
static void compare_last_name(struct mr_trip *trip, struct mr_slice line)
{
	struct mr_slice text = mr_slice_trim(line), word = text;
	const struct mr_slice mark = MR_SLICE(" <defunct>");

	if (text.length_bytes > mark.length_bytes &&
	    !memcmp(text.at + text.length_bytes - mark.length_bytes, mark.at, mark.length_bytes))
		text.length_bytes -= mark.length_bytes;
	bool has_brackets =
		text.length_bytes > 2 && text.at[0] == '[' && text.at[text.length_bytes - 1] == ']';
	if (has_brackets)
		word = (struct mr_slice){text.at + 1, text.length_bytes - 2};
	else
		mr_slice_word(&text, &word);
	mr_trip_compare_key(trip, MR_SLICE("name"), word, "");
	mr_trip_compare_key(trip, MR_SLICE("is_comm"), has_brackets ? MR_SLICE("1") : MR_SLICE("0"), "");
}

/* Columns of a process: a text of the row with blanks in it takes as many words as it has. */
static void compare_process(struct mr_trip *trip, const struct listing *listing)
{
	struct mr_slice line = trip->line;

	for (size_t i = 0; i < listing->count; i++) {
		const char *key = listing->keys[i];
		bool is_last = i + 1 == listing->count, is_name = key && !strcmp(key, "name");
		struct mr_trip_cell *cell = key ? cell_of(trip, key) : NULL;

		if (is_last && is_name && !mr_slice_is(mr_slice_trim(line), "-")) {
			compare_last_name(trip, line);
			return;
		}
		size_t words = cell && cell->value.type == MR_VALUE_TEXT
				       ? word_count((struct mr_slice){cell->value.text.bytes,
								      cell->value.text.length_bytes})
				       : 1;
		struct mr_slice text = is_last ? mr_slice_trim(line) : take_words(&line, words ? words : 1);
		/* "-" is for what is not known, but for groups, where it is the root of all */
		if (!key || (mr_slice_is(text, "-") && strcmp(key, "CGROUP") != 0))
			mr_trip_no_column(trip);
		else
			mr_trip_compare_key(trip, mr_slice_of(key), text, "");
		if (is_name && !mr_slice_is(text, "-"))
			mr_trip_compare_key(trip, MR_SLICE("is_comm"), MR_SLICE("1"), "");
	}
}

/* A process has all its threads behind it. */
static void end_process(struct mr_trip *trip, struct listing *listing)
{
	trip->row = listing->process;
	trip->line_number -= trip->line_number > 0;
	if (trip->row && listing->threads_count)
		mr_trip_compare_sum(trip, "NLWP", listing->threads_count);
	trip->line_number++;
	listing->process = NULL;
	listing->threads_count = 0;
}

static void begin_process(struct mr_trip *trip, struct listing *listing, struct mr_slice pid)
{
	end_process(trip, listing);
	mr_trip_begin_row(trip, trip->table);
	mr_trip_set_key_text(trip, "output", listing->output);
	mr_trip_set_key_text(trip, "PID", pid);
	mr_trip_find_row(trip);
	listing->process = trip->row;
	if (trip->row)
		compare_process(trip, listing);
	else
		mr_trip_left_out(trip, MR_SLICE("PID"), trip->line);
}

/* The first thread has the state that the line of its process has not. */
static void add_thread(struct mr_trip *trip, struct listing *listing)
{
	struct mr_slice state = word_of(listing, trip->line, "STAT");

	trip->row = listing->process;
	if (trip->row && !listing->threads_count++ && state.at && !mr_slice_is(state, "-"))
		mr_trip_compare_key(trip, MR_SLICE("STAT"), state, "");
	else
		mr_trip_no_column(trip);
}

static struct mr_slice file_name(const struct mr_trip *trip)
{
	const char *slash = strrchr(trip->file->path, '/');

	return mr_slice_of(slash ? slash + 1 : trip->file->path);
}

static void compare_line(struct mr_trip *trip, struct listing *listing)
{
	struct mr_slice pid = word_of(listing, trip->line, "PID");
	struct mr_slice thread = word_of(listing, trip->line, "LWP");

	if (!pid.at)
		mr_trip_left_out(trip, (struct mr_slice){0}, trip->line);
	else if (mr_slice_is(pid, "-"))
		add_thread(trip, listing);
	else if (thread.at && !mr_slice_is(thread, "-") && !mr_slice_equals(pid, thread))
		mr_trip_no_column(trip);
	else
		begin_process(trip, listing, pid);
}

void mr_trip_ps(struct mr_trip *trip)
{
	struct listing listing = {.output = file_name(trip)};

	if (!mr_trip_line(trip))
		return;
	if (!read_header(trip, &listing)) {
		mr_trip_left_out(trip, (struct mr_slice){0}, trip->line);
		return;
	}
	while (mr_trip_line(trip))
		compare_line(trip, &listing);
	end_process(trip, &listing);
}
