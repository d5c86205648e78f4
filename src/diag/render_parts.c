/* Puts verdicts, bounds and grades into words. */
#include "diag/render_parts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "diag/picture.h"

struct sentence {
	char *text;
	size_t size, at;
};

static void add(struct sentence *s, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void add(struct sentence *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(s->text + s->at, s->size - s->at, fmt, ap);
	va_end(ap);
	s->at += n > 0 && (size_t)n < s->size - s->at ? (size_t)n : s->size - s->at - 1;
}

const char *render_number(uint64_t n, char ret_text[32])
{
	char plain[32];
	size_t length, at = 0;

	snprintf(plain, sizeof(plain), "%" PRIu64, n);
	length = strlen(plain);
	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			ret_text[at++] = ',';
		ret_text[at++] = plain[i];
	}
	ret_text[at] = '\0';
	return ret_text;
}

bool render_failed(const struct render_input *in)
{
	return in->trace->result.verdict != MODEL_PASSED;
}

const char *render_headword(const struct render_input *in)
{
	if (!in->explored && !in->line)
		return "REPLAYED";
	if (render_failed(in))
		return "FAILS";
	if (in->line)
		return "PASSES";
	return in->explored->complete ? "PASSES" : "NO FAILURE FOUND";
}

const char *render_expectation(const struct render_input *in)
{
	if (in->as_expected)
		return " as expected";
	if (!render_failed(in))
		return ", and should fail";
	return in->trace->variant->expect == MODEL_PASSED ? ", and should pass" : " otherwise than expected";
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* "3", "any". */
static void add_most(struct sentence *s, const char *of, unsigned most)
{
	if (most == DIAG_ANY)
		add(s, "%s any", of);
	else
		add(s, "%s %u", of, most);
}

static void add_surroundings(struct sentence *s, const struct diag_variant *v)
{
	struct diag_surroundings around;

	if (!v->surroundings)
		return;
	v->surroundings(v->config, &around);
	add_most(s, ", sink faults", around.faults);
	if (around.faults > 0)
		add(s, " (%s)", around.kinds);
	add(s, ", rows refused %s, deadline %s", around.rows ? "any" : "0", around.deadline ? "yes" : "no");
}

static void add_budget(struct sentence *s, const struct render_input *in)
{
	const struct explore_result *e = in->explored;
	const struct diag_variant *v = in->trace->variant;

	add_most(s, "preemptions", e->mode != EXPLORE_ALL || e->complete ? DIAG_ANY : e->bound);
	add(s, ", early timeouts %u, spurious wake-ups %u", v->limits.timeouts, v->limits.spurious);
	add_surroundings(s, v);
}

void render_budget(const struct render_input *in, char *ret_text, size_t size)
{
	struct sentence s = {.text = ret_text, .size = size};

	ret_text[0] = '\0';
	add_budget(&s, in);
}

static void add_executions(struct sentence *s, const struct render_input *in)
{
	const struct explore_result *e = in->explored;
	char number[32];

	add(s, "%s execution%s", render_number(e->executions, number), plural(e->executions));
	if (e->pruned > 0)
		add(s, ", %s of them ended where an earlier one had been", render_number(e->pruned, number));
	if (e->complete || e->bound != EXPLORE_NO_BOUND) {
		add(s, "; budget: ");
		add_budget(s, in);
	}
}

static void add_passing(struct sentence *s, const struct render_input *in)
{
	const struct explore_result *e = in->explored;

	if (e->lock_order[0])
		add(s, "passed, but the order of locks could deadlock: %s; ", e->lock_order);
	if (e->mode != EXPLORE_ALL)
		add(s, "searched at random from %" PRIu64 ", which covers nothing for certain: ", e->seed);
	else if (e->complete)
		add(s, "every schedule is covered, search complete: ");
	else if (e->bound == EXPLORE_NO_BOUND)
		add(s, "search not complete: ");
	else
		add(s, "every schedule with up to %u preemption%s is covered, search not complete: ", e->bound, plural(e->bound));
	add_executions(s, in);
}

static void add_failure(struct sentence *s, const struct model_result *r, const char *kind)
{
	switch (r->verdict) {
	case MODEL_PASSED:
		add(s, "no failure");
		break;
	case MODEL_DEADLOCK:
		add(s, "deadlock (%s)", kind);
		break;
	case MODEL_FAILED:
	case MODEL_MISUSE:
	case MODEL_LONG:
	case MODEL_PRUNED:
		add(s, "%s%s%s%s", r->why, *kind ? " (" : "", kind, *kind ? ")" : "");
		break;
	}
	if (r->verdict != MODEL_LONG)
		add(s, "; %u step%s", r->steps, plural(r->steps));
}

void render_verdict(const struct render_input *in, char *ret_text, size_t size)
{
	struct sentence s = {.text = ret_text, .size = size};
	const struct explore_result *e = in->explored;
	const struct model_result *r = &in->trace->result;
	char number[32];

	ret_text[0] = '\0';
	if (in->line) {
		add(&s, "%s; played once, in this order: no run of the model, so there is nothing to search",
		    in->lines > 0 ? in->line[in->lines - 1] : "");
		return;
	}
	if (e && !render_failed(in))
		add_passing(&s, in);
	else
		add_failure(&s, r, render_wait_kind(in->trace));
	if (e && render_failed(in)) {
		add(&s, "; found %sin execution %s, with %u preemption%s", e->mode == EXPLORE_ALL ? "" : "at random ",
		    render_number(e->found_at, number), e->preemptions, plural(e->preemptions));
		if (e->minimal)
			add(&s, ", minimal");
		/* A table of outcomes says it by itself. */
		if (e->kept_going && e->outcome_count == 0) {
			add(&s, "; search %scomplete: ", e->complete ? "" : "not ");
			add_executions(&s, in);
		}
	}
	if (e && e->nondeterministic)
		add(&s, "; A SECOND RUN OF THE SAME SCHEDULE WENT OTHERWISE");
	if (r->forced_timeouts == 1)
		add(&s, "; everybody waited for the clock once");
	else if (r->forced_timeouts > 1)
		add(&s, "; everybody waited for the clock %u times", r->forced_timeouts);
}

const char *render_grade(const struct render_input *in, const struct explore_outcome *o)
{
	const char *good = in->trace->variant->good;

	if (!good)
		return "";
	return strcmp(good, o->text) == 0 ? "good" : "bad";
}

uint64_t render_orders(const struct render_input *in)
{
	uint64_t sum = 0;

	for (unsigned i = 0; in->explored && i < in->explored->outcome_count; i++)
		sum += in->explored->outcome[i].orders;
	return sum;
}

void render_ink(FILE *out, bool colour, unsigned which)
{
	static const char *const codes[] = {
		[INK_PLAIN] = "0", [INK_BOLD] = "0;1", [INK_DIM] = "0;2", [INK_GOOD] = "0;1;32", [INK_BAD] = "0;1;31",
	};
	static const char *const lanes[] = {"0", "0;36", "0;33", "0;35", "0;34", "0;32"};

	if (colour)
		fprintf(out, "\033[%sm", which < INK_LANE ? codes[which] : lanes[(which - INK_LANE) % ARRAY_LEN(lanes)]);
}
