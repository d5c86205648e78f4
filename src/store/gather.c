/* Holds what belongs to a transaction that goes on, and writes it in one piece. */
#include "store/gather.h"

#include <string.h>

#include "base/attr.h"
#include "base/mem.h"

/* A log as SQLite's file format has it: a header, then frames, each a header of its own and a page. */
#define LOG_HEADER 32
#define FRAME_HEADER 24
#define FRAME_COMMITS 4 /* four bytes: how large the database is, in the last frame of a transaction; 0 in others */

_Static_assert(GATHER_BYTES < 1 << 17, "SQLite's own file heeds the lower 17 bits of a length");

static struct gather *gather_of(sqlite3_file *file)
{
	return CONTAINER_OF(file->pMethods, struct gather, methods);
}

static int write_through(struct gather *g, const void *bytes, int count, int64_t at)
{
	int rc = g->real->xWrite(g->file, bytes, count, at);

	if (rc == SQLITE_OK)
		flow_wrote(g->flow, at, count);
	return rc;
}

static int let_go(struct gather *g)
{
	int rc = g->held ? write_through(g, g->bytes, g->held, g->at) : SQLITE_OK;

	if (rc == SQLITE_OK)
		g->held = 0;
	return rc;
}

static int hold(struct gather *g, const void *bytes, int count, int64_t at)
{
	if (at != g->at + g->held || count > GATHER_BYTES - g->held) {
		int rc = let_go(g);

		if (rc != SQLITE_OK)
			return rc;
	}
	if (g->held == 0)
		g->at = at;
	memcpy(g->bytes + g->held, bytes, (size_t)count);
	g->held += count;
	return SQLITE_OK;
}

static bool is_frame(const struct gather *g, int count, int64_t at)
{
	return count == FRAME_HEADER && at >= LOG_HEADER && (at - LOG_HEADER) % (FRAME_HEADER + g->page_bytes) == 0;
}

static bool commits(const char *header)
{
	const char *size = header + FRAME_COMMITS;

	return size[0] || size[1] || size[2] || size[3];
}

/* Only what is known to be followed by more of its transaction is held. */
static int gather_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at)
{
	struct gather *g = gather_of(file);
	bool page = g->page_at && at == g->page_at && count == g->page_bytes, frame = is_frame(g, count, at);
	bool last = frame && commits(bytes);
	int rc;

	g->page_at = frame && !last ? at + count : 0;
	if (page || frame) {
		rc = hold(g, bytes, count, at);
		return rc == SQLITE_OK && last ? let_go(g) : rc;
	}
	rc = let_go(g);
	return rc == SQLITE_OK ? write_through(g, bytes, count, at) : rc;
}

static int gather_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 at)
{
	struct gather *g = gather_of(file);
	int rc = at < g->at + g->held && g->at < at + count ? let_go(g) : SQLITE_OK;

	return rc == SQLITE_OK ? g->real->xRead(file, bytes, count, at) : rc;
}

static int gather_sync(sqlite3_file *file, int flags)
{
	struct gather *g = gather_of(file);
	int rc = let_go(g);

	return rc == SQLITE_OK ? g->real->xSync(file, flags) : rc;
}

static int gather_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct gather *g = gather_of(file);
	int rc = let_go(g);

	return rc == SQLITE_OK ? g->real->xTruncate(file, size) : rc;
}

static int gather_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
	struct gather *g = gather_of(file);
	int rc = let_go(g);

	return rc == SQLITE_OK ? g->real->xFileSize(file, ret_size) : rc;
}

void gather_begin(struct gather *g, sqlite3_file *file, int page_bytes, struct flow *flow)
{
	*g = (struct gather){
		.methods = *file->pMethods, .real = file->pMethods, .flow = flow, .page_bytes = page_bytes,
		.bytes = mem_alloc(GATHER_BYTES)};
	if (!g->bytes)
		return;
	g->file = file;
	g->methods.xWrite = gather_write;
	g->methods.xRead = gather_read;
	g->methods.xSync = gather_sync;
	g->methods.xTruncate = gather_truncate;
	g->methods.xFileSize = gather_size;
	file->pMethods = &g->methods;
}

void gather_drop(struct gather *g)
{
	g->held = 0;
}

void gather_end(struct gather *g)
{
	if (!g->file)
		return;
	assert(g->file->pMethods == &g->methods);
	g->file->pMethods = g->real;
	g->file = NULL;
	mem_free(g->bytes);
	g->bytes = NULL;
}
