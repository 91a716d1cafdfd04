/* faultline check --deep: what devices say of health reporters that met an error. */
#pragma once

#include "cmd/command.h"
#include "model/health.h"

/*
 * Asks for the diagnosis of reporters in error and for dumps that are stored, and adds what they say to the
 * answer; says what it may not ask. A dump that is not stored is not asked for: the kernel would take one.
 */
void deep_ask(struct watching *w, struct health *health);
