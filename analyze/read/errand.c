/* Captures for another pass.  See errand.h. */
#include "analyze/read/errand.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int mr_errands_add(struct mr_errands *errands, const char *archive, const char *anchor, bool is_proc)
{
	struct mr_errand *grown = reallocarray(errands->items, errands->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	errands->items = grown;
	struct mr_errand *errand = &grown[errands->count++];
	*errand = (struct mr_errand){
		.archive = strdup(archive), .anchor = anchor ? strdup(anchor) : NULL, .is_proc = is_proc};
	return errand->archive && (!anchor || errand->anchor) ? 0 : -ENOMEM;
}

void mr_errands_deinit(struct mr_errands *errands)
{
	for (size_t i = 0; i < errands->count; i++) {
		free(errands->items[i].archive);
		free(errands->items[i].anchor);
	}
	free(errands->items);
	*errands = (struct mr_errands){0};
}
