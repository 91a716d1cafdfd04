/* What is abnormal in the numa layer. */
#include "model/knowledge.h"

const struct knowledge numa_knowledge = {
	.layer = "numa",
};
