/* SNAPSHOT arguments that are no archives, in databases without a snapshot, of one host and of two.
 *
 * The source is included, not linked: what may be a file is asked of the file system before a name is looked
 * up, and an input must not lead there.
 */
#include "analyze/store/select.c"

#include "tests/fuzz/fuzz.h"

#define STORES_TOTAL 3
#define SNAPSHOTS_EACH 3

static struct mr_store *stores[STORES_TOTAL];

static void add_snapshot(struct mr_store *store, const char *host, int number)
{
	char *sql = sqlite3_mprintf(
		"INSERT INTO snapshot (uuid, digest, archive, archive_bytes, origin, host, taken_ns,"
		" completeness, members_count, imported_s, schema_version)"
		" VALUES ('%q-%d', '', 'x', 0, 'memreckon', '%q', %lld, 'complete', 1, 0, 1)",
		host, number, host, 1795246863000000000 + 60000000000 * number);

	FUZZ_CHECK(sqlite3_exec(mr_store_handle(store), sql, NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_free(sql);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const hosts[] = {"web1", "d@b"};

	for (int i = 0; i < STORES_TOTAL; i++) {
		FUZZ_CHECK(!mr_store_open("", MR_STORE_MEMORY, &stores[i], NULL));
		for (int host = 0; host < i; host++)
			for (int number = 0; number < SNAPSHOTS_EACH; number++)
				add_snapshot(stores[i], hosts[host], number);
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	char *argument = fuzz_text(data, length_bytes);

	for (int i = 0; i < STORES_TOTAL; i++) {
		struct mr_error error = {0};
		int64_t id = 0;
		int result = look_up(stores[i], argument, &id, &error);

		FUZZ_CHECK(result == 0 || result == -EINVAL || result == -ESRCH);
		FUZZ_CHECK(result ? error.number == result && error.message[0]
				  : id >= 1 && id <= i * SNAPSHOTS_EACH);
	}
	free(argument);
	return 0;
}
