/* What an output format is: operations that turn a report into bytes.  A new format is one file and one row
 * in mr_formats (render.c).  Renderers know neither SQL nor the kernel.
 */
#ifndef MR_RENDER_H
#define MR_RENDER_H

#include "analyze/render/escape.h"
#include "analyze/render/report.h"
#include "schema/base/buffer.h"

/** How the reader sees it. */
struct mr_render_options {
	enum mr_charset charset;
	bool color;
	bool to_terminal;     /**< CSV, whose bytes are exact elsewhere, is escaped like text on a terminal */
	bool raw;             /**< CSV: no ' before what a spreadsheet would compute */
	unsigned width_cells; /**< text: lines are at most this wide where names and columns can give way */
	const char *tool;     /**< name and version, for the data formats */
};

struct mr_format {
	const char *name;
	bool is_data; /**< for programs: all rows unless -n says otherwise */
	/** Append the report to @out, whose failed flag tells of missing memory. */
	void (*render)(const struct mr_report *report, const struct mr_render_options *options,
		       struct mr_buffer *out);
};

extern const struct mr_format mr_formats[];
extern const size_t mr_format_count;

/** @return the format of this name, or NULL */
const struct mr_format *mr_format_find(const char *name);

/**
 * Render a report.
 *
 * @return  0 or -ENOMEM
 */
int mr_render(const struct mr_report *report, const struct mr_format *format,
	      const struct mr_render_options *options, struct mr_buffer *out);

void mr_render_text(const struct mr_report *, const struct mr_render_options *, struct mr_buffer *out);
void mr_render_markdown(const struct mr_report *, const struct mr_render_options *, struct mr_buffer *out);
void mr_render_json(const struct mr_report *, const struct mr_render_options *, struct mr_buffer *out);
void mr_render_csv(const struct mr_report *, const struct mr_render_options *, struct mr_buffer *out);
void mr_render_tsv(const struct mr_report *, const struct mr_render_options *, struct mr_buffer *out);

#endif
