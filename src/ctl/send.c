/* send: a few messages by hand, or a burst, with a bar to watch and the sum at its end. */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sync.h"
#include "ctl/burst.h"
#include "ctl/ctl.h"
#include "ctl/given.h"
#include "ctl/lines.h"
#include "ctl/target.h"
#include "ctl/text.h"

#define SIZE 100
#define RATE_MOST 100000000
#define COUNT_MOST INT64_C(1000000000000)
#define BAR 30

struct bar {
	int64_t count, begun_ns;
};

static void show_bar(void *arg, uint64_t sent)
{
	const struct bar *bar = arg;
	char done[TEXT_NUMBER], all[TEXT_NUMBER], rate[TEXT_NUMBER];
	double seconds = (double)(sync_now_ns() - bar->begun_ns) / (double)NS_PER_S;
	int filled = bar->count > 0 ? (int)((double)sent * BAR / (double)bar->count) : 0;

	text_count((int64_t)sent, done);
	text_count(seconds > 0 ? (int64_t)((double)sent / seconds) : 0, rate);
	if (bar->count > 0)
		fprintf(stderr, "\r[%.*s%.*s] %3d%%  %s of %s, %s/s \033[K", filled, "##############################", BAR - filled,
			"..............................", (int)((double)sent * 100 / (double)bar->count), done,
			text_count(bar->count, all), rate);
	else
		fprintf(stderr, "\r%s, %s/s \033[K", done, rate);
}

static void tell(const struct target *to, const struct burst_result *r, bool ack)
{
	char sent[TEXT_NUMBER], bytes[TEXT_NUMBER], took[TEXT_NUMBER], rate[TEXT_NUMBER], acked[TEXT_NUMBER], refused[TEXT_NUMBER];
	double seconds = (double)r->took_ns / (double)NS_PER_S;

	printf("sent %s messages, %s, to %s in %s", text_count((int64_t)r->sent, sent), text_bytes((int64_t)r->bytes, bytes), to->url,
	       text_duration(r->took_ns / NS_PER_MS, took));
	if (r->took_ns > NS_PER_MS)
		printf(": %s/s", text_count((int64_t)((double)r->sent / seconds + 0.5), rate));
	if (ack)
		printf("; acknowledged %s, refused %s", text_count((int64_t)r->acked, acked), text_count((int64_t)r->refused, refused));
	putchar('\n');
}

static int run(const struct ctl *c, const struct target *to, struct burst_opts *o)
{
	struct bar bar = {.count = o->count, .begun_ns = sync_now_ns()};
	struct burst_result r;
	struct err err;
	int rc;

	o->fd = to->fd;
	o->stream = to->stream;
	o->progress = isatty(STDERR_FILENO) ? show_bar : NULL;
	o->arg = &bar;
	rc = burst(o, &r, &err);
	if (o->progress)
		fprintf(stderr, "\n");
	tell(to, &r, c->ack);
	if (rc < 0) {
		complain(&err);
		return err.exit_code;
	}
	if (!c->ack || (r.acked >= r.sent && r.refused == 0))
		return EXIT_CLEAN;
	err_set(&err, EXIT_LEFT, "not every message was acknowledged");
	complain(&err);
	return EXIT_LEFT;
}

int verb_send(const struct ctl *c)
{
	struct lines lines = {.fd = STDIN_FILENO};
	struct burst_opts o = {.count = 1, .ack = c->ack};
	int64_t size = SIZE;
	struct target to;
	struct err err;
	int framing = BURST_NEWLINE, code;

	if (!given_number("count", c->count, 0, COUNT_MOST, &o.count) || !given_number("rate", c->rate, 1, RATE_MOST, &o.rate) ||
	    !given_size("size", c->size, 1, BURST_BODY, &size) || !given_word("framing", c->framing, "newline nul octet", &framing))
		return EXIT_USAGE;
	o.size = (size_t)size;
	o.framing = (enum burst_framing)framing;
	if (c->lines) {
		o.lines = &lines;
		o.count = c->count ? o.count : 0;
	}
	code = target_open(c, c->operand, &to, &err);
	if (code == 0 && c->ack && !to.stream) {
		err_set(&err, EXIT_USAGE, "--ack: only streams are acknowledged");
		close(to.fd);
		code = EXIT_USAGE;
	}
	if (code != 0) {
		complain(&err);
		return code;
	}
	code = run(c, &to, &o);
	lines_done(&lines);
	close(to.fd);
	return code;
}
