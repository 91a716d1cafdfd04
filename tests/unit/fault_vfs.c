/* The unix VFS of SQLite with faults. */
#include "fault_vfs.h"

#include <sqlite3.h>
#include <string.h>
#include <time.h>

struct fault_plan fault_plan;

struct faulty {
	sqlite3_file base;
	sqlite3_file *real; /* behind this struct */
};

static sqlite3_file *real_of(sqlite3_file *f)
{
	return ((struct faulty *)f)->real;
}

void fault_begin(enum fault fault, int64_t after, int64_t times)
{
	fault_plan.fault = FAULT_NONE;
	fault_plan.after = after;
	fault_plan.times = times;
	fault_plan.operations = fault_plan.failed = 0;
	fault_plan.fault = (int)fault;
}

void fault_end(void)
{
	fault_plan.fault = FAULT_NONE;
	fault_plan.most_size = 0;
}

/* Whether this operation, of the kind that the fault is about, is one that fails. */
static bool strikes(void)
{
	int64_t number = (int64_t)fault_plan.operations++;

	if (number < fault_plan.after ||
		(fault_plan.times && number >= fault_plan.after + fault_plan.times))
		return false;
	fault_plan.failed++;
	return true;
}

static int faulty_write(sqlite3_file *f, const void *bytes, int n, sqlite3_int64 at)
{
	int fault = fault_plan.fault;
	int64_t most = fault_plan.most_size;

	if (most && at + n > most) {
		fault_plan.failed++;
		return SQLITE_FULL;
	}
	if (fault == FAULT_FULL && strikes())
		return SQLITE_FULL;
	if (fault == FAULT_WRITE && strikes())
		return SQLITE_IOERR_WRITE;
	if (fault == FAULT_READONLY && strikes())
		return SQLITE_READONLY;
	if (fault == FAULT_SHORT && strikes()) {
		real_of(f)->pMethods->xWrite(real_of(f), bytes, n / 2, at);
		return SQLITE_IOERR_WRITE;
	}
	return real_of(f)->pMethods->xWrite(real_of(f), bytes, n, at);
}

static int faulty_read(sqlite3_file *f, void *bytes, int n, sqlite3_int64 at)
{
	if (fault_plan.fault == FAULT_READ && strikes())
		return SQLITE_IOERR_READ;
	return real_of(f)->pMethods->xRead(real_of(f), bytes, n, at);
}

static int faulty_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int fault = fault_plan.fault;

	if (fault == FAULT_TRUNCATE && strikes())
		return SQLITE_IOERR_TRUNCATE;
	if (fault == FAULT_READONLY && strikes())
		return SQLITE_READONLY;
	return real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int faulty_sync(sqlite3_file *f, int flags)
{
	int fault = fault_plan.fault;

	if (fault == FAULT_SYNC && strikes())
		return SQLITE_IOERR_FSYNC;
	if (fault == FAULT_SLOW && strikes()) {
		struct timespec time = { fault_plan.slow_ns / 1000000000,
			fault_plan.slow_ns % 1000000000 };

		nanosleep(&time, NULL);
	}
	return real_of(f)->pMethods->xSync(real_of(f), flags);
}

/* ---- what only goes through ---- */

static int faulty_close(sqlite3_file *f)
{
	return real_of(f)->pMethods->xClose(real_of(f));
}

static int faulty_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), ret);
}

static int faulty_lock(sqlite3_file *f, int how)
{
	return real_of(f)->pMethods->xLock(real_of(f), how);
}

static int faulty_unlock(sqlite3_file *f, int how)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), how);
}

static int faulty_check(sqlite3_file *f, int *ret)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), ret);
}

static int faulty_control(sqlite3_file *f, int what, void *argument)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), what, argument);
}

static int faulty_sector(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int faulty_device(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int faulty_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret)
{
	return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, ret);
}

static int faulty_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
}

static void faulty_barrier(sqlite3_file *f)
{
	real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int faulty_unmap(sqlite3_file *f, int remove)
{
	return real_of(f)->pMethods->xShmUnmap(real_of(f), remove);
}

static const sqlite3_io_methods methods = { 2, faulty_close, faulty_read, faulty_write,
	faulty_truncate, faulty_sync, faulty_size, faulty_lock, faulty_unlock, faulty_check,
	faulty_control, faulty_sector, faulty_device, faulty_map, faulty_shm_lock, faulty_barrier,
	faulty_unmap };

static int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret)
{
	sqlite3_vfs *real = vfs->pAppData;
	struct faulty *faulty = (struct faulty *)f;
	int code;

	faulty->real = (sqlite3_file *)(faulty + 1);
	memset(faulty->real, 0, (size_t)real->szOsFile);
	code = real->xOpen(real, name, faulty->real, flags, ret);
	f->pMethods = faulty->real->pMethods ? &methods : NULL;
	return code;
}

int fault_vfs_register(void)
{
	static sqlite3_vfs vfs;
	sqlite3_vfs *real = sqlite3_vfs_find(NULL);

	vfs = *real; /* all but the opening of files is what it is there */
	vfs.pNext = NULL;
	vfs.zName = FAULT_VFS;
	vfs.pAppData = real;
	vfs.szOsFile = (int)sizeof(struct faulty) + real->szOsFile;
	vfs.xOpen = faulty_open;
	return sqlite3_vfs_register(&vfs, 0);
}
