/* The whole import into a database in memory.
 *
 * An input is a capture in text, so that a change of it is a change of what it says:
 *
 *     => proc/meminfo          a member, and what stands in it up to the next such line
 *     => again 1 proc/meminfo  reading 1 of it
 *     => more 1 proc/slabinfo  part 1 of it
 *     => capture/hung.csv      a member that the index does not list, as all below capture/
 *
 * capture/meta.csv, the index and capture/end.csv are made up unless the input has its own.  An input that
 * begins with the line "foreign" is the capture of another tool: its members, as they are named, and nothing
 * else.
 */
#include "analyze/read/input.h"

#include <errno.h>
#include <string.h>

#include "analyze/read/own/verify.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/promises.h"
#include "tests/fuzz/taking.h"
#include "tests/support/archive_maker.h"

#define MEMBERS_MAX 64
#define PATH_BYTES_MAX 256

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	taking_open();
	return 0;
}

/* Cut the next member off the front: its line, and all before the next such line. */
static bool take_member(struct mr_slice *rest, struct mr_slice *ret_name, struct mr_slice *ret_bytes)
{
	const char *next = rest->length_bytes ? memmem(rest->at, rest->length_bytes, "\n=> ", 4) : NULL;
	struct mr_slice member = *rest;

	if (!mr_slice_starts(*rest, MR_SLICE("=> ")))
		return false;
	if (next)
		member.length_bytes = (size_t)(next + 1 - member.at);
	*rest = mr_slice_skip(*rest, member.length_bytes);
	*ret_name = mr_slice_skip(fuzz_line(&member), 3);
	*ret_bytes = member;
	return ret_name->length_bytes && ret_name->length_bytes <= PATH_BYTES_MAX;
}

/* "again 12 PATH": cut the two words off. */
static unsigned take_number(struct mr_slice *name, const char *word)
{
	struct mr_slice rest = *name, first;
	uint64_t number;

	if (!mr_slice_until(&rest, ' ', &first) || !mr_slice_is(first, word) ||
	    !mr_slice_until(&rest, ' ', &first) || mr_slice_unsigned(first, 10, &number) != MR_NUMBER_OK)
		return 0;
	*name = rest;
	return (unsigned)(number % 1000000);
}

static void add_member(struct mr_maker *maker, struct mr_slice name, struct mr_slice bytes, bool is_ours)
{
	unsigned again = take_number(&name, "again"), more = take_number(&name, "more");
	char *path = fuzz_text(name.at, name.length_bytes);

	if (*path && strlen(path) == name.length_bytes) {
		if (!is_ours || !strncmp(path, "capture/", strlen("capture/")))
			mr_maker_add(maker, path, bytes.at, bytes.length_bytes);
		else if (more)
			mr_maker_part(maker, path, more, bytes.at, bytes.length_bytes);
		else
			mr_maker_reading(maker, path, again, bytes.at, bytes.length_bytes);
	}
	free(path);
}

static bool holds(struct mr_slice text, const char *words)
{
	return text.length_bytes && memmem(text.at, text.length_bytes, words, strlen(words));
}

static void make_archive(const char *path, struct mr_slice members)
{
	struct mr_slice name, bytes;
	struct mr_maker maker;
	bool is_ours = !mr_slice_starts(members, MR_SLICE("foreign\n"));
	bool has_meta = mr_slice_starts(members, MR_SLICE("=> capture/meta.csv\n"));
	bool has_end = holds(members, "\n=> capture/end.csv\n");

	if (!is_ours)
		fuzz_line(&members);
	mr_maker_open(&maker, path, NULL);
	if (is_ours && !has_meta)
		mr_maker_meta(&maker, NULL);
	for (int i = 0; i < MEMBERS_MAX && take_member(&members, &name, &bytes); i++)
		add_member(&maker, name, bytes, is_ours);
	if (is_ours && !has_end)
		mr_maker_end(&maker, "complete");
	mr_maker_close(&maker);
}

static const struct mr_input_options options = {.salvage = true};

static int read_into(struct taking *taking, int fd, struct mr_error *error)
{
	struct mr_archive *archive = NULL;
	int own_fd = dup(fd);

	FUZZ_CHECK(own_fd >= 0 && !lseek(fd, 0, SEEK_SET));
	int result = mr_archive_open_fd(own_fd, "input", NULL, &archive, error);
	if (!result)
		result = mr_input_read(archive, &options, mr_take_intake(&taking->take), error);
	mr_archive_close(archive);
	return result;
}

/* As import.c does it, but in one process. */
static struct taking import(int fd)
{
	struct mr_error error = {0};
	struct taking taking;

	taking_init(&taking);
	int result = read_into(&taking, fd, &error);
	while (!result && mr_take_wants_again(&taking.take))
		result = read_into(&taking, fd, &error);
	FUZZ_CHECK(!result || result == -EBADMSG || result == -EFBIG || result == -EPROTONOSUPPORT ||
		   result == -ENODATA || result == -ENOMSG);
	taking_end(&taking, result, &error);
	return taking;
}

/* Of what cannot be imported verify does not say that it is whole. */
static void verify(const char *path, bool was_imported)
{
	struct mr_verify_result verified;
	struct mr_error error = {0};

	int result = mr_verify(path, &verified, &error);
	FUZZ_CHECK(!result || (error.number && error.message[0]));
	FUZZ_CHECK(result || was_imported || verified.outcome != MR_VERIFY_WHOLE);
	mr_verify_deinit(&verified);
}

/* All of it or nothing, and the second time it is known. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	int fd = memory_file("", 0);

	make_archive(memory_file_path(fd), (struct mr_slice){(const char *)data, length_bytes});
	struct taking first = import(fd);
	FUZZ_CHECK(taking_ask("SELECT count(*) FROM snapshot") == (int64_t)first.added_count);
	if (first.added_count) {
		struct taking second = import(fd);
		FUZZ_CHECK(!second.added_count && second.known_count >= first.added_count);
	}
	verify(memory_file_path(fd), first.added_count);
	taking_forget();
	return 0;
}
