/* What is abnormal in the nic layer. */
#include "model/knowledge.h"

const struct knowledge nic_knowledge = {
	.layer = "nic",
};
