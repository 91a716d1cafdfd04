/* An answer that follows a recorder: told again when it has become another one. */
#pragma once

#include "cmd/replay.h"

/*
 * What the store of options->store holds of its last minutes, then what its recorder reads. `tell`
 * gets each answer that is not as the one before. Until the recorder ends; false, and said: it could
 * not begin.
 */
bool explain_live(const struct replay_options *options,
	bool (*tell)(void *self, const struct report *report), void *self);
