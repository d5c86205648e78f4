/* Here the same event is held to one line a second, and what was left out is counted. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log_parts.h"
#include "base/parse.h"

#define WAYS	  4 /* slots an event may be in */
#define PERIOD_NS NS_PER_S

uint64_t log_rate_hash(const struct sync_src *src, const char *key)
{
	/* FNV-1a over the place and the key. */
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (uintptr_t)src;

	for (const unsigned char *p = (const unsigned char *)key; *p; p++)
		hash = (hash ^ *p) * UINT64_C(0x100000001b3);
	hash ^= hash >> 29;
	return hash ? hash : 1;
}

/* The slot of an event, or the one that it gets: a free one, else the one unused for longest. */
static struct log_slot *find(struct log_rate *r, uint64_t hash)
{
	struct log_slot *oldest = NULL;

	for (unsigned i = 0; i < WAYS; i++) {
		struct log_slot *s = &r->slots[(hash + i) % LOG_SLOTS];

		if (s->hash == hash)
			return s;
		if (!oldest || (oldest->hash && (!s->hash || s->last_ns < oldest->last_ns)))
			oldest = s;
	}
	return oldest;
}

static void copy(char *to, const char *from, size_t size)
{
	size_t len = strnlen(from, size);

	if (len == size)
		len = utf8_cut(from, size - 1);
	memcpy(to, from, len);
	to[len] = '\0';
}

/* Words the summary of a slot and sets its count back to 0. */
static void summarise(struct log_rate *r, struct log_slot *s, struct log_event *e)
{
	memset(e, 0, offsetof(struct log_event, text));
	e->wall_ns = clock_wall_ns();
	e->level = s->level;
	e->src = s->src;
	copy(e->thread, "log", sizeof(e->thread));
	copy(e->listener, s->listener, sizeof(e->listener));
	copy(e->peer, s->peer, sizeof(e->peer));
	copy(e->store, s->store, sizeof(e->store));
	snprintf(e->text, sizeof(e->text), "suppressed %" PRIu64 " line%s like: %s", s->suppressed,
		 s->suppressed == 1 ? "" : "s", s->text);
	s->suppressed = 0;
	r->waiting--;
}

static void remember(struct log_slot *s, uint64_t hash, const struct log_event *e)
{
	s->hash = hash;
	s->src = e->src;
	s->level = e->level;
	copy(s->listener, e->listener, sizeof(s->listener));
	copy(s->peer, e->peer, sizeof(s->peer));
	copy(s->store, e->store, sizeof(s->store));
	copy(s->text, e->text, sizeof(s->text));
}

/* Appends "(and 41 more like it)", where need be in the place of the text's end. */
static void tell_more(struct log_event *e, uint64_t count)
{
	char more[64];
	size_t len = strlen(e->text),
	       want = (size_t)snprintf(more, sizeof(more), " (and %" PRIu64 " more like it)", count);

	if (len > sizeof(e->text) - 1 - want)
		len = utf8_cut(e->text, sizeof(e->text) - 1 - want);
	memcpy(e->text + len, more, want + 1);
}

bool log_rate_admit(struct log_rate *r, uint64_t hash, int64_t now_ns, struct log_event *e,
		    struct log_event *ret_pushed, bool *ret_has_pushed)
{
	struct log_slot *s = find(r, hash);

	*ret_has_pushed = false;
	if (s->hash == hash) {
		if (now_ns - s->last_ns < PERIOD_NS) {
			r->waiting += s->suppressed++ == 0;
			return false;
		}
	} else {
		if (s->suppressed) {
			summarise(r, s, ret_pushed);
			*ret_has_pushed = true;
		}
		s->suppressed = 0;
	}
	remember(s, hash, e);
	s->last_ns = now_ns;
	if (s->suppressed) {
		tell_more(e, s->suppressed);
		s->suppressed = 0;
		r->waiting--;
	}
	return true;
}

bool log_rate_sweep(struct log_rate *r, int64_t now_ns, bool all, struct log_event *ret_summary)
{
	for (unsigned i = 0; i < LOG_SLOTS && r->waiting > 0; i++) {
		struct log_slot *s = &r->slots[i];

		if (s->suppressed == 0 || (!all && now_ns - s->last_ns < PERIOD_NS))
			continue;
		summarise(r, s, ret_summary);
		s->last_ns = now_ns;
		return true;
	}
	return false;
}
