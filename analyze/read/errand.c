/* Captures for another pass.  See errand.h. */
#include "analyze/read/errand.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int add(struct mr_errands *errands, struct mr_errand errand, const char *archive)
{
	if (errands->count == errands->capacity_count) {
		size_t wanted = 2 * errands->capacity_count + 8;
		struct mr_errand *grown = reallocarray(errands->items, wanted, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		errands->items = grown;
		errands->capacity_count = wanted;
	}
	errand.archive = strdup(archive);
	if (!errand.archive)
		return -ENOMEM;
	errands->items[errands->count++] = errand;
	return 0;
}

int mr_errands_add_whole(struct mr_errands *errands, const char *archive)
{
	return add(errands, (struct mr_errand){.is_whole = true}, archive);
}

int mr_errands_add_anchors(struct mr_errands *errands, const char *archive, bool is_cut_off,
			   struct mr_anchors *anchors)
{
	if (!mr_anchors_forget_told(anchors))
		return 0;
	int result = add(errands, (struct mr_errand){.is_cut_off = is_cut_off, .anchors = *anchors}, archive);
	if (!result)
		*anchors = (struct mr_anchors){0};
	return result;
}

/* Whether an archive is another one, or inside of it. */
static bool is_in(const char *archive, const char *outer)
{
	size_t length = strlen(outer);

	return !strncmp(archive, outer, length) && (!length || !archive[length] || archive[length] == ':');
}

static bool is_for(const struct mr_errand *errand, const char *archive)
{
	return !strcmp(errand->archive, archive) || (errand->is_whole && is_in(archive, errand->archive));
}

static bool leads_to(const struct mr_errand *errand, const char *archive)
{
	return is_in(errand->archive, archive);
}

/* Look for one, from where the last one was found. */
static struct mr_errand *look_for(struct mr_errands *errands, const char *archive,
				  bool (*is_wanted)(const struct mr_errand *errand, const char *archive))
{
	for (size_t i = 0; i < errands->count; i++) {
		size_t at = (errands->cursor + i) % errands->count;

		if (!is_wanted(&errands->items[at], archive))
			continue;
		errands->cursor = at;
		return &errands->items[at];
	}
	return NULL;
}

struct mr_errand *mr_errands_find(struct mr_errands *errands, const char *archive)
{
	return look_for(errands, archive, is_for);
}

bool mr_errands_lead_to(struct mr_errands *errands, const char *archive)
{
	return look_for(errands, archive, leads_to) != NULL;
}

int mr_errands_put_off(struct mr_errands *errands, const char *archive, struct mr_errands *next)
{
	int result = 0;

	for (size_t i = 0; !result && i < errands->count; i++) {
		struct mr_errand *errand = &errands->items[i];

		if (!leads_to(errand, archive))
			continue;
		result = errand->is_whole ? mr_errands_add_whole(next, errand->archive)
					  : mr_errands_add_anchors(next, errand->archive, errand->is_cut_off,
								   &errand->anchors);
	}
	return result;
}

void mr_errands_deinit(struct mr_errands *errands)
{
	for (size_t i = 0; i < errands->count; i++) {
		free(errands->items[i].archive);
		mr_anchors_deinit(&errands->items[i].anchors);
	}
	free(errands->items);
	*errands = (struct mr_errands){0};
}
