/* Sets up a net with a real queue behind it, speaks to it, and takes what it brought. */
#include "config.h"

#include "rig.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void must(bool good, const char *what)
{
	if (good)
		return;
	printf("Bail out! %s: %s\n", what, strerror(errno));
	abort();
}

static void wake(void *arg)
{
	struct rig *r = arg;

	net_wake(r->net);
}

void rig_up(struct rig *r, uint64_t capacity, uint64_t budget)
{
	const char *tmp = getenv("TMPDIR");
	struct queue_opts o = {
		.name = "main",
		.capacity_count = capacity,
		.budget_bytes = budget,
		.batch_count = 4096,
		.batch_interval_ns = NS_PER_MS,
		.wake = wake,
		.wake_arg = r,
	};
	struct err e;

	memset(r, 0, sizeof(*r));
	snprintf(r->dir, sizeof(r->dir), "%.40s/net-XXXXXX", tmp ? tmp : "/tmp");
	must(mkdtemp(r->dir), "mkdtemp");
	r->rows = calloc(RIG_ROWS, sizeof(*r->rows));
	must(r->rows, "memory");
	r->net = net_new(&e);
	must(r->net, "net_new");
	r->q = queue_new(&o, &e);
	must(r->q, "queue_new");
	take_init(&r->take);
}

struct listener_opts rig_opts(struct rig *r, const char *url)
{
	struct listener_opts o = {
		.name = "in",
		.fd = -1,
		.queue = r->q,
		.max_message = 65536,
		.rcvbuf = 1 << 20,
		.max_connections = 1024,
		.draft_messages = BATCH_MESSAGES,
		.draft_bytes = BATCH_BYTES,
	};
	struct err e;

	must(addr_parse(url, &o.addr, &e) == 0, url);
	o.overflow = addr_is_stream(&o.addr) ? GATE_BLOCK : GATE_DROP_NEWEST;
	return o;
}

static void look(void *arg, const struct listener_view *v)
{
	struct rig *r = arg;

	snprintf(r->url, sizeof(r->url), "%s", v->address);
	r->stats = v->stats;
}

void rig_listen(struct rig *r, const struct listener_opts *o)
{
	struct err e;

	if (net_listen(r->net, o, &e) < 0) {
		printf("Bail out! %s\n", e.text);
		abort();
	}
	net_each(r->net, look, r);
}

void rig_start(struct rig *r)
{
	struct err e;

	must(net_start(r->net, &e) == 0, "net_start");
}

void rig_serve(struct rig *r, const char *url)
{
	struct listener_opts o = rig_opts(r, url);

	rig_listen(r, &o);
	rig_start(r);
}

void rig_finish(struct rig *r)
{
	if (!r->finished)
		net_finish(r->net, sync_now_ns() + NS_PER_S);
	r->finished = true;
}

bool rig_end(struct rig *r)
{
	rig_finish(r);
	queue_close(r->q);
	while (queue_take(r->q, &r->take) == TAKE_WORK) {
		queue_settle(r->q, &r->take, TAKE_STORED);
		take_reset(&r->take);
	}
	take_done(&r->take);
	net_free(r->net);
	queue_free(r->q);
	for (unsigned i = 0; i < r->count; i++)
		free(r->rows[i].body);
	free(r->rows);
	return rmdir(r->dir) == 0;
}

/* ---- the other end ---- */

int rig_connect(struct rig *r)
{
	struct addr a;
	struct err e;
	int fd;

	must(addr_parse(r->url, &a, &e) == 0, r->url);
	if (a.dual_stack)
		a.sa.in6.sin6_addr = (struct in6_addr)IN6ADDR_LOOPBACK_INIT;
	fd = socket(a.sa.any.sa_family, addr_is_stream(&a) ? SOCK_STREAM : SOCK_DGRAM, 0);
	must(fd >= 0, "socket");
	must(connect(fd, &a.sa.any, a.len) == 0, "connect");
	return fd;
}

void rig_send(int fd, const char *bytes, size_t len)
{
	do {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		must(n >= 0, "send");
		bytes += n;
		len -= (size_t)n;
	} while (len);
}

size_t rig_read(int fd, char *ret_text, size_t size, size_t want)
{
	size_t len = 0;

	while (len < want && len + 1 < size) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (poll(&p, 1, 20000) <= 0)
			break;
		n = recv(fd, ret_text + len, size - 1 - len, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	ret_text[len] = '\0';
	return len;
}

/* ---- taking ---- */

static void keep(struct rig *r, const struct slice *s)
{
	for (uint32_t i = s->first; i < s->first + s->count; i++) {
		struct msg *m = &batch_msgs(s->batch)[i];
		struct row *row = &r->rows[r->count++];

		must(r->count < RIG_ROWS, "too many rows");
		row->body = malloc(m->len + 1);
		must(row->body, "memory");
		memcpy(row->body, batch_body(s->batch, m), m->len);
		row->body[m->len] = '\0';
		row->len = m->len;
		row->size = batch_size(s->batch, m);
		row->at = batch_origin(s->batch, m)->received_at;
		snprintf(row->peer, sizeof(row->peer), "%s", batch_peer(s->batch, batch_origin(s->batch, m)));
		row->conn = s->batch->ack.conn;
		row->no = s->batch->ack.first_no + i;
		m->refused = r->refuse && !strcmp(row->body, r->refuse);
	}
}

/* As the pipeline does it: one range for each run of messages of the same fate. */
static void tell(struct rig *r, const struct slice *s)
{
	for (uint32_t i = s->first; s->batch->ack.conn && i < s->first + s->count; i++) {
		struct msg *m = &batch_msgs(s->batch)[i];
		struct net_answer a = {
			.conn = s->batch->ack.conn,
			.first_no = s->batch->ack.first_no + i,
			.stored = !m->refused,
			.reason = LOSS_STORE,
		};

		while (i + 1 < s->first + s->count && batch_msgs(s->batch)[i + 1].refused == m->refused)
			i++;
		a.last_no = s->batch->ack.first_no + i;
		net_answer(r->net, &a, 1);
	}
}

unsigned rig_take(struct rig *r)
{
	unsigned before = r->count;

	if (rig_status(r).queued == 0)
		return 0;
	must(queue_take(r->q, &r->take) == TAKE_WORK, "queue_take");
	for (uint32_t i = 0; i < r->take.slice_count; i++)
		keep(r, &r->take.slices[i]);
	queue_settle(r->q, &r->take, TAKE_STORED);
	for (uint32_t i = 0; r->answer && i < r->take.slice_count; i++)
		tell(r, &r->take.slices[i]);
	take_reset(&r->take);
	return r->count - before;
}

bool rig_collect(struct rig *r, unsigned n)
{
	return rig_await((rig_take(r), r->count >= n));
}

struct queue_status rig_status(struct rig *r)
{
	struct queue_status st;

	queue_status(r->q, &st);
	return st;
}

uint64_t rig_lost(struct rig *r, enum loss_reason why)
{
	return rig_status(r).sums.lost[why];
}

uint64_t rig_received(struct rig *r)
{
	return rig_status(r).sums.received;
}

/* ---- stopping ---- */

int rig_drained(struct rig *r)
{
	return atomic_load(&r->drained);
}

static void drained(void *arg)
{
	struct rig *r = arg;

	atomic_fetch_add(&r->drained, 1);
}

void rig_begin_drain(struct rig *r, int64_t signal_at)
{
	net_begin_drain(r->net, signal_at, drained, r);
}

bool rig_drain(struct rig *r)
{
	rig_begin_drain(r, clock_wall_ns());
	return rig_await((rig_take(r), rig_drained(r)));
}
