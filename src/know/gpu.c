/* What is abnormal in GPUs. */
#include "model/knowledge.h"

const struct knowledge gpu_knowledge = {
	.layer = "gpu",
	.gap = "NVIDIA's NVML, Xid lines of the kernel log, NVLink",
};
