/* Whose file is it?  Asked of its first bytes before SQLite looks at it, so that what is not ours is only
 * ever read. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyze/store/internal.h"
#include "schema/base/cleanup.h"

/* The database header, https://sqlite.org/fileformat.html section 1.3. */
#define HEADER_BYTES 100
#define HEADER_MAGIC "SQLite format 3"
#define HEADER_USER_VERSION 60
#define HEADER_APPLICATION_ID 68

static uint32_t big_endian_32(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* @return  whether there is a header to look at, or negative errno */
static int read_header(const char *path, unsigned char header[static HEADER_BYTES], int64_t *ret_size_bytes,
		       struct mr_error *error)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &status) < 0)
		return mr_error_set(error, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return mr_error_set(error, -EPROTONOSUPPORT, "%s is not a memreckon database: not a file",
				    path);
	*ret_size_bytes = status.st_size;
	if (!status.st_size)
		return 0;
	ssize_t got = pread(fd, header, HEADER_BYTES, 0);
	if (got < 0)
		return mr_error_set(error, -errno, "%s: %s", path, strerror(errno));
	if (got < HEADER_BYTES || memcmp(header, HEADER_MAGIC, sizeof(HEADER_MAGIC)) != 0)
		return mr_error_set(error, -EPROTONOSUPPORT,
				    "%s is not a memreckon database: not a SQLite file", path);
	return 1;
}

int mr_file_header_read(const char *path, struct mr_file_header *ret_header, struct mr_error *error)
{
	unsigned char header[HEADER_BYTES];

	*ret_header = (struct mr_file_header){0};
	int result = read_header(path, header, &ret_header->size_bytes, error);
	if (result <= 0)
		return result;
	if (big_endian_32(header + HEADER_APPLICATION_ID) != MR_APPLICATION_ID)
		return mr_error_set(error, -EPROTONOSUPPORT,
				    "%s is not a memreckon database: another program's SQLite file", path);
	ret_header->schema_version = big_endian_32(header + HEADER_USER_VERSION);
	ret_header->is_there = true;
	return mr_refuse_newer(path, ret_header->schema_version, error);
}

int mr_refuse_newer(const char *path, int64_t schema_version, struct mr_error *error)
{
	if (schema_version <= MR_SCHEMA_VERSION)
		return 0;
	return mr_error_set(error, -EPROTONOSUPPORT,
			    "%s has schema %lld, this program knows schema %d. A newer memreckon wrote it.",
			    path, (long long)schema_version, MR_SCHEMA_VERSION);
}
