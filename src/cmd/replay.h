/* A replay brings a recording, a log, or some time of the live machine onto a tape, for explain. */
#pragma once

#include "cmd/command.h"
#include "cmd/pace.h"
#include "cmd/window.h"
#include "log/log.h"
#include "model/report.h"
#include "model/tape.h"

struct replay_options {
	const char *root;        /* a tape; NULL: none */
	const char *store;       /* a store; NULL: none */
	const char *const *logs; /* files beside it, or alone; "-" is standard input */
	size_t n_logs;
	bool live;        /* without either: watch this machine */
	struct pace pace; /* ... so long, so often */
	/* For whoever asks what would have been said otherwise: */
	const char *withhold; /* a collector that reads nothing, or "log" */
	int64_t thin_ns;      /* ticks closer than this are left out; 0: all are taken */
	struct window window; /* what is not in it is left out */
};

struct replay {
	struct watching watching;
	struct tape tape;
	struct events events;
	struct log *log;
	uint32_t skipped; /* ticks that were left out */
	char damage[256]; /* what the recording's end is like, one line; "" when it is whole */
};

bool replay_open(
	const struct replay_options *options, struct replay *ret); /* says what went wrong */
void replay_close(struct replay *replay);

/* For replay_open(): a store's ticks and events. The window becomes one of two moments. */
bool replay_read_store(struct replay *replay, struct replay_options *options);

/* The answer lives as long as the replay. False, and said, when there was no memory. */
bool replay_explain(struct replay *replay, struct report *ret);
