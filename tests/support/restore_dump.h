/* A database made of a dump, as those in tests/migrations/. */
#ifndef MR_TESTS_RESTORE_DUMP_H
#define MR_TESTS_RESTORE_DUMP_H

/** Run the SQL statements of a file, compressed or not, in a new database.  A failure ends the program. */
void restore_dump(const char *dump_path, const char *database_path);

#endif
