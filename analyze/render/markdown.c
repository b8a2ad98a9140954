/* A report for a comment box: the head as prose, the rest as it is printed, in one fenced block. */
#include "analyze/render/text.h"

#include <string.h>

static void append_prose(struct mr_buffer *out, const char *text, enum mr_charset charset)
{
	struct mr_buffer escaped = {0};

	mr_escape_label(&escaped, text, strlen(text), charset);
	mr_escape_markdown(out, escaped.data, escaped.length_bytes);
	out->failed |= escaped.failed;
	mr_buffer_deinit(&escaped);
}

/* A fence is longer than any run of backticks in what it holds. */
static size_t fence_length(const struct mr_buffer *body)
{
	size_t longest = 2, run = 0;

	for (size_t i = 0; i < body->length_bytes; i++) {
		run = body->data[i] == '`' ? run + 1 : 0;
		if (run > longest)
			longest = run;
	}
	return longest + 1;
}

static void append_fence(struct mr_buffer *out, size_t length)
{
	while (length-- > 0)
		mr_buffer_append(out, "`", 1);
	mr_buffer_append(out, "\n", 1);
}

static void append_head(struct mr_buffer *out, const struct mr_report *report, enum mr_charset charset)
{
	if (report->subject) {
		mr_buffer_append_text(out, "**");
		append_prose(out, report->subject, charset);
		mr_buffer_append_text(out, "**: ");
	}
	for (size_t i = 0; i < 2; i++)
		if (report->lead[i]) {
			append_prose(out, report->lead[i], charset);
			mr_buffer_append_text(out, i ? "\n" : "  \n");
		}
	if (report->lead[0])
		return;
	for (size_t i = 0; i < report->head_count; i++) {
		append_prose(out, report->heads[i], charset);
		mr_buffer_append_text(out, i + 1 < report->head_count ? "  \n" : "\n");
	}
}

void mr_render_markdown(const struct mr_report *report, const struct mr_render_options *options,
			struct mr_buffer *out)
{
	struct mr_render_options plain = *options;
	struct mr_report headless = *report;
	struct mr_buffer body = {0};

	plain.color = false;
	headless.head_count = 0;
	append_head(out, report, options->charset);
	if (out->length_bytes)
		mr_buffer_append(out, "\n", 1);
	mr_text_body(&headless, &plain, &body);
	size_t length = fence_length(&body);
	append_fence(out, length);
	mr_buffer_append(out, body.data, body.length_bytes);
	append_fence(out, length);
	out->failed |= body.failed;
	mr_buffer_deinit(&body);
}
