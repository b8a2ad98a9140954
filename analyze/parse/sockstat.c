/* /proc/net/sockstat: "TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 346"; the keys are "TCP.inuse" and so on.
 *
 * Source: net/ipv4/proc.c sockstat_seq_show()
 */
#include "analyze/parse/shapes.h"

#define KEY_BYTES 64

/* "TCP" and "inuse" as "TCP.inuse", in @text; empty when it does not fit, which no key does that is known. */
static struct mr_slice joined_key(struct mr_slice head, struct mr_slice word, char text[KEY_BYTES])
{
	if (head.length_bytes + 1 + word.length_bytes > KEY_BYTES)
		return (struct mr_slice){0};
	memcpy(text, head.at, head.length_bytes);
	text[head.length_bytes] = '.';
	memcpy(text + head.length_bytes + 1, word.at, word.length_bytes);
	return (struct mr_slice){text, head.length_bytes + 1 + word.length_bytes};
}

static void put_line(struct mr_fill *fill, struct mr_scan *scan)
{
	struct mr_slice rest = scan->line;
	struct mr_slice head;
	struct mr_slice word;
	struct mr_slice number;
	char text[KEY_BYTES];

	if (!mr_slice_until(&rest, ':', &head)) {
		mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
		return;
	}
	while (mr_slice_word(&rest, &word)) {
		if (!mr_slice_word(&rest, &number)) {
			mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
			return;
		}
		mr_fill_put_key(fill, scan, joined_key(head, word, text), number);
	}
}

void mr_parse_sockstat(struct mr_scan *scan)
{
	struct mr_fill fill;

	if (!mr_fill_begin_file(&fill, scan))
		return;
	while (mr_scan_filled_line(scan))
		put_line(&fill, scan);
	if (mr_fill_has_values(&fill))
		mr_fill_emit(&fill, scan);
}
