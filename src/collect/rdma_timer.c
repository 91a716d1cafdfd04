/* How long RDMA connections wait, and how often they try again, where their driver tells it: mlx5. */
#include <errno.h>
#include <stdio.h>

#include "collect/mlx5_qp.h"
#include "collect/nldev.h"

enum { RNR_TIMER, RNR_RETRY, RETRY_COUNT, ACK_TIMEOUT };

/* clang-format off */
static const struct signal signals[] = {
	[RNR_TIMER]   = { "rdma.qp.rnr_timer",   NULL, FACT, USEC, QP, NONE, FIRMWARE, "so long this end makes the other one wait when nothing is posted to receive into" },
	[RNR_RETRY]   = { "rdma.qp.rnr_retry",   NULL, FACT, ONE,  QP, NONE, FIRMWARE, "so often it sends again what the other end was not ready for, then it fails; 7: for ever" },
	[RETRY_COUNT] = { "rdma.qp.retry_count", NULL, FACT, ONE,  QP, NONE, FIRMWARE, "so often it sends again what was not acknowledged, then it fails" },
	[ACK_TIMEOUT] = { "rdma.qp.ack_timeout", NULL, FACT, NSEC, QP, NONE, FIRMWARE, "so long it waits for an acknowledgement at the least before it sends again; 0: for ever" },
};
/* clang-format on */

enum { TEXT_LIST, TEXT_DEVICES, TEXT_DRIVER, TEXT_RAW };

/*
 * drivers/infiniband/hw/mlx5/restrack.c: the firmware dumps the queue pair. Others (hns) dump theirs in
 * a form of their own, or nothing.
 */
static const struct text_source texts[] = {
	[TEXT_LIST] = { .path = "sys/class/infiniband",
		.who = "host",
		.kind = LIST_TEXT,
		.may_be_silent = true },
	[TEXT_DEVICES] = { .path = "ask/rdma/all/device", .who = "host", .may_be_silent = true },
	[TEXT_DRIVER] = { .path = "sys/class/infiniband/*/device/driver",
		.who = "rdma:%1",
		.kind = LINK_TEXT,
		.may_be_silent = true,
		.asks_device = true },
	[TEXT_RAW] = { .path = "ask/rdma/of/*/*/qp_raw/*",
		.who = "rdma:%1",
		.may_be_silent = true,
		.asks_device = true,
		.absent =
			"the driver does not tell the timers and retry limits of queue pairs (mlx5 does)" },
};

enum {
	ASKED_AT_ONCE = 64, /* a command to the firmware each */
	MOST_PAIRS = 1024,
	REST = 60, /* readings: a failed dump is a line in the kernel's log as well */
};

/* They are set when it is connected and then stay: each queue pair is asked about once. */
struct pair {
	uint32_t who, remote;
	bool sends, seen;
	struct mlx5_timers timers;
};

struct device {
	uint32_t who;
	int error; /* why it is not asked any more */
	unsigned rest;
};

struct state {
	struct nldev_devices devices;
	struct device mlx5[NLDEV_DEVICES];
	struct pair pairs[MOST_PAIRS];
	uint32_t n_mlx5, n_pairs;
	struct mlx5_qp asked;
	struct mlx5_timers answer;
	char device[NLDEV_NAME]; /* that was asked; "": whoever answers */
	bool listed;
};

/* ---- answers ---- */

static int parse_driver(struct emit *out, str from)
{
	struct state *state = out->state;

	if (!str_starts(str_base(str_trim(from)), STR("mlx5_core")))
		return 0;
	for (uint32_t i = 0; i < state->n_mlx5; i++)
		if (state->mlx5[i].who == out->who)
			return 0;
	if (state->n_mlx5 < NLDEV_DEVICES)
		state->mlx5[state->n_mlx5++] = (struct device){ .who = out->who };
	return 0;
}

static int parse_raw(struct state *state, str from)
{
	struct nldev_reply reply = { .rest = from, .command = RDMA_NLDEV_CMD_RES_QP_GET_RAW };
	int r = -EBADMSG;
	str name;

	while (nldev_next(&reply))
		if (nldev_name(reply.a[RDMA_NLDEV_ATTR_DEV_NAME], &name) &&
			(!state->device[0] || str_is(name, state->device)))
			r = mlx5_qp_parse(
				reply.a[RDMA_NLDEV_ATTR_RES_RAW], &state->asked, &state->answer);
	return reply.error ? reply.error : r;
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
	case TEXT_DRIVER:
		return parse_driver(out, from);
	default:
		return parse_raw(state, from);
	}
}

/* ---- queue pairs that others named ---- */

struct reading {
	struct collect *c;
	struct emit *out;
	struct state *state;
	uint16_t remote, now, type;
	unsigned asked, answered, left, told,
		untold;                   /* queue pairs; `untold` are of other drivers */
	bool other_driver[NLDEV_DEVICES]; /* and of which of the devices */
};

/* One of these, connected: its numbers, and the device and port in its name. */
struct connected {
	uint32_t who, remote, port, number;
	bool sends;
	str device;
};

static bool cell(const struct reading *r, uint16_t sig, uint32_t who, int64_t *ret)
{
	const struct block *b = session_said(r->out->session, who, sig);

	if (!b)
		return false;
	*ret = b->values[0];
	return true;
}

static bool number_in(str text, uint32_t *ret)
{
	uint64_t value;

	if (str_u64(text, &value) < 0 || value > UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

/* "mlx5_0/1/42" */
static bool split_name(str name, struct connected *ret)
{
	str number, port;

	return str_cut_last(name, '/', &name, &number) &&
	       str_cut_last(name, '/', &ret->device, &port) && number_in(number, &ret->number) &&
	       number_in(port, &ret->port) && ret->port > 0;
}

/* include/rdma/ib_verbs.h: enum ib_qp_state */
static bool is_connected(const struct reading *r, const struct block *b, struct connected *ret)
{
	enum { RTR = 2, RTS = 3 };
	const struct session *s = r->out->session;
	int64_t now, type;

	if (b->sig != r->remote || !block_has(b, 0) || !cell(r, r->now, b->who, &now) ||
		!cell(r, r->type, b->who, &type))
		return false;
	*ret = (struct connected){
		.who = b->who, .remote = (uint32_t)b->values[0], .sends = now == RTS
	};
	return (now == RTR || now == RTS) && str_is(names_get(&s->texts, (uint32_t)type), "RC") &&
	       split_name(entity_name(&s->entities, b->who), ret);
}

static struct device *mlx5_of(struct state *state, uint32_t who)
{
	for (uint32_t i = 0; i < state->n_mlx5; i++)
		if (state->mlx5[i].who == who)
			return &state->mlx5[i];
	return NULL;
}

/* Its place in the list; the length of the list: it is not there. */
static uint32_t place_of(const struct state *state, str name)
{
	uint32_t i = 0;

	while (i < state->devices.n && !str_is(name, state->devices.items[i].name))
		i++;
	return i;
}

static struct pair *remembered(struct state *state, const struct connected *qp)
{
	for (uint32_t i = 0; i < state->n_pairs; i++) {
		struct pair *p = &state->pairs[i];

		if (p->who == qp->who && p->remote == qp->remote && p->sends == qp->sends)
			return p;
	}
	return NULL;
}

/* ---- asking ---- */

static int ask(const struct reading *r, const struct connected *qp, const struct nldev_device *d)
{
	char what[40];
	const struct nldev_question q = { .text = TEXT_RAW,
		.command = RDMA_NLDEV_CMD_RES_QP_GET_RAW,
		.what = what,
		.device = d,
		.port = qp->port,
		.attribute = RDMA_NLDEV_ATTR_RES_LQPN,
		.number = qp->number };

	snprintf(what, sizeof(what), "qp_raw/%u", qp->number);
	r->state->asked = (struct mlx5_qp){ qp->number, qp->remote, qp->sends };
	memcpy(r->state->device, d->name, sizeof(r->state->device));
	return nldev_ask(r->c, &q);
}

/* It may have been closed since it was listed: that is no failure, and the device is asked on. */
static bool is_gone(int error)
{
	return host_absence(error) || error == -EAGAIN;
}

static void note_refusal(struct reading *r, struct device *device, int error)
{
	r->answered += !is_gone(error);
	if (error == -HOST_NOT_RECORDED)
		collect_failure(r->c, TEXT_RAW, device->who, error);
	else if (!is_gone(error))
		*device = (struct device){ device->who, error, REST };
}

static void ask_new(struct reading *r, const struct connected *qp, struct device *device)
{
	uint32_t place = place_of(r->state, qp->device);
	int error;

	if (place == r->state->devices.n || device->error)
		return;
	if (r->asked == ASKED_AT_ONCE || r->state->n_pairs == MOST_PAIRS) {
		r->left++;
		return;
	}
	r->asked++;
	error = ask(r, qp, &r->state->devices.items[place]);
	if (error < 0) {
		note_refusal(r, device, error);
		return;
	}
	r->answered++;
	r->state->pairs[r->state->n_pairs++] =
		(struct pair){ qp->who, qp->remote, qp->sends, true, r->state->answer };
}

static void emit_timers(struct emit *out, const struct pair *p)
{
	emit_at(out, RNR_TIMER, p->who, 0, rnr_timer_us(p->timers.min_rnr_nak));
	if (!p->sends)
		return; /* what it needs to send is set when it begins to */
	emit_at(out, RNR_RETRY, p->who, 0, p->timers.rnr_retry);
	emit_at(out, RETRY_COUNT, p->who, 0, p->timers.retry_count);
	emit_at(out, ACK_TIMEOUT, p->who, 0, ack_timeout_ns(p->timers.ack_timeout));
}

static void take_pair(struct reading *r, const struct connected *qp)
{
	struct device *device = mlx5_of(r->state, emit_entity(r->out, RDMA, qp->device));
	struct pair *p;

	if (!device) {
		uint32_t place = place_of(r->state, qp->device);

		r->untold++;
		if (place < r->state->devices.n)
			r->other_driver[place] = true;
		return;
	}
	r->told++;
	p = remembered(r->state, qp);
	if (p)
		p->seen = true;
	else
		ask_new(r, qp, device);
}

static void forget_gone(struct state *state)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < state->n_pairs; i++)
		if (state->pairs[i].seen)
			state->pairs[kept++] = state->pairs[i];
	state->n_pairs = kept;
}

/* What was refused once is refused again; after a while it is tried anew. True: there was some. */
static bool say_refusals(const struct reading *r)
{
	bool any = false;

	for (uint32_t i = 0; i < r->state->n_mlx5; i++) {
		struct device *d = &r->state->mlx5[i];

		if (!d->error)
			continue;
		any = true;
		collect_failure(r->c, TEXT_RAW, d->who, d->error);
		if (--d->rest == 0)
			d->error = 0;
	}
	return any;
}

/* Beside devices that tell it, those that do not are named; where none does, that is said once. */
static void say_what_is_missing(const struct reading *r)
{
	const struct nldev_devices *devices = &r->state->devices;
	bool refused = say_refusals(r);

	for (uint32_t i = 0; r->told && i < devices->n; i++)
		if (r->other_driver[i])
			collect_failure(r->c, TEXT_RAW,
				emit_entity(r->out, RDMA, str_of(devices->items[i].name)),
				-EOPNOTSUPP);
	/* who reads for ever comes to the rest in time */
	if (r->left && (!collect_is_scheduled(r->c) || r->state->n_pairs == MOST_PAIRS))
		collect_failure(r->c, TEXT_RAW, ENTITY_NONE, -E2BIG);
	if (r->told ? !r->answered && !refused : !r->untold)
		collect_spare(r->c, TEXT_RAW);
}

static void read_pairs(struct reading *r)
{
	struct state *state = r->state;
	const struct ledger *l = &r->out->session->ledger;
	struct connected qp;

	for (uint32_t i = 0; i < state->n_pairs; i++)
		state->pairs[i].seen = false;
	for (uint32_t i = 0, n = l->n; i < n; i++)
		if (is_connected(r, &l->blocks[i], &qp))
			take_pair(r, &qp);
	forget_gone(state);
	for (uint32_t i = 0; i < state->n_pairs; i++)
		emit_timers(r->out, &state->pairs[i]);
	say_what_is_missing(r);
}

static void read_all(struct collect *c, struct state *state)
{
	const struct nldev_question q = {
		.text = TEXT_DEVICES, .command = RDMA_NLDEV_CMD_GET, .what = "device"
	};
	const struct catalog *catalog = &collect_emit(c)->session->catalog;
	struct reading r = { .c = c,
		.out = collect_emit(c),
		.state = state,
		.remote = catalog_find(catalog, STR("rdma.qp.remote")),
		.now = catalog_find(catalog, STR("rdma.qp.state")),
		.type = catalog_find(catalog, STR("rdma.qp.type")) };

	nldev_failure(c, TEXT_DEVICES, ENTITY_NONE, nldev_ask(c, &q));
	collect_declared_one(c, TEXT_DRIVER);
	read_pairs(&r);
}

static int collect(struct collect *c)
{
	struct state *state = collect_emit(c)->state;

	state->devices.n = 0;
	state->listed = false;
	collect_declared_one(c, TEXT_LIST);
	if (state->listed)
		read_all(c, state);
	collect_spare(c, TEXT_LIST);
	collect_spare(c, TEXT_DRIVER);
	for (unsigned text = TEXT_DEVICES; !state->listed && text <= TEXT_RAW; text++)
		collect_spare(c, text);
	return 0;
}

const struct collector rdma_timer_collector = {
	.name = "rdma_timer",
	.about = "timers and retry limits of RDMA connections",
	.pace = RARE,
	.may_hang = true,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.state_size = sizeof(struct state),
};
