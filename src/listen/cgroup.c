/*
 * Event files of control groups: inotify says that one was changed, what has come to it since the
 * last time says what happened.
 */
#include "listen/cgroup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/inotify.h>

#include "base/clock.h"
#include "base/own.h"
#include "listen/groups.h"
#include "listen/listen.h"

/* In the order of group_keys. clang-format off */
static const struct signal signals[] = {
	{ "cgroup.event.low", "memory.events:low", EVENT, ONE, CGROUP, NONE, FREE,
		"the group was reclaimed although under its low protection", 0, WRAPS },
	{ "cgroup.event.high", "memory.events:high", EVENT, ONE, CGROUP, NONE, FREE,
		"tasks of the group were throttled for being over memory.high", 0, WRAPS },
	{ "cgroup.event.max", "memory.events:max", EVENT, ONE, CGROUP, NONE, FREE,
		"the group was about to exceed memory.max", 0, WRAPS },
	{ "cgroup.event.oom", "memory.events:oom", EVENT, ONE, CGROUP, NONE, FREE,
		"the group is at memory.max, and an allocation was about to fail", 0, WRAPS },
	{ "cgroup.event.oom_kill", "memory.events:oom_kill", EVENT, ONE, CGROUP, NONE, FREE,
		"a task of the group was killed by an OOM killer", 0, WRAPS },
	{ "cgroup.event.oom_group_kill", "memory.events:oom_group_kill", EVENT, ONE, CGROUP, NONE,
		FREE, "all tasks of the group were killed together (5.17 and later)", 0, WRAPS },
	{ "cgroup.event.sock_throttled", "memory.events:sock_throttled", EVENT, ONE, CGROUP, NONE,
		FREE, "the group's sockets were throttled for memory (newest kernels)", 0, WRAPS },
	{ "cgroup.event.pids_max", "pids.events:max", EVENT, ONE, CGROUP, NONE, FREE,
		"a fork failed because of pids.max", 0, WRAPS },
	{ "cgroup.event.populated", "cgroup.events:populated", EVENT, ONE, CGROUP, NONE, FREE,
		"the first task came to the group, or the last one left it", 0, WRAPS },
	{ "cgroup.event.frozen", "cgroup.events:frozen", EVENT, ONE, CGROUP, NONE, FREE,
		"the group was frozen, or thawed", 0, WRAPS },
};
/* clang-format on */
_Static_assert(sizeof(signals) / sizeof(*signals) == GROUP_KEYS, "a key each");

enum {
	MOST_WATCHES = 1024,
	DEEPEST = 6, /* as the collector */
	SCRATCH = 4 << 20,
	BYTES_AT_ONCE = 4096,
	ROUNDS = 16,
};

/*
 * memory.events of a group also counts what happened in the groups below, and then each change would
 * be told once for every group above: the .local twin has the group's own. Older kernels lack it.
 */
static const char *const file_names[GROUP_FILES][2] = {
	[MEMORY_EVENTS] = { "memory.events.local", "memory.events" },
	[PIDS_EVENTS] = { "pids.events.local", "pids.events" },
	[GROUP_EVENTS] = { "cgroup.events", NULL },
};

/* One file of a group, or (file GROUP_FILES) its directory, in which groups are made. */
struct watch {
	int number; /* inotify's; -1: the slot is free */
	uint32_t who;
	enum group_file file;
	const char *name;
	bool held; /* something was not told yet */
	int64_t told_ns;
	struct group_values values;
};

struct state {
	struct arena scratch;
	char root[GROUP_PATH];
	struct watch *watches;
	unsigned n, cap;
	int fd;           /* of the listening */
	bool full, fresh; /* no room for all; a group was made just now */
};

static struct watch *find_watch(struct state *s, int number)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->watches[i].number == number)
			return &s->watches[i];
	return NULL;
}

static struct watch *free_watch(struct state *s)
{
	struct watch *free = find_watch(s, -1);

	if (free || s->n == MOST_WATCHES)
		return free;
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 32;
		s->watches = own_grow(s->watches, s->cap, sizeof(*s->watches));
	}
	return &s->watches[s->n++];
}

static struct watch *watch_of(struct state *s, uint32_t who, enum group_file file)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->watches[i].number >= 0 && s->watches[i].who == who &&
			s->watches[i].file == file)
			return &s->watches[i];
	return NULL;
}

/* The group's directory, or a file in it. */
static bool path_of(struct listening *l, const struct state *s, uint32_t who, const char *name,
	char ret[static GROUP_PATH])
{
	str group = entity_name(&listening_session(l)->entities, who);

	if (str_is(group, "/"))
		group = STR("");
	return snprintf(ret, GROUP_PATH, "%s%.*s%s%s", s->root, STR_ARG(group), *name ? "/" : "",
		       name) < GROUP_PATH;
}

static int read_values(
	struct listening *l, struct state *s, const struct watch *w, struct group_values *ret)
{
	char *mark = arena_mark(&s->scratch), path[GROUP_PATH];
	str text;
	int r = path_of(l, s, w->who, w->name, path) ? 0 : -ENAMETOOLONG;

	if (r == 0)
		r = host_read(listening_host(l), &s->scratch, 0, path, NULL, &text);
	if (r == 0)
		r = group_values_read(w->file, text, ret);
	arena_release(&s->scratch, mark);
	return r;
}

static void tell(struct listening *l, const struct watch *w, unsigned key, uint64_t grown)
{
	const struct group_key *k = &group_keys[key];
	char text[96];
	int n = k->is_state ? snprintf(text, sizeof(text), "%s: %s %" PRIu64, w->name, k->key,
				      w->values.value[key])
			    : snprintf(text, sizeof(text), "%s: %s %" PRIu64 " (+%" PRIu64 ")",
				      w->name, k->key, w->values.value[key], grown);

	listening_event(l, key,
		(struct event){ .who = w->who,
			.severity = k->severity,
			.count = k->is_state          ? 1
				 : grown < UINT32_MAX ? (uint32_t)grown
						      : UINT32_MAX,
			.text = { text, (size_t)n } });
}

/* What comes often and was told a moment ago keeps its old value, and so is told the next time. */
static void compare(struct listening *l, struct watch *w, const struct group_values *now)
{
	struct group_values before = w->values;
	int64_t now_ns = clock_mono_ns();
	bool soon = w->told_ns && now_ns - w->told_ns < SECOND_NS;

	w->values = *now;
	w->held = false;
	for (unsigned key = 0; key < GROUP_KEYS; key++) {
		uint64_t grown = group_key_grown(key, &before, now);

		if (grown && group_keys[key].is_often && soon) {
			w->values.value[key] = before.value[key];
			w->held = true;
		} else if (grown) {
			tell(l, w, key, grown);
			w->told_ns = now_ns;
		}
	}
}

static void look(struct listening *l, struct state *s, struct watch *w)
{
	struct group_values now = { 0 };

	int r = read_values(l, s, w, &now);

	if (r == 0)
		compare(l, w, &now);
	/* a group that was removed meanwhile says nothing more; another failure is not silence */
	listening_missing(l, w->who, host_absence(r) ? 0 : r);
}

static void drop(struct state *s, struct watch *w)
{
	host_watch_drop(s->fd, w->number);
	w->number = -1;
}

/* ---- finding groups ---- */

/* Of a group that was there before us what came is history, and the collector has it. */
static void begin(struct listening *l, struct state *s, struct watch *w)
{
	if (w->file == GROUP_FILES)
		return;
	if (!s->fresh && read_values(l, s, w, &w->values) < 0)
		w->values = (struct group_values){ 0 };
	if (!s->fresh)
		return;
	for (unsigned key = 0; key < GROUP_KEYS; key++)
		w->values.known |= group_keys[key].is_state ? 0 : 1u << key;
	look(l, s, w);
}

static int watch_path(
	struct listening *l, struct state *s, uint32_t who, enum group_file file, const char *name)
{
	char path[GROUP_PATH];
	uint32_t mask = file == GROUP_FILES ? IN_CREATE | IN_ONLYDIR : IN_MODIFY;

	return path_of(l, s, who, name, path) ? host_watch_add(listening_host(l), s->fd, path, mask)
					      : -ENAMETOOLONG;
}

static bool add_watch(
	struct listening *l, struct state *s, uint32_t who, enum group_file file, const char *name)
{
	struct watch *w = watch_of(s, who, file);
	int number;

	if (w)
		return true;
	w = free_watch(s);
	if (!w) {
		s->full = true;
		return false;
	}
	number = watch_path(l, s, who, file, name);
	*w = (struct watch){
		.number = number < 0 ? -1 : number, .who = who, .file = file, .name = name
	};
	if (number >= 0)
		begin(l, s, w);
	else if (!host_absence(number))
		listening_missing(l, who, number);
	return number >= 0;
}

/*
 * The kernel does not tell of groups that are removed. Asked for a watch on what has one it gives the
 * same number; another number is another group of the same name.
 */
static void check_watch(struct listening *l, struct state *s, struct watch *w)
{
	int number = watch_path(l, s, w->who, w->file, w->name);

	if (number == w->number)
		return;
	drop(s, w);
	if (number < 0)
		return;
	*w = (struct watch){ .number = number, .who = w->who, .file = w->file, .name = w->name };
	begin(l, s, w);
}

static bool lists(str names, const char *wanted)
{
	str name;

	while (str_next_line(&names, &name))
		if (str_is(name, wanted))
			return true;
	return false;
}

static void add_files(struct listening *l, struct state *s, uint32_t who, str names)
{
	for (enum group_file file = 0; file < GROUP_FILES; file++)
		for (unsigned i = 0; i < 2 && file_names[file][i]; i++)
			if (lists(names, file_names[file][i])) {
				add_watch(l, s, who, file, file_names[file][i]);
				break;
			}
}

/* `dir` is a buffer that the levels share; it is as it was on return. */
static void add_tree(
	struct listening *l, struct state *s, char dir[static GROUP_PATH], unsigned depth)
{
	size_t n = strlen(dir);
	uint32_t who = groups_entity(listening_session(l), str_of(s->root), str_of(dir));
	str names, name;

	/* first the watch, then the list: a group that is made in between is found twice, not never */
	if (who == ENTITY_NONE || !add_watch(l, s, who, GROUP_FILES, "") ||
		host_list(listening_host(l), &s->scratch, 0, dir, &names) < 0)
		return;
	add_files(l, s, who, names);
	while (depth < DEEPEST && !s->full && str_next_line(&names, &name)) {
		if (!str_ends(name, STR("/")) || n + name.n + 1 >= GROUP_PATH)
			continue;
		snprintf(dir + n, GROUP_PATH - n, "/%.*s", (int)name.n - 1, name.p);
		add_tree(l, s, dir, depth + 1);
		dir[n] = '\0';
	}
}

static uint32_t root_entity(struct listening *l)
{
	return entity_add(&listening_session(l)->entities, CGROUP, "", STR("/"));
}

static void find_below(
	struct listening *l, struct state *s, char dir[static GROUP_PATH], unsigned depth)
{
	char *mark = arena_mark(&s->scratch);

	add_tree(l, s, dir, depth);
	arena_release(&s->scratch, mark);
	if (s->full)
		listening_missing(l, root_entity(l), -E2BIG);
}

static void rescan(struct listening *l)
{
	struct state *s = listening_state(l);
	char dir[GROUP_PATH];

	s->full = false;
	listening_missing(l, root_entity(l), 0);
	for (unsigned i = 0; i < s->n; i++) {
		if (s->watches[i].number >= 0)
			check_watch(l, s, &s->watches[i]);
		if (s->watches[i].number >= 0 && s->watches[i].held)
			look(l, s, &s->watches[i]);
	}
	snprintf(dir, sizeof(dir), "%s", s->root);
	find_below(l, s, dir, 0);
}

/* ---- what comes ---- */

static unsigned depth_of(const struct state *s, const char *dir)
{
	unsigned depth = 0;

	for (const char *c = dir + strlen(s->root); *c; c++)
		depth += *c == '/';
	return depth;
}

/* It was made anew: what is still watched under its name is an older one. */
static void forget_below(struct listening *l, struct state *s, uint32_t group)
{
	const struct entities *es = &listening_session(l)->entities;
	str top = entity_name(es, group);

	for (unsigned i = 0; i < s->n; i++) {
		str name = entity_name(es, s->watches[i].who);

		if (s->watches[i].number >= 0 && str_starts(name, top) &&
			(name.n == top.n || name.p[top.n] == '/'))
			check_watch(l, s, &s->watches[i]);
	}
}

static void group_made(struct listening *l, struct state *s, uint32_t parent, const char *name)
{
	char dir[GROUP_PATH];

	if (!path_of(l, s, parent, name, dir) || depth_of(s, dir) > DEEPEST)
		return;
	s->fresh = true;
	forget_below(l, s, groups_entity(listening_session(l), str_of(s->root), str_of(dir)));
	find_below(l, s, dir, depth_of(s, dir));
	s->fresh = false;
}

static void take(struct listening *l, struct state *s, const struct inotify_event *e)
{
	struct watch *w = e->wd < 0 ? NULL : find_watch(s, e->wd);

	if (e->mask & IN_Q_OVERFLOW) {
		/* whatever was lost is in the files */
		for (unsigned i = 0; i < s->n; i++)
			if (s->watches[i].number >= 0 && s->watches[i].file < GROUP_FILES)
				look(l, s, &s->watches[i]);
		listening_ask_rescan(l);
	} else if (w && e->mask & IN_IGNORED) {
		w->number = -1;
	} else if (w && e->mask & IN_MODIFY) {
		look(l, s, w);
	} else if (w && e->mask & IN_CREATE && e->mask & IN_ISDIR && e->len) {
		group_made(l, s, w->who, e->name);
	}
}

static int ready(struct listening *l, int fd, uint64_t tag)
{
	_Alignas(struct inotify_event) char bytes[BYTES_AT_ONCE];
	struct state *s = listening_state(l);

	(void)tag;
	for (unsigned round = 0; round < ROUNDS; round++) {
		ssize_t n = read(fd, bytes, sizeof(bytes));

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e = (const void *)(bytes + at);

			take(l, s, e);
			at += (ssize_t)sizeof(*e) + (ssize_t)e->len;
		}
	}
	return 0;
}

static int open_cgroup(struct listening *l)
{
	struct state *s = listening_state(l);
	int r = arena_open(&s->scratch, SCRATCH);

	if (r == 0)
		r = groups_root(listening_host(l), &s->scratch, s->root);
	if (r < 0)
		return r;
	s->fd = host_watch_new(listening_host(l));
	if (s->fd < 0)
		return s->fd;
	r = listening_add(l, s->fd, EPOLLIN, 0);
	if (r == 0)
		rescan(l);
	return r;
}

static void close_cgroup(struct listening *l)
{
	struct state *s = listening_state(l);

	free(s->watches);
	arena_close(&s->scratch);
}

const struct listener cgroup_listener = {
	.name = "cgroup",
	.about = "events of control groups: memory limits, kills, forks refused, emptied, frozen",
	.source = "sys/fs/cgroup/.../*.events",
	.absent = "cgroup v2 is not mounted",
	.signals = signals,
	.n_signals = sizeof(signals) / sizeof(*signals),
	.state_size = sizeof(struct state),
	.open = open_cgroup,
	.ready = ready,
	.rescan = rescan,
	.close = close_cgroup,
};
