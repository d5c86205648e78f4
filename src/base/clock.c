/* Here the time on the wall is read and written out. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

#include "base/attr.h"
#include "base/sync_model_case.h"

int64_t clock_wall_ns(void)
{
	struct timespec ts;
	int rc;

	/* A run of the model is the same whenever it is made. */
	if (UNLIKELY(model_running()))
		return sync_now_ns();
	rc = clock_gettime(CLOCK_REALTIME, &ts);
	assert(rc == 0);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* Seconds rounded down, and the milliseconds above them, before 1970 too. */
static time_t split(int64_t wall_ns, unsigned *ret_ms)
{
	int64_t s = wall_ns / NS_PER_S, rest = wall_ns % NS_PER_S;

	if (rest < 0) {
		s--;
		rest += NS_PER_S;
	}
	*ret_ms = (unsigned)(rest / NS_PER_MS);
	return (time_t)s;
}

void clock_format_local(int64_t wall_ns, char *ret_text, size_t size)
{
	unsigned ms;
	time_t s = split(wall_ns, &ms);
	struct tm tm = {0};

	localtime_r(&s, &tm);
	snprintf(ret_text, size, "%02d:%02d:%02d.%03u", tm.tm_hour, tm.tm_min, tm.tm_sec, ms);
}

void clock_format_utc(int64_t wall_ns, char *ret_text, size_t size)
{
	unsigned ms;
	time_t s = split(wall_ns, &ms);
	struct tm tm = {0};

	gmtime_r(&s, &tm);
	snprintf(ret_text, size, "%04d-%02d-%02d %02d:%02d:%02d.%03u", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		 tm.tm_hour, tm.tm_min, tm.tm_sec, ms);
}
