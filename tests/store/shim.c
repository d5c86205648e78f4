/* Counts what SQLite asks of the file system, and says no when told to. */
#include "shim.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/attr.h"

static struct {
	sqlite3_vfs vfs, *real;
	bool armed, fired;
	enum shim_kind kind;
	unsigned left;
} shim;

/* A file of ours: SQLite's own comes right after it. */
struct shim_file {
	sqlite3_file base;
	sqlite3_file *real;
};

enum fate { GO, FAIL, GO_AND_FAIL };

static enum fate fate(bool writes)
{
	if (!shim.armed)
		return GO;
	if (shim.left > 1) {
		shim.left--;
		return GO;
	}
	switch (shim.kind) {
	case SHIM_ONCE_BEFORE:
		shim.armed = false;
		shim.fired = true;
		return FAIL;
	case SHIM_ONCE_AFTER:
		shim.armed = false;
		shim.fired = true;
		return GO_AND_FAIL;
	case SHIM_EVER_BEFORE:
		shim.fired = true;
		return FAIL;
	case SHIM_EVER_WRITE:
		shim.fired |= writes;
		return writes ? FAIL : GO;
	case SHIM_KINDS:
		break;
	}
	abort();
}

#define REAL(f) (((struct shim_file *)(f))->real)
#define CALL(writes, code, expr)                                                                    \
	do {                                                                                        \
		enum fate call_fate = fate(writes);                                                 \
		int call_rc = call_fate == FAIL ? (code) : (expr);                                  \
		return call_fate == GO_AND_FAIL && call_rc == SQLITE_OK ? (code) : call_rc;         \
	} while (0)

static int file_close_it(sqlite3_file *f)
{
	return REAL(f)->pMethods ? REAL(f)->pMethods->xClose(REAL(f)) : SQLITE_OK;
}

static int file_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
	CALL(false, SQLITE_IOERR_READ, REAL(f)->pMethods->xRead(REAL(f), to, n, at));
}

static int file_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
	CALL(true, shim.kind == SHIM_EVER_WRITE ? SQLITE_FULL : SQLITE_IOERR_WRITE,
	     REAL(f)->pMethods->xWrite(REAL(f), from, n, at));
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	CALL(true, SQLITE_IOERR_TRUNCATE, REAL(f)->pMethods->xTruncate(REAL(f), n));
}

static int file_sync(sqlite3_file *f, int flags)
{
	CALL(true, SQLITE_IOERR_FSYNC, REAL(f)->pMethods->xSync(REAL(f), flags));
}

static int file_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	CALL(false, SQLITE_IOERR_FSTAT, REAL(f)->pMethods->xFileSize(REAL(f), ret));
}

static int file_lock(sqlite3_file *f, int level)
{
	enum fate it = fate(false);

	/* A lock that was taken and is called failed would stay: not a thing disks do. */
	return it == GO ? REAL(f)->pMethods->xLock(REAL(f), level) : SQLITE_IOERR_LOCK;
}

static int file_unlock(sqlite3_file *f, int level)
{
	return REAL(f)->pMethods->xUnlock(REAL(f), level);
}

static int file_reserved(sqlite3_file *f, int *ret)
{
	return REAL(f)->pMethods->xCheckReservedLock(REAL(f), ret);
}

static int file_control(sqlite3_file *f, int op, void *arg)
{
	return REAL(f)->pMethods->xFileControl(REAL(f), op, arg);
}

static int file_sector(sqlite3_file *f)
{
	return REAL(f)->pMethods->xSectorSize(REAL(f));
}

static int file_traits(sqlite3_file *f)
{
	return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f));
}

static int shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret)
{
	enum fate it = fate(false);

	return it == GO ? REAL(f)->pMethods->xShmMap(REAL(f), page, size, extend, ret) : SQLITE_IOERR_SHMMAP;
}

static int shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	if ((flags & SQLITE_SHM_LOCK) && fate(false) != GO)
		return SQLITE_IOERR_SHMLOCK;
	return REAL(f)->pMethods->xShmLock(REAL(f), offset, n, flags);
}

static void shm_barrier(sqlite3_file *f)
{
	REAL(f)->pMethods->xShmBarrier(REAL(f));
}

static int shm_unmap(sqlite3_file *f, int remove_it)
{
	return REAL(f)->pMethods->xShmUnmap(REAL(f), remove_it);
}

static int vfs_open(sqlite3_vfs *vfs UNUSED, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	static const sqlite3_io_methods methods = {
		.iVersion = 2,
		.xClose = file_close_it,
		.xRead = file_read,
		.xWrite = file_write,
		.xTruncate = file_truncate,
		.xSync = file_sync,
		.xFileSize = file_size,
		.xLock = file_lock,
		.xUnlock = file_unlock,
		.xCheckReservedLock = file_reserved,
		.xFileControl = file_control,
		.xSectorSize = file_sector,
		.xDeviceCharacteristics = file_traits,
		.xShmMap = shm_map,
		.xShmLock = shm_lock,
		.xShmBarrier = shm_barrier,
		.xShmUnmap = shm_unmap,
	};
	struct shim_file *file = (struct shim_file *)(void *)f;
	int rc;

	f->pMethods = NULL;
	file->real = (sqlite3_file *)(void *)(file + 1);
	file->real->pMethods = NULL;
	if (fate(false) != GO)
		return SQLITE_CANTOPEN;
	rc = shim.real->xOpen(shim.real, name, file->real, flags, ret_flags);
	if (file->real->pMethods)
		f->pMethods = &methods;
	return rc;
}

static int vfs_delete(sqlite3_vfs *vfs UNUSED, const char *name, int sync)
{
	CALL(true, SQLITE_IOERR_DELETE, shim.real->xDelete(shim.real, name, sync));
}

static int vfs_access(sqlite3_vfs *vfs UNUSED, const char *name, int flags, int *ret)
{
	CALL(false, SQLITE_IOERR_ACCESS, shim.real->xAccess(shim.real, name, flags, ret));
}

void shim_install(void)
{
	shim.real = sqlite3_vfs_find(NULL);
	shim.vfs = *shim.real;
	shim.vfs.zName = "shim";
	shim.vfs.szOsFile = (int)sizeof(struct shim_file) + shim.real->szOsFile;
	shim.vfs.xOpen = vfs_open;
	shim.vfs.xDelete = vfs_delete;
	shim.vfs.xAccess = vfs_access;
	if (sqlite3_vfs_register(&shim.vfs, 1) != SQLITE_OK)
		abort();
}

void shim_arm(enum shim_kind kind, unsigned n)
{
	shim.kind = kind;
	shim.left = n;
	shim.fired = false;
	shim.armed = true;
}

bool shim_disarm(void)
{
	shim.armed = false;
	return shim.fired;
}
