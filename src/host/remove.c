/* Removing a directory that snap made. */
#include <fts.h>
#include <stdio.h>
#include <sys/stat.h>

#include "host/copy.h"

/*
 * A link in the copy is removed, never followed, and what somebody mounted in it is left alone. Of a file the device
 * says nothing: on an overlay each layer may have its own (Documentation/filesystems/overlayfs.rst).
 */
void host_remove_copy(const char *dir)
{
	char path[4300];
	char *const roots[] = { path, NULL };
	dev_t device = 0;
	FTSENT *at;
	FTS *walk;

	if ((size_t)snprintf(path, sizeof(path), "%s", dir) >= sizeof(path))
		return;
	walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	while (walk && (at = fts_read(walk))) {
		if (at->fts_info != FTS_D)
			remove(at->fts_path);
		else if (at->fts_level == FTS_ROOTLEVEL)
			device = at->fts_statp->st_dev;
		else if (at->fts_statp->st_dev != device)
			fts_set(walk, at, FTS_SKIP);
	}
	if (walk)
		fts_close(walk);
}
