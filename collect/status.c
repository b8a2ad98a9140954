/* Names of statuses. */
#include "collect/status.h"

#include <string.h>

const char *mr_status_name(int status)
{
	switch (status) {
	case 0:
		return "ok";
	case MR_NO_ANSWER:
		return "timeout";
	case MR_OVER_BUDGET:
		return "budget";
	case MR_WITHHELD:
		return "withheld";
	case MR_HAZARDOUS:
		return "hazard";
	}
	const char *name = strerrorname_np(status);

	return name ? name : "EIO";
}
