/* What is abnormal in the memory layer. */
#include "model/knowledge.h"

const struct knowledge memory_knowledge = {
	.layer = "memory",
};
