/* Numbers pass through a single slot between two gates, each acquired by one side and released by the other. */
#include <inttypes.h>

#include "diag/cases/cases.h"
#include "diag/cases/kit.h"

#define MOST 10
#define EMPTY 0
#define SENTINEL (-1)

/* From 1 to 101, no number twice. */
static const int64_t numbers[MOST] = {43, 7, 101, 88, 12, 64, 1, 95, 30, 56};

struct way {
	unsigned count;
	bool sentinel;    /* says that there are no more; else the consumer knows how many */
	bool starts_open; /* the consumer's gate is not taken at the start */
	bool releases_early;
};

struct slot {
	const struct way *way;
	struct kit_gate producer_lock, consumer_lock;
	struct model_datum slot;
	struct model_datum diary; /* where both note what they have */
	unsigned got_count, stored_count;
	int64_t stored[MOST];
	struct sync_thread producer, consumer;
};

static void slot_set(struct slot *s, int64_t number)
{
	kit_acquire(&s->producer_lock);
	model_write(&s->slot, number);
	kit_release(&s->consumer_lock);
}

static void store(struct slot *s, int64_t number)
{
	unsigned next = s->stored_count;

	if (number == EMPTY) {
		kit_ends("an empty slot is read");
		model_fail("the consumer reads the slot before anything was put there");
	}
	/* With the slot released too early the whole damage is counted at the end. */
	if (!s->way->releases_early && number != (next < s->way->count ? numbers[next] : SENTINEL)) {
		kit_ends("a message is lost or comes twice");
		model_fail("message %u is %" PRId64 ", which it should not be", next + 1, number);
	}
	if (number == SENTINEL)
		return;
	model_on(MODEL_NOTE, &s->diary, kit_words("consumer stores %" PRId64, number), NULL, NULL, 0);
	s->stored[s->stored_count++] = number;
}

/* The slot's content; stored before the producer may come again, or after. */
static int64_t slot_get(struct slot *s)
{
	int64_t number;

	kit_acquire(&s->consumer_lock);
	if (s->way->releases_early)
		kit_release(&s->producer_lock);
	number = model_read(&s->slot);
	store(s, number);
	if (!s->way->releases_early)
		kit_release(&s->producer_lock);
	return number;
}

static void produce(void *arg)
{
	struct slot *s = arg;

	for (unsigned i = 0; i < s->way->count; i++) {
		model_on(MODEL_NOTE, &s->diary, kit_words("producer got %" PRId64, numbers[i]), NULL, NULL, 0);
		s->got_count++;
		/* The second may come before the first is stored, the third never. */
		if (!s->way->releases_early && s->got_count > s->stored_count + 2)
			model_fail("the producer has message %u, the consumer has stored %u", s->got_count, s->stored_count);
		slot_set(s, numbers[i]);
	}
	if (s->way->sentinel)
		slot_set(s, SENTINEL);
}

static void consume(void *arg)
{
	struct slot *s = arg;

	if (s->way->sentinel) {
		while (slot_get(s) != SENTINEL)
			;
		return;
	}
	for (unsigned i = 0; i < s->way->count; i++)
		slot_get(s);
}

static unsigned times_stored(const struct slot *s, int64_t number)
{
	unsigned times = 0;

	for (unsigned i = 0; i < s->stored_count; i++)
		times += s->stored[i] == number;
	return times;
}

static void judge(const struct slot *s)
{
	unsigned lost = 0, twice = 0;

	for (unsigned i = 0; i < s->way->count; i++) {
		unsigned times = times_stored(s, numbers[i]);

		lost += times == 0;
		twice += times > 1;
	}
	if (lost || twice) {
		kit_ends("%u lost, %u twice", lost, twice);
		model_fail("of %u numbers %u are lost, %u come twice", s->way->count, lost, twice);
	}
	kit_ends("all %u in order", s->way->count);
}

static void run(void *arg)
{
	struct slot *s = kit_begin(sizeof(*s));

	s->way = arg;
	s->slot = (struct model_datum){.name = "slot", .value = EMPTY, .apart = true};
	s->diary = (struct model_datum){.name = "diary", .apart = true};
	kit_gate_init(&s->producer_lock, "producer lock", 1);
	kit_gate_init(&s->consumer_lock, "consumer lock", 1);
	if (!s->way->starts_open)
		kit_acquire(&s->consumer_lock);
	kit_start(&s->producer, "producer", produce, s);
	kit_start(&s->consumer, "consumer", consume, s);
	sync_thread_join(&s->producer);
	sync_thread_join(&s->consumer);
	judge(s);
}

static const struct way ten = {.count = 10, .sentinel = true},
			six_open = {.count = 6, .sentinel = true, .starts_open = true}, three = {.count = 3},
			three_early = {.count = 3, .releases_early = true};

static const struct diag_variant pipeline_broken = {
	.name = "broken",
	.run = run,
	.config = &six_open,
	.expect = MODEL_FAILED,
	.tells = "The consumer lock is free at the start: the consumer may read the slot before anything is in it. (Six numbers"
		 " here: all that can go wrong does.)",
};

static const struct diag_variant pipeline_fixed = {
	.name = "fixed",
	.run = run,
	.config = &ten,
	.tells = "The consumer lock is taken at the start: 10 numbers and the sentinel arrive in order; the producer may"
		 " have the second before the first is stored, never the third.",
};

const struct diag_case *case_slot_pipeline(void)
{
	static const struct diag_case pipeline = {
		.name = "slot-pipeline",
		.description = "ten numbers and a sentinel pass through one slot between two gates",
		.story = "Producer and consumer take turns: each acquires its own gate and releases the other's. So these are"
			 " gates, released by another thread than took them, which a mutex forbids. The first turn is easy to"
			 " forget: the consumer's gate must be taken before anybody starts, else it reads an empty slot. It is"
			 " right, and slow, as nobody can be a second message ahead; catchbasin has a queue in its place"
			 " (src/core/queue.c) and a gate without owner where workers take turns (src/work/turnstile.c).",
		.watch = "slot",
		.variant = {&pipeline_broken, &pipeline_fixed},
	};

	return &pipeline;
}

static const struct diag_variant early_broken = {
	.name = "broken",
	.run = run,
	.config = &three_early,
	.expect = MODEL_FAILED,
	.tells = "The slot is read after the producer was let in again: one message is lost, another is delivered twice.",
	.outcome = kit_outcome,
	.good = "all 3 in order",
};

static const struct diag_variant early_fixed = {
	.name = "fixed",
	.run = run,
	.config = &three,
	.tells = "Copy first, then release: the producer comes when the slot is no longer needed.",
	.outcome = kit_outcome,
	.good = "all 3 in order",
};

const struct diag_case *case_slot_early_release(void)
{
	static const struct diag_case early = {
		.name = "slot-early-release",
		.description = "the consumer lets the producer in again before it has read the slot",
		.story = "Two lines changed places: the consumer releases the producer's gate, then reads the slot. Mostly it"
			 " is quick enough; when it is not, the producer writes over a message that nobody has read, and the"
			 " new one is delivered twice. What a lock guards must be copied before the lock is released. In"
			 " catchbasin a take moves messages out of the queue under its lock (src/core/take.c), and memory is"
			 " given back only when nobody can read it any more.",
		.watch = "slot",
		.variant = {&early_broken, &early_fixed},
	};

	return &early;
}
