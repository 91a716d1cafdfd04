/* The words of the signal tables. */
#include "model/signal.h"

#include <stdio.h>

const char *const kind_names[KINDS] = { "counter", "gauge", "state", "fact", "event" };
const char *const unit_names[UNITS] = { "count", "packets", "bytes", "KiB", "pages", "ns", "us",
	"ms", "ticks", "4-byte words", "1/10000", "MT/s", "Mb/s", "lanes", "cpus", "1/100",
	"text" };
const char *const scope_names[SCOPES] = { "host", "pci", "netdev", "queue", "rdma", "qp", "irq",
	"cpu", "node", "cgroup", "task", "gpu", "disk", "iommu", "reporter", "sensor" };
const char *const cost_names[COSTS] = { "free", "cheap", "firmware" };
const char *const sub_names[SUBS] = { "-", "cpu", "node", "prio", "bit", "bit", "state", "state",
	"lane", "context", "counter" };
const char *const layer_names[LAYERS] = { "pcie", "iommu", "vfio", "nic", "rdma", "irq", "softirq",
	"sched", "numa", "gpu", "firmware", "cgroup", "memory", "hardware", "net", "app" };

/* drivers/pci/pcie/aer.c: aer_correctable_error_string[], aer_uncorrectable_error_string[] */
static const char *const correctable_bits[32] = {
	[0] = "RxErr",
	[6] = "BadTLP",
	[7] = "BadDLLP",
	[8] = "Rollover",
	[12] = "Timeout",
	[13] = "NonFatalErr",
	[14] = "CorrIntErr",
	[15] = "HeaderOF",
};
static const char *const uncorrectable_bits[32] = {
	[0] = "Undefined",
	[4] = "DLP",
	[5] = "SDES",
	[12] = "TLP",
	[13] = "FCP",
	[14] = "CmpltTO",
	[15] = "CmpltAbrt",
	[16] = "UnxCmplt",
	[17] = "RxOF",
	[18] = "MalfTLP",
	[19] = "ECRC",
	[20] = "UnsupReq",
	[21] = "ACSViol",
	[22] = "UncorrIntErr",
	[23] = "BlockedTLP",
	[24] = "AtomicOpBlocked",
	[25] = "TLPBlockedErr",
	[26] = "PoisonTLPBlocked",
	[27] = "DMWrReqBlocked",
	[28] = "IDECheck",
	[29] = "MisIDETLP",
	[30] = "PCRC_CHECK",
	[31] = "TLPXlatBlocked",
};

/* include/rdma/ib_verbs.h: enum ib_qp_state */
static const char *const qp_states[] = { "RESET", "INIT", "RTR", "RTS", "SQD", "SQE", "ERR" };

/* drivers/infiniband/core/cma_priv.h: enum rdma_cm_state */
static const char *const cm_states[] = { "IDLE", "ADDR_QUERY", "ADDR_RESOLVED", "ROUTE_QUERY",
	"ROUTE_RESOLVED", "CONNECT", "DISCONNECT", "ADDR_BOUND", "LISTEN", "DEVICE_REMOVAL",
	"DESTROYING" };

/* 4.19 printed long names; they went away in 5.0 and live on in old trees. */
static const struct {
	enum sub sub;
	unsigned bit;
	const char *name;
} old_names[] = {
	{ BY_COR_BIT, 0, "Receiver Error" },
	{ BY_COR_BIT, 6, "Bad TLP" },
	{ BY_COR_BIT, 7, "Bad DLLP" },
	{ BY_COR_BIT, 8, "RELAY_NUM Rollover" },
	{ BY_COR_BIT, 12, "Replay Timer Timeout" },
	{ BY_COR_BIT, 13, "Advisory Non-Fatal" },
	{ BY_COR_BIT, 14, "Corrected Internal Error" },
	{ BY_COR_BIT, 15, "Header Log Overflow" },
	{ BY_UNCOR_BIT, 4, "Data Link Protocol" },
	{ BY_UNCOR_BIT, 5, "Surprise Down Error" },
	{ BY_UNCOR_BIT, 12, "Poisoned TLP" },
	{ BY_UNCOR_BIT, 13, "Flow Control Protocol" },
	{ BY_UNCOR_BIT, 14, "Completion Timeout" },
	{ BY_UNCOR_BIT, 15, "Completer Abort" },
	{ BY_UNCOR_BIT, 16, "Unexpected Completion" },
	{ BY_UNCOR_BIT, 17, "Receiver Overflow" },
	{ BY_UNCOR_BIT, 18, "Malformed TLP" },
	{ BY_UNCOR_BIT, 20, "Unsupported Request" },
	{ BY_UNCOR_BIT, 21, "ACS Violation" },
	{ BY_UNCOR_BIT, 22, "Uncorrectable Internal Error" },
	{ BY_UNCOR_BIT, 23, "MC Blocked TLP" },
	{ BY_UNCOR_BIT, 24, "AtomicOp Egress Blocked" },
	{ BY_UNCOR_BIT, 25, "TLP Prefix Blocked Error" },
};

static const char *const *bits_of(enum sub sub)
{
	return sub == BY_COR_BIT ? correctable_bits : uncorrectable_bits;
}

str signal_layer(const struct signal *signal)
{
	str layer = str_of(signal->name);

	str_cut(layer, '.', &layer, NULL);
	return layer;
}

int layer_find(str name)
{
	for (int i = 0; i < LAYERS; i++)
		if (str_is(name, layer_names[i]))
			return i;
	return -1;
}

/* The word for a value, where there is one. */
static const char *word_of(enum sub sub, unsigned value)
{
	switch (sub) {
	case BY_COR_BIT:
	case BY_UNCOR_BIT:
		return value < 32 ? bits_of(sub)[value] : NULL;
	case BY_QP_STATE:
		return value < sizeof(qp_states) / sizeof(*qp_states) ? qp_states[value] : NULL;
	case BY_CM_STATE:
		return value < sizeof(cm_states) / sizeof(*cm_states) ? cm_states[value] : NULL;
	default:
		return NULL;
	}
}

const char *sub_format(enum sub sub, unsigned value, char out[static SUB_TEXT])
{
	const char *word = word_of(sub, value);

	if (sub == NONE)
		return strcpy(out, "-");
	if (word)
		snprintf(out, SUB_TEXT, "%s=%s", sub_names[sub], word);
	else
		snprintf(out, SUB_TEXT, "%s=%u", sub_names[sub], value);
	return out;
}

int aer_bit(enum sub sub, str name)
{
	const char *const *names = bits_of(sub);
	uint64_t bit;
	str number;

	for (int i = 0; i < 32; i++)
		if (names[i] && str_is(name, names[i]))
			return i;
	for (size_t i = 0; i < sizeof(old_names) / sizeof(*old_names); i++)
		if (old_names[i].sub == sub && str_is(name, old_names[i].name))
			return (int)old_names[i].bit;
	/* what the kernel has no name for: dev_cor_errs_bit[9] */
	if (str_cut(name, '[', NULL, &number) && str_ends(number, STR("]")) &&
		str_u64((str){ number.p, number.n - 1 }, &bit) == 0 && bit < 32)
		return (int)bit;
	return -1;
}
