/* Members between the archive and its index.  See window.h. */
#include "analyze/read/own/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SLOTS_COUNT ((size_t)2 * MR_WINDOW_MEMBERS_MAX)
#define FIRST_SEEN_SLOTS_COUNT 4096

void mr_window_deinit(struct mr_window *window)
{
	free(window->waiting);
	free(window->slots);
	free(window->seen);
	mr_buffer_deinit(&window->paths);
	*window = (struct mr_window){0};
}

/* The first bytes of a keyed SHA-256: nobody can make two paths that fall together.  Never 0. */
static uint64_t hash_path(const struct mr_window *window, const char *path)
{
	struct sha256_ctx sha256;
	uint64_t hash;

	sha256_init(&sha256);
	sha256_update(&sha256, sizeof(window->key), window->key);
	sha256_update(&sha256, strlen(path), (const uint8_t *)path);
	sha256_digest(&sha256, sizeof(hash), (uint8_t *)&hash);
	return hash ? hash : 1;
}

/* ---- all paths ---- */

static uint64_t *find_seen(const struct mr_window *window, uint64_t hash)
{
	size_t slot = hash & (window->seen_slots_count - 1);

	while (window->seen[slot] && window->seen[slot] != hash)
		slot = (slot + 1) & (window->seen_slots_count - 1);
	return &window->seen[slot];
}

static bool grow_seen(struct mr_window *window)
{
	uint64_t *old = window->seen;
	size_t old_slots_count = window->seen_slots_count;
	size_t wanted = old ? 2 * old_slots_count : FIRST_SEEN_SLOTS_COUNT;
	uint64_t *seen = calloc(wanted, sizeof(*seen));

	if (!seen)
		return false;
	window->seen = seen;
	window->seen_slots_count = wanted;
	for (size_t i = 0; i < old_slots_count; i++)
		if (old[i])
			*find_seen(window, old[i]) = old[i];
	free(old);
	return true;
}

int mr_window_see(struct mr_window *window, const char *path)
{
	if (!window->seen && getrandom(window->key, sizeof(window->key), 0) != (ssize_t)sizeof(window->key))
		return -EIO;
	if (2 * (window->seen_count + 1) > window->seen_slots_count && !grow_seen(window))
		return -ENOMEM;
	uint64_t hash = hash_path(window, path);
	uint64_t *slot = find_seen(window, hash);
	if (*slot)
		return 0;
	*slot = hash;
	window->seen_count++;
	return 1;
}

/* ---- those that wait ---- */

const char *mr_window_path(const struct mr_window *window, const struct mr_waiting *waiting)
{
	return window->paths.data + waiting->path_offset;
}

/* The slot that holds the path, or the free one where it would go. */
static uint32_t *find_slot(const struct mr_window *window, const char *path)
{
	size_t slot = hash_path(window, path) & (SLOTS_COUNT - 1);

	while (window->slots[slot] &&
	       strcmp(mr_window_path(window, &window->waiting[window->slots[slot] - 1]), path) != 0)
		slot = (slot + 1) & (SLOTS_COUNT - 1);
	return &window->slots[slot];
}

static bool make_room(struct mr_window *window)
{
	if (!window->slots)
		window->slots = calloc(SLOTS_COUNT, sizeof(*window->slots));
	if (window->count < window->capacity_count)
		return window->slots;
	size_t wanted = window->capacity_count ? 2 * window->capacity_count : 1024;
	struct mr_waiting *grown = reallocarray(window->waiting, wanted, sizeof(*grown));
	if (!grown)
		return false;
	window->waiting = grown;
	window->capacity_count = wanted;
	return window->slots;
}

int mr_window_add(struct mr_window *window, const char *path, const char *bytes, size_t length_bytes)
{
	size_t path_bytes = strlen(path) + 1;
	struct sha256_ctx sha256;

	if (window->count == MR_WINDOW_MEMBERS_MAX ||
	    window->paths.length_bytes + path_bytes > MR_WINDOW_PATHS_BYTES_MAX)
		return -ENOSPC;
	if (!make_room(window))
		return -ENOMEM;
	uint32_t *slot = find_slot(window, path);
	struct mr_waiting *waiting = &window->waiting[window->count];
	*waiting =
		(struct mr_waiting){.path_offset = window->paths.length_bytes, .length_bytes = length_bytes};
	mr_buffer_append(&window->paths, path, path_bytes);
	if (window->paths.failed)
		return -ENOMEM;
	sha256_init(&sha256);
	sha256_update(&sha256, length_bytes, (const uint8_t *)bytes);
	sha256_digest(&sha256, sizeof(waiting->sha256), waiting->sha256);
	*slot = (uint32_t)++window->count;
	return 0;
}

struct mr_waiting *mr_window_find(struct mr_window *window, const char *path)
{
	if (!window->count)
		return NULL;
	uint32_t slot = *find_slot(window, path);
	struct mr_waiting *waiting = slot ? &window->waiting[slot - 1] : NULL;
	return waiting && !waiting->is_listed ? waiting : NULL;
}

/* Move a member that still waits to the front: what stood there is listed. */
static void keep(struct mr_window *window, struct mr_waiting waiting, size_t *paths_bytes)
{
	const char *path = mr_window_path(window, &waiting);
	size_t path_bytes = strlen(path) + 1;

	memmove(window->paths.data + *paths_bytes, path, path_bytes);
	waiting.path_offset = *paths_bytes;
	*paths_bytes += path_bytes;
	window->waiting[window->count++] = waiting;
}

void mr_window_end_segment(struct mr_window *window)
{
	size_t before_count = window->count, paths_bytes = 0;

	if (!before_count)
		return;
	window->count = 0;
	for (size_t i = 0; i < before_count; i++)
		if (!window->waiting[i].is_listed)
			keep(window, window->waiting[i], &paths_bytes);
	window->paths.length_bytes = paths_bytes;
	memset(window->slots, 0, SLOTS_COUNT * sizeof(*window->slots));
	for (size_t i = 0; i < window->count; i++)
		*find_slot(window, mr_window_path(window, &window->waiting[i])) = (uint32_t)(i + 1);
}

void mr_window_clear(struct mr_window *window, void (*unlisted)(void *context, const char *path),
		     void *context)
{
	mr_window_end_segment(window);
	for (size_t i = 0; i < window->count; i++) {
		unlisted(context, mr_window_path(window, &window->waiting[i]));
		window->waiting[i].is_listed = true;
	}
	mr_window_end_segment(window);
}
