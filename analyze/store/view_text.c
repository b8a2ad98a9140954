/* The text of a view.  See view_text.h. */
#include "analyze/store/view_text.h"

#include <ctype.h>
#include <string.h>

static bool is_word_byte(char byte)
{
	return isalnum((unsigned char)byte) || byte == '_' || (unsigned char)byte >= 0x80;
}

/* Skip one blank, comment or string literal. @return where it ends; @text when there is none */
static const char *skip_one(const char *text)
{
	if (isspace((unsigned char)*text))
		return text + 1;
	if (!strncmp(text, "--", 2))
		return text + strcspn(text, "\n");
	if (!strncmp(text, "/*", 2)) {
		const char *end = strstr(text + 2, "*/");
		return end ? end + 2 : text + strlen(text);
	}
	if (*text == '\'') {
		/* a doubled quote ends one literal and begins the next: the same in the end */
		const char *end = strchr(text + 1, '\'');
		return end ? end + 1 : text + strlen(text);
	}
	return text;
}

struct mr_sql_token mr_sql_token_next(const char *text)
{
	for (const char *behind; (behind = skip_one(text)) != text;)
		text = behind;
	if (!*text)
		return (struct mr_sql_token){0};
	struct mr_sql_token token = {text, 1};
	while (is_word_byte(*text) && is_word_byte(text[token.length]))
		token.length++;
	if (*text == '"') {
		const char *end = strchr(text + 1, '"');
		token.length = end ? (size_t)(end + 1 - text) : strlen(text);
	}
	return token;
}

static bool token_is(const struct mr_sql_token *token, const char *text)
{
	return token->text && token->length == strlen(text) && !strncasecmp(token->text, text, token->length);
}

/* From the '(' to its ')'. @return the token behind it */
static struct mr_sql_token skip_columns(struct mr_sql_token open, struct mr_view_text *view)
{
	struct mr_sql_token token = mr_sql_token_next(open.text + 1);

	view->columns = open.text;
	while (token.text && !token_is(&token, ")"))
		token = mr_sql_token_next(token.text + token.length);
	if (!token.text)
		return token;
	view->columns_length = (size_t)(token.text + 1 - open.text);
	return mr_sql_token_next(token.text + 1);
}

bool mr_view_text_parse(const char *text, struct mr_view_text *ret)
{
	static const char *const words[] = {"CREATE", "VIEW"};
	struct mr_sql_token token = {text, 0};

	*ret = (struct mr_view_text){0};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		token = mr_sql_token_next(token.text + token.length);
		if (!token_is(&token, words[i]))
			return false;
	}
	token = mr_sql_token_next(token.text + token.length);
	if (!token.text)
		return false;
	ret->behind_name = token.text + token.length;
	token = mr_sql_token_next(ret->behind_name);
	if (token_is(&token, "("))
		token = skip_columns(token, ret);
	ret->body = token.text;
	return token_is(&token, "AS");
}
