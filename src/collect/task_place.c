/*
 * Kernel threads that do the work of a device, and how much of it far from the device: NAPI threads
 * ("napi/eth0-8193") and interrupt threads ("irq/45-mlx5_comp0"). Made of what other collectors said.
 */
#include <stdio.h>

#include "collect/run.h"

enum { OUTSIDE };

/* clang-format off */
static const struct signal signals[] = {
	[OUTSIDE] = { "numa.task.outside", NULL, GAUGE, SHARE_E4, TASK, NONE, FREE, "share of the time since the reading before in which this thread worked for a device on CPUs of another NUMA node than the device's, as its last CPU tells; for threads of NAPI and of interrupts, with more than one node" },
};
/* clang-format on */

struct seen {
	int64_t on_cpu_ns, at_ns; /* at_ns 0: never */
};

struct state {
	struct seen seen[ENTITY_LIMIT]; /* by entity; mostly never touched */
};

static uint32_t find_entity(const struct session *s, const char *scope, str name)
{
	char text[ENTITY_NAME];
	int n = snprintf(text, sizeof(text), "%s:%.*s", scope, STR_ARG(name));

	return n > 0 && (size_t)n < sizeof(text) ? names_find(&s->entities.names, str_of(text))
						 : ENTITY_NONE;
}

static uint32_t function_of_irq(const struct session *s, uint32_t irq)
{
	for (uint32_t i = 0; irq != ENTITY_NONE && i < s->relations.n; i++) {
		const struct relation *r = &s->relations.items[i];

		if (!r->gone && r->via == VIA_IRQ && r->b == irq)
			return r->a;
	}
	return ENTITY_NONE;
}

/* net/core/dev.c, napi_kthread_create(): "napi/%s-%d"; kernel/irq/manage.c, setup_irq_thread(): "irq/%d-%s". */
static uint32_t function_of(const struct session *s, str task)
{
	str name, device;
	uint32_t netdev;

	if (!str_cut(task, '/', NULL, &name))
		return ENTITY_NONE;
	if (str_starts(name, STR("irq/")) && str_cut(str_from(name, 4), '-', &device, NULL))
		return function_of_irq(s, find_entity(s, "irq", device));
	if (!str_starts(name, STR("napi/")) || !str_cut_last(str_from(name, 5), '-', &device, NULL))
		return ENTITY_NONE;
	netdev = find_entity(s, "netdev", device);
	return netdev == ENTITY_NONE ? ENTITY_NONE : relation_one(&s->relations, netdev, VIA_PCI);
}

static bool value_of(const struct session *s, uint32_t who, uint16_t sig, int64_t *ret)
{
	const struct block *b = session_said(s, who, sig);

	if (!b)
		return false;
	*ret = b->values[0];
	return true;
}

/* False where one of the nodes is not known. */
static bool is_outside(const struct session *s, uint32_t function, int64_t cpu, bool *ret)
{
	char text[SUB_TEXT];
	uint32_t here, there;

	snprintf(text, sizeof(text), "cpu:%lld", (long long)cpu);
	here = names_find(&s->entities.names, str_of(text));
	if (function == ENTITY_NONE || here == ENTITY_NONE)
		return false;
	here = relation_one(&s->relations, here, VIA_NODE);
	there = relation_one(&s->relations, function, VIA_NODE);
	*ret = here != there;
	return here != ENTITY_NONE && there != ENTITY_NONE;
}

static void judge_task(struct emit *out, uint32_t who, int64_t cpu, uint16_t on_cpu)
{
	struct state *state = out->state;
	const struct session *s = out->session;
	uint32_t function = function_of(s, entity_name(&s->entities, who));
	struct seen before = state->seen[who];
	int64_t ran, share;
	bool outside;

	if (function == ENTITY_NONE || !is_outside(s, function, cpu, &outside) ||
		!value_of(s, who, on_cpu, &ran))
		return;
	state->seen[who] = (struct seen){ ran, out->at_ns };
	if (!before.at_ns || out->at_ns <= before.at_ns || ran < before.on_cpu_ns)
		return;
	share = (ran - before.on_cpu_ns) * 10000 / (out->at_ns - before.at_ns);
	emit_at(out, OUTSIDE, who, 0, outside ? share : 0);
}

static bool has_two_nodes(const struct session *s)
{
	uint32_t first = ENTITY_NONE;

	for (uint32_t i = 0; i < s->relations.n; i++) {
		const struct relation *r = &s->relations.items[i];

		if (r->gone || r->via != VIA_NODE || entity_scope(&s->entities, r->a) != CPU)
			continue;
		if (first != ENTITY_NONE && r->b != first)
			return true;
		first = r->b;
	}
	return false;
}

static int collect(struct collect *c)
{
	struct emit *out = collect_emit(c);
	const struct session *s = out->session;
	uint16_t cpu = catalog_find(&s->catalog, STR("sched.task.cpu"));
	uint16_t on_cpu = catalog_find(&s->catalog, STR("sched.task.on_cpu"));
	uint32_t n = has_two_nodes(s) ? s->ledger.n : 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct block b = s->ledger.blocks[i];

		if (b.sig == cpu && b.tick == s->ledger.tick && block_has(&b, 0))
			judge_task(out, b.who, b.values[0], on_cpu);
	}
	return 0;
}

const struct collector task_place_collector = {
	.name = "task_place",
	.about = "kernel threads that work for a device, and how much of it far from the device",
	.pace = SOON,
	SIGNALS(signals),
	.collect = collect,
	.state_size = sizeof(struct state),
};
