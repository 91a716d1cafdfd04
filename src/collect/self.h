/* faultline watches its own cost with the same rows as everything else. */
#pragma once

#include "model/session.h"

struct run_cost;

struct self {
	struct session *session;
	uint16_t first_signal, owner;
};

void self_open(struct self *self, struct session *session, uint16_t owner);
void self_emit(struct self *self, struct frame *f, const struct run_cost *costs, size_t n);

extern const struct signal self_signals[];
extern const size_t n_self_signals;
