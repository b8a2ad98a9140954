/* Who is charged what: rows of the view ledger_cgroup, and how a cgroup is called on a screen. */
#ifndef MR_VERB_CHARGE_H
#define MR_VERB_CHARGE_H

#include "analyze/verb/verb.h"

struct mr_charge {
	const char *class_name; /**< class of the ledger */
	const char *path;       /**< of the cgroup; "/" is the root */
	size_t path_bytes;
	int64_t bytes; /**< charged to the group itself; negative by drift */
};

/** Sorted by class and path. */
struct mr_charges {
	struct mr_charge *items; /**< owned; mr_charges_deinit() */
	size_t count;
};

int mr_charges_load(struct mr_call *call, int64_t snapshot_id, struct mr_charges *ret_charges,
		    struct mr_error *error);
void mr_charges_deinit(struct mr_charges *charges);

/** @return the charges of one class: the first of them, and how many */
const struct mr_charge *mr_charges_of_class(const struct mr_charges *charges, const char *class_name,
					    size_t *ret_count);

/** @return the charge of a cgroup in a class, or NULL */
const struct mr_charge *mr_charges_find(const struct mr_charges *charges, const char *class_name,
					const char *path);

/**
 * The part of a cgroup path that names it: without the slices in front that only sort it, and with the first
 * twelve digits of the long numbers that containers are named by.  "/system.slice/cron.service" is
 * "cron.service",
 * "/kubepods.slice/pod3f/a91e0c55d2f4..." (64 digits) is "pod3f/a91e0c55d2f4…".
 *
 * @return  kept by the report, or points into @path
 */
const char *mr_cgroup_label(struct mr_report *report, const char *path);

#endif
