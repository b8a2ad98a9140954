/* A report full of somebody else's names and numbers, in every output format.  The lines of an input are the
 * names. */
#include "analyze/render/render.h"

#include <csv.h>
#include <locale.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define ROWS_MAX 12

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	FUZZ_CHECK(setlocale(LC_CTYPE, "C.UTF-8"));
	return 0;
}

static const struct mr_column columns[] = {
	{.name = "name", .header = "name", .kind = MR_COLUMN_NAME, .min_cells = 6, .flags = MR_COLUMN_TREE},
	{.name = "verdict", .header = "verdict", .kind = MR_COLUMN_VERDICT, .drop = 2},
	{.name = "any", .header = "any", .kind = MR_COLUMN_ANY, .drop = 1},
	{.name = "rss_bytes", .header = "RSS", .kind = MR_COLUMN_SIZE, .flags = MR_COLUMN_SIGNED},
	{.name = "share_ppm", .header = "share", .kind = MR_COLUMN_SHARE},
	{.name = "taken_ns", .header = "taken", .kind = MR_COLUMN_MOMENT, .drop = 3},
	{.name = "ratio", .header = "ratio", .kind = MR_COLUMN_REAL},
	{.kind = MR_COLUMN_BAR, .min_cells = 12, .drop = 4, .ruler_left = "0", .ruler_right = "max"},
};
#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

struct name {
	const char *at;
	size_t length_bytes;
};

/* Cut the next line off. */
static struct name next_name(struct name *rest)
{
	const char *end = memchr(rest->at, '\n', rest->length_bytes);
	size_t length_bytes = end ? (size_t)(end - rest->at) : rest->length_bytes;
	struct name name = {rest->at, length_bytes};

	rest->at += length_bytes + !!end;
	rest->length_bytes -= length_bytes + !!end;
	return name;
}

/* A number out of a name: its first eight bytes. */
static int64_t number_of(struct name name)
{
	int64_t number = 0;

	memcpy(&number, name.at, name.length_bytes < 8 ? name.length_bytes : 8);
	return number;
}

static void fill_row(struct mr_report *report, struct mr_section *section, struct name name)
{
	struct mr_report_row *row = mr_section_row(report, section);
	const char *kept = mr_report_keep(report, name.at, name.length_bytes);
	double real;
	int64_t number = number_of(name);

	memcpy(&real, &number, sizeof(real));
	FUZZ_CHECK(row);
	row->depth = section->is_tree ? (unsigned)(section->row_count % 3) : 0;
	row->key = mr_cell_text(kept);
	row->cells[0] = mr_cell_name(kept, name.length_bytes);
	row->cells[1] = mr_cell_word(name.length_bytes % 2 ? "FAIL" : "ok");
	row->cells[2] =
		name.length_bytes % 3 ? mr_cell_name(kept, name.length_bytes) : mr_cell_integer(number);
	row->cells[3] = mr_cell_integer(number);
	row->cells[4] = number % 2 ? mr_cell_unknown() : mr_cell_integer(number % 1000001);
	row->cells[5] = mr_cell_integer(number);
	row->cells[6] = mr_cell_real(real);
	/* what is drawn are bytes, whose sums fit */
	row->bar = (struct mr_bar){
		.present = number % 3, .low = 0, .high = llabs(number >> 10), .shade_high = 4096};
	section->scale_high = section->scale_high > row->bar.high ? section->scale_high : row->bar.high;
	section->has_mark = number % 2;
	section->scale_mark = number >> 12;
	row->note = name.length_bytes % 5 == 4 ? kept : NULL;
}

static void fill(struct mr_report *report, struct name names)
{
	bool is_tree = names.length_bytes % 2;
	struct name first = names;
	struct name head = next_name(&first);
	const char *text = mr_report_keep(report, head.at, head.length_bytes);

	report->subject = text;
	mr_report_head(report, text);
	mr_report_note(report, "!", text, text);
	mr_report_next(report, text);
	mr_report_fact_text(report, "snapshot", "host", text);
	struct mr_section *section = mr_report_section(report, "rows", columns, COLUMN_COUNT);
	section->title = text;
	section->is_tree = is_tree;
	for (int i = 0; i < ROWS_MAX && names.length_bytes; i++)
		fill_row(report, section, next_name(&names));
}

static void check_paper(const struct mr_buffer *out, bool is_ascii)
{
	FUZZ_CHECK(mr_is_utf8(out->data, out->length_bytes));
	for (size_t i = 0; i < out->length_bytes; i++) {
		unsigned char byte = (unsigned char)out->data[i];

		FUZZ_CHECK((byte >= ' ' && byte != 0x7f) || byte == '\n');
		FUZZ_CHECK(!is_ascii || byte < 0x7f);
		FUZZ_CHECK(byte != 0xc2 || (unsigned char)out->data[i + 1] >= 0xa0);
	}
}

struct shape {
	size_t cells, first_cells;
	bool is_even;
};

static void count_cell(void *bytes, size_t length_bytes, void *context)
{
	((struct shape *)context)->cells++;
}

static void count_record(int ended_by, void *context)
{
	struct shape *shape = context;

	if (!shape->first_cells)
		shape->first_cells = shape->cells;
	shape->is_even &= shape->cells == shape->first_cells;
	shape->cells = 0;
}

static void check_table(const struct mr_buffer *out, unsigned char delimiter)
{
	struct shape shape = {.is_even = true};
	struct csv_parser parser;

	FUZZ_CHECK(!csv_init(&parser, CSV_STRICT));
	csv_set_delim(&parser, delimiter);
	FUZZ_CHECK(csv_parse(&parser, out->data, out->length_bytes, count_cell, count_record, &shape) ==
		   out->length_bytes);
	csv_fini(&parser, count_cell, count_record, &shape);
	csv_free(&parser);
	FUZZ_CHECK(shape.is_even);
}

static void render(const struct mr_report *report, const struct mr_format *format, bool is_ascii)
{
	struct mr_render_options options = {
		.charset = is_ascii ? MR_CHARSET_ASCII : MR_CHARSET_UTF8,
		.width_cells = is_ascii ? 40 : 200,
		.to_terminal = is_ascii,
		.tool = "memreckon",
	};
	struct mr_buffer out = {0};

	FUZZ_CHECK(!mr_render(report, format, &options, &out) && out.length_bytes);
	if (!strcmp(format->name, "csv") || !strcmp(format->name, "tsv"))
		check_table(&out, *format->name == 'c' ? ',' : '\t');
	else
		check_paper(&out, is_ascii && strcmp(format->name, "json"));
	mr_buffer_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct mr_report report = {0};

	fill(&report, (struct name){(const char *)data, length_bytes});
	for (size_t i = 0; i < mr_format_count; i++)
		for (int is_ascii = 0; is_ascii < 2; is_ascii++)
			render(&report, &mr_formats[i], is_ascii);
	mr_report_deinit(&report);
	return 0;
}
