/* The command for people: reads its options and runs one verb. */
#include "config.h"

#include "ctl/options.h"

/* A full disk or a closed pipe is not a success. */
static int flushed(int code)
{
	struct err err;

	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	err_set(&err, EXIT_IO, "standard output cannot be written");
	complain(&err);
	return EXIT_IO;
}

int main(int argc, char **argv)
{
	struct ctl c;
	struct err err;

	if (options_parse(argc, argv, &c, &err) != 0) {
		complain(&err);
		return err.exit_code;
	}
	if (c.help) {
		options_help(stdout, c.verb);
		return flushed(EXIT_CLEAN);
	}
	if (c.version) {
		printf("catchbasin " PACKAGE_VERSION "\n");
		return flushed(EXIT_CLEAN);
	}
	return flushed(c.verb->run(&c));
}
