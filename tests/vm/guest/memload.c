/*
 * memload - put a known amount of memory of a known kind into a process
 * and hold it until SIGTERM.
 *
 *   memload [-r READY] [-p PFNS] [-t SECONDS] KIND ARGS [+ KIND ARGS]...
 *
 * When every load is in place READY is written (atomically, by rename) with
 * key=value lines that state what was made; tests compare a snapshot with
 * it.  With -p the physical page of every page of every region is written,
 * one "region index state pfn" line a page, state one of
 * present, swapped, none (pfn is the swap entry for swapped).
 *
 * Kinds (MIB may have a fraction, PCT is 0..100):
 *   anon MIB [thp|nothp]       private anonymous memory, written
 *   zero MIB                   private anonymous memory, only read (zero page)
 *   file PATH MIB ro|shared|private
 *                              mapping of a file; private writes every second page
 *   cache PATH MIB [dirty]     a file written with write(2), not mapped
 *   shm PATH MIB               a file on tmpfs, mapped shared and written
 *   sysv MIB                   System V shared memory
 *   memfd MIB                  memfd_create memory
 *   sharedanon MIB             MAP_SHARED | MAP_ANONYMOUS
 *   cow MIB N PCT              N children share MIB, each writes PCT percent
 *   mlock MIB                  anonymous memory, mlock(2)ed
 *   pageout MIB PCT            anonymous, PCT percent sent out by MADV_PAGEOUT
 *   hugetlb MIB [KIB]          hugetlb pages, of KIB each when given
 *   ksm MIB                    pages all equal, MADV_MERGEABLE
 *   pipes N KIB                N pipes with KIB kibibytes waiting in each
 *   unix N KIB                 N socket pairs, up to KIB kibibytes queued in each
 *   tcp N KIB                  N loopback connections, up to KIB queued in each
 *   files DIR N                N open files, made in DIR
 *   pgtables N                 one page in each of N page-table-sized spans
 *   procs N                    N sleeping children
 *   churn N MIB                N children at a time that allocate MIB and exit, a
 *                              new round every 50 ms for as long as the program runs
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MAP_HUGE_SHIFT
#define MAP_HUGE_SHIFT 26
#endif

#define MAXREG 64

struct region {
	char name[32];
	unsigned char *addr;
	size_t len;
};

static struct region regions[MAXREG];
static int nregions;
static size_t page;
static FILE *truth;
static char *truth_buf;
static size_t truth_len;
static const char *pfn_path;
static volatile sig_atomic_t stopping;
static unsigned churn_n;
static double churn_mib;

static void die(const char *fmt, ...)
{
	int e = errno;
	va_list ap;

	va_start(ap, fmt);
	fputs("memload: ", stderr);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	if (e)
		fprintf(stderr, ": %s", strerror(e));
	fputc('\n', stderr);
	exit(1);
}

static void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(truth, fmt, ap);
	va_end(ap);
	fputc('\n', truth);
}

static void on_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

static double number(const char *s)
{
	char *end;
	double v = strtod(s, &end);

	errno = 0;
	if (end == s || *end || v < 0)
		die("not a number: %s", s);
	return v;
}

/* MIB rounded down to whole pages, at least one */
static size_t mib(const char *s)
{
	size_t n = (size_t)(number(s) * 1048576.0);

	n -= n % page;
	return n ? n : page;
}

static void reg(const char *name, void *addr, size_t len)
{
	if (nregions == MAXREG)
		return;
	snprintf(regions[nregions].name, sizeof regions[0].name, "%s", name);
	regions[nregions].addr = addr;
	regions[nregions].len = len;
	nregions++;
}

static unsigned char *map(size_t len, int prot, int flags, int fd)
{
	void *p = mmap(NULL, len, prot, flags, fd, 0);

	if (p == MAP_FAILED)
		die("mmap of %zu bytes", len);
	return p;
}

/* every page gets its own content, so that nothing merges or compresses to nothing */
static void fill(unsigned char *p, size_t len, size_t step, uint64_t seed)
{
	uint64_t x = seed * 0x9e3779b97f4a7c15ull + 88172645463325252ull;
	size_t off, i;

	for (off = 0; off < len; off += step) {
		for (i = 0; i < page / 4; i += sizeof x) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			memcpy(p + off + i, &x, sizeof x);
		}
	}
}

static unsigned touch(const unsigned char *p, size_t len)
{
	const volatile unsigned char *v = p;
	unsigned sum = 0;
	size_t off;

	for (off = 0; off < len; off += page)
		sum += v[off];
	return sum;
}

static int make_file(const char *path, size_t len, int want_sync)
{
	size_t chunk = 1 << 20, done = 0;
	/* mapped, not malloced: nothing of it may stay in the heap */
	unsigned char *buf = map(chunk, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0)
		die("open %s", path);
	while (done < len) {
		size_t n = len - done < chunk ? len - done : chunk;

		fill(buf, n - n % page, page, done + 1);
		if (write(fd, buf, n) != (ssize_t)n)
			die("write %s", path);
		done += n;
	}
	munmap(buf, chunk);
	if (want_sync && fsync(fd))
		die("fsync %s", path);
	return fd;
}

static void write_pfns(const char *path)
{
	FILE *f = fopen(path, "w");
	int fd = open("/proc/self/pagemap", O_RDONLY), r;

	if (!f || fd < 0)
		die("pagemap or %s", path);
	for (r = 0; r < nregions; r++) {
		size_t n = regions[r].len / page, i;

		for (i = 0; i < n; i++) {
			uint64_t e = 0;
			off_t at = (off_t)((uintptr_t)(regions[r].addr + i * page) / page * 8);

			if (pread(fd, &e, sizeof e, at) != sizeof e)
				e = 0;
			fprintf(f, "%s %zu %s %" PRIu64 "\n", regions[r].name, i,
				e >> 63       ? "present"
				: e >> 62 & 1 ? "swapped"
					      : "none",
				e & ((UINT64_C(1) << 55) - 1));
		}
	}
	close(fd);
	if (fclose(f))
		die("write %s", path);
}

static void wait_stop(double seconds)
{
	struct timespec t0, t, nap = {0, 50 * 1000 * 1000};

	clock_gettime(CLOCK_MONOTONIC, &t0);
	while (!stopping) {
		unsigned live = 0, i;

		if (churn_n) {
			for (i = 0; i < churn_n; i++) {
				if (fork() == 0) {
					size_t len = (size_t)(churn_mib * 1048576.0);

					fill(map(len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
						 -1),
					     len - len % page, page, i);
					_exit(0);
				}
				live++;
			}
			while (live-- && wait(NULL) > 0)
				;
		}
		nanosleep(&nap, NULL);
		clock_gettime(CLOCK_MONOTONIC, &t);
		if (seconds > 0 && (double)(t.tv_sec - t0.tv_sec) >= seconds)
			break;
	}
}

/* a child that stays until its parent ends */
static pid_t child(void (*body)(void *), void *arg, const char *pfns)
{
	int p[2];
	char c = 0;
	pid_t pid;

	if (pipe(p))
		die("pipe");
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGTERM, SIG_DFL);
		close(p[0]);
		if (body)
			body(arg);
		if (pfns)
			write_pfns(pfns);
		if (write(p[1], &c, 1) != 1)
			_exit(1);
		close(p[1]);
		for (;;)
			pause();
	}
	close(p[1]);
	if (read(p[0], &c, 1) != 1)
		die("child failed");
	close(p[0]);
	return pid;
}

struct cow {
	unsigned char *p;
	size_t len;
	uint64_t seed;
};

static void cow_body(void *arg)
{
	struct cow *c = arg;

	fill(c->p, c->len, page, c->seed);
}

static void many_files(void)
{
	struct rlimit l = {1 << 20, 1 << 20};

	if (setrlimit(RLIMIT_NOFILE, &l)) {
		getrlimit(RLIMIT_NOFILE, &l);
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_NOFILE, &l);
	}
}

static size_t stuff(int fd, size_t want)
{
	static char buf[4096];
	size_t done = 0;
	ssize_t n;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (done < want) {
		size_t k = want - done < sizeof buf ? want - done : sizeof buf;

		n = write(fd, buf, k);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

static void need(int argc, int n, const char *kind)
{
	errno = 0;
	if (argc - 1 < n)
		die("%s: too few arguments", kind);
}

static int is(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

static void load(int argc, char **argv)
{
	const int rw = PROT_READ | PROT_WRITE, pa = MAP_PRIVATE | MAP_ANONYMOUS;
	const char *kind = argv[0], *opt;
	unsigned char *p;
	size_t len, i, n, part;
	int fd;

	say("kind=%s", kind);
	if (is(kind, "anon")) {
		need(argc, 1, kind);
		opt = argc > 2 ? argv[2] : NULL;
		len = mib(argv[1]);
		p = map(len, rw, pa, -1);
		if (is(opt, "thp"))
			madvise(p, len, MADV_HUGEPAGE);
		else if (is(opt, "nothp"))
			madvise(p, len, MADV_NOHUGEPAGE);
		fill(p, len, page, 1);
		reg(kind, p, len);
		say("anon_bytes=%zu", len);
	} else if (is(kind, "zero")) {
		need(argc, 1, kind);
		len = mib(argv[1]);
		p = map(len, rw, pa, -1);
		madvise(p, len, MADV_NOHUGEPAGE);
		touch(p, len);
		reg(kind, p, len);
		say("zero_bytes=%zu", len);
	} else if (is(kind, "file")) {
		need(argc, 3, kind);
		len = mib(argv[2]);
		fd = make_file(argv[1], len, 1);
		if (is(argv[3], "private")) {
			p = map(len, rw, MAP_PRIVATE, fd);
			touch(p, len);
			fill(p, len, 2 * page, 2);
			part = (len / page + 1) / 2 * page;
			say("file_bytes=%zu", len - part);
			say("anon_bytes=%zu", part);
		} else {
			p = map(len, rw, MAP_SHARED, fd);
			if (is(argv[3], "shared"))
				fill(p, len, page, 2);
			else
				touch(p, len);
			say("file_bytes=%zu", len);
		}
		say("cache_bytes=%zu", len);
		say("path=%s", argv[1]);
		reg(kind, p, len);
	} else if (is(kind, "cache")) {
		need(argc, 2, kind);
		len = mib(argv[2]);
		fd = make_file(argv[1], len, !(argc > 3 && is(argv[3], "dirty")));
		say("cache_bytes=%zu", len);
		say("path=%s", argv[1]);
		close(fd);
	} else if (is(kind, "shm")) {
		need(argc, 2, kind);
		len = mib(argv[2]);
		fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
		if (fd < 0 || ftruncate(fd, (off_t)len))
			die("%s", argv[1]);
		p = map(len, rw, MAP_SHARED, fd);
		fill(p, len, page, 3);
		reg(kind, p, len);
		say("shmem_bytes=%zu", len);
		say("path=%s", argv[1]);
	} else if (is(kind, "sysv")) {
		int id;

		need(argc, 1, kind);
		len = mib(argv[1]);
		id = shmget(IPC_PRIVATE, len, IPC_CREAT | 0600);
		if (id < 0 || (p = shmat(id, NULL, 0)) == (void *)-1)
			die("shmget");
		shmctl(id, IPC_RMID, NULL);
		fill(p, len, page, 4);
		reg(kind, p, len);
		say("shmem_bytes=%zu", len);
		say("shmid=%d", id);
	} else if (is(kind, "memfd")) {
		need(argc, 1, kind);
		len = mib(argv[1]);
		fd = (int)syscall(SYS_memfd_create, "memload", 0);
		if (fd < 0 || ftruncate(fd, (off_t)len))
			die("memfd");
		p = map(len, rw, MAP_SHARED, fd);
		fill(p, len, page, 5);
		reg(kind, p, len);
		say("shmem_bytes=%zu", len);
	} else if (is(kind, "sharedanon")) {
		need(argc, 1, kind);
		len = mib(argv[1]);
		p = map(len, rw, MAP_SHARED | MAP_ANONYMOUS, -1);
		fill(p, len, page, 6);
		reg(kind, p, len);
		say("shmem_bytes=%zu", len);
	} else if (is(kind, "cow")) {
		struct cow c;

		need(argc, 3, kind);
		len = mib(argv[1]);
		n = (size_t)number(argv[2]);
		p = map(len, rw, pa, -1);
		madvise(p, len, MADV_NOHUGEPAGE);
		fill(p, len, page, 7);
		reg(kind, p, len);
		part = (size_t)((double)(len / page) * number(argv[3]) / 100.0) * page;
		say("anon_bytes=%zu", len);
		say("children=%zu", n);
		say("private_bytes_per_child=%zu", part);
		say("total_anon_bytes=%zu", len + n * part);
		for (i = 0; i < n; i++) {
			char path[512];

			c.p = p;
			c.len = part;
			c.seed = 100 + i;
			snprintf(path, sizeof path, "%s.child%zu", pfn_path ? pfn_path : "", i);
			say("child=%ld", (long)child(part ? cow_body : NULL, &c, pfn_path ? path : NULL));
		}
	} else if (is(kind, "mlock")) {
		need(argc, 1, kind);
		len = mib(argv[1]);
		p = map(len, rw, pa, -1);
		madvise(p, len, MADV_NOHUGEPAGE);
		fill(p, len, page, 8);
		if (mlock(p, len))
			die("mlock");
		reg(kind, p, len);
		say("anon_bytes=%zu", len);
		say("mlocked_bytes=%zu", len);
	} else if (is(kind, "pageout")) {
		need(argc, 2, kind);
		len = mib(argv[1]);
		p = map(len, rw, pa, -1);
		madvise(p, len, MADV_NOHUGEPAGE);
		fill(p, len, page, 9);
		part = (size_t)((double)(len / page) * number(argv[2]) / 100.0) * page;
		for (i = 0; i < 3; i++)
			if (part && madvise(p, part, MADV_PAGEOUT))
				die("MADV_PAGEOUT");
		reg(kind, p, len);
		say("anon_bytes=%zu", len - part);
		say("swap_bytes=%zu", part);
	} else if (is(kind, "hugetlb")) {
		int flags = pa | MAP_HUGETLB, sh = 0;

		need(argc, 1, kind);
		len = mib(argv[1]);
		if (argc > 2) {
			for (n = (size_t)number(argv[2]) * 1024; n > 1; n >>= 1)
				sh++;
			flags |= sh << MAP_HUGE_SHIFT;
		}
		p = map(len, rw, flags, -1);
		fill(p, len, page, 10);
		reg(kind, p, len);
		say("hugetlb_bytes=%zu", len);
	} else if (is(kind, "ksm")) {
		need(argc, 1, kind);
		len = mib(argv[1]);
		p = map(len, rw, pa, -1);
		madvise(p, len, MADV_NOHUGEPAGE);
		memset(p, 0x5a, len);
		if (madvise(p, len, MADV_MERGEABLE))
			die("MADV_MERGEABLE");
		reg(kind, p, len);
		say("ksm_bytes=%zu", len);
	} else if (is(kind, "pipes")) {
		need(argc, 2, kind);
		many_files();
		n = (size_t)number(argv[1]);
		part = 0;
		for (i = 0; i < n; i++) {
			int fds[2];

			if (pipe(fds))
				die("pipe %zu", i);
			part += stuff(fds[1], (size_t)(number(argv[2]) * 1024));
		}
		say("pipes=%zu", n);
		say("pipe_bytes=%zu", part);
	} else if (is(kind, "unix")) {
		need(argc, 2, kind);
		many_files();
		n = (size_t)number(argv[1]);
		part = 0;
		for (i = 0; i < n; i++) {
			int fds[2];

			if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
				die("socketpair %zu", i);
			part += stuff(fds[1], (size_t)(number(argv[2]) * 1024));
		}
		say("socket_pairs=%zu", n);
		say("socket_bytes=%zu", part);
	} else if (is(kind, "tcp")) {
		struct sockaddr_in a = {0};
		socklen_t al = sizeof a;
		int ls;

		need(argc, 2, kind);
		many_files();
		n = (size_t)number(argv[1]);
		part = 0;
		a.sin_family = AF_INET;
		a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		ls = socket(AF_INET, SOCK_STREAM, 0);
		if (ls < 0 || bind(ls, (struct sockaddr *)&a, sizeof a) || listen(ls, 128) ||
		    getsockname(ls, (struct sockaddr *)&a, &al))
			die("listen");
		for (i = 0; i < n; i++) {
			fd = socket(AF_INET, SOCK_STREAM, 0);
			if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) ||
			    accept(ls, NULL, NULL) < 0)
				die("connect %zu", i);
			part += stuff(fd, (size_t)(number(argv[2]) * 1024));
		}
		say("tcp_connections=%zu", n);
		say("tcp_bytes=%zu", part);
	} else if (is(kind, "files")) {
		need(argc, 2, kind);
		many_files();
		n = (size_t)number(argv[2]);
		for (i = 0; i < n; i++) {
			char path[512];

			snprintf(path, sizeof path, "%s/memload.%ld.%zu", argv[1], (long)getpid(), i);
			if (open(path, O_RDWR | O_CREAT, 0600) < 0)
				die("open %s", path);
		}
		say("open_files=%zu", n);
	} else if (is(kind, "pgtables")) {
		/* one last-level table maps page / pointer-size entries */
		size_t span = page / 8 * page;

		need(argc, 1, kind);
		n = (size_t)number(argv[1]);
		p = map(n * span, rw, pa | MAP_NORESERVE, -1);
		madvise(p, n * span, MADV_NOHUGEPAGE);
		for (i = 0; i < n; i++)
			p[i * span] = 1;
		say("page_tables=%zu", n);
		say("anon_bytes=%zu", n * page);
	} else if (is(kind, "procs")) {
		need(argc, 1, kind);
		n = (size_t)number(argv[1]);
		say("children=%zu", n);
		for (i = 0; i < n; i++)
			say("child=%ld", (long)child(NULL, NULL, NULL));
	} else if (is(kind, "churn")) {
		need(argc, 2, kind);
		churn_n = (unsigned)number(argv[1]);
		churn_mib = number(argv[2]);
		say("churn=%u", churn_n);
	} else {
		errno = 0;
		die("unknown kind %s", kind);
	}
}

int main(int argc, char **argv)
{
	const char *ready = NULL;
	double seconds = 0;
	struct sigaction sa;
	int i, from;

	page = (size_t)sysconf(_SC_PAGESIZE);
	memset(&sa, 0, sizeof sa);
	sa.sa_handler = on_stop;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);

	for (i = 1; i + 1 < argc && argv[i][0] == '-'; i += 2) {
		if (is(argv[i], "-r"))
			ready = argv[i + 1];
		else if (is(argv[i], "-p"))
			pfn_path = argv[i + 1];
		else if (is(argv[i], "-t"))
			seconds = number(argv[i + 1]);
		else
			die("unknown option %s", argv[i]);
	}
	if (i >= argc) {
		fputs("usage: memload [-r READY] [-p PFNS] [-t SECONDS] KIND ARGS [+ KIND ARGS]...\n",
		      stderr);
		return 2;
	}
	truth = open_memstream(&truth_buf, &truth_len);
	if (!truth)
		die("open_memstream");
	say("pid=%ld", (long)getpid());
	say("page_size=%zu", page);
	for (from = i; i <= argc; i++) {
		if (i == argc || is(argv[i], "+")) {
			if (i > from)
				load(i - from, argv + from);
			from = i + 1;
		}
	}
	fclose(truth);
	if (pfn_path)
		write_pfns(pfn_path);
	if (ready) {
		char tmp[512];
		FILE *f;

		snprintf(tmp, sizeof tmp, "%s.tmp", ready);
		f = fopen(tmp, "w");
		if (!f || fwrite(truth_buf, 1, truth_len, f) != truth_len || fclose(f) || rename(tmp, ready))
			die("%s", ready);
	} else {
		fputs(truth_buf, stdout);
		fflush(stdout);
	}
	wait_stop(seconds);
	return 0;
}
