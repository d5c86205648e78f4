/*
 * disk - a small file system of its own for a store, that is filled and freed.
 *
 * Owns     the mount, from mount_disk to unmount_disk
 * Threads  one
 * Blocks   never
 * Units    bytes
 * Errors   without the right to mount: a skipped test. Whatever else goes wrong here fails one
 * Limits   none
 * Upholds  none
 */
#ifndef TESTS_STORE_DISK_H
#define TESTS_STORE_DISK_H

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "bench.h"
#include "../support/tap.h"

#define MIB (UINT64_C(1) << 20)

UNUSED static bool mount_disk(struct bench *small, const struct bench *on, const char *size)
{
	*small = *on;
	snprintf(small->dir, sizeof(small->dir), "%.100s/disk", on->dir);
	snprintf(small->path, sizeof(small->path), "%s/messages.db", small->dir);
	if (mkdir(small->dir, 0700) == 0 && mount("none", small->dir, "tmpfs", 0, size) == 0)
		return true;
	ok(1, "a small disk # SKIP needs the right to mount");
	rmdir(small->dir);
	return false;
}

UNUSED static void unmount_disk(const struct bench *small)
{
	umount2(small->dir, MNT_DETACH);
	rmdir(small->dir);
}

UNUSED static uint64_t disk_free(const struct bench *small)
{
	struct statvfs fs;

	return statvfs(small->dir, &fs) == 0 ? (uint64_t)fs.f_bavail * fs.f_frsize : 0;
}

/* A file of so many bytes in the store's way, or that file longer or shorter. */
UNUSED static void fill(const struct bench *small, off_t bytes)
{
	char name[240];
	int fd;

	snprintf(name, sizeof(name), "%s/filler", small->dir);
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	is_int(posix_fallocate(fd, 0, bytes) != 0 || ftruncate(fd, bytes) != 0, 0, "somebody else takes %jd MiB", (intmax_t)bytes >> 20);
	close(fd);
}

UNUSED static void release(const struct bench *small)
{
	char name[240];

	snprintf(name, sizeof(name), "%s/filler", small->dir);
	is_int(unlink(name), 0, "and gives it back");
}

#endif
