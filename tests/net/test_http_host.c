/* Which hosts are ours: localhost, addresses in figures, and the names of the configuration; nothing that looks alike. */
#include "net/http_host.h"

#include "../support/tap.h"
#include "base/attr.h"

static const struct {
	const char *host, *names;
	bool ours;
} rows[] = {
	{"localhost", "", true},
	{"localhost:9514", "", true},
	{"LocalHost.:9514", "", true},
	{"127.0.0.1:9514", "", true},
	{"192.0.2.7", "", true},
	{"[::1]:9514", "", true},
	{"[2001:db8::7]", "", true},
	{"evil.example", "", false},
	{"evil.example:9514", "", false},
	{"localhost.evil.example", "", false},
	{"127.0.0.1.evil.example", "", false},
	{"xlocalhost", "", false},
	{"localhos", "", false},
	{"evil.example@localhost", "", false},
	{"localhost evil.example", "", false},
	{"localhost,evil.example", "evil", false},
	{"0x7f.1", "", false},
	{"127.1", "", false},
	{"2130706433", "", false},
	{"::1", "", false},
	{"[::1", "", false},
	{"[evil.example]", "", false},
	{"[127.0.0.1]", "", false},
	{"localhost:95x", "", false},
	{"localhost:951495149514", "", false},
	{"", "", false},
	{":9514", "", false},
	{".", "", false},
	{"collector.example:9514", "collector.example", true},
	{"COLLECTOR.example", "other, collector.EXAMPLE", true},
	{"collector", "other,collector", true},
	{"collector.example.evil", "collector.example", false},
	{"example", "collector.example", false},
	{"collector", "collector.example", false},
	{"other, collector", "other, collector", false},
};

int main(void)
{
	char longest[1024];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ok(http_host_ours(rows[i].host, rows[i].names) == rows[i].ours, "\"%s\" with \"%s\": %s", rows[i].host,
		   rows[i].names, rows[i].ours ? "ours" : "not ours");
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	ok(!http_host_ours(longest, longest), "a host of 1,023 bytes is not ours");
	return done_testing();
}
