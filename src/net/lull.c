/* Judges by the last few milliseconds whether a pause gathers messages without endangering any. */
#include "net/lull.h"

#define RATE 20000 /* from here on, in messages a second, a pause saves more than it costs */
#define OVER_NS (4 * NS_PER_MS)
#define PART 4     /* of the receive buffer */
#define GATHERED 3 /* messages of a connection */
#define ROOMY (2 * 1024 * 1024) /* a receive buffer in which a burst that nobody foresaw finds room, too */

/* What the kernel charges for datagrams is less. */
static uint64_t charged(const struct lull *u)
{
	return 640 * u->count + 2 * u->bytes;
}

/* How long it took for what was noted; 0: not long enough to judge. */
static uint64_t elapsed(const struct lull *u, int64_t now_ns)
{
	int64_t ns = now_ns - u->since_ns;

	if (ns < OVER_NS)
		return 0;
	return ns < NS_PER_S ? (uint64_t)ns : NS_PER_S; /* so that no product overflows */
}

static bool fast(const struct lull *u, uint64_t ns)
{
	return u->count * NS_PER_S >= ns * RATE;
}

static void begin_anew(struct lull *u, int64_t now_ns)
{
	u->since_ns = now_ns;
	u->count = u->bytes = 0;
}

void lull_note(struct lull *u, uint64_t count, uint64_t bytes)
{
	u->count += count;
	u->bytes += bytes;
}

bool lull_worth(struct lull *u, int64_t now_ns, uint64_t rcvbuf_bytes)
{
	uint64_t ns = elapsed(u, now_ns);

	if (ns == 0)
		return u->worth;
	u->tight = charged(u) * LULL_MOST_NS > ns * (rcvbuf_bytes / PART);
	u->worth = fast(u, ns) && !u->tight;
	begin_anew(u, now_ns);
	return u->worth;
}

bool lull_safe(const struct lull *u, int64_t now_ns, uint64_t rcvbuf_bytes)
{
	return rcvbuf_bytes >= ROOMY && !(u->tight && now_ns - u->since_ns < NS_PER_S);
}

bool lull_streams(struct lull *u, int64_t now_ns, unsigned conns)
{
	uint64_t ns = elapsed(u, now_ns);

	if (ns == 0)
		return u->worth;
	/* Unless each brings a few messages in a pause, nothing is gathered. */
	u->worth = fast(u, ns) && u->count * LULL_STREAM_NS >= GATHERED * ns * conns &&
		   u->bytes * LULL_STREAM_NS <= ns * conns * LULL_STREAM_BYTES;
	begin_anew(u, now_ns);
	return u->worth;
}
