/* Tars with damage and lies in their headers.  See hostile_maker.h. */
#include "tests/support/hostile_maker.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/tar_out.h"

static void first(struct mr_buffer *out)
{
	mr_raw_text(out, "proc/meminfo", "hello\n");
}

static void last(struct mr_buffer *out)
{
	mr_raw_text(out, "proc/version", "hello\n");
	mr_raw_end(out);
}

/* The usual place of an oddity: one member between the two good ones. */
static void between(struct mr_buffer *out, struct mr_raw_header header, const void *bytes,
		    size_t length_bytes)
{
	first(out);
	mr_raw_member(out, header, bytes, length_bytes);
	last(out);
}

/* Bytes without a pattern, the same every time. */
static void noise(struct mr_buffer *out, size_t length_bytes)
{
	uint32_t state = 2463534242;

	for (size_t i = 0; i < length_bytes; i++) {
		state ^= state << 13;
		state ^= state >> 17;
		state ^= state << 5;
		mr_buffer_append(out, &(char){(char)state}, 1);
	}
}

static void damaged_first_header(struct mr_buffer *out)
{
	mr_raw_member(out, (struct mr_raw_header){.name = "proc/stat", .checksum_is_wrong = true}, "x", 1);
	first(out);
	last(out);
}

static void damaged_header(struct mr_buffer *out)
{
	between(out, (struct mr_raw_header){.name = "proc/stat", .checksum_is_wrong = true}, "x", 1);
}

static void garbage_inside(struct mr_buffer *out)
{
	first(out);
	noise(out, 512 * 20);
	last(out);
}

static void garbage_off_by_some(struct mr_buffer *out)
{
	first(out);
	noise(out, 700);
	last(out);
}

static void garbage_behind(struct mr_buffer *out)
{
	first(out);
	last(out);
	noise(out, 5000);
}

static void zeros(struct mr_buffer *out)
{
	mr_raw_end(out);
}

static void one_zero_block(struct mr_buffer *out)
{
	first(out);
	last(out);
	out->length_bytes -= 512;
}

static void two_tars(struct mr_buffer *out)
{
	first(out);
	mr_raw_end(out);
	last(out);
}

/* Cut the whole archive to so many bytes. */
static void cut_to(struct mr_buffer *out, size_t length_bytes)
{
	first(out);
	last(out);
	out->length_bytes = length_bytes;
}

static void cut_first_header(struct mr_buffer *out)
{
	cut_to(out, 300);
}

static void cut_between_members(struct mr_buffer *out)
{
	cut_to(out, 1024);
}

static void cut_in_header(struct mr_buffer *out)
{
	cut_to(out, 1024 + 300);
}

static void cut_behind_header(struct mr_buffer *out)
{
	cut_to(out, 1024 + 512);
}

static void cut_in_data(struct mr_buffer *out)
{
	cut_to(out, 1024 + 512 + 3);
}

static void cut_in_padding(struct mr_buffer *out)
{
	cut_to(out, 1024 + 512 + 6);
}

static void odd_names(struct mr_buffer *out)
{
	static const char *const names[] = {
		"proc/a\nb",
		"proc/\033[31mred",
		"proc/\xff\xfe",
		"proc/a\\b",
		"proc/\xe2\x80\xaetxt.exe",
		"proc/<script>alert(1)</script>",
		"proc/'; DROP TABLE snapshot; --",
		"=cmd|'/c calc'!A1",
		"@SUM(1)",
		"/proc/1/status",
		"../../etc/passwd",
		"proc/../../etc/passwd",
		"./proc/./stat",
		"proc//loadavg",
		".",
		"..",
		"",
	};

	first(out);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		mr_raw_text(out, names[i], "hello\n");
	last(out);
}

static void name_of_a_folder(struct mr_buffer *out)
{
	between(out, (struct mr_raw_header){.name = "proc/1/"}, "hello\n", 6);
}

/* A name in a header of its own before the member, as GNU tar writes it. */
static void gnu_name(struct mr_buffer *out, const void *name, size_t name_bytes)
{
	mr_raw_member(out, (struct mr_raw_header){.name = "././@LongLink", .type = 'L', .magic = MR_RAW_GNU},
		      name, name_bytes);
}

static void between_gnu(struct mr_buffer *out, const void *name, size_t name_bytes)
{
	first(out);
	gnu_name(out, name, name_bytes);
	mr_raw_member(out, (struct mr_raw_header){.name = "short", .magic = MR_RAW_GNU}, "hello\n", 6);
	last(out);
}

static void gnu_name_with_nul(struct mr_buffer *out)
{
	between_gnu(out, "proc/1\0/status", 15);
}

static void gnu_name_of(struct mr_buffer *out, size_t name_bytes)
{
	char *name = malloc(name_bytes);

	if (!name)
		err(1, "name");
	for (size_t i = 0; i < name_bytes; i++)
		name[i] = i % 2 ? '/' : 'n';
	name[name_bytes - 1] = 'n';
	between_gnu(out, name, name_bytes);
	free(name);
}

static void gnu_name_64k(struct mr_buffer *out)
{
	gnu_name_of(out, 65536);
}

static void gnu_name_1m(struct mr_buffer *out)
{
	gnu_name_of(out, 1 << 20);
}

/* libarchive refuses it by its size and does not look for the bytes. */
static void gnu_name_100m(struct mr_buffer *out)
{
	between(out,
		(struct mr_raw_header){
			.name = "././@LongLink", .type = 'L', .magic = MR_RAW_GNU, .size_bytes = 100 << 20},
		"n", 1);
}

static void gnu_name_negative(struct mr_buffer *out)
{
	between(out,
		(struct mr_raw_header){.name = "././@LongLink",
				       .type = 'L',
				       .magic = MR_RAW_GNU,
				       .size_field = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"},
		"", 0);
}

static void gnu_name_at_end(struct mr_buffer *out)
{
	first(out);
	gnu_name(out, "name", 4);
	mr_raw_end(out);
}

static void gnu_names_in_a_row(struct mr_buffer *out)
{
	first(out);
	for (unsigned i = 0; i < 1000; i++)
		gnu_name(out, "name", 4);
	last(out);
}

static void pax(struct mr_buffer *out, char type, const struct mr_buffer *records)
{
	mr_raw_member(out, (struct mr_raw_header){.name = "PaxHeaders/x", .type = type}, records->data,
		      records->length_bytes);
}

/* A member whose pax header has one record. */
static void between_pax(struct mr_buffer *out, const char *key, const void *value, size_t value_bytes)
{
	struct mr_buffer records = {0};

	mr_raw_pax_record(&records, key, value, value_bytes);
	first(out);
	pax(out, 'x', &records);
	mr_raw_text(out, "short", "hello\n");
	last(out);
	mr_buffer_deinit(&records);
}

static void pax_name_with_nul(struct mr_buffer *out)
{
	between_pax(out, "path", "proc/1\0/status", 14);
}

static void pax_name_not_utf8(struct mr_buffer *out)
{
	between_pax(out, "path", "proc/\xff\xfe", 7);
}

static void pax_name_of(struct mr_buffer *out, size_t name_bytes)
{
	char *name = malloc(name_bytes);

	if (!name)
		err(1, "name");
	memset(name, 'n', name_bytes);
	between_pax(out, "path", name, name_bytes);
	free(name);
}

static void pax_name_64k(struct mr_buffer *out)
{
	pax_name_of(out, 65536);
}

static void pax_name_2m(struct mr_buffer *out)
{
	pax_name_of(out, 2 << 20);
}

static void pax_size_negative(struct mr_buffer *out)
{
	between_pax(out, "size", "-3", 2);
}

static void pax_size_huge(struct mr_buffer *out)
{
	between_pax(out, "size", "99999999999999999999999", 23);
}

static void pax_time_huge(struct mr_buffer *out)
{
	between_pax(out, "mtime", "99999999999999999999.5", 22);
}

static void pax_global(struct mr_buffer *out)
{
	struct mr_buffer records = {0};

	mr_raw_pax_record(&records, "path", "everywhere", 10);
	first(out);
	pax(out, 'g', &records);
	last(out);
	mr_buffer_deinit(&records);
}

static void pax_malformed(struct mr_buffer *out)
{
	struct mr_buffer records = {0};

	mr_buffer_append_text(&records, "99999 path=x\n");
	first(out);
	pax(out, 'x', &records);
	mr_raw_text(out, "proc/stat", "hello\n");
	last(out);
	mr_buffer_deinit(&records);
}

static void pax_in_a_row(struct mr_buffer *out)
{
	struct mr_buffer records = {0};

	mr_raw_pax_record(&records, "path", "name", 4);
	first(out);
	for (unsigned i = 0; i < 1000; i++)
		pax(out, 'x', &records);
	last(out);
	mr_buffer_deinit(&records);
}

static void size_negative(struct mr_buffer *out)
{
	between(out,
		(struct mr_raw_header){.name = "proc/stat",
				       .size_field = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"},
		"", 0);
}

static void size_over_63_bits(struct mr_buffer *out)
{
	between(out,
		(struct mr_raw_header){.name = "proc/stat",
				       .size_field = "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"},
		"", 0);
}

static void size_of_4_eib(struct mr_buffer *out)
{
	between(out,
		(struct mr_raw_header){.name = "proc/stat", .size_field = "\x80\0\0\0\x40\0\0\0\0\0\0\0"}, "",
		0);
}

static void size_without_digits(struct mr_buffer *out)
{
	between(out, (struct mr_raw_header){.name = "proc/stat", .size_field = "abcdefghijk"}, "", 0);
}

static void fields_of_letters(struct mr_buffer *out)
{
	between(out, (struct mr_raw_header){.name = "proc/stat", .mode_field = "zzzz\x80\xff%"}, "hello\n",
		6);
}

static void hard_link_with_data(struct mr_buffer *out)
{
	between(out, (struct mr_raw_header){.name = "proc/stat", .type = '1', .link = "proc/meminfo"},
		"hello\n", 6);
}

static void pax_hard_link_with_data(struct mr_buffer *out)
{
	struct mr_buffer records = {0};

	mr_raw_pax_record(&records, "path", "proc/stat", 9);
	first(out);
	pax(out, 'x', &records);
	mr_raw_member(out, (struct mr_raw_header){.name = "short", .type = '1', .link = "proc/meminfo"},
		      "hello\n", 6);
	last(out);
	mr_buffer_deinit(&records);
}

static void symbolic_link_with_data(struct mr_buffer *out)
{
	between(out, (struct mr_raw_header){.name = "proc/stat", .type = '2', .link = "/etc/passwd"},
		"hello\n", 6);
}

static void other_types(struct mr_buffer *out)
{
	static const char types[] = "23467DMNVZ\xff";

	first(out);
	for (const char *type = types; *type; type++)
		mr_raw_header(out,
			      &(struct mr_raw_header){.name = "proc/odd", .type = *type, .link = "/dev/sda"});
	last(out);
}

/* A sparse file of GNU: extents behind byte 386 of the header, the real size at 483. */
static void sparse(struct mr_buffer *out, const char *extents, size_t extents_bytes, uint64_t real_bytes,
		   size_t data_bytes)
{
	char extra[109] = "";

	memcpy(extra, extents, extents_bytes);
	snprintf(extra + 97, 12, "%011llo", (unsigned long long)real_bytes);
	between(out,
		(struct mr_raw_header){.name = "proc/stat",
				       .type = 'S',
				       .magic = MR_RAW_GNU,
				       .extra = extra,
				       .extra_bytes = sizeof(extra),
				       .extra_at = 386},
		"hello\n", data_bytes);
}

static void sparse_gnu(struct mr_buffer *out)
{
	static const char extents[] = "00000000000\00000000000003\00000000001750\00000000000003";

	sparse(out, extents, sizeof(extents), 1 << 30, 6);
}

static void sparse_gnu_without_data(struct mr_buffer *out)
{
	sparse(out, "", 0, 4ULL << 30, 0);
}

static void sparse_pax(struct mr_buffer *out)
{
	struct mr_buffer records = {0};
	char map[512 + 6] = "1\n0\n6\n";

	mr_raw_pax_record(&records, "GNU.sparse.major", "1", 1);
	mr_raw_pax_record(&records, "GNU.sparse.minor", "0", 1);
	mr_raw_pax_record(&records, "GNU.sparse.realsize", "1000000000000", 13);
	memcpy(map + 512, "hello\n", 6);
	first(out);
	pax(out, 'x', &records);
	mr_raw_member(out, (struct mr_raw_header){.name = "proc/stat"}, map, sizeof(map));
	last(out);
	mr_buffer_deinit(&records);
}

static void sparse_pax_without_a_map(struct mr_buffer *out)
{
	between_pax(out, "GNU.sparse.realsize", "1000", 4);
}

static void sparse_pax_with_a_bad_map(struct mr_buffer *out)
{
	struct mr_buffer records = {0};

	mr_raw_pax_record(&records, "GNU.sparse.major", "1", 1);
	mr_raw_pax_record(&records, "GNU.sparse.minor", "0", 1);
	mr_raw_pax_record(&records, "GNU.sparse.realsize", "1000", 4);
	first(out);
	pax(out, 'x', &records);
	mr_raw_text(out, "proc/stat", "hello\n");
	last(out);
	mr_buffer_deinit(&records);
}

void mr_hostile_nested(struct mr_buffer *out, unsigned depth)
{
	struct mr_buffer inner = {0};

	first(out);
	if (depth > 1) {
		mr_hostile_nested(&inner, depth - 1);
		mr_raw_member(out, (struct mr_raw_header){.name = "sys/fs/cgroup.tar"}, inner.data,
			      inner.length_bytes);
		mr_buffer_deinit(&inner);
	}
	last(out);
}

static void tar_in_tar_in_tar(struct mr_buffer *out)
{
	mr_hostile_nested(out, 3);
}

static void tars_40_deep(struct mr_buffer *out)
{
	mr_hostile_nested(out, 40);
}

/* The two good members in a format that is not taken. */
static void in_format(struct mr_buffer *out, const char *format)
{
	struct mr_tree tree = {0};

	mr_tree_printf(&tree, "proc/meminfo", "hello\n");
	mr_tree_printf(&tree, "proc/version", "hello\n");
	mr_tar_pack(&tree, &(struct mr_tar_way){.format = format}, out);
	mr_tree_deinit(&tree);
}

static void zip(struct mr_buffer *out)
{
	in_format(out, "zip");
}

static void seven_zip(struct mr_buffer *out)
{
	in_format(out, "7zip");
}

static void cpio(struct mr_buffer *out)
{
	in_format(out, "cpio");
}

static void only_noise(struct mr_buffer *out)
{
	noise(out, 10240);
}

const struct mr_hostile mr_hostile_archives[] = {
	{"damaged-first-header", damaged_first_header},
	{"damaged-header", damaged_header},
	{"garbage-inside", garbage_inside},
	{"garbage-off-by-some", garbage_off_by_some},
	{"garbage-behind", garbage_behind},
	{"zeros", zeros},
	{"one-zero-block", one_zero_block},
	{"two-tars", two_tars},
	{"cut-first-header", cut_first_header},
	{"cut-between-members", cut_between_members},
	{"cut-in-header", cut_in_header},
	{"cut-behind-header", cut_behind_header},
	{"cut-in-data", cut_in_data},
	{"cut-in-padding", cut_in_padding},
	{"odd-names", odd_names},
	{"name-of-a-folder", name_of_a_folder},
	{"gnu-name-with-nul", gnu_name_with_nul},
	{"gnu-name-64k", gnu_name_64k},
	{"gnu-name-1m", gnu_name_1m},
	{"gnu-name-100m", gnu_name_100m},
	{"gnu-name-negative", gnu_name_negative},
	{"gnu-name-at-end", gnu_name_at_end},
	{"gnu-names-in-a-row", gnu_names_in_a_row},
	{"pax-name-with-nul", pax_name_with_nul},
	{"pax-name-not-utf8", pax_name_not_utf8},
	{"pax-name-64k", pax_name_64k},
	{"pax-name-2m", pax_name_2m},
	{"pax-size-negative", pax_size_negative},
	{"pax-size-huge", pax_size_huge},
	{"pax-time-huge", pax_time_huge},
	{"pax-global", pax_global},
	{"pax-malformed", pax_malformed},
	{"pax-in-a-row", pax_in_a_row},
	{"size-negative", size_negative},
	{"size-over-63-bits", size_over_63_bits},
	{"size-of-4-eib", size_of_4_eib},
	{"size-without-digits", size_without_digits},
	{"fields-of-letters", fields_of_letters},
	{"hard-link-with-data", hard_link_with_data},
	{"pax-hard-link-with-data", pax_hard_link_with_data},
	{"symbolic-link-with-data", symbolic_link_with_data},
	{"other-types", other_types},
	{"sparse-gnu", sparse_gnu},
	{"sparse-gnu-without-data", sparse_gnu_without_data},
	{"sparse-pax", sparse_pax},
	{"sparse-pax-without-a-map", sparse_pax_without_a_map},
	{"sparse-pax-with-a-bad-map", sparse_pax_with_a_bad_map},
	{"tar-in-tar-in-tar", tar_in_tar_in_tar},
	{"tars-40-deep", tars_40_deep},
	{"zip", zip},
	{"7zip", seven_zip},
	{"cpio", cpio},
	{"noise", only_noise},
	{NULL, NULL},
};

void mr_hostile_make(struct mr_buffer *out, const char *name)
{
	const struct mr_hostile *const lists[] = {mr_hostile_archives, mr_hostile_bombs};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (const struct mr_hostile *one = lists[i]; one->name; one++)
			if (!strcmp(one->name, name)) {
				one->make(out);
				return;
			}
	errx(1, "no hostile archive '%s'", name);
}
