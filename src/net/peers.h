/*
 * peers - the names of datagram senders: written once per sender, not once per datagram.
 *
 * Owns     the texts
 * Threads  one: the loop
 * Blocks   never
 * Units    none
 * Errors   none
 * Limits   PEERS_SLOTS senders remembered, PEERS_BURST different ones in one burst
 * Upholds  a text lives until the next peers_burst()
 */
#ifndef NET_PEERS_H
#define NET_PEERS_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/addr.h"
#include "base/attr.h"

#define PEERS_SLOTS 1024
#define PEERS_BURST 64

/* Who sent it: the bytes of a sockaddr, or of a pid and a uid. */
struct peer_key {
	uint32_t len;
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct {
			sa_family_t family; /* AF_UNIX */
			uint16_t zero;
			uint32_t pid, uid;
		} cred;
		uint32_t words[7];
	} id;
};

struct peer_slot {
	struct peer_key key;
	uint64_t burst;  /* the last one it was used in */
	char text[ADDR_TEXT];
};

struct peers {
	uint64_t burst;
	unsigned spilled;
	struct peer_slot slots[PEERS_SLOTS];
	char spill[PEERS_BURST][ADDR_TEXT]; /* where a slot is taken by another sender of the same burst */
};

_Static_assert(sizeof(((struct peer_key *)0)->id) == 28, "no padding: the bytes are compared");

/* Texts given so far may go. */
void peers_burst(struct peers *p);
/* The sender's name; at most PEERS_BURST calls a burst. key's unused bytes are 0. Lends until the next burst. */
const char *peers_name(struct peers *p, const struct peer_key *key);
/* "unix:pid=811,uid=1000". ret_text: at least ADDR_TEXT bytes. */
void peer_format_cred(uint32_t pid, uint32_t uid, char *ret_text);

#endif
