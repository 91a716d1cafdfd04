/* Places: which device, CPU, node, cgroup and task an entity is a view of, at a moment. */
#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "explain/inquiry.h"

static const int64_t just_before_ns = 5 * SECOND_NS;

int relations_index(struct inquiry *q)
{
	const struct relations *rs = &q->tape->session->relations;

	q->n_entities = q->tape->session->entities.names.n;
	q->leaving = arena_take_zeroed(q->a, (q->n_entities + 1) * sizeof(*q->leaving));
	q->leading = arena_take_zeroed(q->a, (q->n_entities + 1) * sizeof(*q->leading));
	q->next_leaving = arena_take(q->a, (rs->n + 1) * sizeof(*q->next_leaving));
	q->next_leading = arena_take(q->a, (rs->n + 1) * sizeof(*q->next_leading));
	if (!q->leaving || !q->leading || !q->next_leaving || !q->next_leading)
		return -ENOMEM;
	for (uint32_t i = rs->n; i > 0; i--) {
		const struct relation *r = &rs->items[i - 1];

		if (r->a >= q->n_entities || r->b >= q->n_entities)
			continue;
		q->next_leaving[i - 1] = q->leaving[r->a];
		q->leaving[r->a] = i;
		q->next_leading[i - 1] = q->leading[r->b];
		q->leading[r->b] = i;
	}
	return 0;
}

static bool held(const struct relation *r, struct moment when)
{
	bool begun = when.hi_ns == NOT_YET || r->since_ns <= when.hi_ns;
	bool ended = r->gone && when.lo_ns != BEFORE_THE_TAPE &&
		     r->until_ns < when.lo_ns - just_before_ns;

	/* what the first tick shows held before it as well */
	return !ended && (begun || when.lo_ns == BEFORE_THE_TAPE);
}

static void put(uint32_t *list, unsigned *n, unsigned most, uint32_t who)
{
	for (unsigned i = 0; i < *n; i++)
		if (list[i] == who)
			return;
	if (*n < most)
		list[(*n)++] = who;
}

/* All b of (a, via), or, backwards, all a of (b, via), into a list. */
static void follow(const struct inquiry *q, uint32_t who, enum via via, bool backwards,
	struct moment when, uint32_t *list, unsigned *n, unsigned most)
{
	const struct relations *rs = &q->tape->session->relations;
	uint32_t at = who < q->n_entities ? (backwards ? q->leading : q->leaving)[who] : 0;

	for (; at; at = (backwards ? q->next_leading : q->next_leaving)[at - 1]) {
		const struct relation *r = &rs->items[at - 1];

		if (r->via == via && held(r, when))
			put(list, n, most, backwards ? r->a : r->b);
	}
}

static void add_device(struct places *p, uint32_t who)
{
	put(p->devices, &p->n_devices, PLACE_DEVICES, who);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * "gpu:0000:41:00.0" is a view of "pci:0000:41:00.0"; "rdma:mlx5_0/1" belongs to "rdma:mlx5_0", and
 * "disk:nvme0n1p2" to "disk:nvme0".
 */
static void add_by_name(const struct inquiry *q, uint32_t who, struct places *p)
{
	const struct entities *es = &q->tape->session->entities;
	enum scope scope = entity_scope(es, who);
	str name = entity_name(es, who), device;
	char text[ENTITY_NAME];
	uint32_t other = ENTITY_NONE;

	if (scope == GPU || (scope == REPORTER && str_starts(name, STR("pci/")))) {
		str address = scope == GPU ? name : str_from(name, 4);

		str_cut(address, '/', &address, NULL);
		snprintf(text, sizeof(text), "pci:%.*s", STR_ARG(address));
		other = names_find(&es->names, str_of(text));
	} else if ((scope == RDMA || scope == QP) && str_cut(name, '/', &device, NULL)) {
		snprintf(text, sizeof(text), "rdma:%.*s", STR_ARG(device));
		other = names_find(&es->names, str_of(text));
	} else if (scope == DISK && str_starts(name, STR("nvme"))) {
		for (device.n = 4; device.n < name.n && is_digit(name.p[device.n]);)
			device.n++;
		snprintf(text, sizeof(text), "disk:%.*s", (int)device.n, name.p);
		other = names_find(&es->names, str_of(text));
	}
	if (other != ENTITY_NONE)
		add_device(p, other);
}

/* A device leads to the others that are views of it; the list grows while it is walked. */
static void add_views(const struct inquiry *q, struct moment when, struct places *p)
{
	for (unsigned i = 0; i < p->n_devices; i++) {
		uint32_t who = p->devices[i];

		add_by_name(q, who, p);
		follow(q, who, VIA_PCI, false, when, p->devices, &p->n_devices, PLACE_DEVICES);
		follow(q, who, VIA_NETDEV, false, when, p->devices, &p->n_devices, PLACE_DEVICES);
		follow(q, who, VIA_UPSTREAM, false, when, p->above, &p->n_above, PLACE_DEVICES);
		follow(q, who, VIA_NODE, false, when, p->numa, &p->n_numa, PLACE_DEVICES);
	}
}

static void add_irq_cpus(const struct inquiry *q, struct moment when, struct places *p)
{
	uint32_t irqs[PLACE_CPUS];
	unsigned n = 0;

	for (unsigned i = 0; i < p->n_devices; i++)
		follow(q, p->devices[i], VIA_IRQ, false, when, irqs, &n, PLACE_CPUS);
	for (unsigned i = 0; i < n; i++)
		follow(q, irqs[i], VIA_CPU, false, when, p->irq_cpus, &p->n_irq_cpus, PLACE_CPUS);
}

static void add_cpu(const struct inquiry *q, unsigned cpu, struct places *p)
{
	char text[SUB_TEXT];
	uint32_t who;

	snprintf(text, sizeof(text), "cpu:%u", cpu);
	who = names_find(&q->tape->session->entities.names, str_of(text));
	if (who != ENTITY_NONE)
		put(p->cpus, &p->n_cpus, PLACE_CPUS, who);
}

void places_of(const struct inquiry *q, const struct signal *signal, uint32_t who, unsigned sub,
	struct moment when, struct places *ret)
{
	enum scope scope = entity_scope(&q->tape->session->entities, who);

	*ret = (struct places){ .queue = ENTITY_NONE, .cgroup = ENTITY_NONE, .task = ENTITY_NONE };
	if (signal->sub == BY_CPU)
		add_cpu(q, sub, ret);
	switch (scope) {
	case HOST:
		return;
	case CPU:
		put(ret->cpus, &ret->n_cpus, PLACE_CPUS, who);
		break;
	case NODE:
		put(ret->numa, &ret->n_numa, PLACE_DEVICES, who);
		break;
	case CGROUP:
		ret->cgroup = who;
		break;
	case TASK:
		ret->task = who;
		follow(q, who, VIA_CPU, false, when, ret->cpus, &ret->n_cpus, PLACE_CPUS);
		follow(q, who, VIA_USES, false, when, ret->devices, &ret->n_devices, PLACE_DEVICES);
		break;
	case IRQ:
		follow(q, who, VIA_CPU, false, when, ret->cpus, &ret->n_cpus, PLACE_CPUS);
		follow(q, who, VIA_IRQ, true, when, ret->devices, &ret->n_devices, PLACE_DEVICES);
		break;
	case IOMMU:
		follow(q, who, VIA_IOMMU, true, when, ret->devices, &ret->n_devices, PLACE_DEVICES);
		break;
	case QUEUE:
		ret->queue = who;
		add_device(ret, who);
		break;
	default:
		add_device(ret, who);
	}
	for (unsigned i = 0; i < ret->n_cpus; i++)
		follow(q, ret->cpus[i], VIA_NODE, false, when, ret->numa, &ret->n_numa,
			PLACE_DEVICES);
	add_views(q, when, ret);
	/* a process is where it runs, not where the interrupts of what it uses are taken */
	if (scope != TASK)
		add_irq_cpus(q, when, ret);
}

static bool share(const uint32_t *a, unsigned n_a, const uint32_t *b, unsigned n_b)
{
	for (unsigned i = 0; i < n_a; i++)
		for (unsigned j = 0; j < n_b; j++)
			if (a[i] == b[j])
				return true;
	return false;
}

/* The same group, or one inside the other; the root group holds everything and says nothing. */
static bool share_cgroup(const struct inquiry *q, uint32_t a, uint32_t b)
{
	const struct entities *es = &q->tape->session->entities;
	str x, y;

	if (a == ENTITY_NONE || b == ENTITY_NONE)
		return false;
	x = entity_name(es, a);
	y = entity_name(es, b);
	if (x.n > y.n) {
		str swap = x;

		x = y;
		y = swap;
	}
	return x.n > 1 && str_starts(y, x) && (y.n == x.n || y.p[x.n] == '/');
}

bool places_meet(
	const struct inquiry *q, const struct places *x, const struct places *y, unsigned where)
{
	bool same_device = share(x->devices, x->n_devices, y->devices, y->n_devices);
	bool linked = same_device || share(x->devices, x->n_devices, y->above, y->n_above) ||
		      share(x->above, x->n_above, y->devices, y->n_devices);
	bool same_cpu = share(x->cpus, x->n_cpus, y->cpus, y->n_cpus);

	return (where & ANYWHERE) || (where & SAME_DEVICE && same_device) ||
	       (where & LINK_PARTNER && linked) ||
	       (where & SAME_QUEUE && same_device &&
		       (x->queue == ENTITY_NONE || y->queue == ENTITY_NONE ||
			       x->queue == y->queue)) ||
	       (where & IRQ_CPU &&
		       (share(x->irq_cpus, x->n_irq_cpus, y->cpus, y->n_cpus) ||
			       share(x->cpus, x->n_cpus, y->irq_cpus, y->n_irq_cpus))) ||
	       (where & SAME_CPU && same_cpu) ||
	       (where & SAME_NODE && share(x->numa, x->n_numa, y->numa, y->n_numa)) ||
	       (where & SAME_CGROUP && share_cgroup(q, x->cgroup, y->cgroup)) ||
	       (where & SAME_TASK && x->task != ENTITY_NONE && x->task == y->task);
}
