/*
 * A signal is one kind of number or fact that faultline can observe; it is owned by its collector's
 * file.
 */
#pragma once

#include "base/str.h"

/* How values read over time. */
enum kind {
	COUNTER, /* only grows; read as a rate */
	GAUGE,   /* goes up and down */
	STATE,   /* one of a few, a change of it is news */
	FACT,    /* configuration and identity: a change of it is a change somebody made */
	EVENT,   /* happens at a moment; it has no value between */
	KINDS,
};

/* What it counts. TEXT: the value is the number of an interned text. */
enum unit {
	ONE,
	PACKETS,
	BYTES,
	KIBIBYTES,
	PAGES,
	NSEC,
	USEC,
	MSEC,
	TICKS,         /* of 1/100 s: USER_HZ */
	WORDS,         /* of 4 bytes: what InfiniBand ports count data in */
	SHARE_E4,      /* ten thousandths: 4.05 % is 405 */
	MEGATRANSFERS, /* per second and lane: 2.5 GT/s is 2500 */
	MEGABITS,      /* per second */
	LANES,
	CPUS,
	CENTI, /* hundredths: a load of 0.65 is 65 */
	TEXT,
	UNITS,
};

/* What it belongs to: the kinds of entity, spelled as in "pci:0000:04:00.0". */
enum scope {
	HOST,
	PCI,
	NETDEV,
	QUEUE,
	RDMA,
	QP,
	IRQ,
	CPU,
	NODE,
	CGROUP,
	TASK,
	GPU,
	DISK,
	IOMMU,
	REPORTER,
	SENSOR,
	SCOPES,
};

/* What the third key of a row means. */
enum sub {
	NONE,
	BY_CPU,
	BY_NODE,
	BY_PRIORITY,
	BY_COR_BIT,   /* bit of the AER correctable status register */
	BY_UNCOR_BIT, /* bit of the AER uncorrectable status register */
	BY_QP_STATE,  /* of an RDMA queue pair */
	BY_CM_STATE,  /* of an identifier of RDMA's connection manager */
	BY_LANE,      /* of a transceiver, the first is 1 */
	BY_CONTEXT,   /* of RSS, as ethtool numbers them */
	BY_COUNTER,   /* number of a counter that is bound to RDMA queue pairs */
	SUBS,
};

/* What one read of it costs the host. */
enum cost {
	FREE,     /* memory */
	CHEAP,    /* a little work in the kernel */
	FIRMWARE, /* a command to the device behind every read */
	COSTS,
};

/* What a counter does at the end of its width. */
enum full {
	WRAPS,
	SATURATES, /* at the maximum it says nothing any more */
};

struct signal {
	const char
		*name;   /* "pcie.aer.correctable": the one spelling, its first word is the layer */
	const char *key; /* the kernel's spelling; synonyms of other drivers follow after a bar */
	enum kind kind;
	enum unit unit;
	enum scope scope;
	enum sub sub;
	enum cost cost;
	const char *about; /* one line, in plain words */
	uint8_t bits;      /* width of the counter; 0 is 64 */
	enum full full;
};

extern const char *const kind_names[KINDS];
extern const char *const unit_names[UNITS];
extern const char *const scope_names[SCOPES];
extern const char *const cost_names[COSTS];
extern const char *const sub_names[SUBS]; /* "cpu", "bit", ...; "-" for NONE */

str signal_layer(const struct signal *signal);

enum { SUB_TEXT = 32 };
/* "cpu=3", "bit=RxErr", "-"; returns `out`. */
const char *sub_format(enum sub sub, unsigned value, char out[static SUB_TEXT]);

/*
 * The bit of an AER status name as the kernel prints it in sysfs ("RxErr", "dev_cor_errs_bit[9]");
 * -1: none.
 */
int aer_bit(enum sub sub, str name);

/* The layers of the contract, in the order in which they are shown. */
enum { LAYERS = 16 };
extern const char *const layer_names[LAYERS];
int layer_find(str name); /* -1: not a layer */
