/* What is abnormal in tasks. */
#include "model/knowledge.h"

static const struct watch watches[] = {
	{
		.signal = "app.tasks.uninterruptible",
		.how = IS_ABOVE,
		.level = 8,
		.severity = WARNING,
		.title = "many tasks hang in the kernel",
		.check = "ps -eo pid,stat,wchan:32,comm | grep ' D'",
		.fix = "see what they wait for: a disk, a network file system, a driver",
		.source = "more than eight at one time; the level is ours",
	},
};

static const struct count counts[] = {
	{ "app.task.state", "task listed", "tasks listed" },
};

const struct knowledge app_knowledge = {
	.layer = "app",
	WATCHES(watches),
	COUNTS(counts),
};
