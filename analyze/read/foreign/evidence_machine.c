/* The architectures of Linux: page sizes and clocks that no kernel of theirs was ever built without. */
#include "analyze/read/foreign/evidence_machine.h"

/* Page sizes: arch/ARCH/Kconfig PAGE_SIZE_*; clock: USER_HZ, arch/ARCH/include/uapi/asm/param.h. */
static const struct mr_machine machines[] = {
	{"x86_64", "x86-64", 64, "little", 4096, 100},
	{"i386", "x86", 32, "little", 4096, 100},
	{"i486", NULL, 32, "little", 4096, 100},
	{"i586", NULL, 32, "little", 4096, 100},
	{"i686", NULL, 32, "little", 4096, 100},
	{"aarch64", "arm64", 64, "little", 0, 100},
	{"aarch64_be", "arm64-be", 64, "big", 0, 100},
	{"arm", NULL, 32, NULL, 4096, 100},
	{"ppc64le", "ppc64-le", 64, "little", 0, 100},
	{"ppc64", NULL, 64, "big", 0, 100},
	{"ppc", NULL, 32, "big", 0, 100},
	{"s390x", NULL, 64, "big", 4096, 100},
	{"s390", NULL, 32, "big", 4096, 100},
	{"riscv64", NULL, 64, "little", 4096, 100},
	{"riscv32", NULL, 32, "little", 4096, 100},
	{"loongarch64", NULL, 64, "little", 0, 100},
	{"ia64", NULL, 64, "little", 0, 1024},
	{"alpha", NULL, 64, "little", 8192, 1024},
	{"mips64", NULL, 64, NULL, 0, 100},
	{"mips", NULL, 32, NULL, 0, 100},
	{"sparc64", NULL, 64, "big", 8192, 100},
	{"sparc", NULL, 32, "big", 4096, 100},
	{"parisc64", NULL, 64, "big", 0, 100},
	{"parisc", NULL, 32, "big", 0, 100},
	{"m68k", NULL, 32, "big", 0, 100},
};

/* "armv7l", "armv7hl", "armv5tejl", "armv7b", "arm" */
static bool is_arm(struct mr_slice name)
{
	return mr_slice_is(name, "arm") || mr_slice_starts(name, MR_SLICE("armv"));
}

const struct mr_machine *mr_machine_find(struct mr_slice name)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		const struct mr_machine *machine = &machines[i];
		if (mr_slice_is(name, machine->name) ||
		    (machine->other_name && mr_slice_is(name, machine->other_name)) ||
		    (mr_slice_is(MR_SLICE("arm"), machine->name) && is_arm(name)))
			return machine;
	}
	return NULL;
}

/* arm says it with the last letter of its name. */
static const char *endianness_of(const struct mr_machine *machine, struct mr_slice name)
{
	char last = name.length_bytes ? name.at[name.length_bytes - 1] : '\0';

	if (!is_arm(name))
		return machine->endianness;
	return last == 'l' ? "little" : last == 'b' ? "big" : NULL;
}

void mr_machine_conclude(struct mr_book *book)
{
	struct mr_slice name = mr_slice_of(mr_book_decide(book, MR_FACT_MACHINE));
	const struct mr_machine *machine = mr_machine_find(name);
	const char *endianness;

	if (!machine)
		return;
	mr_book_add_number(book, MR_FACT_WORD_BITS, MR_STRENGTH_ALWAYS, "machine", machine->word_bits,
			   "kernels of %s have words of %d bits", machine->name, machine->word_bits);
	endianness = endianness_of(machine, name);
	if (endianness)
		mr_book_add(book, MR_FACT_ENDIANNESS, MR_STRENGTH_ALWAYS, "machine", mr_slice_of(endianness),
			    "%.*s is %s-endian", (int)name.length_bytes, name.at, endianness);
	if (machine->page_size_bytes)
		mr_book_add_number(book, MR_FACT_PAGE_SIZE, MR_STRENGTH_ALWAYS, "machine",
				   machine->page_size_bytes, "kernels of %s have no other page size",
				   machine->name);
	mr_book_add_number(book, MR_FACT_CLOCK_TICKS, MR_STRENGTH_ALWAYS, "machine",
			   machine->clock_ticks_per_second, "USER_HZ of all kernels of %s", machine->name);
}
