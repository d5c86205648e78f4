/* Looks who asks: the user and the groups that the kernel noted at the connect. */
#include "config.h"
#include "daemon/control_access.h"

#include <sys/socket.h>
#include <unistd.h>

bool access_may_change(const struct endpoint_peer *peer)
{
	return peer->uid == 0 || peer->uid == geteuid();
}

bool access_may_look(const struct endpoint_peer *peer)
{
	gid_t groups[ACCESS_GROUPS], own = getegid();
	socklen_t len = sizeof(groups);

	if (access_may_change(peer) || peer->gid == own)
		return true;
	if (getsockopt(peer->fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		return false;
	for (size_t i = 0; i < len / sizeof(*groups); i++) {
		if (groups[i] == own)
			return true;
	}
	return false;
}
