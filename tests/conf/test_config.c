/* Which files are read, in which order, and what happens if one is missing, closed or too much. */
#include "fixture.h"

static void test_defaults(void)
{
	struct config *c = load_file_from("absent.conf", true);
	const struct conf_listener *l = c ? c->listeners : NULL;

	if (!ok(c && !told.count, "no file, no error"))
		return;
	is_int(c->file_count, 0, "no file was read");
	for (unsigned i = 0; i < KEY_DEFAULT_LISTENERS; i++, l = l->next) {
		is_str(l->name, key_default_listener(i)->name, "listener %u", i);
		is_str(l->address, key_default_listener(i)->address, "  at its address");
		is_str(l->store, "main", "  into main");
		ok(!l->origin.file && !l->origins[0].file, "  by default");
		is_int(l->overflow, i < 2 ? CONF_OVERFLOW_DROP_NEWEST : CONF_OVERFLOW_BLOCK, "  with its overflow");
	}
	ok(!l, "four listeners");
	ok(c->stores && !c->stores->next && !strcmp(c->stores->name, "main"), "one store");
	is_str(c->stores->path, "./messages.db", "its path");
	is_str(c->control.path, "./catchbasin.sock", "the control socket");
	is_int(c->stores->queue_messages, 262144, "a number");
	is_int(c->stores->queue_bytes, 256 << 20, "a size");
	is_int(c->stores->batch_interval_ns, 50000000, "a duration");
	is_int(c->daemon.drain_timeout_ns, 20000000000, "another");
	config_free(c);

	setenv("STATE_DIRECTORY", "/var/lib/cb:/var/lib/cc", 1);
	setenv("RUNTIME_DIRECTORY", "/run/cb", 1);
	c = load_file_from("absent.conf", true);
	is_str(c ? c->stores->path : "", "/var/lib/cb/messages.db", "systemd's directory of state");
	is_str(c ? c->control.path : "", "/run/cb/control.sock", "systemd's directory of run time");
	config_free(c);
	c = loads("[store main]\npath = x\n[control]\npath =\n");
	is_str(c->stores->path, "x", "the file counts more");
	is_str(c->control.path, "", "even if it says nothing");
	config_free(c);
	setenv("RUNTIME_DIRECTORY",
	       "/run/12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345", 1);
	ok(!load("") && told.count == 1, "a path from systemd may be too long");
	has_str(told.count ? told.lines[0] : "", "$RUNTIME_DIRECTORY: control.path: \"/run/1234567890", "  which is told");
	config_free(loads("[control]\npath = x\n"));
	unsetenv("STATE_DIRECTORY");
	unsetenv("RUNTIME_DIRECTORY");
}

static void test_files(void)
{
	struct config *c;

	write_text("a.conf", "[log]\nlevel = debug\n");
	c = load_file_from("a.conf", false);
	ok(c && c->file_count == 1, "a file without drop-ins");
	config_free(c);
	fixture_must(mkdir("a.conf.d", 0755) == 0 && mkdir("absent.conf.d", 0755) == 0, "a.conf.d");
	c = load_file_from("a.conf", false);
	ok(c && c->file_count == 1, "no drop-ins in their directory");
	config_free(c);
	write_text("a.conf.d/20-b.conf", "[log]\nlevel = notice\ntarget = stderr\n");
	write_text("a.conf.d/10-z.conf", "[log]\nlevel = error\ntarget = journal\n[daemon]\ndrain_timeout = 1s\n");
	write_text("a.conf.d/Z.conf", "[log]\nlevel = warning\n");
	write_text("a.conf.d/30.conf.off", "nonsense");
	write_text("a.conf.d/.hidden.conf", "nonsense");
	write_text("a.conf.d/.conf", "nonsense");
	write_text("a.conf.d/README", "nonsense");
	c = load_file_from("a.conf", false);
	if (!ok(c && c->file_count == 4, "three drop-ins"))
		return;
	is_str(c->files[0], "a.conf", "the file itself");
	is_str(c->files[1], "a.conf.d/10-z.conf", "then by name");
	is_str(c->files[2], "a.conf.d/20-b.conf", "  and name");
	is_str(c->files[3], "a.conf.d/Z.conf", "  in the order of bytes");
	is_int(c->log.level, LOG_LV_WARNING, "the last one wins");
	is_int(c->log.target, LOG_TO_STDERR, "where it says something");
	is_str(c->daemon.origins[0].file, "a.conf.d/10-z.conf", "origins name the drop-in");
	is_int(c->daemon.origins[0].line, 5, "  and its line");
	config_free(c);

	write_text("absent.conf.d/x.conf", "[log]\nlevel = debug\n");
	c = load_file_from("absent.conf", true);
	ok(c && c->file_count == 1 && c->log.level == LOG_LV_DEBUG, "drop-ins count without the default file");
	config_free(c);
}

static void test_broken(void)
{
	write_text("b.conf", "[log]\nlevl = debug\n");
	fixture_must(mkdir("b.conf.d", 0755) == 0, "b.conf.d");
	write_text("b.conf.d/1.conf", "[zebra]\n");
	write_text("b.conf.d/2.conf", "[listener u]\naddress = u\n");
	check_refused(load_file_from("b.conf", false), EXIT_CONFIG,
		      LINES("b.conf:2: unknown key \"levl\"; did you mean \"level\"? (in [log])",
			    "b.conf.d/1.conf:1: unknown section [zebra]; known: [daemon] [log] [listener NAME] [store NAME] "
			    "[control] [metrics]",
			    "b.conf.d/2.conf:2: listener.address: \"u\" does not begin with udp://, tcp://, unix:// or "
			    "unixgram://"));
	check_refused(load_file_from("absent.conf", false), EXIT_CONFIG,
		      LINES("absent.conf: cannot read: No such file or directory"));
	told_reset();
	check_refused(config_load("absent.conf", told_add, NULL, &told.status), EXIT_CONFIG,
		      LINES("absent.conf: cannot read: No such file or directory"));
	check_refused(load_file_from("a.conf.d", false), EXIT_CONFIG, LINES("a.conf.d: cannot read: Is a directory"));
	fixture_must(symlink("nowhere", "a.conf.d/50.conf") == 0, "50.conf");
	check_refused(load_file_from("a.conf", false), EXIT_CONFIG,
		      LINES("a.conf.d/50.conf: cannot read: No such file or directory"));
	fixture_must(unlink("a.conf.d/50.conf") == 0, "50.conf");
	write_text("c.conf", "");
	write_text("c.conf.d", "");
	check_refused(load_file_from("c.conf", false), EXIT_CONFIG, LINES("c.conf.d: cannot read: Not a directory"));
}

/* Runs as a user whom permissions hold back, since root is not held back. */
static void test_closed(void)
{
	static const struct {
		const char *file, *line;
		bool other_error;
	} rows[] = {
		{"p.conf", "p.conf: cannot read: Permission denied", false},
		{"q.conf", "q.conf.d/1.conf: cannot read: Permission denied", false},
		{"r.conf", "r.conf.d: cannot read: Permission denied", false},
		{"s.conf", "s.conf.d/1.conf: cannot read: Permission denied", true},
	};
	int status;
	pid_t pid;

	fixture_must(chmod(".", 0755) == 0, ".");
	write_text("p.conf", "");
	write_text("q.conf", "");
	write_text("r.conf", "");
	write_text("s.conf", "[log]\nlevl = info\n");
	fixture_must(mkdir("q.conf.d", 0755) == 0 && mkdir("r.conf.d", 0755) == 0 && mkdir("s.conf.d", 0755) == 0, "dirs");
	write_text("q.conf.d/1.conf", "");
	write_text("s.conf.d/1.conf", "");
	fixture_must(chmod("p.conf", 0) == 0 && chmod("q.conf.d/1.conf", 0) == 0 && chmod("r.conf.d", 0) == 0 &&
			     chmod("s.conf.d/1.conf", 0) == 0, "chmod");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			if (geteuid() == 0 && (setegid(65534) || seteuid(65534)))
				_exit(77);
			if (load_file_from(rows[i].file, false))
				_exit(1);
			if (told.status != (rows[i].other_error ? EXIT_CONFIG : EXIT_PERMISSION))
				_exit(2);
			if (told.count != 1 + (unsigned)rows[i].other_error ||
			    strcmp(told.lines[told.count - 1], rows[i].line))
				_exit(3);
			_exit(0);
		}
		fixture_must(pid > 0 && waitpid(pid, &status, 0) == pid, "fork");
		if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
			ok(1, "%s # SKIP cannot become another user", rows[i].line);
		else
			is_int(status, 0, "%s: %s", rows[i].line, rows[i].other_error ? "78" : "77");
	}
	fixture_must(chmod("r.conf.d", 0755) == 0, "r.conf.d");
}

/* ---- memory that ends at the n-th allocation ---- */

static unsigned left;

static void *scarce_alloc(size_t size)
{
	return left && --left ? malloc(size) : NULL;
}

static void *scarce_resize(void *ptr, size_t size)
{
	return left && --left ? realloc(ptr, size) : NULL;
}

static void test_memory(void)
{
	static const struct mem_hooks scarce = {scarce_alloc, scarce_resize, free};
	struct config *c = NULL;
	unsigned n, wrong = 0;

	write_text("m.conf", "[listener a]\naddress = tcp://*:1\nallow = ::1, ::2\nallow = ::3\nstore = s\n"
			     "[store s]\npath = s\n[store main]\n[log]\nlevel = debug\n");
	mem_hook(&scarce);
	for (n = 1; !c && n < 2000; n++) {
		left = n;
		c = load_file_from("m.conf", false);
		if (!c && (told.status != EXIT_INTERNAL || told.count != 1 || strcmp(told.lines[0], "out of memory")))
			wrong++;
	}
	ok(c && n > 50, "it loads with memory for %u allocations", n);
	is_int(wrong, 0, "with less it says so, each time");
	left = 2000;
	config_free(c);
	mem_hook(NULL);
}

int main(void)
{
	fixture_begin();
	test_defaults();
	test_files();
	test_broken();
	test_closed();
	test_memory();
	config_free(NULL);
	fixture_end();
	return done_testing();
}
