/* What the kernel is asked to forbid us: all that is not needed to read and to write one archive.
 *
 * Two filters of system calls (seccomp), put together by libseccomp.  Each names what is allowed.
 *
 *   reader   open for reading, read, list, stat; memory that is not executable; clocks, waiting; write to the
 *            one pipe that tells what is done
 *   writer   the same, as a reader that replaces a lost one is forked from it, and besides: write to the
 *            archive, to standard error and to the pipes; fork, kill and wait for readers; publish
 *
 * What is not named fails with EPERM, and so does a call with arguments that are not named: a libc that asks
 * for something unforeseen costs no capture.  What nobody does by accident (socket, execve, ptrace, mount,
 * bpf, memory of another process, ...) ends the process with SIGSYS: whoever gets that far has no second try,
 * and the audit log of the machine tells.
 *
 * What filters cannot do: they see numbers and not the text behind a pointer.  The writer links the archive
 * to its name and removes FILE.part, so it could link and remove other names, as far as its user may; the
 * calls are bound to the descriptor of the archive's folder and to the flags of publishing, but an absolute
 * path does not care about a folder.  It kills lost readers, so it could send SIGKILL to other processes of
 * its user, though not to all of them at once, nor to another group.  A reader can do neither.  On s390x
 * mmap() has its arguments behind a pointer, and executable memory cannot be refused.
 *
 * Not Landlock: a process in a Landlock domain may not look into the memory map of any process outside, and
 * smaps_rollup, maps and pagemap need that. */
#ifndef MR_COLLECT_CONFINE_H
#define MR_COLLECT_CONFINE_H

/** What the writer may write to, besides standard error. */
struct mr_confine_fds {
	int output_fd;    /**< the archive */
	int directory_fd; /**< its folder, as passed to linkat(), renameat2(), unlinkat(); -1: none */
	/** Write ends of the pipes from and to readers.  Those of later readers must have the same numbers:
	 * dup2() and dup3() are allowed onto these, and only onto these. */
	const int *pipe_fds;
	unsigned pipe_fds_count;
};

/**
 * Confine the process that writes the archive, and with it every process that it forks from now on.  To be
 * called when the archive is open and before its first byte.  There is no way back; a second archive can only
 * be written by another process.
 *
 * @return  0, or a negative errno: then it is not confined, mr_confine_held() says why, and work can go on
 *
 * Owns:    nothing; @fds is not kept
 * Source:  Documentation/userspace-api/seccomp_filter.rst
 */
int mr_confine_writer(const struct mr_confine_fds *fds);

/**
 * Confine a reader, more tightly than the writer that it may have been forked from.
 *
 * @done_fd  what it still writes to: its end of the pipe, and the only open one of the pipe_fds above, which
 * are what a reader of the confined writer may write to
 * @return   as mr_confine_writer()
 */
int mr_confine_reader(int done_fd);

/**
 * Confine the process that keeps the time of a series, and with it every capture that it forks from now on:
 * only of what nobody does by accident, as it cannot know which files they will write.  Each capture confines
 * itself further.
 *
 * @return  0, or a negative errno: then it is not confined; mr_confine_held() is for captures alone
 */
int mr_confine_series(void);

/** @return what holds this process, for capture/meta.csv: "seccomp", or "no: " and the reason; that is
 * "no: --no-confine" until one of the two above was called */
const char *mr_confine_held(void);

#endif
