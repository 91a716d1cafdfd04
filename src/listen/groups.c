/* Where control groups of version 2 are, for the listeners that follow them. */
#include "listen/groups.h"

#include <errno.h>
#include <stdio.h>

/* "cgroup2 /sys/fs/cgroup/unified cgroup2 rw,nosuid 0 0" */
bool groups_find(str mounts, char ret[static GROUP_PATH])
{
	str line, device, where, type;

	while (str_next_line(&mounts, &line))
		if (str_next_word(&line, &device) && str_next_word(&line, &where) &&
			str_next_word(&line, &type) && str_is(type, "cgroup2") && where.n > 1 &&
			where.n < GROUP_PATH) {
			snprintf(ret, GROUP_PATH, "%.*s", (int)where.n - 1, where.p + 1);
			return true;
		}
	return false;
}

int groups_root(struct host *h, struct arena *a, char ret[static GROUP_PATH])
{
	str mounts;
	int r = host_read(h, a, 0, "proc/mounts", NULL, &mounts);

	if (r < 0)
		return r;
	return groups_find(mounts, ret) ? 0 : -ENOENT;
}

uint32_t groups_entity(struct session *s, str root, str dir)
{
	str group = str_from(dir, root.n);

	return entity_add(&s->entities, CGROUP, "", group.n ? group : STR("/"));
}
