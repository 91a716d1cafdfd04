/*
 * The fuzz target of the engine: the input is a tape (ticks, values of signals that explain knows,
 * relations, lines of a log). What comes out must be sound, fit its formats, and be the same twice.
 */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"
#include "collect/collector.h"
#include "detect/onset.h"
#include "explain/explain.h"
#include "log/log.h"
#include "show/explain_json.h"
#include "show/explain_text.h"
#include "fuzz.h"

enum { MOST_TICKS = 200, WHO = 14, KNOWN = 512 };

static const char *const names[WHO] = { "host", "pci:0000:00:01.0", "pci:0000:01:00.0",
	"pci:0000:02:00.0", "netdev:eth0", "netdev:eth1", "queue:eth0/tx-0", "rdma:rxe0/1",
	"irq:35", "cpu:0", "task:7/hog", "task:15/ksoftirqd/0", "cgroup:/a", "cgroup:/a/b" };

static const struct {
	unsigned a, via, b;
} relations[] = { { 2, VIA_UPSTREAM, 1 }, { 4, VIA_PCI, 2 }, { 5, VIA_PCI, 3 },
	{ 6, VIA_NETDEV, 4 }, { 7, VIA_NETDEV, 4 }, { 2, VIA_IRQ, 8 }, { 8, VIA_CPU, 9 },
	{ 10, VIA_CPU, 9 }, { 11, VIA_CPU, 9 } };

struct world {
	struct session session;
	struct tape tape;
	struct events events;
	struct frame frame;
	struct arena answer;
	uint32_t who[WHO];
	uint16_t signals[KNOWN];
	unsigned n_signals;
	uint8_t there[KNOWN][WHO];
	int64_t value[KNOWN][WHO];
	int64_t now_ns;
};

static void find_signals(struct world *w)
{
	for (unsigned layer = 0; layer < LAYERS; layer++)
		for (size_t i = 0; i < knowledge[layer]->n_indicators && w->n_signals < KNOWN;
			i++) {
			uint16_t sig = catalog_find(&w->session.catalog,
				str_of(knowledge[layer]->indicators[i].signal));

			if (sig != SIGNAL_NONE)
				w->signals[w->n_signals++] = sig;
		}
}

static void open_world(struct world *w)
{
	*w = (struct world){ .now_ns = 100 * SECOND_NS };
	MUST(session_open(&w->session) == 0 && frame_open(&w->frame) == 0);
	MUST(arena_open(&w->answer, 512 << 20) == 0 && events_open(&w->events) == 0);
	for (size_t i = 0; i < n_collectors; i++)
		catalog_link(&w->session.catalog, collectors[i]->signals, collectors[i]->n_signals);
	log_link_signals(&w->session.catalog);
	for (unsigned i = 0; i < WHO; i++)
		w->who[i] = entity_parse(&w->session.entities, str_of(names[i]));
	for (size_t i = 0; i < sizeof(relations) / sizeof(*relations); i++)
		relation_say(&w->session.relations, w->who[relations[i].a],
			(enum via)relations[i].via, w->who[relations[i].b], 0, 1, w->now_ns);
	tape_open(&w->tape, &w->session);
	find_signals(w);
}

static void close_world(struct world *w)
{
	tape_close(&w->tape);
	events_close(&w->events);
	arena_close(&w->answer);
	frame_close(&w->frame);
	session_close(&w->session);
}

static unsigned next(const uint8_t **at, const uint8_t *end)
{
	return *at < end ? *(*at)++ : 0;
}

/* Small steps mostly; now and then anything at all. */
static int64_t next_value(const uint8_t **at, const uint8_t *end, int64_t before)
{
	unsigned how = next(at, end);

	if (how < 200)
		return (int64_t)((uint64_t)before + how);
	if (how < 230)
		return (int64_t)((uint64_t)before - (how - 200) * 7);
	if (how < 240)
		return INT64_MAX - (how - 230);
	return (int64_t)((uint64_t)next(at, end) * 1000003 << (how - 240));
}

static void add_event(struct world *w, uint16_t sig, uint32_t who, unsigned n)
{
	struct event e = { .who = who,
		.sig = sig,
		.count = 1 + n % 3,
		.severity = (enum event_severity)(n % EVENT_SEVERITIES),
		.stamp = (enum stamp)(n % 7 == 0   ? NO_STAMP
				      : n % 5 == 0 ? WALL_STAMP
						   : MONO_STAMP),
		.at_ns = w->now_ns + n * MS_NS,
		.line = w->events.n + 1,
		.text = STR("a line of the log") };

	if (e.stamp == NO_STAMP)
		e.at_ns = 0;
	events_add(&w->events, &e);
}

static void set(struct world *w, unsigned s, unsigned who, const uint8_t **at, const uint8_t *end)
{
	const struct signal *signal = catalog_get(&w->session.catalog, w->signals[s]);
	struct span span = { w->who[who], w->signals[s], 0, 0, false };

	if (signal->kind == EVENT) {
		add_event(w, w->signals[s], w->who[who], next(at, end));
		return;
	}
	if (!w->there[s][who] || next(at, end) == 255) {
		span.gone = w->there[s][who];
		w->there[s][who] = !w->there[s][who];
		w->value[s][who] = 0;
		frame_span(&w->frame, span);
	}
	if (!w->there[s][who])
		return;
	w->value[s][who] = signal->unit == TEXT ? names_add(&w->session.texts,
							  next(at, end) % 2 ? STR("a") : STR("b"))
						: next_value(at, end, w->value[s][who]);
	frame_row(&w->frame, (struct sample){ w->who[who], w->signals[s], 0, w->value[s][who] });
}

/* A tick ends: most are a second long, some long, a few go back. */
static void tick(struct world *w, unsigned how)
{
	w->frame.mono_ns = w->now_ns;
	w->frame.wall_ns = w->now_ns + 1000000 * SECOND_NS + (how == 63 ? 3600 * SECOND_NS : 0);
	tape_add(&w->tape, &w->frame, w->now_ns + 10 * MS_NS);
	frame_clear(&w->frame);
	w->now_ns += how < 40 ? SECOND_NS : how < 60 ? (int64_t)how * SECOND_NS : -SECOND_NS;
}

static void play(struct world *w, const uint8_t *at, const uint8_t *end)
{
	unsigned ticks = 0, again = 0, s = 0, who = 0;

	while (at < end && ticks < MOST_TICKS) {
		unsigned op = next(&at, end);

		if (op < 64) {
			tick(w, op);
			ticks++;
		} else if (op < 96) {
			/* the same signal goes on for some ticks */
			for (again = op - 64; again > 0 && ticks < MOST_TICKS; again--, ticks++) {
				const uint8_t *same = at;

				set(w, s, who, &same, end);
				tick(w, 0);
			}
		} else {
			s = (op * 8 + next(&at, end)) % w->n_signals;
			who = next(&at, end) % WHO;
			set(w, s, who, &at, end);
		}
	}
	w->tape.has_log = true;
	MUST(tape_finish(&w->tape, &w->events) == 0);
}

static void check_report(const struct world *w, const struct report *r)
{
	bool rooted = r->verdict == CONFIRMED || r->verdict == LIKELY || r->verdict == POSSIBLE ||
		      r->verdict == EXTERNAL || r->verdict == LATENT;

	MUST(r->verdict < CONCLUSIONS && r->summary && *r->summary);
	MUST(rooted == (r->n_roots > 0));
	MUST(r->verdict != NO_FAULT || r->n_unexplained == 0);
	for (size_t i = 0; i < r->n_roots; i++) {
		MUST(isfinite(r->roots[i].score_db));
		MUST(r->verdict != CONFIRMED || r->roots[i].over_next_db >= 20 || i > 0);
		MUST(r->roots[i].node->indicator->role == CAUSE ||
			r->roots[i].node->indicator->role == LINK);
	}
	for (size_t i = 0; i < r->n_links; i++)
		MUST(r->links[i].from && r->links[i].to && r->links[i].from != r->links[i].to &&
			r->links[i].rule);
	/* what is a root is not ruled out */
	for (size_t i = 0; i < r->n_ruled_out; i++)
		for (size_t k = 0; k < r->n_roots; k++)
			MUST(r->ruled_out[i].signal != r->roots[k].node->signal ||
				r->ruled_out[i].who != r->roots[k].node->who);
	MUST(r->n_ticks == w->tape.n_ticks);
}

/* Both formats, one behind the other. */
static char *show(const struct report *r, size_t *ret_size)
{
	char *text = NULL;
	size_t size = 0, column = 0;
	FILE *out = open_memstream(&text, &size);

	explain_text(out, r);
	fflush(out);
	for (size_t i = 0; i < size; i++) {
		column = text[i] == '\n' ? 0 : column + 1;
		MUST(column <= 80);
	}
	MUST(explain_json(out, r) == 0);
	MUST(fclose(out) == 0); /* only now does the text stay where it is */
	*ret_size = size;
	return text;
}

static char *answer(const uint8_t *data, size_t size, size_t *ret_size)
{
	struct world *w = own_alloc(1, sizeof(*w));
	struct onsets onsets;
	struct report report;
	char *text;

	open_world(w);
	play(w, data, data + size);
	MUST(onsets_find(&w->tape, knowledge, &w->answer, &onsets) == 0);
	MUST(explain(&w->tape, &onsets, knowledge, &w->answer, &report) == 0);
	check_report(w, &report);
	text = show(&report, ret_size);
	close_world(w);
	free(w);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN_MEMORY char *one = NULL, *two = NULL;
	size_t n_one, n_two;

	one = answer(data, size, &n_one);
	two = answer(data, size, &n_two);
	MUST(n_one == n_two && memcmp(one, two, n_one) == 0);
	return 0;
}

/* Tapes of noise: each seed is another beginning of the same generator. */
int fuzz_make_seeds(const char *out, int n_trees, char **trees)
{
	(void)n_trees;
	(void)trees;
	for (unsigned seed = 1; seed <= 40; seed++) {
		char path[512];
		OWN_FILE file = NULL;
		uint64_t x = seed;

		snprintf(path, sizeof(path), "%s/seed-%u", out, seed);
		file = fopen(path, "we");
		if (!file)
			return 1;
		for (unsigned i = 0; i < 200 * seed; i++) {
			x = hash_mix(x + i);
			fputc((int)(x & 255), file);
		}
	}
	return 0;
}
