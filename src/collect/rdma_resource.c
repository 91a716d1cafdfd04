/* What RDMA devices hold for whom: queue pairs and their state, connections, registered memory. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>

#include "base/clock.h"
#include "collect/other.h"
#include "collect/rdma_qp.h"

enum {
	PD,
	QPS = PD + 7,
	QP_ERRORS,
	CM_IDS,
	MR_BYTES,
	STATE_NOW,
	TYPE,
	REMOTE,
	OWNER_PID,
	OWNER,
	FAILED
};

/* clang-format off */
static const struct signal signals[] = {
	[PD]        = { "rdma.resource.pd",    "pd",    GAUGE,   ONE,   RDMA, NONE,        CHEAP,    "protection domains the device holds" },
	              { "rdma.resource.cq",    "cq",    GAUGE,   ONE,   RDMA, NONE,        CHEAP,    "completion queues the device holds" },
	              { "rdma.resource.qp",    "qp",    GAUGE,   ONE,   RDMA, NONE,        CHEAP,    "queue pairs the device holds, those of the kernel included" },
	              { "rdma.resource.cm_id", "cm_id", GAUGE,   ONE,   RDMA, NONE,        CHEAP,    "connections and listeners of the connection manager" },
	              { "rdma.resource.mr",    "mr",    GAUGE,   ONE,   RDMA, NONE,        CHEAP,    "memory regions registered with the device" },
	              { "rdma.resource.ctx",   "ctx",   GAUGE,   ONE,   RDMA, NONE,        CHEAP,    "processes that have the device open, once for each time" },
	              { "rdma.resource.srq",   "srq",   GAUGE,   ONE,   RDMA, NONE,        CHEAP,    "shared receive queues the device holds" },
	[QPS]       = { "rdma.qps",            NULL,    GAUGE,   ONE,   RDMA, BY_QP_STATE, FIRMWARE, "queue pairs of the port, by state; those of the device have no port yet" },
	[QP_ERRORS] = { "rdma.qp_errors",      NULL,    COUNTER, ONE,   RDMA, NONE,        FIRMWARE, "queue pairs that went into error and stayed there, seen so in two readings" },
	[CM_IDS]    = { "rdma.cm_ids",         NULL,    GAUGE,   ONE,   RDMA, BY_CM_STATE, CHEAP,    "connections and listeners of the connection manager, by state" },
	[MR_BYTES]  = { "rdma.mr.bytes",       NULL,    GAUGE,   BYTES, RDMA, NONE,        CHEAP,    "memory registered with the device, all regions together" },
	[STATE_NOW] = { "rdma.qp.state",       NULL,    STATE,   ONE,   QP,   NONE,        FIRMWARE, "0 RESET, 1 INIT, 2 RTR, 3 RTS (it works), 4 SQD, 5 SQE, 6 ERR" },
	[TYPE]      = { "rdma.qp.type",        NULL,    FACT,    TEXT,  QP,   NONE,        FIRMWARE, "RC is connected, UD is not, GSI belongs to the kernel" },
	[REMOTE]    = { "rdma.qp.remote",      NULL,    FACT,    ONE,   QP,   NONE,        FIRMWARE, "number of the queue pair at the other end" },
	[OWNER_PID] = { "rdma.qp.pid",         NULL,    FACT,    ONE,   QP,   NONE,        CHEAP,    "process that made it" },
	[OWNER]     = { "rdma.qp.owner",       NULL,    FACT,    TEXT,  QP,   NONE,        CHEAP,    "name of the process that made it; the kernel's own are in brackets" },
	[FAILED]    = { "rdma.qp.failed",      NULL,    STATE,   TEXT,  QP,   NONE,        FIRMWARE, "it was in error in two readings: its state and whose it is; healthy ones have none" },
};
/* clang-format on */

enum {
	TEXT_LIST,
	TEXT_SUMMARY,
	TEXT_PORTS,
	TEXT_QP,
	TEXT_QP_AGAIN,
	TEXT_CM_ID,
	TEXT_MR,
	TEXT_COMM,
	TEXT_COUNT
};

/*
 * drivers/infiniband/core/nldev.c: the state of a queue pair is ib_query_qp(), that of a port
 * ib_query_port(): a command to the firmware of most devices, for each of them.
 */
static const struct text_source texts[TEXT_COUNT] = {
	[TEXT_LIST] = { .path = "sys/class/infiniband",
		.who = "host",
		.kind = LIST_TEXT,
		.may_be_silent = true,
		.absent = "no RDMA device, or its driver is not loaded" },
	[TEXT_SUMMARY] = { .path = "ask/rdma/all/resource",
		.who = "host",
		.may_be_silent = true,
		.absent = "the kernel does not tell what RDMA devices hold (before 4.17)" },
	[TEXT_PORTS] = { .path = "ask/rdma/of/*/port",
		.who = "rdma:%1",
		.may_be_silent = true,
		.asks_device = true },
	[TEXT_QP] = { .path = "ask/rdma/of/*/qp",
		.who = "rdma:%1",
		.may_be_silent = true,
		.asks_device = true },
	[TEXT_QP_AGAIN] = { .path = "ask/rdma/of/*/qp_again",
		.who = "rdma:%1",
		.may_be_silent = true,
		.asks_device = true },
	[TEXT_CM_ID] = { .path = "ask/rdma/of/*/cm_id", .who = "rdma:%1", .may_be_silent = true },
	[TEXT_MR] = { .path = "ask/rdma/of/*/mr", .who = "rdma:%1", .may_be_silent = true },
	[TEXT_COMM] = { .path = "proc/PID/comm", .who = "host", .may_be_silent = true },
};

enum {
	MOST_DEVICES = 64,
	MOST_PORTS = 256,
	MOST_OWNERS = 256,
	COMM = 64,
	MOST_MRS = 32768, /* more are counted, and their length is not added up */
	CM_STATES = 11,   /* drivers/infiniband/core/cma_priv.h: enum rdma_cm_state */
	/*
	 * Names are never forgotten within a session, and queue pairs get a new number each time: who
	 * reads for ever names a bounded number of healthy ones, and those only that last.
	 */
	NAMED_FOR_EVER = 2048,
	NAMED_ONCE = 8192,
	BAD_NAMED = 4096,
};

/* To be closed a queue pair goes through ERR, for milliseconds. */
static const int64_t again_ns = 500 * MS_NS;

struct device {
	struct nldev_device id;
	uint64_t mrs;
};

struct owner {
	uint32_t pid;
	char comm[COMM];
};

struct port_errors {
	uint32_t who;
	int64_t errors;
};

struct state {
	struct device devices[MOST_DEVICES];
	struct owner owners[MOST_OWNERS];
	struct port_errors ports[MOST_PORTS];
	struct qp_list list;
	struct qp_memories memories[2];
	uint32_t n_devices, n_owners, n_ports, n_named, n_bad_named;
	uint64_t readings;
	int64_t cm_ids[CM_STATES];
	uint64_t mr_bytes;
	bool listed;
};

/* ---- answers ---- */

static void emit_resource(struct emit *out, uint32_t who, str name, uint64_t count)
{
	static const struct signal like = { .kind = GAUGE,
		.unit = ONE,
		.scope = RDMA,
		.cost = CHEAP,
		.about = "things the device holds, of a kind that faultline does not know" };
	unsigned hint = 0;
	int row = emit_row_of(out, name, &hint);

	if (row >= 0)
		emit_at(out, (unsigned)row, who, 0, (int64_t)count);
	else
		emit_other(out, "rdma.resource.other", name, &like, who, (int64_t)count);
}

static void parse_summary_entries(struct emit *out, struct nldev_reply *reply, struct device *d)
{
	str table = reply->a[RDMA_NLDEV_ATTR_RES_SUMMARY], a[NLDEV_ATTRIBUTES], name;
	uint32_t who = nldev_who(out, reply);
	uint64_t count;

	while (nldev_next_entry(reply, &table, RDMA_NLDEV_ATTR_RES_SUMMARY_ENTRY, a)) {
		name = attribute_text(a[RDMA_NLDEV_ATTR_RES_SUMMARY_ENTRY_NAME]);
		if (name.n == 0 || !nldev_u64(a[RDMA_NLDEV_ATTR_RES_SUMMARY_ENTRY_CURR], &count)) {
			reply->error = -EBADMSG;
			continue;
		}
		emit_resource(out, who, name, count);
		if (str_is(name, "mr"))
			d->mrs = count;
	}
}

static int parse_summary(struct emit *out, str from)
{
	struct nldev_reply reply = { .rest = from, .command = RDMA_NLDEV_CMD_RES_GET };
	struct state *state = out->state;
	str name;

	while (nldev_next(&reply)) {
		struct device d = { 0 };

		if (!nldev_name(reply.a[RDMA_NLDEV_ATTR_DEV_NAME], &name) ||
			!nldev_u32(reply.a[RDMA_NLDEV_ATTR_DEV_INDEX], &d.id.index)) {
			reply.error = -EBADMSG;
			continue;
		}
		memcpy(d.id.name, name.p, name.n);
		parse_summary_entries(out, &reply, &d);
		if (state->n_devices < MOST_DEVICES)
			state->devices[state->n_devices++] = d;
	}
	return reply.error;
}

/* The interface of a RoCE or iWARP port, also while it is down and has no addresses. */
static int parse_ports(struct emit *out, str from)
{
	struct nldev_reply reply = { .rest = from, .command = RDMA_NLDEV_CMD_PORT_GET };
	str device, netdev;
	uint32_t port;

	while (nldev_next(&reply)) {
		if (!nldev_name(reply.a[RDMA_NLDEV_ATTR_DEV_NAME], &device) ||
			!nldev_u32(reply.a[RDMA_NLDEV_ATTR_PORT_INDEX], &port)) {
			reply.error = -EBADMSG;
			continue;
		}
		if (!reply.a[RDMA_NLDEV_ATTR_NDEV_NAME].p)
			continue;
		if (!nldev_name(reply.a[RDMA_NLDEV_ATTR_NDEV_NAME], &netdev) ||
			netdev.n >= IFNAMSIZ) {
			reply.error = -EBADMSG;
			continue;
		}
		emit_relation(out, nldev_port(out, device, port), VIA_NETDEV,
			emit_entity(out, NETDEV, netdev));
	}
	return reply.error;
}

static int parse_cm_ids(struct state *state, str from)
{
	struct nldev_reply reply = { .rest = from, .command = RDMA_NLDEV_CMD_RES_CM_ID_GET };
	str a[NLDEV_ATTRIBUTES], table;
	uint8_t now;

	memset(state->cm_ids, 0, sizeof(state->cm_ids));
	while (nldev_next(&reply)) {
		table = reply.a[RDMA_NLDEV_ATTR_RES_CM_ID];
		while (nldev_next_entry(&reply, &table, RDMA_NLDEV_ATTR_RES_CM_ID_ENTRY, a))
			if (nldev_u8(a[RDMA_NLDEV_ATTR_RES_STATE], &now) && now < CM_STATES)
				state->cm_ids[now]++;
			else
				reply.error = -EBADMSG;
	}
	return reply.error;
}

static int parse_mrs(struct state *state, str from)
{
	struct nldev_reply reply = { .rest = from, .command = RDMA_NLDEV_CMD_RES_MR_GET };
	str a[NLDEV_ATTRIBUTES], table;
	uint64_t bytes;

	state->mr_bytes = 0;
	while (nldev_next(&reply)) {
		table = reply.a[RDMA_NLDEV_ATTR_RES_MR];
		while (nldev_next_entry(&reply, &table, RDMA_NLDEV_ATTR_RES_MR_ENTRY, a))
			if (nldev_u64(a[RDMA_NLDEV_ATTR_RES_MRLEN], &bytes) &&
				bytes <= (uint64_t)INT64_MAX - state->mr_bytes)
				state->mr_bytes += bytes;
			else
				reply.error = -EBADMSG;
	}
	return reply.error;
}

static int parse_comm(struct state *state, str from)
{
	struct owner *o = &state->owners[state->n_owners < MOST_OWNERS ? state->n_owners : 0];

	snprintf(o->comm, sizeof(o->comm), "%.*s", STR_ARG(str_trim(from)));
	return 0;
}

static int parse(struct emit *out, unsigned text, str from)
{
	struct state *state = out->state;

	switch (text) {
	case TEXT_LIST:
		state->listed = str_trim(from).n > 0;
		return 0;
	case TEXT_SUMMARY:
		return parse_summary(out, from);
	case TEXT_PORTS:
		return parse_ports(out, from);
	case TEXT_QP:
		return qp_list_parse(&state->list, from);
	case TEXT_QP_AGAIN:
		return qp_list_parse_again(&state->list, from);
	case TEXT_CM_ID:
		return parse_cm_ids(state, from);
	case TEXT_MR:
		return parse_mrs(state, from);
	default:
		return parse_comm(state, from);
	}
}

/* ---- whose they are ---- */

static const struct owner *owner_of(const struct state *state, uint32_t pid)
{
	for (uint32_t i = 0; i < state->n_owners; i++)
		if (state->owners[i].pid == pid)
			return &state->owners[i];
	return NULL;
}

static void find_owner(struct collect *c, struct state *state, uint32_t pid)
{
	char path[32];
	struct owner *o = &state->owners[state->n_owners];

	if (pid == 0 || state->n_owners == MOST_OWNERS || owner_of(state, pid))
		return;
	*o = (struct owner){ .pid = pid };
	snprintf(path, sizeof(path), "proc/%u/comm", pid);
	collect_text(c, TEXT_COMM, ENTITY_NONE, path, true);
	state->n_owners++;
}

/* "" where nobody knows. */
static str owner_text(const struct state *state, const struct qp *qp, char out[static COMM])
{
	const struct owner *o = qp->pid ? owner_of(state, qp->pid) : NULL;

	if (o)
		snprintf(out, COMM, "%s", o->comm);
	else if (qp->kernel[0])
		snprintf(out, COMM, "[%s]", qp->kernel);
	else
		out[0] = '\0';
	return str_of(out);
}

/* ---- queue pairs ---- */

struct reading {
	struct collect *c;
	struct emit *out;
	struct state *state;
	const struct qp_memories *before;
	struct qp_memories *now;
	bool for_ever;
	bool *whole; /* all queue pairs were told of */
};

static uint32_t qp_entity(const struct reading *r, const struct qp *qp)
{
	char name[NLDEV_NAME + 2 * STR_DIGITS];
	int n = snprintf(
		name, sizeof(name), "%s/%u/%u", r->state->list.device, qp->port, qp->number);

	return emit_entity(r->out, QP, (str){ name, (size_t)n });
}

static void emit_failed(const struct reading *r, uint32_t who, const struct qp *qp)
{
	char comm[COMM], text[COMM + 64];
	const char *state = qp->state == QP_SQE ? "SQE" : "ERR";
	int n;

	owner_text(r->state, qp, comm);
	if (qp->pid)
		n = snprintf(
			text, sizeof(text), "%s: %s, pid %u", state, comm[0] ? comm : "?", qp->pid);
	else
		n = snprintf(text, sizeof(text), "%s%s%s", state, comm[0] ? ": " : "", comm);
	emit_text(r->out, FAILED, who, (str){ text, (size_t)n });
}

static void emit_qp(const struct reading *r, const struct qp *qp)
{
	uint32_t who = qp_entity(r, qp);
	const char *type = qp_type_word(qp->type);
	char comm[COMM];

	emit_at(r->out, STATE_NOW, who, 0, qp->state);
	if (type)
		emit_text(r->out, TYPE, who, str_of(type));
	if (qp->connected)
		emit_at(r->out, REMOTE, who, 0, qp->remote);
	if (qp->pid)
		emit_at(r->out, OWNER_PID, who, 0, qp->pid);
	emit_text(r->out, OWNER, who, owner_text(r->state, qp, comm));
	if (qp->lasts)
		emit_failed(r, who, qp);
}

/* One that is named stays so; of those that are not, some may become it. */
static bool may_name(const struct reading *r, const struct qp *qp, bool seen, struct qp_memory *m)
{
	uint32_t *n = qp_is_bad(qp) ? &r->state->n_bad_named : &r->state->n_named;
	uint32_t most = qp_is_bad(qp) ? BAD_NAMED : r->for_ever ? NAMED_FOR_EVER : NAMED_ONCE;

	if (m && m->named)
		return true;
	if (r->for_ever && !seen)
		return false;
	if (*n >= most) {
		r->state->list.n_over++;
		return false;
	}
	++*n;
	if (m)
		m->named = true;
	return true;
}

static struct port_errors *errors_of(struct state *state, uint32_t who)
{
	uint32_t i = 0;

	while (i < state->n_ports && state->ports[i].who != who)
		i++;
	if (i == MOST_PORTS)
		return NULL;
	if (i == state->n_ports)
		state->ports[state->n_ports++] = (struct port_errors){ .who = who };
	return &state->ports[i];
}

static uint32_t port_entity(const struct reading *r, uint32_t port)
{
	str device = str_of(r->state->list.device);

	return port ? nldev_port(r->out, device, port) : emit_entity(r->out, RDMA, device);
}

static void take_qp(const struct reading *r, struct qp *qp)
{
	const struct qp_memory *before = qp_find(r->before, qp->key);
	struct qp_memory *m = qp_add(r->now, qp->key);
	struct port_errors *errors;

	if (m && before)
		*m = *before;
	if (qp_is_bad(qp) && before && before->bad)
		qp->lasts = true;
	if (qp->lasts && m && !m->counted) {
		errors = errors_of(r->state, port_entity(r, qp->port));
		if (errors)
			errors->errors++;
		m->counted = true;
	}
	if (m)
		m->bad = qp_is_bad(qp);
	if (may_name(r, qp, before != NULL, m))
		emit_qp(r, qp);
}

static void emit_counts(const struct reading *r)
{
	const struct qp_list *list = &r->state->list;

	for (uint32_t port = 0; port < NLDEV_PORTS; port++) {
		uint32_t who;
		const struct port_errors *errors;
		struct block *b;

		if (!list->has_port[port])
			continue;
		who = port_entity(r, port);
		b = emit_block(r->out, QPS, who, QP_STATES);
		for (unsigned state = 0; state < QP_STATES; state++)
			emit_cell(r->out, b, state, list->counts[port][state]);
		errors = port ? errors_of(r->state, who) : NULL;
		if (errors)
			emit_at(r->out, QP_ERRORS, who, 0, errors->errors);
	}
}

/*
 * Whoever asks once is told at once: what is in error now and half a second later is not being
 * closed. A recording has the second answer, or it is not known.
 */
static void ask_again(const struct reading *r, const struct nldev_device *d)
{
	const struct nldev_question q = { .text = TEXT_QP_AGAIN,
		.command = RDMA_NLDEV_CMD_RES_QP_GET,
		.what = "qp_again",
		.device = d };

	if (r->for_ever || r->state->readings || r->state->list.n_bad == 0)
		return;
	if (host_is_live(collect_host(r->c)))
		clock_sleep_until(clock_mono_ns() + again_ns);
	nldev_ask(r->c, &q);
}

static void read_qps(const struct reading *r, const struct nldev_device *d, uint32_t who)
{
	const struct nldev_question q = {
		.text = TEXT_QP, .command = RDMA_NLDEV_CMD_RES_QP_GET, .what = "qp", .device = d
	};
	struct qp_list *list = &r->state->list;
	int result;

	memcpy(list->device, d->name, sizeof(list->device));
	result = nldev_ask(r->c, &q);
	nldev_failure(r->c, TEXT_QP, who, result);
	*r->whole &= result == 0;
	if (!nldev_answered(result))
		return;
	ask_again(r, d);
	for (uint32_t i = 0; i < list->n_bad; i++)
		find_owner(r->c, r->state, list->bad[i].pid);
	for (uint32_t i = 0; i < list->n_healthy; i++)
		find_owner(r->c, r->state, list->healthy[i].pid);
	for (uint32_t i = 0; i < list->n_bad; i++)
		take_qp(r, &list->bad[i]);
	for (uint32_t i = 0; i < list->n_healthy; i++)
		take_qp(r, &list->healthy[i]);
	if (result == 0)
		emit_counts(r);
	if (list->n_over)
		collect_failure(r->c, TEXT_QP, who, -E2BIG);
}

/* ---- the rest of a device ---- */

static int ask(const struct reading *r, unsigned text, unsigned command, const char *what,
	const struct nldev_device *d, uint32_t who)
{
	const struct nldev_question q = {
		.text = text, .command = command, .what = what, .device = d
	};
	int result = nldev_ask(r->c, &q);

	nldev_failure(r->c, text, who, result);
	return result;
}

static void read_device(const struct reading *r, const struct device *d)
{
	uint32_t who = emit_entity(r->out, RDMA, str_of(d->id.name));

	ask(r, TEXT_PORTS, RDMA_NLDEV_CMD_PORT_GET, "port", &d->id, who);
	read_qps(r, &d->id, who);
	if (ask(r, TEXT_CM_ID, RDMA_NLDEV_CMD_RES_CM_ID_GET, "cm_id", &d->id, who) == 0) {
		struct block *b = emit_block(r->out, CM_IDS, who, CM_STATES);

		for (unsigned state = 0; state < CM_STATES; state++)
			emit_cell(r->out, b, state, r->state->cm_ids[state]);
	}
	if (d->mrs > MOST_MRS)
		collect_failure(r->c, TEXT_MR, who, -EFBIG);
	else if (ask(r, TEXT_MR, RDMA_NLDEV_CMD_RES_MR_GET, "mr", &d->id, who) == 0)
		emit_at(r->out, MR_BYTES, who, 0, (int64_t)r->state->mr_bytes);
}

static void read_all(struct collect *c, struct state *state)
{
	const struct nldev_question q = {
		.text = TEXT_SUMMARY, .command = RDMA_NLDEV_CMD_RES_GET, .what = "resource"
	};
	bool whole;
	const struct reading r = { .c = c,
		.out = collect_emit(c),
		.state = state,
		.before = &state->memories[state->readings & 1],
		.now = &state->memories[(state->readings + 1) & 1],
		.for_ever = collect_is_scheduled(c),
		.whole = &whole };
	int result = nldev_ask(c, &q);

	nldev_failure(c, TEXT_SUMMARY, ENTITY_NONE, result);
	whole = result == 0;
	memset(r.now, 0, sizeof(*r.now));
	for (uint32_t i = 0; i < state->n_devices; i++)
		read_device(&r, &state->devices[i]);
	if (!whole)
		qp_keep(r.now, r.before);
	state->readings++;
}

/* What was not asked is not there because there is no device, which the first text says. */
static int collect(struct collect *c)
{
	struct state *state = collect_emit(c)->state;

	state->n_devices = state->n_owners = 0;
	state->listed = false;
	collect_declared_one(c, TEXT_LIST);
	if (state->listed)
		read_all(c, state);
	else
		collect_spare(c, TEXT_SUMMARY);
	for (unsigned text = TEXT_PORTS; text < TEXT_COUNT; text++)
		if (!state->n_devices || text == TEXT_QP_AGAIN || text == TEXT_COMM)
			collect_spare(c, text);
	return 0;
}

const struct collector rdma_resource_collector = {
	.name = "rdma_resource",
	.about = "what RDMA devices hold for whom: queue pairs, connections, registered memory",
	.pace = SLOW,
	.may_hang = true,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.state_size = sizeof(struct state),
};
