/* What is abnormal in GPUs. */
#include "model/knowledge.h"

static const struct watch watches[] = {
	{
		.signal = "gpu.pcie.replays",
		.how = IS_RISING,
		.level = 0.134,
		.severity = WARNING,
		.title = "packets between the GPU and the host have to be sent again",
		.check = "cat /sys/bus/pci/devices/%s/pcie_replay_count",
		.fix = "reseat the GPU or its riser; look for corrected errors on its link",
		.source = "DCGM's limit for PCIe replays, 8 a minute",
	},
};

static const struct count counts[] = {
	{ "gpu.class", "display function", "display functions" },
};

/* clang-format off */
static const struct indicator indicators[] = {
	{ .signal = "gpu.log.xid.fatal", .how = SENSE_EVENT, .role = CAUSE, .origin = HARDWARE, .felt = true,
	  .title = "the GPU reports an error that ends its work",
	  .check = "dmesg | grep Xid; nvidia-smi -q",
	  .fix = "see NVIDIA's catalogue for its number: reset the GPU, or restart the host",
	  .source = "NVIDIA's Xid catalogue" },
	{ .signal = "gpu.log.off_bus", .how = SENSE_EVENT, .role = LINK, .origin = HARDWARE, .felt = true,
	  .title = "the GPU has fallen off the bus",
	  .check = "dmesg | grep Xid; lspci",
	  .fix = "restart the host; reseat or replace the GPU when it comes again",
	  .source = "NVIDIA's Xid catalogue: 79" },
	{ .signal = "gpu.log.xid.application", .how = SENSE_EVENT, .role = CONTEXT, .origin = THRESHOLD },
	{ .signal = "gpu.log.xid.other", .how = SENSE_EVENT, .role = CONTEXT, .origin = THRESHOLD },
};

static const struct group groups[] = {
	{ "@gpu.dead",
	  "gpu.log.off_bus gpu.log.xid.fatal" },
};

static const struct rule rules[] = {
	{ .from = "gpu.log.off_bus", .to = "gpu.log.xid.fatal", .where = SAME_DEVICE, .lag_min_ms = -1000, .lag_max_ms = 10000,
	  .because = "more errors follow when it can no longer be reached",
	  .source = "NVIDIA's Xid catalogue" },
	{ .from = "gpu.log.xid.fatal", .to = "gpu.log.off_bus", .where = SAME_DEVICE, .lag_min_ms = 0, .lag_max_ms = 60000,
	  .because = "a GPU that failed falls off the bus",
	  .source = "NVIDIA's Xid catalogue" },
	{ .from = "@gpu.dead", .to = "@rdma.dead", .where = LINK_PARTNER | ANYWHERE, .lag_min_ms = 0, .lag_max_ms = 10000,
	  .because = "GPUDirect transfers into a dead GPU end their queue pairs",
	  .source = "NVIDIA GPUDirect RDMA documentation" },
	{ .from = "@gpu.dead", .to = "@moved", .where = LINK_PARTNER | ANYWHERE, .lag_min_ms = 0, .lag_max_ms = 10000, .sticky = true,
	  .because = "the job that used the GPU ends",
	  .source = "NVIDIA's Xid catalogue" },
};
/* clang-format on */

const struct knowledge gpu_knowledge = {
	.layer = "gpu",
	INDICATORS(indicators),
	GROUPS(groups),
	RULES(rules),
	WATCHES(watches),
	COUNTS(counts),
	.gap = "NVIDIA's NVML, NVLink, Xid lines of the kernel log",
};
