/* Remembers what the senders of datagrams are called. */
#include "net/peers.h"

#include <stdio.h>
#include <string.h>

void peers_burst(struct peers *p)
{
	p->burst++;
	p->spilled = 0;
}

void peer_format_cred(uint32_t pid, uint32_t uid, char *ret_text)
{
	snprintf(ret_text, ADDR_TEXT, "unix:pid=%u,uid=%u", pid, uid);
}

static void format(const struct peer_key *key, char *ret_text)
{
	if (key->id.any.sa_family == AF_UNIX)
		peer_format_cred(key->id.cred.pid, key->id.cred.uid, ret_text);
	else
		addr_format_peer(&key->id.any, ret_text, ADDR_TEXT);
}

static unsigned place(const struct peer_key *key)
{
	uint64_t hash = 0;

	for (unsigned i = 0; i < ARRAY_LEN(key->id.words); i++)
		hash = (hash ^ key->id.words[i]) * UINT64_C(0x9e3779b97f4a7c15);
	return (unsigned)(hash >> 40) % PEERS_SLOTS;
}

const char *peers_name(struct peers *p, const struct peer_key *key)
{
	struct peer_slot *s = &p->slots[place(key)];

	if (s->key.len != key->len || memcmp(&s->key.id, &key->id, sizeof(key->id)) != 0) {
		if (s->key.len && s->burst == p->burst) {
			char *text = p->spill[p->spilled++];

			assert(p->spilled <= PEERS_BURST);
			format(key, text);
			return text;
		}
		s->key = *key;
		format(key, s->text);
	}
	s->burst = p->burst;
	return s->text;
}
