/* Here an INI file is read with inih, behind a reader that lets only well-formed lines through to it. */
#include "conf/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define FILE_CHUNK 16384
#define FILE_SECTION_WORD 64

struct reader {
	const char *at, *end;
	int line;
	bool in_section, skip; /* skip: below a bad header */
	const struct file_events *events;
	void *arg;
};

PRINTF_LIKE(3, 4) static void bad(struct reader *r, bool in_header, const char *fmt, ...)
{
	char words[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	r->events->bad(r->arg, r->line, in_header, words);
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* "[kind name]", perhaps with a comment behind it. */
static bool judge_header(struct reader *r, const char *line)
{
	const char *inner = line + 1, *close = strchr(line, ']'), *rest, *name;
	char words[2][FILE_SECTION_WORD];
	size_t kind_len, name_len;

	r->in_section = true;
	r->skip = true;
	if (!close) {
		bad(r, true, "the section has no \"]\"");
		return false;
	}
	rest = close + 1 + strspn(close + 1, " \t");
	if (*rest && !(rest > close + 1 && strchr(";#", *rest))) {
		bad(r, true, "there is more on the line than the section: \"%s\"", rest);
		return false;
	}
	inner += strspn(inner, " \t");
	while (close > inner && blank(close[-1]))
		close--;
	kind_len = strcspn(inner, " \t]");
	if (!kind_len || strcspn(inner, "[;#=\"") < (size_t)(close - inner)) {
		bad(r, true, "\"[%.*s]\" is no section; write [KIND] or [KIND NAME]", (int)(close - inner), inner);
		return false;
	}
	name = inner + kind_len + strspn(inner + kind_len, " \t");
	name_len = name < close ? (size_t)(close - name) : 0;
	if (kind_len >= FILE_SECTION_WORD || name_len >= FILE_SECTION_WORD) {
		bad(r, true, "the section's name is too long; accepted: at most %d bytes a word", FILE_SECTION_WORD - 1);
		return false;
	}
	snprintf(words[0], sizeof(words[0]), "%.*s", (int)kind_len, inner);
	snprintf(words[1], sizeof(words[1]), "%.*s", (int)name_len, name);
	r->skip = false;
	r->events->section(r->arg, r->line, words[0], words[1]);
	return true;
}

/* "key = value", looked at with inih's eyes: ";" behind white space begins a comment, "=" or ":" ends the key. */
static bool judge_key(struct reader *r, const char *line)
{
	const char *p = line;

	while (*p && *p != '=' && *p != ':' && !(*p == ';' && blank(p[-1])))
		p++;
	if (*p == ':')
		bad(r, false, "a colon does not set a key; write \"key = value\"");
	else if (*p != '=')
		bad(r, false, "neither \"[section]\" nor \"key = value\"");
	else if (p == line)
		bad(r, false, "there is no key in front of \"=\"");
	else if (!r->in_section)
		bad(r, false, "\"%.*s\" stands in front of the first [section]", (int)strcspn(line, " \t="), line);
	else
		return true;
	return false;
}

/* True if inih may see the line; if not, what is wrong with it has been told. */
static bool judge_line(struct reader *r, const char *line)
{
	const char *start = line + strspn(line, " \t");

	if (!*start || *start == ';' || *start == '#')
		return true;
	if (*line == '[')
		return judge_header(r, line);
	if (r->skip)
		return false;
	if (start > line) {
		bad(r, false, "the line is indented; there are no continuation lines, begin it in the first column");
		return false;
	}
	return judge_key(r, line);
}

/* True if the bytes can be a line at all. */
static bool judge_bytes(struct reader *r, const char *bytes, size_t len, size_t limit)
{
	if (memchr(bytes, '\0', len)) {
		bad(r, false, "the line holds a NUL byte");
		return false;
	}
	if (len > limit) {
		bad(r, false, "the line has %zu bytes; accepted: at most %zu", len, limit);
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		if (((unsigned char)bytes[i] >= ' ' && bytes[i] != 0x7f) || bytes[i] == '\t')
			continue;
		bad(r, false, "the line holds a control character (0x%02x)", (unsigned)(unsigned char)bytes[i]);
		return false;
	}
	return true;
}

/* inih's reader: the next line that may be seen. */
static char *next_line(char *str, int num, void *stream)
{
	struct reader *r = stream;
	size_t limit = (size_t)num - 2; /* inih keeps room for a line end and a NUL */

	while (r->at < r->end) {
		const char *bytes = r->at, *end = memchr(bytes, '\n', (size_t)(r->end - bytes));
		size_t len = (size_t)((end ? end : r->end) - bytes);

		r->at += len + (end != NULL);
		if (r->line++ == 0 && len >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3)) {
			bytes += 3;
			len -= 3;
		}
		if (len && bytes[len - 1] == '\r')
			len--;
		if (!judge_bytes(r, bytes, len, limit))
			continue;
		memcpy(str, bytes, len);
		str[len] = '\0';
		if (judge_line(r, str))
			return str;
	}
	return NULL;
}

/* inih's handler. The section is known from the reader, which saw its line. */
static int take_key(void *user, const char *section UNUSED, const char *name, const char *value)
{
	struct reader *r = user;

	for (const char *p = value; *p; p++) {
		if (*p == '#' && (p == value || blank(p[-1]))) {
			bad(r, false, "\"#\" begins no comment behind a value; write \" ;\"");
			return 1;
		}
	}
	r->events->key(r->arg, r->line, name, value);
	return 1;
}

void file_parse(const char *text, size_t len, const struct file_events *events, void *arg)
{
	struct reader r = {.at = text, .end = text + len, .events = events, .arg = arg};
	int result = ini_parse_stream(next_line, &r, take_key, &r);

	/* Lines that inih would refuse have not reached it; what is left is its lack of memory. */
	if (result)
		bad(&r, false, "the parser gave up (%d)", result);
}

static enum file_result failed(int errnum, struct err *reterr)
{
	err_set_errno(reterr, errnum == EACCES || errnum == EPERM ? EXIT_PERMISSION : EXIT_CONFIG, errnum, "cannot read");
	return errnum == ENOENT ? FILE_MISSING : FILE_FAILED;
}

static enum file_result read_all(int fd, char **ret_text, size_t *ret_len, struct err *reterr)
{
	char *text = NULL, *longer;
	size_t len = 0, size = 0;
	ssize_t n;

	for (;;) {
		if (len == size) {
			longer = mem_resize(text, size + FILE_CHUNK);
			if (!longer) {
				mem_free(text);
				err_set(reterr, EXIT_INTERNAL, "out of memory");
				return FILE_FAILED;
			}
			text = longer;
			size += FILE_CHUNK;
		}
		n = read(fd, text + len, size - len);
		if (n == 0)
			break;
		if (n < 0 && errno != EINTR) {
			mem_free(text);
			return failed(errno, reterr);
		}
		len += n > 0 ? (size_t)n : 0;
		if (len > FILE_BYTES) {
			mem_free(text);
			err_set(reterr, EXIT_CONFIG, "the file is too large; accepted: at most %d bytes", FILE_BYTES);
			return FILE_FAILED;
		}
	}
	*ret_text = text;
	*ret_len = len;
	return FILE_OK;
}

enum file_result file_read(const char *path, char **ret_text, size_t *ret_len, struct err *reterr)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum file_result result;

	if (fd < 0)
		return failed(errno, reterr);
	result = read_all(fd, ret_text, ret_len, reterr);
	close(fd);
	return result;
}
