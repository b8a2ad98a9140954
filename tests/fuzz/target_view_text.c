/* The text of a view as a database holds it, which may be somebody else's database. */
#include "analyze/store/view_text.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	char *text = fuzz_text(data, length_bytes);
	const char *at = text, *end = text + strlen(text);
	struct mr_view_text view;

	for (struct mr_sql_token token; (token = mr_sql_token_next(at)).text; at = token.text + token.length)
		FUZZ_CHECK(token.length && token.text >= at && token.text + token.length <= end);
	if (mr_view_text_parse(text, &view)) {
		FUZZ_CHECK(view.behind_name > text && view.behind_name <= view.body && view.body <= end);
		FUZZ_CHECK(!view.columns || (view.columns[0] == '(' && view.columns_length >= 2 &&
					     view.columns[view.columns_length - 1] == ')' &&
					     view.columns + view.columns_length <= view.body));
	}
	free(text);
	return 0;
}
