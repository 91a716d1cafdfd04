/* What is abnormal in the IOMMU. */
#include "model/knowledge.h"

static const struct count counts[] = {
	{ "iommu.group.type", "group", "groups" },
	{ "iommu.unit.present", "unit", "units" },
};

const struct knowledge iommu_knowledge = {
	.layer = "iommu",
	COUNTS(counts),
	.gap = "DMA faults: they show in the kernel log only",
};
