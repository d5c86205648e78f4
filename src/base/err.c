/* Here errors get their words; the struct is the caller's, so nothing here can fail. */
#include "config.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"

/* Only a text that fills the struct may have been cut, perhaps inside a character. */
static void cut(struct err *err)
{
	size_t len = strlen(err->text);

	if (len == sizeof(err->text) - 1)
		err->text[utf8_cut(err->text, len)] = '\0';
}

/* Appends text, cut where the struct ends. */
static void append(struct err *err, const char *text)
{
	size_t len = strlen(err->text);

	snprintf(err->text + len, sizeof(err->text) - len, "%s", text);
	cut(err);
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
	cut(reterr);
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
	cut(reterr);
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
	cut(reterr);
	append(reterr, old);
}
