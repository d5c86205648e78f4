/* Here a value comes back out of its struct: as text, compared with another, or freed. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/mem.h"
#include "base/parse.h"
#include "conf/value.h"

#define VALUE_NUMBER 32

static char *format_cidrs(const struct key *k, const void *base)
{
	const struct cidr *list = *(struct cidr **)value_field(base, k->offset);
	unsigned count = *(unsigned *)value_field(base, k->more);
	size_t size = count * (INET6_ADDRSTRLEN + sizeof("/128, ")) + 1, len = 0;
	char *text = mem_alloc(size), address[INET6_ADDRSTRLEN];

	if (!text)
		return NULL;
	*text = '\0';
	for (unsigned i = 0; i < count; i++) {
		inet_ntop(list[i].family, list[i].bytes, address, sizeof(address));
		len += (size_t)snprintf(text + len, size - len, "%s%s/%u", i ? ", " : "", address, list[i].bits);
	}
	return text;
}

char *value_format(const struct key *k, const void *base)
{
	char number[VALUE_NUMBER];

	switch (k->type) {
	case KEY_WORD:
		return mem_strdup(key_word_name(k->words, *(int *)value_field(base, k->offset)));
	case KEY_BOOL:
		return mem_strdup(*(bool *)value_field(base, k->offset) ? "yes" : "no");
	case KEY_NUMBER:
		snprintf(number, sizeof(number), "%lld", (long long)*value_number(k, base));
		return mem_strdup(number);
	case KEY_SIZE:
		if (*value_number(k, base) < 0)
			snprintf(number, sizeof(number), "%lld%%", -(long long)*value_number(k, base));
		else
			format_size(*value_number(k, base), number, sizeof(number));
		return mem_strdup(number);
	case KEY_DURATION:
		format_duration(*value_number(k, base), number, sizeof(number));
		return mem_strdup(number);
	case KEY_CIDRS:
		return format_cidrs(k, base);
	case KEY_ADDRESS:
	case KEY_SERVER:
	case KEY_HOSTS:
	case KEY_PATH:
	case KEY_NAME:
		return mem_strdup(*value_text(k, base) ? *value_text(k, base) : "");
	}
	assert(!"a type of the key table");
	return NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_address(const struct addr *a, const struct addr *b)
{
	return a->kind == b->kind && a->dual_stack == b->dual_stack && a->len == b->len &&
	       !memcmp(&a->sa, &b->sa, a->len);
}

static bool same_cidrs(const struct key *k, const void *a, const void *b)
{
	const struct cidr *x = *(struct cidr **)value_field(a, k->offset), *y = *(struct cidr **)value_field(b, k->offset);
	unsigned count = *(unsigned *)value_field(a, k->more);

	if (count != *(unsigned *)value_field(b, k->more))
		return false;
	for (unsigned i = 0; i < count; i++)
		if (x[i].family != y[i].family || x[i].bits != y[i].bits ||
		    memcmp(x[i].bytes, y[i].bytes, x[i].family == AF_INET ? 4 : 16))
			return false;
	return true;
}

bool value_same(const struct key *k, const void *a, const void *b)
{
	switch (k->type) {
	case KEY_WORD:
		return *(int *)value_field(a, k->offset) == *(int *)value_field(b, k->offset);
	case KEY_BOOL:
		return *(bool *)value_field(a, k->offset) == *(bool *)value_field(b, k->offset);
	case KEY_NUMBER:
	case KEY_SIZE:
	case KEY_DURATION:
		return *value_number(k, a) == *value_number(k, b);
	case KEY_ADDRESS:
		return same_address(value_field(a, k->more), value_field(b, k->more));
	case KEY_CIDRS:
		return same_cidrs(k, a, b);
	case KEY_SERVER:
	case KEY_HOSTS:
	case KEY_PATH:
	case KEY_NAME:
		return same_text(*value_text(k, a), *value_text(k, b));
	}
	assert(!"a type of the key table");
	return false;
}

void value_clear(const struct key *k, void *base)
{
	switch (k->type) {
	case KEY_CIDRS:
		mem_free(*(struct cidr **)value_field(base, k->offset));
		*(struct cidr **)value_field(base, k->offset) = NULL;
		*(unsigned *)value_field(base, k->more) = 0;
		break;
	case KEY_ADDRESS:
	case KEY_SERVER:
	case KEY_HOSTS:
	case KEY_PATH:
	case KEY_NAME:
		mem_free(*value_text(k, base));
		*value_text(k, base) = NULL;
		break;
	case KEY_WORD:
	case KEY_BOOL:
	case KEY_NUMBER:
	case KEY_SIZE:
	case KEY_DURATION:
		break;
	}
}

static void format_bound(const struct key *k, int64_t value, char *ret_text, size_t size)
{
	if (value == 0)
		snprintf(ret_text, size, "0");
	else if (k->type == KEY_SIZE)
		format_size(value, ret_text, size);
	else if (k->type == KEY_DURATION)
		format_duration(value, ret_text, size);
	else
		format_count((uint64_t)value, ret_text, size);
}

static void format_words(const struct key *k, char *ret_text, size_t size)
{
	size_t len = 0;

	for (const struct key_word *w = k->words; w->name && len < size; w++)
		len += (size_t)snprintf(ret_text + len, size - len, "%s%s", w == k->words ? "" : " ", w->name);
}

void value_range(const struct key *k, const char *dash, char *ret_text, size_t size)
{
	char low[VALUE_NUMBER], high[VALUE_NUMBER];
	int len;

	switch (k->type) {
	case KEY_WORD:
		format_words(k, ret_text, size);
		break;
	case KEY_BOOL:
		snprintf(ret_text, size, "yes no true false on off");
		break;
	case KEY_NUMBER:
	case KEY_SIZE:
	case KEY_DURATION:
		format_bound(k, k->min, low, sizeof(low));
		format_bound(k, k->max, high, sizeof(high));
		len = snprintf(ret_text, size, "%s%s %s %s%s%s", k->or_zero ? "0, " : "", low, dash, high,
			       k->unit ? " " : "", k->unit ? k->unit : "");
		if (k->percent && (size_t)len < size)
			snprintf(ret_text + len, size - (size_t)len, ", 1%% %s %d%%", dash, (int)k->percent);
		break;
	case KEY_ADDRESS:
		snprintf(ret_text, size, "udp://H:P tcp://H:P unix:///PATH unixgram:///PATH");
		break;
	case KEY_SERVER:
		snprintf(ret_text, size, "H:P unix:///PATH, or nothing");
		break;
	case KEY_HOSTS:
		snprintf(ret_text, size, "names by comma, or nothing");
		break;
	case KEY_CIDRS:
		snprintf(ret_text, size, "address ranges like 192.0.2.0/24 or 2001:db8::/32, by comma");
		break;
	case KEY_PATH:
		if (k->max)
			snprintf(ret_text, size, "a path of at most %d bytes%s", (int)k->max,
				 k->or_empty ? ", or nothing" : "");
		else
			snprintf(ret_text, size, "a path%s", k->or_empty ? ", or nothing" : "");
		break;
	case KEY_NAME:
		snprintf(ret_text, size, "1 %s %d letters, digits and _ . -", dash, KEY_NAME_MAX);
		break;
	}
}
