/* Every key there is: what it may be, what it is if nobody says anything, and what it means. */
#include "conf/keys.h"

#include <string.h>

#include "base/clock.h"
#include "conf/config.h"

#define K (INT64_C(1) << 10)
#define M (INT64_C(1) << 20)
#define G (INT64_C(1) << 30)
#define HOUR (3600 * NS_PER_S)

#define IN_CONFIG(member) .offset = offsetof(struct config, member)
#define IN_LISTENER(member) .offset = offsetof(struct conf_listener, member)
#define IN_STORE(member) .offset = offsetof(struct conf_store, member)

static const struct key_word levels[] = {
	{"error", LOG_LV_ERROR}, {"warning", LOG_LV_WARNING}, {"notice", LOG_LV_NOTICE},
	{"info", LOG_LV_INFO},   {"debug", LOG_LV_DEBUG},     {NULL, 0},
};
static const struct key_word targets[] = {
	{"auto", LOG_TO_AUTO}, {"journal", LOG_TO_JOURNAL}, {"stderr", LOG_TO_STDERR}, {NULL, 0}};
static const struct key_word framings[] = {
	{"auto", CONF_FRAMING_AUTO}, {"newline", CONF_FRAMING_NEWLINE}, {"nul", CONF_FRAMING_NUL},
	{"octet", CONF_FRAMING_OCTET}, {NULL, 0},
};
static const struct key_word oversizes[] = {
	{"truncate", CONF_OVERSIZE_TRUNCATE}, {"drop", CONF_OVERSIZE_DROP}, {NULL, 0}};
static const struct key_word overflows[] = {
	{"block", CONF_OVERFLOW_BLOCK}, {"drop-newest", CONF_OVERFLOW_DROP_NEWEST},
	{"drop-oldest", CONF_OVERFLOW_DROP_OLDEST}, {NULL, 0},
};
static const struct key_word acks[] = {{"none", CONF_ACK_NONE}, {"commit", CONF_ACK_COMMIT}, {NULL, 0}};
static const struct key_word durabilities[] = {
	{"full", CONF_DURABILITY_FULL}, {"normal", CONF_DURABILITY_NORMAL}, {"off", CONF_DURABILITY_OFF}, {NULL, 0}};

static const struct key daemon_keys[] = {
	{
		.name = "drain_timeout", .type = KEY_DURATION, IN_CONFIG(daemon.drain_timeout_ns),
		.min = 0, .max = HOUR, .def = "20s", .apply = KEY_LIVE,
		.prose = "How long a stop may take to store what was accepted. "
			 "What is left then is counted as lost, reason shutdown.",
	},
};

static const struct key log_keys[] = {
	{
		.name = "level", .type = KEY_WORD, IN_CONFIG(log.level), .words = levels,
		.def = "info", .apply = KEY_LIVE,
		.prose = "The least important lines that are still logged. "
			 "At debug every step of every batch is told.",
	},
	{
		.name = "target", .type = KEY_WORD, IN_CONFIG(log.target), .words = targets,
		.def = "auto", .apply = KEY_LIVE,
		.prose = "Where log lines go. "
			 "The word auto means the journal if systemd started the daemon, standard error if not.",
	},
};

static const struct key listener_keys[] = {
	{
		.name = "address", .type = KEY_ADDRESS, IN_LISTENER(address), .more = offsetof(struct conf_listener, addr),
		.apply = KEY_RESTART, .sample = "udp://127.0.0.1:5140",
		.prose = "Where to listen. "
			 "H is an IPv4 address, an IPv6 address in brackets, or * for every address of both kinds. "
			 "Port 0 takes any free port and logs it; a path may have 107 bytes.",
	},
	{
		.name = "store", .type = KEY_NAME, IN_LISTENER(store),
		.def = KEY_DEFAULT_STORE, .apply = KEY_RESTART,
		.prose = "The [store NAME] that keeps this listener's messages.",
	},
	{
		.name = "framing", .type = KEY_WORD, IN_LISTENER(framing), .words = framings,
		.def = "auto", .apply = KEY_RESTART,
		.prose = "How a stream is cut into messages: at line ends, at NUL bytes, or by octet counts (RFC 6587). "
			 "The word auto decides between newline and octet once per connection. "
			 "A datagram is always one message.",
	},
	{
		.name = "max_message", .type = KEY_SIZE, IN_LISTENER(max_message),
		.min = 64, .max = 16 * M, .def = "64K", .unit = "bytes", .apply = KEY_LIVE,
		.prose = "The longest message that is kept whole. "
			 "On a stream a reload applies it to new connections.",
	},
	{
		.name = "oversize", .type = KEY_WORD, IN_LISTENER(oversize), .words = oversizes,
		.def = "truncate", .apply = KEY_LIVE,
		.prose = "What becomes of a longer message: it is cut at max_message, or dropped and counted.",
	},
	{
		.name = "overflow", .type = KEY_WORD, IN_LISTENER(overflow), .words = overflows,
		.def = "drop-newest", .def_stream = "block", .apply = KEY_LIVE,
		.prose = "What happens when the store's queue is full: block stops reading, so that a TCP sender waits "
			 "and datagrams wait in the kernel; the others discard a message and count it.",
	},
	{
		.name = "rcvbuf", .type = KEY_SIZE, IN_LISTENER(rcvbuf),
		.min = 4 * K, .max = G, .def = "8M", .unit = "bytes", .apply = KEY_LIVE,
		.prose = "The kernel's receive buffer for datagrams. "
			 "What the kernel grants is logged.",
	},
	{
		.name = "max_connections", .type = KEY_NUMBER, IN_LISTENER(max_connections),
		.min = 1, .max = 65535, .def = "1024", .unit = "connections", .apply = KEY_LIVE,
		.prose = "How many connections a stream listener holds at once.",
	},
	{
		.name = "idle_timeout", .type = KEY_DURATION, IN_LISTENER(idle_timeout_ns),
		.min = NS_PER_S, .max = 7 * 24 * HOUR, .or_zero = true, .def = "10m", .apply = KEY_LIVE,
		.prose = "A connection that sends nothing for so long is closed; 0 means never. "
			 "An unfinished line is then a message.",
	},
	{
		.name = "ack", .type = KEY_WORD, IN_LISTENER(ack), .words = acks,
		.def = "none", .apply = KEY_RESTART,
		.prose = "With commit, a line \"ACK n\" is sent back once message n of the connection, and all before it, "
			 "are committed. "
			 "This takes a stream listener with overflow = block.",
	},
	{
		.name = "allow", .type = KEY_CIDRS, IN_LISTENER(allow), .more = offsetof(struct conf_listener, allow_count),
		.or_empty = true, .def = "", .apply = KEY_LIVE,
		.prose = "Who may send; empty means anyone who can reach the address. "
			 "The key may be repeated in a file and accumulates; in a later file its first line starts a new list.",
	},
};

static const struct key store_keys[] = {
	{
		.name = "path", .type = KEY_PATH, IN_STORE(path), .min = 1,
		.def = "./messages.db", .env = "STATE_DIRECTORY", .env_file = "messages.db",
		.apply = KEY_RESTART, .sample = "/var/lib/catchbasin/messages.db",
		.prose = "The database file. "
			 "Its directory must exist, and no two stores may be the same file.",
	},
	{
		.name = "workers", .type = KEY_NUMBER, IN_STORE(workers),
		.min = 1, .max = 64, .def = "2", .unit = "threads", .apply = KEY_RESTART,
		.prose = "Threads that take messages from the queue and write them.",
	},
	{
		.name = "queue_messages", .type = KEY_NUMBER, IN_STORE(queue_messages),
		.min = 16, .max = 16777216, .def = "262144", .unit = "messages", .apply = KEY_RESTART,
		.prose = "How many messages the queue in front of the store holds at most.",
	},
	{
		.name = "queue_bytes", .type = KEY_SIZE, IN_STORE(queue_bytes),
		.min = 64 * K, .max = 64 * G, .def = "256M", .unit = "bytes", .apply = KEY_RESTART,
		.prose = "How much memory the queue takes at most: "
			 "at least twice the largest max_message of the store's listeners.",
	},
	{
		.name = "batch_messages", .type = KEY_NUMBER, IN_STORE(batch_messages),
		.min = 1, .max = 100000, .def = "4096", .unit = "messages", .apply = KEY_LIVE,
		.prose = "A transaction ends at this many messages.",
	},
	{
		.name = "batch_interval", .type = KEY_DURATION, IN_STORE(batch_interval_ns),
		.min = NS_PER_MS, .max = 10 * NS_PER_S, .def = "50ms", .apply = KEY_LIVE,
		.prose = "A transaction also ends when its oldest message has waited this long.",
	},
	{
		.name = "durability", .type = KEY_WORD, IN_STORE(durability), .words = durabilities,
		.def = "full", .apply = KEY_LIVE,
		.prose = "What a commit survives: full syncs at every commit; normal may lose the last commits when the "
			 "power fails; off leaves it to the system.",
	},
	{
		.name = "keep_age", .type = KEY_DURATION, IN_STORE(keep_age_ns),
		.min = NS_PER_S, .max = 36500 * 24 * HOUR, .or_zero = true, .def = "0", .apply = KEY_LIVE,
		.prose = "Messages older than this are deleted; 0 keeps them however old. "
			 "The tables loss and runs are kept in any case.",
	},
	{
		.name = "keep_size", .type = KEY_SIZE, IN_STORE(keep_size),
		.min = M, .max = 65536 * G, .or_zero = true, .def = "0", .unit = "bytes", .apply = KEY_LIVE,
		.prose = "When the database file holds more than this, the oldest messages are deleted; 0 means no limit. "
			 "Up to 4M of free pages, in a large file a 32nd of it, stay in the file; the write-ahead log comes on "
			 "top.",
	},
	{
		.name = "keep_messages", .type = KEY_NUMBER, IN_STORE(keep_messages),
		.min = 1, .max = INT64_C(1000000000000), .or_zero = true, .def = "0", .unit = "messages", .apply = KEY_LIVE,
		.prose = "When there are more messages than this, the oldest are deleted; 0 means no limit.",
	},
	{
		.name = "min_free", .type = KEY_SIZE, IN_STORE(min_free),
		.min = M, .max = 1024 * G, .or_zero = true, .percent = 50, .def = "0", .unit = "bytes", .apply = KEY_LIVE,
		.prose = "How much free space is left on the store's file system, in bytes or as a share of it; "
			 "0 means that all of it may be used. "
			 "Below that the oldest messages are deleted, but never so many that the store itself has less "
			 "than min_free. "
			 "If that does not help, nothing is stored until there is more: messages wait in the queue, and when it "
			 "is full, overflow says what happens.",
	},
	{
		.name = "wal_limit", .type = KEY_SIZE, IN_STORE(wal_limit),
		.min = 32 * M, .max = 1024 * G, .def = "256M", .unit = "bytes", .apply = KEY_LIVE,
		.prose = "How long the write-ahead log may become before the daemon names who keeps it from being shortened: "
			 "a program that reads in one long transaction. "
			 "Messages are stored all the same.",
	},
};

static const struct key metrics_keys[] = {
	{
		.name = "address", .type = KEY_SERVER, IN_CONFIG(metrics.address), .more = offsetof(struct config, metrics.addr),
		.or_empty = true, .def = "", .apply = KEY_LIVE,
		.prose = "Where the daemon answers HTTP, such as 127.0.0.1:9514; empty means nowhere. "
			 "Whoever can reach the address may read it all: keep to the loopback addresses or to a unix socket, "
			 "whose file is open to the daemon's user and group.",
	},
	{
		.name = "hosts", .type = KEY_HOSTS, IN_CONFIG(metrics.hosts),
		.or_empty = true, .def = "", .apply = KEY_LIVE,
		.prose = "Under which names it may be asked, beside localhost and addresses in figures. "
			 "Requests for any other name are refused, so that no foreign web page can read it through a browser.",
	},
	{
		.name = "messages", .type = KEY_NUMBER, IN_CONFIG(metrics.messages),
		.min = 1, .max = 100, .or_zero = true, .def = "20", .unit = "messages", .apply = KEY_LIVE,
		.prose = "How many of the newest messages the status page shows.",
	},
};

static const struct key control_keys[] = {
	{
		.name = "path", .type = KEY_PATH, IN_CONFIG(control.path), .min = 1, .max = 107, .or_empty = true,
		.def = "./catchbasin.sock", .env = "RUNTIME_DIRECTORY", .env_file = "control.sock", .unit = "bytes",
		.apply = KEY_RESTART, .sample = "/run/catchbasin/control.sock",
		.prose = "The socket through which catchbasin(1) talks to the daemon; empty means none.",
	},
};

#define KEYS(rows) .keys = (rows), .count = ARRAY_LEN(rows)

static const struct key_section sections[KEY_KINDS] = {
	[KEY_DAEMON] = {
		.name = "daemon", KEYS(daemon_keys), .origins = offsetof(struct config, daemon.origins),
		.prose = "The process as a whole.",
	},
	[KEY_LOG] = {
		.name = "log", KEYS(log_keys), .origins = offsetof(struct config, log.origins),
		.prose = "What the daemon says about itself.",
	},
	[KEY_LISTENER] = {
		.name = "listener", .named = true, KEYS(listener_keys), .origins = offsetof(struct conf_listener, origins),
		.prose = "One place where messages come in; there may be several. "
			 "Without any, four listen on port 5140 of the loopback addresses: udp4, udp6, tcp4 and tcp6. "
			 "A reload opens listeners that are new and closes those that are gone.",
	},
	[KEY_STORE] = {
		.name = "store", .named = true, KEYS(store_keys), .origins = offsetof(struct conf_store, origins),
		.prose = "One database file with a queue and workers of its own; there may be several. "
			 "Without any, there is one named main. "
			 "A store that is new or gone takes a restart.",
	},
	[KEY_CONTROL] = {
		.name = "control", KEYS(control_keys), .origins = offsetof(struct config, control.origins),
		.prose = "How catchbasin(1) reaches the daemon.",
	},
	[KEY_METRICS] = {
		.name = "metrics", KEYS(metrics_keys), .origins = offsetof(struct config, metrics.origins),
		.prose = "How a browser and Prometheus reach the daemon: / is a status page, /metrics has every number, "
			 "/healthz and /readyz answer 200 or 503.",
	},
};

_Static_assert(ARRAY_LEN(listener_keys) <= CONF_SECTION_KEYS, "origins[] has room for every key");
_Static_assert(ARRAY_LEN(store_keys) <= CONF_SECTION_KEYS, "origins[] has room for every key");

static const struct key_listener default_listeners[KEY_DEFAULT_LISTENERS] = {
	{"udp4", "udp://127.0.0.1:5140"},
	{"udp6", "udp://[::1]:5140"},
	{"tcp4", "tcp://127.0.0.1:5140"},
	{"tcp6", "tcp://[::1]:5140"},
};

const struct key_section *key_section(enum key_kind kind)
{
	assert(kind < KEY_KINDS);
	return &sections[kind];
}

enum key_kind key_kind_find(const char *name)
{
	enum key_kind kind;

	for (kind = 0; kind < KEY_KINDS; kind++)
		if (!strcmp(sections[kind].name, name))
			break;
	return kind;
}

int key_find(const struct key_section *s, const char *name)
{
	unsigned i;

	for (i = 0; i < s->count; i++)
		if (!strcmp(s->keys[i].name, name))
			return (int)i;
	return -1;
}

const char *key_word_name(const struct key_word *words, int value)
{
	for (; words->name; words++)
		if (words->value == value)
			return words->name;
	return "?";
}

const struct key_listener *key_default_listener(unsigned index)
{
	assert(index < KEY_DEFAULT_LISTENERS);
	return &default_listeners[index];
}

bool key_name_valid(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t len = strlen(name);

	return len >= 1 && len <= KEY_NAME_MAX && strspn(name, letters) == len;
}
