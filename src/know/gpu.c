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

const struct knowledge gpu_knowledge = {
	.layer = "gpu",
	WATCHES(watches),
	COUNTS(counts),
	.gap = "NVIDIA's NVML, NVLink, Xid lines of the kernel log",
};
