/* The wall clock: its number and its two texts. */
#include "base/clock.h"

#include <time.h>

#include "../support/tap.h"

int main(void)
{
	char text[32];
	int64_t now = clock_wall_ns();

	ok(llabs((long long)(now / NS_PER_S - (int64_t)time(NULL))) <= 2, "now is now");
	clock_format_utc(INT64_C(1700000000123456789), text, sizeof(text));
	is_str(text, "2023-11-14 22:13:20.123", "UTC");
	clock_format_utc(0, text, sizeof(text));
	is_str(text, "1970-01-01 00:00:00.000", "the beginning");
	clock_format_utc(-NS_PER_MS, text, sizeof(text));
	is_str(text, "1969-12-31 23:59:59.999", "before the beginning");
	clock_format_utc(INT64_MAX, text, sizeof(text));
	is_str(text, "2262-04-11 23:47:16.854", "the end");
	setenv("TZ", "UTC-2", 1);
	tzset();
	clock_format_local(INT64_C(1700000000007000000), text, sizeof(text));
	is_str(text, "00:13:20.007", "local time");
	return done_testing();
}
