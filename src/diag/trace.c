/* Keeps what a run's threads did, step by step, and sums it up as one number. */
#include "diag/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void trace_init(struct trace *t, const struct diag_case *c, const struct diag_variant *v)
{
	*t = (struct trace){.owner = c, .variant = v};
}

void trace_done(struct trace *t)
{
	trace_reset(t);
	free(t->steps);
	free(t->strings);
	trace_init(t, t->owner, t->variant);
}

void trace_reset(struct trace *t)
{
	for (unsigned i = 0; i < t->string_count; i++)
		free(t->strings[i]);
	t->count = t->string_count = 0;
	t->cut = false;
	t->result = (struct model_result){0};
	memset(t->thread_name, 0, sizeof(t->thread_name));
	t->outcome[0] = '\0';
	t->digest = 0;
}

/* An array of this many elements has room for one more; doubled where it has not. */
static bool has_room(void **array, unsigned *cap, unsigned count, size_t size)
{
	unsigned more = *cap ? 2 * *cap : 64;
	void *larger;

	if (count < *cap)
		return true;
	larger = realloc(*array, more * size);
	if (!larger)
		return false;
	*array = larger;
	*cap = more;
	return true;
}

/* The copy of a text; equal texts share one. */
static const char *keep(struct trace *t, const char *text)
{
	void *strings = t->strings;
	char *copy;

	if (!text || !*text)
		return "";
	for (unsigned i = t->string_count; i-- > 0;) {
		if (!strcmp(t->strings[i], text))
			return t->strings[i];
	}
	if (!has_room(&strings, &t->string_cap, t->string_count, sizeof(*t->strings))) {
		t->cut = true;
		return "";
	}
	t->strings = strings;
	copy = strdup(text);
	if (!copy) {
		t->cut = true;
		return "";
	}
	return t->strings[t->string_count++] = copy;
}

static const char *base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path ? path : "";
}

void trace_event(void *arg, const struct model_event *e)
{
	struct trace *t = arg;
	void *steps = t->steps;

	if (!has_room(&steps, &t->cap, t->count, sizeof(*t->steps))) {
		t->cut = true;
		return;
	}
	t->steps = steps;
	t->steps[t->count++] = (struct trace_step){
		.step = e->step,
		.thread = e->thread,
		.op = e->op,
		.how = e->how,
		.object = keep(t, e->object),
		.text = keep(t, e->text),
		.value = e->value,
		.at = {.file = base_name(e->at->file), .line = e->at->line, .func = e->at->func},
	};
}

void trace_chosen(struct trace *t, unsigned k)
{
	if (t->count > 0)
		t->steps[t->count - 1].value = k;
}

/* ---- the digest: FNV-1a, over what does not change when only lines move ---- */

static uint32_t digest_bytes(uint32_t h, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT32_C(16777619);
	return h;
}

static uint32_t digest_number(uint32_t h, int64_t number)
{
	for (unsigned i = 0; i < 8; i++) {
		unsigned char byte = (unsigned char)((uint64_t)number >> (8 * i));

		h = digest_bytes(h, &byte, 1);
	}
	return h;
}

/* With the byte that ends it. */
static uint32_t digest_text(uint32_t h, const char *text)
{
	return digest_bytes(h, text, strlen(text) + 1);
}

static uint32_t digest_of(const struct trace *t)
{
	uint32_t h = UINT32_C(2166136261);

	for (unsigned i = 0; i < t->count; i++) {
		const struct trace_step *s = &t->steps[i];

		h = digest_number(h, s->thread);
		h = digest_text(h, model_op_name(s->op));
		h = digest_text(h, s->object);
		h = digest_number(h, s->value);
	}
	return digest_number(h, t->result.verdict);
}

void trace_finish(struct trace *t, const struct model_result *r)
{
	t->result = *r;
	for (unsigned i = 0; i < r->threads && i < MODEL_THREADS; i++) {
		struct model_thread_view *v = &t->result.thread[i];

		snprintf(t->thread_name[i], sizeof(t->thread_name[i]), "%s", v->name ? v->name : "");
		v->name = t->thread_name[i];
		v->object = keep(t, v->object);
	}
	if (t->variant->outcome && (r->verdict == MODEL_PASSED || r->verdict == MODEL_FAILED))
		snprintf(t->outcome, sizeof(t->outcome), "%s", t->variant->outcome());
	t->digest = digest_of(t);
}
