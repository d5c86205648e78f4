/* What the watchdog makes of what it sees: every kind of hang, everything that only looks like one, and a whole life. */
#include "config.h"
#include "daemon/watchdog.h"

#include "base/clock.h"

#include "../support/tap.h"

#define W (120 * NS_PER_S)
#define TICK NS_PER_S

/* Main, stop, loop, one store, two workers. */
enum { MAIN, STOP, LOOP, STORE, WORKER1, WORKER2, THINGS };

struct world {
	struct watched_now now[THINGS];
	struct watched_past past[THINGS];
};

static void begin(struct world *w)
{
	static const struct {
		enum watched what;
		const char *name;
	} things[THINGS] = {
		[MAIN] = {WATCHED_MAIN, "main"},	   [STOP] = {WATCHED_STOP, "stop"},
		[LOOP] = {WATCHED_LOOP, "net"},		   [STORE] = {WATCHED_STORE, "main"},
		[WORKER1] = {WATCHED_WORKER, "main/1"}, [WORKER2] = {WATCHED_WORKER, "main/2"},
	};

	*w = (struct world){0};
	for (int i = 0; i < THINGS; i++) {
		w->now[i].what = things[i].what;
		snprintf(w->now[i].name, SYNC_NAME, "%s", things[i].name);
		w->now[i].limit_ns = watchdog_limit(things[i].what, W);
	}
	/* A daemon at rest. */
	w->now[STOP].idle = w->now[STORE].idle = w->now[WORKER1].idle = w->now[WORKER2].idle = true;
}

/* Lets the time pass, while those in `moving` (bits) move on. Returns who hangs at its end, -1 if nobody does. */
static int pass(struct world *w, int seconds, unsigned moving)
{
	const struct watched_now *hung = NULL;

	for (int s = 0; s < seconds; s++) {
		for (int i = 0; i < THINGS; i++)
			w->now[i].mark += moving >> i & 1;
		hung = watchdog_judge(w->past, w->now, THINGS, TICK);
	}
	return hung ? (int)(hung - w->now) : -1;
}

#define ALIVE (1u << MAIN | 1u << LOOP)

static void test_rest(void)
{
	struct world w;

	begin(&w);
	is_int(pass(&w, 3600, ALIVE), -1, "an hour with nothing to do is no hang");
	is_int(pass(&w, 30, ALIVE & ~(1u << LOOP)), -1, "the loop stands still for a quarter of the interval: not yet");
	is_int(pass(&w, 1, ALIVE & ~(1u << LOOP)), LOOP, "a moment longer: a hang of the loop");
	is_int(pass(&w, 1, ALIVE), -1, "one turn, and all is well");
	is_int(pass(&w, 31, 1u << LOOP), MAIN, "main that does not come round");
	is_int(pass(&w, 1, ALIVE), -1, "until it does");
	is_int(pass(&w, 40, 0), MAIN, "of two that hang equally long the first is named");
}

static void test_workers(void)
{
	struct world w;

	begin(&w);
	w.now[STORE].idle = w.now[WORKER1].idle = false;
	is_int(pass(&w, 3600, ALIVE | 1u << STORE | 1u << WORKER1), -1, "an hour of work is no hang");
	is_int(pass(&w, 45, ALIVE | 1u << STORE), -1, "a worker without a step for three eighths: not yet");
	is_int(pass(&w, 1, ALIVE | 1u << STORE), WORKER1, "longer: it hangs, even if others still store");
	w.now[WORKER1].idle = true;
	is_int(pass(&w, 1, ALIVE | 1u << STORE), -1, "it waits for messages or its turn: that is no hang");
	w.now[WORKER1].idle = false;
	is_int(pass(&w, 45, ALIVE | 1u << STORE), -1, "and its time begins anew");
	w.now[WORKER2].idle = false;
	is_int(pass(&w, 1, ALIVE | 1u << STORE | 1u << WORKER2), WORKER1, "each worker is judged by itself");
}

/* Slow, with a commit now and then, is not stuck; nor is a store that answers with errors. */
static void test_slow(void)
{
	struct world w;
	int said = -1;

	begin(&w);
	w.now[STORE].idle = w.now[WORKER1].idle = false;
	for (int commits = 0; commits < 90; commits++) {
		said = pass(&w, 40, ALIVE);
		if (said >= 0)
			break;
		w.now[STORE].mark++;
		w.now[WORKER1].mark++;
	}
	is_int(said, -1, "a disk that takes 40 s for each commit, for an hour, is slow, not stuck");
	begin(&w);
	w.now[STORE].idle = w.now[WORKER1].idle = false;
	is_int(pass(&w, 3600, ALIVE | 1u << STORE | 1u << WORKER1), -1,
	       "a database that is locked, or a full disk, for an hour: tried again all the time, no hang");
}

static void test_store(void)
{
	struct world w;

	begin(&w);
	w.now[STORE].idle = false;
	is_int(pass(&w, 60, ALIVE), -1, "messages wait and no worker takes them: not yet");
	is_int(pass(&w, 1, ALIVE), STORE, "for more than half the interval: a hang, though nobody seems to work");
	w.now[STORE].idle = true;
	is_int(pass(&w, 1, ALIVE), -1, "stored at last");
	w.now[STORE].idle = false;
	w.now[STORE].limit_ns += 10 * NS_PER_S;
	is_int(pass(&w, 70, ALIVE), -1, "batch_interval = 10s is waited for as well");
	is_int(pass(&w, 1, ALIVE), STORE, "and no longer");
	begin(&w);
	pass(&w, 1, ALIVE);
	w.now[STORE].idle = false;
	for (int i = 0; i < THINGS; i++)
		w.now[i].mark += ALIVE >> i & 1;
	ok(!watchdog_judge(w.past, w.now, THINGS, 70 * TICK), "a message that a late look finds has not waited since the look before");
}

static void test_stop(void)
{
	struct world w;

	begin(&w);
	w.now[LOOP].idle = true;
	is_int(pass(&w, 600, 1u << MAIN), -1, "a stop before its deadline may take as long as it likes, the loop may end");
	w.now[STOP].idle = false;
	is_int(pass(&w, 60, 1u << MAIN), -1, "past its deadline it may still checkpoint");
	is_int(pass(&w, 1, 1u << MAIN), STOP, "but not for ever");
}

static void test_worst(void)
{
	struct world w;

	begin(&w);
	w.now[STORE].idle = w.now[WORKER1].idle = false;
	is_int(pass(&w, 70, 1u << MAIN), LOOP, "of several the one furthest beyond its limit is named");
	is_int(pass(&w, 1, ALIVE), WORKER1, "then the next");
	is_int(pass(&w, 1, ALIVE | 1u << WORKER1), STORE, "and the next");
}

/* ---- a life ---- */

/* Steps through seconds of it; counts what was done. */
struct deeds {
	int pings, reports, recovers, asks;
	int last_ping, first_report, first_ask; /* in which second */
};

static struct deeds live(struct watchdog_life *life, int seconds, bool well)
{
	struct deeds d = {0};

	for (int s = 1; s <= seconds; s++) {
		struct watchdog_deed deed = watchdog_step(life, well, TICK);

		if (deed.ping)
			d.last_ping = s;
		if (deed.report && !d.reports)
			d.first_report = s;
		if (deed.ask && !d.asks)
			d.first_ask = s;
		d.pings += deed.ping;
		d.reports += deed.report;
		d.recovers += deed.recover;
		d.asks += deed.ask;
	}
	return d;
}

static void test_life(void)
{
	struct watchdog_life life = {.interval_ns = W};
	struct deeds d = live(&life, 120, true);

	is_int(d.pings, 4, "well: four pings in an interval");
	is_int(d.reports + d.recovers + d.asks, 0, "and nothing else");
	d = live(&life, 10, false);
	is_int(d.pings, 0, "unwell: not one ping");
	ok(d.reports == 1 && d.first_report == 1, "the report comes at once, and once");
	is_int(d.asks, 0, "systemd is not asked yet");
	d = live(&life, 1, true);
	ok(d.recovers == 1 && d.pings == 1, "well again: that is told, and a ping does not wait");
	d = live(&life, 600, false);
	ok(d.reports == 1 && d.asks == 1, "ten minutes unwell: one report, asked once");
	is_int(d.first_ask, 16, "an eighth of the interval after the report");
	is_int(d.pings, 0, "no ping");
	d = live(&life, 1, true);
	ok(d.recovers == 1, "it may still recover");
	d = live(&life, 20, false);
	ok(d.reports == 1 && d.asks == 1, "and hang again");
}

/* From the hang to the asking, whatever hangs: within the interval. */
static void test_in_time(void)
{
	static const int who[] = {LOOP, WORKER1, STORE};

	for (unsigned i = 0; i < sizeof(who) / sizeof(who[0]); i++) {
		struct watchdog_life life = {.interval_ns = W};
		struct world w;
		int second = 0, report = 0;

		begin(&w);
		(void)pass(&w, 5, ALIVE);
		w.now[STORE].idle = w.now[WORKER1].idle = false;
		for (;; second++) {
			bool well = pass(&w, 1, ((ALIVE | 1u << STORE | 1u << WORKER1) & ~(1u << who[i]))) < 0;
			struct watchdog_deed deed = watchdog_step(&life, well, TICK);

			if (deed.report)
				report = second + 1;
			if (deed.ask || second > 200)
				break;
		}
		ok(report <= 61, "%s %s: no ping after half an interval (%d s)", "a hang of", w.now[who[i]].name, report);
		ok(second < 90, "and the end within three quarters (%d s)", second);
	}
}

int main(void)
{
	test_rest();
	test_workers();
	test_slow();
	test_store();
	test_stop();
	test_worst();
	test_life();
	test_in_time();
	return done_testing();
}
