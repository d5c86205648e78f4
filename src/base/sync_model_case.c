/* What a case says of itself: steps of its own, on data of its own, and who holds what. */
#include "base/sync_model_tsan.h"

void model_own_at(const char *object, bool yes, const struct sync_src *at)
{
	struct model_state *s = model_state();
	unsigned i = 0;

	model_hide();
	while (i < s->owned_count && s->owned[i].object != object)
		i++;
	if (!yes && i < s->owned_count)
		s->owned[i] = s->owned[--s->owned_count];
	if (yes && i < MODEL_OWNED) {
		s->owned_count += i == s->owned_count;
		s->owned[i] = (struct model_owned){
			.object = object, .owner = (int)model_self(), .at = at, .step = s->steps};
	}
	model_show();
}

void model_step_at(enum model_op op, const char *object, const char *text, bool (*ready)(void *of), void *of,
		   int64_t value, const struct sync_src *at)
{
	model_hide_step();
	model_point_at(&(struct model_pending){.op = op,
					       .object = object,
					       .text = text,
					       .value = value,
					       .at = at,
					       .ready = ready,
					       .of = of,
					       .deadline_ns = SYNC_FOREVER});
	/* Objects of a case have no state of ours: all of them count as one, so that no order is taken for another. */
	model_touch(&model_state()->case_past, op);
	model_show_step();
}

/* What only looks leaves no mark for others who only look. */
static void touch_datum(struct model_datum *d, enum model_op op)
{
	uint64_t seen = d->past;

	if (!d->apart) {
		model_touch(&model_state()->case_past, op);
	} else if (op == MODEL_READ || op == MODEL_TEST) {
		model_touch(&seen, op);
		d->reads += seen;
	} else {
		d->past = model_mix(d->past, d->reads);
		d->reads = 0;
		model_touch(&d->past, op);
	}
}

int64_t model_on_at(enum model_op op, struct model_datum *d, const char *text, bool (*ready)(void *of), void *of,
		    int64_t change, const struct sync_src *at)
{
	int64_t value;

	model_hide_step();
	model_point_at(&(struct model_pending){.op = op,
					       .object = d->name,
					       .text = text,
					       .value = change,
					       .base = &d->value,
					       .at = at,
					       .ready = ready,
					       .of = of,
					       .deadline_ns = SYNC_FOREVER});
	touch_datum(d, op);
	value = d->value += change;
	model_show_step();
	return value;
}

void model_do_at(enum model_op op, struct model_datum *d, bool (*ready)(void *of), const char *(*act)(void *of), void *of,
		 const struct sync_src *at)
{
	model_hide_step();
	model_point_at(&(struct model_pending){.op = op,
					       .object = d->name,
					       .base = &d->value,
					       .at = at,
					       .ready = ready,
					       .act = act,
					       .of = of,
					       .deadline_ns = SYNC_FOREVER});
	touch_datum(d, op);
	model_show_step();
}

void model_write_at(struct model_datum *d, int64_t value, const struct sync_src *at)
{
	model_hide_step();
	model_point_at(&(struct model_pending){
		.op = MODEL_WRITE, .object = d->name, .value = value, .at = at, .deadline_ns = SYNC_FOREVER});
	touch_datum(d, MODEL_WRITE);
	d->value = value;
	model_show_step();
}

unsigned model_choose_at(const char *object, unsigned n, const struct sync_src *at)
{
	uint64_t alone = model_self();
	unsigned chosen;

	model_hide();
	model_point_at(
		&(struct model_pending){.op = MODEL_CHOOSE, .object = object, .at = at, .deadline_ns = SYNC_FOREVER});
	model_touch(&alone, MODEL_CHOOSE);
	chosen = model_pick(MODEL_DATA, n);
	model_show();
	return chosen;
}

const char *model_op_name(enum model_op op)
{
	static const char *const names[MODEL_OPS] = {
		[MODEL_BEGIN] = "begin",	 [MODEL_LOCK] = "lock",       [MODEL_UNLOCK] = "unlock",
		[MODEL_TRYLOCK] = "try lock",	 [MODEL_WAIT] = "wait",       [MODEL_WAKE] = "woken",
		[MODEL_SIGNAL] = "signal",	 [MODEL_BROADCAST] = "broadcast", [MODEL_SPAWN] = "start",
		[MODEL_JOIN] = "join",		 [MODEL_SLEEP] = "sleep",     [MODEL_ACQUIRE] = "acquire",
		[MODEL_RELEASE] = "release",	 [MODEL_MEET] = "meet",       [MODEL_SET] = "set",
		[MODEL_TEST] = "test",		 [MODEL_READ] = "read",       [MODEL_WRITE] = "write",
		[MODEL_NOTE] = "note",		 [MODEL_CHOOSE] = "choose",   [MODEL_END] = "end",
	};

	assert(op < MODEL_OPS);
	return names[op];
}
