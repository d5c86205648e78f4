/* What catchbasind tells without running: exit codes, what stands on standard output, and that nothing is created. */
#include "config.h"
#include "daemon/about.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/tap.h"
#include "base/err.h"

static char dir[64], out_text[65536];

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		exit(99);
}

static size_t read_file(const char *name, char *ret_text, size_t size)
{
	FILE *f = fopen(name, "r");
	size_t n = f ? fread(ret_text, 1, size - 1, f) : 0;

	if (f)
		fclose(f);
	ret_text[n] = '\0';
	return n;
}

/* Calls about() with its standard output, and that of errors, in files; gives the code, fills out_text. */
static int ask_to(enum daemon_action action, const char *config, const char *out)
{
	struct daemon_options o = {.action = action, .config = config};
	int keep_out, keep_err, code, fd;

	fflush(stdout);
	keep_out = dup(STDOUT_FILENO);
	keep_err = dup(STDERR_FILENO);
	fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(fd, STDOUT_FILENO);
	close(fd);
	fd = open("err", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(fd, STDERR_FILENO);
	close(fd);
	code = about(&o);
	fflush(stdout);
	clearerr(stdout);
	dup2(keep_out, STDOUT_FILENO);
	dup2(keep_err, STDERR_FILENO);
	close(keep_out);
	close(keep_err);
	return code;
}

static int ask(enum daemon_action action, const char *config)
{
	int code = ask_to(action, config, "out");

	read_file("out", out_text, sizeof(out_text));
	return code;
}

static const char *errors(void)
{
	static char text[4096];

	read_file("err", text, sizeof(text));
	return text;
}

static int files(void)
{
	DIR *d = opendir(".");
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d)))
		n += e->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	char dump[65536];

	snprintf(dir, sizeof(dir), "%s/about-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	if (!mkdtemp(dir) || chdir(dir) != 0)
		return 99;
	write_file("good.conf", "[store main]\npath = ./m.db\n[listener in]\naddress = tcp://127.0.0.1:5150\n");
	write_file("bad.conf", "[listener in]\naddres = tcp://127.0.0.1:5150\nmax_message = 1\n");

	is_int(ask(DAEMON_CHECK, "good.conf"), EXIT_CLEAN, "--check of a good file");
	is_str(out_text, "good.conf: good\n", "says so");
	is_int(ask(DAEMON_CHECK, "bad.conf"), EXIT_CONFIG, "of a bad one");
	has_str(errors(), "bad.conf:2: ", "names the line");
	has_str(errors(), "bad.conf:3: ", "each of them");
	is_str(out_text, "", "and says nothing else");
	is_int(ask(DAEMON_CHECK, "none.conf"), EXIT_CONFIG, "of one that is not there");
	has_str(errors(), "none.conf", "which is named");

	is_int(ask(DAEMON_DUMP_CONFIG, "good.conf"), EXIT_CLEAN, "--dump-config");
	has_str(out_text, "tcp://127.0.0.1:5150", "tells the values");
	has_str(out_text, "good.conf:4", "with their places");
	memcpy(dump, out_text, sizeof(dump));
	write_file("dump.conf", dump);
	is_int(ask(DAEMON_CHECK, "dump.conf"), EXIT_CLEAN, "and is a configuration itself");
	is_int(ask(DAEMON_DUMP_CONFIG, "bad.conf"), EXIT_CONFIG, "not of a bad one");

	is_int(ask(DAEMON_DESCRIBE_CONF, NULL), EXIT_CLEAN, "--describe=conf");
	has_str(out_text, "[listener ", "a sample file");
	is_int(ask(DAEMON_DESCRIBE_MAN, NULL), EXIT_CLEAN, "--describe=man");
	has_str(out_text, ".It ", "in mdoc");
	is_int(ask(DAEMON_VERSION, NULL), EXIT_CLEAN, "--version");
	is_str(out_text, "catchbasind " PACKAGE_VERSION "\n", "in one line");
	is_int(ask(DAEMON_HELP, NULL), EXIT_CLEAN, "--help");
	has_str(out_text, "usage: catchbasind", "the usage");
	is_int(files(), 5, "nothing was created");

	if (access("/dev/full", W_OK) == 0) {
		is_int(ask_to(DAEMON_HELP, NULL, "/dev/full"), EXIT_IO, "a full disk under standard output is no success");
		has_str(errors(), "standard output", "and is told");
	}
	{
		FILE *out = fmemopen(dump, sizeof(dump), "w");

		about_try(out);
		fclose(out);
		has_str(dump, "nc -u", "what to try: datagrams");
		has_str(dump, "nc -q1 127.0.0.1 5140", "a stream");
		has_str(dump, "sqlite3 messages.db", "and a look at them");
	}
	for (size_t i = 0; i < 5; i++)
		unlink((const char *[]){"good.conf", "bad.conf", "dump.conf", "out", "err"}[i]);
	is_int(chdir("/") + rmdir(dir), 0, "nothing is left");
	return done_testing();
}
