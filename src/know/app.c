/* What is abnormal in the app layer. */
#include "model/knowledge.h"

const struct knowledge app_knowledge = {
	.layer = "app",
};
