/* Minimal anchors.  See anchors.h. */
#include "analyze/read/foreign/anchors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void mr_anchors_deinit(struct mr_anchors *anchors)
{
	for (size_t i = 0; i < anchors->count; i++)
		free(anchors->items[i].prefix);
	free(anchors->items);
	*anchors = (struct mr_anchors){0};
}

static bool contains(const char *shorter, size_t shorter_bytes, const char *longer, size_t longer_bytes)
{
	return shorter_bytes <= longer_bytes && !memcmp(shorter, longer, shorter_bytes);
}

/* Whether one that is kept makes this one needless. */
static bool is_covered(const struct mr_anchors *anchors, const char *path, size_t prefix_bytes, bool is_proc)
{
	for (size_t i = 0; i < anchors->count; i++) {
		const struct mr_anchor *kept = &anchors->items[i];
		size_t kept_bytes = strlen(kept->prefix);
		bool is_same = kept_bytes == prefix_bytes;

		if (contains(kept->prefix, kept_bytes, path, prefix_bytes) &&
		    (!is_same || kept->is_proc == is_proc || is_proc))
			return true;
	}
	return false;
}

static void drop_covered(struct mr_anchors *anchors, const char *path, size_t prefix_bytes)
{
	for (size_t i = anchors->count; i > 0; i--) {
		struct mr_anchor *kept = &anchors->items[i - 1];

		if (!contains(path, prefix_bytes, kept->prefix, strlen(kept->prefix)))
			continue;
		free(kept->prefix);
		*kept = anchors->items[--anchors->count];
	}
}

int mr_anchors_add(struct mr_anchors *anchors, const char *path, size_t prefix_bytes, bool is_proc)
{
	if (is_covered(anchors, path, prefix_bytes, is_proc))
		return 0;
	drop_covered(anchors, path, prefix_bytes);
	if (anchors->count == MR_ANCHORS_MAX)
		return -E2BIG;
	struct mr_anchor *grown = reallocarray(anchors->items, anchors->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	anchors->items = grown;
	grown[anchors->count] = (struct mr_anchor){.prefix = strndup(path, prefix_bytes), .is_proc = is_proc};
	if (!grown[anchors->count].prefix)
		return -ENOMEM;
	anchors->count++;
	return 0;
}

bool mr_anchors_has(const struct mr_anchors *anchors, const char *prefix, bool is_proc)
{
	for (size_t i = 0; i < anchors->count; i++)
		if (!strcmp(anchors->items[i].prefix, prefix) && anchors->items[i].is_proc == is_proc)
			return true;
	return false;
}
