/* The sample file and the manual are what the key table says, and the sample file works as it is. */
#include "fixture.h"

#include "conf/describe.h"

static char *describe(void (*fn)(FILE *out))
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fixture_must(out != NULL, "open_memstream");
	fn(out);
	fixture_must(fclose(out) == 0, "open_memstream");
	return text;
}

/* A file of the sources. */
static char *source(const char *name)
{
	const char *top = getenv("top_srcdir");
	char path[4096], *text;
	FILE *in;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", top ? top : ".", name);
	in = fopen(path, "r");
	fixture_must(in != NULL, path);
	text = calloc(1, 65536);
	fixture_must(text != NULL, "memory");
	len = fread(text, 1, 65535, in);
	fixture_must(len > 0, path);
	fclose(in);
	return text;
}

/* The first line that differs, so that a failure can be read. */
static void same_text(const char *got, const char *want, const char *what)
{
	unsigned line = 1;
	size_t i = 0;

	for (; got[i] && got[i] == want[i]; i++)
		line += got[i] == '\n';
	ok(got[i] == want[i], "%s (line %u)", what, line);
}

static void print_change(void *arg UNUSED, const struct conf_change *change)
{
	printf("# differs: %s\n", change->line);
}

static void test_sample(void)
{
	char *text = describe(describe_conf), *shipped = source("etc/catchbasin.conf"), *want, *line;
	struct config *c = loads(text), *plain;
	char edited[65536];
	size_t len = 0;

	same_text(shipped, text, "etc/catchbasin.conf is the sample file");
	if (!c)
		return;
	is_str(c->control.path, "/run/catchbasin/control.sock", "its control socket");
	is_str(c->stores->path, "/var/lib/catchbasin/messages.db", "its store");
	/* Every default that stands behind a ";" is a setting that changes nothing. */
	for (line = text; *line; line = want + 1) {
		want = strchr(line, '\n');
		ok(want - line <= 100, "line of at most 100 bytes: %.20s", line);
		len += (size_t)snprintf(edited + len, sizeof(edited) - len, "%.*s\n", (int)(want - line - (*line == ';')),
					line + (*line == ';'));
	}
	plain = loads(edited);
	if (plain)
		is_int(config_diff(c, plain, print_change, NULL), 0, "its comments show the defaults");
	config_free(plain);
	/* With the paths of a plain start it is the configuration without a file. */
	plain = loads("[store main]\npath = /var/lib/catchbasin/messages.db\n[control]\npath = /run/catchbasin/control.sock\n");
	is_int(config_diff(c, plain, print_change, NULL), 0, "apart from the paths it says what is so anyway");
	config_free(plain);
	config_free(c);
	free(text);
	free(shipped);
}

static void test_complete(void)
{
	char *conf = describe(describe_conf), *man = describe(describe_man), want[128];

	for (enum key_kind kind = 0; kind < KEY_KINDS; kind++) {
		const struct key_section *s = key_section(kind);

		snprintf(want, sizeof(want), ".Ss [%s%s]\n", s->name, s->named ? " NAME" : "");
		has_str(man, want, "the manual has [%s]", s->name);
		for (unsigned i = 0; i < s->count; i++) {
			const struct key *k = &s->keys[i];

			snprintf(want, sizeof(want), ".It Ic %s No = Ar ", k->name);
			has_str(man, want, "the manual has %s.%s", s->name, k->name);
			if (k->sample)
				snprintf(want, sizeof(want), "\n%s = %s\n", k->name, k->sample);
			else
				snprintf(want, sizeof(want), "\n;%s =%s%s\n", k->name, *k->def ? " " : "", k->def);
			has_str(conf, want, "the sample has %s.%s", s->name, k->name);
		}
	}
	free(conf);
	free(man);
}

static void test_manual(void)
{
	static const char begin[] = ".\\\" keys begin\n", end[] = ".\\\" keys end\n";
	char *man = describe(describe_man), *page = source("man/catchbasin.conf.5");
	char *from = strstr(page, begin), *to = from ? strstr(from, end) : NULL;

	if (ok(from && to, "the marks are in catchbasin.conf(5)")) {
		*to = '\0';
		same_text(from + strlen(begin), man, "between them stands what the key table says");
	}
	for (char *p = man; (p = strpbrk(p, ".'\\")); p++)
		if (p == man || p[-1] == '\n')
			ok(!strncmp(p, ".Ss ", 4) || !strncmp(p, ".Bl ", 4) || !strncmp(p, ".It ", 4) ||
				   !strncmp(p, ".El", 3),
			   "a macro is ours: %.4s", p);
	free(man);
	free(page);
}

int main(void)
{
	unsetenv("STATE_DIRECTORY");
	unsetenv("RUNTIME_DIRECTORY");
	test_sample();
	test_complete();
	test_manual();
	told_reset();
	return done_testing();
}
