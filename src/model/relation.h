/*
 * A relation says how two entities belong together: IRQ 40 runs on CPU 3. Many-valued, and it
 * changes over time.
 */
#pragma once

#include "base/str.h"

enum via {
	VIA_UPSTREAM, /* PCI function -> the bridge or port above it */
	VIA_PCI,      /* netdev, RDMA device -> PCI function */
	VIA_NETDEV,   /* RDMA port, queue, sensor -> netdev */
	VIA_IRQ,      /* PCI function, queue -> its interrupt vector */
	VIA_CPU,      /* IRQ, task -> the CPU it runs on */
	VIA_NODE,     /* PCI function, CPU -> NUMA node */
	VIA_IOMMU,    /* PCI function -> IOMMU group */
	VIA_PARENT,   /* cgroup -> the one above; RDMA port -> device */
	VIA_PF,       /* virtual function -> its physical function */
	VIA_USES,     /* task -> interface or GPU that it works with */
	VIAS,
};

extern const char *const via_names[VIAS];

struct relation {
	uint32_t a, b;
	uint8_t via;
	bool gone;
	uint16_t source;            /* who says so */
	uint32_t tick;              /* when it was last said */
	int64_t since_ns, until_ns; /* monotonic; until_ns counts when gone */
};

/* What changed in one frame. */
struct relation_change {
	uint32_t a, b;
	uint8_t via;
	bool gone;
	int64_t at_ns;
};

enum { RELATION_LIMIT = 65536 };
#define SAID_BY_LOG UINT16_MAX /* a source that is no collector: what it says holds for good */

struct relations {
	struct relation *
		items; /* what held once and came again stands there twice, where the past is kept */
	uint32_t n, cap;
	bool keeps_past; /* for who looks back: an interface that was unplugged was on its function before, too */
	uint32_t *slots, n_slots;
	uint64_t dropped;
};

void relations_close(struct relations *rs);

/* Say it (again). True when that is news: it was not known, or had gone. */
bool relation_say(struct relations *rs, uint32_t a, enum via via, uint32_t b, uint16_t source,
	uint32_t tick, int64_t at_ns);

/* It does not hold any more; nothing when it is not known. */
void relation_end(struct relations *rs, uint32_t a, enum via via, uint32_t b, int64_t at_ns);

/*
 * The next b of (a, via) after the one at *cursor (0 at first); NULL at the end. Only those that
 * hold.
 */
const struct relation *relation_next(
	const struct relations *rs, uint32_t a, enum via via, uint32_t *cursor);
bool relation_leads_to(
	const struct relations *rs, enum via via, uint32_t b); /* from anything at all */
uint32_t relation_one(
	const struct relations *rs, uint32_t a, enum via via); /* the first b, or UINT32_MAX */
