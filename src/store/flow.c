/* Tells the kernel early what to write, with nothing to wait for. */
#include "config.h"

#include "store/flow.h"

#include <fcntl.h>

#include "base/attr.h"

/* Errors of the disk are kept for whoever syncs: this call only starts the writing. */
static void start_writing(struct flow *f)
{
#ifdef SYNC_FILE_RANGE_WRITE
	int rc = sync_file_range(f->fd, f->from, f->to - f->from, SYNC_FILE_RANGE_WRITE);

	(void)rc;
#endif
	f->bytes = 0;
}

void flow_wrote(struct flow *f, int64_t at, int count)
{
	if (!f->on)
		return;
	if (f->bytes == 0 || at < f->from)
		f->from = at;
	if (f->bytes == 0 || at + count > f->to)
		f->to = at + count;
	f->bytes += count;
	if (f->bytes >= FLOW_BYTES)
		start_writing(f);
}

static int flow_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at)
{
	struct flow *f = CONTAINER_OF(file->pMethods, struct flow, methods);
	int rc = f->real->xWrite(file, bytes, count, at);

	if (rc == SQLITE_OK)
		flow_wrote(f, at, count);
	return rc;
}

void flow_init(struct flow *f, int fd)
{
	*f = (struct flow){.fd = fd, .on = true};
}

void flow_begin(struct flow *f, sqlite3_file *file, int fd)
{
	flow_init(f, fd);
	f->methods = *file->pMethods;
	f->real = file->pMethods;
	f->file = file;
	f->methods.xWrite = flow_write;
	file->pMethods = &f->methods;
}

void flow_end(struct flow *f)
{
	if (!f->file)
		return;
	assert(f->file->pMethods == &f->methods);
	f->file->pMethods = f->real;
	f->file = NULL;
}

void flow_switch(struct flow *f, bool on)
{
	f->on = on;
	f->bytes = 0;
}
