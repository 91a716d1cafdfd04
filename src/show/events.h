/* Events, and lines that no pattern knows, as rows and as JSON; one at a time. Pure. */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "model/event.h"
#include "model/session.h"

enum { EVENT_TIME = 64 };

/* RFC 3339 where the stamp has a date, else "mono:SECONDS", else "-"; returns `out`. */
const char *event_time(enum stamp stamp, int64_t at_ns, char out[static EVENT_TIME]);

/* time, signal, entity, severity, count, text; separated by tabs. */
void event_tsv(FILE *out, const struct session *s, const struct event *e);
json_t *event_json(const struct session *s, const struct event *e);

/* A line that is no event: level is the kernel's, -1 when the log does not tell. */
struct strange {
	enum stamp stamp;
	int64_t at_ns;
	int level;
	uint64_t line;
	str entity, text; /* "-": the line names none */
};
void strange_tsv(FILE *out, const struct strange *line); /* "-" for signal, level for severity */
json_t *strange_json(const struct strange *line);

enum { LOG_LEVELS = 8 };
extern const char *const log_level_names[LOG_LEVELS]; /* "emerg" .. "debug" */
