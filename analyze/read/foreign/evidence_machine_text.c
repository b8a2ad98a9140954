/* What programs and the kernel print about the machine: uname, lscpu, hostnamectl, getconf, cpuinfo. */
#include <string.h>

#include "analyze/read/foreign/evidence_internal.h"

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length >= strlen(end) && !strcmp(text + length - strlen(end), end);
}

/* The name of a machine as uname prints it, from whatever program. */
static void add_machine(struct mr_evidence *evidence, enum mr_strength strength, const char *path,
			struct mr_slice name, const char *how)
{
	const struct mr_machine *machine = mr_machine_find(name);

	if (!machine)
		return;
	if (machine->other_name && mr_slice_is(name, machine->other_name))
		name = mr_slice_of(machine->name);
	mr_book_add(&evidence->book, MR_FACT_MACHINE, strength, path, name, "%s", how);
}

/* ---- uname -a ---- */

/* Behind the version stand the machine, the processor and the platform, of which many systems print the first
 * only.  @return the first of up to three words at the end that name machines */
static bool cut_machine(struct mr_slice *line, struct mr_slice *ret_machine)
{
	bool is_found = false;
	struct mr_slice rest = *line;
	struct mr_slice word;

	for (int i = 0; i < 3 && mr_slice_last_word(&rest, &word); i++) {
		if (!mr_machine_find(word) && !mr_slice_is(word, "unknown"))
			break;
		*line = rest;
		if (mr_slice_is(word, "unknown"))
			continue;
		*ret_machine = word;
		is_found = true;
	}
	return is_found;
}

void mr_evidence_uname(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	struct mr_slice line;
	struct mr_slice system, host, release;
	struct mr_slice word = {0};

	if (!mr_evidence_line(&text, &line) || !mr_slice_word(&line, &system) ||
	    !mr_slice_is(system, "Linux") || !mr_slice_word(&line, &host) || !mr_slice_word(&line, &release))
		return;
	struct mr_slice rest = line;
	if (mr_slice_last_word(&rest, &word) && mr_slice_is(word, "GNU/Linux"))
		line = rest;
	mr_book_add(&evidence->book, MR_FACT_HOST, MR_STRENGTH_COMMAND, path, host, "node name of uname");
	mr_book_add(&evidence->book, MR_FACT_KERNEL_RELEASE, MR_STRENGTH_COMMAND, path, release, "uname");
	if (cut_machine(&line, &word))
		add_machine(evidence, MR_STRENGTH_COMMAND, path, word, "uname");
	mr_book_add(&evidence->book, MR_FACT_KERNEL_VERSION, MR_STRENGTH_COMMAND, path, mr_slice_trim(line),
		    "uname");
}

/* ---- proc ---- */

void mr_evidence_version(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	struct mr_slice line;
	struct mr_slice release = {0};

	if (!mr_evidence_line(&text, &line) || !mr_slice_starts(line, MR_SLICE("Linux version ")))
		return;
	line = mr_slice_skip(line, sizeof("Linux version ") - 1);
	if (mr_slice_word(&line, &release))
		mr_book_add(&evidence->book, MR_FACT_KERNEL_RELEASE, MR_STRENGTH_KERNEL, path, release,
			    "linux_banner");
	for (size_t at = line.length_bytes; at-- > 1;)
		if (line.at[at] == '#' && line.at[at - 1] == ' ') {
			mr_book_add(&evidence->book, MR_FACT_KERNEL_VERSION, MR_STRENGTH_KERNEL, path,
				    mr_slice_skip(line, at), "linux_banner");
			break;
		}
}

/* "BOOT_IMAGE=/boot/vmlinuz-5.4.0-99-generic root=…" */
void mr_evidence_boot_command(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	static const char image[] = "vmlinuz-";
	struct mr_slice line;
	struct mr_slice word;
	const char *found;

	if (!mr_evidence_line(&text, &line) || !mr_slice_word(&line, &word) ||
	    !mr_slice_starts(word, MR_SLICE("BOOT_IMAGE=")))
		return;
	found = memmem(word.at, word.length_bytes, image, sizeof(image) - 1);
	if (found)
		mr_book_add(&evidence->book, MR_FACT_KERNEL_RELEASE, MR_STRENGTH_HINT, path,
			    mr_slice_skip(word, (size_t)(found - word.at) + sizeof(image) - 1),
			    "name of the image that was booted");
}

/* ---- processors ---- */

/* How many numbers a list such as "0-3,8" names; -1 when it is none. */
static int64_t count_list(struct mr_slice list)
{
	int64_t count = 0;

	while (list.length_bytes) {
		struct mr_slice item = list;
		struct mr_slice first;
		uint64_t from, to;

		if (!mr_slice_until(&list, ',', &item))
			list = (struct mr_slice){0};
		first = item;
		if (mr_slice_until(&item, '-', &first)) {
			if (mr_slice_unsigned(item, 10, &to) != MR_NUMBER_OK)
				return -1;
		} else if (mr_slice_unsigned(first, 10, &to) != MR_NUMBER_OK) {
			return -1;
		}
		if (mr_slice_unsigned(first, 10, &from) != MR_NUMBER_OK || from > to || to >= MR_CPUS_MAX ||
		    count >= MR_CPUS_MAX)
			return -1;
		count += (int64_t)(to - from) + 1;
	}
	return count;
}

static void add_list(struct mr_evidence *evidence, enum mr_fact fact, enum mr_strength strength,
		     const char *path, struct mr_slice list)
{
	int64_t count = count_list(list);

	if (count > 0)
		mr_book_add_number(&evidence->book, fact, strength, path, count, "processors %.*s",
				   (int)(list.length_bytes < 200 ? list.length_bytes : 200), list.at);
}

void mr_evidence_cpus_online(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	struct mr_slice line;

	/* in a container lxcfs prints it */
	if (mr_evidence_line(&text, &line))
		add_list(evidence, MR_FACT_CPUS_ONLINE, MR_STRENGTH_COMMAND, path, mr_slice_trim(line));
}

void mr_evidence_cpus_possible(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	struct mr_slice line;

	if (mr_evidence_line(&text, &line))
		add_list(evidence, MR_FACT_CPUS_POSSIBLE, MR_STRENGTH_KERNEL, path, mr_slice_trim(line));
}

void mr_evidence_lscpu(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	struct mr_book *book = &evidence->book;
	struct mr_slice key, value;

	while (mr_evidence_pair(&text, &key, &value)) {
		if (mr_slice_is(key, "Architecture"))
			add_machine(evidence, MR_STRENGTH_COMMAND, path, value, "lscpu");
		else if (mr_slice_is(key, "Byte Order"))
			mr_book_add(book, MR_FACT_ENDIANNESS, MR_STRENGTH_COMMAND, path,
				    mr_slice_is(value, "Little Endian") ? MR_SLICE("little")
				    : mr_slice_is(value, "Big Endian")  ? MR_SLICE("big")
									: (struct mr_slice){0},
				    "lscpu");
		else if (mr_slice_is(key, "On-line CPU(s) list"))
			add_list(evidence, MR_FACT_CPUS_ONLINE, MR_STRENGTH_COMMAND, path, value);
	}
}

/* ---- hostnamectl ---- */

/* 32 digits as the kernel prints them: in groups of 8, 4, 4, 4 and 12. */
static void add_boot_id(struct mr_evidence *evidence, const char *path, struct mr_slice digits)
{
	char id[37];
	size_t at = 0;

	if (digits.length_bytes != 32)
		return;
	for (size_t i = 0; i < 32; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			id[at++] = '-';
		id[at++] = digits.at[i];
	}
	mr_book_add(&evidence->book, MR_FACT_BOOT_ID, MR_STRENGTH_COMMAND, path, (struct mr_slice){id, at},
		    "hostnamectl");
}

void mr_evidence_hostnamectl(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	struct mr_slice key, value, word;

	while (mr_evidence_pair(&text, &key, &value)) {
		if (mr_slice_is(key, "Static hostname"))
			mr_book_add(&evidence->book, MR_FACT_HOST, MR_STRENGTH_COMMAND, path, value,
				    "static host name of hostnamectl");
		else if (mr_slice_is(key, "Boot ID"))
			add_boot_id(evidence, path, value);
		else if (mr_slice_is(key, "Architecture"))
			add_machine(evidence, MR_STRENGTH_COMMAND, path, value, "hostnamectl");
		else if (mr_slice_is(key, "Kernel") && mr_slice_word(&value, &word))
			mr_book_add(&evidence->book, MR_FACT_KERNEL_RELEASE, MR_STRENGTH_COMMAND, path, value,
				    "hostnamectl");
	}
}

/* ---- getconf ---- */

/* "PAGESIZE    4096" of getconf -a, or the number alone of getconf PAGESIZE. */
void mr_evidence_getconf(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	static const struct {
		const char *name;
		enum mr_fact fact;
	} variables[] = {
		{"PAGESIZE", MR_FACT_PAGE_SIZE},
		{"PAGE_SIZE", MR_FACT_PAGE_SIZE},
		{"CLK_TCK", MR_FACT_CLOCK_TICKS},
		{"LONG_BIT", MR_FACT_WORD_BITS},
		{"_NPROCESSORS_ONLN", MR_FACT_CPUS_ONLINE},
	};
	struct mr_slice line, name, value;
	int64_t number;

	while (mr_evidence_line(&text, &line)) {
		if (!mr_slice_last_word(&line, &value) || mr_slice_integer(value, &number) != MR_NUMBER_OK ||
		    number <= 0)
			continue;
		bool has_name = mr_slice_word(&line, &name);
		for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
			if (has_name ? mr_slice_is(name, variables[i].name)
				     : ends_in(path, variables[i].name))
				mr_book_add_number(&evidence->book, variables[i].fact, MR_STRENGTH_COMMAND,
						   path, number, "getconf %s", variables[i].name);
	}
}

/* ---- cpuinfo ---- */

static bool has_word(struct mr_slice text, const char *wanted)
{
	struct mr_slice word;

	while (mr_slice_word(&text, &word))
		if (mr_slice_is(word, wanted))
			return true;
	return false;
}

/* "ARMv7 Processor rev 1 (v7l)": the machine is armv7l. */
static void add_arm(struct mr_evidence *evidence, const char *path, struct mr_slice model)
{
	char name[16] = "arm";
	struct mr_slice word;

	if (!mr_slice_last_word(&model, &word) || word.length_bytes < 4 || word.length_bytes > 10 ||
	    word.at[0] != '(' || word.at[1] != 'v' || word.at[word.length_bytes - 1] != ')')
		return;
	memcpy(name + 3, word.at + 1, word.length_bytes - 2);
	add_machine(evidence, MR_STRENGTH_ALWAYS, path, mr_slice_of(name), "model of the processors");
}

/* Lines that only the kernel of one machine prints: show_cpuinfo() of arch/ARCH. */
static void take_cpuinfo_line(struct mr_evidence *evidence, const char *path, struct mr_slice key,
			      struct mr_slice value)
{
	const enum mr_strength always = MR_STRENGTH_ALWAYS;

	if (mr_slice_is(key, "fdiv_bug"))
		add_machine(evidence, always, path, MR_SLICE("i686"),
			    "fdiv_bug is printed by 32-bit kernels");
	else if (mr_slice_is(key, "flags") && has_word(value, "fpu"))
		add_machine(evidence, always, path,
			    has_word(value, "lm") ? MR_SLICE("x86_64") : MR_SLICE("i686"),
			    "flags of the processors, and no fdiv_bug before them");
	else if (mr_slice_is(key, "Features") && has_word(value, "asimd"))
		add_machine(evidence, always, path, MR_SLICE("aarch64"),
			    "asimd is printed by 64-bit kernels");
	else if (mr_slice_is(key, "Processor") || mr_slice_is(key, "model name"))
		add_arm(evidence, path, value);
	else if (mr_slice_is(key, "vendor_id") && mr_slice_is(value, "IBM/S390"))
		add_machine(evidence, always, path, MR_SLICE("s390x"), "vendor of the processors");
	else if (mr_slice_is(key, "arch") && mr_slice_is(value, "IA-64"))
		add_machine(evidence, always, path, MR_SLICE("ia64"), "architecture of the processors");
	else if (mr_slice_is(key, "isa") && mr_slice_starts(value, MR_SLICE("rv64")))
		add_machine(evidence, always, path, MR_SLICE("riscv64"), "instruction set of the processors");
	else if (mr_slice_is(key, "cpu") && mr_slice_starts(value, MR_SLICE("POWER7")))
		add_machine(evidence, always, path, MR_SLICE("ppc64"),
			    "no little-endian kernel runs on POWER7");
	else if (mr_slice_is(key, "cpu") && mr_slice_is(value, "Alpha"))
		add_machine(evidence, always, path, MR_SLICE("alpha"), "architecture of the processors");
}

/* "processor : 0", or "processor 0: version = …" on s390 */
static bool is_processor(struct mr_slice key, struct mr_slice value, uint64_t *ret_number)
{
	if (!mr_slice_starts(key, MR_SLICE("processor")))
		return false;
	key = mr_slice_trim(mr_slice_skip(key, sizeof("processor") - 1));
	return mr_slice_unsigned(key.length_bytes ? key : value, 10, ret_number) == MR_NUMBER_OK;
}

void mr_evidence_cpuinfo(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	struct mr_slice key, value;
	uint64_t number, last_number = 0;
	int64_t count = 0;

	while (mr_evidence_pair(&text, &key, &value)) {
		/* in ascending order: what comes again is a second copy of the file */
		if (is_processor(key, value, &number) && (!count || number > last_number)) {
			last_number = number;
			count++;
		}
		take_cpuinfo_line(evidence, path, key, value);
	}
	if (count)
		mr_book_add_number(&evidence->book, MR_FACT_CPUS_ONLINE, MR_STRENGTH_ALWAYS, path, count,
				   "%lld processors", (long long)count);
}

/* ---- the name of the kernel ---- */

void mr_evidence_release_conclude(struct mr_book *book)
{
	static const struct {
		const char *suffix;
		const char *machine;
	} suffixes[] = {
		{".x86_64", "x86_64"},   {"-amd64", "x86_64"},        {".aarch64", "aarch64"},
		{"-arm64", "aarch64"},   {".i686", "i686"},           {".ppc64le", "ppc64le"},
		{".ppc64", "ppc64"},     {"-powerpc64le", "ppc64le"}, {".s390x", "s390x"},
		{"-s390x", "s390x"},     {".ia64", "ia64"},           {"-armmp", "armv7l"},
		{".riscv64", "riscv64"},
	};
	const char *release = mr_book_decide(book, MR_FACT_KERNEL_RELEASE);

	for (size_t i = 0; release && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (ends_in(release, suffixes[i].suffix))
			mr_book_add(book, MR_FACT_MACHINE, MR_STRENGTH_HINT, "kernel release",
				    mr_slice_of(suffixes[i].machine), "the release ends in %s",
				    suffixes[i].suffix);
	}
}
