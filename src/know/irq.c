/* What is abnormal in the irq layer. */
#include "model/knowledge.h"

const struct knowledge irq_knowledge = {
	.layer = "irq",
};
