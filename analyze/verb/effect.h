/* What a capture lacks and what that does to the answers: the view effect, for people and for programs. */
#ifndef MR_VERB_EFFECT_H
#define MR_VERB_EFFECT_H

#include "analyze/verb/verb.h"

/** A row of the view effect.  Counts and sizes that are not known are -1, texts NULL. */
struct mr_effect {
	const char *kind, *what, *reason, *needs, *effect, *brief;
	int64_t missing_count, total_count, low_bytes, high_bytes, waited_ns;
};

struct mr_effects {
	struct mr_effect *rows; /**< kept by the report */
	size_t count;
};

/** Read the effects of a snapshot.  @return 0 or negative errno */
int mr_effects_load(struct mr_call *call, int64_t snapshot_id, struct mr_effects *ret,
		    struct mr_error *error);

/** What is missing, how its reading ended and which right it needs: "smaps_rollup of 30 of 89 processes
 * EACCES  needs root or CAP_SYS_PTRACE".  Kept by the report.  @effect->what is not NULL */
const char *mr_effect_loss(struct mr_report *report, const struct mr_effect *effect);

/** Say them in the head of the report, but for the checks; those say what they miss.
 * @beside_counts  without what counts of processes, cgroups and checks say beside it
 * @checks_line    how many checks cannot be made; NULL: none */
void mr_effects_head(struct mr_call *call, const struct mr_effects *effects, bool beside_counts,
		     const char *checks_line);

/** Say them below the tables, for a form that has no head. */
void mr_effects_notes(struct mr_call *call, const struct mr_effects *effects, bool beside_counts);

/** Put them into a table of their own, for programs. */
void mr_effects_section(struct mr_call *call, const struct mr_effects *effects);

/** All of them in a few words for a list, "no slab caches; no page frames"; NULL when there are none.  Kept
 * by the report.
 * @beside_counts  without what counts of processes, cgroups and checks say beside it */
const char *mr_effects_brief(struct mr_call *call, const struct mr_effects *effects, bool beside_counts);

#endif
