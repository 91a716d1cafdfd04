/* What is abnormal in the gpu layer. */
#include "model/knowledge.h"

const struct knowledge gpu_knowledge = {
	.layer = "gpu",
};
