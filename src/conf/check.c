/* Here a configuration is looked at as a whole: what refers to what, and what cannot go together. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/parse.h"
#include "conf/loader.h"
#include "conf/section.h"

#define CHECK_NUMBER 32
#define CHECK_PLACE (SECTION_TITLE + 320)

/* "[store main] (FILE:LINE)", or with "(default)". The file is cut if it is very long. */
static void place_text(enum key_kind kind, const void *base, const struct conf_origin *origin, char *ret_text,
		       size_t size)
{
	char title[SECTION_TITLE];

	section_title(kind, section_name(kind, base), title, sizeof(title));
	if (origin->file)
		snprintf(ret_text, size, "%s (%s:%d)", title, origin->file, origin->line);
	else
		snprintf(ret_text, size, "%s (default)", title);
}

static void check_address(struct loader *l, const struct conf_listener *li)
{
	const struct key_section *s = key_section(KEY_LISTENER);

	if (!li->address && !li->origins[key_find(s, "address")].file)
		loader_tell(l, &li->origin, "[listener %s] has no address; write \"address = udp://127.0.0.1:5140\" or the like",
			    li->name);
	if (li->address && li->allow_count && (li->addr.kind == ADDR_UNIX || li->addr.kind == ADDR_UNIXGRAM))
		loader_tell(l, section_where(KEY_LISTENER, li, "allow"),
			    "listener.allow: [listener %s] is a unix socket, whose senders have no address; "
			    "its directory's permissions say who may send", li->name);
}

static void check_store_name(struct loader *l, const struct conf_listener *li)
{
	const struct conf_origin *at = section_where(KEY_LISTENER, li, "store");
	char known[512] = "";
	size_t len = 0;

	if (!li->store || config_store(l->config, li->store))
		return;
	/* A default listener stands in no file: the store's line is the next best. */
	if (!at->file)
		at = &l->config->stores->origin;
	for (const struct conf_store *s = l->config->stores; s && len < sizeof(known); s = s->next)
		len += (size_t)snprintf(known + len, sizeof(known) - len, " %s", s->name);
	loader_tell(l, at, "listener.store: there is no [store %s], which [listener %s] needs; known:%s", li->store,
		    li->name, known);
}

static void check_ack(struct loader *l, const struct conf_listener *li)
{
	const struct key_section *s = key_section(KEY_LISTENER);
	const struct key *overflow = &s->keys[key_find(s, "overflow")];
	const struct conf_origin *at = section_where(KEY_LISTENER, li, "ack");

	if (li->ack != CONF_ACK_COMMIT || !li->address)
		return;
	if (!addr_is_stream(&li->addr))
		loader_tell(l, at, "listener.ack: commit needs a stream, tcp:// or unix://; [listener %s] is at %s", li->name,
			    li->address);
	else if (li->overflow == CONF_OVERFLOW_DROP_NEWEST || li->overflow == CONF_OVERFLOW_DROP_OLDEST)
		loader_tell(l, at, "listener.ack: commit needs overflow = block; [listener %s] has overflow = %s (%s:%d)",
			    li->name, key_word_name(overflow->words, li->overflow),
			    section_where(KEY_LISTENER, li, "overflow")->file,
			    section_where(KEY_LISTENER, li, "overflow")->line);
}

/* The queue must take the largest message with room for another behind it. */
static void check_queue_bytes(struct loader *l, const struct conf_store *s)
{
	const struct conf_origin *at = section_where(KEY_STORE, s, "queue_bytes");
	const struct conf_listener *largest = NULL;
	char have[CHECK_NUMBER], need[CHECK_NUMBER], message[CHECK_NUMBER], place[CHECK_PLACE];

	for (const struct conf_listener *li = l->config->listeners; li; li = li->next)
		if (li->store && !strcmp(li->store, s->name) && (!largest || li->max_message > largest->max_message))
			largest = li;
	if (!largest || s->queue_bytes >= 2 * largest->max_message)
		return;
	format_size(s->queue_bytes, have, sizeof(have));
	format_size(largest->max_message, message, sizeof(message));
	format_size(2 * largest->max_message, need, sizeof(need));
	place_text(KEY_LISTENER, largest, section_where(KEY_LISTENER, largest, "max_message"), place, sizeof(place));
	loader_tell(l, at, "store.queue_bytes: [store %s] has %s, less than twice the max_message of %s, which is %s; "
		    "accepted: %s … 64G bytes", s->name, have, place, message, need);
}

/* A path that the configuration names, and what is there now. */
struct spot {
	enum key_kind kind;
	const void *base;
	const char *key, *path;
	const char *file_name; /* the last part of path */
	bool exists, in_dir;
	struct stat self, dir;
};

static void look(struct spot *spot)
{
	const char *slash = strrchr(spot->path, '/');
	size_t len = slash ? (size_t)(slash - spot->path) : 0;
	char *dir = mem_alloc(len + 2);

	spot->file_name = slash ? slash + 1 : spot->path;
	spot->exists = stat(spot->path, &spot->self) == 0;
	if (!dir)
		return;
	snprintf(dir, len + 2, "%.*s", len ? (int)len : 1, len ? spot->path : slash ? "/" : ".");
	spot->in_dir = stat(dir, &spot->dir) == 0;
	mem_free(dir);
}

static bool same_spot(const struct spot *a, const struct spot *b)
{
	if (!strcmp(a->path, b->path))
		return true;
	if (a->exists && b->exists)
		return a->self.st_dev == b->self.st_dev && a->self.st_ino == b->self.st_ino;
	return a->in_dir && b->in_dir && a->dir.st_dev == b->dir.st_dev && a->dir.st_ino == b->dir.st_ino &&
	       !strcmp(a->file_name, b->file_name);
}

static unsigned collect_spots(const struct config *c, struct spot *spots)
{
	unsigned count = 0;

	for (const struct conf_store *s = c->stores; s; s = s->next)
		if (s->path)
			spots[count++] = (struct spot){.kind = KEY_STORE, .base = s, .key = "path", .path = s->path};
	if (c->control.path && *c->control.path)
		spots[count++] = (struct spot){.kind = KEY_CONTROL, .base = c, .key = "path", .path = c->control.path};
	if (c->metrics.address && *c->metrics.address && c->metrics.addr.kind == ADDR_UNIX)
		spots[count++] = (struct spot){.kind = KEY_METRICS, .base = c, .key = "address",
					       .path = c->metrics.addr.sa.un.sun_path};
	for (const struct conf_listener *li = c->listeners; li; li = li->next)
		if (li->address && (li->addr.kind == ADDR_UNIX || li->addr.kind == ADDR_UNIXGRAM) &&
		    li->addr.sa.un.sun_path[0])
			spots[count++] = (struct spot){.kind = KEY_LISTENER, .base = li, .key = "address",
						       .path = li->addr.sa.un.sun_path};
	return count;
}

/* No two stores or sockets may be the same file. */
static void check_paths(struct loader *l)
{
	unsigned count = 2; /* control and metrics */
	struct spot *spots;
	char place[CHECK_PLACE];

	for (const struct conf_store *s = l->config->stores; s; s = s->next)
		count++;
	for (const struct conf_listener *li = l->config->listeners; li; li = li->next)
		count++;
	spots = mem_zalloc(count, sizeof(*spots));
	if (!spots) {
		loader_no_memory(l);
		return;
	}
	count = collect_spots(l->config, spots);
	for (unsigned i = 0; i < count; i++) {
		look(&spots[i]);
		for (unsigned j = 0; j < i; j++) {
			if (!same_spot(&spots[j], &spots[i]))
				continue;
			place_text(spots[j].kind, spots[j].base, section_where(spots[j].kind, spots[j].base, spots[j].key),
				   place, sizeof(place));
			loader_tell(l, section_where(spots[i].kind, spots[i].base, spots[i].key),
				    "%s.%s: \"%s\" is the same file as the %s of %s", key_section(spots[i].kind)->name,
				    spots[i].key, spots[i].path, spots[j].key, place);
			break;
		}
	}
	mem_free(spots);
}

/* True if both cannot be bound at once. Port 0 is a new port every time; paths are compared as files. */
static bool same_socket(const struct addr *a, const struct addr *b)
{
	bool any_a = a->dual_stack, any_b = b->dual_stack;

	if (a->kind != b->kind || (a->kind != ADDR_UDP && a->kind != ADDR_TCP))
		return false;
	/* Both families keep the port at the same place. */
	if (a->sa.in.sin_port != b->sa.in.sin_port || a->sa.in.sin_port == 0)
		return false;
	if (any_a || any_b)
		return true;
	if (a->sa.any.sa_family != b->sa.any.sa_family)
		return false;
	if (a->sa.any.sa_family == AF_INET)
		return a->sa.in.sin_addr.s_addr == b->sa.in.sin_addr.s_addr ||
		       a->sa.in.sin_addr.s_addr == htonl(INADDR_ANY) || b->sa.in.sin_addr.s_addr == htonl(INADDR_ANY);
	if (IN6_IS_ADDR_UNSPECIFIED(&a->sa.in6.sin6_addr) || IN6_IS_ADDR_UNSPECIFIED(&b->sa.in6.sin6_addr))
		return true;
	return IN6_ARE_ADDR_EQUAL(&a->sa.in6.sin6_addr, &b->sa.in6.sin6_addr) &&
	       a->sa.in6.sin6_scope_id == b->sa.in6.sin6_scope_id;
}

static void check_sockets(struct loader *l)
{
	char place[CHECK_PLACE];

	for (const struct conf_listener *b = l->config->listeners; b; b = b->next) {
		for (const struct conf_listener *a = l->config->listeners; a != b; a = a->next) {
			if (!a->address || !b->address || !same_socket(&a->addr, &b->addr))
				continue;
			place_text(KEY_LISTENER, a, section_where(KEY_LISTENER, a, "address"), place, sizeof(place));
			loader_tell(l, section_where(KEY_LISTENER, b, "address"),
				    "listener.address: %s of [listener %s] is taken by %s of %s", b->address, b->name, a->address,
				    place);
			break;
		}
	}
}

static void check_metrics(struct loader *l)
{
	const struct config *c = l->config;
	char place[CHECK_PLACE];

	if (!c->metrics.address || !*c->metrics.address)
		return;
	for (const struct conf_listener *a = c->listeners; a; a = a->next) {
		if (!a->address || !same_socket(&a->addr, &c->metrics.addr))
			continue;
		place_text(KEY_LISTENER, a, section_where(KEY_LISTENER, a, "address"), place, sizeof(place));
		loader_tell(l, section_where(KEY_METRICS, c, "address"), "metrics.address: %s is taken by %s of %s",
			    c->metrics.address, a->address, place);
		return;
	}
}

void loader_check(struct loader *l)
{
	for (const struct conf_listener *li = l->config->listeners; li; li = li->next) {
		check_address(l, li);
		check_store_name(l, li);
		check_ack(l, li);
	}
	for (const struct conf_store *s = l->config->stores; s; s = s->next)
		check_queue_bytes(l, s);
	check_paths(l);
	check_sockets(l);
	check_metrics(l);
}
