/* Where control groups of version 2 are, for the listeners that follow them. */
#pragma once

#include "host/host.h"
#include "model/session.h"

enum { GROUP_PATH = 1024 };

/*
 * The directory that cgroup v2 is mounted on, without the first slash, found in the text of
 * proc/mounts. False: it is not mounted. Pure.
 */
bool groups_find(str mounts, char ret[static GROUP_PATH]);

/* The same of this machine: 0, -ENOENT: not mounted, or why the mounts cannot be read. */
int groups_root(struct host *h, struct arena *a, char ret[static GROUP_PATH]);

/* "root/of/it/a/b" is the entity cgroup:/a/b; the root itself is cgroup:/. */
uint32_t groups_entity(struct session *s, str root, str dir);
