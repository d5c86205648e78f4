/* Writes a run's choices as a string, and reads it back without believing a byte of it. */
#include "diag/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "cb1:"
#define NAME_BYTES "abcdefghijklmnopqrstuvwxyz0123456789-"
#define STEPS_MOST 65536

void schedule_init(struct schedule *s)
{
	*s = (struct schedule){0};
}

void schedule_done(struct schedule *s)
{
	free(s->choices);
	schedule_init(s);
}

void schedule_reset(struct schedule *s)
{
	s->count = 0;
	s->digest = 0;
}

bool schedule_add(struct schedule *s, enum choice_kind kind, unsigned value, enum model_how how)
{
	if (s->count == s->cap) {
		unsigned cap = s->cap ? 2 * s->cap : 256;
		struct choice *more = realloc(s->choices, cap * sizeof(*more));

		if (!more)
			return false;
		s->choices = more;
		s->cap = cap;
	}
	s->choices[s->count++] = (struct choice){.kind = (uint8_t)kind, .how = (uint8_t)how, .value = (uint16_t)value};
	return true;
}

void schedule_move(struct schedule *to, struct schedule *from)
{
	schedule_done(to);
	*to = *from;
	schedule_init(from);
}

/* ---- as text ---- */

static const char how_mark[] = {[MODEL_RUN] = '\0', [MODEL_TIMEOUT] = '^', [MODEL_SPURIOUS] = '~'};
static const char kind_mark[] = {[CHOICE_THREAD] = '\0', [CHOICE_WAITER] = '!', [CHOICE_DATA] = '='};

/* How many steps from here on are written as one letter and a number: plain ones of one thread. */
static unsigned run_length(const struct schedule *s, unsigned from)
{
	const struct choice *first = &s->choices[from];
	unsigned n = 1;

	if (first->kind != CHOICE_THREAD || first->how != MODEL_RUN)
		return 1;
	while (from + n < s->count && !memcmp(&s->choices[from + n], first, sizeof(*first)))
		n++;
	return n;
}

/* One letter with what belongs to it, or one mark with its number. */
static int put_piece(char *text, size_t size, const struct choice *c, unsigned n)
{
	char letter[2] = {(char)('A' + c->value), '\0'}, mark[2] = {how_mark[c->how], '\0'};

	if (c->kind != CHOICE_THREAD)
		return snprintf(text, size, "%c%u", kind_mark[c->kind], c->value);
	return n > 1 ? snprintf(text, size, "%s%u", letter, n) : snprintf(text, size, "%s%s", mark, letter);
}

bool schedule_format(const struct schedule *s, char *ret_text, size_t size)
{
	int n = snprintf(ret_text, size, PREFIX "%s:%s:", s->case_name, s->variant);
	size_t at;

	if (n < 0 || (size_t)n >= size)
		return false;
	at = (size_t)n;
	for (unsigned i = 0, len; i < s->count; i += len) {
		len = run_length(s, i);
		n = put_piece(ret_text + at, size - at, &s->choices[i], len);
		if (n < 0 || (size_t)n >= size - at)
			return false;
		at += (size_t)n;
	}
	n = snprintf(ret_text + at, size - at, ":%08x", s->digest);
	return n >= 0 && (size_t)n < size - at;
}

/* ---- from text ---- */

struct reader {
	const char *text, *at;
	struct schedule *s;
	unsigned steps;
	struct err *reterr;
};

/* Says what is wrong at this byte, counted from 1. */
static int wrong(const struct reader *r, const char *at, const char *what)
{
	err_set(r->reterr, EXIT_USAGE, "schedule: byte %zu: %s", (size_t)(at - r->text) + 1, what);
	return -1;
}

static int no_memory(const struct reader *r)
{
	err_set(r->reterr, EXIT_INTERNAL, "schedule: out of memory");
	return -1;
}

/* A name and the colon behind it. */
static int read_name(struct reader *r, const char *missing, char *ret_name)
{
	size_t len = strspn(r->at, NAME_BYTES);

	if (len == 0)
		return wrong(r, r->at, missing);
	if (r->at[len] != ':')
		return wrong(r, r->at + len, "a name is of a-z, 0-9 and -, and ends with a colon");
	if (len >= SCHEDULE_NAME)
		return wrong(r, r->at, "this name is too long");
	memcpy(ret_name, r->at, len);
	ret_name[len] = '\0';
	r->at += len + 1;
	return 0;
}

/* At most `most`; no leading zeros. */
static int read_number(struct reader *r, unsigned most, unsigned *ret)
{
	const char *begin = r->at;
	unsigned n = 0;

	while (*r->at >= '0' && *r->at <= '9') {
		if (r->at > begin && *begin == '0')
			return wrong(r, begin, "a number does not begin with 0");
		n = n * 10 + (unsigned)(*r->at - '0');
		if (n > most)
			return wrong(r, begin, "this number is too large");
		r->at++;
	}
	if (r->at == begin)
		return wrong(r, begin, "a number is missing");
	*ret = n;
	return 0;
}

/* "!2", "=1": belongs to the step before it. */
static int read_chosen(struct reader *r)
{
	enum choice_kind kind = *r->at == kind_mark[CHOICE_WAITER] ? CHOICE_WAITER : CHOICE_DATA;
	unsigned k;

	if (r->s->count == 0)
		return wrong(r, r->at, "a step comes before what is chosen in it");
	r->at++;
	if (read_number(r, MODEL_OPTIONS - 1, &k) != 0)
		return -1;
	return schedule_add(r->s, kind, k, MODEL_RUN) ? 0 : no_memory(r);
}

/* True if the step before is a plain one of the same thread: the two are written as one. */
static bool continues(const struct schedule *s, unsigned thread)
{
	const struct choice *last = s->count > 0 ? &s->choices[s->count - 1] : NULL;

	return last && last->kind == CHOICE_THREAD && last->how == MODEL_RUN && last->value == thread;
}

/* "A", "B12", "^C". */
static int read_steps(struct reader *r)
{
	enum model_how how = *r->at == how_mark[MODEL_TIMEOUT]	 ? MODEL_TIMEOUT
			     : *r->at == how_mark[MODEL_SPURIOUS] ? MODEL_SPURIOUS
								  : MODEL_RUN;
	const char *begin;
	unsigned n = 1, thread;

	r->at += how != MODEL_RUN;
	begin = r->at;
	if (*r->at < 'A' || *r->at >= 'A' + MODEL_THREADS)
		return wrong(r, r->at, "a thread is a letter from A to L");
	thread = (unsigned)(*r->at++ - 'A');
	if (how == MODEL_RUN && continues(r->s, thread))
		return wrong(r, begin, "steps of one thread are written as one letter and a number");
	if (*r->at >= '0' && *r->at <= '9') {
		const char *number = r->at;

		if (how != MODEL_RUN)
			return wrong(r, r->at, "a step with ^ or ~ stands alone");
		if (read_number(r, STEPS_MOST, &n) != 0)
			return -1;
		if (n < 2)
			return wrong(r, number, "a number of steps is 2 or more");
	}
	r->steps += n;
	if (r->steps > STEPS_MOST)
		return wrong(r, begin, "too many steps");
	for (; n > 0; n--) {
		if (!schedule_add(r->s, CHOICE_THREAD, thread, how))
			return no_memory(r);
	}
	return 0;
}

static int read_digest(struct reader *r)
{
	uint32_t digest = 0;

	for (unsigned i = 0; i < 8; i++, r->at++) {
		char c = *r->at;

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return wrong(r, r->at, "the digest is 8 digits of 0-9 and a-f");
		digest = digest << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	if (*r->at)
		return wrong(r, r->at, "nothing comes after the digest");
	r->s->digest = digest;
	return 0;
}

static int read_all(struct reader *r)
{
	if (strnlen(r->text, SCHEDULE_TEXT) >= SCHEDULE_TEXT)
		return wrong(r, r->text + SCHEDULE_TEXT - 1, "too long for a schedule");
	if (strncmp(r->text, PREFIX, strlen(PREFIX)))
		return wrong(r, r->text, "a schedule begins with " PREFIX);
	r->at += strlen(PREFIX);
	if (read_name(r, "the name of a case is missing", r->s->case_name) != 0 ||
	    read_name(r, "the name of a variant is missing", r->s->variant) != 0)
		return -1;
	while (*r->at && *r->at != ':') {
		bool chosen = *r->at == kind_mark[CHOICE_WAITER] || *r->at == kind_mark[CHOICE_DATA];

		if ((chosen ? read_chosen(r) : read_steps(r)) != 0)
			return -1;
	}
	if (r->s->count == 0)
		return wrong(r, r->at, "there are no steps");
	if (!*r->at)
		return wrong(r, r->at, "the digest is missing");
	r->at++;
	return read_digest(r);
}

int schedule_parse(const char *text, struct schedule *ret, struct err *reterr)
{
	struct reader r = {.text = text, .at = text, .s = ret, .reterr = reterr};

	schedule_reset(ret);
	ret->case_name[0] = ret->variant[0] = '\0';
	return read_all(&r);
}
