/* Opening files without ever leaving the tree.
 *
 * openat2(RESOLVE_IN_ROOT) would do, but kernels before 5.6 do not have it and seccomp cannot look into its
 * flags. So links of a foreign tree are resolved here, by name.  The tree is not supposed to change
 * meanwhile. */
#include "collect/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 16

int mr_tree_open(struct mr_tree *ret_tree, const char *root, struct mr_error *error)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return mr_error_set(error, -errno, "cannot open the tree %s: %s", root, strerror(errno));
	*ret_tree = (struct mr_tree){.root = root, .root_fd = fd, .is_foreign = strcmp(root, "/") != 0};
	return 0;
}

void mr_tree_close(struct mr_tree *tree)
{
	if (tree->root_fd >= 0)
		close(tree->root_fd);
	tree->root_fd = -1;
}

/* Remove the last component. */
static void pop(char *done)
{
	char *slash = strrchr(done, '/');

	if (slash)
		*slash = '\0';
	else
		*done = '\0';
}

static int push(char done[PATH_MAX], const char *name, size_t length_bytes)
{
	size_t used_bytes = strlen(done);

	if (used_bytes + length_bytes + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	if (used_bytes)
		done[used_bytes++] = '/';
	memcpy(done + used_bytes, name, length_bytes);
	done[used_bytes + length_bytes] = '\0';
	return 0;
}

/* Put the target of the link that ends `done` in front of what is left of the path. */
static int follow(char done[PATH_MAX], char rest[PATH_MAX], const char *after, const char *target,
		  size_t target_bytes)
{
	size_t after_bytes = strlen(after);

	if (target_bytes + 1 + after_bytes + 1 > PATH_MAX)
		return -ENAMETOOLONG;
	memmove(rest + target_bytes + 1, after, after_bytes + 1);
	memcpy(rest, target, target_bytes);
	rest[target_bytes] = '/';
	if (target[0] == '/')
		done[0] = '\0';
	else
		pop(done);
	return 0;
}

/* Make `done` the path of the same thing without links; ".." stops at the top. */
static int resolve(int root_fd, const char *path, char done[PATH_MAX])
{
	char rest[PATH_MAX], target[PATH_MAX];
	const char *at = rest;
	int links = 0;

	if (strlen(path) >= sizeof(rest))
		return -ENAMETOOLONG;
	strcpy(rest, path);
	done[0] = '\0';
	while (*at) {
		size_t length_bytes = strcspn(at, "/");
		const char *name = at;

		at += length_bytes + (at[length_bytes] == '/');
		if (length_bytes == 0 || (length_bytes == 1 && name[0] == '.'))
			continue;
		if (length_bytes == 2 && !memcmp(name, "..", 2)) {
			pop(done);
			continue;
		}
		int result = push(done, name, length_bytes);
		if (result < 0)
			return result;
		ssize_t target_bytes = readlinkat(root_fd, done, target, sizeof(target));
		if (target_bytes < 0 && errno == EINVAL)
			continue; /* no link */
		if (target_bytes < 0)
			return -errno;
		if (++links > LINKS_MAX)
			return -ELOOP;
		result = follow(done, rest, at, target, (size_t)target_bytes);
		if (result < 0)
			return result;
		at = rest;
	}
	return 0;
}

/* A foreign tree may hold devices under the names of kernel files; to open one may do anything.  A pipe may
 * only hang. */
static bool is_harmless(int directory_fd, const char *path)
{
	struct stat status;

	return fstatat(directory_fd, path, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
	       (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode));
}

int mr_tree_openat(const struct mr_tree *tree, int directory_fd, const char *path, int flags)
{
	char done[PATH_MAX];

	flags |= O_CLOEXEC | O_NOCTTY;
	if (directory_fd != tree->root_fd)
		flags |= O_NOFOLLOW;
	else if (tree->is_foreign) {
		int result = resolve(tree->root_fd, path, done);
		if (result < 0)
			return result;
		path = done[0] ? done : ".";
		flags |= O_NOFOLLOW;
	}
	if (tree->is_foreign && !is_harmless(directory_fd, path))
		return -EINVAL;
	int fd = openat(directory_fd, path, flags);
	return fd < 0 ? -errno : fd;
}

unsigned char mr_tree_entry_type(int directory_fd, const char *name, unsigned char type)
{
	struct stat status;

	/* XFS without ftype, some network file systems */
	if (type != DT_UNKNOWN || fstatat(directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return type;
	return IFTODT(status.st_mode);
}
