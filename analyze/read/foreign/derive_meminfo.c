/* A row of meminfo for a capture that has no meminfo.  See derive_meminfo.h. */
#include "analyze/read/foreign/derive_meminfo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/read/row.h"

void mr_derive_meminfo_deinit(struct mr_derive_meminfo *meminfo)
{
	free(meminfo->free);
	free(meminfo->nodes);
	*meminfo = (struct mr_derive_meminfo){0};
}

/* The numbers of a row, without its texts; NULL when there is no memory. */
static struct mr_row *copy_integers(const struct mr_row *row)
{
	struct mr_row *copy = calloc(1, sizeof(*copy));

	if (!copy)
		return NULL;
	copy->table = row->table;
	for (size_t i = 0; i < row->table->field_count; i++)
		if (row->values[i].type == MR_VALUE_INTEGER)
			copy->values[i] = row->values[i];
	return copy;
}

int mr_derive_meminfo_take_free(struct mr_derive_meminfo *meminfo, const struct mr_row *row)
{
	if (!meminfo->free)
		meminfo->free = copy_integers(row);
	return meminfo->free ? 0 : -ENOMEM;
}

int mr_derive_meminfo_take_node(struct mr_derive_meminfo *meminfo, const struct mr_row *row)
{
	if (!meminfo->nodes) {
		meminfo->nodes = copy_integers(row);
		return meminfo->nodes ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < row->table->field_count; i++) {
		struct mr_value *sum = &meminfo->nodes->values[i];

		if (row->values[i].type != MR_VALUE_INTEGER ||
		    __builtin_add_overflow(sum->integer, row->values[i].integer, &sum->integer))
			*sum = (struct mr_value){0};
	}
	return 0;
}

/* Take over each number whose column is in both tables and still NULL. */
static void add_missing(struct mr_row *row, const struct mr_row *from)
{
	for (size_t i = 0; i < from->table->field_count; i++) {
		const struct mr_field *field = &from->table->fields[i];

		if (from->values[i].type == MR_VALUE_INTEGER &&
		    mr_column_number(row->table, field->column) < row->table->field_count &&
		    mr_row_value(row, field->column)->type == MR_VALUE_NULL)
			mr_row_set(row, field->column, &from->values[i]);
	}
}

static void add_nodes(struct mr_row *row, const struct mr_row *nodes)
{
	int64_t file_pages_kib = mr_row_integer(nodes, "file_pages_kib", -1);

	add_missing(row, nodes);
	int64_t swap_cached_kib = mr_row_integer(nodes, "swap_cached_kib", 0);
	if (file_pages_kib >= 0 && swap_cached_kib <= file_pages_kib)
		mr_row_set_integer(row, "cached_kib", file_pages_kib - swap_cached_kib);
}

static void add_free(struct mr_row *row, const struct mr_row *from_free)
{
	bool has_cached = mr_row_value(row, "cached_kib")->type != MR_VALUE_NULL;

	if (mr_row_value(from_free, "mem_total_kib")->type != MR_VALUE_NULL)
		mr_row_set(row, "mem_total_kib", &(struct mr_value){0});
	add_missing(row, from_free);
	if (has_cached)
		mr_row_set(row, "buffers_kib", &(struct mr_value){0});
}

int mr_derive_meminfo_put(struct mr_derive_meminfo *meminfo, const struct mr_outlet *out)
{
	struct mr_row row = {.table = mr_table_find("proc_meminfo")};
	const struct mr_row *nodes = meminfo->nodes;

	if (meminfo->is_there || (!meminfo->free && !nodes))
		return 0;
	if (nodes)
		add_nodes(&row, nodes);
	if (meminfo->free)
		add_free(&row, meminfo->free);
	mr_row_set_string(&row, "derived",
			  !nodes          ? "free"
			  : meminfo->free ? "free and node meminfo"
					  : "node meminfo");
	return out->row(out->context, 0, &row);
}
