/*
 * addr - where to listen and who may speak: listener addresses and CIDR ranges, as text and as sockaddr.
 *
 * Owns     nothing
 * Threads  any
 * Blocks   never: no names are looked up
 * Units    ports in host order, prefix lengths in bits
 * Errors   -1 with reterr worded without file and line: "address: port 70000 is not in 0-65535"
 * Limits   unix paths up to 107 bytes
 * Upholds  IPv4 peers of a dual-stack socket are shown and matched as IPv4
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/attr.h"
#include "base/err.h"

#define ADDR_TEXT 64        /* of a peer: "[ffff:…]:65535", "unix:pid=…,uid=…" */
#define ADDR_URL_TEXT 128   /* of a listener: "unixgram:///…" */

enum addr_kind { ADDR_UDP, ADDR_TCP, ADDR_UNIX, ADDR_UNIXGRAM };

/* Where to listen. */
struct addr {
	enum addr_kind kind;
	bool dual_stack; /* "*:P": one IPv6 socket that takes IPv4 too */
	socklen_t len;
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} sa;
};

/* One range of peers. Unix peers match no range. */
struct cidr {
	int family; /* AF_INET, AF_INET6 */
	uint8_t bytes[16];
	unsigned bits;
};

/* udp://H:P tcp://H:P unix:///PATH unixgram:///PATH; H is IPv4, [IPv6] or *. */
int addr_parse(const char *url, struct addr *ret, struct err *reterr) MUST_CHECK;
/* Back to the text above. ret_text: at least ADDR_URL_TEXT bytes. */
void addr_format(const struct addr *a, char *ret_text, size_t size);
/* True for kinds that carry a stream. */
bool addr_is_stream(const struct addr *a);

/* A peer: "192.0.2.7:41234", "[2001:db8::1]:514", mapped IPv4 as IPv4. ret_text: at least ADDR_TEXT bytes. */
void addr_format_peer(const struct sockaddr *sa, char *ret_text, size_t size);

/* "192.0.2.0/24", "2001:db8::/32", a bare address too. Bits beyond the prefix must be 0. */
int cidr_parse(const char *text, struct cidr *ret, struct err *reterr) MUST_CHECK;
/* True if the peer is in the range; mapped IPv4 peers match IPv4 ranges. */
bool cidr_match(const struct cidr *c, const struct sockaddr *sa);

#endif
