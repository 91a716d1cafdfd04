/* Counters that are bound to RDMA queue pairs: by whom, to how many, and what they count. */
#include <errno.h>
#include <stdio.h>

#include "collect/other.h"
#include "collect/rdma_qp.h"

enum { BOUND, MODE, QPS, OF_QP };

/* clang-format off */
static const struct signal signals[] = {
	[BOUND] = { "rdma.counters",     NULL, GAUGE, ONE,  RDMA, NONE,       CHEAP,    "counters of the device that are bound to queue pairs; always 0 where its driver binds none (mlx5 does)" },
	[MODE]  = { "rdma.counter.mode", NULL, FACT,  TEXT, RDMA, BY_COUNTER, CHEAP,    "how the counter is bound: auto, to all new queue pairs of a type or process, or manual" },
	[QPS]   = { "rdma.counter.qps",  NULL, GAUGE, ONE,  RDMA, BY_COUNTER, CHEAP,    "queue pairs that the counter counts for" },
	[OF_QP] = { "rdma.qp.counter",   NULL, FACT,  ONE,  QP,   NONE,       CHEAP,    "number of the counter of its port that counts for it, and perhaps for others" },
};

static const struct signal like = { .kind = COUNTER, .unit = ONE, .scope = RDMA, .sub = BY_COUNTER, .cost = FIRMWARE,
	.about = "what the driver counts, under its name for it, for the queue pairs that the counter is bound to; zeros have no row" };
/* clang-format on */

enum { TEXT_LIST, TEXT_DEVICES, TEXT_COUNTERS };

/*
 * drivers/infiniband/core/nldev.c: fill_res_counter_entry() has the driver read each counter, with mlx5
 * by a command to the firmware.
 */
static const struct text_source texts[] = {
	[TEXT_LIST] = { .path = "sys/class/infiniband",
		.who = "host",
		.kind = LIST_TEXT,
		.may_be_silent = true },
	[TEXT_DEVICES] = { .path = "ask/rdma/all/device", .who = "host", .may_be_silent = true },
	[TEXT_COUNTERS] = { .path = "ask/rdma/of/*/counter",
		.who = "rdma:%1",
		.may_be_silent = true,
		.asks_device = true,
		.absent = "the kernel binds no counters to queue pairs (before 5.3)" },
};

enum {
	COUNTERS =
		256, /* numbers below that have rows: the context of mlx5's queue pairs holds 8 bits */
	MOST_NAMES = 128, /* of one counter */
};

struct state {
	struct nldev_devices devices;
	char device[NLDEV_NAME]; /* that was asked; "": whoever answers */
	uint32_t n_counters, n_over;
	bool listed;
};

/* ---- answers ---- */

/* A queue pair has rows where rdma_resource gives it some: this one names no others. */
static uint32_t known_pair(const struct emit *out, str device, uint32_t port, uint32_t number)
{
	const struct session *s = out->session;
	char name[NLDEV_NAME + 3 * STR_DIGITS];
	uint32_t who;
	int n = snprintf(
		name, sizeof(name), "qp:%.*s/%u/%u", STR_ARG(device), (unsigned)port, number);

	who = names_find(&s->entities.names, (str){ name, (size_t)n });
	return who != NAMES_NONE && session_said_as(s, who, STR("rdma.qp.state")) ? who
										  : ENTITY_NONE;
}

static void emit_word(struct emit *out, uint32_t who, unsigned counter, str word)
{
	uint32_t text = names_add(&out->session->texts, word);

	if (text != NAMES_NONE)
		emit_at(out, MODE, who, counter, text);
}

/* A counter without a mode is one that the kernel is about to free. */
static void emit_mode(struct emit *out, uint32_t who, unsigned counter, const str *a)
{
	char word[64];
	const char *of;
	uint32_t mode, pid;
	uint8_t type;
	int n;

	if (!nldev_u32(a[RDMA_NLDEV_ATTR_STAT_MODE], &mode))
		return;
	if (mode == RDMA_COUNTER_MODE_MANUAL)
		emit_word(out, who, counter, STR("manual"));
	if (mode != RDMA_COUNTER_MODE_AUTO)
		return;
	n = snprintf(word, sizeof(word), "auto");
	of = nldev_u8(a[RDMA_NLDEV_ATTR_RES_TYPE], &type) ? qp_type_word(type) : NULL;
	if (of)
		n += snprintf(word + n, sizeof(word) - (size_t)n, " type %s", of);
	if (nldev_u32(a[RDMA_NLDEV_ATTR_RES_PID], &pid))
		n += snprintf(word + n, sizeof(word) - (size_t)n, " pid %u", pid);
	emit_word(out, who, counter, (str){ word, (size_t)n });
}

static void emit_pairs(struct emit *out, struct nldev_reply *reply, str table, str device,
	uint32_t port, unsigned counter)
{
	uint32_t number, who, n = 0;
	str a[NLDEV_ATTRIBUTES];

	while (nldev_next_entry(reply, &table, RDMA_NLDEV_ATTR_RES_QP_ENTRY, a)) {
		if (!nldev_u32(a[RDMA_NLDEV_ATTR_RES_LQPN], &number)) {
			reply->error = -EBADMSG;
			continue;
		}
		n++;
		who = known_pair(out, device, port, number);
		if (who != ENTITY_NONE)
			emit_at(out, OF_QP, who, 0, counter);
	}
	emit_at(out, QPS, nldev_port(out, device, port), counter, n);
}

static void emit_values(
	struct emit *out, struct nldev_reply *reply, str table, uint32_t who, unsigned counter)
{
	struct state *state = out->state;
	str a[NLDEV_ATTRIBUTES], name;
	uint64_t value;
	unsigned n = 0;

	while (nldev_next_entry(reply, &table, RDMA_NLDEV_ATTR_STAT_HWCOUNTER_ENTRY, a)) {
		name = attribute_text(a[RDMA_NLDEV_ATTR_STAT_HWCOUNTER_ENTRY_NAME]);
		if (name.n == 0 ||
			!nldev_u64(a[RDMA_NLDEV_ATTR_STAT_HWCOUNTER_ENTRY_VALUE], &value)) {
			reply->error = -EBADMSG;
			continue;
		}
		if (++n > MOST_NAMES)
			state->n_over++;
		else if (value)
			emit_other_sub(
				out, "rdma.counter", name, &like, who, counter, (int64_t)value);
	}
}

static void take_counter(struct emit *out, struct nldev_reply *reply, str device, const str *a)
{
	struct state *state = out->state;
	uint32_t port, counter, who;

	if (!nldev_u32(a[RDMA_NLDEV_ATTR_PORT_INDEX], &port) || port == 0 || port >= NLDEV_PORTS ||
		!nldev_u32(a[RDMA_NLDEV_ATTR_STAT_COUNTER_ID], &counter)) {
		reply->error = -EBADMSG;
		return;
	}
	state->n_counters++;
	if (counter >= COUNTERS) {
		state->n_over++;
		return;
	}
	who = nldev_port(out, device, port);
	emit_mode(out, who, counter, a);
	emit_pairs(out, reply, a[RDMA_NLDEV_ATTR_RES_QP], device, port, counter);
	emit_values(out, reply, a[RDMA_NLDEV_ATTR_STAT_HWCOUNTERS], who, counter);
}

/* A number that was given again may be another device's: the answer says whose it is. */
static bool is_of(struct state *state, str device)
{
	if (!state->device[0])
		memcpy(state->device, device.p, device.n);
	return str_is(device, state->device);
}

static int parse_counters(struct emit *out, str from)
{
	struct nldev_reply reply = { .rest = from, .command = RDMA_NLDEV_CMD_STAT_GET };
	struct state *state = out->state;
	str a[NLDEV_ATTRIBUTES], table, device;

	while (nldev_next(&reply)) {
		if (!nldev_name(reply.a[RDMA_NLDEV_ATTR_DEV_NAME], &device) ||
			!is_of(state, device)) {
			reply.error = -EBADMSG;
			continue;
		}
		table = reply.a[RDMA_NLDEV_ATTR_STAT_COUNTER];
		while (nldev_next_entry(&reply, &table, RDMA_NLDEV_ATTR_STAT_COUNTER_ENTRY, a))
			take_counter(out, &reply, device, a);
	}
	return reply.error;
}

static int parse(struct emit *out, unsigned text, str from)
{
	struct state *state = out->state;

	switch (text) {
	case TEXT_LIST:
		state->listed = str_trim(from).n > 0;
		return 0;
	case TEXT_DEVICES:
		return nldev_devices_parse(&state->devices, from);
	default:
		return parse_counters(out, from);
	}
}

/* ---- asking ---- */

/* Kernels that know nothing of such counters refuse the question as a whole. */
static void read_device(struct collect *c, const struct nldev_device *d)
{
	const struct nldev_question q = { .text = TEXT_COUNTERS,
		.command = RDMA_NLDEV_CMD_STAT_GET,
		.what = "counter",
		.device = d,
		.attribute = RDMA_NLDEV_ATTR_STAT_RES,
		.number = RDMA_NLDEV_ATTR_RES_QP };
	struct emit *out = collect_emit(c);
	struct state *state = out->state;
	uint32_t who = emit_entity(out, RDMA, str_of(d->name));
	int r;

	memcpy(state->device, d->name, sizeof(state->device));
	state->n_counters = state->n_over = 0;
	r = nldev_ask(c, &q);
	if (r == -EINVAL || r == -EOPNOTSUPP)
		return;
	nldev_failure(c, TEXT_COUNTERS, who, r);
	if (r == 0)
		emit_at(out, BOUND, who, 0, state->n_counters);
	if (state->n_over)
		collect_failure(c, TEXT_COUNTERS, who, -E2BIG);
}

static void read_all(struct collect *c, struct state *state)
{
	const struct nldev_question q = {
		.text = TEXT_DEVICES, .command = RDMA_NLDEV_CMD_GET, .what = "device"
	};
	int r = nldev_ask(c, &q);

	nldev_failure(c, TEXT_DEVICES, ENTITY_NONE, r);
	for (uint32_t i = 0; nldev_answered(r) && i < state->devices.n; i++)
		read_device(c, &state->devices.items[i]);
}

/* That there is no device is said by who reads the ports; that the list of them was refused, here. */
static int collect(struct collect *c)
{
	struct state *state = collect_emit(c)->state;

	*state = (struct state){ 0 };
	collect_declared_one(c, TEXT_LIST);
	if (state->listed)
		read_all(c, state);
	else
		collect_spare(c, TEXT_DEVICES);
	collect_spare(c, TEXT_LIST);
	if (!state->devices.n)
		collect_spare(c, TEXT_COUNTERS);
	return 0;
}

const struct collector rdma_counter_collector = {
	.name = "rdma_counter",
	.about = "counters that are bound to RDMA queue pairs",
	.pace = SLOW,
	.may_hang = true,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.state_size = sizeof(struct state),
};
