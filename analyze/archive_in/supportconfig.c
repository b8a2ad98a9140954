/* Sections of a supportconfig text.  See supportconfig.h.
 *
 * One pass, line by line, nothing copied: a line of a hundred megabytes costs one look at each byte.
 */
#include "analyze/archive_in/supportconfig.h"

#include <limits.h>
#include <string.h>

#include "analyze/archive_in/member_path.h"
#include "schema/base/text.h"

#define LOOK_FOR_HEADER_BYTES (16 * 1024)
/* "#==[ Files in /etc/security ]====" is the longest that supportconfig writes */
#define HEADER_NAME_BYTES_MAX 64

static const char header_start[] = "#==[ ";
static const char header_end[] = " ]=";
static const char file_not_found[] = " - File not found";
static const char command_not_found[] =
	"ERROR: Command not found or not execut"; /* "-ible" up to 3.0, then "-able" */

struct line {
	const char *at;
	size_t length_bytes; /* without the newline and a carriage return before it */
	size_t whole_bytes;
};

static struct line first_line_of(const char *at, size_t rest_bytes)
{
	const char *newline = rest_bytes ? memchr(at, '\n', rest_bytes) : NULL;
	struct line line = {at, newline ? (size_t)(newline - at) : rest_bytes, 0};

	line.whole_bytes = line.length_bytes + (newline != NULL);
	if (line.length_bytes && at[line.length_bytes - 1] == '\r')
		line.length_bytes--;
	return line;
}

static bool starts_with(const char *at, size_t length_bytes, const char *start)
{
	size_t start_bytes = strlen(start);

	return length_bytes >= start_bytes && !memcmp(at, start, start_bytes);
}

static bool ends_with(const char *at, size_t length_bytes, const char *end)
{
	size_t end_bytes = strlen(end);

	return length_bytes >= end_bytes && !memcmp(at + length_bytes - end_bytes, end, end_bytes);
}

static enum mr_supportconfig_kind kind_of(const char *name, size_t length_bytes)
{
	static const struct {
		const char *name;
		enum mr_supportconfig_kind kind;
	} kinds[] = {
		{"Command", MR_SUPPORTCONFIG_COMMAND}, {"Configuration File", MR_SUPPORTCONFIG_FILE},
		{"Log File", MR_SUPPORTCONFIG_LOG},    {"Verification", MR_SUPPORTCONFIG_VERIFICATION},
		{"System", MR_SUPPORTCONFIG_SYSTEM},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (mr_text_is(name, length_bytes, kinds[i].name))
			return kinds[i].kind;
	return MR_SUPPORTCONFIG_OTHER;
}

/* Whether a line is "#==[ NAME ]=====#".  @ret_kind may be NULL */
static bool is_header(struct line line, enum mr_supportconfig_kind *ret_kind)
{
	if (!starts_with(line.at, line.length_bytes, header_start))
		return false;
	const char *name = line.at + strlen(header_start);
	size_t rest_bytes = line.length_bytes - strlen(header_start);
	size_t look_bytes = HEADER_NAME_BYTES_MAX + strlen(header_end);
	const char *end = memmem(name, rest_bytes < look_bytes ? rest_bytes : look_bytes, header_end,
				 strlen(header_end));
	if (!end || end == name)
		return false;
	if (ret_kind)
		*ret_kind = kind_of(name, (size_t)(end - name));
	return true;
}

bool mr_supportconfig_is(const char *bytes, size_t length_bytes)
{
	size_t rest_bytes = length_bytes < LOOK_FOR_HEADER_BYTES ? length_bytes : LOOK_FOR_HEADER_BYTES;

	while (rest_bytes) {
		struct line line = first_line_of(bytes, rest_bytes);
		if (is_header(line, NULL))
			return true;
		bytes += line.whole_bytes;
		rest_bytes -= line.whole_bytes;
	}
	return false;
}

void mr_supportconfig_init(struct mr_supportconfig *text, const char *bytes, size_t length_bytes)
{
	*text = (struct mr_supportconfig){bytes, length_bytes, 1};
}

static void skip_line(struct mr_supportconfig *text, struct line line)
{
	text->at += line.whole_bytes;
	text->rest_bytes -= line.whole_bytes;
	/* what is behind a last line without a newline is on that line */
	text->line += line.whole_bytes && text->at[-1] == '\n';
}

/* "# /proc/meminfo", "# /var/log/mcelog - Last 500 Lines", "# /proc/slabinfo - File not found" */
static void take_title(struct mr_supportconfig *text, struct mr_supportconfig_section *section)
{
	struct line line = first_line_of(text->at, text->rest_bytes);

	if (!line.length_bytes || *line.at != '#' || is_header(line, NULL))
		return;
	section->title = line.at + 1;
	section->title_length_bytes = line.length_bytes - 1;
	if (section->title_length_bytes && *section->title == ' ') {
		section->title++;
		section->title_length_bytes--;
	}
	if (ends_with(section->title, section->title_length_bytes, file_not_found)) {
		section->is_missing = true;
		section->title_length_bytes -= strlen(file_not_found);
	}
	skip_line(text, line);
}

/* Take off the empty lines that the script writes behind a section, and no more. */
static void cut_separator(struct mr_supportconfig_section *section)
{
	bool is_content = section->kind == MR_SUPPORTCONFIG_FILE || section->kind == MR_SUPPORTCONFIG_LOG;

	for (int lines = is_content ? 2 : 1; lines; lines--) {
		size_t length = section->length_bytes;
		bool last_is_empty = length && section->bytes[length - 1] == '\n' &&
				     (length == 1 || section->bytes[length - 2] == '\n');
		if (!last_is_empty)
			return;
		section->length_bytes--;
	}
}

bool mr_supportconfig_next(struct mr_supportconfig *text, struct mr_supportconfig_section *ret_section)
{
	struct mr_supportconfig_section section = {0};
	bool found = false;

	while (text->rest_bytes && !found) {
		struct line line = first_line_of(text->at, text->rest_bytes);
		found = is_header(line, &section.kind);
		skip_line(text, line);
	}
	if (!found)
		return false;
	section.title = text->at;
	take_title(text, &section);
	section.bytes = text->at;
	section.first_line = text->line;
	for (;;) {
		struct line line = first_line_of(text->at, text->rest_bytes);
		if (!text->rest_bytes || is_header(line, NULL))
			break;
		skip_line(text, line);
	}
	section.length_bytes = (size_t)(text->at - section.bytes);
	cut_separator(&section);
	if (section.kind == MR_SUPPORTCONFIG_COMMAND &&
	    starts_with(section.bytes, section.length_bytes, command_not_found))
		section.is_missing = true;
	*ret_section = section;
	return true;
}

/* What stands in front of the title in a path. */
static const char *folder_of(enum mr_supportconfig_kind kind)
{
	switch (kind) {
	case MR_SUPPORTCONFIG_FILE:
		return "";
	case MR_SUPPORTCONFIG_COMMAND:
		return "supportconfig/";
	case MR_SUPPORTCONFIG_LOG:
		return "supportconfig/log/";
	case MR_SUPPORTCONFIG_VERIFICATION:
		return "supportconfig/verification/";
	case MR_SUPPORTCONFIG_SYSTEM:
		return "supportconfig/system/";
	case MR_SUPPORTCONFIG_OTHER:
		break;
	}
	return "supportconfig/other/";
}

const char *mr_supportconfig_path(const struct mr_supportconfig_section *section, size_t path_bytes_max,
				  struct mr_buffer *ret_path)
{
	const char *title = section->title;
	size_t length_bytes = section->title_length_bytes;

	while (length_bytes && *title == '/') {
		title++;
		length_bytes--;
	}
	if (!length_bytes || length_bytes > path_bytes_max || memchr(title, '\0', length_bytes))
		return NULL;
	mr_buffer_clear(ret_path);
	mr_buffer_append_text(ret_path, folder_of(section->kind));
	mr_buffer_append(ret_path, title, length_bytes);
	if (ret_path->failed)
		return NULL;
	if (section->kind != MR_SUPPORTCONFIG_FILE)
		return ret_path->data;
	struct mr_buffer name = *ret_path;
	*ret_path = (struct mr_buffer){0};
	const char *refused = mr_member_path(name.data, path_bytes_max, UINT_MAX, ret_path);
	mr_buffer_deinit(&name);
	return refused || ret_path->failed ? NULL : ret_path->data;
}
