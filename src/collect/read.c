/* Reading texts: from place to bytes to the collector's parser, and what failed on the way. */
#include "collect/read.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"

/* A recorded text was read somewhere in its tick. */
static int64_t begin_of_read(const struct run *run)
{
	return host_is_tape(run->host) ? run->clock.mono_ns : clock_mono_ns();
}

static int64_t end_of_read(const struct run *run)
{
	return host_is_tape(run->host) ? run->clock.end_ns : clock_mono_ns();
}

static void record_failure(struct collect *c, unsigned text, uint32_t who, int error)
{
	struct text_run *t = text_of(c, text);

	if (!t->error)
		t->error = error;
	if (error == -HOST_NOT_RECORDED)
		return; /* which is said of the text, and not of each place that has it */
	t->failed++;
	frame_failure(c->frame,
		(struct failure){ (uint16_t)(c->item->first_source + text), (int16_t)error, who });
}

void collect_failure(struct collect *c, unsigned text, uint32_t who, int error)
{
	record_failure(c, text, who, error);
	c->item->cost->failed += error != -HOST_NOT_RECORDED;
}

/*
 * A table that does not end in a line end was cut: its last line may hold half a number, and half a
 * number is worse than none. Some values in sysfs have no line end; what is declared of proc always
 * has.
 */
static bool drop_cut_line(bool ends_for_sure, str *text)
{
	str before = { "", 0 };
	bool table;

	if (text->n == 0 || text->p[text->n - 1] == '\n')
		return false;
	table = str_cut_last(*text, '\n', &before, NULL);
	if (!table && !ends_for_sure)
		return false;
	text->n = table ? before.n + 1 : 0;
	return true;
}

static int parse(struct collect *c, unsigned text, const struct place *place, str from)
{
	struct collector_run *item = c->item;
	struct emit *out = &item->emit;
	const struct text_source *source = &item->collector->texts[text];
	bool declared = !item->collector->collect;
	bool cut = source->kind == FILE_TEXT && !source->most_bytes &&
		   !str_starts(str_of(source->path), STR("ask/")) &&
		   drop_cut_line(declared && str_starts(str_of(place->path), STR("proc/")), &from);
	uint64_t cells = out->cells;
	int r;

	out->who = place->who;
	out->ns = host_namespace_name(c->run->host, place->ns);
	out->leaf = str_base(str_of(place->path));
	out->source = (uint16_t)(item->first_source + text);
	out->at_ns = c->frame->mono_ns;
	memcpy(out->match, place->match, sizeof(out->match));
	r = item->collector->parse(out, text, from);
	if (r == 0 && out->cells == cells && !source->may_be_silent)
		r = -ENODATA;
	if (cut)
		r = -EBADMSG;
	item->cost->not_understood += r < 0;
	return r;
}

static int read_place(
	struct collect *c, const struct text_source *text, struct place *place, str *ret)
{
	struct run *run = c->run;
	bool was_open = place->fd >= 0;
	int r;

	c->item->cost->reads++;
	if (run->reads)
		run->reads(run->reads_self, c->item->collector->name, place->path);
	if (text->kind == LINK_TEXT)
		return host_link(run->host, &run->scratch, place->ns, place->path, ret);
	if (text->kind == LIST_TEXT)
		return host_list(run->host, &run->scratch, place->ns, place->path, ret);
	r = host_read_head(run->host, &run->scratch, place->ns, place->path, text->most_bytes,
		was_open || run->kept_files < run->most_kept ? &place->fd : NULL, ret);
	run->kept_files += !was_open && place->fd >= 0;
	run->kept_files -= was_open && place->fd < 0;
	return r;
}

/* Read and parse one place; the text is given back afterwards. */
static int do_place(struct collect *c, unsigned text, struct place *place)
{
	struct text_run *t = text_of(c, text);
	char *mark = arena_mark(&c->run->scratch);
	str from;
	int r = read_place(c, t->text, place, &from);

	if (r == 0) {
		t->files++;
		c->item->cost->bytes += from.n;
		r = parse(c, text, place, from);
	}
	arena_release(&c->run->scratch, mark);
	return r;
}

int collect_declared_one(struct collect *c, unsigned text)
{
	const struct collector *collector = c->item->collector;
	struct text_run *t = text_of(c, text);
	struct places *places = &t->sought->places;

	t->begin_ns = begin_of_read(c->run);
	for (uint32_t i = 0; i < places->n; i++) {
		struct place *place = &places->items[i];
		int r;

		/* most of what a device may have it never gets: who reads for ever asks again with the scan */
		if (place->absent && c->run->schedule.on)
			continue;
		if (collector->may_read && !collector->may_read(&c->item->emit, text, place->who))
			continue;
		r = do_place(c, text, place);
		place->absent = r == -ENOENT;
		if (r < 0 && !host_absence(r) && r != t->text->normal_error)
			collect_failure(c, text, place->who, r);
	}
	/* what was refused on the way may have held anything */
	if (places->error && !host_absence(places->error))
		collect_failure(c, text, ENTITY_NONE, places->error);
	if (places->dropped)
		collect_failure(c, text, ENTITY_NONE, -E2BIG);
	t->end_ns = end_of_read(c->run);
	return t->files ? 0 : t->error ? t->error : -ENOENT;
}

int collect_declared(struct collect *c)
{
	for (unsigned text = 0; text < c->item->collector->n_texts; text++)
		collect_declared_one(c, text);
	return 0;
}

int collect_text(struct collect *c, unsigned text, uint32_t who, const char *path, bool may_vanish)
{
	struct place place = { .path = path, .who = who, .fd = -1 };
	struct text_run *t = text_of(c, text);
	int r;

	if (!t->begin_ns)
		t->begin_ns = begin_of_read(c->run);
	r = do_place(c, text, &place);
	if (place.fd >= 0) {
		close(place.fd);
		c->run->kept_files--;
	}
	if (r < 0 && !(may_vanish && host_absence(r)))
		collect_failure(c, text, who, r);
	t->end_ns = end_of_read(c->run);
	return r;
}

int collect_list(struct collect *c, const char *dir, str *ret)
{
	const struct run *run = c->run;

	if (run->scan.proc_tick == run->session->ledger.tick && strcmp(dir, "proc") == 0) {
		*ret = run->scan.proc;
		return 0;
	}
	c->item->cost->reads++;
	return host_list(c->run->host, &c->run->scratch, 0, dir, ret);
}

int collect_ask(struct collect *c, unsigned text, unsigned ns, const struct host_question *q)
{
	struct place place = { .path = q->key, .ns = ns, .who = ENTITY_NONE, .fd = -1 };
	struct text_run *t = text_of(c, text);
	char *mark = arena_mark(&c->run->scratch);
	str reply;
	int r;

	if (q->device || q->function)
		place.match[0] = str_of(q->device ? q->device : q->function);
	if (!t->begin_ns)
		t->begin_ns = begin_of_read(c->run);
	c->item->cost->reads++;
	if (c->run->reads)
		c->run->reads(c->run->reads_self, c->item->collector->name, q->key);
	r = host_ask(c->run->host, &c->run->scratch, ns, q, &reply);
	if (r == 0) {
		t->files++;
		c->item->cost->bytes += reply.n;
		r = parse(c, text, &place, reply);
	}
	arena_release(&c->run->scratch, mark);
	t->end_ns = end_of_read(c->run);
	return r;
}

void collect_spare(struct collect *c, unsigned text)
{
	text_of(c, text)->spare = true;
}

void collect_absent(struct collect *c, unsigned text, const char *why)
{
	struct session *s = c->run->session;
	unsigned source = c->item->first_source + text;

	if (source < s->n_sources)
		s->sources[source].absent = why;
}

unsigned collect_namespaces(struct collect *c)
{
	return host_namespaces(c->run->host);
}

struct emit *collect_emit(struct collect *c)
{
	return &c->item->emit;
}

bool collect_is_scheduled(const struct collect *c)
{
	return c->run->schedule.on;
}

struct host *collect_host(struct collect *c)
{
	return c->run->host;
}

void begin_texts(struct collect *c)
{
	for (unsigned text = 0; text < c->item->collector->n_texts; text++) {
		struct text_run *t = text_of(c, text);

		t->files = t->failed = 0;
		t->error = 0;
		t->spare = false;
		t->begin_ns = t->end_ns = 0;
	}
}

void end_texts(struct collect *c)
{
	struct run_cost *cost = c->item->cost;

	cost->status = 0;
	for (unsigned text = 0; text < c->item->collector->n_texts; text++) {
		const struct text_run *t = text_of(c, text);
		int status = t->files ? 0 : t->error ? t->error : -ENOENT;

		if (t->spare)
			continue;
		if (!cost->status)
			cost->status = status;
		frame_read(c->frame,
			(struct source_read){ (uint16_t)(c->item->first_source + text),
				(int16_t)status, t->files, t->failed, t->begin_ns, t->end_ns });
	}
}
