/* What is abnormal in the rdma layer. */
#include "model/knowledge.h"

const struct knowledge rdma_knowledge = {
	.layer = "rdma",
};
