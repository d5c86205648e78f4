/* Keeps an answer, so that nobody waits for its reader while a transaction is open. */
#include "ctl/spool.h"

#include <string.h>

#include "base/mem.h"

static bool to_file(struct spool *s)
{
	s->file = tmpfile();
	return s->file && fwrite(s->bytes, 1, s->used, s->file) == s->used;
}

bool spool_add(struct spool *s, const void *bytes, size_t len)
{
	if (!s->file && s->used + len > SPOOL_MEMORY && !to_file(s))
		return false;
	if (s->file)
		return fwrite(bytes, 1, len, s->file) == len;
	if (s->used + len > s->size) {
		size_t size = s->size ? s->size : 4096;
		char *more;

		while (size < s->used + len)
			size *= 2;
		more = mem_resize(s->bytes, size);
		if (!more)
			return false;
		s->bytes = more;
		s->size = size;
	}
	if (len > 0)
		memcpy(s->bytes + s->used, bytes, len);
	s->used += len;
	return true;
}

bool spool_rewind(struct spool *s)
{
	s->read_at = 0;
	return !s->file || (fflush(s->file) == 0 && fseek(s->file, 0, SEEK_SET) == 0);
}

bool spool_read(struct spool *s, void *bytes, size_t len)
{
	if (s->file)
		return fread(bytes, 1, len, s->file) == len;
	if (s->read_at + len > s->used)
		return false;
	if (len > 0)
		memcpy(bytes, s->bytes + s->read_at, len);
	s->read_at += len;
	return true;
}

void spool_done(struct spool *s)
{
	if (s->file)
		fclose(s->file);
	mem_free(s->bytes);
	*s = (struct spool){0};
}
