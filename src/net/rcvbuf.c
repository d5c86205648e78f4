/* Asks for receive buffers and counts what the kernel dropped for want of one. */
#include "net/rcvbuf.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"
#include "net/net_impl.h"

#define SHORT_MESSAGE_COST 832 /* bytes of receive buffer that a datagram of 120 bytes takes */
#define DROPS_TOLD_EVERY_NS (60 * NS_PER_S)

void rcvbuf_drops(struct listener *l, uint32_t now)
{
	uint32_t news = now - l->drops_seen; /* the counter wraps */
	int64_t now_ns;

	if (news == 0 || news > INT32_MAX)
		return; /* nothing, or an older reading */
	l->drops_seen = now;
	l->drops_untold += news;
	source_refuse(&l->source, LOSS_KERNEL, news, 0);
	turn_read(l->net, news); /* it came: more may follow, and who waits for it is told */
	now_ns = sync_now_ns();
	if (l->drops_told_ns && now_ns - l->drops_told_ns < DROPS_TOLD_EVERY_NS)
		return;
	l->drops_told_ns = now_ns;
	log_about(LOG_LV_WARNING, (&(struct log_about){.key = l->opts.name, .listener = l->opts.name}),
		  "listener %s: the kernel dropped %" PRIu64 " datagrams: its receive buffer was full (see rcvbuf)", l->opts.name,
		  l->drops_untold);
	l->drops_untold = 0;
}

void rcvbuf_poll(struct listener *l)
{
	if (l->sock.fd < 0 || l->opts.addr.kind == ADDR_UNIXGRAM)
		return;
	rcvbuf_drops(l, sock_drops(l->sock.fd));
	stats_set(&l->stats, STAT_RCVBUF_USED, sock_used(l->sock.fd));
}

void rcvbuf_ask(struct listener *l)
{
	const struct log_about about = {.listener = l->opts.name};
	char wanted[32], granted[32], messages[32];
	struct rcvbuf r;

	sock_set_rcvbuf(&l->sock, l->opts.rcvbuf, &r);
	stats_set(&l->stats, STAT_RCVBUF, (uint64_t)r.in_force);
	format_count((uint64_t)r.wanted, wanted, sizeof(wanted));
	format_count((uint64_t)r.granted, granted, sizeof(granted));
	format_count((uint64_t)r.in_force / SHORT_MESSAGE_COST, messages, sizeof(messages));
	log_about(LOG_LV_NOTICE, &about, "listener %s: receive buffer: %s bytes asked for, %s granted, about %s short messages",
		  l->opts.name, wanted, granted, messages);
	if (r.granted < r.wanted)
		log_about(LOG_LV_WARNING, &about,
			  "listener %s: the receive buffer is smaller than asked for; this mends it: "
			  "sysctl -w net.core.rmem_max=%" PRId64, l->opts.name, r.wanted);
}
