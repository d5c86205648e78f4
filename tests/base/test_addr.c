/* Addresses and ranges: both ways, and errors that say what would be right. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <net/if.h>

#include "../support/tap.h"

static void test_good(void)
{
	static const struct {
		const char *url;
		int family;
		bool dual, stream;
	} cases[] = {
	    {"udp://127.0.0.1:5140", AF_INET, false, false},
	    {"tcp://0.0.0.0:0", AF_INET, false, true},
	    {"udp://[::1]:5140", AF_INET6, false, false},
	    {"tcp://[::]:65535", AF_INET6, false, true},
	    {"tcp://*:5140", AF_INET6, true, true},
	    {"udp://*:0", AF_INET6, true, false},
	    {"udp://[2001:db8::7]:514", AF_INET6, false, false},
	    {"udp://[fe80::1%lo]:514", AF_INET6, false, false},
	    {"unix:///run/x.sock", AF_UNIX, false, true},
	    {"unixgram:///run/x.sock", AF_UNIX, false, false},
	};
	char text[ADDR_URL_TEXT];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct addr a;
		struct err e = {0};
		int rc = addr_parse(cases[i].url, &a, &e);

		if (!ok(rc == 0, "%s is an address %s", cases[i].url, e.text))
			continue;
		is_int(a.sa.any.sa_family, cases[i].family, "its family");
		ok(a.dual_stack == cases[i].dual && addr_is_stream(&a) == cases[i].stream, "its kind");
		addr_format(&a, text, sizeof(text));
		is_str(text, cases[i].url, "and back");
	}
}

static void test_fields(void)
{
	struct addr a;
	char url[200] = "unix:///", text[ADDR_URL_TEXT];

	is_int(addr_parse("udp://192.0.2.1:514", &a, NULL), 0, "parsed");
	is_int(ntohs(a.sa.in.sin_port), 514, "port");
	is_int(ntohl(a.sa.in.sin_addr.s_addr), 0xc0000201, "address");
	is_int(a.len, sizeof(struct sockaddr_in), "length");
	is_int(addr_parse("udp://[fe80::1%lo]:1", &a, NULL), 0, "scope by name");
	is_int(a.sa.in6.sin6_scope_id, if_nametoindex("lo"), "is the interface's number");
	memset(url + 8, 'x', 106);
	is_int(addr_parse(url, &a, NULL), 0, "107 bytes of path fit");
	addr_format(&a, text, sizeof(text));
	is_str(text, url, "whole");
	url[8 + 106] = 'x';
	is_int(addr_parse(url, &a, NULL), -1, "108 do not");
}

static void test_bad(void)
{
	static const struct {
		const char *url, *says;
	} cases[] = {
	    {"udp://1.2.3.4", "address: \"udp://1.2.3.4\" lacks a port: write udp://1.2.3.4:5140"},
	    {"udp://1.2.3.4:", "lacks a port: write udp://1.2.3.4:5140"},
	    {"tcp://[::1]", "lacks a port: write tcp://[::1]:5140"},
	    {"tcp://[::1]:", "lacks a port: write tcp://[::1]:5140"},
	    {"udp://1.2.3.4:70000", "address: port 70000 is not in 0-65535"},
	    {"udp://1.2.3.4:-1", "port -1 is not in 0-65535"},
	    {"udp://1.2.3.4:abc", "port abc is not in 0-65535"},
	    {"udp://1.2.3.4:99999999999999999999", "is not in 0-65535"},
	    {"udp://", "lacks a host: write udp://*:5140"},
	    {"udp://:5140", "lacks a host: write udp://*:5140"},
	    {"udp://::1:5140", "lacks brackets: write [::1]:5140"},
	    {"udp://localhost:5140", "names are not looked up"},
	    {"udp://1.2.3:5140", "is no IPv4 address"},
	    {"udp://1.2.3.4.5:5140", "is no IPv4 address"},
	    {"udp://[1.2.3.4]:5140", "is no IPv6 address"},
	    {"udp://[::g]:5140", "is no IPv6 address"},
	    {"udp://[]:5140", "is no IPv6 address"},
	    {"udp://[::1:5140", "lacks brackets"},
	    {"udp://[fe80::1%nosuchif]:1", "names no network interface"},
	    {"unix://run/x", "lacks an absolute path: write unix:///run/x"},
	    {"unix://", "lacks an absolute path"},
	    {"unix:///run/", "names a directory"},
	    {"http://1.2.3.4:80", "does not begin with udp://, tcp://, unix:// or unixgram://"},
	    {"", "does not begin with"},
	    {"127.0.0.1:5140", "does not begin with"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct addr a = {.len = 77};
		struct err e = {0};
		int rc = addr_parse(cases[i].url, &a, &e);

		ok(rc == -1 && a.len == 77, "\"%s\" is refused", cases[i].url);
		has_str(e.text, cases[i].says, "and says why");
		is_int(e.exit_code, EXIT_CONFIG, "as a matter of configuration");
	}
}

/* A peer as the kernel gives it. */
static const struct sockaddr *peer(const char *host, uint16_t port)
{
	static union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} sa;

	memset(&sa, 0, sizeof(sa));
	if (inet_pton(AF_INET, host, &sa.in.sin_addr) == 1) {
		sa.in.sin_family = AF_INET;
		sa.in.sin_port = htons(port);
	} else {
		sa.in6.sin6_family = AF_INET6;
		sa.in6.sin6_port = htons(port);
		if (inet_pton(AF_INET6, host, &sa.in6.sin6_addr) != 1)
			abort();
	}
	return &sa.any;
}

static void test_peer(void)
{
	const struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct sockaddr_in6 link;
	char text[ADDR_TEXT];

	addr_format_peer(peer("192.0.2.7", 41234), text, sizeof(text));
	is_str(text, "192.0.2.7:41234", "IPv4");
	addr_format_peer(peer("255.255.255.255", 65535), text, sizeof(text));
	is_str(text, "255.255.255.255:65535", "the longest IPv4");
	addr_format_peer(peer("0.0.0.0", 0), text, sizeof(text));
	is_str(text, "0.0.0.0:0", "the shortest");
	addr_format_peer(peer("::ffff:192.0.2.7", 9), text, sizeof(text));
	is_str(text, "192.0.2.7:9", "mapped IPv4 is IPv4");
	addr_format_peer(peer("2001:db8::1", 514), text, sizeof(text));
	is_str(text, "[2001:db8::1]:514", "IPv6");
	addr_format_peer(peer("2001:db8:1111:2222:3333:4444:5555:6666", 65535), text, sizeof(text));
	is_str(text, "[2001:db8:1111:2222:3333:4444:5555:6666]:65535", "the longest IPv6");
	memcpy(&link, peer("fe80::1", 1), sizeof(link));
	link.sin6_scope_id = if_nametoindex("lo");
	addr_format_peer((const struct sockaddr *)&link, text, sizeof(text));
	is_str(text, "[fe80::1%lo]:1", "with its interface");
	link.sin6_scope_id = UINT32_MAX;
	addr_format_peer((const struct sockaddr *)&link, text, sizeof(text));
	is_str(text, "[fe80::1%4294967295]:1", "which may be gone");
	addr_format_peer((const struct sockaddr *)&un, text, sizeof(text));
	is_str(text, "unix", "unix");
}

static void test_match(void)
{
	static const struct {
		const char *range, *host;
		bool want;
	} cases[] = {
	    {"192.0.2.0/24", "192.0.2.255", true},
	    {"192.0.2.0/24", "192.0.3.0", false},
	    {"192.0.2.7", "192.0.2.7", true},
	    {"192.0.2.7", "192.0.2.6", false},
	    {"192.0.2.0/23", "192.0.3.9", true},
	    {"192.0.2.0/23", "192.0.4.0", false},
	    {"0.0.0.0/0", "203.0.113.9", true},
	    {"0.0.0.0/0", "::1", false},
	    {"10.0.0.0/8", "::ffff:10.1.2.3", true},
	    {"::/0", "::ffff:10.1.2.3", false},
	    {"::/0", "2001:db8::1", true},
	    {"::/0", "10.0.0.1", false},
	    {"2001:db8::/33", "2001:db8:7fff::1", true},
	    {"2001:db8::/33", "2001:db8:8000::1", false},
	    {"::1", "::1", true},
	    {"::1", "::2", false},
	};
	const struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct cidr c;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		is_int(cidr_parse(cases[i].range, &c, NULL), 0, "%s is a range", cases[i].range);
		ok(cidr_match(&c, peer(cases[i].host, 1)) == cases[i].want, "%s %s %s", cases[i].host,
		   cases[i].want ? "in" : "not in", cases[i].range);
	}
	is_int(cidr_parse("0.0.0.0/0", &c, NULL), 0, "everybody");
	ok(!cidr_match(&c, (const struct sockaddr *)&un), "but unix peers");
}

static void test_bad_ranges(void)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"192.0.2.7/24", "write 192.0.2.0/24"},
	    {"192.0.3.0/23", "write 192.0.2.0/23"},
	    {"2001:db8::1/32", "write 2001:db8::/32"},
	    {"192.0.2.0/33", "not in 0-32"},
	    {"::/129", "not in 0-128"},
	    {"192.0.2.0/", "not in 0-32"},
	    {"192.0.2.0/-1", "not in 0-32"},
	    {"192.0.2.0/8x", "not in 0-32"},
	    {"", "is no IPv4 or IPv6 address"},
	    {"example.org", "is no IPv4"},
	    {"192.0.2", "is no IPv4"},
	    {"192.0.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0", "is no IPv4"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct cidr c;
		struct err e = {0};

		is_int(cidr_parse(cases[i].text, &c, &e), -1, "\"%s\" is refused", cases[i].text);
		has_str(e.text, cases[i].says, "and says why");
	}
}

int main(void)
{
	test_good();
	test_fields();
	test_bad();
	test_peer();
	test_match();
	test_bad_ranges();
	return done_testing();
}
