/* Answering asks.  Nothing here knows a deadline: the writer keeps time. */
#include "collect/serve.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collect/capabilities.h"
#include "schema/base/clock.h"
#include "collect/confine.h"
#include "collect/descriptors.h"
#include "collect/frames.h"
#include "collect/stop.h"
#include "collect/probes.h"

/* The first read asks for one page less a byte, and more only when that came back full: reading a file of
 * /proc/sys allocates as much kernel memory as is asked for and a byte (fs/proc/proc_sysctl.c
 * proc_sys_call_handler()). */
#define FIRST_READ_BYTES 4095
#define NEXT_READ_BYTES 65536
/* Names that were found readable: a hierarchy has some 60 to a folder, all the rest together some hundred. */
#define READABLE_NAMES_COUNT 256
#define READABLE_NAME_BYTES_MAX 48

struct server {
	const struct mr_serve *serve;
	uint32_t epoch;
	char folder[MR_ASK_PATH_BYTES_MAX]; /* that is open now */
	int folder_fd;                      /* or a negative errno */
	uint32_t folder_inode;
	int rest_fd; /* of a file that has more; else -1 */
	struct mr_frames frames;
	bool has_frames; /* frames was begun */
	/* each where its hash says, and gone when another one takes the place */
	char readable[READABLE_NAMES_COUNT][READABLE_NAME_BYTES_MAX];
};

static void close_rest(struct server *server)
{
	if (server->rest_fd >= 0)
		close(server->rest_fd);
	server->rest_fd = -1;
}

/* Fill the room from the file.  @return 0 at its end, 1 when the room is full, or a negative errno */
static int fill(int fd, char *room, size_t *ret_length_bytes)
{
	size_t length_bytes = 0, wanted_bytes = FIRST_READ_BYTES;
	int result = 1;

	while (length_bytes < MR_ARCHIVE_PART_BYTES) {
		size_t left_bytes = MR_ARCHIVE_PART_BYTES - length_bytes;
		ssize_t got_bytes =
			read(fd, room + length_bytes, wanted_bytes < left_bytes ? wanted_bytes : left_bytes);
		if (got_bytes < 0 && errno == EINTR)
			continue;
		if (got_bytes <= 0) {
			result = got_bytes < 0 ? -errno : 0;
			break;
		}
		length_bytes += (size_t)got_bytes;
		wanted_bytes = NEXT_READ_BYTES;
	}
	*ret_length_bytes = length_bytes;
	return result;
}

/* Open the folder of an ask, unless it is the one that is open.  Its descriptor keeps naming the same process
 * when the number is given to another. */
static int open_folder(struct server *server, const char *folder)
{
	const struct mr_tree *tree = server->serve->tree;
	struct stat status;

	if (server->folder_fd >= 0 && !strcmp(server->folder, folder))
		return server->folder_fd;
	if (server->folder_fd >= 0)
		close(server->folder_fd);
	server->folder_fd = mr_tree_openat(tree, tree->root_fd, folder, O_PATH | O_DIRECTORY);
	server->folder_inode =
		server->folder_fd >= 0 && !fstat(server->folder_fd, &status) ? (uint32_t)status.st_ino : 0;
	strcpy(server->folder, folder);
	return server->folder_fd;
}

static int open_file(struct server *server, const struct mr_ask *ask, struct mr_answer *answer)
{
	const struct mr_tree *tree = server->serve->tree;

	if (!ask->folder_bytes)
		return mr_tree_openat(tree, tree->root_fd, mr_ask_name(ask), O_RDONLY);
	int folder_fd = open_folder(server, mr_ask_folder(ask));
	answer->folder_inode = server->folder_inode;
	answer->is_folder_lost = folder_fd < 0;
	return folder_fd < 0 ? folder_fd : mr_tree_openat(tree, folder_fd, mr_ask_name(ask), O_RDONLY);
}

static void answer_file(struct server *server, const struct mr_ask *ask, char *room, struct mr_answer *answer)
{
	size_t length_bytes;
	int fd = ask->kind == MR_ASK_REST ? server->rest_fd : -1;

	if (ask->kind == MR_ASK_FILE) {
		close_rest(server);
		fd = open_file(server, ask, answer);
	}
	if (fd < 0) {
		answer->error_number = ask->kind == MR_ASK_FILE ? -fd : EBADF;
		return;
	}
	if (ask->kind == MR_ASK_FILE && ask->arguments[1]) {
		close(fd);
		return;
	}
	int result = fill(fd, room, &length_bytes);
	answer->length_bytes = (uint32_t)length_bytes;
	answer->error_number = result < 0 ? -result : 0;
	answer->has_more = result > 0;
	server->rest_fd = fd;
	if (!answer->has_more)
		close_rest(server);
}

/* Where a name stands when it is known to be readable. */
static char *readable_place(struct server *server, const char *name)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return server->readable[(hash ^ hash >> 16) % READABLE_NAMES_COUNT];
}

/* The folders of a hierarchy have the same files with the same modes, so each name is looked at until it was
 * found readable once. */
static bool is_readable(struct server *server, int folder_fd, const char *name)
{
	char *place = readable_place(server, name);
	struct stat status;

	if (!strcmp(place, name))
		return true;
	if (fstatat(folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return true; /* the reading will say why not */
	if (!(status.st_mode & 0444))
		return false;
	if (strlen(name) < READABLE_NAME_BYTES_MAX)
		strcpy(place, name);
	return true;
}

static void put_entry(char *room, uint32_t *length_bytes, const struct dirent64 *entry, uint8_t type,
		      bool entry_is_readable)
{
	size_t name_bytes = strlen(entry->d_name);
	struct mr_list_entry *put = (struct mr_list_entry *)(void *)(room + *length_bytes);

	*put = (struct mr_list_entry){
		.next_position = entry->d_off,
		.name_bytes = (uint16_t)name_bytes,
		.type = type,
		.is_readable = entry_is_readable,
	};
	memcpy(put + 1, entry->d_name, name_bytes + 1);
	*length_bytes += (uint32_t)mr_list_entry_bytes(name_bytes);
}

/* Put entries behind the head while there is room.  @return 0, or a negative errno */
static int list_entries(struct server *server, int folder_fd, const struct mr_ask *ask, char *room,
			uint32_t *length_bytes)
{
	struct mr_list_head *head = (struct mr_list_head *)(void *)room;
	_Alignas(struct dirent64) char buffer[4096];

	for (;;) {
		ssize_t got_bytes = getdents64(folder_fd, buffer, sizeof(buffer));
		if (got_bytes < 0)
			return -errno;
		if (!got_bytes) {
			head->is_whole = true;
			return 0;
		}
		for (ssize_t at = 0; at < got_bytes;) {
			const struct dirent64 *entry = (const void *)(buffer + at);

			at += entry->d_reclen;
			if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
				continue;
			uint8_t type = mr_tree_entry_type(folder_fd, entry->d_name, entry->d_type);
			if (ask->arguments[2] && type != DT_DIR)
				continue;
			if (*length_bytes + mr_list_entry_bytes(strlen(entry->d_name)) > ask->arguments[1])
				return 0;
			put_entry(room, length_bytes, entry, type,
				  type == DT_REG && is_readable(server, folder_fd, entry->d_name));
		}
	}
}

static void answer_list(struct server *server, const struct mr_ask *ask, char *room, struct mr_answer *answer)
{
	const struct mr_tree *tree = server->serve->tree;
	struct mr_list_head *head = (struct mr_list_head *)(void *)room;
	struct stat status;

	int fd = mr_tree_openat(tree, tree->root_fd, mr_ask_name(ask), O_RDONLY | O_DIRECTORY);
	if (fd < 0) {
		answer->error_number = -fd;
		return;
	}
	*head = (struct mr_list_head){0};
	if (!fstat(fd, &status)) {
		head->device = status.st_dev;
		head->inode = status.st_ino;
	}
	answer->length_bytes = sizeof(*head);
	if (ask->arguments[0] && lseek(fd, (off_t)ask->arguments[0], SEEK_SET) < 0)
		answer->error_number = errno;
	else
		answer->error_number = -list_entries(server, fd, ask, room, &answer->length_bytes);
	close(fd);
}

/* Read one of the files that belong together.  @return bytes that it takes in the room */
static size_t read_quiet(struct server *server, int folder_fd, const char *name, char *room,
			 size_t room_bytes, bool only_opens, struct mr_quiet_reading *reading)
{
	char *bytes = room + sizeof(*reading);

	reading->start_ns = mr_now_ns();
	int fd = mr_tree_openat(server->serve->tree, folder_fd, name, O_RDONLY);
	ssize_t got_bytes = 0;
	while (fd >= 0 && !only_opens && reading->length_bytes < room_bytes &&
	       (got_bytes = read(fd, bytes + reading->length_bytes, room_bytes - reading->length_bytes)) > 0)
		reading->length_bytes += (uint32_t)got_bytes;
	reading->error_number = fd < 0 ? -fd : got_bytes < 0 ? errno : 0;
	/* never so long on a kernel */
	if (!reading->error_number && reading->length_bytes == room_bytes)
		reading->error_number = EFBIG;
	if (fd >= 0)
		close(fd);
	reading->duration_ns = mr_now_ns() - reading->start_ns;
	memcpy(room, reading, sizeof(*reading));
	return (sizeof(*reading) + reading->length_bytes + 7) / 8 * 8;
}

/* The number in a file of one; 0 when there is none. */
static uint64_t number_in(const char *room, const struct mr_quiet_reading *reading)
{
	const char *at = room + sizeof(*reading), *end = at + reading->length_bytes;
	uint64_t number = 0;

	while (at < end && *at >= '0' && *at <= '9')
		number = 10 * number + (uint64_t)(*at++ - '0');
	return reading->error_number ? 0 : number;
}

/* All files once, and the first again.  @ret_unrest: by how much it changed.  @return bytes used */
static size_t attempt_quiet(struct server *server, int folder_fd, const struct mr_ask *ask, char *room,
			    uint8_t number, uint32_t *readings_count, uint64_t *ret_unrest)
{
	const char *names = mr_ask_name(ask), *end = names + ask->name_bytes;
	size_t used_bytes = 0, room_bytes = MR_ROUND_ANSWERS_BYTES / 4;
	uint64_t first = 0, last = 0;
	uint8_t file = 0;

	for (const char *name = names; name < end && file < MR_QUIET_FILES_MAX;
	     name += strlen(name) + 1, file++) {
		struct mr_quiet_reading reading = {.file = file, .attempt = number};
		size_t bytes = read_quiet(server, folder_fd, name, room + used_bytes, room_bytes,
					  ask->arguments[1], &reading);

		if (!file)
			first = last = number_in(room + used_bytes, &reading);
		used_bytes += bytes;
		++*readings_count;
	}
	if (ask->arguments[0]) {
		struct mr_quiet_reading reading = {.attempt = number, .is_again = true};
		size_t bytes = read_quiet(server, folder_fd, names, room + used_bytes, room_bytes,
					  ask->arguments[1], &reading);

		last = number_in(room + used_bytes, &reading);
		used_bytes += bytes;
		++*readings_count;
	}
	*ret_unrest = first > last ? first - last : last - first;
	return used_bytes;
}

static void answer_quiet(struct server *server, const struct mr_ask *ask, char *room,
			 struct mr_answer *answer)
{
	struct mr_quiet_head *head = (struct mr_quiet_head *)(void *)room;
	uint64_t unrest = UINT64_MAX, least = UINT64_MAX;
	int folder_fd = open_folder(server, mr_ask_folder(ask));
	size_t used_bytes = sizeof(*head);

	answer->error_number = folder_fd < 0 ? -folder_fd : 0;
	answer->is_folder_lost = folder_fd < 0;
	if (folder_fd < 0)
		return;
	*head = (struct mr_quiet_head){0};
	for (uint8_t i = 0; i < MR_QUIET_ATTEMPTS_MAX && unrest; i++) {
		used_bytes += attempt_quiet(server, folder_fd, ask, room + used_bytes, i,
					    &head->readings_count, &unrest);
		if (unrest < least) {
			least = unrest;
			head->quietest = i;
		}
	}
	answer->length_bytes = (uint32_t)used_bytes;
}

static void answer_frames(struct server *server, const struct mr_ask *ask, char *room,
			  struct mr_answer *answer)
{
	struct mr_frames_run runs[MR_FRAMES_RUNS_MAX];
	size_t runs_count = ask->name_bytes / sizeof(runs[0]);

	if (!server->has_frames)
		mr_frames_open(&server->frames, server->serve->tree, server->serve->is_swapped);
	server->has_frames = true;
	memcpy(runs, mr_ask_name(ask), runs_count * sizeof(runs[0]));
	answer->length_bytes = (uint32_t)mr_frames_read(&server->frames, runs, runs_count, room);
}

static void answer_probes(struct server *server, char *room, struct mr_answer *answer)
{
	mr_probes_run(server->serve->tree, (struct mr_probes *)(void *)room);
	answer->length_bytes = sizeof(struct mr_probes);
}

/* @return whether the round ends with this answer: the writer has to say whether it wants the rest of the
 * file */
static bool answer_ask(struct server *server, const struct mr_ask *ask, struct mr_round *round,
		       uint32_t number, uint32_t *used_bytes)
{
	struct mr_shared *shared = server->serve->shared;
	struct mr_answer *answer = &round->answers[number];
	char *room = round->bytes + *used_bytes;

	*answer = (struct mr_answer){.offset_bytes = *used_bytes, .start_ns = mr_now_ns()};
	shared->start_ns = answer->start_ns;
	shared->deadline_ns = answer->start_ns + ask->limit_ns;
	if (ask->kind == MR_ASK_LIST)
		answer_list(server, ask, room, answer);
	else if (ask->kind == MR_ASK_QUIET)
		answer_quiet(server, ask, room, answer);
	else if (ask->kind == MR_ASK_FRAMES)
		answer_frames(server, ask, room, answer);
	else if (ask->kind == MR_ASK_PROBES)
		answer_probes(server, room, answer);
	else if (ask->kind == MR_ASK_REFUSED)
		answer->error_number = (int32_t)ask->arguments[0];
	else
		answer_file(server, ask, room, answer);
	answer->duration_ns = mr_now_ns() - answer->start_ns;
	shared->deadline_ns = 0;
	*used_bytes += (answer->length_bytes + 7) / 8 * 8;
	round->answers_count = number + 1;
	return answer->has_more || *used_bytes >= MR_ROUND_ANSWERS_BYTES;
}

static void answer_round(struct server *server, struct mr_round *round)
{
	size_t offset_bytes = 0;
	uint32_t used_bytes = 0;

	round->answers_count = 0;
	/* a round that was sent before the writer knew that the one before it was cut short */
	if (round->epoch < server->epoch)
		return;
	server->epoch = round->epoch;
	for (uint32_t i = 0; i < round->asks_count; i++) {
		const struct mr_ask *ask = (const void *)(round->asks + offset_bytes);

		offset_bytes += mr_ask_bytes(ask->folder_bytes, ask->name_bytes);
		if (!answer_ask(server, ask, round, i, &used_bytes))
			continue;
		server->epoch += i + 1 < round->asks_count || round->answers[i].has_more;
		return;
	}
}

_Noreturn void mr_serve(const struct mr_serve *serve)
{
	static const int stop_signals[] = {MR_STOP_SIGNALS};
	static struct server server;
	const int kept[] = {serve->tree->root_fd, serve->ask_fd, serve->done_fd};
	uint8_t number;

	/* a reader that hangs is of no use to anybody when the writer is gone */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* the terminal signals the whole group; when to stop is for the writer to say */
	for (size_t i = 0; i < sizeof(stop_signals) / sizeof(stop_signals[0]); i++)
		signal(stop_signals[i], SIG_IGN);
	mr_descriptors_close(0, kept, sizeof(kept) / sizeof(kept[0]));
	if (serve->is_confined) {
		mr_capabilities_drop(-1, -1, NULL);
		mr_confine_reader(serve->done_fd);
	}
	server = (struct server){.serve = serve, .folder_fd = -1, .rest_fd = -1};
	while (read(serve->ask_fd, &number, 1) == 1) {
		answer_round(&server, &serve->shared->rounds[number % MR_ROUNDS]);
		if (write(serve->done_fd, &number, 1) != 1)
			break;
	}
	_exit(0);
}
