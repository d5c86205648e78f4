/* catchbasind --diagnose without the rest of the daemon: what a mutant is linked with, in place of the original. */
#include <stdio.h>
#include <string.h>

#include "diag/diagnose.h"

int main(int argc, char **argv)
{
	struct diagnose_opts opts = {.json = true};

	if (argc == 2 && strncmp(argv[1], "cb1:", 4) == 0) {
		opts.replay = argv[1];
	} else if (argc == 3) {
		opts.name = argv[1];
		opts.variant = argv[2];
	} else {
		fprintf(stderr, "usage: drive CASE VARIANT | drive SCHEDULE\n");
		return 64;
	}
	return diagnose(&opts);
}
