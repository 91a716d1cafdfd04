/* What is abnormal in virtual functions and VFIO. */
#include "model/knowledge.h"

static const struct count counts[] = {
	{ "vfio.sriov.totalvfs", "function with SR-IOV", "functions with SR-IOV" },
	{ "vfio.devices", "device bound to VFIO", "devices bound to VFIO" },
};

const struct knowledge vfio_knowledge = {
	.layer = "vfio",
	COUNTS(counts),
	.gap = "who holds a device, and its resets",
};
