/* Removing a directory that snap made. */
#include <ftw.h>
#include <stdio.h>

#include "host/copy.h"

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	remove(path);
	return 0;
}

/* Physical: a link in the copy is removed, never followed. */
void host_remove_copy(const char *dir)
{
	nftw(dir, remove_one, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
