/*
 * Pressure triggers: the kernel says by itself that tasks stood still for longer than so much of the
 * last two seconds.
 */
#include "listen/psi.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/epoll.h>

#include "base/own.h"
#include "listen/groups.h"
#include "listen/listen.h"

/* clang-format off */
static const struct signal signals[] = {
	{ "sched.psi.cpu.some.trigger",     "cpu:some",    EVENT, ONE, HOST, NONE, FREE, "some task waited for a CPU for most of two seconds", 0, WRAPS },
	{ "memory.psi.memory.some.trigger", "memory:some", EVENT, ONE, HOST, NONE, FREE, "some task waited for memory for a good part of two seconds", 0, WRAPS },
	{ "memory.psi.memory.full.trigger", "memory:full", EVENT, ONE, HOST, NONE, FREE, "all tasks that had work waited for memory for a good part of two seconds", 0, WRAPS },
	{ "memory.psi.io.some.trigger",     "io:some",     EVENT, ONE, HOST, NONE, FREE, "some task waited for I/O for a good part of two seconds", 0, WRAPS },
	{ "memory.psi.io.full.trigger",     "io:full",     EVENT, ONE, HOST, NONE, FREE, "all tasks that had work waited for I/O for a good part of two seconds", 0, WRAPS },
	{ "irq.psi.irq.full.trigger",       "irq:full",    EVENT, ONE, HOST, NONE, FREE, "interrupts and softirqs held the CPU for a good part of two seconds", 0, WRAPS },
	{ "cgroup.psi.memory.some.trigger", "memory:some", EVENT, ONE, CGROUP, NONE, FREE, "some task of the group waited for memory for a good part of two seconds", 0, WRAPS },
};
/* clang-format on */

/* One each, row by row; the last is for groups. */
static const struct trigger {
	const char *path, *line, *whom; /* what was waited for */
	unsigned stall_ms;              /* within WINDOW_MS */
	enum event_severity severity;
	bool may_be_absent;
	const char *source;
} triggers[] = {
	{ "proc/pressure/cpu", "some", "a CPU", 1000, EVENT_INFO, false,
		"ours: busy machines wait for CPUs all day" },
	{ "proc/pressure/memory", "some", "memory", 300, EVENT_WARNING, false,
		"the kernel's Documentation/accounting/psi.rst: 150 ms of 1 s" },
	{ "proc/pressure/memory", "full", "memory", 200, EVENT_WARNING, false,
		"ours: a tenth of the time nobody works; Android's lmkd kills at 70 % of 1 s" },
	{ "proc/pressure/io", "some", "I/O", 600, EVENT_INFO, false,
		"ours: a thread that reads a disk waits, and that is its work" },
	{ "proc/pressure/io", "full", "I/O", 100, EVENT_INFO, false,
		"the kernel's Documentation/accounting/psi.rst: 50 ms of 1 s" },
	{ "proc/pressure/irq", "full", "interrupts to give the CPU back", 200, EVENT_WARNING, true,
		"ours: a tenth of the CPU" },
	{ "memory.pressure", "some", "memory", 300, EVENT_WARNING, true, "as for the host" },
};

enum {
	HOST_TRIGGERS = sizeof(triggers) / sizeof(*triggers) - 1,
	OF_GROUP = HOST_TRIGGERS,
	WINDOW_MS = 2000, /* without CAP_SYS_RESOURCE only multiples of it are allowed */
	MOST_GROUPS =
		32, /* directly below the root: each trigger costs the kernel a look at all CPUs */
	SCRATCH = 1 << 20,
	FILE_BYTES = 512,
	GROUP_TAG = 1 << 8, /* tags: the trigger's row, or so much and the group's slot */
};

struct group {
	int fd; /* of the listening */
	uint32_t who;
	uint64_t total_us;
	bool seen;
};
struct state {
	struct arena scratch;
	uint64_t total_us[HOST_TRIGGERS]; /* at the last look */
	struct group groups[MOST_GROUPS];
	unsigned n_groups;
};

int psi_total(str text, const char *line, uint64_t *ret_us)
{
	str rest, word, key, number, whole = { text.p, 0 };

	/* a line without its end was cut */
	str_cut_last(text, '\n', &whole, NULL);
	while (str_next_line(&whole, &rest)) {
		if (!str_next_word(&rest, &word) || !str_is(word, line))
			continue;
		while (str_next_word(&rest, &word))
			if (str_cut(word, '=', &key, &number) && str_is(key, "total"))
				return str_u64(number, ret_us) < 0 ? -EBADMSG : 0;
		return -EBADMSG;
	}
	return -ENOENT;
}

static int read_total(int fd, const char *line, uint64_t *ret_us)
{
	char text[FILE_BYTES];
	ssize_t n = pread(fd, text, sizeof(text), 0);

	return n < 0 ? -errno : psi_total((str){ text, (size_t)n }, line, ret_us);
}

/*
 * EPOLLPRI is told only to the first who asks, and behind an epoll that somebody polls this is not us.
 * So we go by the wake itself: EPOLLIN always holds, and edge triggered it is told once a wake.
 */
static int add_trigger(struct listening *l, const char *path, const struct trigger *t, uint64_t tag,
	uint64_t *ret_us, int *ret_fd)
{
	OWN_FD fd = -1;
	char text[64];
	int r;

	snprintf(text, sizeof(text), "%s %u %u", t->line, t->stall_ms * 1000u, WINDOW_MS * 1000u);
	fd = host_trigger_open(listening_host(l), path, text);
	if (fd < 0)
		return fd;
	r = read_total(fd, t->line, ret_us);
	if (r < 0)
		return r;
	*ret_fd = fd;
	return listening_add(l, own_take_fd(&fd), EPOLLIN | EPOLLPRI | EPOLLET, tag);
}

static uint32_t host_entity(struct listening *l)
{
	return entity_add(&listening_session(l)->entities, HOST, "", STR(""));
}

static void tell(struct listening *l, unsigned row, uint32_t who, uint64_t grown_us)
{
	const struct trigger *t = &triggers[row];
	char text[200];
	int n = snprintf(text, sizeof(text),
		"%s waited for %s for more than %u ms within %u s; %" PRIu64
		".%03u ms since the last look",
		strcmp(t->line, "full") == 0 ? "all tasks that had work" : "some task", t->whom,
		t->stall_ms, WINDOW_MS / 1000, grown_us / 1000, (unsigned)(grown_us % 1000));

	listening_event(l, row,
		(struct event){ .who = who, .severity = t->severity, .text = { text, (size_t)n } });
}

/*
 * Whoever is added is woken once for nothing, and the triggers that others have in the same file of a
 * group wake us too: then the total has not grown enough.
 */
static int look(struct listening *l, int fd, unsigned row, uint32_t who, uint64_t *total_us)
{
	uint64_t before = *total_us;
	int r = read_total(fd, triggers[row].line, total_us);

	if (r == 0 && *total_us - before >= triggers[row].stall_ms * UINT64_C(1000) &&
		*total_us > before)
		tell(l, row, who, *total_us - before);
	return r;
}

static void drop_group(struct listening *l, struct state *s, unsigned slot)
{
	listening_drop(l, s->groups[slot].fd);
	s->groups[slot] = (struct group){ .fd = -1, .who = ENTITY_NONE };
}

static int ready(struct listening *l, int fd, uint64_t tag)
{
	struct state *s = listening_state(l);
	unsigned slot = (unsigned)(tag - GROUP_TAG);
	struct group *g;

	if (tag < sizeof(s->total_us) / sizeof(*s->total_us))
		return look(l, fd, (unsigned)tag, host_entity(l), &s->total_us[tag]);
	g = &s->groups[slot];
	if (look(l, fd, OF_GROUP, g->who, &g->total_us) < 0)
		drop_group(l, s, slot);
	return 0;
}

/* ---- groups ---- */

static struct group *find_group(struct state *s, uint32_t who)
{
	for (unsigned i = 0; i < s->n_groups; i++)
		if (s->groups[i].who == who)
			return &s->groups[i];
	return NULL;
}

static void add_group(struct listening *l, struct state *s, const char *dir, uint32_t who)
{
	struct group *g = find_group(s, ENTITY_NONE);
	char path[GROUP_PATH + 32];
	int r;

	if (!g && s->n_groups == MOST_GROUPS) {
		listening_missing(l, who, -E2BIG);
		return;
	}
	if (!g)
		g = &s->groups[s->n_groups++];
	*g = (struct group){ .fd = -1, .who = ENTITY_NONE };
	snprintf(path, sizeof(path), "%s/%s", dir, triggers[OF_GROUP].path);
	r = add_trigger(l, path, &triggers[OF_GROUP], GROUP_TAG + (uint64_t)(g - s->groups),
		&g->total_us, &g->fd);
	if (r == 0)
		*g = (struct group){ g->fd, who, g->total_us, true };
	/* a group that is gone by now, or does not keep pressure, is none of ours */
	listening_missing(l, who, r == -ENOENT || r == -ENODEV || r == -EOPNOTSUPP ? 0 : r);
}

static void see_group(struct listening *l, struct state *s, str root, const char *dir)
{
	uint32_t who = groups_entity(listening_session(l), root, str_of(dir));
	struct group *g = who == ENTITY_NONE ? NULL : find_group(s, who);

	if (g)
		g->seen = true;
	else if (who != ENTITY_NONE)
		add_group(l, s, dir, who);
}

static void find_groups(struct listening *l)
{
	struct state *s = listening_state(l);
	char *mark = arena_mark(&s->scratch), root[GROUP_PATH], dir[GROUP_PATH];
	str names = STR(""), name;

	for (unsigned i = 0; i < s->n_groups; i++)
		s->groups[i].seen = false;
	if (groups_root(listening_host(l), &s->scratch, root) == 0)
		(void)host_list(listening_host(l), &s->scratch, 0, root, &names);
	while (str_next_line(&names, &name))
		if (str_ends(name, STR("/")) && (size_t)snprintf(dir, sizeof(dir), "%s/%.*s", root,
							(int)name.n - 1, name.p) < sizeof(dir))
			see_group(l, s, str_of(root), dir);
	for (unsigned i = 0; i < s->n_groups; i++)
		if (s->groups[i].who != ENTITY_NONE && !s->groups[i].seen)
			drop_group(l, s, i);
	arena_release(&s->scratch, mark);
}

/* ---- the listener ---- */

static int open_host(struct listening *l, struct state *s)
{
	int first = 0, opened = 0, fd;

	for (unsigned i = 0; i < HOST_TRIGGERS; i++) {
		int r = add_trigger(l, triggers[i].path, &triggers[i], i, &s->total_us[i], &fd);

		opened += r == 0;
		if (r < 0 && !triggers[i].may_be_absent && first == 0)
			first = r;
	}
	if (opened && first < 0)
		listening_missing(l, host_entity(l), first);
	return opened ? 0 : first;
}

static int open_psi(struct listening *l)
{
	struct state *s = listening_state(l);
	int r = arena_open(&s->scratch, SCRATCH);

	if (r == 0)
		r = open_host(l, s);
	if (r == 0)
		find_groups(l);
	return r;
}

static void close_psi(struct listening *l)
{
	arena_close(&((struct state *)listening_state(l))->scratch);
}

const struct listener psi_listener = {
	.name = "psi",
	.about = "pressure triggers: tasks stood still for longer than a threshold",
	.source = "proc/pressure",
	.absent = "kernel without CONFIG_PSI, or psi=0",
	.signals = signals,
	.n_signals = sizeof(signals) / sizeof(*signals),
	.state_size = sizeof(struct state),
	.open = open_psi,
	.ready = ready,
	.rescan = find_groups,
	.close = close_psi,
};
