/* The words of a report. */
#include "model/report.h"

const char *const conclusion_names[CONCLUSIONS] = { "no_fault", "confirmed", "likely", "possible",
	"undetermined", "external", "latent" };
const char *const rule_out_names[RULE_OUTS] = { "flat", "invariant", "too_late", "wrong_place",
	"too_small", "consequence" };
const char *const sense_names[SENSES] = { "quiet", "noisy", "traffic", "share", "gauge", "below",
	"above", "stuck", "change", "gone", "event" };
const char *const role_names[ROLES] = { "cause", "link", "symptom", "context" };
