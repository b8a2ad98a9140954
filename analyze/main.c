/* memreckon: archives in, answers out.
 *
 *   main.c        this file: the command line, help, and where the output goes
 *   verb/         one file per verb, their options, and what they share
 *   archive_in/   an archive as a stream of members
 *   parse/        the text of one kernel file into rows
 *   import/       one archive into the store
 *   store/        the database; which snapshots an argument means
 *   render/       a report as text, Markdown, JSON, CSV
 *
 * What is asked in SQL is in schema/views, schema/checks and schema/reports.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "analyze/verb/verb.h"
#include "schema/base/clock.h"

#define FULL_WIDTH_CELLS 100
#define PIPE_WIDTH_CELLS 80
#define LEAST_WIDTH_CELLS 40

/* Exit status, the same for every verb: 0 done, 1 a finding, 3 partly done come from the verb. */
enum { EXIT_WRONG_USE = 2, EXIT_NOT_DONE = 4 };

static int exit_status_of(int number)
{
	return number == -EINVAL || number == -ESRCH ? EXIT_WRONG_USE : EXIT_NOT_DONE;
}

static void append_usage(struct mr_buffer *out)
{
	mr_buffer_append_text(
		out, "  sudo memreckon-collect                      take a snapshot of this machine\n"
		     "  memreckon report FILE.mem.tar.gz            where is the RAM?\n"
		     "  memreckon import *.mem.tar.gz               put archives into a database\n"
		     "  memreckon diff                              what changed since the one before?\n"
		     "\nmemreckon VERB [options] [SNAPSHOT...]\n\n");
	for (size_t i = 0; i < mr_verb_count; i++)
		mr_buffer_printf(out, "  %-9s %s\n", mr_verbs[i].name, mr_verbs[i].question);
	mr_buffer_append_text(
		out, "\nSNAPSHOT is a number from list (96), @last, @first, @prev, @-3, a time or its\n"
		     "beginning (2026-11-21T07:41), HOST@last, or the path of an archive, which needs\n"
		     "no database.  memreckon VERB --help says more.\n"
		     "\nExit status: 0 done, 1 a finding, 2 wrong use, 3 done in part, 4 not done.\n");
}

static void append_help(struct mr_buffer *out, const struct mr_verb *verb)
{
	mr_buffer_printf(out, "%s\nmemreckon %s [options] %s\n%s\n", verb->examples, verb->name,
			 verb->arguments, verb->question);
	mr_options_help(out, verb->bit);
	if (verb->more)
		mr_buffer_printf(out, "\n%s", verb->more);
}

/* A closed pipe is not an error: whoever reads has read enough. */
static int write_out(const struct mr_buffer *out)
{
	size_t done = 0;

	if (out->failed) {
		fprintf(stderr, "memreckon: out of memory\n");
		return EXIT_NOT_DONE;
	}
	while (done < out->length_bytes) {
		ssize_t written = write(STDOUT_FILENO, out->data + done, out->length_bytes - done);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EPIPE)
			return 0;
		if (written < 0) {
			fprintf(stderr, "memreckon: cannot write the output: %s\n", strerror(errno));
			return EXIT_NOT_DONE;
		}
		done += (size_t)written;
	}
	return 0;
}

static bool wants_color(const struct mr_options *options)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (strcmp(options->color, "auto"))
		return !strcmp(options->color, "always");
	return isatty(STDOUT_FILENO) && !(no_color && *no_color) && !(term && !strcmp(term, "dumb"));
}

static unsigned wanted_width(const struct mr_options *options)
{
	struct winsize size;

	if (options->width_cells)
		return options->width_cells < LEAST_WIDTH_CELLS ? LEAST_WIDTH_CELLS
								: (unsigned)options->width_cells;
	if (!isatty(STDOUT_FILENO))
		return PIPE_WIDTH_CELLS;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col)
		return PIPE_WIDTH_CELLS;
	return size.ws_col > FULL_WIDTH_CELLS    ? FULL_WIDTH_CELLS
	       : size.ws_col < LEAST_WIDTH_CELLS ? LEAST_WIDTH_CELLS
						 : size.ws_col;
}

/* The locale of the user says whether UTF-8 may go out; widths of characters come from C.UTF-8, so that the
 * same input prints the same bytes everywhere. */
static enum mr_charset find_charset(void)
{
	bool is_utf8 = setlocale(LC_CTYPE, "") && !strcmp(nl_langinfo(CODESET), "UTF-8");

	setlocale(LC_CTYPE, "C.UTF-8");
	return is_utf8 ? MR_CHARSET_UTF8 : MR_CHARSET_ASCII;
}

static int print_report(struct mr_call *call)
{
	const struct mr_options *options = &call->options;
	struct mr_render_options how = {
		.charset = options->ascii ? MR_CHARSET_ASCII : call->charset,
		.color = wants_color(options),
		.to_terminal = call->stdout_is_terminal,
		.raw = options->raw,
		.width_cells = wanted_width(options),
		.tool = "memreckon " MR_VERSION,
	};
	struct mr_buffer out = {0};

	call->report.size_style.unit = options->unit;
	mr_render(&call->report, options->format ? options->format : mr_format_find("text"), &how, &out);
	out.failed |= call->report.failed;
	int result = write_out(&out);
	mr_buffer_deinit(&out);
	return result ? result : call->exit_status;
}

/* Whom the store tells what takes long. */
static const struct mr_call *waiting_call;

static void print_delay(const char *text)
{
	if (waiting_call->stderr_is_terminal && !waiting_call->options.quiet)
		mr_call_print_error(waiting_call, text);
}

static int run(struct mr_call *call, int argc, char **argv)
{
	struct mr_error error = {0};
	struct mr_buffer help = {0};
	int result = mr_options_parse(&call->options, call->verb->bit, argc, argv, &error);

	if (!result && (call->options.help || call->options.version)) {
		if (call->options.help)
			append_help(&help, call->verb);
		else
			mr_buffer_append_text(&help, "memreckon " MR_VERSION "\n");
		result = write_out(&help);
		mr_buffer_deinit(&help);
		return result;
	}
	waiting_call = call;
	mr_store_on_delay(print_delay);
	int64_t begin_ns = (int64_t)mr_now_ns();
	if (!result)
		result = call->verb->run(call, &error);
	if (!result && call->options.verbose && !call->options.quiet)
		fprintf(stderr, "memreckon: %s took %s; database %s\n", call->verb->name,
			mr_number_duration((int64_t)mr_now_ns() - begin_ns).text,
			call->selection.store ? mr_store_path(call->selection.store)
					      : call->options.database);
	if (!result)
		return print_report(call);
	mr_call_print_error(call, error.number ? error.message : strerror(-result));
	return exit_status_of(result);
}

static int no_verb(const struct mr_call *call, const char *word)
{
	struct mr_error error = {0};

	if (!access(word, F_OK))
		mr_error_set(&error, -EINVAL, "'%s' is not a command. Did you mean: memreckon report %s",
			     word, word);
	else
		mr_error_set(&error, -EINVAL, "'%s' is not a command.   memreckon --help", word);
	mr_call_print_error(call, error.message);
	return EXIT_WRONG_USE;
}

static int without_verb(const struct mr_call *call, int argc, char **argv)
{
	struct mr_options options;
	struct mr_buffer out = {0};
	struct mr_error error = {0};
	int result = EXIT_WRONG_USE;

	mr_options_init(&options);
	if (mr_options_parse(&options, 0, argc, argv, &error) < 0)
		mr_call_print_error(call, error.message);
	else if (options.argument_count && !options.help && !options.version)
		result = no_verb(call, options.arguments[0]);
	else if (options.help || options.version) {
		if (options.help)
			append_usage(&out);
		else
			mr_buffer_append_text(&out, "memreckon " MR_VERSION "\n");
		result = write_out(&out);
	} else {
		append_usage(&out);
		fwrite(out.data, 1, out.length_bytes, stderr);
	}
	mr_buffer_deinit(&out);
	mr_options_deinit(&options);
	return result;
}

int main(int argc, char **argv)
{
	struct mr_call call = {0};

	signal(SIGPIPE, SIG_IGN);
	call.charset = find_charset();
	for (size_t i = 0; argc > 1 && i < mr_verb_count; i++)
		if (!strcmp(mr_verbs[i].name, argv[1]))
			call.verb = &mr_verbs[i];
	if (!call.verb)
		return without_verb(&call, argc - 1, argv + 1);
	call.stdout_is_terminal = isatty(STDOUT_FILENO);
	call.stderr_is_terminal = isatty(STDERR_FILENO);
	mr_options_init(&call.options);
	int result = run(&call, argc - 2, argv + 2);
	mr_report_deinit(&call.report);
	mr_selection_deinit(&call.selection);
	mr_options_deinit(&call.options);
	return result;
}
