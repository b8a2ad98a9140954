/* What the tests of --anonymize share: anonymizers with a known key, and their results as text. */
#ifndef MR_TESTS_ANONYMIZE_HELP_H
#define MR_TESTS_ANONYMIZE_HELP_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/anonymize.h"
#include "tests/support/test.h"

#define KEY "0123456789abcdef0123456789abcdef"

static const struct mr_mounts both
	__attribute__((unused)) = {"sys/fs/cgroup/memory", "sys/fs/cgroup/unified"};

/* A key file for as long as it takes to make an anonymizer. */
static inline int create(struct mr_anonymizer **ret, const void *key, size_t key_bytes, bool all,
			 struct mr_error *error)
{
	char path[] = "/tmp/mr-key-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, key, key_bytes), key_bytes);
	close(fd);
	int result = mr_anonymizer_create(ret, path, all, error);
	unlink(path);
	return result;
}

static inline struct mr_anonymizer *with_key(const char *key, bool all)
{
	struct mr_anonymizer *anonymizer = NULL;
	struct mr_error error = {0};

	assert_int_equal(create(&anonymizer, key, strlen(key), all, &error), 0);
	return anonymizer;
}

/* Results stand in a few static buffers, so that two can be compared. */
static inline const char *kept_text(struct mr_buffer *buffer)
{
	static char texts[8][65536];
	static unsigned next;
	char *text = texts[next++ % 8];

	assert_false(buffer->failed);
	assert_true(buffer->length_bytes < sizeof(texts[0]));
	if (buffer->length_bytes)
		memcpy(text, buffer->data, buffer->length_bytes);
	text[buffer->length_bytes] = '\0';
	mr_buffer_deinit(buffer);
	return text;
}

static inline const char *name_of(struct mr_anonymizer *anonymizer, enum mr_name_kind kind, const char *name)
{
	struct mr_buffer buffer = {0};

	mr_anonymize_name(anonymizer, kind, name, strlen(name), &buffer);
	return kept_text(&buffer);
}

static inline const char *path_of(struct mr_anonymizer *anonymizer, const char *path,
				  const struct mr_mounts *mounts)
{
	struct mr_buffer buffer = {0};

	mr_anonymize_path(anonymizer, path, mounts, &buffer);
	return kept_text(&buffer);
}

static inline enum mr_anonymized verdict_of(struct mr_anonymizer *anonymizer, const char *path,
					    const char *text)
{
	struct mr_buffer buffer = {0};
	enum mr_anonymized result = mr_anonymize_text(anonymizer, path, &both, text, strlen(text), &buffer);

	mr_buffer_deinit(&buffer);
	return result;
}

/* The bytes in a block of their own, so that a sanitizer sees what reads behind them. */
static inline enum mr_anonymized anonymize(struct mr_anonymizer *anonymizer, const char *path,
					   const struct mr_mounts *mounts, const char *bytes,
					   size_t length_bytes, struct mr_buffer *ret)
{
	char *block = malloc(length_bytes + !length_bytes);

	assert_non_null(block);
	if (length_bytes)
		memcpy(block, bytes, length_bytes);
	enum mr_anonymized result = mr_anonymize_text(anonymizer, path, mounts, block, length_bytes, ret);
	free(block);
	return result;
}

static inline const char *text_of(struct mr_anonymizer *anonymizer, const char *path, const char *text)
{
	struct mr_buffer buffer = {0};
	enum mr_anonymized result = anonymize(anonymizer, path, &both, text, strlen(text), &buffer);

	assert_int_not_equal(result, MR_ANONYMIZED_WITHHELD);
	if (result == MR_ANONYMIZED_KEPT) {
		mr_buffer_deinit(&buffer);
		return text;
	}
	return kept_text(&buffer);
}

#endif
