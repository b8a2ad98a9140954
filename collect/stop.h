/* Being told to stop: the first signal ends the capture with what is whole, a second one leaves no file. */
#ifndef MR_COLLECT_STOP_H
#define MR_COLLECT_STOP_H

#include <signal.h>
#include <stdbool.h>

/** Those that ask to stop.  By default each of them would end us, and leave FILE.part behind. */
#define MR_STOP_SIGNALS SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGUSR1, SIGUSR2, SIGALRM

/** Catch MR_STOP_SIGNALS, ignore SIGPIPE and SIGXFSZ: the failed write says it.  A signal
 * that is ignored already stays so (nohup). */
void mr_stop_install(void);

/** @return the signal that asked to stop, or 0 */
int mr_stop_signal(void);

/** @return its name as in "SIGINT"; "end" when there was none */
const char *mr_stop_name(void);

/** Hold the signals back while the archive gets its name, so that a second one finds it before or after. */
void mr_stop_block(void);
void mr_stop_unblock(void);

/** Die by the signal that asked to stop, as a shell expects; return when there was none. */
void mr_stop_die(void);

/** Die by a signal.  Async-signal-safe. */
void mr_stop_die_by(int number);

#endif
