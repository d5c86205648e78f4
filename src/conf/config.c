/* Here the files of a configuration are found and read in their order. */
#include "conf/config.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/file.h"
#include "conf/loader.h"
#include "conf/section.h"

/* Reads one file and lays it over the rest. */
static void load_file(struct loader *l, const char *file, bool optional)
{
	struct conf_origin origin = {.file = file};
	struct err err;
	const char *name;
	char *text;
	size_t len;

	switch (file_read(file, &text, &len, &err)) {
	case FILE_OK:
		name = loader_keep_name(l, file);
		if (name)
			loader_overlay(l, name, text, len);
		mem_free(text);
		return;
	case FILE_MISSING:
		if (optional)
			return;
		break;
	case FILE_FAILED:
		break;
	}
	if (err.exit_code == EXIT_INTERNAL) {
		loader_no_memory(l);
		return;
	}
	l->incomplete = true;
	l->denied_count += err.exit_code == EXIT_PERMISSION;
	loader_tell(l, &origin, "%s", err.text);
}

/* As the shell's *.conf. */
static int is_drop_in(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > strlen(".conf") && !strcmp(entry->d_name + len - strlen(".conf"), ".conf");
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static char *join(const char *a, const char *b, const char *c)
{
	size_t size = strlen(a) + strlen(b) + strlen(c) + 1;
	char *text = mem_alloc(size);

	if (text)
		stpcpy(stpcpy(stpcpy(text, a), b), c);
	return text;
}

static void load_drop_ins(struct loader *l, const char *file)
{
	char *dir = join(file, ".d", ""), *path;
	struct conf_origin origin = {.file = dir};
	struct dirent **entries = NULL;
	struct err err;
	int count;

	if (!dir) {
		loader_no_memory(l);
		return;
	}
	count = scandir(dir, &entries, is_drop_in, by_bytes);
	/* A name that is too long with ".d" behind it cannot be there either. */
	if (count < 0 && errno == ENOMEM) {
		loader_no_memory(l);
	} else if (count < 0 && errno != ENOENT && errno != ENAMETOOLONG) {
		l->incomplete = true;
		l->denied_count += errno == EACCES;
		err_set_errno(&err, EXIT_CONFIG, errno, "cannot read");
		loader_tell(l, &origin, "%s", err.text);
	}
	for (int i = 0; i < count; i++) {
		path = l->no_memory ? NULL : join(dir, "/", entries[i]->d_name);
		if (path)
			load_file(l, path, false);
		else
			loader_no_memory(l);
		mem_free(path);
		free(entries[i]);
	}
	free(entries);
	mem_free(dir);
}

struct config *config_load_from(const char *file, bool optional, conf_error_fn *fn, void *arg, int *ret_exit)
{
	struct loader l;

	loader_init(&l, fn, arg);
	if (!l.no_memory)
		load_file(&l, file, optional);
	if (!l.no_memory)
		load_drop_ins(&l, file);
	return loader_finish(&l, ret_exit);
}

struct config *config_load(const char *file, conf_error_fn *fn, void *arg, int *ret_exit)
{
	if (file)
		return config_load_from(file, false, fn, arg, ret_exit);
	return config_load_from(CB_SYSCONFDIR "/catchbasin/catchbasin.conf", true, fn, arg, ret_exit);
}

struct config *config_load_text(const char *name, const char *text, size_t len, conf_error_fn *fn, void *arg,
				int *ret_exit)
{
	struct loader l;
	const char *kept;

	loader_init(&l, fn, arg);
	kept = loader_keep_name(&l, name);
	if (kept)
		loader_overlay(&l, kept, text, len);
	return loader_finish(&l, ret_exit);
}

void config_free(struct config *c)
{
	if (!c)
		return;
	while (c->listeners)
		section_remove(c, KEY_LISTENER, c->listeners);
	while (c->stores)
		section_remove(c, KEY_STORE, c->stores);
	section_clear(KEY_DAEMON, c);
	section_clear(KEY_LOG, c);
	section_clear(KEY_CONTROL, c);
	section_clear(KEY_METRICS, c);
	for (unsigned i = 0; i < c->file_count; i++)
		mem_free(c->files[i]);
	mem_free(c->files);
	mem_free(c);
}

const struct conf_listener *config_listener(const struct config *c, const char *name)
{
	return section_find(c, KEY_LISTENER, name);
}

const struct conf_store *config_store(const struct config *c, const char *name)
{
	return section_find(c, KEY_STORE, name);
}
