/* Checks: from the rows of their views to the rows of check_result.
 *
 * The views do what SQL is for, and say what must be equal; adding up is done here.  Rows are put in the order
 * of the key of check_result: what is put between others leaves its pages half full.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/store/verdict_result.h"
#include "schema/base/cleanup.h"

const char mr_results_facts_sql[] = "SELECT (SELECT missing_fact FROM _bound WHERE snapshot_id = :snapshot),"
				    " (SELECT meminfo_doubt FROM system WHERE snapshot_id = :snapshot)";

enum term_column { SUBJECT, PART, ORDINAL, TERM, LOW, HIGH, FILE_NAME };

/* A statement for every row takes longer than the row. */
#define BATCH_ROWS_COUNT 16
/* Parameters: the snapshot, the check, then those of each row. */
#define FIRST_PARAMETER 3
#define ROW_PARAMETERS_COUNT 12

static int out_of_memory(const struct mr_store *store, struct mr_error *error)
{
	return mr_error_set(error, -ENOMEM, "%s: out of memory", mr_store_path(store));
}

static int check_error(struct mr_store *store, const char *check_id, struct mr_error *error)
{
	char what[64];

	snprintf(what, sizeof(what), "check %s", check_id);
	return mr_store_error(store, what, error);
}

char *mr_results_terms_sql(const char *check_id)
{
	char *sql;

	return asprintf(&sql,
			"SELECT subject, part, ordinal, term, low, high, file FROM check_%s"
			" WHERE snapshot_id = :snapshot",
			check_id) < 0
		       ? NULL
		       : sql;
}

static void append_row(struct mr_buffer *sql, int row_number)
{
	mr_buffer_append_text(sql, row_number ? ", (?1, ?2" : " (?1, ?2");
	for (int i = 0; i < ROW_PARAMETERS_COUNT; i++)
		mr_buffer_printf(sql, ", ?%d", FIRST_PARAMETER + row_number * ROW_PARAMETERS_COUNT + i);
	mr_buffer_append_text(sql, ")");
}

static int prepare_put(struct mr_store *store, int rows_count, sqlite3_stmt **ret, struct mr_error *error)
{
	struct mr_buffer sql = {0};

	mr_buffer_append_text(&sql,
			      "INSERT INTO main.check_result (snapshot_id, check_id, subject, \"left\","
			      " \"right\", residual, bound_low, bound_high, cause_low, cause_high, drift,"
			      " verdict, only_by_drift, missing) VALUES");
	for (int i = 0; i < rows_count; i++)
		append_row(&sql, i);
	int result = sql.failed ? out_of_memory(store, error) : 0;
	if (!result && sqlite3_prepare_v3(mr_store_handle(store), sql.data, -1, SQLITE_PREPARE_PERSISTENT,
					  ret, NULL) != SQLITE_OK)
		result = mr_store_error(store, "table check_result", error);
	mr_buffer_deinit(&sql);
	return result;
}

int mr_results_init(struct mr_store *store, struct mr_results *results, struct mr_error *error)
{
	sqlite3_randomness(sizeof(results->subjects.secret), &results->subjects.secret);
	int result = prepare_put(store, 1, &results->put_one, error);
	return result < 0 ? result : prepare_put(store, BATCH_ROWS_COUNT, &results->put_batch, error);
}

static void forget_facts(struct mr_results *results)
{
	free((char *)results->facts.missing_fact);
	free((char *)results->facts.meminfo_doubt);
	results->facts = (struct mr_term_facts){0};
}

void mr_results_deinit(struct mr_results *results)
{
	sqlite3_finalize(results->put_one);
	sqlite3_finalize(results->put_batch);
	forget_facts(results);
	mr_subjects_deinit(&results->subjects);
	*results = (struct mr_results){0};
}

/* ---- what is read ---- */

/* @return whether there was memory */
static bool copy_text(sqlite3_stmt *row, int column, const char **ret_text)
{
	if (sqlite3_column_type(row, column) == SQLITE_NULL)
		return true;
	const char *text = (const char *)sqlite3_column_text(row, column);
	*ret_text = text ? strdup(text) : NULL;
	return *ret_text;
}

int mr_results_begin(struct mr_store *store, struct mr_results *results, sqlite3_stmt *ask,
		     int64_t snapshot_id, struct mr_error *error)
{
	int result = 0;

	forget_facts(results);
	sqlite3_bind_int64(ask, 1, snapshot_id);
	if (sqlite3_step(ask) != SQLITE_ROW)
		result = mr_store_error(store, "facts of the checks", error);
	else if (!copy_text(ask, 0, &results->facts.missing_fact) ||
		 !copy_text(ask, 1, &results->facts.meminfo_doubt))
		result = out_of_memory(store, error);
	sqlite3_reset(ask);
	return result;
}

static double number(sqlite3_stmt *row, int column)
{
	return sqlite3_column_type(row, column) == SQLITE_NULL ? NAN : sqlite3_column_double(row, column);
}

/* @return whether it is one */
static bool find_part(const char *name, enum mr_part *ret)
{
	static const char *const names[] = {
		[MR_PART_LEFT] = "left",
		[MR_PART_RIGHT] = "right",
		[MR_PART_TOLERANCE] = "tolerance",
		[MR_PART_CAUSE] = "cause",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i])) {
			*ret = (enum mr_part)i;
			return true;
		}
	return false;
}

/* Texts first: SQLite says of a failed one only that it is NULL, as of one that is. */
static int add_row(struct mr_store *store, struct mr_results *results, const char *check_id,
		   sqlite3_stmt *row, struct mr_error *error)
{
	bool has_file = sqlite3_column_type(row, FILE_NAME) != SQLITE_NULL;
	bool has_name = sqlite3_column_type(row, TERM) != SQLITE_NULL;
	bool is_whole = sqlite3_column_type(row, SUBJECT) != SQLITE_NULL &&
			sqlite3_column_type(row, PART) != SQLITE_NULL;
	const char *subject = (const char *)sqlite3_column_text(row, SUBJECT);
	const char *part = (const char *)sqlite3_column_text(row, PART);
	const char *name = (const char *)sqlite3_column_text(row, TERM);
	struct mr_term term = {
		.is_drift = name && !strcmp(name, "drift"),
		.ordinal = sqlite3_column_int64(row, ORDINAL),
		.low = number(row, LOW),
		.high = number(row, HIGH),
		.file = (const char *)sqlite3_column_text(row, FILE_NAME),
	};

	if (is_whole && (!subject || !part || (has_name && !name) || (has_file && !term.file)))
		return out_of_memory(store, error);
	if (!is_whole || !find_part(part, &term.part))
		return mr_error_set(error, -EINVAL, "%s: check %s has a term without a subject or a part",
				    mr_store_path(store), check_id);
	struct mr_terms *terms =
		mr_subjects_find(&results->subjects, subject, (size_t)sqlite3_column_bytes(row, SUBJECT));
	if (!terms)
		return out_of_memory(store, error);
	mr_terms_add(terms, &term, &results->facts);
	return 0;
}

static int read_terms(struct mr_store *store, struct mr_results *results, const char *check_id,
		      sqlite3_stmt *terms, struct mr_error *error)
{
	int result = 0, stepped = SQLITE_DONE;

	while (!result && (stepped = sqlite3_step(terms)) == SQLITE_ROW)
		result = add_row(store, results, check_id, terms, error);
	if (!result && stepped != SQLITE_DONE)
		result = check_error(store, check_id, error);
	sqlite3_reset(terms);
	return result;
}

/* ---- what is written ---- */

/* As CAST (... AS INTEGER) has it: what is too large becomes the largest. */
static void bind_number(sqlite3_stmt *statement, int index, double value)
{
	if (isnan(value))
		sqlite3_bind_null(statement, index);
	else
		sqlite3_bind_int64(statement, index,
				   value >= 0x1p63    ? INT64_MAX
				   : value <= -0x1p63 ? INT64_MIN
						      : (int64_t)value);
}

/* The parameters of a row from @index on. */
static void bind_row(sqlite3_stmt *put, int index, const char *name, size_t name_length_bytes,
		     const struct mr_verdict *verdict)
{
	const double numbers[] = {
		verdict->left,       verdict->right,     verdict->residual,   verdict->bound_low,
		verdict->bound_high, verdict->cause_low, verdict->cause_high, verdict->drift,
	};

	sqlite3_bind_text64(put, index++, name, name_length_bytes, SQLITE_STATIC, SQLITE_UTF8);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		bind_number(put, index++, numbers[i]);
	sqlite3_bind_text(put, index++, verdict->verdict, -1, SQLITE_STATIC);
	sqlite3_bind_int(put, index++, verdict->only_by_drift);
	sqlite3_bind_text(put, index++, verdict->missing, -1, SQLITE_STATIC);
}

/* As many subjects as the statement has rows. */
static int put_rows(struct mr_store *store, struct mr_results *results, const char *check_id,
		    int64_t snapshot_id, struct mr_subject *first, int rows_count, struct mr_error *error)
{
	sqlite3_stmt *put = rows_count > 1 ? results->put_batch : results->put_one;

	sqlite3_bind_int64(put, 1, snapshot_id);
	sqlite3_bind_text(put, 2, check_id, -1, SQLITE_STATIC);
	for (int i = 0; i < rows_count; i++) {
		struct mr_verdict verdict;

		if (mr_terms_judge(&first[i].terms, &results->facts, &verdict) < 0)
			return out_of_memory(store, error);
		bind_row(put, FIRST_PARAMETER + i * ROW_PARAMETERS_COUNT,
			 mr_subject_name(&results->subjects, &first[i]), first[i].name_length_bytes,
			 &verdict);
	}
	int result = sqlite3_step(put) == SQLITE_DONE ? 0 : check_error(store, check_id, error);
	sqlite3_reset(put);
	return result;
}

static int put_subjects(struct mr_store *store, struct mr_results *results, const char *check_id,
			int64_t snapshot_id, struct mr_error *error)
{
	const struct mr_subjects *subjects = &results->subjects;
	int result = 0, rows_count;

	for (size_t i = 0; !result && i < subjects->count; i += (size_t)rows_count) {
		rows_count = subjects->count - i >= BATCH_ROWS_COUNT ? BATCH_ROWS_COUNT : 1;
		result = put_rows(store, results, check_id, snapshot_id, &subjects->subjects[i], rows_count,
				  error);
	}
	return result;
}

int mr_results_put(struct mr_store *store, struct mr_results *results, const char *check_id,
		   sqlite3_stmt *terms, int64_t snapshot_id, struct mr_error *error)
{
	sqlite3_bind_int64(terms, 1, snapshot_id);
	int result = read_terms(store, results, check_id, terms, error);
	mr_subjects_sort(&results->subjects);
	if (!result)
		result = put_subjects(store, results, check_id, snapshot_id, error);
	sqlite3_clear_bindings(results->put_one);
	sqlite3_clear_bindings(results->put_batch);
	mr_subjects_clear(&results->subjects);
	return result;
}
