/*
 * file - the database file itself: found, locked for life, and looked at before SQLite may touch it.
 *
 * Owns     one descriptor, which carries the flock and stays open until SQLite's connection is closed
 * Threads  open, close: one; the rest: any
 * Blocks   as long as the disk takes
 * Units    bytes
 * Errors   returned, worded: EXIT_CANT_CREATE, EXIT_DATA, EXIT_PERMISSION, EXIT_IO
 * Limits   none
 * Upholds  the lock follows the inode; a file that is refused is not written to
 *
 * Closing any descriptor of a file drops all POSIX locks this process has on it, SQLite's too: hence one descriptor
 * for the whole life, and none is opened for a file that somebody is known to hold.
 */
#ifndef STORE_FILE_H
#define STORE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/err.h"

#define STORE_APPLICATION_ID 0x43427331 /* "CBs1" */
#define STORE_SCHEMA_VERSION 1

struct file {
	int fd;
	dev_t dev;
	ino_t ino;
	char *path;        /* as it was given */
	char *real;        /* without symlinks: what SQLite names its -wal after */
	char *wal;
	bool empty;        /* nothing in it yet */
	bool wal_used;     /* there is a write-ahead log with something in it */
	bool journal_used; /* there is a rollback journal with something in it */
};

/* Opens or creates the file, locks it, checks its header. 0, or -1 with reterr and nothing left open. */
int file_open(struct file *f, const char *path, struct err *reterr) MUST_CHECK;
/* Only when SQLite's connection is closed. */
void file_close(struct file *f);
/* True if the name no longer leads to the file that is open. */
bool file_moved(const struct file *f);
/* Sizes now; 0 for what is not there. */
void file_sizes(const struct file *f, uint64_t *ret_db_bytes, uint64_t *ret_wal_bytes);

/* Who holds an flock on that file by /proc/locks; 0 if nobody is seen. */
pid_t file_holder(dev_t dev, ino_t ino);
/* Words for a file system SQLite must not lock on ("NFS"), by statfs's f_type; NULL for any other. Lends: static. */
const char *file_remote_name(long fs_type);

#endif
