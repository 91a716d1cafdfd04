/* What is abnormal in the vfio layer. */
#include "model/knowledge.h"

const struct knowledge vfio_knowledge = {
	.layer = "vfio",
};
