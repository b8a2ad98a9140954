/* See charge.h. */
#include "analyze/verb/charge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/verb/query.h"
#include "schema/base/cleanup.h"

static int compare(const void *a, const void *b)
{
	const struct mr_charge *left = a, *right = b;
	int by_class = strcmp(left->class_name, right->class_name);

	return by_class ? by_class : strcmp(left->path, right->path);
}

static bool append(struct mr_charges *charges, size_t *capacity, struct mr_charge charge)
{
	if (charges->count == *capacity) {
		size_t more = *capacity ? 2 * *capacity : 64;
		struct mr_charge *items = reallocarray(charges->items, more, sizeof(*items));

		if (!items)
			return false;
		charges->items = items;
		*capacity = more;
	}
	charges->items[charges->count++] = charge;
	return true;
}

int mr_charges_load(struct mr_call *call, int64_t snapshot_id, struct mr_charges *ret_charges,
		    struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_store *store = call->selection.store;
	size_t capacity = 0;
	int result = mr_query_snapshot(store,
				       "SELECT class, path, bytes FROM ledger_cgroup"
				       " WHERE snapshot_id = ?1 AND bytes IS NOT NULL",
				       snapshot_id, &row, error);

	*ret_charges = (struct mr_charges){0};
	while (!result && (result = mr_query_step(store, row, error)) == 1) {
		struct mr_charge charge = {
			.class_name = mr_query_text(&call->report, row, 0),
			.path = mr_query_text(&call->report, row, 1),
			.bytes = sqlite3_column_int64(row, 2),
		};

		charge.path_bytes = charge.path ? strlen(charge.path) : 0;
		result = !charge.class_name || !charge.path || append(ret_charges, &capacity, charge)
				 ? 0
				 : mr_error_set(error, -ENOMEM, "out of memory");
	}
	if (ret_charges->count)
		qsort(ret_charges->items, ret_charges->count, sizeof(*ret_charges->items), compare);
	return result;
}

void mr_charges_deinit(struct mr_charges *charges)
{
	free(charges->items);
	*charges = (struct mr_charges){0};
}

const struct mr_charge *mr_charges_of_class(const struct mr_charges *charges, const char *class_name,
					    size_t *ret_count)
{
	const struct mr_charge *first = NULL;

	*ret_count = 0;
	for (size_t i = 0; i < charges->count; i++)
		if (!strcmp(charges->items[i].class_name, class_name)) {
			first = first ? first : &charges->items[i];
			++*ret_count;
		}
	return first;
}

const struct mr_charge *mr_charges_find(const struct mr_charges *charges, const char *class_name,
					const char *path)
{
	struct mr_charge wanted = {.class_name = class_name, .path = path};

	if (!charges->count)
		return NULL;
	return bsearch(&wanted, charges->items, charges->count, sizeof(*charges->items), compare);
}

/* @return whether the first component of the path only sorts: it ends in ".slice" and others follow */
static bool begins_with_slice(const char *path, const char **ret_rest)
{
	static const char suffix[] = ".slice";
	size_t length = strcspn(path, "/");

	*ret_rest = path + length + 1;
	return path[length] == '/' && path[length + 1] && length > strlen(suffix) &&
	       !strncmp(path + length - strlen(suffix), suffix, strlen(suffix));
}

#define ID_LEAST_DIGITS 24
#define ID_SHOWN_DIGITS 12

static const char *abbreviate(struct mr_report *report, const char *path)
{
	static const char hex[] = "0123456789abcdef";
	const char *label = "", *from = path;
	bool changed = false;

	while (*from) {
		size_t plain = strcspn(from, hex), digits = strspn(from + plain, hex);
		bool is_id = digits >= ID_LEAST_DIGITS;

		label = mr_report_format(report, "%s%.*s%s", label,
					 (int)(plain + (is_id ? ID_SHOWN_DIGITS : digits)), from,
					 is_id ? "…" : "");
		changed |= is_id;
		from += plain + digits;
	}
	return changed ? label : path;
}

const char *mr_cgroup_label(struct mr_report *report, const char *path)
{
	const char *rest;

	if (path[0] != '/' || !path[1])
		return path;
	path++;
	while (begins_with_slice(path, &rest))
		path = rest;
	return abbreviate(report, path);
}
