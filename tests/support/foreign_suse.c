/* Texts as supportconfig writes them.  See foreign_maker.h.
 *
 * Source: supportutils 3.1.16: memory_info(), basic_environment(), basic_healthcheck(), environment_info(),
 *         proc_info(), log_cmd() and conf_files().
 */
#include <stdio.h>
#include <string.h>

#include "schema/base/cleanup.h"
#include "tests/support/foreign_maker.h"

static void begin(struct mr_buffer *text, const char *kind, const char *title)
{
	static const char line[] = "====================================================";
	size_t used = strlen("#==[  ]") + strlen(kind);

	mr_buffer_printf(text, "#==[ %s ]%.*s#\n# %s\n", kind, used < 52 ? (int)(52 - used) : 1, line, title);
}

static void add_command(struct mr_buffer *text, const char *command, const char *output)
{
	begin(text, "Command", command);
	mr_buffer_append_text(text, output);
	mr_buffer_append_text(text, "\n");
}

static bool is_dropped(const char *line)
{
	line += strspn(line, " \t");
	return *line == '#' || *line == ';' || *line == '\n';
}

/* As conf_files(): comments and empty lines are dropped, unless all lines are wanted. */
static void add_file(struct mr_buffer *text, const struct mr_tree *kernel, const char *path, bool all_lines)
{
	const struct mr_tree_entry *entry = mr_tree_find(kernel, path + 1);
	char missing[256];

	if (!entry) {
		snprintf(missing, sizeof(missing), "%s - File not found", path);
		begin(text, "Configuration File", missing);
		mr_buffer_append_text(text, "\n");
		return;
	}
	begin(text, "Configuration File", path);
	for (const char *line = entry->bytes; *line;) {
		size_t length = strcspn(line, "\n");
		length += line[length] == '\n';
		if (all_lines || !is_dropped(line))
			mr_buffer_append(text, line, length);
		line += length;
	}
	mr_buffer_append_text(text, "\n\n");
}

void mr_foreign_memory_txt(struct mr_buffer *text, const struct mr_tree *kernel, bool all_lines)
{
	struct mr_buffer output = {0};

	add_command(
		text, "/usr/bin/vmstat 1 4",
		"procs -----------memory---------- ---swap--\n r  b   swpd   free   buff  cache   si   so\n");
	mr_foreign_free(&output, kernel);
	add_command(text, "/usr/bin/free -k", output.data);
	add_file(text, kernel, "/proc/meminfo", all_lines);
	add_file(text, kernel, "/proc/vmstat", all_lines);
	add_command(text, "/sbin/sysctl -a 2>/dev/null | grep ^vm", "vm.swappiness = 60\n");
	add_file(text, kernel, "/proc/buddyinfo", all_lines);
	add_file(text, kernel, "/proc/slabinfo", all_lines);
	add_file(text, kernel, "/proc/zoneinfo", all_lines);
	add_file(text, kernel, "/sys/kernel/mm/transparent_hugepage/enabled", all_lines);
	add_command(text, "numastat", "ERROR: Command not found or not executable\n");
	mr_buffer_deinit(&output);
}

static void take(struct mr_tree *report, const char *top, const char *name, struct mr_buffer *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	mr_tree_take(report, path, text);
}

static void add_health_check(struct mr_tree *report, const char *top, const struct mr_tree *kernel)
{
	struct mr_buffer text = {0}, output = {0};

	mr_foreign_free(&output, kernel);
	add_command(&text, "/usr/bin/free -k", output.data);
	mr_buffer_clear(&output);
	mr_foreign_ps(&output, kernel, false);
	add_command(&text, "/bin/ps axwwo user,pid,ppid,%cpu,%mem,vsz,rss,stat,time,cmd", output.data);
	take(report, top, "basic-health-check.txt", &text);
	mr_buffer_deinit(&output);
}

void mr_foreign_supportconfig(struct mr_tree *report, const struct mr_tree *kernel, const char *host)
{
	const char *uname = mr_tree_text(kernel, "uname");
	const char *rest = strncmp(uname, "Linux ", 6) ? NULL : strchr(uname + 6, ' ');
	struct mr_buffer text = {0};
	char top[128];

	snprintf(top, sizeof(top), "scc_%s_261121_0741", host);
	add_command(&text, "/bin/date", mr_tree_text(kernel, "date"));
	begin(&text, "Command", "/bin/uname -a");
	mr_buffer_printf(&text, "Linux %s%s\n", host, rest ? rest : "\n");
	begin(&text, "System", "Virtualization");
	mr_buffer_append_text(&text, "Hypervisor:    None\nIdentity:      Not Detected\n\n");
	take(report, top, "basic-environment.txt", &text);
	add_health_check(report, top, kernel);
	begin(&text, "Command", "/usr/bin/getconf -a");
	mr_buffer_printf(&text,
			 "CLK_TCK                            100\nPAGESIZE                           %s\n",
			 mr_tree_text(kernel, "pagesize"));
	take(report, top, "env.txt", &text);
	mr_foreign_memory_txt(&text, kernel, false);
	take(report, top, "memory.txt", &text);
	add_file(&text, kernel, "/proc/loadavg", false);
	add_file(&text, kernel, "/proc/meminfo", false);
	add_file(&text, kernel, "/proc/mounts", false);
	add_file(&text, kernel, "/proc/sys/vm/swappiness", false);
	take(report, top, "proc.txt", &text);
}
