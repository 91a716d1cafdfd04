/* What is abnormal in the pcie layer. */
#include "model/knowledge.h"

const struct knowledge pcie_knowledge = {
	.layer = "pcie",
};
