/* Minimal anchors.  See anchors.h.
 *
 * They are sorted by their bytes.  As none begins with another one, the one that a path is below is the
 * greatest that is not greater than the path: whatever is between the two begins with the anchor, too. */
#include "analyze/read/foreign/anchors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/text.h"

void mr_anchors_deinit(struct mr_anchors *anchors)
{
	for (size_t i = 0; i < anchors->count; i++)
		free(anchors->items[i].prefix);
	free(anchors->items);
	*anchors = (struct mr_anchors){0};
}

/* How a prefix stands to the first bytes of a path, in the order of strcmp(). */
static int compare(const char *prefix, const char *path, size_t path_bytes)
{
	int order = strncmp(prefix, path, path_bytes);

	return order ? order : prefix[path_bytes] != '\0';
}

/* @return how many are less than the first bytes of a path, or equal to them */
static size_t count_up_to(const struct mr_anchors *anchors, const char *path, size_t path_bytes)
{
	size_t low = 0, high = anchors->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(anchors->items[middle].prefix, path, path_bytes) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The one that contains the first bytes of a path. */
static struct mr_anchor *find(const struct mr_anchors *anchors, const char *path, size_t path_bytes)
{
	size_t behind = count_up_to(anchors, path, path_bytes);
	struct mr_anchor *anchor = behind ? &anchors->items[behind - 1] : NULL;

	return anchor && mr_text_begins(path, anchor->prefix) ? anchor : NULL;
}

struct mr_anchor *mr_anchors_find(const struct mr_anchors *anchors, const char *path)
{
	return find(anchors, path, strlen(path));
}

/* Those that a shorter one contains stand side by side.  @return where they were */
static size_t drop_covered(struct mr_anchors *anchors, const char *path, size_t prefix_bytes)
{
	size_t first = count_up_to(anchors, path, prefix_bytes), end;

	/* a copied /proc at the same place */
	if (first && !compare(anchors->items[first - 1].prefix, path, prefix_bytes))
		first--;
	for (end = first; end < anchors->count; end++) {
		if (strncmp(anchors->items[end].prefix, path, prefix_bytes) != 0)
			break;
		free(anchors->items[end].prefix);
	}
	memmove(&anchors->items[first], &anchors->items[end],
		(anchors->count - end) * sizeof(*anchors->items));
	anchors->count -= end - first;
	return first;
}

static int grow(struct mr_anchors *anchors)
{
	size_t wanted = 2 * anchors->capacity_count + 8;

	if (anchors->count < anchors->capacity_count)
		return 0;
	struct mr_anchor *grown = reallocarray(anchors->items, wanted, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	anchors->items = grown;
	anchors->capacity_count = wanted;
	return 0;
}

int mr_anchors_add(struct mr_anchors *anchors, const char *path, size_t prefix_bytes, bool is_proc,
		   uint64_t entry, uint64_t max)
{
	const struct mr_anchor *kept = find(anchors, path, prefix_bytes);

	/* only a tree takes the place of what is there: that of a copied /proc */
	if (kept && (strlen(kept->prefix) < prefix_bytes || !kept->is_proc || is_proc))
		return 0;
	if (grow(anchors))
		return -ENOMEM;
	size_t at = drop_covered(anchors, path, prefix_bytes);
	if (anchors->count >= max)
		return -E2BIG;
	struct mr_anchor anchor = {
		.prefix = strndup(path, prefix_bytes), .is_proc = is_proc, .last_entry = entry};
	if (!anchor.prefix)
		return -ENOMEM;
	memmove(&anchors->items[at + 1], &anchors->items[at],
		(anchors->count - at) * sizeof(*anchors->items));
	anchors->items[at] = anchor;
	anchors->count++;
	return 0;
}

size_t mr_anchors_forget_told(struct mr_anchors *anchors)
{
	size_t left = 0;

	for (size_t i = 0; i < anchors->count; i++) {
		struct mr_anchor *anchor = &anchors->items[i];

		if (anchor->is_told) {
			free(anchor->prefix);
			continue;
		}
		anchor->is_missed = false;
		anchors->items[left++] = *anchor;
	}
	return anchors->count = left;
}
