/* Answers the questions about catchbasind that need no running daemon. */
#include "config.h"
#include "daemon/about.h"

#include "conf/config.h"
#include "conf/describe.h"

static void tell(void *arg, const char *line)
{
	fprintf(arg, "%s\n", line);
}

static int check(const struct daemon_options *options)
{
	int code = EXIT_CONFIG;
	struct config *c = config_load(options->config, tell, stderr, &code);

	if (!c)
		return code;
	if (c->file_count == 0)
		printf("no configuration file: the defaults apply\n");
	for (unsigned i = 0; i < c->file_count; i++)
		printf("%s: good\n", c->files[i]);
	config_free(c);
	return EXIT_CLEAN;
}

static int dump(const struct daemon_options *options)
{
	int code = EXIT_CONFIG;
	struct config *c = config_load(options->config, tell, stderr, &code);

	if (!c)
		return code;
	config_dump(c, stdout);
	config_free(c);
	return EXIT_CLEAN;
}

/* A full disk or a closed pipe is not a success. */
static int flushed(int code)
{
	if (fflush(stdout) == 0)
		return code;
	perror("catchbasind: standard output");
	return EXIT_IO;
}

int about(const struct daemon_options *options)
{
	switch (options->action) {
	case DAEMON_RUN:
	case DAEMON_DIAGNOSE:
		break;
	case DAEMON_CHECK:
		return flushed(check(options));
	case DAEMON_DUMP_CONFIG:
		return flushed(dump(options));
	case DAEMON_DESCRIBE_CONF:
		describe_conf(stdout);
		return flushed(EXIT_CLEAN);
	case DAEMON_DESCRIBE_MAN:
		describe_man(stdout);
		return flushed(EXIT_CLEAN);
	case DAEMON_VERSION:
		printf("catchbasind " PACKAGE_VERSION "\n");
		return flushed(EXIT_CLEAN);
	case DAEMON_HELP:
		options_help(stdout);
		return flushed(EXIT_CLEAN);
	}
	return EXIT_INTERNAL;
}

void about_try(FILE *out)
{
	fprintf(out, "catchbasind listens without a configuration; in another terminal, here, try:\n"
		     "  echo hello | nc -u -q1 127.0.0.1 5140\n"
		     "  printf 'hello\\n' | nc -q1 127.0.0.1 5140\n"
		     "  sqlite3 messages.db 'select * from log'\n");
	fflush(out);
}
