/* The words of verdicts and severities. */
#include "model/health.h"

const char *const verdict_names[VERDICTS] = { "NO", "YES", "BLIND" };
const char *const severity_names[SEVERITIES] = { "history", "warning", "critical" };
