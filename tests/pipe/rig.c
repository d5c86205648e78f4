/* Sets up a pipeline in this process, and looks at its stores as anybody else would. */
#include "config.h"

#include "rig.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <unistd.h>

static void tell(void *arg, const char *line)
{
	(void)arg;
	printf("# %s\n", line);
}

void rig_begin(struct rig *r)
{
	const char *tmp = getenv("TMPDIR");

	memset(r, 0, sizeof(*r));
	snprintf(r->dir, sizeof(r->dir), "%s/pipe-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	if (!mkdtemp(r->dir))
		exit(99);
}

bool rig_end(struct rig *r)
{
	DIR *d;
	struct dirent *e;

	rig_close(r);
	d = opendir(r->dir);
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	return rmdir(r->dir) == 0;
}

struct config *rig_config(struct rig *r, const char *text)
{
	char full[4096];
	size_t len = 0;
	int code = 0;
	struct config *c;

	for (; *text && len + sizeof(r->dir) < sizeof(full); text++) {
		if (*text == '@')
			len += (size_t)snprintf(full + len, sizeof(full) - len, "%s", r->dir);
		else
			full[len++] = *text;
	}
	c = config_load_text("test.conf", full, len, tell, NULL, &code);
	if (!c) {
		printf("Bail out! the test's configuration is not good\n");
		exit(99);
	}
	return c;
}

static void on_event(void *arg, enum pipeline_event event)
{
	struct rig *r = arg;

	switch (event) {
	case PIPELINE_FAILED:
		r->failed++;
		break;
	case PIPELINE_STOPPED:
		r->stopped++;
		break;
	}
}

bool rig_open(struct rig *r, const char *text)
{
	r->config = rig_config(r, text);
	r->failed = r->stopped = 0;
	r->err = (struct err){0};
	r->p = pipeline_open(&(struct pipeline_opts){.config = r->config, .version = "1.2.3", .event = on_event, .arg = r},
			     &r->err);
	return r->p != NULL;
}

void rig_up(struct rig *r, const char *text)
{
	if (!rig_open(r, text) || pipeline_start(r->p, &r->err) != 0) {
		printf("Bail out! %s\n", r->err.text);
		exit(99);
	}
}

int rig_stop(struct rig *r, int64_t within_ns)
{
	struct pipeline_result result;

	pipeline_stop(r->p, clock_wall_ns(), sync_now_ns() + within_ns);
	result = pipeline_join(r->p);
	if (result.stuck) {
		printf("Bail out! a worker is stuck\n");
		exit(99);
	}
	return result.exit_code;
}

void rig_close(struct rig *r)
{
	pipeline_free(r->p);
	config_free(r->config);
	r->p = NULL;
	r->config = NULL;
}

int rig_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n - 3; /* . and .. and the directory itself */
}

/* ---- listeners ---- */

struct wanted {
	const char *name;
	int port;
};

static void find_port(void *arg, const struct listener_view *v)
{
	struct wanted *w = arg;
	const char *colon = strrchr(v->address, ':');

	if (!strcmp(v->name, w->name) && colon)
		w->port = atoi(colon + 1);
}

int rig_port(struct rig *r, const char *listener)
{
	struct wanted w = {.name = listener};

	pipeline_each_listener(r->p, find_port, &w);
	return w.port;
}

int rig_dial_port(int port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0)
		return fd;
	close(fd);
	return -1;
}

int rig_dial(struct rig *r, const char *listener)
{
	return rig_dial_port(rig_port(r, listener));
}

void rig_say(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n < 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

/* ---- stores ---- */

int64_t rig_sql(struct rig *r, const char *name, const char *text)
{
	char path[160];
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	int64_t n = -1;

	snprintf(path, sizeof(path), "%s/%s", r->dir, name);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(db, 20000);
		if (sqlite3_prepare_v2(db, text, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
			n = sqlite3_column_int64(st, 0);
		if (sqlite3_errcode(db) != SQLITE_ROW && sqlite3_errcode(db) != SQLITE_DONE && sqlite3_errcode(db) != SQLITE_OK)
			printf("# %s: %s\n", text, sqlite3_errmsg(db));
	}
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

struct sqlite3 *rig_lock(struct rig *r, const char *name)
{
	char path[160];
	sqlite3 *db = NULL;

	snprintf(path, sizeof(path), "%s/%s", r->dir, name);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		exit(99);
	sqlite3_busy_timeout(db, 20000);
	if (sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL) != SQLITE_OK)
		exit(99);
	return db;
}

void rig_unlock(struct sqlite3 *lock)
{
	sqlite3_exec(lock, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(lock);
}

struct pipeline_totals rig_totals(struct rig *r)
{
	struct pipeline_totals t;

	pipeline_totals(r->p, &t);
	return t;
}

struct found {
	const char *name;
	struct store_view view;
};

static void find_store(void *arg, const struct store_view *v)
{
	struct found *f = arg;

	if (!strcmp(v->name, f->name))
		f->view = *v;
}

struct store_view rig_store(struct rig *r, const char *name)
{
	struct found f = {.name = name};

	pipeline_each_store(r->p, find_store, &f);
	return f.view;
}
