/* The first thing that went wrong, in words.  Filled where it happened, printed once, by main. */
#ifndef MR_BASE_ERROR_H
#define MR_BASE_ERROR_H

/** All zero is "nothing went wrong". */
struct mr_error {
	int number; /**< negative errno of the first failure, 0 for none */
	char message
		[512]; /**< one to three lines without "memreckon: " in front: the thing, the reason, the way out */
};

/**
 * Keep a failure, unless one is kept already.
 *
 * @error   may be NULL: the words are lost, the number is returned all the same
 * @number  negative errno
 * @return  @number, so that a caller can return what this returns
 */
int mr_error_set(struct mr_error *error, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
