/* The table of output formats. */
#include "analyze/render/render.h"

#include <errno.h>
#include <string.h>

const struct mr_format mr_formats[] = {
	{"text", false, mr_render_text}, {"md", false, mr_render_markdown}, {"json", true, mr_render_json},
	{"csv", true, mr_render_csv},    {"tsv", true, mr_render_tsv},
};
const size_t mr_format_count = sizeof(mr_formats) / sizeof(mr_formats[0]);

const struct mr_format *mr_format_find(const char *name)
{
	for (size_t i = 0; i < mr_format_count; i++)
		if (!strcmp(mr_formats[i].name, name))
			return &mr_formats[i];
	return NULL;
}

int mr_render(const struct mr_report *report, const struct mr_format *format,
	      const struct mr_render_options *options, struct mr_buffer *out)
{
	if (!report->failed)
		format->render(report, options, out);
	return report->failed || out->failed ? -ENOMEM : 0;
}
