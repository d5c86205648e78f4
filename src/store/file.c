/* Opens, locks and inspects the database file before SQLite sees it. */
#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/mem.h"

#define HEADER_BYTES 100

pid_t file_holder(dev_t dev, ino_t ino)
{
	FILE *locks = fopen("/proc/locks", "re");
	char line[256];
	pid_t found = 0;

	while (locks && !found && fgets(line, sizeof(line), locks)) {
		unsigned maj, min;
		unsigned long node;
		int pid;

		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%lu", &pid, &maj, &min, &node) == 4 &&
		    maj == major(dev) && min == minor(dev) && node == ino)
			found = pid;
	}
	if (locks)
		fclose(locks);
	return found;
}

/* Where /proc/locks is hidden: SQLite's connections hold a lock on a byte of the -shm file, and such locks tell their
 * owner to whoever asks. Were it our own file, the close would drop them, but then the start has failed already. */
static pid_t shm_holder(const char *path)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 128, .l_len = 1};
	char name[PATH_MAX];
	pid_t found = 0;
	int fd;

	if (snprintf(name, sizeof(name), "%s-shm", path) >= (int)sizeof(name))
		return 0;
	fd = open(name, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
		found = lock.l_pid;
	close(fd);
	return found;
}

static pid_t holder_of(const char *path, const struct stat *st)
{
	pid_t pid = file_holder(st->st_dev, st->st_ino);

	return pid ? pid : shm_holder(path);
}

const char *file_remote_name(long fs_type)
{
	static const struct {
		uint32_t magic;
		const char *name;
	} remote[] = {
		{0x6969, "NFS"}, {0x517b, "SMB"}, {0xff534d42, "CIFS"}, {0xfe534d42, "SMB"}, {0x5346414f, "AFS"},
	};

	for (size_t i = 0; i < ARRAY_LEN(remote); i++)
		if (remote[i].magic == (uint32_t)fs_type)
			return remote[i].name;
	return NULL;
}

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool has_bytes(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_size > 0;
}

/* pid 0: nobody knows whose it is. */
static void say_held(const char *path, pid_t pid, struct err *reterr)
{
	if (pid == getpid())
		err_set(reterr, EXIT_CONFIG, "store %s: the same file as another store of this daemon", path);
	else if (pid)
		err_set(reterr, EXIT_CANT_CREATE, "store %s: held by process %d", path, (int)pid);
	else
		err_set(reterr, EXIT_CANT_CREATE, "store %s: held by another process", path);
}

/* The directory must be there and take new files; the file, if there, must be a plain one nobody holds. */
static int check_place(const char *path, struct err *reterr)
{
	char copy[PATH_MAX];
	const char *dir;
	struct stat st;
	struct statfs fs;
	pid_t pid;

	if (!*path || strlen(path) >= sizeof(copy)) {
		err_set(reterr, EXIT_CANT_CREATE, "store %s: the path is %s", path, *path ? "too long" : "empty");
		return -1;
	}
	strcpy(copy, path);
	dir = dirname(copy);
	if (stat(dir, &st) < 0) {
		if (errno == ENOENT)
			err_set(reterr, EXIT_CANT_CREATE, "store %s: directory %s does not exist", path, dir);
		else
			err_set_errno(reterr, errno == EACCES ? EXIT_PERMISSION : EXIT_CANT_CREATE, errno,
				      "store %s: directory %s", path, dir);
		return -1;
	}
	if (!S_ISDIR(st.st_mode)) {
		err_set(reterr, EXIT_CANT_CREATE, "store %s: %s is not a directory", path, dir);
		return -1;
	}
	if (faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) < 0) {
		err_set_errno(reterr, errno == EACCES ? EXIT_PERMISSION : EXIT_CANT_CREATE, errno,
			      "store %s: no files can be made in directory %s", path, dir);
		return -1;
	}
	if (statfs(dir, &fs) == 0 && file_remote_name(fs.f_type)) {
		err_set(reterr, EXIT_CANT_CREATE,
			"store %s: lies on %s, where locks and shared memory cannot be trusted; use a local disk",
			path, file_remote_name(fs.f_type));
		return -1;
	}
	if (stat(path, &st) < 0)
		return 0;
	if (!S_ISREG(st.st_mode)) {
		err_set(reterr, EXIT_CANT_CREATE, "store %s: not a regular file", path);
		return -1;
	}
	pid = file_holder(st.st_dev, st.st_ino);
	if (pid)
		say_held(path, pid, reterr);
	return pid ? -1 : 0;
}

static int open_failed(const char *path, struct err *reterr)
{
	bool permission = errno == EACCES || errno == EPERM;

	err_set_errno(reterr, permission ? EXIT_PERMISSION : errno == ENOSPC || errno == EIO ? EXIT_IO : EXIT_CANT_CREATE,
		      errno, "store %s", path);
	return -1;
}

static int open_locked(struct file *f, struct err *reterr)
{
	struct stat st, named;
	int fd = open(f->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);

	if (fd >= 0 && fd < 3) {
		/* With 0 to 2 closed, a line printed to stderr would land in the database. */
		int low = fd;

		fd = fcntl(low, F_DUPFD_CLOEXEC, 3);
		close(low);
	}
	if (fd < 0)
		return open_failed(f->path, reterr);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		err_set(reterr, EXIT_CANT_CREATE, "store %s: not a regular file", f->path);
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int why = errno;
		pid_t pid = why == EWOULDBLOCK ? holder_of(f->path, &st) : 0;

		if (why != EWOULDBLOCK)
			err_set_errno(reterr, EXIT_CANT_CREATE, why, "store %s: cannot be locked", f->path);
		else
			say_held(f->path, pid, reterr);
		if (pid && pid != getpid())
			close(fd); /* else it may be ours, and closing would drop SQLite's locks: let it be */
		return -1;
	}
	if (stat(f->path, &named) < 0 || named.st_dev != st.st_dev || named.st_ino != st.st_ino) {
		close(fd);
		err_set(reterr, EXIT_CANT_CREATE, "store %s: was replaced while it was being opened", f->path);
		return -1;
	}
	f->fd = fd;
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	return 0;
}

static int name_companions(struct file *f, struct err *reterr)
{
	char real[PATH_MAX], journal[PATH_MAX + 16], wal[PATH_MAX + 16];

	if (!realpath(f->path, real)) {
		err_set_errno(reterr, EXIT_CANT_CREATE, errno, "store %s", f->path);
		return -1;
	}
	snprintf(journal, sizeof(journal), "%s-journal", real);
	snprintf(wal, sizeof(wal), "%s-wal", real);
	f->real = mem_strdup(real);
	f->wal = mem_strdup(wal);
	if (!f->real || !f->wal) {
		err_set(reterr, EXIT_INTERNAL, "store %s: out of memory", f->path);
		return -1;
	}
	f->wal_used = has_bytes(wal);
	f->journal_used = has_bytes(journal);
	return 0;
}

/* An existing header: ours, whole, and not from the future. */
static int check_header(struct file *f, const unsigned char *h, uint64_t size, struct err *reterr)
{
	uint32_t id = be32(h + 68), version = be32(h + 60), page = (uint32_t)h[16] << 8 | h[17];
	uint64_t want;
	bool unmarked; /* foreign, unless it turns out to hold nothing */

	if (memcmp(h, "SQLite format 3", 16) != 0) {
		err_set(reterr, EXIT_DATA, "store %s: not an SQLite database; left as it is", f->path);
		return -1;
	}
	unmarked = id == 0 && !f->wal_used && !f->journal_used;
	if (id != STORE_APPLICATION_ID && !unmarked) {
		err_set(reterr, EXIT_DATA,
			"store %s: a database of another program (application_id 0x%08" PRIx32
			", a store has 0x%08x); left as it is", f->path, id, (unsigned)STORE_APPLICATION_ID);
		return -1;
	}
	if (id && version > STORE_SCHEMA_VERSION) {
		err_set(reterr, EXIT_DATA,
			"store %s: its schema has version %" PRIu32 ", this program knows versions up to %d", f->path,
			version, STORE_SCHEMA_VERSION);
		return -1;
	}
	page = page == 1 ? 65536 : page;
	want = be32(h + 24) == be32(h + 92) ? (uint64_t)page * be32(h + 28) : 0;
	if (page < 512 || (page & (page - 1))) {
		err_set(reterr, EXIT_DATA, "store %s: its header is damaged (page size %" PRIu32 ")", f->path, page);
		return -1;
	}
	/* With a log beside it, pages may still be on their way into the file. */
	if (!f->wal_used && !f->journal_used && size < want) {
		err_set(reterr, EXIT_DATA,
			"store %s: cut short: it has %" PRIu64 " bytes of %" PRIu64 "; left as it is", f->path, size,
			want);
		return -1;
	}
	return 0;
}

static int inspect(struct file *f, struct err *reterr)
{
	unsigned char h[HEADER_BYTES];
	struct stat st;
	ssize_t n;

	if (fstat(f->fd, &st) < 0) {
		err_set_errno(reterr, EXIT_IO, errno, "store %s", f->path);
		return -1;
	}
	f->empty = st.st_size == 0;
	if (f->empty && f->wal_used) {
		err_set(reterr, EXIT_DATA, "store %s: is empty, but its write-ahead log %s is not; left as it is",
			f->path, f->wal);
		return -1;
	}
	if (f->empty)
		return 0;
	if (st.st_size < HEADER_BYTES) {
		err_set(reterr, EXIT_DATA, "store %s: not an SQLite database (%jd bytes); left as it is", f->path,
			(intmax_t)st.st_size);
		return -1;
	}
	n = pread(f->fd, h, sizeof(h), 0);
	if (n != (ssize_t)sizeof(h)) {
		err_set_errno(reterr, EXIT_IO, n < 0 ? errno : EIO, "store %s: cannot be read", f->path);
		return -1;
	}
	return check_header(f, h, (uint64_t)st.st_size, reterr);
}

int file_open(struct file *f, const char *path, struct err *reterr)
{
	memset(f, 0, sizeof(*f));
	f->fd = -1;
	f->path = mem_strdup(path);
	if (!f->path) {
		err_set(reterr, EXIT_INTERNAL, "store %s: out of memory", path);
		return -1;
	}
	if (check_place(path, reterr) < 0 || open_locked(f, reterr) < 0 || name_companions(f, reterr) < 0 ||
	    inspect(f, reterr) < 0) {
		file_close(f);
		return -1;
	}
	return 0;
}

void file_close(struct file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	mem_free(f->path);
	mem_free(f->real);
	mem_free(f->wal);
	f->path = f->real = f->wal = NULL;
}

bool file_moved(const struct file *f)
{
	struct stat st;

	return stat(f->real, &st) < 0 || st.st_dev != f->dev || st.st_ino != f->ino;
}

void file_sizes(const struct file *f, uint64_t *ret_db_bytes, uint64_t *ret_wal_bytes)
{
	struct stat st;

	*ret_db_bytes = stat(f->real, &st) == 0 ? (uint64_t)st.st_size : 0;
	*ret_wal_bytes = stat(f->wal, &st) == 0 ? (uint64_t)st.st_size : 0;
}
