/* The processes that use devices: their threads, and where these ran and may run. */
#include "collect/users.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const int64_t most_share = (int64_t)10000 * CPUS_MOST;

bool users_begin(struct users *u, const struct session *s)
{
	u->n_devices = u->n = u->n_now = 0;
	u->over = u->failed = false;
	u->whole = true;
	near_find(s, &u->near);
	return near_is_several(&u->near);
}

/* ---- who uses what ---- */

unsigned users_device(struct users *u, const struct session *s, uint32_t who, device_node *node_of)
{
	unsigned i = 0;

	while (i < u->n_devices && u->devices[i].who != who)
		i++;
	if (i == u->n_devices && i < USERS_DEVICES)
		u->devices[u->n_devices++] =
			(struct used_device){ .who = who, .node = node_of(s, who) };
	return i;
}

unsigned users_device_of_qp(struct users *u, const struct session *s, uint32_t qp)
{
	char text[ENTITY_NAME];
	str device;
	uint32_t who;

	if (!str_cut(entity_name(&s->entities, qp), '/', &device, NULL) ||
		(size_t)snprintf(text, sizeof(text), "rdma:%.*s", STR_ARG(device)) >= sizeof(text))
		return USERS_DEVICES;
	who = names_find(&s->entities.names, str_of(text));
	return who == ENTITY_NONE ? USERS_DEVICES : users_device(u, s, who, near_node_of);
}

struct user *users_add(struct users *u, uint32_t pid)
{
	unsigned i = 0;

	while (i < u->n && u->items[i].pid != pid)
		i++;
	if (i == USERS_MOST) {
		u->over = true;
		u->whole = false;
		return NULL;
	}
	if (i == u->n)
		u->items[u->n++] =
			(struct user){ .pid = pid, .who = ENTITY_NONE, .far = UINT64_MAX };
	return &u->items[i];
}

void users_use(struct users *u, struct user *p, unsigned device)
{
	if (device == USERS_DEVICES || u->devices[device].node < 0) {
		p->unplaced = true;
		return;
	}
	p->devices |= UINT64_C(1) << device;
	p->far &= u->near.far_of[u->devices[device].node];
}

/* ---- threads ---- */

int users_parse(struct users *u, unsigned text, str from)
{
	return text == USERS_STAT ? task_text_stat(from, &u->stat)
				  : task_text_allowed(from, &u->allowed);
}

static int by_thread(const void *a, const void *b)
{
	const struct user_thread *x = a, *y = b;

	return (x->tid > y->tid) - (x->tid < y->tid);
}

static void add_growth(const struct users *u, struct user *p, const struct user_thread *t)
{
	const struct user_thread *before =
		u->n_before ? bsearch(t, u->before, u->n_before, sizeof(*t), by_thread) : NULL;
	int64_t grown;

	if (!before || before->pid != t->pid || before->start != t->start)
		return;
	p->seen_before = true;
	grown = t->ticks - before->ticks;
	grown = grown > 0 ? grown : 0;
	p->ticks += grown;
	p->far_ticks += cpus_has(&u->far_cpus, u->stat.cpu) ? grown : 0;
}

void users_note_failure(struct users *u, int r)
{
	if (r < 0 && !host_absence(r))
		u->failed = true;
	u->whole &= !u->failed;
}

/* 0, or -errno: it has ended, cannot be read, or there is no room. */
static int read_thread(struct collect *c, struct users *u, struct user *p, uint32_t tid)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "proc/%u/task/%u/stat", p->pid, tid);
	if (u->n_now == USERS_THREADS) {
		collect_failure(c, USERS_STAT, p->who, -E2BIG);
		r = -E2BIG;
	} else {
		r = collect_text(c, USERS_STAT, p->who, path, true);
	}
	users_note_failure(u, r);
	if (r < 0)
		return r;
	u->now[u->n_now] = (struct user_thread){ p->pid, tid, u->stat.start, u->stat.ticks };
	add_growth(u, p, &u->now[u->n_now++]);
	return 0;
}

static int read_allowed(struct collect *c, struct users *u, const struct user *p, uint32_t tid)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "proc/%u/task/%u/status", p->pid, tid);
	r = collect_text(c, USERS_STATUS, p->who, path, true);
	users_note_failure(u, r);
	return r;
}

bool users_read_first(struct collect *c, struct users *u, struct user *p)
{
	char name[STR_DIGITS + TASK_COMM + 2];

	near_cpus_of(&u->near, p->far, &u->far_cpus);
	if (read_thread(c, u, p, p->pid) < 0 || !str_is(str_trim(str_of(u->stat.comm)), p->comm))
		return false;
	snprintf(name, sizeof(name), "%u/%s", p->pid, u->stat.comm);
	p->who = emit_global_entity(collect_emit(c), TASK, str_of(name));
	if (read_allowed(c, u, p, p->pid) < 0)
		return false;
	p->bound_far = cpus_within(&u->allowed, &u->far_cpus);
	p->bound_near = !cpus_meet(&u->allowed, &u->far_cpus);
	return true;
}

/* False where a thread is left that could not be read: of those that ended nothing is wanted. */
static bool read_names(struct collect *c, struct users *u, struct user *p, str names)
{
	uint64_t tid;
	str name;
	int r;

	while (str_next_line(&names, &name)) {
		if (!str_ends(name, STR("/")) || str_u64((str){ name.p, name.n - 1 }, &tid) < 0 ||
			tid > INT32_MAX || tid == p->pid)
			continue;
		r = read_thread(c, u, p, (uint32_t)tid);
		if (r == 0 && p->bound_far) {
			r = read_allowed(c, u, p, (uint32_t)tid);
			if (r == 0)
				p->bound_far = cpus_within(&u->allowed, &u->far_cpus);
		}
		if (r < 0 && !host_absence(r))
			return false;
	}
	return true;
}

void users_read_others(struct collect *c, struct users *u, struct user *p)
{
	char path[64];
	str names;
	int r;

	snprintf(path, sizeof(path), "proc/%u/task", p->pid);
	r = collect_list(c, path, &names);
	if (r < 0 && !host_absence(r)) {
		collect_failure(c, USERS_STAT, p->who, r);
		users_note_failure(u, r);
	}
	p->read = r == 0 && read_names(c, u, p, names);
}

/* ---- all of them ---- */

static void add_to_devices(struct users *u, const struct user *p)
{
	for (unsigned i = 0; i < u->n_devices; i++) {
		struct used_device *d = &u->devices[i];

		if (!(p->devices >> i & 1))
			continue;
		d->bound_near |= p->bound_near || p->unplaced;
		d->ticks += p->ticks;
		d->far_ticks += p->far_ticks;
	}
}

void users_sum(struct users *u)
{
	for (unsigned i = 0; i < u->n; i++)
		add_to_devices(u, &u->items[i]);
}

bool users_is_bound(const struct users *u, const struct user *p, uint64_t devices)
{
	for (unsigned i = 0; i < u->n_devices; i++)
		if (devices >> i & 1 && u->devices[i].bound_near)
			return false;
	return p->bound_far;
}

int64_t users_window_ns(const struct users *u, int64_t at_ns)
{
	return u->before_ns ? at_ns - u->before_ns : 0;
}

int64_t users_share_of_cpu(int64_t ticks, int64_t window_ns)
{
	double share = (double)ticks * TASK_TICK_NS / (double)window_ns * 10000;

	return share < (double)most_share ? (int64_t)share : most_share;
}

void users_end(struct users *u, int64_t at_ns)
{
	qsort(u->now, u->n_now, sizeof(*u->now), by_thread);
	memcpy(u->before, u->now, u->n_now * sizeof(*u->now));
	u->n_before = u->n_now;
	u->before_ns = at_ns;
}
