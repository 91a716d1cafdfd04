/* What is abnormal in the firmware layer. */
#include "model/knowledge.h"

const struct knowledge firmware_knowledge = {
	.layer = "firmware",
};
