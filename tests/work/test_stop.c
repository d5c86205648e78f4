/* The end of a pipeline: sources, queues, pools, in that order; late, or in a hurry, what is left is given up. */
#include "work/stop.h"

#include "scene.h"

static struct scene one, two;
static struct stop stop;
static struct stop_lane lanes[2];

static void begin(unsigned count)
{
	struct scene *scenes[] = {&one, &two};

	stop_init(&stop);
	for (unsigned i = 0; i < count; i++) {
		scene_begin(scenes[i], 5);
		scene_start(scenes[i], 2);
		stop_add(&stop, &lanes[i], scenes[i]->q, scenes[i]->pool);
	}
}

static void end(unsigned count)
{
	scene_end(&one);
	if (count == 2)
		scene_end(&two);
	stop_done(&stop);
}

static int64_t in_ns(int64_t ns)
{
	return sync_now_ns() + ns;
}

/* A source that needs a moment for what it still has. */
static void late_source(void *arg UNUSED)
{
	sync_sleep_until(in_ns(20 * NS_PER_MS));
	scene_offer(&one, 30);
	scene_offer(&two, 20);
	stop_sources_done(&stop);
}

static void test_in_time(void)
{
	struct sync_thread source;
	struct err why;

	begin(2);
	scene_offer(&one, 10);
	assert(sync_thread_start(&source, "source", late_source, NULL, &why) == 0);
	stop_drain_sources(&stop, in_ns(10 * NS_PER_S), 0);
	ok(!status_of(one.q).closed && !status_of(two.q).closed, "the queues stay open until the sources are done");
	is_int((int)one.next_no, 40, "who waits for the sources waits for all they have");
	ok(stop_drain_pools(&stop, in_ns(10 * NS_PER_S), 0), "all workers of both pools come back");
	ok(lanes[0].drained && lanes[1].drained, "each lane says so");
	sync_thread_join(&source);
	ok(scene_all_stored(&one, 40) && scene_all_stored(&two, 20), "all is stored");
	ok(status_of(one.q).closed && status_of(two.q).closed, "the queues are closed");
	end(2);
}

static void test_sources_too_late(void)
{
	int64_t before;
	struct batch *b;

	begin(1);
	one.then = SINK_BUSY;
	scene_offer(&one, 10);
	before = sync_now_ns();
	stop_drain_sources(&stop, before + 30 * NS_PER_MS, 20 * NS_PER_MS);
	ok(sync_now_ns() >= before + 50 * NS_PER_MS, "sources are waited for until the deadline, and the grace after it");
	ok(status_of(one.q).closed && status_of(one.q).queued == 0, "then the queue is given up");
	b = make_batch(0, 0, 3, LEN);
	is_int(gate_offer(&one.gate, &b), GATE_CLOSED, "a source that comes later finds it closed");
	batch_free(b);
	ok(stop_drain_pools(&stop, in_ns(-1), 10 * NS_PER_S), "the workers come back");
	is_int((int)status_of(one.q).sums.lost[LOSS_SHUTDOWN], 10, "what was left is counted");
	ok(status_of(one.q).balanced, "the books balance");
	end(1);
}

static void second_signal(void *arg UNUSED)
{
	sync_sleep_until(in_ns(20 * NS_PER_MS));
	stop_hurry(&stop);
}

static void test_hurry(bool sources_done)
{
	int64_t before = sync_now_ns();
	struct sync_thread second;
	struct err why;

	begin(2);
	one.then = two.then = SINK_FULL;
	scene_offer(&one, 10);
	scene_offer(&two, 10);
	if (sources_done)
		stop_sources_done(&stop);
	ok(scene_reaches(&one.calls, 1) && scene_reaches(&two.calls, 1), "both lanes are at it");
	ok(!stop_is_hurried(&stop), "nobody is in a hurry");
	assert(sync_thread_start(&second, "second", second_signal, NULL, &why) == 0);
	stop_drain_sources(&stop, SYNC_FOREVER, 10 * NS_PER_MS);
	ok(stop_drain_pools(&stop, SYNC_FOREVER, 10 * NS_PER_S), "a hurry ends a stop that would last for ever");
	sync_thread_join(&second);
	ok(stop_is_hurried(&stop), "it is remembered");
	ok(sync_now_ns() < before + 8 * NS_PER_S, "and at once");
	is_int((int)(status_of(one.q).sums.lost[LOSS_SHUTDOWN] + status_of(two.q).sums.lost[LOSS_SHUTDOWN]), 20,
	       "what was left in both is counted");
	end(2);
}

static void test_stuck(void)
{
	begin(2);
	one.hang = true;
	scene_offer(&one, 10);
	scene_offer(&two, 10);
	stop_sources_done(&stop);
	stop_drain_sources(&stop, SYNC_FOREVER, 0);
	ok(!stop_drain_pools(&stop, in_ns(50 * NS_PER_MS), 10 * NS_PER_MS), "a worker that sits in its store is told of");
	ok(!lanes[0].drained && lanes[1].drained, "and which lane it is");
	ok(scene_all_stored(&two, 10), "the other lane is stored");
	sync_flag_set(&one.release);
	ok(pool_drain(one.pool, in_ns(10 * NS_PER_S), 10 * NS_PER_S), "it comes back");
	end(2);
}

int main(void)
{
	test_in_time();
	test_sources_too_late();
	test_hurry(false);
	test_hurry(true);
	test_stuck();
	return done_testing();
}
