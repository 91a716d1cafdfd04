/* What is abnormal in the iommu layer. */
#include "model/knowledge.h"

const struct knowledge iommu_knowledge = {
	.layer = "iommu",
};
