/* Which lines the devices with queues have, and where their CPUs are, from what other collectors said. */
#include "collect/place.h"

bool place_list(const struct session *s, uint32_t who, const char *signal, struct cpus *ret)
{
	const struct block *b = session_said_as(s, who, str_of(signal));

	return b && cpus_list(names_get(&s->texts, (uint32_t)b->values[0]), ret) == 0;
}

static void add_cpu(struct state *state, const struct session *s, const struct relation *r)
{
	unsigned cpu, node;

	if (entity_scope(&s->entities, r->a) != CPU ||
		!entity_number(&s->entities, r->a, CPUS_MOST, &cpu) ||
		!entity_number(&s->entities, r->b, MOST_NODES, &node))
		return;
	state->n_nodes += !cpus_count(&state->nodes[node]);
	cpus_add(&state->nodes[node], cpu);
	state->node_of[cpu] = (uint16_t)(node + 1);
	state->n_cpus++;
}

/* Network and InfiniBand, or NVMe, by PCI class code: slower disks interrupt too seldom to matter. */
static bool has_queues(const struct session *s, uint16_t class, uint32_t function, bool *ret_is_nic)
{
	const struct block *b = session_said(s, function, class);
	str code = b ? names_get(&s->texts, (uint32_t)b->values[0]) : STR("");

	*ret_is_nic = str_starts(code, STR("0x02")) || str_starts(code, STR("0x0c06"));
	return *ret_is_nic || str_starts(code, STR("0x0108"));
}

static int node_of(const struct state *state, const struct session *s, uint32_t function)
{
	const struct block *b = session_said_as(s, function, STR("pcie.numa_node"));
	int64_t node = b ? b->values[0] : -1;

	return node >= 0 && node < MOST_NODES && cpus_count(&state->nodes[node]) ? (int)node : -1;
}

static struct device *find_device(
	struct state *state, const struct session *s, uint16_t class, uint32_t function)
{
	bool is_nic;

	for (unsigned i = 0; i < state->n_devices; i++)
		if (state->devices[i].who == function)
			return &state->devices[i];
	if (state->n_devices == MOST_DEVICES || !has_queues(s, class, function, &is_nic))
		return NULL;
	state->devices[state->n_devices] = (struct device){
		.who = function, .node = node_of(state, s, function), .is_nic = is_nic
	};
	return &state->devices[state->n_devices++];
}

/*
 * A list that leaves out no CPU places nothing; nor does one of the whole node where the line is a NIC's:
 * kernel/irq/manage.c, irq_setup_affinity(), gives that to each line whose driver asked for nothing.
 */
static void note_list(struct state *state, const struct session *s, struct device *d, uint32_t irq)
{
	struct cpus wanted;
	unsigned n;

	if (!place_list(s, irq, "irq.affinity.wanted", &wanted))
		return;
	n = cpus_count(&wanted);
	if (n >= state->n_cpus ||
		(d->is_nic && d->node >= 0 && cpus_within(&state->nodes[d->node], &wanted)))
		return;
	cpus_join(&d->covered, &wanted);
	d->listed += n;
}

static bool is_in_use(const struct session *s, uint32_t irq, uint16_t action)
{
	const struct block *b = action == SIGNAL_NONE ? NULL : ledger_find(&s->ledger, irq, action);

	return b && block_has(b, 0);
}

static void add_line(
	struct state *state, const struct session *s, uint16_t class, const struct relation *r)
{
	struct device *d = find_device(state, s, class, r->a);

	if (!d || state->n_lines == MOST_LINES)
		return;
	state->lines[state->n_lines++] =
		(struct line){ .irq = r->b, .device = (unsigned)(d - state->devices) };
	d->lines++;
	note_list(state, s, d, r->b);
}

/*
 * Drivers of NVMe and of fast NICs make a line for each CPU, or for each few, so that everybody has a queue
 * of his own: then those of the other nodes' CPUs belong there. No CPU of the own node is left out then, and
 * a NIC's lists hardly overlap; those of NVMe are the kernel's own work (kernel/irq/affinity.c), down to
 * one line a node.
 */
static bool is_shared_out(const struct state *state, const struct device *d)
{
	return d->node >= 0 && cpus_within(&state->nodes[d->node], &d->covered) &&
	       (!d->is_nic || d->listed * 3 <= (uint64_t)cpus_count(&d->covered) * 4);
}

static void note_apart(struct state *state, struct emit *out)
{
	uint32_t host = emit_global_entity(out, HOST, STR(""));
	struct cpus more;

	if (!place_list(out->session, host, "sched.cpus.isolated", &state->apart))
		state->apart = (struct cpus){ 0 };
	if (place_list(out->session, host, "sched.cpus.nohz_full", &more))
		cpus_join(&state->apart, &more);
	state->n_apart = cpus_count(&state->apart);
}

void place_find(struct emit *out, struct state *state)
{
	const struct session *s = out->session;
	uint16_t class = catalog_find(&s->catalog, STR("pcie.class"));
	uint16_t action = catalog_find(&s->catalog, STR("irq.action"));

	state->count = catalog_find(&s->catalog, STR("irq.count"));
	state->n_lines = state->n_devices = state->n_nodes = state->n_cpus = 0;
	memset(state->nodes, 0, sizeof(state->nodes));
	memset(state->node_of, 0, sizeof(state->node_of));
	note_apart(state, out);
	for (uint32_t i = 0; i < s->relations.n; i++)
		if (!s->relations.items[i].gone && s->relations.items[i].via == VIA_NODE)
			add_cpu(state, s, &s->relations.items[i]);
	for (uint32_t i = 0; i < s->relations.n; i++) {
		const struct relation *r = &s->relations.items[i];

		if (!r->gone && r->via == VIA_IRQ && is_in_use(s, r->b, action))
			add_line(state, s, class, r);
	}
	for (unsigned i = 0; i < state->n_devices; i++)
		state->devices[i].shared_out = is_shared_out(state, &state->devices[i]);
}
