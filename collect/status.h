/* What became of a reading: an errno, or one of these, which no errno is. */
#ifndef MR_COLLECT_STATUS_H
#define MR_COLLECT_STATUS_H

/** Beyond every errno of the kernel (MAX_ERRNO is 4095). */
enum mr_status {
	MR_NO_ANSWER = 4096, /**< "timeout": not read in its time, or held by what just took that time */
	MR_OVER_BUDGET,      /**< "budget": the time of the run or the size of the archive did not allow it */
	MR_WITHHELD,         /**< "withheld": it carries names, and names are not to leave the machine */
	MR_HAZARDOUS,        /**< "hazard": reading it could stop the process it belongs to */
};

/** @return "ok" for 0, the name of the errno ("EACCES"), or the word in quotes above */
const char *mr_status_name(int status);

#endif
