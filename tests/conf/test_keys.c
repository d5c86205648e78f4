/* The key table says what the contract says, and every row of it works. */
#include "fixture.h"

#include "base/clock.h"

struct promise {
	enum key_kind kind;
	const char *name, *range, *def, *def_stream;
	enum key_apply apply;
};

static const struct promise promises[] = {
	{KEY_DAEMON, "drain_timeout", "0 … 1h", "20s", NULL, KEY_LIVE},
	{KEY_LOG, "level", "error warning notice info debug", "info", NULL, KEY_LIVE},
	{KEY_LOG, "target", "auto journal stderr", "auto", NULL, KEY_LIVE},
	{KEY_LISTENER, "address", "udp://H:P tcp://H:P unix:///PATH unixgram:///PATH", NULL, NULL, KEY_RESTART},
	{KEY_LISTENER, "store", "1 … 32 letters, digits and _ . -", "main", NULL, KEY_RESTART},
	{KEY_LISTENER, "framing", "auto newline nul octet", "auto", NULL, KEY_RESTART},
	{KEY_LISTENER, "max_message", "64 … 16M bytes", "64K", NULL, KEY_LIVE},
	{KEY_LISTENER, "oversize", "truncate drop", "truncate", NULL, KEY_LIVE},
	{KEY_LISTENER, "overflow", "block drop-newest drop-oldest", "drop-newest", "block", KEY_LIVE},
	{KEY_LISTENER, "rcvbuf", "4K … 1G bytes", "8M", NULL, KEY_LIVE},
	{KEY_LISTENER, "max_connections", "1 … 65,535 connections", "1024", NULL, KEY_LIVE},
	{KEY_LISTENER, "idle_timeout", "0, 1s … 7d", "10m", NULL, KEY_LIVE},
	{KEY_LISTENER, "ack", "none commit", "none", NULL, KEY_RESTART},
	{KEY_LISTENER, "allow", "address ranges like 192.0.2.0/24 or 2001:db8::/32, by comma", "", NULL, KEY_LIVE},
	{KEY_STORE, "path", "a path", "./messages.db", NULL, KEY_RESTART},
	{KEY_STORE, "workers", "1 … 64 threads", "2", NULL, KEY_RESTART},
	{KEY_STORE, "queue_messages", "16 … 16,777,216 messages", "262144", NULL, KEY_RESTART},
	{KEY_STORE, "queue_bytes", "64K … 64G bytes", "256M", NULL, KEY_RESTART},
	{KEY_STORE, "batch_messages", "1 … 100,000 messages", "4096", NULL, KEY_LIVE},
	{KEY_STORE, "batch_interval", "1ms … 10s", "50ms", NULL, KEY_LIVE},
	{KEY_STORE, "durability", "full normal off", "full", NULL, KEY_LIVE},
	{KEY_STORE, "keep_age", "0, 1s … 36500d", "0", NULL, KEY_LIVE},
	{KEY_STORE, "keep_size", "0, 1M … 65536G bytes", "0", NULL, KEY_LIVE},
	{KEY_STORE, "keep_messages", "0, 1 … 1,000,000,000,000 messages", "0", NULL, KEY_LIVE},
	{KEY_STORE, "min_free", "0, 1M … 1024G bytes, 1% … 50%", "0", NULL, KEY_LIVE},
	{KEY_STORE, "wal_limit", "32M … 1024G bytes", "256M", NULL, KEY_LIVE},
	{KEY_CONTROL, "path", "a path of at most 107 bytes, or nothing", "./catchbasin.sock", NULL, KEY_RESTART},
	{KEY_METRICS, "address", "H:P unix:///PATH, or nothing", "", NULL, KEY_LIVE},
	{KEY_METRICS, "hosts", "names by comma, or nothing", "", NULL, KEY_LIVE},
	{KEY_METRICS, "messages", "0, 1 … 100 messages", "20", NULL, KEY_LIVE},
};

static void test_promises(void)
{
	char range[VALUE_RANGE];
	unsigned keys = 0;

	for (enum key_kind kind = 0; kind < KEY_KINDS; kind++)
		keys += key_section(kind)->count;
	is_int(keys, ARRAY_LEN(promises), "the table has the contract's keys and no other");
	for (size_t i = 0; i < ARRAY_LEN(promises); i++) {
		const struct promise *p = &promises[i];
		const struct key_section *s = key_section(p->kind);
		int index = key_find(s, p->name);
		const struct key *k = index < 0 ? NULL : &s->keys[index];

		if (!ok(k, "%s.%s is there", s->name, p->name))
			continue;
		value_range(k, "…", range, sizeof(range));
		is_str(range, p->range, "%s.%s: range", s->name, p->name);
		is_str(k->def ? k->def : "(none)", p->def ? p->def : "(none)", "%s.%s: default", s->name, p->name);
		is_str(k->def_stream ? k->def_stream : "(none)", p->def_stream ? p->def_stream : "(none)",
		       "%s.%s: default of streams", s->name, p->name);
		is_int(k->apply, p->apply, "%s.%s: live or restart", s->name, p->name);
	}
}

/* One to three sentences, each beginning with a capital, the last one ended. */
static void check_prose(const char *what, const char *prose)
{
	unsigned sentences = 1;
	size_t len = strlen(prose);

	for (const char *p = prose; (p = strstr(p, ". ")); p++)
		sentences++;
	ok(len > 10 && prose[len - 1] == '.' && prose[0] >= 'A' && prose[0] <= 'Z' && sentences <= 3,
	   "%s: one to three sentences", what);
}

/* A struct that is any section: both hold the origins that the table points at. */
union any {
	struct config config;
	struct conf_listener listener;
	struct conf_store store;
};

static bool takes(enum key_kind kind, const struct key *k, const char *text)
{
	union any any = {0};
	struct err err;
	char *back;
	bool good = !value_set(key_section(kind), k, &any, text, false, &err);

	if (good) {
		union any again = {0};

		back = value_format(k, &any);
		good = !value_set(key_section(kind), k, &again, back, false, &err) && value_same(k, &any, &again);
		mem_free(back);
		value_clear(k, &again);
	}
	value_clear(k, &any);
	return good;
}

/* A number as its key would have it; durations have no unit below ms. */
static bool takes_number(enum key_kind kind, const struct key *k, int64_t value)
{
	char text[32];

	if (k->type == KEY_DURATION)
		snprintf(text, sizeof(text), "%lldms", (long long)(value / NS_PER_MS));
	else
		snprintf(text, sizeof(text), "%lld", (long long)value);
	return takes(kind, k, text);
}

static void test_bounds(enum key_kind kind, const struct key *k)
{
	const char *s = key_section(kind)->name;
	int64_t step = k->type == KEY_DURATION ? NS_PER_MS : 1;

	if (k->min > 0 && !(k->or_zero && k->min == step))
		ok(!takes_number(kind, k, k->min - step), "%s.%s: less than the least is refused", s, k->name);
	ok(takes_number(kind, k, k->min), "%s.%s: the least is taken", s, k->name);
	ok(takes_number(kind, k, k->max), "%s.%s: the largest is taken", s, k->name);
	ok(!takes_number(kind, k, k->max + step), "%s.%s: more than the largest is refused", s, k->name);
	ok(takes(kind, k, "0") == (k->min == 0 || k->or_zero), "%s.%s: 0 is taken where it may be", s, k->name);
	ok(!takes(kind, k, "-1"), "%s.%s: a negative number is refused", s, k->name);
	ok(!takes(kind, k, "many"), "%s.%s: a word is refused", s, k->name);
	ok(!takes(kind, k, "99999999999999999999999"), "%s.%s: too many digits are refused", s, k->name);
}

static void test_rows(void)
{
	for (enum key_kind kind = 0; kind < KEY_KINDS; kind++) {
		const struct key_section *s = key_section(kind);

		is_int(key_kind_find(s->name), kind, "[%s] is found", s->name);
		check_prose(s->name, s->prose);
		for (unsigned i = 0; i < s->count; i++) {
			const struct key *k = &s->keys[i];

			is_int(key_find(s, k->name), i, "%s.%s is found", s->name, k->name);
			check_prose(k->name, k->prose);
			if (k->def)
				ok(takes(kind, k, k->def), "%s.%s: its default is taken", s->name, k->name);
			if (k->def_stream)
				ok(takes(kind, k, k->def_stream), "%s.%s: so is that of streams", s->name, k->name);
			if (k->sample)
				ok(takes(kind, k, k->sample), "%s.%s: so is its sample", s->name, k->name);
			ok(k->def || k->sample, "%s.%s: the sample file has something to show", s->name, k->name);
			ok(takes(kind, k, "") == k->or_empty, "%s.%s: nothing is taken where it may be", s->name,
			   k->name);
			for (const struct key_word *w = k->words; w && w->name; w++) {
				ok(takes(kind, k, w->name), "%s.%s: %s", s->name, k->name, w->name);
				is_str(key_word_name(k->words, w->value), w->name, "  and back");
			}
			if (k->type == KEY_NUMBER || k->type == KEY_SIZE || k->type == KEY_DURATION)
				test_bounds(kind, k);
			if (k->type == KEY_WORD)
				ok(k->words && !takes(kind, k, "no-such-word"), "%s.%s: another word is refused",
				   s->name, k->name);
		}
	}
}

static void test_names(void)
{
	ok(key_name_valid("a"), "one letter is a name");
	ok(key_name_valid("A.b_c-9"), "letters, digits, dot, underscore, hyphen");
	ok(key_name_valid("12345678901234567890123456789012"), "32 bytes");
	ok(!key_name_valid("123456789012345678901234567890123"), "33 bytes are none");
	ok(!key_name_valid(""), "nothing is none");
	ok(!key_name_valid("a/b") && !key_name_valid("a b") && !key_name_valid("ä"), "nor are other characters");
	is_int(key_kind_find("nothing"), KEY_KINDS, "an unknown section");
	is_int(key_find(key_section(KEY_LOG), "nothing"), -1, "an unknown key");
	is_str(key_word_name(key_section(KEY_LOG)->keys[0].words, 99), "?", "an unknown value");
}

int main(void)
{
	unsetenv("STATE_DIRECTORY");
	unsetenv("RUNTIME_DIRECTORY");
	test_promises();
	test_rows();
	test_names();
	return done_testing();
}
