/* From a tree of files to an archive: the tree that is not left, the index in segments, the archive that is
 * published. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collect/archive_out.h"
#include "schema/base/clock.h"
#include "collect/manifest.h"
#include "collect/reader.h"
#include "collect/tree.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test.h"

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(in_folder(name), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* Read a file of the tree as text; NULL with errno when it cannot be opened. */
static const char *read_in_tree(const struct mr_tree *tree, const char *path)
{
	static char text[256];
	int fd = mr_tree_openat(tree, tree->root_fd, path, O_RDONLY);

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	ssize_t length_bytes = read(fd, text, sizeof(text) - 1);
	text[length_bytes < 0 ? 0 : length_bytes] = '\0';
	close(fd);
	return text;
}

TEST(tree_follows_links_inside_and_never_out)
{
	struct mr_tree tree;

	make_folder();
	mkdir(in_folder("t"), 0700);
	mkdir(in_folder("t/proc"), 0700);
	mkdir(in_folder("t/proc/17"), 0700);
	write_file("t/proc/17/mounts", "inside");
	write_file("secret", "outside");
	assert_int_equal(symlink("17", in_folder("t/proc/self")), 0);
	assert_int_equal(symlink("self/mounts", in_folder("t/proc/mounts")), 0);
	assert_int_equal(symlink("../../secret", in_folder("t/proc/up")), 0);
	assert_int_equal(symlink("/proc/self/mounts", in_folder("t/absolute")), 0);
	assert_int_equal(symlink("loop", in_folder("t/loop")), 0);
	assert_int_equal(symlink(folder, in_folder("t/out")), 0);
	assert_int_equal(mr_tree_open(&tree, in_folder("t"), NULL), 0);
	assert_string_equal(read_in_tree(&tree, "proc/mounts"), "inside");
	assert_string_equal(read_in_tree(&tree, "proc/self/mounts"), "inside");
	assert_string_equal(read_in_tree(&tree, "absolute"), "inside");
	assert_null(read_in_tree(&tree, "proc/up"));
	assert_int_equal(errno, ENOENT);
	assert_null(read_in_tree(&tree, "../secret"));
	assert_null(read_in_tree(&tree, "out/secret"));
	assert_null(read_in_tree(&tree, "loop"));
	assert_int_equal(errno, ELOOP);
	int proc_fd = mr_tree_openat(&tree, tree.root_fd, "proc", O_RDONLY | O_DIRECTORY);
	assert_true(proc_fd >= 0);
	assert_int_equal(mr_tree_openat(&tree, proc_fd, "mounts", O_RDONLY), -ELOOP);
	close(proc_fd);
	mr_tree_close(&tree);
	remove_folder();
}

TEST(reader_gives_up_a_pipe_in_the_place_of_a_file_and_goes_on)
{
	struct mr_reading reading;
	struct mr_reader reader;
	struct mr_tree tree;

	make_folder();
	assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
	write_file("before", "1");
	write_file("behind", "22");
	assert_int_equal(mr_tree_open(&tree, folder, NULL), 0);
	mr_reader_init(&reader, &tree, 0);
	mr_reader_ask_file(&reader, "", "before", 5 * MR_SECOND_NS, false);
	mr_reader_ask_file(&reader, "", "pipe", 100 * MR_MILLISECOND_NS, false);
	mr_reader_ask_file(&reader, "", "behind", 5 * MR_SECOND_NS, false);
	mr_reader_answer(&reader, &reading);
	assert_int_equal(reading.error_number, 0);
	assert_int_equal(reading.length_bytes, 1);
	mr_reader_answer(&reader, &reading);
	assert_int_equal(reading.error_number, MR_NO_ANSWER);
	assert_true(reading.duration_ns >= 100 * MR_MILLISECOND_NS);
	mr_reader_answer(&reader, &reading);
	assert_int_equal(reading.error_number, 0);
	assert_memory_equal(reading.bytes, "22", 2);
	assert_int_equal(reader.readers_count, 2);
	mr_reader_deinit(&reader);
	mr_tree_close(&tree);
	remove_folder();
}

TEST(reader_reads_a_long_file_in_parts_that_join_while_other_asks_wait)
{
	struct mr_reading reading;
	struct mr_reader reader;
	struct mr_tree tree;
	size_t total_bytes = 0;
	int parts = 1;

	make_folder();
	FILE *file = fopen(in_folder("long"), "w");
	for (int i = 0; i < 300000; i++)
		fprintf(file, "%07d\n", i);
	fclose(file);
	write_file("empty", "");
	assert_int_equal(mr_tree_open(&tree, folder, NULL), 0);
	mr_reader_init(&reader, &tree, 0);
	mr_reader_ask_file(&reader, "", "empty", MR_SECOND_NS, false);
	mr_reader_ask_file(&reader, "", "long", MR_SECOND_NS, false);
	mr_reader_ask_file(&reader, "", "empty", MR_SECOND_NS, false);
	mr_reader_ask_file(&reader, "", "missing", MR_SECOND_NS, false);
	mr_reader_answer(&reader, &reading);
	assert_int_equal(reading.error_number, 0);
	mr_reader_answer(&reader, &reading);
	assert_int_equal(reading.length_bytes, MR_ARCHIVE_PART_BYTES);
	for (total_bytes = reading.length_bytes; reading.has_more; parts++) {
		mr_reader_rest(&reader, MR_SECOND_NS, &reading);
		total_bytes += reading.length_bytes;
	}
	assert_int_equal(total_bytes, 2400000);
	assert_int_equal(parts, 3);
	assert_memory_equal(reading.bytes + reading.length_bytes - 8, "0299999\n", 8);
	mr_reader_answer(&reader, &reading);
	assert_int_equal(reading.error_number, 0);
	assert_int_equal(reading.length_bytes, 0);
	mr_reader_answer(&reader, &reading);
	assert_int_equal(reading.error_number, ENOENT);
	assert_true(reading.start_ns > 0);
	mr_reader_deinit(&reader);
	mr_tree_close(&tree);
	remove_folder();
}

TEST(reader_answers_thousands_of_asks_in_their_order)
{
	struct mr_reading reading;
	struct mr_reader reader;
	struct mr_tree tree;
	char name[16], text[32];

	make_folder();
	assert_int_equal(mkdir(in_folder("many"), 0700), 0);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "many/%d", i);
		snprintf(text, sizeof(text), "%d", i);
		write_file(name, text);
	}
	assert_int_equal(mr_tree_open(&tree, folder, NULL), 0);
	mr_reader_init(&reader, &tree, 0);
	for (int asked = 0, taken = 0; taken < 5000; taken++) {
		for (; asked < 5000 && asked < taken + 400; asked++) {
			snprintf(name, sizeof(name), "%d", asked % 100);
			mr_reader_ask_file(&reader, "many", name, MR_SECOND_NS, false);
		}
		mr_reader_answer(&reader, &reading);
		assert_int_equal(reading.error_number, 0);
		snprintf(text, sizeof(text), "%d", taken % 100);
		assert_int_equal(reading.length_bytes, strlen(text));
		assert_memory_equal(reading.bytes, text, strlen(text));
		assert_true(reading.folder_inode != 0);
	}
	assert_int_equal(reader.readers_count, 1);
	mr_reader_deinit(&reader);
	mr_tree_close(&tree);
	remove_folder();
}

TEST(reader_that_dies_costs_one_answer)
{
	struct mr_reading reading;
	struct mr_reader reader;
	struct mr_tree tree;

	make_folder();
	assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
	write_file("behind", "22");
	assert_int_equal(mr_tree_open(&tree, folder, NULL), 0);
	/* as in the program: that nobody reads any more is said by the write that fails */
	signal(SIGPIPE, SIG_IGN);
	mr_reader_init(&reader, &tree, 0);
	mr_reader_read(&reader, "", "behind", MR_SECOND_NS, &reading);
	assert_int_equal(reading.error_number, 0);
	kill(reader.pid, SIGKILL);
	mr_reader_read(&reader, "", "behind", 5 * MR_SECOND_NS, &reading);
	assert_int_equal(reading.error_number, ECHILD);
	mr_reader_read(&reader, "", "behind", MR_SECOND_NS, &reading);
	assert_int_equal(reading.error_number, 0);
	assert_int_equal(reader.readers_count, 2);
	mr_reader_deinit(&reader);
	mr_tree_close(&tree);
	remove_folder();
}

TEST(reader_answers_nothing_after_the_end_of_the_run)
{
	struct mr_reading reading;
	struct mr_reader reader;
	struct mr_tree tree;

	make_folder();
	assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
	assert_int_equal(mr_tree_open(&tree, folder, NULL), 0);
	mr_reader_init(&reader, &tree, 0);
	reader.run_deadline_ns = mr_now_ns() + 100 * MR_MILLISECOND_NS;
	mr_reader_read(&reader, "", "pipe", 60 * MR_SECOND_NS, &reading);
	assert_int_equal(reading.error_number, MR_OVER_BUDGET);
	mr_reader_read(&reader, "", "pipe", 60 * MR_SECOND_NS, &reading);
	assert_int_equal(reading.error_number, MR_OVER_BUDGET);
	mr_reader_deinit(&reader);
	mr_tree_close(&tree);
	remove_folder();
}

TEST(reader_lists_a_folder_in_pieces_that_join)
{
	struct mr_list_walk walk = {0};
	struct mr_reading reading;
	struct mr_reader reader;
	struct mr_tree tree;
	char name[32];
	int seen = 0, pieces = 0;

	make_folder();
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "name-%d", i);
		write_file(name, "");
	}
	assert_int_equal(mr_tree_open(&tree, folder, NULL), 0);
	mr_reader_init(&reader, &tree, 0);
	for (; !walk.is_whole; pieces++) {
		mr_reader_list(&reader, ".", walk.next_position, 1024, false, MR_SECOND_NS, &reading);
		assert_int_equal(reading.error_number, 0);
		assert_non_null(mr_list_begin(&walk, reading.bytes, reading.length_bytes));
		while (mr_list_next(&walk))
			seen++;
	}
	assert_int_equal(seen, 200);
	assert_true(pieces > 3);
	mr_reader_deinit(&reader);
	mr_tree_close(&tree);
	remove_folder();
}

static const uint8_t digest[SHA256_DIGEST_SIZE] = {0xde, 0xad};

TEST(manifest_rows_are_csv_with_their_digest)
{
	struct mr_manifest manifest = {0};
	const struct mr_manifest_row ok = {.path = "proc/meminfo",
					   .role = MR_ROLE_BRACKET,
					   .reading_number = 3,
					   .status = "ok",
					   .bytes = 1503,
					   .start_ns = UINT64_MAX,
					   .duration_ns = 0,
					   .sha256 = digest};
	const struct mr_manifest_row failed = {.path = "a \"b\",c", .status = "EACCES"};

	mr_manifest_add(&manifest, &ok);
	mr_manifest_add(&manifest, &failed);
	assert_string_equal(manifest.segment.data,
			    "path,role,reading,status,bytes,start_ns,duration_ns,sha256\n"
			    "proc/meminfo,bracket,3,ok,1503,18446744073709551615,0,"
			    "dead000000000000000000000000000000000000000000000000000000000000\n"
			    "\"a \"\"b\"\",c\",canonical,0,EACCES,0,0,0,\n");
	assert_int_equal(manifest.rows_count, 2);
	assert_int_equal(manifest.failed_count, 1);
	mr_manifest_deinit(&manifest);
}

TEST(manifest_segments_never_pass_their_size_and_hash_to_the_digest)
{
	struct mr_manifest manifest = {0};
	struct sha256_ctx sha256;
	char path[3000], hex[2 * SHA256_DIGEST_SIZE + 1], expected[2 * SHA256_DIGEST_SIZE + 1];
	uint8_t bytes[SHA256_DIGEST_SIZE];
	unsigned segments_count = 0;

	sha256_init(&sha256);
	for (int i = 0; i < 2000; i++) {
		size_t length_bytes = (size_t)(i * 37 % 2999) + 1;
		const struct mr_manifest_row row = {.path = path, .status = "ok", .sha256 = digest};

		memset(path, i % 3 ? 'x' : '"', length_bytes);
		path[length_bytes] = '\0';
		if (mr_manifest_is_full(&manifest, length_bytes)) {
			assert_int_equal(mr_manifest_take(&manifest), ++segments_count);
			sha256_update(&sha256, manifest.segment.length_bytes,
				      (const uint8_t *)manifest.segment.data);
			mr_manifest_next(&manifest);
		}
		mr_manifest_add(&manifest, &row);
		assert_true(manifest.segment.length_bytes <= MR_MANIFEST_SEGMENT_BYTES);
	}
	assert_true(manifest.segments_count > 40);
	sha256_digest(&sha256, sizeof(bytes), bytes);
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(expected + 2 * i, 3, "%02x", bytes[i]);
	mr_manifest_digest(&manifest, hex);
	assert_string_equal(hex, expected);
	mr_manifest_deinit(&manifest);
}

static struct mr_archive_out *new_archive(const char *output, struct mr_error *error)
{
	const struct mr_archive_out_options options = {
		.output = output, .top = "top", .gzip_level = 6, .is_hashed = true};
	struct mr_archive_out *archive = NULL;

	int result = mr_archive_out_create(&archive, &options, error);
	assert_int_equal(result, error->number);
	return archive;
}

TEST(archive_appears_under_its_name_only_when_it_is_whole)
{
	struct mr_error error = {0};
	struct stat status;

	make_folder();
	char *output = strdupa(in_folder("x.tar.gz"));
	struct mr_archive_out *archive = new_archive(output, &error);
	mr_archive_out_add(archive, "a/b", 1, "hello", 5);
	assert_int_equal(stat(output, &status), -1);
	assert_int_equal(stat(in_folder("x.tar.gz.part"), &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(mr_archive_out_publish(archive, &error), 0);
	assert_int_equal(stat(output, &status), 0);
	assert_int_equal(status.st_nlink, 1);
	assert_int_equal(status.st_size, mr_archive_out_size_bytes(archive));
	assert_int_equal(strlen(mr_archive_out_sha256(archive)), 64);
	assert_int_equal(stat(in_folder("x.tar.gz.part"), &status), -1);
	mr_archive_out_destroy(archive);
	assert_int_equal(stat(output, &status), 0);
	remove_folder();
}

TEST(archive_that_is_given_up_leaves_nothing)
{
	struct mr_error error = {0};

	make_folder();
	struct mr_archive_out *archive = new_archive(in_folder("x.tar.gz"), &error);
	mr_archive_out_add(archive, "a", 1, "hello", 5);
	mr_archive_out_destroy(archive);
	assert_int_equal(rmdir(folder), 0);
}

TEST(archive_never_replaces_a_file)
{
	struct mr_error error = {0};

	make_folder();
	write_file("x.tar.gz", "mine");
	assert_null(new_archive(in_folder("x.tar.gz"), &error));
	assert_int_equal(error.number, -EEXIST);
	/* one that comes in between is safe too */
	error = (struct mr_error){0};
	struct mr_archive_out *archive = new_archive(in_folder("y.tar.gz"), &error);
	write_file("y.tar.gz", "mine");
	assert_int_equal(mr_archive_out_publish(archive, &error), -EEXIST);
	mr_archive_out_destroy(archive);
	struct stat status;
	assert_int_equal(stat(in_folder("y.tar.gz"), &status), 0);
	assert_int_equal(status.st_size, 4);
	assert_int_equal(stat(in_folder("y.tar.gz.part"), &status), -1);
	remove_folder();
}

TEST(archive_on_a_full_disk_fails_once_with_the_reason)
{
	struct mr_error error = {0};
	char noise[4096];

	make_folder();
	/* a name that leads to a disk which is always full */
	assert_int_equal(symlink("/dev/full", in_folder("x.part")), 0);
	assert_null(new_archive(in_folder("x"), &error));
	assert_int_equal(error.number, -EEXIST); /* a link is no place to write to */
	error = (struct mr_error){0};
	int saved = dup(STDOUT_FILENO), full = open("/dev/full", O_WRONLY);
	dup2(full, STDOUT_FILENO);
	struct mr_archive_out *archive = new_archive("-", &error);
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)(i * i >> 3);
	for (int i = 0; i < 500; i++)
		mr_archive_out_add(archive, "noise", i, noise, sizeof(noise));
	int result = mr_archive_out_publish(archive, &error);
	bool failed = mr_archive_out_failed(archive);
	mr_archive_out_destroy(archive);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(full);
	assert_int_equal(result, -ENOSPC);
	assert_true(failed);
	assert_non_null(strstr(error.message, "No space left"));
	remove_folder();
}

TEST(archive_is_not_named_like_a_folder)
{
	struct mr_error error = {0};

	make_folder();
	assert_null(new_archive(in_folder(""), &error));
	assert_int_equal(error.number, -EISDIR);
	error = (struct mr_error){0};
	assert_null(new_archive(folder, &error));
	assert_int_equal(error.number, -EEXIST);
	assert_int_equal(rmdir(folder), 0);
}

TEST(archive_without_memory_for_a_member_is_no_archive)
{
	const struct mr_buffer failed = {.failed = true};
	struct mr_error error = {0};

	make_folder();
	struct mr_archive_out *archive = new_archive(in_folder("x.tar.gz"), &error);
	mr_archive_out_add_buffer(archive, "a", 1, &failed);
	assert_true(mr_archive_out_failed(archive));
	assert_int_equal(mr_archive_out_publish(archive, &error), -ENOMEM);
	mr_archive_out_destroy(archive);
	error = (struct mr_error){0};
	archive = new_archive(in_folder("x.tar.gz"), &error);
	mr_archive_out_add(archive, NULL, 1, "a", 1);
	assert_true(mr_archive_out_failed(archive));
	mr_archive_out_destroy(archive);
	assert_int_equal(rmdir(folder), 0);
}

TEST(archive_waits_for_a_pipe_that_does_not_block)
{
	struct mr_error error = {0};
	char noise[4096];
	int pipe_fds[2];

	assert_int_equal(pipe2(pipe_fds, O_NONBLOCK), 0);
	pid_t reader = fork();
	if (!reader) {
		close(pipe_fds[1]);
		fcntl(pipe_fds[0], F_SETFL, 0);
		usleep(50000);
		while (read(pipe_fds[0], noise, sizeof(noise)) > 0)
			;
		_exit(0);
	}
	close(pipe_fds[0]);
	int saved = dup(STDOUT_FILENO);
	dup2(pipe_fds[1], STDOUT_FILENO);
	struct mr_archive_out *archive = new_archive("-", &error);
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)((i * 2654435761u) >> 13);
	for (int i = 0; i < 200; i++) {
		for (size_t at = 0; at < sizeof(noise); at++)
			noise[at] = (char)(noise[at] * 31 + i + (char)at);
		mr_archive_out_add(archive, "noise", i, noise, sizeof(noise));
	}
	int result = mr_archive_out_publish(archive, &error);
	uint64_t size_bytes = mr_archive_out_size_bytes(archive);
	mr_archive_out_destroy(archive);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(pipe_fds[1]);
	waitpid(reader, NULL, 0);
	assert_int_equal(result, 0);
	assert_true(size_bytes > 65536); /* more than fits into a pipe */
}

TEST(archive_keeps_long_and_strange_names)
{
	char name[600], expected[610];
	struct mr_error error = {0};
	struct archive_entry *entry;

	make_folder();
	memset(name, 'n', sizeof(name));
	memcpy(name, "sys/fs/\xff\xfe n\xc3\xa4me/", 16);
	name[sizeof(name) - 1] = '\0';
	snprintf(expected, sizeof(expected), "top/%s", name);
	struct mr_archive_out *archive = new_archive(in_folder("x.tar.gz"), &error);
	mr_archive_out_add(archive, name, 12345, "hello", 5);
	assert_int_equal(mr_archive_out_members_count(archive), 1);
	assert_int_equal(mr_archive_out_publish(archive, &error), 0);
	mr_archive_out_destroy(archive);
	struct archive *reader = archive_read_new();
	archive_read_support_format_tar(reader);
	archive_read_support_filter_gzip(reader);
	assert_int_equal(archive_read_open_filename(reader, in_folder("x.tar.gz"), 10240), ARCHIVE_OK);
	assert_int_equal(archive_read_next_header(reader, &entry), ARCHIVE_OK);
	assert_string_equal(archive_entry_pathname(entry), expected);
	assert_int_equal(archive_entry_mtime(entry), 12345);
	assert_int_equal(archive_entry_size(entry), 5);
	assert_int_equal(archive_read_next_header(reader, &entry), ARCHIVE_EOF);
	archive_read_free(reader);
	remove_folder();
}
