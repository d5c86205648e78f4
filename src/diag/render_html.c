/* Writes one page that needs nothing else: the runs as JSON, a style, a program that draws them, and all as text too. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag/render_parts.h"

static void escaped(FILE *out, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		switch (text[i]) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(text[i], out);
		}
	}
}

static void words(FILE *out, const char *text)
{
	escaped(out, text ? text : "", text ? strlen(text) : 0);
}

static void lines(FILE *out, const char *const *line)
{
	for (; *line; line++)
		fputs(*line, out);
}

static void head(FILE *out, const struct render_input *in)
{
	fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
	      "script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n<title>",
	      out);
	words(out, in->trace->owner->name);
	fputs(" - catchbasin diagnosis</title>\n<style>\n", out);
	lines(out, render_page_style());
	fputs("</style>\n</head>\n<body>\n<header>\n<h1>", out);
	words(out, in->trace->owner->name);
	fputs("</h1>\n<p class=\"lead\">", out);
	words(out, in->trace->owner->description);
	fputs("</p>\n</header>\n<main>\n<p>", out);
	words(out, in->trace->owner->story);
	fputs("</p>\n<p class=\"lead keys\">Step through a run with the buttons or with <kbd>&larr;</kbd> <kbd>&rarr;</kbd> "
	      "<kbd>Home</kbd> <kbd>End</kbd>, or choose a row.</p>\n",
	      out);
}

/* What render_text prints, as it is. */
static int as_text(FILE *out, const struct render_input *in)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return -1;
	render_text(memory, in, false);
	if (fclose(memory) != 0) {
		free(text);
		return -1;
	}
	fputs("<details open>\n<summary>The same as text</summary>\n<pre tabindex=\"0\">", out);
	escaped(out, text, size);
	fputs("</pre>\n</details>\n", out);
	free(text);
	return 0;
}

static int section(FILE *out, const struct render_input *in, unsigned no)
{
	char sentence[RENDER_SENTENCE];
	int rc;

	render_verdict(in, sentence, sizeof(sentence));
	fprintf(out, "<section class=\"variant\" id=\"v%u\" data-name=\"", no);
	words(out, in->trace->variant->name);
	fputs("\">\n<h2>", out);
	words(out, in->trace->variant->name);
	fprintf(out, " <span class=\"badge %s\">%s%s</span></h2>\n<p>", in->as_expected && !render_failed(in) ? "good" : "bad",
		render_headword(in),
		render_expectation(in));
	words(out, in->trace->variant->tells);
	fputs("</p>\n<p class=\"lead verdict\">", out);
	words(out, sentence);
	fputs(".</p>\n<div class=\"stage\"></div>\n<h3>See it again</h3>\n<code class=\"replay\">catchbasind --diagnose "
	      "--replay='",
	      out);
	words(out, in->schedule);
	fputs("'</code>\n", out);
	rc = as_text(out, in);
	fputs("</section>\n", out);
	return rc;
}

/* JSON that can stand in a script: no `<` of a text may end it. */
static int runs(FILE *out, const struct render_input *in, unsigned count)
{
	json_t *all = json_array();
	char *text;

	for (unsigned i = 0; i < count; i++)
		(void)json_array_append_new(all, render_object(&in[i]));
	text = json_dumps(all, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(all);
	if (!text)
		return -1;
	fputs("<script type=\"application/json\" id=\"runs\">", out);
	for (const char *c = text; *c; c++) {
		if (*c == '<')
			fputs("\\u003c", out);
		else
			fputc(*c, out);
	}
	fputs("</script>\n", out);
	free(text);
	return 0;
}

int render_html(const char *path, const struct render_input *in, unsigned count, struct err *reterr)
{
	FILE *out;
	int rc = 0, code;

	assert(count > 0);
	out = fopen(path, "we");
	if (!out) {
		err_set_errno(reterr, EXIT_CANT_CREATE, errno, "page %s", path);
		return -1;
	}
	head(out, in);
	for (unsigned i = 0; i < count; i++)
		rc |= section(out, &in[i], i);
	fputs("</main>\n", out);
	rc |= runs(out, in, count);
	fputs("<script>\n", out);
	lines(out, render_page_program());
	fputs("</script>\n</body>\n</html>\n", out);
	errno = 0;
	rc |= ferror(out) ? -1 : 0;
	code = errno;
	if (fclose(out) != 0) {
		code = errno;
		rc = -1;
	}
	if (rc)
		err_set_errno(reterr, EXIT_IO, code ? code : ENOMEM, "page %s", path);
	return rc;
}
