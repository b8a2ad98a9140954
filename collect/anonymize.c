/* Keys, tokens, single names and paths.  What stands inside of files is replaced in anonymize_text.c and,
 * where they are tables of the collector, in anonymize_csv.c. */
#include "collect/anonymize.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/hmac.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/anonymize_text.h"
#include "collect/known_names.h"
#include "schema/base/text.h"

#define KEY_BYTES_MIN 16
#define KEY_BYTES_MAX 4096
/* A newline, and one byte to see that there are more. */
#define KEY_FILE_BYTES_MAX (KEY_BYTES_MAX + 2)
#define RANDOM_KEY_BYTES 32
/* 10 hex digits: behind "proc-" they fill the 15 bytes of a process name. */
#define TOKEN_BYTES 5
#define KEY_ID_BYTES 4

struct mr_anonymizer {
	struct hmac_sha256_ctx hmac; /* keyed: every digest puts it back to where it stood behind the key */
	bool replaces_all;
	char key_id[2 * KEY_ID_BYTES + 1];
};

static void digest(struct mr_anonymizer *anonymizer, const char *kind, const char *name, size_t length_bytes,
		   size_t digest_bytes, uint8_t *ret_digest)
{
	hmac_sha256_update(&anonymizer->hmac, strlen(kind) + 1, (const uint8_t *)kind);
	hmac_sha256_update(&anonymizer->hmac, length_bytes, (const uint8_t *)name);
	hmac_sha256_digest(&anonymizer->hmac, digest_bytes, ret_digest);
}

static void print_hex(const uint8_t *bytes, size_t length_bytes, char *ret_hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < length_bytes; i++) {
		*ret_hex++ = digits[bytes[i] >> 4];
		*ret_hex++ = digits[bytes[i] & 15];
	}
	*ret_hex = '\0';
}

/* A file of any length up to one byte more than fits a key and a newline.  @return its length, or a negative
 * errno */
static ssize_t read_file(const char *path, uint8_t *ret_bytes, size_t most_bytes)
{
	size_t length_bytes = 0;
	ssize_t got_bytes;
	struct stat status;

	/* a pipe or a device would be another key each time, or hold us up */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (!fstat(fd, &status) && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
		close(fd);
		return -ESPIPE;
	}
	do {
		got_bytes = read(fd, ret_bytes + length_bytes, most_bytes - length_bytes);
		length_bytes += got_bytes > 0 ? (size_t)got_bytes : 0;
	} while (got_bytes > 0 || (got_bytes < 0 && errno == EINTR));
	int error_number = got_bytes < 0 ? -errno : 0;
	close(fd);
	return error_number ? error_number : (ssize_t)length_bytes;
}

/* The key in a file.  @return its length without the newline at its end, or a negative errno */
static ssize_t read_key(const char *path, uint8_t ret_key[KEY_FILE_BYTES_MAX], struct mr_error *error)
{
	static const char way_out[] = "head -c 32 /dev/urandom >FILE makes one";
	ssize_t length_bytes = read_file(path, ret_key, KEY_FILE_BYTES_MAX);

	if (length_bytes < 0)
		return mr_error_set(error, (int)length_bytes, "cannot read the key %s: %s.   %s", path,
				    length_bytes == -ESPIPE ? "it is not an ordinary file"
							    : strerror((int)-length_bytes),
				    way_out);
	if (length_bytes && ret_key[length_bytes - 1] == '\n')
		length_bytes--;
	if (length_bytes < KEY_BYTES_MIN || length_bytes > KEY_BYTES_MAX)
		return mr_error_set(error, -EINVAL,
				    "the key %s is too %s: it has to have %d to %d bytes.   %s", path,
				    length_bytes < KEY_BYTES_MIN ? "short" : "long", KEY_BYTES_MIN,
				    KEY_BYTES_MAX, way_out);
	return length_bytes;
}

/* Kernels before 3.17 have no getrandom(). */
static ssize_t make_key(uint8_t ret_key[RANDOM_KEY_BYTES], struct mr_error *error)
{
	ssize_t got_bytes = getrandom(ret_key, RANDOM_KEY_BYTES, 0);

	if (got_bytes < 0 && errno == ENOSYS) {
		int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

		got_bytes = fd < 0 ? -1 : read(fd, ret_key, RANDOM_KEY_BYTES);
		if (fd >= 0)
			close(fd);
	}
	if (got_bytes != RANDOM_KEY_BYTES)
		return mr_error_set(error, -EIO,
				    "no random key to be had from the kernel.   --key FILE names one");
	return got_bytes;
}

static int set_up(struct mr_anonymizer *anonymizer, const char *key_path, struct mr_error *error)
{
	static const char id_text[] = "which key";
	uint8_t key[KEY_FILE_BYTES_MAX], id[KEY_ID_BYTES];

	ssize_t key_bytes = key_path ? read_key(key_path, key, error) : make_key(key, error);
	if (key_bytes >= 0)
		hmac_sha256_set_key(&anonymizer->hmac, (size_t)key_bytes, key);
	explicit_bzero(key, sizeof(key));
	if (key_bytes < 0)
		return (int)key_bytes;
	digest(anonymizer, "key-id", id_text, sizeof(id_text) - 1, sizeof(id), id);
	print_hex(id, sizeof(id), anonymizer->key_id);
	return 0;
}

int mr_anonymizer_create(struct mr_anonymizer **ret, const char *key_path, bool all, struct mr_error *error)
{
	struct mr_anonymizer *anonymizer = calloc(1, sizeof(*anonymizer));

	if (!anonymizer)
		return mr_error_set(error, -ENOMEM, "no memory");
	anonymizer->replaces_all = all;
	int result = set_up(anonymizer, key_path, error);
	if (result < 0) {
		mr_anonymizer_destroy(anonymizer);
		return result;
	}
	*ret = anonymizer;
	return 0;
}

void mr_anonymizer_destroy(struct mr_anonymizer *anonymizer)
{
	if (!anonymizer)
		return;
	explicit_bzero(anonymizer, sizeof(*anonymizer));
	free(anonymizer);
}

const char *mr_anonymizer_key_id(const struct mr_anonymizer *anonymizer)
{
	return anonymizer->key_id;
}

/* A token: what shows its kind, and the digits. */
static void append_token(struct mr_anonymizer *anonymizer, const char *shown, const char *kind,
			 const char *name, size_t length_bytes, struct mr_buffer *ret)
{
	uint8_t token[TOKEN_BYTES];
	char hex[2 * TOKEN_BYTES + 1];

	digest(anonymizer, kind, name, length_bytes, sizeof(token), token);
	print_hex(token, sizeof(token), hex);
	mr_buffer_append_text(ret, shown);
	mr_buffer_append_text(ret, hex);
}

static bool begins_with(const char *text, size_t length_bytes, const char *prefix)
{
	size_t prefix_bytes = strlen(prefix);

	return length_bytes >= prefix_bytes && !memcmp(text, prefix, prefix_bytes);
}

/* The length of the ending that a name has out of a list; 0 for none.  A name is more than its ending. */
static size_t ending_bytes(const char *name, size_t length_bytes, const char *const *endings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t bytes = strlen(endings[i]);

		if (length_bytes > bytes && !memcmp(name + length_bytes - bytes, endings[i], bytes))
			return bytes;
	}
	return 0;
}

/* Hex digits as ids of containers and pods are written: a UUID may have its '-' or, in a unit, '_'. */
static bool is_id(const char *text, size_t length_bytes)
{
	size_t i = 0;

	while (i < length_bytes && text[i] && strchr("0123456789abcdef-_", text[i]))
		i++;
	return length_bytes >= 12 && i == length_bytes;
}

/* What runtimes put before an id or a name of theirs: the rest alone becomes the token, so that it has the
 * same digits in docker-ID.scope and docker/ID.  @return how much of the name that is, 0 for none of it */
static size_t runtime_prefix_bytes(const char *stem, size_t length_bytes, const char **ret_prefix)
{
	static const struct {
		const char *prefix;
		bool before_id; /* only before an id: anyone may call a unit docker-NAME */
	} runtimes[] = {
		{"cri-containerd-", true},
		{"crio-conmon-", true},
		{"crio-", true},
		{"docker-", true},
		{"kubepods-besteffort-pod", true},
		{"kubepods-burstable-pod", true},
		{"kubepods-pod", true},
		{"libpod-conmon-", true},
		{"libpod-", true},
		{"pod", true},
		{"lxc.monitor.", false},
		{"lxc.payload.", false},
		{"lxc.pivot.", false},
	};

	for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++) {
		size_t bytes = strlen(runtimes[i].prefix);

		*ret_prefix = runtimes[i].prefix;
		if (begins_with(stem, length_bytes, runtimes[i].prefix) && length_bytes > bytes &&
		    (!runtimes[i].before_id || is_id(stem + bytes, length_bytes - bytes)))
			return bytes;
	}
	return 0;
}

/* One folder of a cgroup tree. */
static void append_cgroup(struct mr_anonymizer *anonymizer, const char *name, size_t length_bytes,
			  struct mr_buffer *ret)
{
	static const char *const endings[] = {".service",   ".scope",  ".slice", ".socket", ".mount", ".swap",
					      ".automount", ".device", ".path",  ".target", ".timer"};
	/* the kernel appends it in /proc/PID/cgroup when the group is gone; a group may also be called so */
	static const char *const gone[] = {" (deleted)"};
	size_t gone_bytes = ending_bytes(name, length_bytes, gone, 1);
	const char *prefix, *behind = name + length_bytes - gone_bytes;

	length_bytes -= gone_bytes;
	size_t ending = ending_bytes(name, length_bytes, endings, sizeof(endings) / sizeof(endings[0]));
	size_t stem_bytes = length_bytes - ending;
	size_t prefix_bytes = runtime_prefix_bytes(name, stem_bytes, &prefix);
	if (!length_bytes || mr_is_cgroup_structure(name, length_bytes) ||
	    (ending && !anonymizer->replaces_all && mr_is_system_program(name, stem_bytes)))
		mr_buffer_append(ret, name, length_bytes);
	else {
		if (prefix_bytes)
			append_token(anonymizer, prefix, "cgroup", name + prefix_bytes,
				     stem_bytes - prefix_bytes, ret);
		else
			append_token(anonymizer, ending ? "unit-" : "group-", "cgroup", name, length_bytes,
				     ret);
		mr_buffer_append(ret, name + stem_bytes, ending);
	}
	mr_buffer_append(ret, behind, gone_bytes);
}

/* A cache of the kernel stays; one that belongs to a cgroup, NAME(ID:GROUP), shows the token of the group. */
static void append_slab(struct mr_anonymizer *anonymizer, const char *name, size_t length_bytes,
			struct mr_buffer *ret)
{
	const char *end = name + length_bytes;
	const char *open = memchr(name, '(', length_bytes);
	const char *colon = open ? memchr(open, ':', (size_t)(end - open)) : NULL;

	if (mr_is_kernel_slab_cache(name, length_bytes))
		mr_buffer_append(ret, name, length_bytes);
	else if (colon && end[-1] == ')' && mr_is_kernel_slab_cache(name, (size_t)(open - name)) &&
		 mr_is_plain(open + 1, (size_t)(colon - open - 1))) {
		mr_buffer_append(ret, name, (size_t)(colon + 1 - name));
		append_cgroup(anonymizer, colon + 1, (size_t)(end - colon - 2), ret);
		mr_buffer_append(ret, ")", 1);
	} else
		append_token(anonymizer, "slab-", "slab", name, length_bytes, ret);
}

/* Those that a user may have named in part: an NFS server, a network interface. */
static void append_kernel_thread(struct mr_anonymizer *anonymizer, const char *name, size_t length_bytes,
				 struct mr_buffer *ret)
{
	size_t known_bytes = mr_kernel_thread_known_bytes(name, length_bytes);

	mr_buffer_append(ret, name, known_bytes);
	if (!known_bytes)
		append_token(anonymizer, "proc-", "process", name, length_bytes, ret);
	else if (known_bytes < length_bytes)
		append_token(anonymizer, "name-", "name", name + known_bytes, length_bytes - known_bytes,
			     ret);
}

void mr_anonymize_name(struct mr_anonymizer *anonymizer, enum mr_name_kind kind, const char *name,
		       size_t length_bytes, struct mr_buffer *ret)
{
	switch (kind) {
	case MR_NAME_HOST:
		append_token(anonymizer, "host-", "host", name, length_bytes, ret);
		break;
	case MR_NAME_PROCESS:
		if (!anonymizer->replaces_all && mr_is_system_program(name, length_bytes))
			mr_buffer_append(ret, name, length_bytes);
		else
			append_token(anonymizer, "proc-", "process", name, length_bytes, ret);
		break;
	case MR_NAME_KERNEL_THREAD:
		append_kernel_thread(anonymizer, name, length_bytes, ret);
		break;
	case MR_NAME_CGROUP:
		append_cgroup(anonymizer, name, length_bytes, ret);
		break;
	case MR_NAME_SLAB:
		append_slab(anonymizer, name, length_bytes, ret);
		break;
	case MR_NAME_OTHER:
		append_token(anonymizer, "name-", "name", name, length_bytes, ret);
		break;
	}
}

/* Each folder of a path through a function, slashes as they are. */
static void append_folders(struct mr_anonymizer *anonymizer, const char *path, size_t length_bytes,
			   void (*append)(struct mr_anonymizer *, const char *, size_t, struct mr_buffer *),
			   struct mr_buffer *ret)
{
	const char *end = path + length_bytes;

	while (path < end) {
		const char *slash = memchr(path, '/', (size_t)(end - path));
		const char *name_end = slash ? slash : end;

		if (name_end > path)
			append(anonymizer, path, (size_t)(name_end - path), ret);
		if (slash)
			mr_buffer_append(ret, "/", 1);
		path = slash ? slash + 1 : end;
	}
}

void mr_anonymize_cgroup_path(struct mr_anonymizer *anonymizer, const char *path, size_t length_bytes,
			      struct mr_buffer *ret)
{
	append_folders(anonymizer, path, length_bytes, append_cgroup, ret);
}

static void append_mount(struct mr_anonymizer *anonymizer, const char *name, size_t length_bytes,
			 struct mr_buffer *ret)
{
	if (mr_is_mount_structure(name, length_bytes))
		mr_buffer_append(ret, name, length_bytes);
	else
		mr_anonymize_name(anonymizer, MR_NAME_OTHER, name, length_bytes, ret);
}

void mr_anonymize_mount_path(struct mr_anonymizer *anonymizer, const char *path, size_t length_bytes,
			     struct mr_buffer *ret)
{
	append_folders(anonymizer, path, length_bytes, append_mount, ret);
}

const char *mr_anonymize_path_of_file(const char *path, bool *ret_is_more)
{
	const char *number = path, *slash;

	*ret_is_more = false;
	if (begins_with(path, strlen(path), "capture/again/"))
		number += strlen("capture/again/");
	else if (begins_with(path, strlen(path), "capture/more/"))
		number += strlen("capture/more/");
	else
		return path;
	slash = number + strspn(number, "0123456789");
	if (slash == number || *slash != '/')
		return path;
	*ret_is_more = path[strlen("capture/")] == 'm';
	return slash + 1;
}

/* The length of a mount point that the path is or stands below; 0 for none. */
static size_t below_bytes(const char *path, const char *mount)
{
	size_t length_bytes = mount ? strlen(mount) : 0;

	return length_bytes && !strncmp(path, mount, length_bytes) &&
			       (!path[length_bytes] || path[length_bytes] == '/')
		       ? length_bytes
		       : 0;
}

bool mr_anonymize_is_in_cgroup_tree(const char *path, const struct mr_mounts *mounts, size_t *ret_mount_bytes)
{
	static const char usual[] = "sys/fs/cgroup";
	size_t in_cgroup1_bytes = mounts ? below_bytes(path, mounts->cgroup1) : 0;
	size_t in_cgroup2_bytes = mounts ? below_bytes(path, mounts->cgroup2) : 0;
	size_t mount_bytes = in_cgroup1_bytes > in_cgroup2_bytes ? in_cgroup1_bytes : in_cgroup2_bytes;

	/* a tree that is mounted where nobody said: its own folder is that of a controller */
	if (!mount_bytes && (mount_bytes = below_bytes(path, usual)) && path[mount_bytes]) {
		size_t folder_bytes = strcspn(path + mount_bytes + 1, "/");

		if (mr_is_mount_structure(path + mount_bytes + 1, folder_bytes))
			mount_bytes += 1 + folder_bytes;
	}
	*ret_mount_bytes = mount_bytes;
	return mount_bytes > 0;
}

static void append_cgroup_member(struct mr_anonymizer *anonymizer, const char *path, size_t mount_bytes,
				 struct mr_buffer *ret)
{
	const char *folders = path + mount_bytes, *name = strrchr(folders, '/');
	size_t folders_bytes = strlen(folders);

	mr_anonymize_mount_path(anonymizer, path, mount_bytes, ret);
	if (name && mr_is_cgroup_file(name + 1, strlen(name + 1)))
		folders_bytes = (size_t)(name + 1 - folders);
	else
		name = NULL;
	mr_anonymize_cgroup_path(anonymizer, folders, folders_bytes, ret);
	if (name)
		mr_buffer_append_text(ret, name + 1);
}

/* A folder or file that sources.def does not know: its parts stay that are numbers or stand in some row
 * there. */
static void append_unknown(struct mr_anonymizer *anonymizer, const char *name, size_t length_bytes,
			   struct mr_buffer *ret)
{
	static const char *const others[] = {
		"again",     "charges.csv", "cmdline",      "comm",       "derived", "histogram.csv",
		"hung.csv",  "kpagecgroup", "kpagecount",   "kpageflags", "maps",    "more",
		"numa_maps", "pagemap",     "pagetypeinfo", "task",       "wchan"};
	bool is_known = strspn(name, "0123456789") >= length_bytes;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		is_known |= mr_text_is(name, length_bytes, others[i]);
	for (size_t i = 0; i < mr_source_count && !is_known; i++)
		for (const char *part = mr_sources[i].pattern; !is_known; part += strcspn(part, "/") + 1) {
			size_t part_bytes = strcspn(part, "/");

			is_known = part_bytes == length_bytes && !memcmp(part, name, length_bytes);
			if (!part[part_bytes])
				break;
		}
	if (is_known)
		mr_buffer_append(ret, name, length_bytes);
	else
		mr_anonymize_name(anonymizer, MR_NAME_OTHER, name, length_bytes, ret);
}

void mr_anonymize_path(struct mr_anonymizer *anonymizer, const char *path, const struct mr_mounts *mounts,
		       struct mr_buffer *ret)
{
	struct mr_match match;
	size_t mount_bytes;
	bool is_more;

	const char *file = mr_anonymize_path_of_file(path, &is_more);
	mr_buffer_append(ret, path, (size_t)(file - path));
	if (mr_anonymize_is_in_cgroup_tree(file, mounts, &mount_bytes))
		append_cgroup_member(anonymizer, file, mount_bytes, ret);
	else if (mr_source_match(file, mounts, &match))
		mr_buffer_append_text(ret, file);
	else
		append_folders(anonymizer, file, strlen(file), append_unknown, ret);
}
