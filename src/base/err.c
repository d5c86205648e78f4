/* Here errors get their words; the struct is the caller's, so nothing here can fail. */
#include "config.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Ends text after at most size - 1 bytes, and not inside a character. */
static void cut(char *text, size_t size)
{
	size_t end = strnlen(text, size - 1), start = end;

	while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && (unsigned char)text[start - 1] >= 0xc0) {
		unsigned char lead = (unsigned char)text[start - 1];
		size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

		if (end - (start - 1) < want)
			end = start - 1;
	}
	text[end] = '\0';
}

/* Appends text, cut where the struct ends. */
static void append(struct err *err, const char *text)
{
	size_t len = strlen(err->text);

	snprintf(err->text + len, sizeof(err->text) - len, "%s", text);
	cut(err->text, sizeof(err->text));
}

void err_set(struct err *reterr, int exit_code, const char *fmt, ...)
{
	va_list ap;

	if (!reterr)
		return;
	reterr->exit_code = exit_code;
	va_start(ap, fmt);
	vsnprintf(reterr->text, sizeof(reterr->text), fmt, ap);
	va_end(ap);
	cut(reterr->text, sizeof(reterr->text));
}

void err_set_errno(struct err *reterr, int exit_code, int errnum, const char *fmt, ...)
{
	char buf[128];
	va_list ap;

	if (!reterr)
		return;
	reterr->exit_code = exit_code;
	va_start(ap, fmt);
	vsnprintf(reterr->text, sizeof(reterr->text), fmt, ap);
	va_end(ap);
	cut(reterr->text, sizeof(reterr->text));
	append(reterr, ": ");
	append(reterr, strerror_r(errnum, buf, sizeof(buf)));
}

void err_prefix(struct err *reterr, const char *fmt, ...)
{
	char old[ERR_TEXT];
	va_list ap;

	if (!reterr)
		return;
	memcpy(old, reterr->text, sizeof(old));
	old[sizeof(old) - 1] = '\0';
	va_start(ap, fmt);
	vsnprintf(reterr->text, sizeof(reterr->text), fmt, ap);
	va_end(ap);
	cut(reterr->text, sizeof(reterr->text));
	append(reterr, old);
}
