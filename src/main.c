/* Says what catchbasind does with its arguments, and in which order it lives. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/about.h"
#include "daemon/daemon.h"
#include "daemon/stages.h"
#include "diag/diagnose.h"

/* A database on descriptor 2 would be written over by the first message to stderr. */
static void fill_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int run(struct daemon *d)
{
	struct err why = {.exit_code = EXIT_INTERNAL};
	unsigned up;

	umask(0027);
	up = stages_up(d, &why);
	if (!up) {
		log_error("%s", why.text);
		return why.exit_code;
	}
	log_notice("ready");
	notify_ready();
	if (d->config->file_count == 0)
		about_try(stderr);
	daemon_serve(d);
	if (d->stuck) {
		/* A worker sits in the store: freeing under its feet would be worse than leaving it all. */
		log_stop();
		_exit(d->exit_code);
	}
	stages_down(d, up);
	return d->exit_code;
}

int main(int argc, char **argv)
{
	struct daemon d = {0};
	struct err why;

	fill_standard_descriptors();
	if (options_parse(argc, argv, &d.options, &why) != 0) {
		fprintf(stderr, "catchbasind: %s\n", why.text);
		return why.exit_code;
	}
	if (d.options.action == DAEMON_DIAGNOSE)
		return diagnose(&d.options.diagnose);
	return d.options.action == DAEMON_RUN ? run(&d) : about(&d.options);
}
