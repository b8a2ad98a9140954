/* What the passes over one input share, and what one leaves for the next: captures in it that could not be
 * told while another one was.
 *
 * Captures lie one behind the other in what people make: folders of hosts, archives of hosts.  So the second
 * pass tells all of them, and there are more only where members of several come mixed. */
#ifndef MR_ERRAND_H
#define MR_ERRAND_H

#include <stdbool.h>
#include <stddef.h>

#include "analyze/read/foreign/anchors.h"
#include "analyze/read/input.h"

/** Most passes: each but the first tells a capture at least. */
#define MR_PASSES_MAX 64

/** What is left in one archive. */
struct mr_errand {
	char *archive;             /**< its name inside of the input; "" for the input itself */
	bool is_whole;             /**< it was not looked into */
	bool is_cut_off;           /**< it ends too early, and what is whole is wanted */
	struct mr_anchors anchors; /**< of its captures, when it is not whole; those not told are left */
};

/** All zero is none. */
struct mr_errands {
	struct mr_errand *items;
	size_t count;
	size_t capacity_count;
	size_t cursor; /**< where the last one was found: they are asked for in the order of the archive */
};

/** Leave an archive that was not looked into.  @return 0 or -ENOMEM */
int mr_errands_add_whole(struct mr_errands *errands, const char *archive);

/** Leave the anchors of an archive that were not told; none is fine.  @anchors is empty afterwards, unless it
 * fails  @return 0 or -ENOMEM */
int mr_errands_add_anchors(struct mr_errands *errands, const char *archive, bool is_cut_off,
			   struct mr_anchors *anchors);

/** @return the errand in an archive, or the one that has all of an archive that it is in; NULL: none */
struct mr_errand *mr_errands_find(struct mr_errands *errands, const char *archive);

/** @return whether there is one in an archive or in one inside of it */
bool mr_errands_lead_to(struct mr_errands *errands, const char *archive);

/** Leave to @next what is to be done in an archive or inside of it.  @return 0 or -ENOMEM */
int mr_errands_put_off(struct mr_errands *errands, const char *archive, struct mr_errands *next);

void mr_errands_deinit(struct mr_errands *errands);

/** What all the archives of one input share. */
struct mr_walk {
	const struct mr_input_options *options;
	const struct mr_intake *intake;
	struct mr_errands *now; /**< that this pass is for; NULL: the first pass */
	struct mr_errands *next;
};

#endif
