/*
 * Where the busy processes that move data over TCP, or hold a GPU, may run and do run, seen from the NUMA nodes of
 * these devices.
 */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/clock.h"
#include "collect/busy.h"
#include "collect/interfaces.h"
#include "collect/pci.h"
#include "collect/tcp_socket.h"
#include "collect/users.h"

enum { CPUS_ALLOWED, TASK_OUTSIDE, BOUND, ROWS_OF_A_KIND };

/* clang-format off */
static const struct signal signals[] = {
	{ "numa.nic.cpus",         NULL, FACT,  TEXT,     TASK, NONE, CHEAP, "CPUs that a busy process that moves a megabyte a second over TCP may run on, as its first thread is bound; with more than one node" },
	{ "numa.nic.task.outside", NULL, GAUGE, SHARE_E4, TASK, NONE, CHEAP, "its CPU time since the reading before, as a share of one CPU, on CPUs behind the link between sockets from its interfaces and all else it uses, as the last CPU of each thread tells" },
	{ "numa.nic.bound",        NULL, STATE, ONE,      TASK, NONE, CHEAP, "1: none of its threads may run on a CPU near a device it uses, and no other busy process that moves data over the interface is bound near" },
	{ "numa.gpu.cpus",         NULL, FACT,  TEXT,     TASK, NONE, CHEAP, "CPUs that a busy process that holds a GPU may run on, as its first thread is bound; with more than one node" },
	{ "numa.gpu.task.outside", NULL, GAUGE, SHARE_E4, TASK, NONE, CHEAP, "its CPU time since the reading before, as a share of one CPU, on CPUs behind the link between sockets from its GPUs and all else it uses, as the last CPU of each thread tells" },
	{ "numa.gpu.bound",        NULL, STATE, ONE,      TASK, NONE, CHEAP, "1: none of its threads may run on a CPU near a device it uses, and no other busy process that holds the GPU is bound near" },
};
/* clang-format on */

/* One kind of device has as many rows as the other, in the same order. */
static const struct {
	enum scope scope;
	unsigned first_row;
} kinds[] = { { NETDEV, 0 }, { GPU, ROWS_OF_A_KIND } };
enum { KINDS_OF_DEVICE = sizeof(kinds) / sizeof(*kinds) };

enum { FD_TEXT = USERS_TEXTS, RENDER_TEXT, ADDRESSES_TEXT, TCP4_TEXT, TCP6_TEXT, TEXT_COUNT };

/*
 * Not read: /proc/PID/fdinfo, where DRM tells what a process does with a GPU: a driver may wait for the GPU to say it
 * (drivers/gpu/drm/amd/amdgpu/amdgpu_fdinfo.c). So whoever opened all GPUs uses all of them. Who has opened /dev/kfd
 * has the render nodes as well.
 */
static const struct text_source texts[TEXT_COUNT] = {
	[USERS_STAT] = { .path = "proc/PID/task/TID/stat", .who = "host", .may_be_silent = true },
	[USERS_STATUS] = { .path = "proc/PID/task/TID/status",
		.who = "host",
		.may_be_silent = true },
	[FD_TEXT] = { .path = "proc/PID/fd/FD",
		.who = "host",
		.kind = LINK_TEXT,
		.may_be_silent = true },
	[RENDER_TEXT] = { .path = "sys/class/drm/NODE",
		.who = "host",
		.kind = LINK_TEXT,
		.may_be_silent = true },
	[ADDRESSES_TEXT] = { .path = "ask/rtnl/address", .who = "host", .may_be_silent = true },
	[TCP4_TEXT] = { .path = "ask/diag/tcp4",
		.who = "host",
		.may_be_silent = true,
		.absent = "kernel without CONFIG_INET_DIAG" },
	[TCP6_TEXT] = { .path = "ask/diag/tcp6",
		.who = "host",
		.may_be_silent = true,
		.absent = "kernel without CONFIG_INET_DIAG" },
};

enum {
	LINKS_OF_EACH = 1024,
	LINKS_OF_ALL = 8192,
	FIRST_RENDER = 128, /* drivers/gpu/drm/drm_drv.c: 64 numbers of each kind of node */
	GPUS = 64,
};
/*
 * A connection that hardly moves anything is no reason to run anywhere: most processes have some of those, and to the
 * interface of the management. The level is ours.
 */
static const double least_bytes_a_second = 1e6;

/* A busy process, and what it has open. */
struct holder {
	uint32_t who, pid;
	uint64_t nvidia, render; /* by number, one bit each */
	bool more_gpus;          /* one that has no bit */
	unsigned first, n;       /* inodes of its sockets */
	bool whole;              /* all that it has open was seen */
	bool is_connected;       /* to another host, by TCP */
	struct user *user;
};

struct state {
	struct users users;
	struct busy busy;
	struct holder holders[BUSY_MOST];
	uint32_t inodes[LINKS_OF_ALL];
	unsigned n_holders, n_inodes, n_links;
	bool any_render;
	uint32_t minors[GPUS]; /* NVIDIA's numbers to GPUs */
	struct local_addresses addresses;
	struct tcp_sockets sockets, sockets_before;
	struct interface_numbers numbers;
	int64_t now_ns, asked_ns; /* when sockets and those before were asked for; 0: never */
	/* what was parsed last */
	struct holder *holder;
	uint32_t gpu;
};

/* ---- texts ---- */

static void note_gpu(uint64_t *to, struct holder *h, uint64_t number)
{
	if (number < GPUS)
		*to |= UINT64_C(1) << number;
	else
		h->more_gpus = true;
}

/* "socket:[8123]", "/dev/nvidia3", "/dev/dri/renderD128"; "/dev/nvidiactl" is no GPU. */
static void parse_held(struct state *state, str link)
{
	struct holder *h = state->holder;
	uint64_t number;
	str rest;

	if (!h)
		return;
	if (str_starts(link, STR("socket:[")) && str_ends(link, STR("]"))) {
		rest = str_from(link, sizeof("socket:[") - 1);
		rest.n--;
		if (str_u64(rest, &number) < 0 || number > UINT32_MAX ||
			state->n_inodes == LINKS_OF_ALL)
			return;
		state->inodes[state->n_inodes++] = (uint32_t)number;
		h->n++;
	} else if (str_numbered(link, STR("/dev/nvidia"), &number) == 0) {
		note_gpu(&h->nvidia, h, number);
	} else if (str_numbered(link, STR("/dev/dri/renderD"), &number) == 0 &&
		   number >= FIRST_RENDER) {
		note_gpu(&h->render, h, number - FIRST_RENDER);
	}
}

static void parse_render(struct emit *out, str link)
{
	struct state *state = out->state;
	str function = pci_last_of_path(link);
	char text[64];

	snprintf(text, sizeof(text), "gpu:%.*s", STR_ARG(function));
	state->gpu =
		function.n ? names_find(&out->session->entities.names, str_of(text)) : ENTITY_NONE;
}

static int parse(struct emit *out, unsigned text, str from)
{
	struct state *state = out->state;

	switch (text) {
	case FD_TEXT:
		parse_held(state, str_trim(from));
		return 0;
	case RENDER_TEXT:
		parse_render(out, from);
		return 0;
	case ADDRESSES_TEXT:
		return local_addresses_parse(&state->addresses, from);
	case TCP4_TEXT:
	case TCP6_TEXT:
		return tcp_sockets_parse(&state->sockets, &state->addresses, from);
	default:
		return users_parse(&state->users, text, from);
	}
}

/* ---- what it has open ---- */

static bool read_link(struct collect *c, struct state *state, const struct holder *h, str name)
{
	char path[64];
	uint64_t number;
	int r;

	if (str_ends(name, STR("/")))
		name.n--;
	if (str_u64(name, &number) < 0)
		return true;
	snprintf(path, sizeof(path), "proc/%u/fd/%" PRIu64, h->pid, number);
	r = collect_text(c, FD_TEXT, h->who, path, true);
	users_note_failure(&state->users, r);
	return r == 0 || host_absence(r);
}

static void read_links(struct collect *c, struct holder *h)
{
	struct state *state = collect_emit(c)->state;
	unsigned n = 0;
	char path[32];
	str names, name;
	int r;

	h->first = state->n_inodes;
	state->holder = h;
	snprintf(path, sizeof(path), "proc/%u/fd", h->pid);
	r = collect_list(c, path, &names);
	users_note_failure(&state->users, r);
	if (r < 0 && !host_absence(r))
		collect_failure(c, FD_TEXT, h->who, r);
	h->whole = r == 0;
	while (r == 0 && str_next_line(&names, &name)) {
		if (n++ == LINKS_OF_EACH || state->n_links++ == LINKS_OF_ALL) {
			collect_failure(c, FD_TEXT, h->who, -E2BIG);
			h->whole = false;
			break;
		}
		h->whole &= read_link(c, state, h, name);
	}
	state->holder = NULL;
	state->any_render |= h->render != 0;
}

static void find_holders(struct collect *c)
{
	struct emit *out = collect_emit(c);
	struct state *state = out->state;

	busy_find(&state->busy, out->session, users_window_ns(&state->users, out->at_ns));
	for (unsigned i = 0; i < state->busy.n; i++) {
		const struct busy_task *task = &state->busy.items[i];
		struct holder *h = &state->holders[state->n_holders++];

		*h = (struct holder){ .who = task->who, .pid = task->pid };
		read_links(c, h);
	}
}

/* ---- GPUs ---- */

static void find_minors(struct emit *out)
{
	struct state *state = out->state;
	const struct session *s = out->session;
	uint16_t minor = catalog_find(&s->catalog, STR("gpu.minor"));
	uint64_t number;

	for (unsigned i = 0; i < GPUS; i++)
		state->minors[i] = ENTITY_NONE;
	for (uint32_t i = 0; minor != SIGNAL_NONE && i < s->ledger.n; i++) {
		const struct block *b = &s->ledger.blocks[i];

		if (b->sig == minor && block_has(b, 0) &&
			str_u64(names_get(&s->texts, (uint32_t)b->values[0]), &number) == 0 &&
			number < GPUS)
			state->minors[number] = b->who;
	}
}

static void use_gpu(struct state *state, const struct session *s, struct user *p, uint32_t gpu)
{
	users_use(&state->users, p,
		gpu == ENTITY_NONE ? USERS_DEVICES
				   : users_device(&state->users, s, gpu, near_node_of));
}

static void use_render(struct collect *c, struct user *p, uint32_t who, unsigned number)
{
	struct emit *out = collect_emit(c);
	struct state *state = out->state;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "sys/class/drm/renderD%u", FIRST_RENDER + number);
	r = collect_text(c, RENDER_TEXT, who, path, true);
	/* what is on no PCI function is made by software */
	if (r < 0)
		p->unplaced = true;
	else if (state->gpu != ENTITY_NONE)
		use_gpu(state, out->session, p, state->gpu);
}

static void use_gpus(struct collect *c, struct user *p, const struct holder *h)
{
	struct state *state = collect_emit(c)->state;

	p->unplaced |= h->more_gpus;
	for (unsigned i = 0; i < GPUS; i++) {
		if (h->nvidia >> i & 1)
			use_gpu(state, collect_emit(c)->session, p, state->minors[i]);
		if (h->render >> i & 1)
			use_render(c, p, h->who, i);
	}
}

/* ---- interfaces ---- */

/* Of what software made of interfaces, all that is below it has to be on the same node. */
static int node_below(const struct session *s, uint32_t netdev, unsigned deep)
{
	const struct relation *r;
	uint32_t cursor = 0;
	int node = -1;

	if (relation_one(&s->relations, netdev, VIA_PCI) != ENTITY_NONE)
		return near_node_of(s, netdev);
	while (deep && (r = relation_next(&s->relations, netdev, VIA_NETDEV, &cursor))) {
		int below = node_below(s, r->b, deep - 1);

		if (below < 0 || (node >= 0 && below != node))
			return -1;
		node = below;
	}
	return node;
}

static int node_of_interface(const struct session *s, uint32_t netdev)
{
	enum { DEEP = 4 }; /* a VLAN on a bridge on a bond */

	return node_below(s, netdev, DEEP);
}

static int ask_one(struct collect *c, unsigned text, int r)
{
	struct state *state = collect_emit(c)->state;

	if (r < 0 && !host_absence(r)) {
		collect_failure(c, text, ENTITY_NONE, r);
		users_note_failure(&state->users, r);
	}
	return r;
}

/* A kernel without IPv6 has no such sockets, and nothing is missing. */
static void ask_sockets(struct collect *c)
{
	struct state *state = collect_emit(c)->state;
	struct tcp_sockets *now = &state->sockets;
	int r;

	interface_numbers_read(collect_emit(c), "", &state->numbers);
	r = ask_one(c, ADDRESSES_TEXT, local_addresses_ask(c, ADDRESSES_TEXT));
	if (r == 0 && state->addresses.over)
		collect_failure(c, ADDRESSES_TEXT, ENTITY_NONE, r = -E2BIG);
	if (r < 0)
		return;
	/* what others read before in this tick may have taken longer than the time between two */
	state->now_ns = host_is_tape(collect_host(c)) ? collect_emit(c)->at_ns : clock_mono_ns();
	r = ask_one(c, TCP4_TEXT, tcp_sockets_ask(c, TCP4_TEXT, AF_INET));
	if (r == 0) {
		r = ask_one(c, TCP6_TEXT, tcp_sockets_ask(c, TCP6_TEXT, AF_INET6));
		r = host_absence(r) ? 0 : r;
	}
	if (now->over)
		collect_failure(c, TCP4_TEXT, ENTITY_NONE, -E2BIG);
	now->whole = r == 0 && !now->over;
}

/* One that is new since a whole answer has moved all it has within the window. */
static int64_t moved_by(const struct state *state, uint32_t inode, const struct tcp_socket *now)
{
	const struct tcp_socket *before = tcp_sockets_find(&state->sockets_before, inode);

	if (before && before->bytes <= now->bytes)
		return now->bytes - before->bytes;
	return before || state->sockets_before.whole ? now->bytes : 0;
}

static void use_interfaces(const struct emit *out, struct user *p, struct holder *h)
{
	struct state *state = out->state;
	int64_t window_ns = state->asked_ns ? state->now_ns - state->asked_ns : 0;
	double moved[USERS_DEVICES + 1] = { 0 };

	for (unsigned i = 0; i < h->n; i++) {
		uint32_t inode = state->inodes[h->first + i], who;
		const struct tcp_socket *socket = tcp_sockets_find(&state->sockets, inode);

		if (!socket)
			continue;
		h->is_connected = true;
		who = interface_by_number(&state->numbers, socket->interface);
		moved[who == ENTITY_NONE ? USERS_DEVICES
					 : users_device(&state->users, out->session, who,
						   node_of_interface)] +=
			(double)moved_by(state, inode, socket);
	}
	for (unsigned i = 0; i <= USERS_DEVICES && window_ns > 0; i++)
		if (moved[i] * SECOND_NS >= least_bytes_a_second * (double)window_ns)
			users_use(&state->users, p, i);
}

static void keep_sockets(struct state *state)
{
	struct tcp_sockets *before = &state->sockets_before;

	memcpy(before->items, state->sockets.items, state->sockets.n * sizeof(*before->items));
	before->n = state->sockets.n;
	before->whole = state->sockets.whole;
	state->asked_ns = before->n || before->whole ? state->now_ns : 0;
}

/* ---- rows ---- */

static uint64_t devices_of(
	const struct users *u, const struct session *s, const struct user *p, enum scope scope)
{
	uint64_t some = 0;

	for (unsigned i = 0; i < u->n_devices; i++)
		if (p->devices >> i & 1 && entity_scope(&s->entities, u->devices[i].who) == scope)
			some |= UINT64_C(1) << i;
	return some;
}

static void find_use(struct collect *c, struct holder *h)
{
	struct emit *out = collect_emit(c);
	struct state *state = out->state;
	struct user *p = users_add(&state->users, h->pid);
	str comm;

	h->user = p;
	if (!p || !str_cut(entity_name(&out->session->entities, h->who), '/', NULL, &comm))
		return;
	snprintf(p->comm, sizeof(p->comm), "%.*s", STR_ARG(str_trim(comm)));
	p->unplaced = !h->whole;
	use_gpus(c, p, h);
	use_interfaces(out, p, h);
}

/* What is near its RDMA device is where it should be, whatever else it talks over. */
static void add_queue_pairs(struct emit *out)
{
	struct state *state = out->state;
	struct users *u = &state->users;
	const struct session *s = out->session;
	uint16_t pid = catalog_find(&s->catalog, STR("rdma.qp.pid"));

	for (uint32_t i = 0; pid != SIGNAL_NONE && i < s->ledger.n; i++) {
		const struct block *b = &s->ledger.blocks[i];

		for (unsigned k = 0; b->sig == pid && block_has(b, 0) && k < u->n; k++)
			if (u->items[k].devices && u->items[k].pid == b->values[0])
				users_use(u, &u->items[k], users_device_of_qp(u, s, b->who));
	}
}

static void emit_devices(struct emit *out, const struct user *p)
{
	const struct state *state = out->state;
	const struct users *u = &state->users;
	char text[TEXT_BYTES];
	str cpus = cpus_text(&u->allowed, text, sizeof(text));

	for (unsigned kind = 0; kind < KINDS_OF_DEVICE; kind++) {
		uint64_t some = devices_of(u, out->session, p, kinds[kind].scope);

		if (some)
			emit_text(out, kinds[kind].first_row + CPUS_ALLOWED, p->who, cpus);
		for (unsigned i = 0; i < u->n_devices; i++)
			if (some >> i & 1)
				emit_relation(out, p->who, VIA_USES, u->devices[i].who);
	}
}

/* What its threads did since then is known in the next reading, should it move much by then. */
static void read_user(struct collect *c, const struct holder *h)
{
	struct emit *out = collect_emit(c);
	struct state *state = out->state;
	struct user *p = h->user;

	if (!p || p->unplaced || !(p->devices || h->is_connected))
		return;
	if (!p->devices)
		p->far = 0;
	if (!users_read_first(c, &state->users, p))
		return;
	emit_devices(out, p);
	users_read_others(c, &state->users, p);
}

static void emit_user(struct emit *out, const struct user *p, int64_t window_ns)
{
	const struct state *state = out->state;
	const struct users *u = &state->users;

	for (unsigned kind = 0; p->read && kind < KINDS_OF_DEVICE; kind++) {
		uint64_t some = devices_of(u, out->session, p, kinds[kind].scope);
		unsigned first = kinds[kind].first_row;

		if (some && u->whole)
			emit_at(out, first + BOUND, p->who, 0, users_is_bound(u, p, some));
		if (some && window_ns > 0 && p->seen_before)
			emit_at(out, first + TASK_OUTSIDE, p->who, 0,
				users_share_of_cpu(p->far_ticks, window_ns));
	}
}

static void read_users(struct collect *c)
{
	struct emit *out = collect_emit(c);
	struct state *state = out->state;
	struct users *u = &state->users;
	int64_t window_ns = users_window_ns(u, out->at_ns);

	for (unsigned i = 0; i < state->n_holders; i++)
		read_user(c, &state->holders[i]);
	users_sum(u);
	for (unsigned i = 0; i < u->n; i++)
		emit_user(out, &u->items[i], window_ns);
	users_end(u, out->at_ns);
}

/* What was not read because nobody uses anything is not missed. */
static void spare_texts(struct collect *c)
{
	const struct state *state = collect_emit(c)->state;
	bool any = state->users.failed;

	for (unsigned i = 0; i < state->users.n; i++)
		any |= state->users.items[i].read;
	for (unsigned text = 0; text < TEXT_COUNT; text++)
		if (text < USERS_TEXTS           ? !any
			: text == FD_TEXT        ? !state->n_holders
			: text == RENDER_TEXT    ? !state->any_render
			: text == ADDRESSES_TEXT ? !state->n_inodes
						 : !state->n_inodes || !state->addresses.n)
			collect_spare(c, text);
}

static void begin(struct state *state)
{
	state->n_holders = state->n_inodes = state->n_links = 0;
	state->any_render = false;
	state->addresses.n = state->sockets.n = 0;
	state->sockets.over = state->sockets.whole = false;
}

static int collect(struct collect *c)
{
	struct emit *out = collect_emit(c);
	struct state *state = out->state;

	begin(state);
	if (users_begin(&state->users, out->session)) {
		find_minors(out);
		find_holders(c);
		if (state->n_inodes)
			ask_sockets(c);
		for (unsigned i = 0; i < state->n_holders; i++)
			find_use(c, &state->holders[i]);
		add_queue_pairs(out);
		read_users(c);
		keep_sockets(state);
	}
	spare_texts(c);
	return 0;
}

const struct collector device_place_collector = {
	.name = "device_place",
	.about =
		"where busy processes that move data over TCP or hold a GPU run, seen from these devices",
	.pace = RARE,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.state_size = sizeof(struct state),
};
