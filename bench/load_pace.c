/* Says when how many messages are due, and what was sent until now. */
#include "config.h"

#include "load.h"

#include <stdio.h>
#include <time.h>

#define TICK_NS 200000        /* the shortest sleep */
#define BEHIND_S 0.1          /* what was missed earlier than that is not made up for */
#define NS_PER_S 1000000000LL

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t clock_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t unix_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

void pace_start(struct load *l)
{
	l->started_ns = l->segment_ns = l->sample_ns = clock_ns();
	l->started_at = unix_ns();
}

static void sample(struct load *l, int64_t now)
{
	if (!l->sample_ms || now < l->sample_ns)
		return;
	printf("{\"at\":%lld,\"sent\":%ld}\n", (long long)(l->started_at + now - l->started_ns), l->sent);
	fflush(stdout);
	while (l->sample_ns <= now)
		l->sample_ns += l->sample_ms * 1000000LL;
}

long pace_due(struct load *l, long most)
{
	int64_t now = clock_ns();
	const struct segment *s = &l->segments[l->segment];
	double elapsed = (double)(now - l->segment_ns) / 1e9, due;

	sample(l, now);
	/* It may be asked again after the end. */
	if (l->segment == l->segment_count || (l->count && l->made >= l->count))
		return -1;
	if (elapsed >= s->seconds) {
		if (++l->segment == l->segment_count)
			return -1;
		l->segment_ns += (int64_t)(s->seconds * 1e9);
		l->segment_made = 0;
		return 0;
	}
	if (l->count && most > l->count - l->made)
		most = l->count - l->made;
	if (s->rate == 0)
		return most;
	due = elapsed * s->rate - l->segment_made;
	if (due > BEHIND_S * s->rate + 1) {
		l->segment_made += due - BEHIND_S * s->rate;
		due = BEHIND_S * s->rate;
	}
	return due < (double)most ? (long)due : most;
}

void pace_made(struct load *l, long count)
{
	l->made += count;
	l->segment_made += (double)count;
}

int64_t pace_next_ns(const struct load *l)
{
	const struct segment *s = &l->segments[l->segment];
	int64_t now = clock_ns(), next = l->segment_ns, end = l->segment_ns + (int64_t)(s->seconds * 1e9);

	if (s->rate == 0)
		return now;
	next += (int64_t)((l->segment_made + 1) / s->rate * 1e9) + 1;
	/* Few wake-ups: a tick's worth at a time. */
	if (next < now + TICK_NS && next > now)
		next = now + TICK_NS;
	return next < end ? next : end;
}

void pace_wait(const struct load *l)
{
	int64_t next = pace_next_ns(l);
	struct timespec ts = {.tv_sec = next / NS_PER_S, .tv_nsec = next % NS_PER_S};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}
