/* The pool's workers, watched from outside: who hangs stands still, who waits or tries again does not. */
#include "scene.h"

static struct scene s;

struct gait {
	uint64_t steps;
	unsigned working, seen;
};

static void note_gait(void *arg, const struct worker_view *v)
{
	struct gait *g = arg;

	ok(!strncmp(v->name, "test/", 5), "a worker is called %s", v->name);
	g->steps += v->steps;
	g->working += v->working;
	g->seen++;
}

static struct gait gait_of(struct pool *p)
{
	struct gait g = {0};

	pool_each_worker(p, note_gait, &g);
	return g;
}

int main(void)
{
	struct gait before, after;

	scene_begin(&s, 5);
	s.hang = true;
	scene_offer(&s, 15);
	scene_start(&s, 2);
	ok(scene_reaches(&s.calls, 1), "a worker hangs in the store");
	before = gait_of(s.pool);
	sync_sleep_until(sync_now_ns() + 20 * NS_PER_MS);
	after = gait_of(s.pool);
	is_int(after.seen, 2, "there are two workers");
	is_int(after.working, 1, "one works, the other waits for messages or its turn");
	ok(before.steps > 0 && after.steps - before.steps <= 2, "the one that works stands still");
	s.hang = false;
	s.then = SINK_BUSY;
	sync_flag_set(&s.release);
	ok(scene_reaches(&s.calls, 3), "set free, it tries again and again");
	ok(gait_of(s.pool).steps > after.steps, "which are steps");
	s.then = SINK_OK;
	queue_close(s.q);
	ok(pool_drain(s.pool, SYNC_FOREVER, 0), "all leave");
	ok(scene_all_stored(&s, 15), "all is stored");
	is_int(gait_of(s.pool).working, 0, "who has left does not work");
	scene_end(&s);
	return done_testing();
}
