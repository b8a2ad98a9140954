/* The text of a view as sqlite_schema has it, as far as it must be understood to make a copy of the view. */
#ifndef MR_VIEW_TEXT_H
#define MR_VIEW_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/** A word or a sign in SQL text; blanks, comments and string literals lie between tokens. */
struct mr_sql_token {
	const char *text; /**< NULL at the end of the text */
	size_t length;
};

/** @return the token that begins at or behind @text */
struct mr_sql_token mr_sql_token_next(const char *text);

/** "CREATE VIEW name (columns) AS body" taken apart; all point into the text. */
struct mr_view_text {
	const char *behind_name; /**< columns, if there are any, and what follows */
	const char *columns;     /**< the '('; NULL when the view has no list of columns */
	size_t columns_length;   /**< with both parentheses */
	const char *body;        /**< from AS on */
};

/** @return whether the text has that form */
bool mr_view_text_parse(const char *text, struct mr_view_text *ret);

#endif
