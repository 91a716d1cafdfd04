/* What is abnormal in the hardware layer. */
#include "model/knowledge.h"

const struct knowledge hardware_knowledge = {
	.layer = "hardware",
};
