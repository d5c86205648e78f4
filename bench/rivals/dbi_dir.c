/* Preloaded into syslog-ng: lets libdbi find its drivers where the harness unpacked them. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>

int dbi_initialize_r(const char *dir, void **ret);

int dbi_initialize_r(const char *dir, void **ret)
{
	void *library = dlopen("libdbi.so.1", RTLD_LAZY);
	int (*real)(const char *, void **) = NULL;

	if (library)
		*(void **)&real = dlsym(library, "dbi_initialize_r");
	if (getenv("BENCH_DBI_DIR"))
		dir = getenv("BENCH_DBI_DIR");
	return real ? real(dir, ret) : -1;
}
