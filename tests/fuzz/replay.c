/* The main() of a fuzz target without a fuzzer: runs it over the inputs that are kept in the repository.
 *
 *   fuzz_TARGET FOLDER...                  every file of the folders; prints TAP, one test for all of them
 *   fuzz_TARGET --stretch BYTES FOLDER...  each file's lines behind the first repeated up to so many bytes:
 * prints the longest time one took, in ms, and which; time that grows with the square of the length is seen
 * here
 *
 * The inputs run in a child, which leaves the name of the present one in shared memory: when it dies, that
 * one is named.
 */
#include <dirent.h>
#include <err.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "schema/base/buffer.h"
#include "tests/fuzz/fuzz.h"

#define NAME_BYTES 512

struct progress {
	char name[NAME_BYTES];
	size_t inputs_count;
};

static struct progress *progress;
static size_t stretch_bytes;
static double longest_ms;
static char longest_name[NAME_BYTES];

static void read_file(const char *name, struct mr_buffer *content)
{
	FILE *file = fopen(name, "rb");
	size_t length;

	if (!file)
		err(1, "%s", name);
	do {
		if (!mr_buffer_reserve(content, 65536))
			errx(1, "no memory");
		length = fread(content->data + content->length_bytes, 1, 65536, file);
		content->length_bytes += length;
	} while (length);
	fclose(file);
}

/* The first line of an input may say what the others are. */
static void stretch(struct mr_buffer *content)
{
	const char *newline = memchr(content->data, '\n', content->length_bytes);
	size_t head_bytes = newline ? (size_t)(newline + 1 - content->data) : 0;
	size_t body_bytes = content->length_bytes - head_bytes;

	if (!body_bytes)
		return;
	char *body = fuzz_text(content->data + head_bytes, body_bytes);
	while (content->length_bytes < stretch_bytes)
		mr_buffer_append(content, body, body_bytes);
	free(body);
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* In memory of exactly its size, as a fuzzer hands it over. */
static void run(const struct mr_buffer *content)
{
	uint8_t *exact = malloc(content->length_bytes ? content->length_bytes : 1);

	if (!exact)
		errx(1, "no memory");
	if (content->length_bytes)
		memcpy(exact, content->data, content->length_bytes);
	double start_ms = now_ms();
	LLVMFuzzerTestOneInput(exact, content->length_bytes);
	double took_ms = now_ms() - start_ms;
	if (took_ms > longest_ms) {
		longest_ms = took_ms;
		memcpy(longest_name, progress->name, NAME_BYTES);
	}
	free(exact);
}

static void run_file(const char *name)
{
	struct mr_buffer content = {0};

	snprintf(progress->name, NAME_BYTES, "%s", name);
	progress->inputs_count++;
	read_file(name, &content);
	if (stretch_bytes)
		stretch(&content);
	run(&content);
	mr_buffer_deinit(&content);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void run_folder(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_visible, alphasort);

	if (count < 0)
		err(1, "%s", folder);
	for (int i = 0; i < count; i++) {
		char name[NAME_BYTES];

		snprintf(name, sizeof(name), "%s/%s", folder, entries[i]->d_name);
		run_file(name);
		free(entries[i]);
	}
	free(entries);
}

static void run_all(int argc, char **argv)
{
	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 0; i < argc; i++)
		run_folder(argv[i]);
	snprintf(progress->name, NAME_BYTES, "the end of all");
	if (stretch_bytes)
		printf("%.1f %s\n", longest_ms, longest_name);
}

int main(int argc, char **argv)
{
	int first = 1, status;

	if (argc > 2 && !strcmp(argv[1], "--stretch")) {
		stretch_bytes = strtoul(argv[2], NULL, 10);
		first = 3;
	}
	if (argc <= first)
		errx(2, "usage: %s [--stretch BYTES] FOLDER...", argv[0]);
	progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (progress == MAP_FAILED)
		err(1, "mmap");
	pid_t child = fork();
	if (child < 0)
		err(1, "fork");
	if (!child) {
		run_all(argc - first, argv + first);
		exit(0);
	}
	if (waitpid(child, &status, 0) < 0)
		err(1, "waitpid");
	bool is_good = !status && progress->inputs_count;
	if (!stretch_bytes)
		printf("1..1\n%sok 1 - %zu inputs keep every promise%s%s\n", is_good ? "" : "not ",
		       progress->inputs_count, is_good ? "" : "; not: ", is_good ? "" : progress->name);
	return !is_good;
}
