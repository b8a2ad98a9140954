/* Rows and issues in memory.  See book.h. */
#include "analyze/roundtrip/book.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)256 << 10)

void mr_trip_book_deinit(struct mr_trip_book *book)
{
	for (struct mr_trip_block *block = book->blocks, *next; block; block = next) {
		next = block->next;
		free(block);
	}
	for (size_t i = 0; book->shelves && i < mr_table_count; i++)
		free(book->shelves[i].rows);
	free(book->shelves);
	free(book->issues);
	*book = (struct mr_trip_book){0};
}

void *mr_trip_book_allocate(struct mr_trip_book *book, size_t bytes)
{
	struct mr_trip_block *block = book->blocks;
	size_t rounded = (bytes + 15) & ~(size_t)15;

	if (!block || block->size_bytes - block->used_bytes < rounded) {
		size_t size_bytes = rounded > BLOCK_BYTES ? rounded : BLOCK_BYTES;

		block = malloc(sizeof(*block) + size_bytes);
		if (!block)
			return NULL;
		block->next = book->blocks;
		block->used_bytes = 0;
		block->size_bytes = size_bytes;
		book->blocks = block;
	}
	void *at = block->bytes + block->used_bytes;
	block->used_bytes += rounded;
	return at;
}

/* Room for one more in an array; it grows by doubling. */
static bool reserve(void **items, size_t count, size_t *capacity, size_t item_bytes)
{
	if (count < *capacity)
		return true;
	size_t wanted = *capacity ? 2 * *capacity : 64;
	void *grown = reallocarray(*items, wanted, item_bytes);

	if (!grown)
		return false;
	*items = grown;
	*capacity = wanted;
	return true;
}

struct mr_trip_shelf *mr_trip_book_shelf(struct mr_trip_book *book, const struct mr_table *table)
{
	if (!book->shelves)
		book->shelves = calloc(mr_table_count, sizeof(*book->shelves));
	for (size_t i = 0; book->shelves && i < mr_table_count; i++)
		if (mr_tables[i] == table)
			return &book->shelves[i];
	return NULL;
}

static bool copy_text(struct mr_trip_book *book, struct mr_value *value)
{
	char *copy = mr_trip_book_allocate(book, value->text.length_bytes + 1);

	if (!copy)
		return false;
	if (value->text.length_bytes)
		memcpy(copy, value->text.bytes, value->text.length_bytes);
	copy[value->text.length_bytes] = '\0';
	value->text.bytes = copy;
	return true;
}

static struct mr_trip_row *copy_row(struct mr_trip_book *book, int64_t reading, const struct mr_row *row)
{
	const struct mr_table *table = row->table;
	size_t count = 0;

	for (size_t i = 0; i < table->field_count; i++)
		count += row->values[i].type != MR_VALUE_NULL;
	struct mr_trip_row *copy =
		mr_trip_book_allocate(book, sizeof(*copy) + count * sizeof(copy->cells[0]));
	if (!copy)
		return NULL;
	*copy = (struct mr_trip_row){.table = table, .reading = reading};
	for (size_t i = 0; i < table->field_count; i++) {
		if (row->values[i].type == MR_VALUE_NULL)
			continue;
		struct mr_trip_cell *cell = &copy->cells[copy->cell_count++];
		*cell = (struct mr_trip_cell){.value = row->values[i], .field = (uint16_t)i};
		if (cell->value.type == MR_VALUE_TEXT && !copy_text(book, &cell->value))
			return NULL;
	}
	return copy;
}

int mr_trip_book_add_row(struct mr_trip_book *book, int64_t reading, const struct mr_row *row)
{
	struct mr_trip_shelf *shelf = mr_trip_book_shelf(book, row->table);
	struct mr_trip_row *copy = shelf ? copy_row(book, reading, row) : NULL;

	if (!copy || !reserve((void **)&shelf->rows, shelf->count, &shelf->capacity, sizeof(*shelf->rows)))
		return -ENOMEM;
	shelf->rows[shelf->count++] = copy;
	shelf->is_sorted = false;
	return 0;
}

int mr_trip_book_add_issue(struct mr_trip_book *book, const char *path, enum mr_issue_kind kind,
			   unsigned long line)
{
	size_t length = strlen(path);
	char *copy = mr_trip_book_allocate(book, length + 1);

	if (!copy ||
	    !reserve((void **)&book->issues, book->issue_count, &book->issue_capacity, sizeof(*book->issues)))
		return -ENOMEM;
	memcpy(copy, path, length + 1);
	book->issues[book->issue_count++] = (struct mr_trip_issue){.path = copy, .line = line, .kind = kind};
	book->issues_are_sorted = false;
	return 0;
}

/* ---- finding ---- */

static int compare_integers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_values(const struct mr_value *a, const struct mr_value *b)
{
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->type != MR_VALUE_TEXT)
		return compare_integers(a->integer, b->integer);
	size_t least =
		a->text.length_bytes < b->text.length_bytes ? a->text.length_bytes : b->text.length_bytes;
	int order = least ? memcmp(a->text.bytes, b->text.bytes, least) : 0;
	return order ? order : compare_integers((int64_t)a->text.length_bytes, (int64_t)b->text.length_bytes);
}

struct mr_trip_cell *mr_trip_row_cell(struct mr_trip_row *row, size_t field)
{
	size_t low = 0, high = row->cell_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (row->cells[middle].field < field)
			low = middle + 1;
		else
			high = middle;
	}
	return low < row->cell_count && row->cells[low].field == field ? &row->cells[low] : NULL;
}

static int compare_with_keys(struct mr_trip_row *row, int64_t reading, const struct mr_value *keys)
{
	static const struct mr_value null;
	int order = 0;

	for (size_t i = 0, key = 0; !order && i < row->table->field_count; i++) {
		if (!mr_field_is_key(&row->table->fields[i]))
			continue;
		struct mr_trip_cell *cell = mr_trip_row_cell(row, i);
		order = compare_values(cell ? &cell->value : &null, &keys[key++]);
	}
	return order ? order : compare_integers(row->reading, reading);
}

static int compare_rows(const void *left, const void *right)
{
	struct mr_trip_row *row = *(struct mr_trip_row *const *)left;
	struct mr_trip_row *other = *(struct mr_trip_row *const *)right;
	struct mr_value keys[MR_FIELDS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < other->table->field_count; i++)
		if (mr_field_is_key(&other->table->fields[i])) {
			struct mr_trip_cell *cell = mr_trip_row_cell(other, i);
			keys[count++] = cell ? cell->value : (struct mr_value){0};
		}
	return compare_with_keys(row, other->reading, keys);
}

struct mr_trip_row *mr_trip_book_find(struct mr_trip_book *book, const struct mr_table *table,
				      int64_t reading, const struct mr_value *keys)
{
	struct mr_trip_shelf *shelf = mr_trip_book_shelf(book, table);
	size_t low = 0, high = shelf ? shelf->count : 0;

	if (!high)
		return NULL;
	if (!shelf->is_sorted)
		qsort(shelf->rows, shelf->count, sizeof(*shelf->rows), compare_rows);
	shelf->is_sorted = true;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (compare_with_keys(shelf->rows[middle], reading, keys) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == shelf->count || compare_with_keys(shelf->rows[low], reading, keys))
		return NULL;
	return shelf->rows[low];
}

/* ---- issues ---- */

static int compare_issues(const void *left, const void *right)
{
	const struct mr_trip_issue *a = left, *b = right;
	int order = strcmp(a->path, b->path);

	return order ? order : (a->line > b->line) - (a->line < b->line);
}

/* The first issue of a member that is not in front of a line. */
static size_t first_issue(struct mr_trip_book *book, const char *path, unsigned long line)
{
	const struct mr_trip_issue wanted = {.path = path, .line = line};
	size_t low = 0, high = book->issue_count;

	if (!book->issues_are_sorted && book->issue_count)
		qsort(book->issues, book->issue_count, sizeof(*book->issues), compare_issues);
	book->issues_are_sorted = true;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (compare_issues(&book->issues[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_of(const struct mr_trip_book *book, size_t i, const char *path)
{
	return i < book->issue_count && !strcmp(book->issues[i].path, path);
}

bool mr_trip_book_has_issue_at(struct mr_trip_book *book, const char *path, unsigned long line)
{
	for (size_t i = first_issue(book, path, line); is_of(book, i, path) && book->issues[i].line == line;
	     i++)
		/* of a key that is there twice the last one counts, and is in the row */
		if (book->issues[i].kind != MR_ISSUE_DOUBLED_KEY)
			return true;
	return book->issues_are_cut;
}

bool mr_trip_book_has_issue(struct mr_trip_book *book, const char *path, unsigned long line)
{
	if (mr_trip_book_has_issue_at(book, path, line))
		return true;
	for (size_t i = first_issue(book, path, 0); is_of(book, i, path) && !book->issues[i].line; i++)
		/* padding behind the text says nothing of what is in it */
		if (book->issues[i].kind != MR_ISSUE_NUL_INSIDE)
			return true;
	return false;
}

bool mr_trip_book_has_issue_of_kind(struct mr_trip_book *book, const char *path, enum mr_issue_kind kind,
				    unsigned long line)
{
	for (size_t i = first_issue(book, path, line ? line + 1 : 0); is_of(book, i, path); i++)
		if (kind == MR_ISSUE_KIND_TOTAL || book->issues[i].kind == kind)
			return true;
	return book->issues_are_cut;
}
