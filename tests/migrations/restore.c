/* restore DUMP DATABASE: make a database of a dump of SQL statements, compressed or not. */
#include <err.h>

#include "tests/support/restore_dump.h"

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "restore DUMP DATABASE");
	restore_dump(argv[1], argv[2]);
	return 0;
}
