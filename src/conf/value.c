/* Here one value goes from text into its struct, or is refused with the reason. */
#include "conf/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/mem.h"
#include "base/parse.h"
#include "conf/hint.h"

#define VALUE_URL 160

static int no_memory(struct err *reterr)
{
	err_set(reterr, EXIT_INTERNAL, "out of memory");
	return -1;
}

/* What base/addr says, without the word it calls the value by: ours stands in front. */
static const char *bare(const struct err *why, const char *word)
{
	size_t len = strlen(word);

	return !strncmp(why->text, word, len) && !strncmp(why->text + len, ": ", 2) ? why->text + len + 2 : why->text;
}

/* "section.key: "text" problem; accepted: …" */
static int refuse(const struct key_section *s, const struct key *k, const char *text, const char *problem,
		  struct err *reterr)
{
	char range[VALUE_RANGE];

	value_range(k, "…", range, sizeof(range));
	err_set(reterr, EXIT_CONFIG, "%s.%s: \"%s\" %s; accepted: %s", s->name, k->name, text, problem, range);
	return -1;
}

static int take_text(const struct key *k, void *base, const char *text, struct err *reterr)
{
	char *copy = mem_strdup(text);

	if (!copy)
		return no_memory(reterr);
	mem_free(*value_text(k, base));
	*value_text(k, base) = copy;
	return 0;
}

static int set_word(const struct key_section *s, const struct key *k, void *base, const char *text,
		    struct err *reterr)
{
	struct hint hint = {.given = text};
	char range[VALUE_RANGE];
	int *value = value_field(base, k->offset);

	for (const struct key_word *w = k->words; w->name; w++) {
		if (!strcmp(w->name, text)) {
			*value = w->value;
			return 0;
		}
		hint_offer(&hint, w->name);
	}
	value_range(k, "…", range, sizeof(range));
	err_set(reterr, EXIT_CONFIG, "%s.%s: \"%s\" is not known; accepted: %s%s%s%s", s->name, k->name, text, range,
		hint.best ? "; did you mean \"" : "", hint.best ? hint.best : "", hint.best ? "\"?" : "");
	return -1;
}

static int set_bool(const struct key_section *s, const struct key *k, void *base, const char *text,
		    struct err *reterr)
{
	bool *value = value_field(base, k->offset);

	return parse_bool(text, value) ? 0 : refuse(s, k, text, "is neither yes nor no", reterr);
}

/* "5%" is kept as -5. */
static bool read_percent(const char *text, int64_t *ret)
{
	char digits[8];
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len >= sizeof(digits) || strcmp(text + len, "%") != 0)
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	return parse_number(digits, ret);
}

/* Reads a number, a size or a duration. Too many digits are out of range like any other large number. */
static int set_number(const struct key_section *s, const struct key *k, void *base, const char *text,
		      struct err *reterr)
{
	static const struct {
		bool (*parse)(const char *text, int64_t *ret);
		const char *problem;
	} kinds[] = {
		[KEY_NUMBER] = {parse_number, "is not a number"},
		[KEY_SIZE] = {parse_size, "is not a size (a number, with K, M or G behind it if need be)"},
		[KEY_DURATION] = {parse_duration, "is not a duration (a number with ms, s, m, h or d behind it)"},
	};
	int64_t value;
	char unit[8];
	size_t digits = strspn(text, "0123456789");

	if (k->percent && read_percent(text, &value)) {
		if (value < 1 || value > k->percent)
			return refuse(s, k, text, "is out of range", reterr);
		*value_number(k, base) = -value;
		return 0;
	}
	if (!kinds[k->type].parse(text, &value)) {
		snprintf(unit, sizeof(unit), "1%s", text + digits);
		if (digits && strlen(text + digits) < sizeof(unit) - 1 && kinds[k->type].parse(unit, &value))
			return refuse(s, k, text, "is out of range", reterr);
		return refuse(s, k, text, kinds[k->type].problem, reterr);
	}
	if ((value < k->min || value > k->max) && !(k->or_zero && value == 0))
		return refuse(s, k, text, "is out of range", reterr);
	*value_number(k, base) = value;
	return 0;
}

static int set_address(const struct key_section *s, const struct key *k, void *base, const char *text,
		       struct err *reterr)
{
	struct err why = {0};
	struct addr addr;

	if (addr_parse(text, &addr, &why)) {
		err_set(reterr, EXIT_CONFIG, "%s.%s: %s", s->name, k->name, bare(&why, "address"));
		return -1;
	}
	if (take_text(k, base, text, reterr))
		return -1;
	memcpy(value_field(base, k->more), &addr, sizeof(addr));
	return 0;
}

/* "127.0.0.1:9514" is a tcp:// address without the word. */
static int set_server(const struct key_section *s, const struct key *k, void *base, const char *text,
		      struct err *reterr)
{
	struct err why = {0};
	struct addr addr;
	char url[VALUE_URL];

	if (!*text)
		return take_text(k, base, text, reterr);
	snprintf(url, sizeof(url), "%s%s", strstr(text, "://") ? "" : "tcp://", text);
	if (strlen(text) >= sizeof(url) - sizeof("tcp://"))
		return refuse(s, k, text, "is too long", reterr);
	if (addr_parse(url, &addr, &why)) {
		/* Words about a url that nobody has written would help nobody. */
		if (strstr(why.text, "tcp://"))
			return refuse(s, k, text, "is neither an address with a port nor a unix socket", reterr);
		err_set(reterr, EXIT_CONFIG, "%s.%s: %s", s->name, k->name, bare(&why, "address"));
		return -1;
	}
	if (!addr_is_stream(&addr))
		return refuse(s, k, text, "is for datagrams", reterr);
	if (take_text(k, base, text, reterr))
		return -1;
	memcpy(value_field(base, k->more), &addr, sizeof(addr));
	return 0;
}

/* Names, as in a Host header without the port. */
static int set_hosts(const struct key_section *s, const struct key *k, void *base, const char *text,
		     struct err *reterr)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
	const char *name = text + strspn(text, " \t");
	size_t len, gap;

	for (; *name; name += len + gap) {
		len = strspn(name, letters);
		gap = strspn(name + len, " \t");
		if (len == 0 || (name[len + gap] && name[len + gap] != ',') || (name[len + gap] == ',' && !name[len + gap + 1]))
			return refuse(s, k, text, "is no list of host names", reterr);
		gap += name[len + gap] == ',';
		gap += strspn(name + len + gap, " \t");
	}
	return take_text(k, base, text, reterr);
}

static int set_path(const struct key_section *s, const struct key *k, void *base, const char *text,
		    struct err *reterr)
{
	size_t len = strlen(text);
	char problem[64];

	if (k->max && len > (size_t)k->max) {
		snprintf(problem, sizeof(problem), "is too long (%zu bytes)", len);
		return refuse(s, k, text, problem, reterr);
	}
	if (len && text[len - 1] == '/')
		return refuse(s, k, text, "names a directory", reterr);
	return take_text(k, base, text, reterr);
}

static int set_name(const struct key_section *s, const struct key *k, void *base, const char *text,
		    struct err *reterr)
{
	if (!key_name_valid(text))
		return refuse(s, k, text, "is not a name", reterr);
	return take_text(k, base, text, reterr);
}

/* Appends the ranges in `text` (which is cut up here) to *list. */
static int read_cidrs(const struct key_section *s, const struct key *k, char *text, struct cidr **list,
		      unsigned *count, struct err *reterr)
{
	struct err why = {0};
	struct cidr *longer;
	char *item, *end;

	while ((item = strsep(&text, ","))) {
		item += strspn(item, " \t");
		end = item + strlen(item);
		while (end > item && (end[-1] == ' ' || end[-1] == '\t'))
			*--end = '\0';
		if (!*item) {
			err_set(reterr, EXIT_CONFIG, "%s.%s: an element of the list is empty", s->name, k->name);
			return -1;
		}
		longer = mem_resize(*list, (*count + 1) * sizeof(**list));
		if (!longer)
			return no_memory(reterr);
		*list = longer;
		if (cidr_parse(item, &longer[*count], &why)) {
			err_set(reterr, EXIT_CONFIG, "%s.%s: %s", s->name, k->name, bare(&why, "range"));
			return -1;
		}
		++*count;
	}
	return 0;
}

static int set_cidrs(const struct key_section *s, const struct key *k, void *base, const char *text, bool more,
		     struct err *reterr)
{
	struct cidr **list = value_field(base, k->offset), *fresh = NULL;
	unsigned *count = value_field(base, k->more), fresh_count = 0;
	char *copy = mem_strdup(text);

	if (!copy)
		return no_memory(reterr);
	if (more && *count) {
		fresh = mem_alloc(*count * sizeof(*fresh));
		if (!fresh) {
			mem_free(copy);
			return no_memory(reterr);
		}
		fresh_count = *count;
		memcpy(fresh, *list, fresh_count * sizeof(*fresh));
	}
	if (*text && read_cidrs(s, k, copy, &fresh, &fresh_count, reterr)) {
		mem_free(copy);
		mem_free(fresh);
		return -1;
	}
	mem_free(copy);
	mem_free(*list);
	*list = fresh;
	*count = fresh_count;
	return 0;
}

int value_set(const struct key_section *s, const struct key *k, void *base, const char *text, bool more,
	      struct err *reterr)
{
	if (!*text && !k->or_empty) {
		char range[VALUE_RANGE];

		value_range(k, "…", range, sizeof(range));
		err_set(reterr, EXIT_CONFIG, "%s.%s: the value is empty; accepted: %s", s->name, k->name, range);
		return -1;
	}
	switch (k->type) {
	case KEY_WORD:
		return set_word(s, k, base, text, reterr);
	case KEY_BOOL:
		return set_bool(s, k, base, text, reterr);
	case KEY_NUMBER:
	case KEY_SIZE:
	case KEY_DURATION:
		return set_number(s, k, base, text, reterr);
	case KEY_ADDRESS:
		return set_address(s, k, base, text, reterr);
	case KEY_SERVER:
		return set_server(s, k, base, text, reterr);
	case KEY_HOSTS:
		return set_hosts(s, k, base, text, reterr);
	case KEY_CIDRS:
		return set_cidrs(s, k, base, text, more, reterr);
	case KEY_PATH:
		return set_path(s, k, base, text, reterr);
	case KEY_NAME:
		return set_name(s, k, base, text, reterr);
	}
	assert(!"a type of the key table");
	return -1;
}

char *value_default(const struct key *k, bool stream)
{
	const char *dir = k->env ? getenv(k->env) : NULL;
	size_t len = dir ? strcspn(dir, ":") : 0;
	size_t size;
	char *text;

	if (!len) {
		if (stream && k->def_stream)
			return mem_strdup(k->def_stream);
		return k->def ? mem_strdup(k->def) : NULL;
	}
	size = len + 1 + strlen(k->env_file) + 1;
	text = mem_alloc(size);
	if (text)
		snprintf(text, size, "%.*s/%s", (int)len, dir, k->env_file);
	return text;
}
