/*
 * Topology: where devices, their interrupts and CPUs sit, and how near two devices are to each other.
 * Computed from what a session knows; nothing is read.
 */
#pragma once

#include "base/cpus.h"
#include "model/session.h"

enum device_kind {
	DEVICE_NIC, /* Ethernet or InfiniBand, with what RDMA stands on it */
	DEVICE_NVME,
	DEVICE_GPU,
	DEVICE_ACCELERATOR,
	DEVICE_DISPLAY, /* a display that is no known GPU: mostly a server's management console */
	DEVICE_KINDS,
};
extern const char *const device_kind_names[DEVICE_KINDS];

/* What lies between two devices, the nearest first. */
enum proximity {
	PROXIMITY_SELF,
	PROXIMITY_PIX,  /* at most one PCIe switch, or one port above both */
	PROXIMITY_PXB,  /* several PCIe switches, and no host bridge */
	PROXIMITY_PHB,  /* one host bridge */
	PROXIMITY_NODE, /* host bridges of one NUMA node */
	PROXIMITY_SYS,  /* the link between NUMA nodes */
	PROXIMITY_UNKNOWN,
	PROXIMITIES,
};
extern const char *const proximity_names[PROXIMITIES], *const proximity_about[PROXIMITIES];

enum {
	NODE_UNTOLD = -1, /* the firmware told none */
	NODE_UNREAD = -2,
	TOPOLOGY_DEVICES = 256,
	TOPOLOGY_NODES = 1024, /* CONFIG_NODES_SHIFT is at most 10 */
	TOPOLOGY_NAMES =
		8, /* of one device; a NIC may have an interface for each virtual function */
	TOPOLOGY_NEAREST = 8,
};

struct topology_device {
	uint32_t who; /* the PCI function */
	enum device_kind kind;
	str address, class, driver, path; /* "" where it is not known, or there is none */
	str names[TOPOLOGY_NAMES];        /* of interfaces, RDMA devices, disks */
	unsigned n_names, more_names;
	bool rdma; /* an RDMA device stands on it, and software did not make that */
	int node;
	const struct cpus *local; /* of its node; NULL: not known */
	struct cpus *irq_cpus;    /* where its interrupts go */
	unsigned lines;           /* interrupts that have a handler */
	unsigned unread_lines;    /* of those, without a list of CPUs */
	unsigned
		outside_lines; /* of those, with no CPU of the device's node; 0 where that is not known */
};

struct topology_node {
	unsigned number;
	struct cpus cpus;
	bool has_cpus;
};

struct topology {
	const struct session *session;
	struct topology_device *devices; /* by address */
	size_t n;
	struct topology_node *nodes; /* by number */
	size_t n_nodes;
	unsigned virtual_functions; /* left out: they sit where their physical function does */
	unsigned left_out;          /* over TOPOLOGY_DEVICES */
};

/* All of it lives in the arena. 0 or -ENOMEM. */
int topology_of(const struct session *s, struct arena *a, struct topology *ret);

enum proximity topology_between(const struct topology *t, size_t a, size_t b);
enum proximity topology_to_node(const struct topology *t, size_t device, size_t node);
/* The port, switch or host bridge that both hang under, the last one; "" when there is none. */
str topology_common(const struct topology *t, size_t a, size_t b);
bool topology_distance(const struct topology *t, size_t from, size_t to, int64_t *ret);

/* CPUs that an interrupt is sent to or, where the kernel does not tell, may be; false: neither is known. */
bool topology_irq_cpus(const struct session *s, uint32_t irq, struct cpus *ret);
/* Proximity of two paths of /sys/devices, as far as these tell: PROXIMITY_UNKNOWN above host bridges. */
enum proximity proximity_of_paths(str a, str b, str *ret_common);

/* The NICs that are nearest to a GPU, all of them as near: of those with RDMA where the host has some. */
struct topology_nearest {
	enum proximity proximity;
	bool rdma;
	size_t nics[TOPOLOGY_NEAREST];
	unsigned n, more;
	unsigned unknown; /* NICs of which nobody knows how near they are */
};
bool topology_is_gpu(const struct topology_device *d); /* or another accelerator */
/* False: no NIC was seen. */
bool topology_nearest_nics(const struct topology *t, size_t gpu, struct topology_nearest *ret);
