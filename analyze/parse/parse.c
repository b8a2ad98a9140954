/* From the shape of a file to its parser, after what all shapes have in common: padding and empty files. */
#include "analyze/parse/parse.h"

#include "analyze/parse/shapes.h"

/* What a text without a byte means for a shape. */
enum emptiness {
	EMPTY_IS_AN_ISSUE,
	EMPTY_IS_NORMAL, /* a group without processes, a kernel thread, a kernel without cgroups */
	EMPTY_DEPENDS,   /* on the field: the parser decides */
};

struct shape {
	void (*parse)(struct mr_scan *scan);
	enum emptiness emptiness;
};

static const struct shape shapes[] = {
	[MR_SHAPE_RAW] = {NULL},
	[MR_SHAPE_KEY_VALUE] = {mr_parse_key_value},
	[MR_SHAPE_NODE_MEMINFO] = {mr_parse_node_meminfo},
	[MR_SHAPE_SCALAR] = {mr_parse_scalar, EMPTY_DEPENDS},
	[MR_SHAPE_SETTING] = {mr_parse_setting},
	[MR_SHAPE_COLUMNS] = {mr_parse_columns},
	[MR_SHAPE_HEADED] = {mr_parse_headed},
	[MR_SHAPE_PROC_STAT] = {mr_parse_proc_stat},
	[MR_SHAPE_PROC_CGROUP] = {mr_parse_proc_cgroup, EMPTY_IS_NORMAL},
	[MR_SHAPE_ID_LIST] = {mr_parse_id_list, EMPTY_IS_NORMAL},
	[MR_SHAPE_PRESSURE] = {mr_parse_pressure},
	[MR_SHAPE_ZONEINFO] = {mr_parse_zoneinfo},
	[MR_SHAPE_BUDDYINFO] = {mr_parse_buddyinfo},
	[MR_SHAPE_SLABINFO] = {mr_parse_slabinfo},
	[MR_SHAPE_VMALLOCINFO] = {mr_parse_vmallocinfo},
	[MR_SHAPE_SMAPS] = {mr_parse_smaps, EMPTY_IS_NORMAL},
	[MR_SHAPE_IOMEM] = {mr_parse_iomem},
	[MR_SHAPE_SOCKSTAT] = {mr_parse_sockstat},
	[MR_SHAPE_KERNEL_STAT] = {mr_parse_kernel_stat},
	[MR_SHAPE_CSV_KEY_VALUE] = {mr_parse_csv_key_value},
	[MR_SHAPE_CSV_ROWS] = {mr_parse_csv_rows},
	[MR_SHAPE_PAGE_WORDS] = {NULL},
	[MR_SHAPE_PROC_STATUS] = {mr_parse_proc_status},
	[MR_SHAPE_PS] = {mr_parse_ps},
	[MR_SHAPE_FREE] = {mr_parse_free},
};

/* The text ends at the first NUL: sysfs files are padded with NULs when tar packs them.  Said once. */
static void drop_padding(struct mr_scan *scan)
{
	struct mr_slice before;
	struct mr_slice rest = scan->rest;

	if (!mr_slice_until(&rest, '\0', &before))
		return;
	scan->rest = before;
	mr_scan_issue_text(scan, MR_ISSUE_NUL_INSIDE, (struct mr_slice){0});
}

int mr_parse(const struct mr_parse_input *input, const struct mr_sink *sink)
{
	const struct mr_source *source = input->match->source;
	const struct shape *shape = &shapes[source->shape];
	struct mr_scan scan = {
		.input = input,
		.sink = sink,
		.table = source->table,
		.rest = {input->text, input->length_bytes},
		.line_is_whole = true,
	};

	if (!shape->parse || !source->table)
		return 0;
	drop_padding(&scan);
	if (!scan.rest.length_bytes && shape->emptiness == EMPTY_IS_AN_ISSUE)
		mr_scan_issue_text(&scan, MR_ISSUE_EMPTY_FILE, (struct mr_slice){0});
	else if ((scan.rest.length_bytes || shape->emptiness == EMPTY_DEPENDS) && scan.status == 0)
		shape->parse(&scan);
	return scan.status;
}
