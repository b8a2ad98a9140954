/* The writer's end: asking, waiting, taking answers.
 *
 * Rounds have an epoch.  A reader ends a round early when its answers are many, or when a file has more; it
 * cannot know what the writer wants next, and the round that was sent meanwhile is void.  Both then count the
 * epoch up, the reader when it stops, the writer when it sees that; a round of an older epoch is not
 * answered. */
#include "collect/reader.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "schema/base/clock.h"
#include "collect/reader_process.h"
#include "collect/stop.h"

/* An ask that takes that long when the limit of the run strikes is not just the one whose turn it was: it
 * hangs. */
#define HANGS_FROM_NS MR_SECOND_NS
/* Asks that wait unsent until an answer is wanted; from here on they are worth a round. */
#define EAGER_ASKS_BYTES (8 * 1024)
/* A signal that comes just before a wait does not end it. */
#define LONGEST_WAIT_MS 500

static struct mr_round *round_at(const struct mr_reader *reader, unsigned number)
{
	return &reader->shared->rounds[number % MR_ROUNDS];
}

static size_t ask_bytes_at(const struct mr_reader *reader, size_t offset_bytes)
{
	const struct mr_ask *ask = (const void *)(reader->asks.data + offset_bytes);

	return mr_ask_bytes(ask->folder_bytes, ask->name_bytes);
}

/* Move the asks without an answer to the front, before there is more in front of them than that. */
static void compact(struct mr_reader *reader)
{
	size_t head_bytes = reader->head_bytes, left_bytes = reader->asks.length_bytes - head_bytes;

	if (head_bytes < left_bytes || !head_bytes)
		return;
	memmove(reader->asks.data, reader->asks.data + head_bytes, left_bytes);
	reader->asks.length_bytes = left_bytes;
	reader->sent_bytes -= head_bytes;
	reader->head_bytes = 0;
}

/* Put as many asks as one round takes into it, and tell the reader. */
static void send_round(struct mr_reader *reader)
{
	struct mr_round *round = round_at(reader, reader->sent_count);
	uint8_t number = (uint8_t)(reader->sent_count % MR_ROUNDS);
	size_t used_bytes = 0;

	round->epoch = reader->epoch;
	round->asks_count = 0;
	round->answers_count = 0;
	while (reader->sent_bytes < reader->asks.length_bytes &&
	       round->asks_count < (reader->sends_one ? 1 : MR_ROUND_ASKS_MAX)) {
		size_t ask_bytes = ask_bytes_at(reader, reader->sent_bytes);

		if (used_bytes + ask_bytes > sizeof(round->asks))
			break;
		memcpy(round->asks + used_bytes, reader->asks.data + reader->sent_bytes, ask_bytes);
		used_bytes += ask_bytes;
		reader->sent_bytes += ask_bytes;
		round->asks_count++;
	}
	reader->sent_count++;
	/* cannot block: at most MR_ROUNDS bytes are ever in the pipe.  A reader that died is found by its own
	 * pipe, and so is one that cannot be told: it would be waited for in vain */
	if (write(reader->ask_fd, &number, 1) != 1)
		kill(reader->pid, SIGKILL);
}

static void send_rounds(struct mr_reader *reader)
{
	/* not until it is known whether the rest of that file is wanted, nor behind one that goes alone */
	if ((reader->current && reader->ends_in_part) ||
	    (reader->sends_one && reader->sent_bytes > reader->head_bytes))
		return;
	while (reader->sent_bytes < reader->asks.length_bytes &&
	       reader->sent_count - reader->done_count + (reader->current != NULL) < MR_ROUNDS) {
		send_round(reader);
		if (reader->sends_one)
			return;
	}
}

/* Make room for an ask at an offset, and encode it there.  @name has ask->name_bytes.  @return 0 or -ENOMEM
 */
static int insert_ask(struct mr_reader *reader, size_t offset_bytes, struct mr_ask *ask, const char *folder,
		      const char *name)
{
	struct mr_buffer *asks = &reader->asks;
	size_t folder_bytes = strlen(folder);

	if (folder_bytes + ask->name_bytes + 2 > MR_ASK_PATH_BYTES_MAX) {
		*ask = (struct mr_ask){
			.kind = MR_ASK_REFUSED, .limit_ns = ask->limit_ns, .arguments = {ENAMETOOLONG}};
		folder_bytes = 0;
	}
	ask->folder_bytes = (uint16_t)folder_bytes;
	size_t ask_bytes = mr_ask_bytes(folder_bytes, ask->name_bytes);
	if (!mr_buffer_reserve(asks, ask_bytes))
		return -ENOMEM;
	char *room = asks->data + offset_bytes;
	memmove(room + ask_bytes, room, asks->length_bytes - offset_bytes);
	asks->length_bytes += ask_bytes;
	memcpy(room, ask, sizeof(*ask));
	room += sizeof(*ask);
	memcpy(room, folder, folder_bytes);
	room[folder_bytes] = '\0';
	room += folder_bytes + 1;
	memcpy(room, name, ask->name_bytes);
	room[ask->name_bytes] = '\0';
	return 0;
}

static void append_ask(struct mr_reader *reader, struct mr_ask *ask, const char *folder, const char *name)
{
	compact(reader);
	/* answers are in the order of the asks: behind one that found no memory none may stand */
	if (reader->unasked_count || insert_ask(reader, reader->asks.length_bytes, ask, folder, name) < 0)
		reader->unasked_count++;
	if (reader->pid && reader->asks.length_bytes - reader->sent_bytes >= EAGER_ASKS_BYTES)
		send_rounds(reader);
}

/* A name as long as an ask can say; none that is longer can be opened. */
static uint16_t name_bytes_of(const char *name)
{
	size_t length_bytes = strlen(name);

	return length_bytes < UINT16_MAX ? (uint16_t)length_bytes : UINT16_MAX;
}

void mr_reader_ask_file(struct mr_reader *reader, const char *folder, const char *name, uint64_t limit_ns,
			bool shares_lock)
{
	struct mr_ask ask = {
		.kind = MR_ASK_FILE,
		.limit_ns = limit_ns,
		.arguments = {shares_lock, reader->only_opens},
		.name_bytes = name_bytes_of(name),
	};

	append_ask(reader, &ask, folder, name);
}

void mr_reader_ask_list(struct mr_reader *reader, const char *path, int64_t position, size_t bytes_max,
			bool only_folders, uint64_t limit_ns)
{
	struct mr_ask ask = {
		.kind = MR_ASK_LIST,
		.limit_ns = limit_ns,
		.arguments = {(uint64_t)position, bytes_max, only_folders},
		.name_bytes = name_bytes_of(path),
	};

	append_ask(reader, &ask, "", path);
}

void mr_reader_ask_quiet(struct mr_reader *reader, const char *folder, const char *names, size_t names_bytes,
			 bool reads_again, uint64_t limit_ns)
{
	struct mr_ask ask = {
		.kind = MR_ASK_QUIET,
		.limit_ns = limit_ns,
		.arguments = {reads_again, reader->only_opens},
		.name_bytes = (uint16_t)names_bytes,
	};

	append_ask(reader, &ask, folder, names);
}

void mr_reader_ask_frames(struct mr_reader *reader, const struct mr_frames_run *runs, size_t runs_count,
			  uint64_t limit_ns)
{
	struct mr_ask ask = {
		.kind = MR_ASK_FRAMES,
		.limit_ns = limit_ns,
		.name_bytes = (uint16_t)(runs_count * sizeof(runs[0])),
	};

	append_ask(reader, &ask, "", runs_count ? (const char *)runs : "");
}

static const struct mr_ask *head_of(const struct mr_reader *reader)
{
	return (const void *)(reader->asks.data + reader->head_bytes);
}

/* What a wait has seen of the reader. */
struct progress {
	uint64_t start_ns; /* of the ask that it was at last */
	uint64_t since_ns; /* and when that was seen first */
};

/* When the answer that is being waited for is overdue. */
static uint64_t due_ns(const struct mr_reader *reader, struct progress *seen)
{
	uint64_t deadline_ns = reader->shared->deadline_ns, start_ns = reader->shared->start_ns;

	if (start_ns != seen->start_ns)
		*seen = (struct progress){.start_ns = start_ns, .since_ns = mr_now_ns()};
	/* one that is between two asks, or did not get a processor yet, has the time of the next one */
	return deadline_ns ? deadline_ns : seen->since_ns + head_of(reader)->limit_ns;
}

/* Has it been at one ask for long? */
static bool hangs(const struct mr_reader *reader)
{
	uint64_t start_ns = reader->shared->start_ns;

	return reader->shared->deadline_ns && mr_now_ns() - start_ns >= HANGS_FROM_NS;
}

/* Wait until a round is done.  @return 0, or why the reader is lost */
static int wait_for_round(struct mr_reader *reader)
{
	struct pollfd wait = {.fd = reader->done_fd, .events = POLLIN};
	struct progress seen = {.since_ns = mr_now_ns()};
	uint8_t number;

	for (;;) {
		uint64_t due = due_ns(reader, &seen), now_ns = mr_now_ns();
		bool is_run_over = now_ns >= reader->run_deadline_ns, is_late = is_run_over || now_ns >= due;

		if (reader->run_deadline_ns < due)
			due = reader->run_deadline_ns;
		uint64_t left_ms = is_late ? 0 : (due - now_ns) / MR_MILLISECOND_NS + 1;
		int count = poll(&wait, 1, left_ms > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : (int)left_ms);
		if (count > 0)
			return read(reader->done_fd, &number, 1) == 1 ? 0 : ECHILD;
		/* it does not wait, so nobody may wait by it */
		if (count < 0 && errno != EINTR)
			return errno;
		if (mr_stop_signal())
			return EINTR;
		/* it may have gone on while we had no processor ourselves */
		if (is_run_over)
			return hangs(reader) ? MR_NO_ANSWER : MR_OVER_BUDGET;
		if (is_late && due_ns(reader, &seen) == due)
			return MR_NO_ANSWER;
	}
}

/* Take over the answers of the oldest round that was sent. */
static void take_round(struct mr_reader *reader)
{
	struct mr_round *round = round_at(reader, reader->done_count);
	uint32_t count = round->answers_count;

	/* what a reader says about itself is not believed: it may be one that something went wrong with */
	if (count > round->asks_count || round->asks_count > MR_ROUND_ASKS_MAX) {
		count = 0;
		reader->loss = reader->loss ? reader->loss : EPROTO;
	}
	reader->done_count++;
	if (round->epoch != reader->epoch)
		return;
	reader->current = round;
	reader->current_count = count;
	reader->taken_count = 0;
	reader->ends_in_part = count && round->answers[count - 1].has_more;
	if ((count == round->asks_count && !reader->ends_in_part) || reader->loss)
		return;
	reader->epoch++;
	reader->sent_bytes = reader->head_bytes;
	for (uint32_t i = 0; i < count; i++)
		reader->sent_bytes += ask_bytes_at(reader, reader->sent_bytes);
}

/* Have answers to take.  @return 0, or what the oldest ask is answered with */
static int advance(struct mr_reader *reader)
{
	if (reader->loss) {
		int loss = reader->loss;
		bool was_tried = reader->shared->deadline_ns || head_of(reader)->kind == MR_ASK_REST;

		mr_reader_abandon(reader);
		if (was_tried || reader->is_second_try || loss != MR_NO_ANSWER) {
			reader->timeouts_count += loss == MR_NO_ANSWER;
			return loss;
		}
		/* the reader did not get as far as that: nothing is known of the file yet */
		reader->is_second_try = true;
	}
	if (mr_stop_signal())
		return EINTR;
	if (mr_now_ns() >= reader->run_deadline_ns)
		return MR_OVER_BUDGET;
	if (!reader->pid) {
		int result = mr_reader_begin(reader);
		if (result < 0)
			return -result;
	}
	send_rounds(reader);
	/* the answers before the one that did not come are good */
	reader->loss = wait_for_round(reader);
	take_round(reader);
	send_rounds(reader);
	return 0;
}

static void drop_head(struct mr_reader *reader)
{
	size_t was_bytes = reader->head_bytes;

	reader->head_bytes += ask_bytes_at(reader, was_bytes);
	if (reader->sent_bytes < reader->head_bytes)
		reader->sent_bytes = reader->head_bytes;
	reader->is_second_try = false;
}

static void take_answer(struct mr_reader *reader, struct mr_reading *ret)
{
	const struct mr_answer *answer = &reader->current->answers[reader->taken_count++];

	*ret = (struct mr_reading){
		.reader = reader,
		.error_number = answer->error_number,
		.has_more = answer->has_more,
		.is_folder_lost = answer->is_folder_lost,
		.folder_inode = answer->folder_inode,
		.start_ns = answer->start_ns,
		.duration_ns = answer->duration_ns,
		.bytes = reader->current->bytes + answer->offset_bytes,
		.length_bytes = answer->length_bytes,
	};
	if (answer->offset_bytes > sizeof(reader->current->bytes) ||
	    answer->length_bytes > sizeof(reader->current->bytes) - answer->offset_bytes)
		*ret = (struct mr_reading){.reader = reader, .error_number = EPROTO, .bytes = ""};
	drop_head(reader);
}

/* Does the oldest ask wait for the lock that one before it waited for in vain? */
static bool is_shunned(const struct mr_reader *reader)
{
	const struct mr_ask *head = head_of(reader);

	return reader->shunned.length_bytes && head->kind == MR_ASK_FILE && head->arguments[0] &&
	       !strcmp(reader->shunned.data, mr_ask_folder(head));
}

static void shun(struct mr_reader *reader)
{
	const struct mr_ask *head = head_of(reader);

	mr_buffer_clear(&reader->shunned);
	if (head->kind == MR_ASK_FILE && head->arguments[0])
		mr_buffer_append_text(&reader->shunned, mr_ask_folder(head));
}

void mr_reader_run_ahead(struct mr_reader *reader)
{
	if (reader->loss || reader->current || reader->head_bytes >= reader->asks.length_bytes)
		return;
	if (!reader->pid && (is_shunned(reader) || mr_reader_begin(reader) < 0))
		return;
	send_rounds(reader);
}

void mr_reader_answer(struct mr_reader *reader, struct mr_reading *ret)
{
	*ret = (struct mr_reading){
		.reader = reader, .error_number = ENOMEM, .start_ns = mr_now_ns(), .bytes = ""};
	if (reader->head_bytes >= reader->asks.length_bytes) {
		reader->unasked_count -= reader->unasked_count > 0;
		return;
	}
	if (!reader->pid && is_shunned(reader)) {
		*ret = (struct mr_reading){
			.error_number = MR_NO_ANSWER, .start_ns = ret->start_ns, .bytes = ""};
		drop_head(reader);
		return;
	}
	for (;;) {
		if (reader->current && reader->taken_count < reader->current_count) {
			take_answer(reader, ret);
			return;
		}
		reader->current = NULL;
		if (reader->loss && reader->shared->deadline_ns)
			ret->start_ns = reader->shared->start_ns;
		int error_number = advance(reader);
		if (error_number) {
			ret->error_number = error_number;
			ret->duration_ns = mr_now_ns() - ret->start_ns;
			if (error_number == MR_NO_ANSWER)
				shun(reader);
			drop_head(reader);
			return;
		}
	}
}

/* Ask before all that was asked and not sent yet. */
static void ask_first(struct mr_reader *reader, struct mr_ask *ask, const char *folder, const char *name,
		      struct mr_reading *ret)
{
	*ret = (struct mr_reading){
		.reader = reader, .error_number = ENOMEM, .start_ns = mr_now_ns(), .bytes = ""};
	if (reader->current && reader->taken_count == reader->current_count)
		reader->current = NULL;
	assert(!reader->current && reader->sent_bytes == reader->head_bytes);
	if (insert_ask(reader, reader->head_bytes, ask, folder, name) < 0)
		return;
	reader->sends_one = true;
	mr_reader_answer(reader, ret);
	reader->sends_one = false;
}

void mr_reader_read(struct mr_reader *reader, const char *folder, const char *name, uint64_t limit_ns,
		    struct mr_reading *ret)
{
	struct mr_ask ask = {.kind = MR_ASK_FILE, .limit_ns = limit_ns, .name_bytes = name_bytes_of(name)};

	ask_first(reader, &ask, folder, name, ret);
}

void mr_reader_rest(struct mr_reader *reader, uint64_t limit_ns, struct mr_reading *ret)
{
	struct mr_ask ask = {.kind = MR_ASK_REST, .limit_ns = limit_ns};

	ask_first(reader, &ask, "", "", ret);
}

void mr_reader_list(struct mr_reader *reader, const char *path, int64_t position, size_t bytes_max,
		    bool only_folders, uint64_t limit_ns, struct mr_reading *ret)
{
	struct mr_ask ask = {
		.kind = MR_ASK_LIST,
		.limit_ns = limit_ns,
		.arguments = {(uint64_t)position, bytes_max, only_folders},
		.name_bytes = name_bytes_of(path),
	};

	ask_first(reader, &ask, "", path, ret);
}

void mr_reader_probe(struct mr_reader *reader, uint64_t limit_ns, struct mr_reading *ret)
{
	struct mr_ask ask = {.kind = MR_ASK_PROBES, .limit_ns = limit_ns};

	ask_first(reader, &ask, "", "", ret);
}

const struct mr_list_head *mr_list_begin(struct mr_list_walk *walk, const char *bytes, size_t length_bytes)
{
	const struct mr_list_head *head = (const void *)bytes;

	*walk = (struct mr_list_walk){0};
	if (length_bytes < sizeof(*head))
		return NULL;
	walk->at = bytes + sizeof(*head);
	walk->end = bytes + length_bytes;
	walk->is_whole = head->is_whole;
	walk->is_damaged = !walk->is_whole;
	return head;
}

/* A header and a name with its NUL, all before the end?  What a reader writes is not believed. */
static bool is_entry(const struct mr_list_walk *walk)
{
	const struct mr_list_entry *entry = (const void *)walk->at;
	size_t left_bytes = (size_t)(walk->end - walk->at);

	return left_bytes > sizeof(*entry) && entry->name_bytes &&
	       mr_list_entry_bytes(entry->name_bytes) <= left_bytes &&
	       !mr_list_entry_name(entry)[entry->name_bytes] &&
	       strlen(mr_list_entry_name(entry)) == entry->name_bytes;
}

const struct mr_list_entry *mr_list_next(struct mr_list_walk *walk)
{
	const struct mr_list_entry *entry = (const void *)walk->at;

	if (walk->at >= walk->end)
		return NULL;
	walk->is_damaged = !is_entry(walk);
	if (walk->is_damaged) {
		walk->at = walk->end;
		return NULL;
	}
	walk->at += mr_list_entry_bytes(entry->name_bytes);
	walk->next_position = entry->next_position;
	return entry;
}

int mr_list_end(const struct mr_list_walk *walk)
{
	return walk->is_damaged ? EPROTO : 0;
}
