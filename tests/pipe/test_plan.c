/* Every translation from the configuration into a room's words; batches that fit their queue; inherited sockets. */
#include "pipe/plan.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../support/tap.h"
#include "core/batch.h"
#include "core/gate.h"

static void tell(void *arg, const char *line)
{
	printf("# %s\n", line);
	*(int *)arg += 1;
}

__attribute__((format(printf, 1, 2))) static struct config *load(const char *fmt, ...)
{
	char text[2048];
	int code = 0, errors = 0, len;
	struct config *c;
	va_list ap;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c = config_load_text("test.conf", text, (size_t)len, tell, &errors, &code);
	if (!c) {
		printf("Bail out! the test's configuration is not good: %d errors\n%s\n", errors, text);
		exit(99);
	}
	return c;
}

/* ---- words ---- */

static struct listener_opts listener_of(const char *address, const char *key, const char *value)
{
	struct config *c = load("[listener l]\naddress = %s\n%s = %s\n", address, key, value);
	struct listener_opts o = plan_listener(c->listeners, c->stores, NULL, -1);

	config_free(c);
	o.name = NULL; /* lent by the configuration */
	o.allow = NULL;
	return o;
}

static void test_words(void)
{
	static const struct {
		const char *word;
		enum gate_policy policy;
	} overflows[] = {{"block", GATE_BLOCK}, {"drop-newest", GATE_DROP_NEWEST}, {"drop-oldest", GATE_DROP_OLDEST}};
	static const struct {
		const char *word;
		enum framing framing;
	} framings[] = {
		{"auto", FRAMING_AUTO}, {"newline", FRAMING_NEWLINE}, {"nul", FRAMING_NUL}, {"octet", FRAMING_OCTET},
	};
	static const struct {
		const char *word;
		enum durability durability;
	} durabilities[] = {{"full", DURABILITY_FULL}, {"normal", DURABILITY_NORMAL}, {"off", DURABILITY_OFF}};

	for (size_t i = 0; i < ARRAY_LEN(overflows); i++)
		is_int(listener_of("tcp://127.0.0.1:0", "overflow", overflows[i].word).overflow, overflows[i].policy,
		       "overflow = %s", overflows[i].word);
	for (size_t i = 0; i < ARRAY_LEN(framings); i++)
		is_int(listener_of("tcp://127.0.0.1:0", "framing", framings[i].word).framing, framings[i].framing,
		       "framing = %s", framings[i].word);
	for (size_t i = 0; i < ARRAY_LEN(durabilities); i++) {
		struct config *c = load("[store main]\ndurability = %s\n", durabilities[i].word);

		is_int(plan_durability(c->stores), durabilities[i].durability, "durability = %s", durabilities[i].word);
		is_int(plan_store(c->stores, "1").durability, durabilities[i].durability, "also at the start");
		config_free(c);
	}
	ok(!listener_of("tcp://127.0.0.1:0", "oversize", "truncate").drop_oversize, "oversize = truncate");
	ok(listener_of("tcp://127.0.0.1:0", "oversize", "drop").drop_oversize, "oversize = drop");
	ok(!listener_of("tcp://127.0.0.1:0", "ack", "none").ack, "ack = none");
	ok(listener_of("tcp://127.0.0.1:0", "ack", "commit").ack, "ack = commit");
	is_int(listener_of("tcp://127.0.0.1:0", "framing", "auto").overflow, GATE_BLOCK, "streams block");
	is_int(listener_of("unix:///s", "framing", "auto").overflow, GATE_BLOCK, "of both kinds");
	is_int(listener_of("udp://127.0.0.1:0", "rcvbuf", "4K").overflow, GATE_DROP_NEWEST, "datagrams drop the newest");
	is_int(listener_of("unixgram:///s", "rcvbuf", "4K").overflow, GATE_DROP_NEWEST, "of both kinds");
}

static void test_numbers(void)
{
	struct config *c = load("[listener l]\naddress = tcp://127.0.0.1:5555\nmax_message = 3K\nrcvbuf = 5M\n"
				"max_connections = 17\nidle_timeout = 9s\nallow = 10.0.0.0/8, 192.0.2.1\nstore = s\n"
				"[store s]\npath = /nowhere/s.db\nqueue_messages = 2000\nqueue_bytes = 3M\n"
				"batch_messages = 77\nbatch_interval = 8ms\nworkers = 3\n");
	struct queue_opts q = plan_queue(c->stores);
	struct store_opts s = plan_store(c->stores, "1.2.3");
	int mark;
	struct listener_opts l = plan_listener(c->listeners, c->stores, (struct queue *)(void *)&mark, 42);

	is_str(q.name, "s", "the queue has the store's name");
	is_int(q.capacity_count, 2000, "queue_messages");
	is_int(q.budget_bytes, 3 << 20, "queue_bytes");
	is_int(q.batch_count, 77, "batch_messages");
	is_int(q.batch_interval_ns, 8000000, "batch_interval");
	ok(!q.wake && !q.wake_arg, "whom to wake is not of the plan");
	is_str(s.name, "s", "the store's name");
	is_str(s.path, "/nowhere/s.db", "path");
	is_str(s.version, "1.2.3", "version");
	is_str(l.name, "l", "the listener's name");
	is_int(l.addr.kind, ADDR_TCP, "its address");
	is_int(ntohs(l.addr.sa.in.sin_port), 5555, "with the port");
	is_int(l.fd, 42, "the inherited socket");
	ok(l.queue == (struct queue *)(void *)&mark, "its queue");
	is_int(l.max_message, 3 << 10, "max_message");
	is_int(l.rcvbuf, 5 << 20, "rcvbuf");
	is_int(l.max_connections, 17, "max_connections");
	is_int(l.idle_timeout_ns, INT64_C(9000000000), "idle_timeout");
	is_int(l.allow_count, 2, "allow");
	ok(l.allow == c->listeners->allow, "is lent");
	config_free(c);
}

/* ---- a batch of any listener fits its queue ---- */

/* The costliest batch that the listener can make of messages of that length, each from another sender. */
static struct batch *costliest(const struct listener_opts *l, uint32_t len)
{
	static char names[BATCH_MESSAGES + 1][64];
	struct batch_draft *d = batch_draft_new(l->draft_messages, l->draft_bytes);
	char *body = calloc(1, (size_t)len + 1);
	struct batch *b = NULL;

	for (unsigned i = 0; d && body && i <= BATCH_MESSAGES; i++) {
		snprintf(names[i], sizeof(names[i]), "[1111:2222:3333:4444:5555:6666:7777:8888]:%u", 10000 + i);
		if (!batch_draft_add(d, body, len, len, 1, names[i]))
			break;
	}
	if (d)
		b = batch_draft_seal(d);
	batch_draft_free(d);
	free(body);
	return b;
}

/* Puts the costliest batches of that length into the empty queue; how many of them fit. */
static unsigned fits(struct queue *q, const struct listener_opts *l, uint32_t len, unsigned want)
{
	struct account *a = queue_account(q, "l");
	struct gate g;
	unsigned n;

	gate_init(&g, q, a, GATE_BLOCK, NULL);
	for (n = 0; n < want; n++) {
		struct batch *b = costliest(l, len);

		if (!b || gate_offer(&g, &b) != GATE_TAKEN) {
			batch_free(b);
			break;
		}
	}
	gate_done(&g);
	return n;
}

static void test_fits(void)
{
	static const struct {
		const char *messages, *bytes, *max_message;
		unsigned small, large; /* batches that must fit: of short messages, of the longest */
	} rows[] = {
		{"16", "64K", "64", 3, 3},
		{"16", "64K", "8K", 3, 3},
		{"16", "64K", "31K", 3, 1},
		{"16", "64K", "32K", 3, 1},
		{"16777216", "64K", "32K", 2, 1},
		{"16", "64G", "16M", 3, 3},
		{"16777216", "64G", "64", 3, 3},
		{"16777216", "64G", "16M", 3, 3},
		{"262144", "256M", "64K", 3, 3},
		{"262144", "32M", "16M", 3, 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct config *c = load("[listener l]\naddress = tcp://127.0.0.1:0\nmax_message = %s\n"
					"[store main]\nqueue_messages = %s\nqueue_bytes = %s\n",
					rows[i].max_message, rows[i].messages, rows[i].bytes);
		struct listener_opts l = plan_listener(c->listeners, c->stores, NULL, -1);
		uint32_t lengths[] = {1, 64, 100, l.max_message};
		struct queue_opts opts = plan_queue(c->stores);

		ok(l.draft_messages >= 1 && l.draft_messages <= BATCH_MESSAGES, "queue %s, %s: a batch has %u messages",
		   rows[i].messages, rows[i].bytes, l.draft_messages);
		ok(l.draft_bytes > 0 && l.draft_bytes <= BATCH_BYTES, "and about %zu bytes", l.draft_bytes);
		for (size_t k = 0; k < ARRAY_LEN(lengths); k++) {
			unsigned want = lengths[k] == l.max_message ? rows[i].large : rows[i].small;
			struct queue *q = queue_new(&opts, NULL);

			is_int(fits(q, &l, lengths[k], want), want, "%u of %u-byte messages fit", want, lengths[k]);
			queue_free(q);
		}
		config_free(c);
	}
}

/* ---- inherited sockets ---- */

static char dir[64];

static int make_socket(int domain, int type, bool listening, uint16_t *port)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} sa = {.any.sa_family = (sa_family_t)domain};
	socklen_t len = domain == AF_INET ? sizeof(sa.in) : domain == AF_INET6 ? sizeof(sa.in6) : sizeof(sa.un);
	int fd = socket(domain, type | SOCK_CLOEXEC, 0);

	if (domain == AF_INET) {
		sa.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		sa.in.sin_port = htons(*port);
	} else if (domain == AF_INET6) {
		sa.in6.sin6_addr = in6addr_loopback;
		sa.in6.sin6_port = htons(*port);
	} else {
		snprintf(sa.un.sun_path, sizeof(sa.un.sun_path), "%s/%u", dir, *port);
	}
	if (fd < 0 || bind(fd, &sa.any, len) != 0 || (listening && listen(fd, 1) != 0)) {
		perror("Bail out! a socket of the test");
		exit(99);
	}
	if (domain != AF_UNIX && getsockname(fd, &sa.any, &len) == 0)
		*port = ntohs(domain == AF_INET ? sa.in.sin_port : sa.in6.sin6_port);
	return fd;
}

static void close_all(const int *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		close(fds[i]);
}

static void test_inherit_order(void)
{
	uint16_t port[3] = {0};
	int fds[3];
	struct config *c;
	struct inherited s[3];

	for (int i = 0; i < 3; i++)
		fds[i] = make_socket(AF_INET, SOCK_STREAM, true, &port[i]);
	c = load("[listener a]\naddress = tcp://127.0.0.1:%u\n[listener b]\naddress = tcp://127.0.0.1:0\n"
		 "[listener x]\naddress = tcp://127.0.0.1:0\n", port[1]);
	s[0] = (struct inherited){fds[0], "a"};
	s[1] = (struct inherited){fds[1], "b"};
	s[2] = (struct inherited){fds[2], "b"};
	is_int(plan_inherit(s, 3, config_listener(c, "a")), fds[1], "by address first, whatever the name");
	is_int(s[1].fd, -1, "which is then taken");
	is_int(plan_inherit(s, 3, config_listener(c, "b")), fds[2], "then by name, what is still there");
	is_int(plan_inherit(s, 3, config_listener(c, "x")), -1, "a name that was not handed over");
	is_int(plan_inherit(s, 3, config_listener(c, "a")), fds[0], "by name where the address is taken");
	is_int(plan_inherit(s, 3, config_listener(c, "a")), -1, "each once");
	is_int(plan_inherit(NULL, 0, config_listener(c, "a")), -1, "none handed over");
	close_all(fds, 3);
	config_free(c);
}

/* Name and address fit, the kind does not: never. */
static void test_inherit_kind(void)
{
	static const struct {
		const char *what, *scheme;
		int domain, type;
		bool listening, fits;
	} rows[] = {
		{"a TCP listener", "tcp://127.0.0.1", AF_INET, SOCK_STREAM, true, true},
		{"a datagram socket for TCP", "tcp://127.0.0.1", AF_INET, SOCK_DGRAM, false, false},
		{"a stream that does not listen", "tcp://127.0.0.1", AF_INET, SOCK_STREAM, false, false},
		{"an IPv6 socket for IPv4", "tcp://127.0.0.1", AF_INET6, SOCK_STREAM, true, false},
		{"a UDP socket", "udp://127.0.0.1", AF_INET, SOCK_DGRAM, false, true},
		{"a stream for UDP", "udp://127.0.0.1", AF_INET, SOCK_STREAM, true, false},
		{"a TCP listener on IPv6", "tcp://[::1]", AF_INET6, SOCK_STREAM, true, true},
		{"a UDP socket on IPv6", "udp://[::1]", AF_INET6, SOCK_DGRAM, false, true},
		{"an IPv4 socket for IPv6", "udp://[::1]", AF_INET, SOCK_DGRAM, false, false},
		{"a unix stream", "unix://", AF_UNIX, SOCK_STREAM, true, true},
		{"unix datagrams", "unixgram://", AF_UNIX, SOCK_DGRAM, false, true},
		{"unix datagrams for a stream", "unix://", AF_UNIX, SOCK_DGRAM, false, false},
		{"a unix stream for datagrams", "unixgram://", AF_UNIX, SOCK_STREAM, true, false},
		{"a unix socket that does not listen", "unix://", AF_UNIX, SOCK_STREAM, false, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint16_t port = rows[i].domain == AF_UNIX ? (uint16_t)i : 0;
		int fd = make_socket(rows[i].domain, rows[i].type, rows[i].listening, &port);
		char at[200];
		struct config *c;

		if (!strncmp(rows[i].scheme, "unix", 4))
			snprintf(at, sizeof(at), "%s%s/%u", rows[i].scheme, dir, port);
		else
			snprintf(at, sizeof(at), "%s:%u", rows[i].scheme, port);
		c = load("[listener l]\naddress = %s\n", at);
		is_int(plan_inherit(&(struct inherited){fd, "other"}, 1, c->listeners), rows[i].fits ? fd : -1,
		       "%s, by address", rows[i].what);
		is_int(plan_inherit(&(struct inherited){fd, "l"}, 1, c->listeners), rows[i].fits ? fd : -1,
		       "%s, by both", rows[i].what);
		config_free(c);
		c = load("[listener l]\naddress = %s%s\n", rows[i].scheme,
			 strncmp(rows[i].scheme, "unix", 4) ? ":0" : "/elsewhere");
		is_int(plan_inherit(&(struct inherited){fd, "l"}, 1, c->listeners), rows[i].fits ? fd : -1,
		       "%s, by name", rows[i].what);
		is_int(plan_inherit(&(struct inherited){fd, "other"}, 1, c->listeners), -1, "not without it");
		config_free(c);
		close(fd);
		if (rows[i].domain == AF_UNIX) {
			snprintf(at, sizeof(at), "%s/%u", dir, port);
			unlink(at);
		}
	}
}

/* A descriptor that is no socket, or closed, fits nobody. */
static void test_inherit_nonsense(void)
{
	struct config *c = load("[listener l]\naddress = udp://127.0.0.1:0\n");
	int pipes[2];

	if (pipe(pipes) != 0)
		exit(99);
	is_int(plan_inherit(&(struct inherited){pipes[0], "l"}, 1, c->listeners), -1, "a pipe is no listener");
	close(pipes[0]);
	close(pipes[1]);
	is_int(plan_inherit(&(struct inherited){pipes[0], "l"}, 1, c->listeners), -1, "nor is what is closed");
	config_free(c);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/pipe-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	if (!mkdtemp(dir))
		return 99;
	test_words();
	test_numbers();
	test_fits();
	test_inherit_order();
	test_inherit_kind();
	test_inherit_nonsense();
	is_int(rmdir(dir), 0, "nothing is left");
	return done_testing();
}
