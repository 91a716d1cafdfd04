/*
 * The speed of links on the way to GPUs and accelerators, while these work: they lower it when they idle, which is no
 * fault. Made of what other collectors said.
 */
#include <stdio.h>

#include "collect/pci.h"
#include "collect/run.h"

enum { LOAD, POSSIBLE, LOADED };

/* clang-format off */
static const struct signal signals[] = {
	[LOAD]     = { "pcie.link.load",           NULL, STATE, TEXT,          PCI, NONE, CHEAP, "of a link on the way to a GPU or accelerator: works, that is, busy for 80 per cent at two readings, idles, or unknown" },
	[POSSIBLE] = { "pcie.link.speed.possible", NULL, FACT,  MEGATRANSFERS, PCI, NONE, CHEAP, "highest speed that both ends of this link can do; of links on the way to a GPU or accelerator" },
	[LOADED]   = { "pcie.link.speed.loaded",   NULL, STATE, MEGATRANSFERS, PCI, NONE, CHEAP, "speed of this link while the GPU or accelerator behind it works; no row: it idles, or nobody knows" },
};
/* clang-format on */

enum { WAY_TEXT, UNKNOWN_TEXT };

/*
 * NVIDIA's driver tells the load through a library only; DRM's fdinfo lies in each process that uses the device, too
 * much to read.
 */
static const char nobody_tells[] =
	"the link of a GPU or accelerator is slower than it could be, which is no fault while "
	"that idles: its driver does not tell its load in sysfs";
static const char told_once[] = "the link of a busy GPU is slower than it could be: one reading of "
				"its load is a moment (check --for 5s)";

static const struct text_source texts[] = {
	[WAY_TEXT] = { .path = "sys/bus/pci/devices/FUNCTION",
		.who = "host",
		.kind = LINK_TEXT,
		.layer = "gpu",
		.may_be_silent = true,
		.absent = "no GPU or accelerator on a PCIe link" },
	/* never read: it stands for a load that nobody tells */
	[UNKNOWN_TEXT] = { .path = "sys/bus/pci/devices/FUNCTION/gpu_busy_percent",
		.who = "host",
		.absent = nobody_tells },
};

enum { MOST_GPUS = 256, MOST_ON_THE_WAY = 32, WORKS = 80 /* per cent: a level of ours */ };

/* Its load at this reading and at the one before: per cent; -1: not known. */
struct gpu {
	uint32_t who;
	int before, now;
	uint32_t before_tick, now_tick;
};

struct state {
	struct gpu gpus[MOST_GPUS];
	unsigned n;
	/* from the root port down to the GPU that is looked at */
	uint32_t way[MOST_ON_THE_WAY];
	unsigned n_way;
	bool is_unknown, is_once; /* of some link that is slower than it could be */
};

/* "../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0" */
static int parse(struct emit *out, unsigned text, str from)
{
	struct state *state = out->state;
	str name, rest = str_trim(from);

	(void)text;
	while (rest.n) {
		if (!str_cut(rest, '/', &name, &rest)) {
			name = rest;
			rest = STR("");
		}
		if (pci_is_address(name) && state->n_way < MOST_ON_THE_WAY)
			state->way[state->n_way++] = emit_global_entity(out, PCI, name);
	}
	return 0;
}

/* ---- links ---- */

static str load_of(const struct gpu *gpu, const struct block *speed)
{
	if (gpu->now < 0)
		return STR("unknown");
	if (gpu->now < WORKS || (gpu->before >= 0 && gpu->before < WORKS))
		return STR("idles");
	/* the speed was read between the two readings, or it says nothing about them */
	return gpu->before >= 0 && speed->tick >= gpu->before_tick ? STR("works") : STR("unknown");
}

/* A link is spoken of by the function at its lower end. */
static void judge_link(struct emit *out, const struct gpu *gpu, uint32_t port, uint32_t below)
{
	struct state *state = out->state;
	const struct block *speed = session_said_as(out->session, below, STR("pcie.link.speed")),
			   *own = session_said_as(out->session, below, STR("pcie.link.speed.max")),
			   *other = session_said_as(out->session, port, STR("pcie.link.speed.max"));
	int64_t possible;
	str load;

	/* or another GPU behind it works */
	if (!speed || !own || !other || pci_said(out, LOADED, below))
		return;
	possible = own->values[0] < other->values[0] ? own->values[0] : other->values[0];
	load = load_of(gpu, speed);
	emit_at(out, POSSIBLE, below, 0, possible);
	emit_text(out, LOAD, below, load);
	if (str_is(load, "works"))
		emit_at(out, LOADED, below, 0, speed->values[0]);
	if (str_is(load, "unknown") && speed->values[0] < possible)
		*(gpu->now < 0 ? &state->is_unknown : &state->is_once) = true;
}

/*
 * Below a root port stands a device, or the upper port of a switch with its lower port below: every second
 * one is the lower end of a link. AMD's GPUs bring such a switch, and its link is the one that matters.
 */
static void judge_way(struct emit *out, const struct gpu *gpu)
{
	const struct state *state = out->state;

	for (unsigned i = 1; i < state->n_way; i += 2)
		judge_link(out, gpu, state->way[i - 1], state->way[i]);
}

static int share_of(int64_t busy)
{
	enum { ALL = 100 };

	return busy >= 0 && busy <= ALL ? (int)busy : -1;
}

static void look_at(struct collect *c, struct gpu *gpu)
{
	struct emit *out = collect_emit(c);
	struct state *state = out->state;
	const struct block *busy = session_said_as(out->session, gpu->who, STR("gpu.busy"));
	str name = entity_name(&out->session->entities, gpu->who);
	uint32_t function = emit_global_entity(out, PCI, name);
	char path[64];

	gpu->before = gpu->now;
	gpu->before_tick = gpu->now_tick;
	gpu->now_tick = out->session->ledger.tick;
	gpu->now = busy && busy->tick == gpu->now_tick ? share_of(busy->values[0]) : -1;
	/* one that sleeps has none; a server's management display hangs on a bridge to PCI */
	if (!session_said_as(out->session, function, STR("pcie.link.speed")))
		return;
	state->n_way = 0;
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%.*s", STR_ARG(name));
	collect_text(c, WAY_TEXT, function, path, true);
	judge_way(out, gpu);
}

static void say_what_is_open(struct collect *c)
{
	const struct state *state = collect_emit(c)->state;

	if (state->is_unknown || state->is_once)
		collect_absent(c, UNKNOWN_TEXT, state->is_unknown ? nobody_tells : told_once);
	else
		collect_spare(c, UNKNOWN_TEXT);
}

static struct gpu *gpu_of(struct state *state, uint32_t who)
{
	for (unsigned i = 0; i < state->n; i++)
		if (state->gpus[i].who == who)
			return &state->gpus[i];
	if (state->n == MOST_GPUS)
		return NULL;
	state->gpus[state->n] = (struct gpu){ .who = who, .before = -1, .now = -1 };
	return &state->gpus[state->n++];
}

/* Which GPUs there are was said by the collector before this one. */
static int collect(struct collect *c)
{
	struct emit *out = collect_emit(c);
	struct state *state = out->state;
	const struct ledger *l = &out->session->ledger;
	uint16_t class = catalog_find(&out->session->catalog, STR("gpu.class"));
	uint32_t n = l->n;

	state->is_unknown = state->is_once = false;
	for (uint32_t i = 0; i < n; i++) {
		const struct block *b = &l->blocks[i];
		struct gpu *gpu = b->sig == class && b->tick == l->tick && block_has(b, 0)
					  ? gpu_of(state, b->who)
					  : NULL;

		if (gpu)
			look_at(c, gpu);
	}
	say_what_is_open(c);
	return 0;
}

const struct collector gpu_load_collector = {
	.name = "gpu_load",
	.about = "speed of links on the way to GPUs and accelerators, while these work",
	.pace = SLOW,
	.may_hang = true,
	.with_former = true, /* the load is of this moment */
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.state_size = sizeof(struct state),
};
