/* What is abnormal in the firmware of devices. */
#include "model/knowledge.h"

const struct knowledge firmware_knowledge = {
	.layer = "firmware",
	.gap = "devlink health reporters, firmware versions and the drivers' health lines in the "
	       "kernel log",
};
