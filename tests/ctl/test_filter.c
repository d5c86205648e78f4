/* Which messages are wanted: listeners, senders in all their forms, expressions over bytes. */
#include "ctl/filter.h"

#include <string.h>

#include "../support/tap.h"

static bool keeps_of(const struct ctl *c, const char *listener, const char *peer, const char *body, size_t len)
{
	const struct reader_message m = {.id = 1, .listener = listener, .peer = peer, .body = body, .len = len};
	struct filter f;
	bool keep;

	if (filter_parse(c, &f) != 0)
		return false;
	keep = filter_keep(&f, &m);
	filter_done(&f);
	return keep;
}

static bool from(const char *wanted, const char *peer)
{
	return keeps_of(&(struct ctl){.peer = wanted}, "udp", peer, "x", 1);
}

static bool like(const char *wanted, const char *body, size_t len)
{
	return keeps_of(&(struct ctl){.grep = wanted}, "udp", "1.2.3.4:5", body, len);
}

#define LIKE(wanted, body) like((wanted), (body), sizeof(body) - 1)

static void test_peers(void)
{
	static const char four[] = "192.0.2.7:41234", six[] = "[2001:db8::1]:514", unix_peer[] = "unix:pid=811,uid=1000";

	ok(from(four, four) && from(six, six) && from(unix_peer, unix_peer), "as it is shown");
	ok(from("192.0.2.7", four) && from("2001:db8::1", six) && from("[2001:db8::1]", six), "without its port");
	ok(!from("192.0.2.70", four) && !from("192.0.2", four) && !from("2.0.2.7", four), "not a part of it");
	ok(!from("192.0.2.7", "192.0.2.70:41234") && !from("192.0.2.7:4123", four), "nor of another");
	ok(from("192.0.2.0/24", four) && !from("192.0.3.0/24", four), "a range");
	ok(from("2001:db8::/32", six) && !from("192.0.2.0/24", six) && !from("192.0.2.0/24", unix_peer), "of its own kind");
	ok(from("uid=1000", unix_peer) && from("pid=811", unix_peer) && from("unix", unix_peer), "parts of a unix sender");
	ok(!from("uid=100", unix_peer) && !from("id=1000", unix_peer) && !from("unix", four), "whole ones");
}

static void test_bodies(void)
{
	ok(LIKE("err", "an ERROR"), "without capitals it finds capitals");
	ok(!LIKE("Err", "an ERROR") && LIKE("ERR", "an ERROR"), "with them it is exact");
	ok(LIKE("^a.*z$", "abcz") && !LIKE("^b", "abcz"), "ends");
	ok(LIKE("fail|error", "it failed") && LIKE("[0-9]{3}", "x123") && !LIKE("[0-9]{4}", "x123"), "extended");
	ok(LIKE("b$", "a\0b") && !LIKE("^a$", "a\0b"), "beyond a NUL");
	ok(LIKE("^a.b$", "a\377b"), "bytes that are no text");
	ok(!like("longer", "a longer body", 3), "not beyond the end");
	ok(LIKE("^$", "") && !LIKE(".", ""), "an empty one");
}

static void test_together(void)
{
	const struct ctl all = {.listener = "udp", .peer = "1.2.3.4", .grep = "x"};
	const struct reader_loss loss = {.listener = "udp"};
	struct filter f;

	ok(keeps_of(&all, "udp", "1.2.3.4:5", "x", 1), "all of it");
	ok(!keeps_of(&all, "tcp", "1.2.3.4:5", "x", 1) && !keeps_of(&all, "udp", "1.2.3.5:5", "x", 1) &&
		   !keeps_of(&all, "udp", "1.2.3.4:5", "y", 1),
	   "and not less");
	ok(keeps_of(&(struct ctl){0}, "udp", "", "", 0), "nothing asked for is everything");
	is_int(filter_parse(&all, &f), 0, "parsed");
	ok(filter_keep_loss(&f, &loss), "a loss has a listener only");
	filter_done(&f);
	is_int(filter_parse(&(struct ctl){.grep = "("}, &f), EXIT_USAGE, "a broken expression");
	is_int(filter_parse(&(struct ctl){.peer = "1.2.3.4/33"}, &f), EXIT_USAGE, "a broken range");
}

int main(void)
{
	test_peers();
	test_bodies();
	test_together();
	return done_testing();
}
