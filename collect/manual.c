/* The help and the manual page, both out of the table of options. */
#include <string.h>

#include "collect/option_rows.h"

#define HELP_INDENT 28

static const struct {
	const char *command, *meaning;
} examples[] = {
	{"sudo memreckon-collect", "everything, into this folder"},
	{"memreckon-collect -o before.mem.tar.gz", "what your rights allow, exit 3"},
	{"memreckon-collect --anonymize --key case.key", "no names leave the machine"},
	{"memreckon-collect --when 'mem_available<5%'", "wait for trouble, then capture"},
	{"sudo memreckon-collect -o - | ssh HOST 'cat > snapshot.mem.tar.gz'", ""},
};

static const struct {
	int status;
	const char *meaning;
} statuses[] = {
	{0, "complete"},
	{2, "wrong use"},
	{3, "partial: something could not be read"},
	{4, "no archive was written"},
};

static const char promise[] =
	"It reads, and writes only the archive. No environment of a process is ever read,\n"
	"no command line unless asked for. What could not be read is listed in the\n"
	"archive.\n";

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A meaning of several lines, each under the first. */
static void print_meaning(FILE *to, const char *meaning)
{
	for (;;) {
		size_t length = strcspn(meaning, "\n");

		fprintf(to, "%.*s\n", (int)length, meaning);
		if (!meaning[length])
			return;
		meaning += length + 1;
		fprintf(to, "%*s", HELP_INDENT, "");
	}
}

/* What stands between an option and its argument. */
static const char *gap(const struct mr_option_row *row)
{
	return row->argument && row->argument[0] != '[' ? " " : "";
}

static void print_row(FILE *to, const struct mr_option_row *row)
{
	char forms[48];

	if (!row->name) {
		fprintf(to, "\n%s\n", row->meaning);
		return;
	}
	snprintf(forms, sizeof(forms), "%c%c%c --%s%s%s", row->letter ? '-' : ' ',
		 row->letter ? row->letter : ' ', row->letter ? ',' : ' ', row->name, gap(row),
		 row->argument ? row->argument : "");
	fprintf(to, "  %-*s", HELP_INDENT - 2, forms);
	print_meaning(to, row->meaning);
}

void mr_options_help(FILE *to)
{
	fputs("memreckon-collect: copy what the kernel says about memory into one archive\n\n", to);
	for (size_t i = 0; i < COUNT(examples); i++)
		fprintf(to, "  %-44s%s%s\n", examples[i].command, *examples[i].meaning ? " " : "",
			examples[i].meaning);
	fputs("\nusage: memreckon-collect [-o FILE|-] [options]\n", to);
	for (size_t i = 0; i < mr_option_rows_count; i++)
		print_row(to, &mr_option_rows[i]);
	fprintf(to, "\n%s\n", promise);
	for (size_t i = 0; i < COUNT(statuses); i++)
		fprintf(to, "%s%d %s\n", i ? "      " : "exit  ", statuses[i].status, statuses[i].meaning);
}

/* roff takes a hyphen for a dash, a backslash for a command, and a point or a quote that begins a line for a
 * request. */
static void print_roff(FILE *to, const char *text)
{
	bool begins_line = true;

	for (; *text; text++) {
		if (begins_line && (*text == '.' || *text == '\''))
			fputs("\\&", to);
		if (*text == '-' || *text == '\\')
			fputs(*text == '-' ? "\\-" : "\\e", to);
		else
			putc(*text, to);
		begins_line = *text == '\n';
	}
}

static void print_roff_row(FILE *to, const struct mr_option_row *row)
{
	if (!row->name) {
		fputs(".SS ", to);
		print_roff(to, row->meaning);
		putc('\n', to);
		return;
	}
	fputs(".TP\n", to);
	if (row->letter)
		fprintf(to, "\\fB\\-%c\\fR, ", row->letter);
	fputs("\\fB\\-\\-", to);
	print_roff(to, row->name);
	fprintf(to, "\\fR%s", gap(row));
	if (row->argument) {
		fputs("\\fI", to);
		print_roff(to, row->argument);
		fputs("\\fR", to);
	}
	putc('\n', to);
	print_roff(to, row->meaning);
	putc('\n', to);
}

void mr_options_man(FILE *to)
{
	fputs(".TH MEMRECKON\\-COLLECT 1 \"\" \"memreckon " MR_VERSION "\"\n"
	      ".SH NAME\n"
	      "memreckon\\-collect \\- copy what the kernel says about memory into one archive\n"
	      ".SH SYNOPSIS\n"
	      "\\fBmemreckon\\-collect\\fR [\\fB\\-o\\fR \\fIFILE\\fR|\\fB\\-\\fR] [\\fIoptions\\fR]\n"
	      ".SH DESCRIPTION\n",
	      to);
	print_roff(to, promise);
	fputs(".SH EXAMPLES\n", to);
	for (size_t i = 0; i < COUNT(examples); i++) {
		fputs(".TP\n", to);
		print_roff(to, examples[i].command);
		putc('\n', to);
		print_roff(to, examples[i].meaning);
		putc('\n', to);
	}
	fputs(".SH OPTIONS\n", to);
	for (size_t i = 0; i < mr_option_rows_count; i++)
		print_roff_row(to, &mr_option_rows[i]);
	fputs(".SH EXIT STATUS\n", to);
	for (size_t i = 0; i < COUNT(statuses); i++) {
		fprintf(to, ".TP\n%d\n", statuses[i].status);
		print_roff(to, statuses[i].meaning);
		putc('\n', to);
	}
}
