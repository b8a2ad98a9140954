/* What the collector itself has to understand of the files of a task; all else is for the analyzer. */
#ifndef MR_COLLECT_TASK_TEXT_H
#define MR_COLLECT_TASK_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** @return the number that a name in /proc is; 0 when it is none */
int32_t mr_pid_of_name(const char *name);

/**
 * Out of the text of /proc/PID/stat: is it a zombie with live threads?
 *
 * Source: fs/proc/array.c do_task_stat(); the name may hold anything, so what counts begins behind the last
 * ')'
 */
bool mr_stat_is_zombie_leader(const char *text, size_t length_bytes);

/** @return a numeric field of /proc/PID/stat, counted from 1 as in proc(5), at least 4; 0 when there is none
 */
uint64_t mr_stat_number(const char *text, size_t length_bytes, int field);

/** @return whether a statm says that there is no memory: its first number is the size of the address space */
bool mr_statm_is_empty(const char *text, size_t length_bytes);

/** @return the second number of a statm; 0 when there is none */
uint64_t mr_statm_resident_pages(const char *text, size_t length_bytes);

#endif
