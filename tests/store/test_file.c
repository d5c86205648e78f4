/* The file before SQLite: who holds it, what is in it, and that a refused one is left as it was. */
#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "bench.h"
#include "../support/tap.h"

static struct bench b;

static void make_store(unsigned messages)
{
	struct err err = {0};
	struct store *s = bench_open(&b, &err);
	struct take t;

	if (!s) {
		printf("Bail out! %s\n", err.text);
		exit(99);
	}
	bench_take(&t, 1, "m", 0, messages, 64);
	is_int(bench_store(s, &t, &err), SINK_OK, "a store with %u messages", messages);
	bench_take_free(&t);
	is_int(bench_finish(s, messages, 0, &err), 0, "finished");
}

static int beside(const char *suffix)
{
	char name[200];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", b.path, suffix);
	return stat(name, &st) == 0;
}

/* The file must be refused with this code and these words, and be the same afterwards. */
static void refused(const char *what, int code, const char *words)
{
	struct err err = {0};
	size_t before_len, after_len;
	char *before = bench_read(b.path, &before_len), *after;
	int wal = beside("-wal"), shm = beside("-shm"), journal = beside("-journal");
	struct store *s = bench_open(&b, &err);

	ok(!s, "%s: refused", what);
	if (s)
		store_close(s);
	is_int(err.exit_code, code, "%s: exit code", what);
	has_str(err.text, words, "%s: words", what);
	has_str(err.text, b.path, "%s: the path", what);
	after = bench_read(b.path, &after_len);
	ok(before && after && before_len == after_len && !memcmp(before, after, before_len), "%s: left as it was", what);
	ok(beside("-wal") == wal && beside("-shm") == shm && beside("-journal") == journal, "%s: no litter", what);
	mem_free(before);
	mem_free(after);
}

static void patch(off_t at, const void *bytes, size_t len)
{
	int fd = open(b.path, O_WRONLY | O_CLOEXEC);

	ok(fd >= 0 && pwrite(fd, bytes, len, at) == (ssize_t)len, "patched");
	close(fd);
}

static void test_contents(void)
{
	char noise[4096];
	struct err err = {0};
	struct store *s;
	struct stat st;

	bench_write(b.path, "", 0);
	s = bench_open(&b, &err);
	ok(s, "an empty file becomes a store");
	store_close(s);
	bench_clear(&b);

	bench_write(b.path, "hello", 5);
	refused("short", EXIT_DATA, "not an SQLite database");
	memset(noise, 'x', sizeof(noise));
	bench_write(b.path, noise, sizeof(noise));
	refused("text", EXIT_DATA, "not an SQLite database");
	bench_clear(&b);

	bench_write(b.path, "", 0);
	bench_sql(&b, "CREATE TABLE theirs(x); INSERT INTO theirs VALUES (1)");
	refused("foreign", EXIT_DATA, "another program");
	bench_sql(&b, "PRAGMA application_id = 4711");
	refused("foreign with an id", EXIT_DATA, "0x00001267");
	bench_sql(&b, "PRAGMA journal_mode = wal");
	refused("foreign in WAL mode", EXIT_DATA, "another program");
	bench_clear(&b);

	bench_write(b.path, "", 0);
	bench_sql(&b, "VACUUM");
	s = bench_open(&b, &err);
	ok(s, "an SQLite database without anything in it becomes a store");
	store_close(s);
	bench_clear(&b);

	make_store(2000);
	bench_sql(&b, "PRAGMA user_version = 7");
	refused("newer", EXIT_DATA, "has version 7, this program knows versions up to 1");
	bench_sql(&b, "PRAGMA user_version = 1");
	stat(b.path, &st);
	is_int(truncate(b.path, st.st_size - 100), 0, "cut");
	refused("cut by 100 bytes", EXIT_DATA, "cut short");
	is_int(truncate(b.path, 16384), 0, "cut");
	refused("cut to one page", EXIT_DATA, "cut short");
	is_int(truncate(b.path, 99), 0, "cut");
	refused("cut into the header", EXIT_DATA, "99 bytes");
	bench_clear(&b);

	make_store(10);
	patch(16, "\x00\x03", 2);
	refused("page size 3", EXIT_DATA, "damaged");
	bench_clear(&b);
}

static void test_log_without_file(void)
{
	char wal[200];
	struct err err = {0};
	struct store *s = bench_open(&b, &err);

	snprintf(wal, sizeof(wal), "%s-wal", b.path);
	ok(s, "opened");
	store_close(s);
	is_int(truncate(b.path, 0), 0, "the file is emptied");
	bench_write(wal, "something", 9);
	refused("empty with a log", EXIT_DATA, "write-ahead log");
	bench_clear(&b);
}

static void test_places(void)
{
	struct bench other = b;
	struct err err = {0};

	snprintf(other.path, sizeof(other.path), "%s/none/x.db", b.dir);
	ok(!bench_open(&other, &err), "no directory: refused");
	is_int(err.exit_code, EXIT_CANT_CREATE, "73");
	has_str(err.text, "/none does not exist", "naming it");
	snprintf(other.path, sizeof(other.path), "%s", b.dir);
	ok(!bench_open(&other, &err), "a directory: refused");
	is_int(err.exit_code, EXIT_CANT_CREATE, "73");
	snprintf(other.path, sizeof(other.path), "/dev/null");
	ok(!bench_open(&other, &err), "a device: refused");
	is_int(err.exit_code, EXIT_CANT_CREATE, "73");
	has_str(err.text, "not a regular file", "in words");
	snprintf(other.path, sizeof(other.path), "/dev/null/x.db");
	ok(!bench_open(&other, &err), "below a device: refused");
	is_int(err.exit_code, EXIT_CANT_CREATE, "73");
	other.path[0] = '\0';
	ok(!bench_open(&other, &err), "no path: refused");
	is_int(err.exit_code, EXIT_CANT_CREATE, "73");
	is_str(file_remote_name(0x6969), "NFS", "NFS is known");
	is_str(file_remote_name((long)0xff534d42), "CIFS", "CIFS is known");
	ok(!file_remote_name(0xef53), "ext4 is welcome");
	ok(!file_remote_name(0x01021994), "tmpfs too");
}

/* As somebody without rights: in a child that gives up root. */
static void test_permission(void)
{
	int status = 0;
	pid_t pid;

	if (geteuid() != 0) {
		ok(1, "permission # SKIP needs root to give it up");
		return;
	}
	make_store(1);
	chmod(b.dir, 0755);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct err err = {0};
		struct bench other = b;
		int good = setuid(65534) == 0;

		good = good && !bench_open(&b, &err) && err.exit_code == EXIT_PERMISSION;
		snprintf(other.path, sizeof(other.path), "%s/new.db", b.dir);
		good = good && !bench_open(&other, &err) && err.exit_code == EXIT_PERMISSION;
		if (!good)
			printf("# %d %s\n", err.exit_code, err.text);
		fflush(stdout);
		_exit(good ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "a file or directory that may not be written: 77");
	chmod(b.dir, 0777);
	chmod(b.path, 0444);
	pid = fork();
	if (pid == 0) {
		struct err err = {0};

		_exit(setuid(65534) == 0 && !bench_open(&b, &err) && err.exit_code == EXIT_PERMISSION ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "a file that may only be read: 77");
	chmod(b.dir, 0700);
	bench_clear(&b);
}

static void test_held(void)
{
	struct err err = {0};
	struct store *s = bench_open(&b, &err);
	struct bench other = b;
	const char *ours = "the same file as another store";
	char words[64];
	int status = 0;
	pid_t pid;
	struct take t;

	ok(s, "opened");
	snprintf(words, sizeof(words), "held by process %d", (int)getpid());
	/* Not by refused(): it reads the file, and closing that descriptor would drop SQLite's locks on it. */
	ok(!bench_open(&b, &err), "second open: refused");
	is_int(err.exit_code, EXIT_CONFIG, "78: the configuration names one file twice");
	has_str(err.text, ours, "in words");
	snprintf(other.path, sizeof(other.path), "%s/hard.db", b.dir);
	is_int(link(b.path, other.path), 0, "hard link");
	ok(!bench_open(&other, &err), "refused under another name");
	has_str(err.text, ours, "in words");
	snprintf(other.path, sizeof(other.path), "%s/soft.db", b.dir);
	is_int(symlink("messages.db", other.path), 0, "symlink");
	ok(!bench_open(&other, &err), "refused through a symlink");
	has_str(err.text, ours, "in words");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct err why = {0};

		_exit(!bench_open(&b, &why) && why.exit_code == EXIT_CANT_CREATE && strstr(why.text, words) ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "refused in another process");
	/* Refusals must not have cost us SQLite's own locks: a stranger who closes must not take the log away. */
	bench_take(&t, 1, "m", 0, 10, 16);
	is_int(bench_store(s, &t, &err), SINK_OK, "still stores");
	bench_take_free(&t);
	pid = fork();
	if (pid == 0) {
		execlp("sqlite3", "sqlite3", b.path, "SELECT count(*) FROM messages WHERE id < 0; SELECT 1", (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	ok(WIFEXITED(status), "sqlite3 was here");
	ok(beside("-wal"), "the log is still there");
	is_int(bench_finish(s, 10, 0, &err), 0, "finished");
	is_int(file_holder(1, 1), 0, "nobody holds what is not there");
	snprintf(other.path, sizeof(other.path), "%s/soft.db", b.dir);
	s = bench_open(&other, &err);
	ok(s, "later it opens through the symlink");
	store_close(s);
	bench_clear(&b);
}

static void test_modes(void)
{
	mode_t old = umask(0);
	struct err err = {0};
	struct store *s = bench_open(&b, &err);
	struct stat st;
	char name[200];

	umask(old);
	stat(b.path, &st);
	is_int(st.st_mode & 07777, 0640, "the file is 0640");
	snprintf(name, sizeof(name), "%s-wal", b.path);
	is_int(stat(name, &st), 0, "the log is there");
	is_int(st.st_mode & 07777, 0640, "and 0640");
	snprintf(name, sizeof(name), "%s-shm", b.path);
	stat(name, &st);
	is_int(st.st_mode & 07777, 0640, "the shared memory too");
	store_close(s);
	bench_clear(&b);
}

/* Descriptors 0 to 2 closed: nothing printed may land in the database. */
static void test_low_descriptors(void)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct file f;
		struct err err;

		close(0);
		close(1);
		close(2);
		_exit(file_open(&f, b.path, &err) == 0 && f.fd >= 3 && fcntl(2, F_GETFD) < 0 ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "the file keeps clear of 0, 1 and 2");
	bench_clear(&b);
}

int main(void)
{
	bench_init(&b);
	test_contents();
	test_log_without_file();
	test_places();
	test_permission();
	test_held();
	test_modes();
	test_low_descriptors();
	bench_done(&b);
	return done_testing();
}
