/* Events as rows and as JSON. */
#include "show/events.h"

#include <inttypes.h>

#include "base/clock.h"
#include "show/json.h"

const char *const log_level_names[LOG_LEVELS] = { "emerg", "alert", "crit", "err", "warn", "notice",
	"info", "debug" };

const char *event_time(enum stamp stamp, int64_t at_ns, char out[static EVENT_TIME])
{
	if (stamp == WALL_STAMP)
		return clock_format(at_ns, out);
	if (stamp == MONO_STAMP)
		snprintf(out, EVENT_TIME, "mono:%" PRId64 ".%06" PRId64, at_ns / SECOND_NS,
			at_ns % SECOND_NS / 1000);
	else
		snprintf(out, EVENT_TIME, "-");
	return out;
}

static const char *const clocks[] = { "none", "mono", "wall" };

void event_tsv(FILE *out, const struct session *s, const struct event *e)
{
	char time[EVENT_TIME];

	fprintf(out, "%s\t%s\t", event_time(e->stamp, e->at_ns, time),
		catalog_get(&s->catalog, e->sig)->name);
	print_escaped(out, entity_text(&s->entities, e->who));
	fprintf(out, "\t%s\t%" PRIu32 "\t", event_severity_names[e->severity], e->count);
	print_escaped(out, e->text);
	fputc('\n', out);
}

json_t *event_json(const struct session *s, const struct event *e)
{
	char time[EVENT_TIME];
	json_t *row = json_pack("{s:s, s:I, s:s, s:s, s:o, s:s, s:I, s:I, s:o}", "time",
		event_time(e->stamp, e->at_ns, time), "time_ns", (json_int_t)e->at_ns, "clock",
		clocks[e->stamp], "signal", catalog_get(&s->catalog, e->sig)->name, "entity",
		json_text(entity_text(&s->entities, e->who)), "severity",
		event_severity_names[e->severity], "count", (json_int_t)e->count, "line",
		(json_int_t)e->line, "text", json_text(e->text));

	if (e->arrival_hi_ns) {
		json_object_set_new(row, "came_after_ns", json_integer(e->arrival_lo_ns));
		json_object_set_new(row, "came_before_ns", json_integer(e->arrival_hi_ns));
	}
	return row;
}

static const char *level_name(int level)
{
	return level >= 0 && level < LOG_LEVELS ? log_level_names[level] : "-";
}

void strange_tsv(FILE *out, const struct strange *line)
{
	char time[EVENT_TIME];

	fprintf(out, "%s\t-\t", event_time(line->stamp, line->at_ns, time));
	print_escaped(out, line->entity);
	fprintf(out, "\t%s\t1\t", level_name(line->level));
	print_escaped(out, line->text);
	fputc('\n', out);
}

json_t *strange_json(const struct strange *line)
{
	char time[EVENT_TIME];

	return json_pack("{s:s, s:I, s:s, s:s, s:o, s:I, s:o}", "time",
		event_time(line->stamp, line->at_ns, time), "time_ns", (json_int_t)line->at_ns,
		"clock", clocks[line->stamp], "level", level_name(line->level), "entity",
		json_text(line->entity), "line", (json_int_t)line->line, "text",
		json_text(line->text));
}
