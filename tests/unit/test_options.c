/* The command line: every form of an option, and that a mistake names the option. */
#include "analyze/verb/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/verb/charge.h"
#include "analyze/verb/verb.h"
#include "tests/support/test.h"

#define PARSE(options, verb, error, ...)                                                                     \
	parse(options, verb, error, (const char *[]){__VA_ARGS__},                                           \
	      sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *))

static int parse(struct mr_options *options, unsigned verb, struct mr_error *error, const char **argv,
		 int argc)
{
	mr_options_init(options);
	return mr_options_parse(options, verb, argc, (char **)argv, error);
}

TEST(options_and_arguments_stand_in_any_order)
{
	struct mr_options options;
	struct mr_error error = {0};

	assert_int_equal(PARSE(&options, MR_VERB_PS, &error, "96", "-rn5", "--sort=swap", "-m", "a*",
			       "--match", "!b", "97"),
			 0);
	assert_int_equal(options.argument_count, 2);
	assert_string_equal(options.arguments[0], "96");
	assert_string_equal(options.arguments[1], "97");
	assert_true(options.reverse);
	assert_int_equal(options.rows, 5);
	assert_string_equal(options.sort, "swap");
	assert_int_equal(options.match.count, 2);
	mr_options_deinit(&options);
}

TEST(two_dashes_end_options_and_one_is_an_argument)
{
	struct mr_options options;
	struct mr_error error = {0};

	assert_int_equal(PARSE(&options, MR_VERB_REPORT, &error, "-", "--", "--json", "-n"), 0);
	assert_int_equal(options.argument_count, 3);
	assert_null(options.format);
	mr_options_deinit(&options);
}

static void assert_refused(unsigned verb, const char *first, const char *second, const char *words)
{
	struct mr_options options;
	struct mr_error error = {0};
	const char *argv[] = {first, second};

	assert_int_equal(parse(&options, verb, &error, argv, second ? 2 : 1), -EINVAL);
	if (!strstr(error.message, words))
		fail_msg("\"%s\" does not say \"%s\"", error.message, words);
	mr_options_deinit(&options);
}

TEST(a_mistake_names_the_option)
{
	assert_refused(MR_VERB_PS, "-n", "x", "-n x");
	assert_refused(MR_VERB_PS, "-n", "-1", "-n -1");
	assert_refused(MR_VERB_PS, "--rows", "99999999999999999999", "--rows 99999999999999999999");
	assert_refused(MR_VERB_PS, "--rows=", NULL, "--rows");
	assert_refused(MR_VERB_PS, "--rows", NULL, "--rows needs a value");
	assert_refused(MR_VERB_PS, "-z", NULL, "unknown option -z");
	assert_refused(MR_VERB_PS, "--salvage", NULL, "unknown option --salvage");
	assert_refused(MR_VERB_PS, "--reverse=1", NULL, "--reverse takes no value");
	assert_refused(MR_VERB_PS, "--unit", "kB", "--unit kB");
	assert_refused(MR_VERB_PS, "-f", "xml", "-f xml");
	assert_refused(MR_VERB_PS, "--color", "alway", "--color alway");
	assert_refused(MR_VERB_REPORT, "--min", "1x", "--min 1x");
	assert_refused(MR_VERB_DIFF, "--floor", "1e9", "--floor 1e9");
	assert_refused(0, "-n", "5", "unknown option -n");
}

TEST(f_is_a_format_or_for_sql_a_file)
{
	struct mr_options options;
	struct mr_error error = {0};

	assert_int_equal(PARSE(&options, MR_VERB_SQL, &error, "-f", "csv"), 0);
	assert_string_equal(options.format->name, "csv");
	assert_null(options.file);
	mr_options_deinit(&options);
	assert_int_equal(PARSE(&options, MR_VERB_SQL, &error, "-f", "query.sql", "--json"), 0);
	assert_string_equal(options.format->name, "json");
	assert_string_equal(options.file, "query.sql");
	mr_options_deinit(&options);
}

TEST(sizes_are_binary_and_have_no_sign)
{
	int64_t bytes;

	assert_true(mr_size_parse("4096", &bytes));
	assert_int_equal(bytes, 4096);
	assert_true(mr_size_parse("1.5G", &bytes));
	assert_int_equal(bytes, 1610612736);
	assert_true(mr_size_parse("16MiB", &bytes));
	assert_int_equal(bytes, 16777216);
	assert_false(mr_size_parse("-1", &bytes));
	assert_false(mr_size_parse("", &bytes));
	assert_false(mr_size_parse(".", &bytes));
	assert_false(mr_size_parse("1Q", &bytes));
	assert_false(mr_size_parse("9999999999T", &bytes));
	assert_false(mr_size_parse("inf", &bytes));
}

TEST(every_verb_has_a_help_that_fits_in_80_columns)
{
	for (size_t i = 0; i < mr_verb_count; i++) {
		struct mr_buffer out = {0};

		mr_options_help(&out, mr_verbs[i].bit);
		assert_false(out.failed);
		for (const char *line = out.data; *line;
		     line += strcspn(line, "\n") + (strchr(line, '\n') != NULL))
			assert_true(strcspn(line, "\n") <= 80);
		assert_non_null(strstr(out.data, "--help"));
		mr_buffer_deinit(&out);
	}
}

static void assert_label(const char *path, const char *label)
{
	struct mr_report report = {0};

	assert_string_equal(mr_cgroup_label(&report, path), label);
	mr_report_deinit(&report);
}

TEST(a_cgroup_is_called_by_what_names_it)
{
	assert_label("/", "/");
	assert_label("/system.slice/cron.service", "cron.service");
	assert_label("/user.slice/user-1000.slice", "user-1000.slice");
	assert_label("/kubepods.slice/kubepods-pod3.slice/docker-"
		     "a91e0c55d2f4a91e0c55d2f4a91e0c55d2f4a91e0c55d2f4a91e0c55d2f4a91e.scope",
		     "docker-a91e0c55d2f4….scope");
	assert_label("/web/front", "web/front");
	assert_label("/.slice/x", ".slice/x");
	assert_label("/a.slice/", "a.slice/");
}

TEST(only_what_plain_text_can_carry_is_quoted_for_a_shell)
{
	struct mr_report report = {0};

	assert_string_equal(mr_shell_quote(&report, "/system.slice/cron.service"),
			    "/system.slice/cron.service");
	assert_string_equal(mr_shell_quote(&report, "a b|<c>"), "'a b|<c>'");
	assert_string_equal(mr_shell_quote(&report, "-rf"), "'-rf'");
	assert_string_equal(mr_shell_quote(&report, ""), "''");
	assert_null(mr_shell_quote(&report, "it's"));
	assert_null(mr_shell_quote(&report, "a\\x2d"));
	assert_null(mr_shell_quote(&report, "a\n"));
	assert_null(mr_shell_quote(&report, "caf\xc3\xa9"));
	mr_report_deinit(&report);
}

TEST(a_nesting_of_nothing_is_not_the_same_as_none_given)
{
	struct mr_options options;
	struct mr_error error = {0};

	assert_int_equal(PARSE(&options, MR_VERB_IMPORT, &error, "bundle.tar"), 0);
	assert_int_equal(options.max_nesting, -1);
	mr_options_deinit(&options);
	assert_int_equal(PARSE(&options, MR_VERB_IMPORT, &error, "--max-nesting", "0", "bundle.tar"), 0);
	assert_int_equal(options.max_nesting, 0);
	mr_options_deinit(&options);
}
