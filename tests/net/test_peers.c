/* Names of datagram senders: right for each, and alive for a whole burst. */
#include "net/peers.h"

#include <arpa/inet.h>

#include "../support/tap.h"

static struct peers peers;

static struct peer_key key(unsigned n)
{
	struct peer_key k = {.len = sizeof(k.id.in)};

	k.id.in.sin_family = AF_INET;
	k.id.in.sin_addr.s_addr = htonl(0x7f000000u + n / 50000);
	k.id.in.sin_port = htons((uint16_t)(1 + n % 50000));
	return k;
}

static bool right(const char *text, unsigned n)
{
	char want[ADDR_TEXT];

	snprintf(want, sizeof(want), "127.0.0.%u:%u", n / 50000, 1 + n % 50000);
	return !strcmp(text, want);
}

int main(void)
{
	const char *first, *names[PEERS_BURST];
	struct peer_key k = key(7);
	unsigned wrong = 0, total = 0;

	peers_burst(&peers);
	first = peers_name(&peers, &k);
	is_str(first, "127.0.0.0:8", "a sender's name");
	ok(peers_name(&peers, &k) == first, "the same text for the same sender");
	for (unsigned burst = 0; burst < 2000; burst++) {
		peers_burst(&peers);
		for (unsigned i = 0; i < PEERS_BURST; i++) {
			k = key(burst * 37 + i * 1021);
			names[i] = peers_name(&peers, &k);
		}
		for (unsigned i = 0; i < PEERS_BURST; i++, total++)
			wrong += !right(names[i], burst * 37 + i * 1021);
	}
	is_int(wrong, 0, "of %u names every one is right until its burst ends", total);
	ok(peers.spilled <= PEERS_BURST, "senders that share a slot are kept apart");
	k = (struct peer_key){.len = sizeof(k.id.cred)};
	k.id.cred.family = AF_UNIX;
	k.id.cred.pid = 811;
	k.id.cred.uid = 1000;
	is_str(peers_name(&peers, &k), "unix:pid=811,uid=1000", "a local sender");
	return done_testing();
}
