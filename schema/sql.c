#include "schema/sql.h"

#include <string.h>

const char *mr_sql_find(const char *name)
{
	for (size_t i = 0; i < mr_sql_file_count; i++)
		if (!strcmp(mr_sql_files[i].name, name))
			return mr_sql_files[i].text;
	return NULL;
}
