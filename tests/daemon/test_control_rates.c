/* How fast messages come: the peak of a burst after a long silence, seconds, and how seldom it looks where nothing comes. */
#include "config.h"
#include "daemon/control_rates.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>

#include "../net/endpoint_talk.h"
#include "../support/tap.h"
#include "base/clock.h"
#include "base/sync.h"
#include "core/gate.h"

#define PATIENCE_NS (20 * NS_PER_S)
#define S NS_PER_S
#define MS NS_PER_MS

static char dir[80];
static struct config *config;
static struct pipeline *pipeline;
static int sender;

static void no_event(void *arg UNUSED, enum pipeline_event event UNUSED)
{
}

static void no_error(void *arg UNUSED, const char *line)
{
	printf("# %s\n", line);
}

static void up(void)
{
	char text[512], path[100];
	int code = 0, len;
	struct err err = {0};

	len = snprintf(text, sizeof(text), "[store main]\npath = %s/main.db\nbatch_interval = 1ms\n"
		       "[listener in]\naddress = unix://%s/in.sock\n", dir, dir);
	config = config_load_text("test.conf", text, (size_t)len, no_error, NULL, &code);
	if (!config)
		exit(99);
	pipeline = pipeline_open(&(struct pipeline_opts){.config = config, .version = "1.2.3", .event = no_event}, &err);
	if (!pipeline || pipeline_start(pipeline, &err) < 0) {
		printf("Bail out! %s\n", err.text);
		exit(99);
	}
	snprintf(path, sizeof(path), "%s/in.sock", dir);
	sender = dial_at(path);
}

static void down(void)
{
	close(sender);
	pipeline_stop(pipeline, clock_wall_ns(), sync_now_ns() + PATIENCE_NS);
	is_int(pipeline_join(pipeline).exit_code, 0, "the pipeline stops cleanly");
	pipeline_free(pipeline);
	config_free(config);
}

/* Sends so many, and waits until they are stored and the loop has said what it has to say. */
static void burst(unsigned count)
{
	int64_t until_ns = sync_now_ns() + PATIENCE_NS;
	struct pipeline_totals t;
	uint64_t want, turns;

	pipeline_totals(pipeline, &t);
	want = t.sums.stored + count;
	for (unsigned i = 0; i < count; i++)
		say(sender, "x\n");
	do {
		sync_sleep_until(sync_now_ns() + NS_PER_MS);
		pipeline_totals(pipeline, &t);
	} while (t.sums.stored < want && sync_now_ns() < until_ns);
	is_int(t.sums.stored, want, "%u messages", count);
	turns = pipeline_turns(pipeline);
	while (pipeline_turns(pipeline) < turns + 2 && sync_now_ns() < until_ns)
		sync_sleep_until(sync_now_ns() + NS_PER_MS);
}

static void take_queue(void *arg, const struct store_gait *v)
{
	*(struct queue **)arg = v->queue;
}

static bool rate(struct control_rates *r, struct control_rate *ret)
{
	struct queue *q = NULL;

	pipeline_each_gait(pipeline, take_queue, &q);
	return rates_find(r, q, "in", ret);
}

/* So many are told to have been dropped by the kernel. */
static void drop(uint64_t count)
{
	struct queue *q = NULL;
	struct gate g;

	pipeline_each_gait(pipeline, take_queue, &q);
	gate_init(&g, q, queue_account(q, "in"), GATE_BLOCK, NULL);
	gate_refuse(&g, LOSS_KERNEL, count, 0, clock_wall_ns());
	gate_done(&g);
}

static void rate_is(struct control_rates *r, uint64_t per_s, uint64_t peak_per_s, const char *what)
{
	struct control_rate seen = {0};

	ok(rate(r, &seen), "%s: there is a rate", what);
	is_int(seen.per_s, per_s, "  over a second");
	is_int(seen.peak_per_s, peak_per_s, "  at most");
}

/* Looks at that time; the next look is due so much later, or only when it is stirred. */
static void due(struct control_rates *r, int64_t now_ns, int64_t wait_ns, const char *what)
{
	if (wait_ns == SYNC_FOREVER)
		is_int(rates_look(r, pipeline, now_ns), SYNC_FOREVER, "%s: no look", what);
	else
		is_int((rates_look(r, pipeline, now_ns) - now_ns) / MS, wait_ns / MS, "%s: next look in %d ms", what,
		       (int)(wait_ns / MS));
}

/* Time is played, hours from now: so what the loop says in between is of the past, and means nothing. */
static void test_played(void)
{
	struct control_rates *r = rates_new();
	int64_t t = sync_now_ns() + 10000 * S;
	struct control_rate seen = {0};

	ok(!rates_find(NULL, NULL, "in", &seen) && !rate(r, &seen), "nothing is known");
	due(r, t, SYNC_FOREVER, "silence");
	t += 600 * S;
	due(r, t, SYNC_FOREVER, "ten minutes of it");
	rate_is(r, 0, 0, "silence");

	t += 42 * S;
	burst(3000);
	rates_stirred(r, t);
	due(r, t + MS, 99 * MS, "stirred");
	rate_is(r, 0, 0, "too early to know");
	due(r, t + 100 * MS, 100 * MS, "a burst");
	rate_is(r, 0, 30000, "3000 messages in 100 ms");
	ok(rate(r, &seen) && clock_wall_ns() - seen.peak_at < PATIENCE_NS, "just now");
	due(r, t + 200 * MS, 100 * MS, "no more of it");
	due(r, t + 300 * MS, 700 * MS, "up to the end of the second");
	due(r, t + 1000 * MS, 1 * S, "its end");
	rate_is(r, 3000, 30000, "3000 messages in a second");
	due(r, t + 2000 * MS, SYNC_FOREVER, "silence");
	rate_is(r, 0, 30000, "nothing in a second");

	/* The silence before is not counted, nor is a second shortened. */
	t += 3 * S;
	burst(1000);
	rates_stirred(r, t);
	due(r, t + 100 * MS, 100 * MS, "another");
	due(r, t + 200 * MS, 100 * MS, "no more of it");
	due(r, t + 300 * MS, 700 * MS, "up to the end of the second");
	burst(3500);
	rates_stirred(r, t + 800 * MS);
	due(r, t + 850 * MS, 50 * MS, "stirred");
	due(r, t + 900 * MS, 100 * MS, "one more");
	rate_is(r, 0, 35000, "3500 messages in 100 ms");
	due(r, t + 1000 * MS, 100 * MS, "the end of the second");
	rate_is(r, 4500, 35000, "4500 messages in a second");
	due(r, t + 2000 * MS, SYNC_FOREVER, "nothing was awaited");

	/* Nobody knows when in the silence the kernel dropped them; what it drops later is of its second. */
	t += 1000 * S;
	drop(7000);
	rates_stirred(r, t);
	due(r, t + 100 * MS, 900 * MS, "drops");
	drop(500);
	due(r, t + 1000 * MS, 1 * S, "the second's end");
	rate_is(r, 500, 35000, "500 dropped in a second");
	due(r, t + 2000 * MS, SYNC_FOREVER, "silence");

	/* While messages come it is not told of them, and looks ten times a second. */
	t += 2 * S;
	for (int i = 1; i <= 10; i++) {
		burst(10);
		due(r, t + i * 100 * MS, 100 * MS, "a trickle");
	}
	rate_is(r, 100, 35000, "100 messages in a second");
	rates_free(r);
	rates_free(NULL);
}

/* The thread itself: by now it would look again in some seconds only. */
static void test_thread(void)
{
	struct control_rates *r = rates_new();
	struct control_rate seen = {0};
	struct err err = {0};
	int64_t began_ns;

	is_int(rates_start(r, pipeline, &err), 0, "a thread %s", err.text);
	sync_sleep_until(sync_now_ns() + 3300 * MS);
	rate_is(r, 0, 0, "what had come before is of the past");
	began_ns = sync_now_ns();
	burst(2000);
	while ((!rate(r, &seen) || seen.peak_per_s < 2000) && sync_now_ns() < began_ns + PATIENCE_NS)
		sync_sleep_until(sync_now_ns() + 10 * MS);
	ok(seen.peak_per_s >= 2000 && seen.peak_per_s <= 20000, "2000 messages at once after silence: a peak of %d",
	   (int)seen.peak_per_s);
	ok(sync_now_ns() - began_ns < 3 * S, "seen after %d ms", (int)((sync_now_ns() - began_ns) / MS));
	rates_stop(r);
	rates_stop(r);
	rates_free(r);
}

static void remove_dir(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	is_int(rmdir(dir), 0, "nothing of it is left");
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/catchbasin-rates.XXXXXX", tmp && *tmp && strlen(tmp) < 50 ? tmp : "/tmp");
	if (!mkdtemp(dir))
		return 99;
	up();
	test_played();
	test_thread();
	down();
	remove_dir();
	return done_testing();
}
