/* What is abnormal in the net layer. */
#include "model/knowledge.h"

const struct knowledge net_knowledge = {
	.layer = "net",
};
