/* Names and events of packets to rows of the store. */
#include "record/dictionary.h"

#include <errno.h>

#include "record/statement.h"

/* What a full packet says again is there already: its names are the era's own and do not change. */
static const char *const inserts[] = {
	"INSERT OR IGNORE INTO signal VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
	"sum_of(?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11))",
	"INSERT OR IGNORE INTO entity VALUES (?1, ?2, ?3, sum_of(?2, ?3))",
	"INSERT OR IGNORE INTO text VALUES (?1, ?2, ?3, sum_of(?2, ?3))",
	"INSERT OR REPLACE INTO source VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
	"sum_of(?2, ?3, ?4, ?5, ?6, ?7, ?8))",
	"INSERT INTO event (segment, stamp, at_ns, arrival_lo_ns, arrival_hi_ns, signal, entity, severity, count, text, sum)"
	" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, sum_of(?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10))",
};
enum { SIGNAL_ROW, ENTITY_ROW, TEXT_ROW, SOURCE_ROW, EVENT_ROW };

struct dictionary {
	struct statements *statements;
	int64_t era, segment;
};

static int prepared(struct dictionary *d, unsigned which, struct statement **ret)
{
	return statements_find(d->statements, inserts[which], ret);
}

static int store_signals(struct dictionary *d, const struct packet *p)
{
	struct statement *s;
	int r = p->n_signals ? prepared(d, SIGNAL_ROW, &s) : 0;

	for (uint32_t i = 0; r == 0 && i < p->n_signals; i++) {
		const struct packet_signal *n = &p->signals[i];

		r = statement_run(s, "iittttttiit", d->era, (int64_t)n->id, n->name, n->kind,
			n->unit, n->scope, n->sub, n->cost, (int64_t)n->bits, (int64_t)n->full,
			n->about);
	}
	return r;
}

static int store_names(
	struct dictionary *d, unsigned which, const struct packet_name *names, uint32_t n)
{
	struct statement *s;
	int r = n ? prepared(d, which, &s) : 0;

	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = statement_run(s, "iit", d->era, (int64_t)names[i].id, names[i].text);
	return r;
}

static int store_sources(struct dictionary *d, const struct packet *p)
{
	struct statement *s;
	int r = p->n_sources ? prepared(d, SOURCE_ROW, &s) : 0;

	for (uint32_t i = 0; r == 0 && i < p->n_sources; i++) {
		const struct packet_source *n = &p->sources[i];

		r = statement_run(s, "iitttiii", d->era, (int64_t)n->id, n->path, n->collector,
			n->absent, (int64_t)n->layers, (int64_t)n->first_signal,
			(int64_t)n->n_signals);
	}
	return r;
}

static int store_events(struct dictionary *d, const struct packet *p)
{
	static const char *const stamps[] = { "-", "mono", "wall" };
	struct statement *s;
	int r = p->n_events ? prepared(d, EVENT_ROW, &s) : 0;

	for (uint32_t i = 0; r == 0 && i < p->n_events; i++) {
		const struct event *e = &p->events[i];

		r = statement_run(s, "itiiiiitit", d->segment, str_of(stamps[e->stamp]), e->at_ns,
			e->arrival_lo_ns, e->arrival_hi_ns, (int64_t)e->sig, (int64_t)e->who,
			str_of(event_severity_names[e->severity]), (int64_t)e->count, e->text);
	}
	return r;
}

static int store_packet(struct dictionary *d, const struct packet *p)
{
	int r = store_signals(d, p);

	if (r == 0)
		r = store_names(d, ENTITY_ROW, p->entities, p->n_entities);
	if (r == 0)
		r = store_names(d, TEXT_ROW, p->texts, p->n_texts);
	if (r == 0)
		r = store_sources(d, p);
	return r == 0 ? store_events(d, p) : r;
}

int dictionary_store(
	struct statements *k, str packets, int64_t era, int64_t segment, struct arena *scratch)
{
	struct dictionary d = { .statements = k, .era = era, .segment = segment };
	char *mark = arena_mark(scratch);
	struct packet p = { 0 };
	int r = 0, more;

	while (r == 0 && (more = packet_read(NULL, &packets, scratch, NULL, &p)) != -ENODATA) {
		r = more < 0 ? more : store_packet(&d, &p);
		arena_release(scratch, mark);
	}
	return r;
}
