/* One pass over an archive of ours: its members one by one, and what is known so far. */
#ifndef MR_PASS_H
#define MR_PASS_H

#include "analyze/archive_in/archive_in.h"
#include "analyze/read/facts.h"
#include "analyze/read/own/index.h"
#include "analyze/read/members.h"
#include "analyze/read/outlet.h"
#include "analyze/read/page_words.h"
#include "analyze/read/own/parts.h"
#include "analyze/read/own/records.h"

struct mr_pass {
	const struct mr_outlet *outlet; /**< not owned */
	const char *archive_name;       /**< not owned */
	uint64_t file_bytes_max;        /**< of all parts of a file together */
	bool is_cut_off;
	struct mr_facts facts;
	struct mr_end_facts end;
	struct mr_members members;
	struct mr_index index;
	struct mr_page_words words;
	struct mr_parts parts; /**< the file that goes to its parser when the next one begins */
	struct mr_records records;

	/* the member at hand, or the file that is being parsed */
	const char *member_path;
	int64_t reading;
	unsigned long lines_in_front; /**< of the text that is parsed, lines that the member does not have */
	struct mr_error *error;       /**< of the caller, for the sink */
};

/** @archive  for its name and limits */
void mr_pass_init(struct mr_pass *pass, const struct mr_archive *archive, const struct mr_outlet *outlet);
void mr_pass_deinit(struct mr_pass *pass);

/** Take the facts out of capture/meta.csv, which comes as a member, too.  @return as mr_facts_read() */
int mr_pass_begin(struct mr_pass *pass, const char *meta, size_t length_bytes, struct mr_error *error);

/** Take one member: hash it, parse it, put its rows and issues.  A file that may have more parts waits for
 * the next. */
int mr_pass_member(struct mr_pass *pass, const struct mr_archive_member *member, struct mr_error *error);

/** There are no more members: parse what waits. */
int mr_pass_end(struct mr_pass *pass, struct mr_error *error);

#endif
