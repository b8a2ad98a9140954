/* A report in every format: what a reader sees, what a program gets, and that hostile names stay names. */
#include "analyze/render/render.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/test.h"

__attribute__((constructor)) static void use_utf8(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
}

static const struct mr_column tree_columns[] = {
	{"class", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	{"bytes", "GiB", MR_COLUMN_LEDGER_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 6},
	{"title", "where the RAM is", MR_COLUMN_LABEL, MR_COLUMN_TREE},
	{"bar", "", MR_COLUMN_BAR, 0, 10, .ruler_left = "0", .ruler_right = "4.00"},
};

#define GIB (INT64_C(1) << 30)

static void add_class(struct mr_report *report, struct mr_section *section, unsigned depth, const char *name,
		      int64_t start_gib, int64_t gib)
{
	struct mr_report_row *row = mr_section_row(report, section);

	assert_non_null(row);
	row->depth = depth;
	row->key = mr_cell_text(name);
	row->cells[0] = mr_cell_text(name);
	row->cells[1] = mr_cell_integer(gib * GIB);
	row->cells[2] = mr_cell_text(name);
	row->bar =
		(struct mr_bar){.present = gib > 0, .low = start_gib * GIB, .high = (start_gib + gib) * GIB};
}

static void make_tree(struct mr_report *report)
{
	struct mr_section *section = mr_report_section(report, "rows", tree_columns, 4);

	assert_non_null(section);
	section->is_tree = true;
	section->scale_high = 4 * GIB;
	mr_report_head(report, "host  #1");
	add_class(report, section, 0, "total", 0, 4);
	add_class(report, section, 1, "used", 0, 3);
	add_class(report, section, 2, "cron", 0, 1);
	add_class(report, section, 2, "rest", 1, 2);
	add_class(report, section, 1, "free", 3, 1);
	add_class(report, section, 1, "none", 4, 0);
	mr_report_note(report, "checks", "3 ok", "memreckon check");
	mr_report_next(report, "memreckon ps");
}

static char *render(const struct mr_report *report, const char *format, struct mr_render_options options)
{
	struct mr_buffer out = {0};

	options.tool = "memreckon test";
	if (!options.width_cells)
		options.width_cells = 80;
	assert_int_equal(mr_render(report, mr_format_find(format), &options, &out), 0);
	return mr_buffer_detach(&out);
}

static void assert_rendered(struct mr_report *report, const char *format, struct mr_render_options options,
			    const char *expected)
{
	char *text = render(report, format, options);

	assert_string_equal(text, expected);
	free(text);
}

TEST(a_tree_in_80_cells_has_no_bars)
{
	struct mr_report report = {0};

	make_tree(&report);
	assert_rendered(&report, "text", (struct mr_render_options){0},
			"host  #1\n"
			"\n"
			"     GiB  where the RAM is\n"
			"    4.00  total\n"
			"    3.00  ├─ used\n"
			"    1.00  │  ├─ cron\n"
			"    2.00  │  └─ rest\n"
			"    1.00  ├─ free\n"
			"       ·  └─ none\n"
			"\n"
			"checks       3 ok    memreckon check\n"
			"\n"
			"next  memreckon ps\n");
	mr_report_deinit(&report);
}

TEST(bars_are_laid_end_to_end_when_there_is_room)
{
	struct mr_report report = {0};

	make_tree(&report);
	report.sections[0].columns[1].flags |= MR_COLUMN_DATA_ONLY;
	report.note_count = report.next_count = report.head_count = 0;
	char *text = render(&report, "text", (struct mr_render_options){.width_cells = 100});
	assert_non_null(strstr(text, "total             ████████████████████████████████████████\n"));
	assert_non_null(strstr(text, "├─ used           ██████████████████████████████\n"));
	assert_non_null(strstr(text, "│  └─ rest                  ████████████████████\n"));
	assert_non_null(strstr(text, "├─ free                                         ██████████\n"));
	free(text);
	mr_report_deinit(&report);
}

TEST(ascii_has_no_byte_above_126)
{
	struct mr_report report = {0};

	make_tree(&report);
	char *text = render(&report, "text",
			    (struct mr_render_options){.charset = MR_CHARSET_ASCII, .width_cells = 100});
	for (const char *at = text; *at; at++)
		assert_true((unsigned char)*at < 127);
	assert_non_null(strstr(text, "|  `- rest"));
	free(text);
	mr_report_deinit(&report);
}

TEST(json_of_a_tree_has_paths_and_exact_bytes)
{
	struct mr_report report = {0};

	make_tree(&report);
	mr_report_fact_integer(&report, "snapshot", "snapshot_id", 1);
	assert_rendered(
		&report, "json", (struct mr_render_options){0},
		"{\"tool\":\"memreckon test\",\"snapshot\":{\"snapshot_id\":1},\"rows\":[\n"
		"{\"path\":[\"total\"],\"class\":\"total\",\"bytes\":4294967296,\"title\":\"total\"},\n"
		"{\"path\":[\"used\"],\"class\":\"used\",\"bytes\":3221225472,\"title\":\"used\"},\n"
		"{\"path\":[\"used\",\"cron\"],\"class\":\"cron\",\"bytes\":1073741824,\"title\":\"cron\"},\n"
		"{\"path\":[\"used\",\"rest\"],\"class\":\"rest\",\"bytes\":2147483648,\"title\":\"rest\"},\n"
		"{\"path\":[\"free\"],\"class\":\"free\",\"bytes\":1073741824,\"title\":\"free\"},\n"
		"{\"path\":[\"none\"],\"class\":\"none\",\"bytes\":0,\"title\":\"none\"}\n"
		"],\"notes\":[{\"about\":\"checks\",\"text\":\"3 ok\"}],\"next\":[\"memreckon ps\"]}\n");
	mr_report_deinit(&report);
}

TEST(csv_of_a_tree_has_a_depth)
{
	struct mr_report report = {0};

	make_tree(&report);
	char *text = render(&report, "csv", (struct mr_render_options){0});
	assert_non_null(strstr(text, "depth,class,bytes,title\n0,total,4294967296,total\n"));
	free(text);
	mr_report_deinit(&report);
}

static const struct mr_column flat_columns[] = {
	{"pid", "pid", MR_COLUMN_INTEGER, 0, 5},      {"pss_bytes", "PSS", MR_COLUMN_SIZE, 0, 7},
	{"ratio", "ratio", MR_COLUMN_RATIO, 0, 0, 1}, {"name", "name", MR_COLUMN_NAME},
	{"verdict", "verdict", MR_COLUMN_VERDICT},
};

static struct mr_report_row *add_process(struct mr_report *report, const char *name, size_t length_bytes)
{
	if (!report->section_count)
		mr_report_section(report, "rows", flat_columns, 5);
	struct mr_report_row *row = mr_section_row(report, &report->sections[0]);

	assert_non_null(row);
	row->cells[0] = mr_cell_integer(42);
	row->cells[1] = mr_cell_unknown();
	row->cells[2] = mr_cell_real(0.5);
	row->cells[3] = mr_cell_name(name, length_bytes);
	row->cells[4] = mr_cell_text("ok");
	return row;
}

TEST(unknown_is_a_question_mark_null_and_an_empty_cell)
{
	struct mr_report report = {0};

	add_process(&report, "cron", 4);
	assert_rendered(&report, "text", (struct mr_render_options){0},
			"    pid      PSS  ratio  name  verdict\n"
			"     42        ?   0.50  cron  ✓ ok\n");
	assert_rendered(&report, "csv", (struct mr_render_options){0},
			"pid,pss_bytes,ratio,name,verdict\n42,,0.5,cron,ok\n");
	assert_rendered(&report, "tsv", (struct mr_render_options){0},
			"pid\tpss_bytes\tratio\tname\tverdict\n42\t\t0.5\tcron\tok\n");
	char *json = render(&report, "json", (struct mr_render_options){0});
	assert_non_null(strstr(
		json, "{\"pid\":42,\"pss_bytes\":null,\"ratio\":0.5,\"name\":\"cron\",\"verdict\":\"ok\"}"));
	free(json);
	mr_report_deinit(&report);
}

TEST(a_name_with_invalid_bytes_has_a_hex_twin_in_json)
{
	struct mr_report report = {0};

	add_process(&report, "a\xff", 2);
	char *json = render(&report, "json", (struct mr_render_options){0});
	assert_non_null(strstr(json, "\"name\":\"a\\\\xff\",\"name_hex\":\"61ff\""));
	free(json);
	mr_report_deinit(&report);
}

TEST(no_escape_byte_of_a_name_reaches_paper_or_a_terminal)
{
	static const char hostile[] = "\033[31mred\a\n\x9b";
	static const char *const formats[] = {"text", "md", "csv", "tsv", "json"};
	struct mr_report report = {0};

	add_process(&report, hostile, sizeof(hostile) - 1)->note = hostile;
	mr_report_head(&report, hostile);
	mr_report_note(&report, "about", hostile, NULL);
	report.subject = hostile;
	report.lead[0] = hostile;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		char *text = render(&report, formats[i], (struct mr_render_options){.to_terminal = true});

		assert_null(strchr(text, '\033'));
		assert_null(strchr(text, '\a'));
		assert_null(strchr(text, '\x9b'));
		free(text);
	}
	mr_report_deinit(&report);
}

TEST(a_fence_is_longer_than_the_backticks_in_it)
{
	struct mr_report report = {0};

	add_process(&report, "a````b", 6);
	char *text = render(&report, "md", (struct mr_render_options){0});
	assert_true(!strncmp(text, "`````\n", 6));
	free(text);
	mr_report_deinit(&report);
}

TEST(names_give_way_before_columns_do)
{
	static const char name[] = "a-very-long-name-of-a-service-that-does-not-fit-into-the-line.service";
	struct mr_report report = {0};

	add_process(&report, name, sizeof(name) - 1);
	char *text = render(&report, "text", (struct mr_render_options){.width_cells = 60});
	assert_non_null(strstr(text, "0.50  a-very-lo"));
	assert_non_null(strstr(text, "….service") ? strstr(text, ".service") : strstr(text, "service"));
	free(text);
	/* a name keeps twelve cells; then the column that may be dropped goes */
	text = render(&report, "text", (struct mr_render_options){.width_cells = 40});
	assert_null(strstr(text, "ratio"));
	free(text);
	mr_report_deinit(&report);
}

TEST(colour_only_repeats_what_the_text_says)
{
	struct mr_report report = {0};

	add_process(&report, "cron", 4)->cells[4] = mr_cell_text("FAIL");
	char *plain = render(&report, "text", (struct mr_render_options){0});
	char *colored = render(&report, "text", (struct mr_render_options){.color = true});
	size_t length = 0;
	for (const char *at = colored; *at; at++) {
		if (*at == '\033')
			at += strcspn(at, "m");
		else
			colored[length++] = *at;
	}
	colored[length] = '\0';
	assert_string_equal(plain, colored);
	assert_non_null(strstr(plain, "✗ FAIL"));
	free(plain);
	free(colored);
	mr_report_deinit(&report);
}

TEST(rows_that_stand_for_others_are_not_rows_of_a_csv)
{
	struct mr_report report = {0};

	add_process(&report, "cron", 4);
	add_process(&report, "(7 more)", 8)->kind = MR_ROW_MORE;
	char *text = render(&report, "csv", (struct mr_render_options){0});
	assert_null(strstr(text, "more"));
	free(text);
	mr_report_deinit(&report);
}

TEST(a_word_stands_for_a_number_on_paper_alone)
{
	struct mr_report report = {0};
	struct mr_report_row *row = add_process(&report, "cron", 4);

	row->cells[1] = mr_cell_integer(7);
	row->cells[1].state = MR_CELL_WORD;
	row->cells[1].text = "new";
	row->cells[1].length_bytes = 3;
	char *text = render(&report, "text", (struct mr_render_options){0});
	char *json = render(&report, "json", (struct mr_render_options){0});
	assert_non_null(strstr(text, "new"));
	assert_non_null(strstr(json, "\"pss_bytes\":7"));
	free(text);
	free(json);
	mr_report_deinit(&report);
}

TEST(long_sentences_are_broken_at_spaces)
{
	struct mr_report report = {0};

	mr_report_note(&report, "why", "one two three four five six seven eight nine ten eleven twelve",
		       NULL);
	assert_rendered(&report, "text", (struct mr_render_options){.width_cells = 40},
			"why          one two three four five six\n"
			"             seven eight nine ten eleven\n"
			"             twelve\n");
	mr_report_deinit(&report);
}

TEST(a_line_of_facts_is_broken_between_facts)
{
	struct mr_report report = {0};
	struct mr_buffer out = {0};
	struct mr_render_options options = {.width_cells = 40};

	mr_report_head(&report, "host  #1  2026-11-21 07:41  up 41 d and more");
	mr_report_head(&report, "complete: root, 12/12 processes, read in 11.4 s");
	assert_int_equal(mr_render(&report, mr_format_find("text"), &options, &out), 0);
	assert_string_equal(out.data, "host  #1  2026-11-21 07:41\n          up 41 d and more\n"
				      "complete: root, 12/12 processes,\n          read in 11.4 s\n");
	mr_buffer_deinit(&out);
	mr_report_deinit(&report);
}

TEST(a_table_after_a_failure_takes_no_rows)
{
	struct mr_report report = {.failed = true, .section_count = MR_REPORT_SECTIONS_MAX};
	const struct mr_column column = {"name", "name", MR_COLUMN_NAME};
	struct mr_section *section = mr_report_section(&report, "rows", &column, 1);

	assert_non_null(section);
	assert_null(mr_section_row(&report, section));
	assert_int_equal(section->row_count, 0);
	mr_report_deinit(&report);
}

TEST(a_report_that_ran_out_of_memory_is_not_rendered)
{
	struct mr_report report = {.failed = true};
	struct mr_render_options options = {.width_cells = 80};
	struct mr_buffer out = {0};

	assert_int_equal(mr_render(&report, mr_format_find("text"), &options, &out), -ENOMEM);
	assert_int_equal(out.length_bytes, 0);
	mr_report_deinit(&report);
}

TEST(a_format_is_found_by_its_name)
{
	assert_non_null(mr_format_find("json"));
	assert_null(mr_format_find("xml"));
}
