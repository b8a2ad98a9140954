/* Which failed reads matter.  Whether a capture is complete is decided here and nowhere else. */
#include "collect/loss.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "collect/status.h"

/* Files that every kernel from 3.10 on has, whatever its configuration. */
static const char *const in_every_kernel[] = {
	"proc/meminfo", "proc/vmstat",  "proc/zoneinfo",       "proc/buddyinfo",
	"proc/version", "proc/cmdline", "proc/uptime",         "proc/loadavg",
	"proc/stat",    "proc/mounts",  "proc/self/mountinfo",
};

static bool is_in_every_kernel(const char *path)
{
	for (size_t i = 0; i < sizeof(in_every_kernel) / sizeof(in_every_kernel[0]); i++)
		if (!strcmp(in_every_kernel[i], path))
			return true;
	return false;
}

bool mr_is_never_empty(const char *path)
{
	/* these need not be there, but begin with a header */
	return is_in_every_kernel(path) || !strcmp(path, "proc/slabinfo") || !strcmp(path, "proc/swaps");
}

static bool cgroup_errno_is_expected(const char *name, int error_number)
{
	switch (error_number) {
	case ENOENT: /* the group was removed, but the top of a hierarchy that is mounted is always there */
		return strcmp(name, MR_LOSS_CGROUP_MOUNT) != 0;
	case ENODEV: /* the group was removed */
	case EOPNOTSUPP:
		return true;
	case EINVAL: /* an anchor for event descriptors, not a text */
		return !strcmp(name, "memory.pressure_level");
	case EIO: /* 3.10, while the group has no kernel memory accounting */
		return !strcmp(name, "memory.kmem.slabinfo");
	default:
		return false;
	}
}

bool mr_errno_is_expected(enum mr_subject subject, const char *name, int error_number)
{
	switch (subject) {
	case MR_SUBJECT_SYSTEM:
		return error_number == EOPNOTSUPP || (error_number == ENOENT && !is_in_every_kernel(name));
	case MR_SUBJECT_CGROUP:
		return cgroup_errno_is_expected(name, error_number);
	case MR_SUBJECT_PROCESS:
		return error_number == ENOENT || error_number == ESRCH;
	case MR_SUBJECT_PAGES:
		return error_number == ENOENT;
	}
	return false;
}

/* What a budget leaves out of processes or groups is one kind, whatever the files are. */
static bool is_folded(enum mr_subject subject, int error_number)
{
	return error_number == MR_OVER_BUDGET &&
	       (subject == MR_SUBJECT_PROCESS || subject == MR_SUBJECT_CGROUP);
}

static bool is_kind(const struct mr_loss *loss, enum mr_subject subject, const char *name, int error_number)
{
	return loss->subject == subject && loss->error_number == error_number &&
	       (is_folded(subject, error_number) || !strncmp(loss->name, name, sizeof(loss->name) - 1));
}

struct mr_loss *mr_losses_add(struct mr_losses *losses, enum mr_subject subject, const char *name,
			      int error_number)
{
	/* left out by wish is not lost */
	if (error_number == MR_WITHHELD || mr_errno_is_expected(subject, name, error_number))
		return NULL;
	losses->is_partial = true;
	for (unsigned i = 0; i < losses->kinds_count; i++) {
		struct mr_loss *loss = &losses->kinds[i];

		if (!is_kind(loss, subject, name, error_number))
			continue;
		if (strncmp(loss->name, name, sizeof(loss->name) - 1) != 0)
			strcpy(loss->name, "files");
		loss->readings_count++;
		return loss;
	}
	if (losses->kinds_count == MR_LOSS_KINDS_MAX) {
		losses->others_count++;
		return NULL;
	}
	struct mr_loss *loss = &losses->kinds[losses->kinds_count++];
	*loss = (struct mr_loss){.subject = subject, .error_number = error_number, .readings_count = 1};
	snprintf(loss->name, sizeof(loss->name), "%s", name);
	return loss;
}

/* Which folder a file is in, as far as a number can tell. */
static uint32_t hash_of_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; slash && path < slash; path++)
		hash = (hash ^ (unsigned char)*path) * 16777619u;
	return hash | 1;
}

struct mr_loss *mr_losses_add_file(struct mr_losses *losses, enum mr_subject subject, const char *path,
				   const char *name, int error_number)
{
	struct mr_loss *loss = mr_losses_add(losses, subject, name, error_number);

	if (!loss || !is_folded(subject, error_number))
		return loss;
	uint32_t folder = hash_of_folder(path);
	if (loss->latest_folder == folder)
		loss->readings_count--;
	loss->latest_folder = folder;
	return loss;
}

void mr_losses_add_many(struct mr_losses *losses, enum mr_subject subject, const char *name, int error_number,
			uint64_t count)
{
	if (!count)
		return;
	struct mr_loss *loss = mr_losses_add(losses, subject, name, error_number);
	if (loss)
		loss->readings_count += count - 1;
}
