/* The list of events that a log yields. */
#include "model/event.h"

#include <errno.h>

#include "base/own.h"

const char *const event_severity_names[EVENT_SEVERITIES] = { "info", "warning", "critical" };

enum { TEXT_SPACE = 256 << 20, FIRST = 64 };

int events_open(struct events *es)
{
	*es = (struct events){ 0 };
	return arena_open(&es->texts, TEXT_SPACE);
}

void events_close(struct events *es)
{
	arena_close(&es->texts);
	free(es->items);
	*es = (struct events){ 0 };
}

void events_clear(struct events *es)
{
	es->n = 0;
	arena_release(&es->texts, es->texts.base);
}

bool events_add(struct events *es, const struct event *e)
{
	struct event copy = *e;

	if (es->n == EVENT_LIMIT) {
		es->dropped++;
		return false;
	}
	copy.text = arena_copy(&es->texts, e->text);
	if (!copy.text.p) {
		es->dropped++;
		return false;
	}
	if (es->n == es->cap) {
		es->cap = es->cap ? es->cap * 2 : FIRST;
		es->items = own_grow(es->items, es->cap, sizeof(*es->items));
	}
	es->items[es->n++] = copy;
	return true;
}
