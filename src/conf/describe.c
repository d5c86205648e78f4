/* Here the key table is written out: as the sample file, and as the part of the manual that lists the keys. */
#include "conf/describe.h"

#include <string.h>

#include "conf/config.h"
#include "conf/keys.h"
#include "conf/value.h"

#define DESCRIBE_WIDTH 90

/* Words in comment lines of at most DESCRIBE_WIDTH bytes. */
static void comment(FILE *out, const char *text)
{
	size_t column = 0, len;

	while (*text) {
		len = strcspn(text, " ");
		if (column && column + 1 + len > DESCRIBE_WIDTH) {
			fputc('\n', out);
			column = 0;
		}
		column += (size_t)fprintf(out, "%s%.*s", column ? " " : "# ", (int)len, text);
		text += len + strspn(text + len, " ");
	}
	fputc('\n', out);
}

static const char *apply_text(const struct key *k)
{
	static const char *const texts[] = {
		[KEY_LIVE] = "A reload applies it.",
		[KEY_RESTART] = "A change takes a restart.",
	};

	return texts[k->apply];
}

/* "Default: 20s." and the like; nothing for a key that has none. */
static void default_text(const struct key *k, char *ret_text, size_t size)
{
	if (!k->def)
		snprintf(ret_text, size, "There is no default.");
	else if (k->env)
		snprintf(ret_text, size, "Default: $%s/%s where systemd sets this variable, else %s.", k->env, k->env_file,
			 k->def);
	else if (k->def_stream)
		snprintf(ret_text, size, "Default: %s for streams, %s for datagrams.", k->def_stream, k->def);
	else
		snprintf(ret_text, size, "Default: %s.", *k->def ? k->def : "empty");
}

static void conf_key(FILE *out, const struct key *k)
{
	char range[VALUE_RANGE], def[256], text[512];

	value_range(k, "…", range, sizeof(range));
	fputc('\n', out);
	comment(out, k->prose);
	default_text(k, def, sizeof(def));
	/* A default that stands below need not be told in words. */
	snprintf(text, sizeof(text), "Accepted: %s. %s%s%s", range, k->env || k->def_stream ? def : "",
		 k->env || k->def_stream ? " " : "", apply_text(k));
	comment(out, text);
	if (k->sample)
		fprintf(out, "%s = %s\n", k->name, k->sample);
	else
		fprintf(out, ";%s =%s%s\n", k->name, *k->def ? " " : "", k->def);
}

static void conf_section(FILE *out, enum key_kind kind, const char *name)
{
	const struct key_section *s = key_section(kind);

	fputc('\n', out);
	comment(out, s->prose);
	fprintf(out, "[%s%s%s]\n", s->name, *name ? " " : "", name);
	for (unsigned i = 0; i < s->count; i++)
		conf_key(out, &s->keys[i]);
}

void describe_conf(FILE *out)
{
	static const char *const names[KEY_KINDS] = {
		[KEY_DAEMON] = "", [KEY_LOG] = "", [KEY_LISTENER] = NULL, [KEY_STORE] = KEY_DEFAULT_STORE, [KEY_CONTROL] = "",
		[KEY_METRICS] = ""};

	comment(out, "The configuration of catchbasin; catchbasin.conf(5) says more.");
	fputs("#\n", out);
	comment(out, "Lines that begin with \";\" show defaults: take the \";\" away to change one. "
		     "Files in catchbasin.conf.d/ whose names end in .conf are read after this one and may set any key again. "
		     "\"catchbasind -t\" checks it all, \"catchbasind --dump-config\" shows what is in force.");
	for (enum key_kind kind = 0; kind < KEY_KINDS; kind++) {
		conf_section(out, kind, names[kind] ? names[kind] : key_default_listener(0)->name);
		for (unsigned i = 1; kind == KEY_LISTENER && i < KEY_DEFAULT_LISTENERS; i++)
			fprintf(out, "\n[listener %s]\naddress = %s\n", key_default_listener(i)->name,
				key_default_listener(i)->address);
	}
}

/* Plain words as mdoc: one sentence a line, nothing that mdoc would take for its own. */
static void man_text(FILE *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		bool starts = p == text || p[-1] == '\n';

		if (*p == '\\')
			fputs("\\e", out);
		else if (*p == '-' || *p == '\'')
			fprintf(out, "\\%s", *p == '-' ? "-" : "(aq");
		else if (*p == '"')
			fputs("\\(dq", out);
		else if (starts && *p == '.')
			fputs("\\&.", out);
		else if (*p == '.' && p[1] == ' ' && p[2] >= 'A' && p[2] <= 'Z')
			fputs(".\n", out), p++;
		else
			fputc(*p, out);
	}
	fputc('\n', out);
}

static void man_key(FILE *out, const struct key *k)
{
	static const char *const types[] = {
		[KEY_WORD] = "word",         [KEY_BOOL] = "yes | no",  [KEY_NUMBER] = "number",
		[KEY_SIZE] = "size",         [KEY_DURATION] = "duration", [KEY_ADDRESS] = "address",
		[KEY_CIDRS] = "range , ...", [KEY_PATH] = "path",      [KEY_NAME] = "name",
		[KEY_SERVER] = "address",    [KEY_HOSTS] = "name , ...",
	};
	char range[VALUE_RANGE], text[512];

	fprintf(out, ".It Ic %s No = Ar %s\n", k->name, types[k->type]);
	man_text(out, k->prose);
	value_range(k, "to", range, sizeof(range));
	snprintf(text, sizeof(text), "Accepted: %s.", range);
	man_text(out, text);
	default_text(k, text, sizeof(text));
	man_text(out, text);
	man_text(out, apply_text(k));
}

void describe_man(FILE *out)
{
	for (enum key_kind kind = 0; kind < KEY_KINDS; kind++) {
		const struct key_section *s = key_section(kind);

		fprintf(out, ".Ss [%s%s]\n", s->name, s->named ? " NAME" : "");
		man_text(out, s->prose);
		fputs(".Bl -tag -width Ds\n", out);
		for (unsigned i = 0; i < s->count; i++)
			man_key(out, &s->keys[i]);
		fputs(".El\n", out);
	}
}
