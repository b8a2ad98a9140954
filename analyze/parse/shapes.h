/* The parser of each shape: one function, one row of the table in parse.c.
 *
 * The text is in scan->rest and not empty (MR_SHAPE_SCALAR takes an empty one too); a failure is in
 * scan->status.
 */
#ifndef MR_PARSE_SHAPES_H
#define MR_PARSE_SHAPES_H

#include "analyze/parse/fill.h"

void mr_parse_key_value(struct mr_scan *scan);
void mr_parse_node_meminfo(struct mr_scan *scan);
void mr_parse_scalar(struct mr_scan *scan);
void mr_parse_setting(struct mr_scan *scan);
void mr_parse_columns(struct mr_scan *scan);
void mr_parse_headed(struct mr_scan *scan);
void mr_parse_proc_stat(struct mr_scan *scan);
void mr_parse_proc_cgroup(struct mr_scan *scan);
void mr_parse_id_list(struct mr_scan *scan);
void mr_parse_pressure(struct mr_scan *scan);
void mr_parse_zoneinfo(struct mr_scan *scan);
void mr_parse_buddyinfo(struct mr_scan *scan);
void mr_parse_slabinfo(struct mr_scan *scan);
void mr_parse_vmallocinfo(struct mr_scan *scan);
void mr_parse_smaps(struct mr_scan *scan);
void mr_parse_iomem(struct mr_scan *scan);
void mr_parse_sockstat(struct mr_scan *scan);
void mr_parse_kernel_stat(struct mr_scan *scan);
void mr_parse_csv_key_value(struct mr_scan *scan);
void mr_parse_csv_rows(struct mr_scan *scan);
void mr_parse_proc_status(struct mr_scan *scan);
void mr_parse_ps(struct mr_scan *scan);
void mr_parse_free(struct mr_scan *scan);

/* What several shapes have in common */

/** "Key: 12 kB" or "key 12" taken apart.  A key may hold blanks where a colon ends it. */
struct mr_key_value {
	struct mr_slice key;
	struct mr_slice text; /**< all that follows, without blanks around it */
	bool has_colon;       /**< such files print kB behind a size, the others print no units */
};

/** @return  whether the line is one; a single word without a colon is not */
bool mr_key_value_split(struct mr_slice line, struct mr_key_value *ret_pair);

/** Put it into the row, or report what is wrong with it. */
void mr_key_value_put(struct mr_fill *fill, struct mr_scan *scan, const struct mr_key_value *pair);

/** The name of the file that is parsed, without its folders. */
struct mr_slice mr_file_name(const struct mr_scan *scan);

/**
 * Put words into the fields whose keys are their positions; report positions that no field has, and a line
 * that ends before a position that every kernel prints when it also lacks its newline.
 *
 * @words           the line, or what is left of it
 * @first_position  of the first of these words, from 1
 * @return          how many words there were
 */
size_t mr_columns_put(struct mr_fill *fill, struct mr_scan *scan, struct mr_slice words,
		      size_t first_position);

/** "Node 0, zone   Normal", the beginning of a line of zoneinfo and buddyinfo. */
struct mr_zone_name {
	int64_t node;
	struct mr_slice zone;
};

/** Cut it off the line; @return whether it was there. */
bool mr_zone_name_take(struct mr_slice *line, struct mr_zone_name *ret_name);

#endif
