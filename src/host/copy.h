/* The writing side of snaps: finishing one and removing one. */
#pragma once

#include "host/host.h"

/* Write the manifest. 0, or the first -errno that a copy met: then the snap is not complete. */
int host_finish(struct host *h);

void host_remove_copy(const char *dir); /* a directory that snap made, with all that is in it */
