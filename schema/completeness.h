/* How complete a capture is: the words of snapshot.completeness, in the order of preference.  Of two captures that
 * are the same one, the more complete stays, whether it is imported or merged. */
#ifndef MR_COMPLETENESS_H
#define MR_COMPLETENESS_H

#include <stddef.h>
#include <string.h>

enum mr_completeness {
	MR_CUT_OFF,
	MR_UNKNOWN, /**< the capture does not say what it should hold */
	MR_PARTIAL,
	MR_COMPLETE,
};

static inline const char *mr_completeness_name(enum mr_completeness completeness)
{
	switch (completeness) {
	case MR_UNKNOWN:
		return "unknown";
	case MR_PARTIAL:
		return "partial";
	case MR_COMPLETE:
		return "complete";
	case MR_CUT_OFF:
		break;
	}
	return "cut off";
}

/** @return of a word, also of NULL; what is none of them is MR_CUT_OFF, the least */
static inline enum mr_completeness mr_completeness_of(const char *name)
{
	for (int i = MR_COMPLETE; i > MR_CUT_OFF; i--)
		if (name && !strcmp(name, mr_completeness_name((enum mr_completeness)i)))
			return (enum mr_completeness)i;
	return MR_CUT_OFF;
}

#endif
