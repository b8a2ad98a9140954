/* The texts of SUSE's supportconfig cut into sections. */
#include "analyze/archive_in/supportconfig.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

#define PATH_BYTES_MAX 256

static void check_path(const struct mr_supportconfig_section *section, struct mr_buffer *buffer)
{
	const char *path = mr_supportconfig_path(section, PATH_BYTES_MAX, buffer);

	FUZZ_CHECK(!buffer->failed);
	if (!path)
		return;
	FUZZ_CHECK(*path && *path != '/' &&
		   strlen(path) <= PATH_BYTES_MAX + strlen("supportconfig/verification/"));
	if (section->kind == MR_SUPPORTCONFIG_FILE)
		for (const char *at = path; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
			FUZZ_CHECK(strncmp(at, "../", 3) && strcmp(at, ".."));
}

/* The line that a byte stands in, counted on from one in front of it. */
static unsigned long line_of(const char *at, const char *from, unsigned long from_line)
{
	for (; from < at; from++)
		from_line += *from == '\n';
	return from_line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	const char *begin = (const char *)data, *end = begin + length_bytes, *behind = begin;
	struct mr_supportconfig text;
	struct mr_supportconfig_section section;
	struct mr_buffer path = {0};
	unsigned long line = 1;

	bool is_one = mr_supportconfig_is(begin, length_bytes);
	mr_supportconfig_init(&text, begin, length_bytes);
	bool has_section = false;
	while (mr_supportconfig_next(&text, &section)) {
		has_section = true;
		FUZZ_CHECK(section.title >= behind &&
			   section.title + section.title_length_bytes <= section.bytes);
		FUZZ_CHECK(section.bytes + section.length_bytes <= end);
		line = line_of(section.bytes, behind, line);
		FUZZ_CHECK(!section.length_bytes || section.first_line == line);
		behind = section.bytes;
		check_path(&section, &path);
	}
	FUZZ_CHECK(has_section || !is_one);
	mr_buffer_deinit(&path);
	return 0;
}
