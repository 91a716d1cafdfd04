/*
 * How often the interrupts of network, RDMA and storage devices came to each CPU, one small file
 * each: what /proc/interrupts says too, but where hundreds of interrupts meet hundreds of CPUs that
 * text takes too long to be read between ticks.
 */
#include <errno.h>
#include <stdio.h>

#include "collect/run.h"

static const struct signal signals[] = {
	{ "irq.queue.count", NULL, COUNTER, ONE, IRQ, BY_CPU, CHEAP,
		"interrupts of a network, RDMA or storage device that this CPU took; no row: none since boot",
		32 },
};

enum { COUNTS, MOST_IRQS = 64 };

static const struct text_source texts[] = {
	[COUNTS] = { .path = "sys/kernel/irq/IRQ/per_cpu_count",
		.who = "host",
		.may_be_silent = true,
		.absent =
			"kernel before 4.9, or no network, RDMA or storage device with interrupts of its own" },
};

/*
 * kernel/irq/irqdesc.c, per_cpu_count_show(): one number for each possible CPU, "0,12,0". Most
 * interrupts of queues go to one CPU: the zeros would be cells by the hundred.
 */
static int parse(struct emit *out, unsigned text, str from)
{
	str rest = str_trim(from), number;
	uint64_t count;
	int r = 0;

	(void)text;
	for (unsigned cpu = 0; rest.n && cpu < UINT16_MAX; cpu++) {
		number = rest;
		if (!str_cut(rest, ',', &number, &rest))
			rest = (str){ "", 0 };
		if (str_u64(number, &count) < 0)
			r = -EBADMSG;
		else if (count)
			emit_at(out, COUNTS, out->who, cpu, (int64_t)count);
	}
	return r;
}

/* Mass storage, network, and InfiniBand on the serial bus, by PCI class code. */
static bool is_class_of_queues(str class)
{
	return str_starts(class, STR("0x01")) || str_starts(class, STR("0x02")) ||
	       str_starts(class, STR("0x0c06"));
}

static bool has_queues(const struct session *s, uint16_t class, uint32_t function)
{
	const struct block *b = session_said(s, function, class);

	return b && is_class_of_queues(names_get(&s->texts, (uint32_t)b->values[0]));
}

static void read_counts(struct collect *c, uint32_t irq)
{
	str number = entity_text(&collect_emit(c)->session->entities, irq);
	char path[64];

	str_cut(number, ':', NULL, &number);
	if ((size_t)snprintf(path, sizeof(path), "sys/kernel/irq/%.*s/per_cpu_count",
		    STR_ARG(number)) < sizeof(path))
		collect_text(c, COUNTS, irq, path, true);
}

/* Who reads once has it from /proc/interrupts. */
static int collect(struct collect *c)
{
	const struct session *s = collect_emit(c)->session;
	uint16_t class = catalog_find(&s->catalog, STR("pcie.class"));
	unsigned n = 0;

	if (!collect_is_scheduled(c)) {
		collect_spare(c, COUNTS);
		return 0;
	}
	for (uint32_t i = 0; i < s->relations.n && n < MOST_IRQS; i++) {
		const struct relation *r = &s->relations.items[i];

		if (r->gone || r->via != VIA_IRQ || !has_queues(s, class, r->a))
			continue;
		read_counts(c, r->b);
		n++;
	}
	return 0;
}

const struct collector irq_queue_collector = {
	.name = "irq_queue",
	.about = "how often interrupts of network, RDMA and storage devices came to each CPU",
	.fast = 5,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
};
