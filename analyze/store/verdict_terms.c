/* The arithmetic of checks: see verdict_terms.h for its rules.
 *
 * It stands apart from the statements that read the terms, because a program that adds as the rows come needs
 * neither sort nor compile what SQL would; and because rules like these want tests without a database.
 *
 * An unknown number is a NAN all the way: it makes every sum that it gets into unknown, and a comparison with
 * it is neither inside nor outside.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/store/verdict_terms.h"

#define OWN_FILE "capture/meta.csv"
#define AGAIN_FOLDER "capture/again/"
#define UNREAD_PREFIX "a second reading of "

enum place { OUTSIDE, INSIDE, UNKNOWN };

/* An unknown end is no obstacle to be outside of the other one. */
static enum place place_of(double value, double low, double high)
{
	if (value < low || value > high)
		return OUTSIDE;
	return isnan(value) || isnan(low) || isnan(high) ? UNKNOWN : INSIDE;
}

/* ---- names ---- */

/* @prefix  that all the names have */
static bool has_name(const struct mr_buffer *names, const char *prefix, const char *name)
{
	const char *end = names->data + names->length_bytes;

	for (const char *one = names->data; one < end; one += strlen(one) + 1)
		if (!strcmp(one + strlen(prefix), name))
			return true;
	return false;
}

static void add_name(struct mr_buffer *names, const char *prefix, const char *name)
{
	if (names->data && has_name(names, prefix, name))
		return;
	mr_buffer_append_text(names, prefix);
	mr_buffer_append(names, name, strlen(name) + 1);
}

/* @return the names with a comma between them; NULL for none */
static const char *join_names(struct mr_buffer *names)
{
	if (!names->length_bytes)
		return NULL;
	for (char *nul = names->data; (nul += strlen(nul)) < names->data + names->length_bytes - 1;)
		*nul = ',';
	return names->data;
}

/* capture/again/N/PATH is of PATH. */
static const char *name_of_reading(const char *file)
{
	const size_t folder_bytes = strlen(AGAIN_FOLDER);

	if (strncmp(file, AGAIN_FOLDER, folder_bytes) != 0 || !file[folder_bytes] ||
	    file[folder_bytes + 1] != '/')
		return file;
	return file + folder_bytes + 2;
}

static void add_missing(struct mr_terms *terms, const struct mr_term *term, const struct mr_term_facts *facts)
{
	if (!term->file || term->part == MR_PART_CAUSE)
		return;
	if (!term->is_drift)
		add_name(&terms->missing, "",
			 facts->missing_fact && !strcmp(term->file, OWN_FILE) ? facts->missing_fact
									      : term->file);
	else if (term->part == MR_PART_TOLERANCE)
		add_name(&terms->unread_again, UNREAD_PREFIX, name_of_reading(term->file));
}

/* ---- sums ---- */

static void add_drift(struct mr_terms *terms, const struct mr_term *term, bool is_known)
{
	if (is_known) {
		terms->drift_low += term->low;
		terms->drift_high += term->high;
	} else {
		terms->has_unknown_drift = true;
	}
}

static void add_tolerance(struct mr_terms *terms, const struct mr_term *term, bool is_known)
{
	terms->bound_low += is_known ? term->low : NAN;
	terms->bound_high += is_known ? term->high : NAN;
}

static void add_cause(struct mr_terms *terms, const struct mr_term *term)
{
	struct mr_cause *grown = reallocarray(terms->causes, terms->causes_count + 1, sizeof(*grown));

	if (!grown) {
		terms->has_failed = true;
		return;
	}
	terms->causes = grown;
	grown[terms->causes_count++] =
		(struct mr_cause){.ordinal = term->ordinal, .low = term->low, .high = term->high};
}

static bool is_of_meminfo(const struct mr_term *term)
{
	return term->file && !strcmp(term->file, "proc/meminfo");
}

void mr_terms_add(struct mr_terms *terms, const struct mr_term *term, const struct mr_term_facts *facts)
{
	bool is_known = !isnan(term->low + term->high);

	if (!is_known)
		add_missing(terms, term, facts);
	switch (term->part) {
	case MR_PART_LEFT:
		terms->left += term->low;
		terms->has_left = true;
		terms->is_of_meminfo |= is_of_meminfo(term);
		break;
	case MR_PART_RIGHT:
		terms->right += term->low;
		terms->has_right = true;
		terms->is_of_meminfo |= is_of_meminfo(term);
		break;
	case MR_PART_TOLERANCE:
		(term->is_drift ? add_drift : add_tolerance)(terms, term, is_known);
		break;
	case MR_PART_CAUSE:
		if (is_known)
			add_cause(terms, term);
		break;
	}
}

/* ---- the verdict ---- */

static int compare_cause(const void *one, const void *other)
{
	int64_t a = ((const struct mr_cause *)one)->ordinal, b = ((const struct mr_cause *)other)->ordinal;

	return (a > b) - (a < b);
}

/* Take causes until they hold the residual; all of them if they never do.  @return whether they do */
static bool take_causes(struct mr_terms *terms, struct mr_verdict *verdict)
{
	if (terms->causes)
		qsort(terms->causes, terms->causes_count, sizeof(*terms->causes), compare_cause);
	for (size_t i = 0; i < terms->causes_count; i++) {
		const struct mr_cause *cause = &terms->causes[i];

		verdict->cause_low += cause->low;
		verdict->cause_high += cause->high;
		if (i + 1 < terms->causes_count && cause[1].ordinal == cause->ordinal)
			continue;
		if (place_of(verdict->residual, verdict->bound_low + verdict->cause_low,
			     verdict->bound_high + verdict->cause_high) == INSIDE)
			return true;
	}
	return false;
}

static const char *judge(struct mr_terms *terms, const char *doubt, struct mr_verdict *verdict)
{
	enum place place = place_of(verdict->residual, verdict->bound_low, verdict->bound_high);
	bool is_covered = place == OUTSIDE && take_causes(terms, verdict);

	if (place == UNKNOWN || doubt)
		return "skipped";
	if (place == INSIDE)
		return "ok";
	double left = fabs(verdict->left), right = fabs(verdict->right);
	if (is_covered && verdict->cause_high - verdict->cause_low <= (left < right ? left : right) / 2)
		return "explained";
	return is_covered || terms->has_unknown_drift ? "skipped" : "FAIL";
}

/* Why it was skipped. */
static const char *reason(struct mr_terms *terms, const char *doubt, const struct mr_verdict *verdict)
{
	const char *missing = doubt;

	if (!missing)
		missing = join_names(&terms->missing);
	if (!missing)
		missing = join_names(&terms->unread_again);
	if (!missing)
		missing = isnan(verdict->residual)
				  ? "a term without a file"
				  : "the causes could hide more than half of the smaller side";
	return missing;
}

int mr_terms_judge(struct mr_terms *terms, const struct mr_term_facts *facts, struct mr_verdict *ret)
{
	const char *doubt = terms->is_of_meminfo ? facts->meminfo_doubt : NULL;
	struct mr_verdict verdict = {
		.left = terms->has_left ? terms->left : NAN,
		.right = terms->has_right ? terms->right : NAN,
		.bound_low = terms->bound_low + terms->drift_low,
		.bound_high = terms->bound_high + terms->drift_high,
		.drift = terms->has_unknown_drift ? NAN : (terms->drift_high - terms->drift_low) / 2,
	};

	if (terms->has_failed || terms->missing.failed || terms->unread_again.failed)
		return -ENOMEM;
	verdict.residual = verdict.left - verdict.right;
	verdict.verdict = judge(terms, doubt, &verdict);
	if (!strcmp(verdict.verdict, "ok"))
		verdict.only_by_drift =
			verdict.residual < terms->bound_low || verdict.residual > terms->bound_high;
	else if (!strcmp(verdict.verdict, "skipped"))
		verdict.missing = reason(terms, doubt, &verdict);
	*ret = verdict;
	return 0;
}

void mr_terms_deinit(struct mr_terms *terms)
{
	mr_buffer_deinit(&terms->missing);
	mr_buffer_deinit(&terms->unread_again);
	free(terms->causes);
	*terms = (struct mr_terms){0};
}
