/* Looks where the stores lie: what kind of file system, how much room, and how long a sync takes. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "ctl/doctor.h"
#include "ctl/memory.h"
#include "ctl/text.h"
#include "store/file.h"

#define SYNCS 16
#define SYNC_BYTES 16384
#define SLOW_US 20000
#define SPARE_BYTES (INT64_C(1) << 30)

static void look_kind(struct doctor *d, const char *dir)
{
	static const struct {
		unsigned magic;
		const char *name;
	} volatiles[] = {{TMPFS_MAGIC, "tmpfs"}, {RAMFS_MAGIC, "ramfs"}};
	struct statfs fs;
	const char *remote;

	if (statfs(dir, &fs) < 0) {
		doctor_find(d, "file system", DOCTOR_UNKNOWN, "", "%s: %s", dir, strerror(errno));
		return;
	}
	remote = file_remote_name(fs.f_type);
	if (remote) {
		doctor_find(d, "file system", DOCTOR_BAD, "findmnt -t nonfs,nocifs,nosmb3",
			    "%s lies on %s, where locks cannot be trusted: take a local disk", dir, remote);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(volatiles); i++) {
		if ((unsigned)fs.f_type == volatiles[i].magic) {
			doctor_find(d, "file system", DOCTOR_LOOK, "findmnt --real", "%s lies on %s: gone with the next boot", dir,
				    volatiles[i].name);
			return;
		}
	}
	doctor_find(d, "file system", DOCTOR_GOOD, "", "%s lies on a local disk", dir);
}

static void look_room(struct doctor *d, const char *dir)
{
	char free_[TEXT_NUMBER], all[TEXT_NUMBER], mend[DOCTOR_TEXT];
	struct statvfs fs;
	int64_t spare, total;

	if (statvfs(dir, &fs) < 0)
		return;
	spare = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	total = (int64_t)fs.f_blocks * (int64_t)fs.f_frsize;
	text_bytes(spare, free_);
	text_bytes(total, all);
	snprintf(mend, sizeof(mend), "du -xh --max-depth=2 '%.300s' | sort -h | tail", dir);
	if (spare < SPARE_BYTES || spare < total / 20)
		doctor_find(d, "free space", DOCTOR_LOOK, mend, "%s of %s are left for %s", free_, all, dir);
	else
		doctor_find(d, "free space", DOCTOR_GOOD, "", "%s of %s are left for %s", free_, all, dir);
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* Times of some syncs in order; false with errno. */
static bool time_syncs(int fd, int64_t *ret_us)
{
	static const char page[SYNC_BYTES];

	for (int i = 0; i < SYNCS; i++) {
		int64_t begun_ns = sync_now_ns();

		if (pwrite(fd, page, sizeof(page), i * (off_t)sizeof(page)) < 0 || fdatasync(fd) < 0)
			return false;
		ret_us[i] = (sync_now_ns() - begun_ns) / 1000;
	}
	qsort(ret_us, SYNCS, sizeof(*ret_us), by_size);
	return true;
}

/* In a file without a name: nothing of it can be left behind. */
static void look_sync(struct doctor *d, const char *dir)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	int64_t us[SYNCS];

	if (fd < 0 && (errno == EACCES || errno == EROFS)) {
		doctor_find(d, "disk sync", DOCTOR_UNKNOWN, "sudo catchbasin doctor", "%s cannot be written from here", dir);
	} else if (fd < 0 || !time_syncs(fd, us)) {
		doctor_find(d, "disk sync", DOCTOR_UNKNOWN, "", "%s: %s", dir, strerror(errno));
	} else if (us[SYNCS / 2] > SLOW_US) {
		doctor_find(d, "disk sync", DOCTOR_LOOK, "catchbasind --describe=conf | grep -A3 durability",
			    "a sync takes %.1f ms (at worst %.1f ms of %d): every commit waits for one", (double)us[SYNCS / 2] / 1000,
			    (double)us[SYNCS - 1] / 1000, SYNCS);
	} else {
		doctor_find(d, "disk sync", DOCTOR_GOOD, "", "a sync takes %.1f ms (at worst %.1f ms of %d)",
			    (double)us[SYNCS / 2] / 1000, (double)us[SYNCS - 1] / 1000, SYNCS);
	}
	if (fd >= 0)
		close(fd);
}

static void look_store(struct doctor *d, const struct conf_store *s)
{
	char *dir = need(mem_strdup(s->path)), *slash = strrchr(dir, '/'), mend[DOCTOR_TEXT];

	if (slash)
		slash[slash == dir] = '\0';
	snprintf(mend, sizeof(mend), "install -d -o catchbasin -g catchbasin -m 0750 '%.300s'", slash ? dir : ".");
	if (access(slash ? dir : ".", F_OK) < 0) {
		doctor_find(d, "store", DOCTOR_BAD, mend, "store %s: the directory %s is not there", s->name, dir);
	} else {
		look_kind(d, slash ? dir : ".");
		look_room(d, slash ? dir : ".");
		look_sync(d, slash ? dir : ".");
	}
	mem_free(dir);
}

void doctor_disk(struct doctor *d)
{
	for (const struct conf_store *s = d->config->stores; s; s = s->next)
		look_store(d, s);
}
