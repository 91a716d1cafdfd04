/* What is abnormal in the cgroup layer. */
#include "model/knowledge.h"

const struct knowledge cgroup_knowledge = {
	.layer = "cgroup",
};
