/* The command line.  The first byte of an input is the verb, the lines behind it are the arguments. */
#include "analyze/verb/options.h"

#include <errno.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define ARGUMENTS_MAX 64

static void check_options(const struct mr_options *options, int argc)
{
	FUZZ_CHECK(options->argument_count <= (size_t)argc && options->match.count <= MR_OPTION_LIST_MAX);
	FUZZ_CHECK(options->only.count <= MR_OPTION_LIST_MAX && options->params.count <= MR_OPTION_LIST_MAX);
	FUZZ_CHECK(options->rows >= MR_ROWS_DEFAULT && options->width_cells >= 0 && options->depth >= 0);
	FUZZ_CHECK(options->floor_bytes >= -1 && options->min_ppm >= 0);
	FUZZ_CHECK(options->unit <= MR_SIZE_PAGE && options->database && options->color);
}

static void parse(unsigned verb, char **argv, int argc)
{
	struct mr_options options;
	struct mr_error error = {0};
	int64_t bytes;

	mr_options_init(&options);
	int result = mr_options_parse(&options, verb, argc, argv, &error);
	if (result == 0)
		check_options(&options, argc);
	else
		FUZZ_CHECK(result == -EINVAL && error.number == result && error.message[0]);
	mr_options_deinit(&options);
	for (int i = 0; i < argc; i++)
		FUZZ_CHECK(!mr_size_parse(argv[i], &bytes) || bytes >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	char *argv[ARGUMENTS_MAX + 1] = {NULL};
	int argc = 0;

	if (!length_bytes)
		return -1;
	unsigned choice = data[0] % 32;
	char *text = fuzz_text(data + 1, length_bytes - 1);
	char *rest = text;
	for (char *line; argc < ARGUMENTS_MAX && (line = strsep(&rest, "\n"));)
		argv[argc++] = line;
	parse(choice ? (1u << (choice - 1)) & MR_VERB_ALL : 0, argv, argc);
	free(text);
	return 0;
}
