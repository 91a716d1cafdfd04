/*
 * One fuzz target for all text parsers: two bytes choose collector and text, the rest is the text.
 *
 * The two bytes are compared with a hash of the collector's name and the text's path, so that an
 * input stays with its parser when collectors are added. Built without libFuzzer, the same file
 * replays inputs: fuzz_collectors_replay DIR... runs every file of these directories
 * once, fuzz_collectors_replay --seed OUT [TREE...] writes seeds from this machine's texts and those
 * of the trees
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/own.h"
#include "collect/run.h"
#include "collect/walk.h"
#include "fuzz.h"

enum { INPUTS_A_SESSION = 500 };

static struct session session;
static struct frame frame;
static unsigned inputs;

static uint16_t key_of(const struct collector *c, unsigned text)
{
	uint64_t h = hash_bytes(c->name, strlen(c->name)) ^
		     hash_bytes(c->texts[text].path, strlen(c->texts[text].path));

	return (uint16_t)(hash_mix(h + text) >> 16);
}

/* The text whose key is the next at or above the wanted one, going round. */
static const struct collector *choose(uint16_t key, size_t *ret_owner, unsigned *ret_text)
{
	unsigned nearest = UINT32_MAX;

	for (size_t i = 0; i < n_collectors; i++)
		for (unsigned t = 0; t < collectors[i]->n_texts; t++) {
			unsigned distance = (uint16_t)(key_of(collectors[i], t) - key);

			if (distance < nearest) {
				nearest = distance;
				*ret_owner = i;
				*ret_text = t;
			}
		}
	return collectors[*ret_owner];
}

static void begin_session(void)
{
	if (inputs++ % INPUTS_A_SESSION)
		return;
	session_close(&session);
	frame_close(&frame);
	MUST(session_open(&session) == 0 && frame_open(&frame) == 0);
	for (size_t i = 0; i < n_collectors; i++)
		catalog_link(&session.catalog, collectors[i]->signals, collectors[i]->n_signals);
}

static uint16_t first_signal(size_t owner)
{
	size_t first = 0;

	for (size_t i = 0; i < owner; i++)
		first += collectors[i]->n_signals;
	return (uint16_t)first;
}

/* What a star may have matched: an address, an interface, a number; at the end of a path one of our
 * keys. */
static void match_stars(
	struct emit *out, const struct text_source *text, uint64_t choice, char leaf[static 128])
{
	static const char *const names[] = { "0000:04:00.0", "eth0", "0", "mlx5_0", "1" };
	str path = str_of(text->path), rest, base = str_base(path), before, after;

	for (unsigned i = 0; i < EMIT_MATCHES && str_cut(path, '*', NULL, &rest); i++, path = rest)
		out->match[i] = str_of(names[(choice + i) % 5]);
	snprintf(leaf, 128, "%.*s", STR_ARG(base));
	if (str_cut(base, '*', &before, &after)) {
		str key = str_of(names[choice % 5]);

		if (base.n == 1 && out->n_signals && out->signals[choice % out->n_signals].key) {
			key = str_of(out->signals[choice % out->n_signals].key);
			str_cut(key, '|', &key, NULL);
		}
		snprintf(leaf, 128, "%.*s%.*s%.*s", STR_ARG(before), STR_ARG(key), STR_ARG(after));
	}
	out->leaf = str_of(leaf);
}

static void check_block(const struct block *b)
{
	const struct signal *signal = catalog_get(&session.catalog, b->sig);

	MUST(b->who != ENTITY_NONE && b->who < session.entities.names.n);
	MUST(signal != NULL);
	MUST(entity_scope(&session.entities, b->who) != SCOPES);
	if (signal->unit == TEXT)
		for (unsigned sub = 0; sub < b->n; sub++)
			MUST(!block_has(b, sub) ||
				(b->values[sub] > 0 && b->values[sub] < session.texts.n));
}

static void check(const struct emit *out, int r, uint64_t cells)
{
	MUST(r <= 0 && r > -4096);
	MUST(out->cells >= cells + (out->cells == cells ? 0 : 1));
	for (uint32_t i = 0; i < session.ledger.n; i++)
		if (session.ledger.blocks[i].tick == session.ledger.tick)
			check_block(&session.ledger.blocks[i]);
	for (uint32_t i = 0; i < frame.n_rows; i++) {
		const struct sample *row = &frame.rows[i];
		const struct block *b = ledger_find(&session.ledger, row->who, row->sig);

		MUST(b && row->sub < b->n && block_has(b, row->sub));
	}
	for (uint32_t i = 0; i < frame.n_changes; i++)
		MUST(frame.changes[i].a < session.entities.names.n &&
			frame.changes[i].b < session.entities.names.n &&
			frame.changes[i].via < VIAS);
}

static void parse_one(const struct collector *c, size_t owner, unsigned text, str from)
{
	uint64_t choice = from.n ? hash_bytes(from.p, from.n < 8 ? from.n : 8) : 0;
	char leaf[128];
	OWN_MEMORY void *state = own_alloc(1, c->state_size);
	struct emit out = {
		.session = &session,
		.frame = &frame,
		.signals = c->signals,
		.n_signals = c->n_signals,
		.first_signal = first_signal(owner),
		.owner = (uint16_t)owner,
		.ns = choice & 1 ? "pod" : "",
		.state = state,
		.at_ns = 1,
	};
	int r;

	match_stars(&out, &c->texts[text], choice >> 1, leaf);
	out.who = entity_parse(&session.entities, STR("host"));
	session.ledger.tick++;
	frame_clear(&frame);
	r = c->parse(&out, text, from);
	check(&out, r, 0);
	ledger_seal(&session.ledger, &frame, (uint16_t)owner);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t owner = 0;
	unsigned text = 0;
	const struct collector *c;
	OWN_MEMORY char *copy = NULL;

	if (size < 2)
		return 0;
	begin_session();
	c = choose((uint16_t)(data[0] << 8 | data[1]), &owner, &text);
	/* exactly as long as the text, with the NUL that host_read() promises: one byte further is
	 * a report */
	copy = own_alloc(1, size - 1);
	memcpy(copy, data + 2, size - 2);
	if (c->parse)
		parse_one(c, owner, text, (str){ copy, size - 2 });
	return 0;
}

static unsigned seeds;

static void write_seed(const char *out, const struct collector *c, unsigned text, str from)
{
	uint16_t key = key_of(c, text);
	char path[512];
	OWN_FILE file = NULL;

	snprintf(path, sizeof(path), "%s/%s-%u-%016llx", out, c->name, text,
		(unsigned long long)hash_bytes(from.p, from.n));
	file = fopen(path, "we");
	if (!file)
		return;
	fputc(key >> 8, file);
	fputc(key & 0xff, file);
	fwrite(from.p, 1, from.n < 16384 ? from.n : 16384, file);
	seeds++;
}

static void seed_text(const char *out, struct host *h, struct walk_cache *cache,
	const struct collector *c, unsigned text)
{
	enum { OF_EACH = 4 };
	const struct text_source *source = &c->texts[text];
	struct places places = { 0 };
	struct arena keep;
	str from;

	if (arena_open(&keep, 64 << 20) < 0)
		return;
	walk(cache, source->path, 0, &keep, &places);
	for (uint32_t i = 0; i < places.n && i < OF_EACH; i++) {
		const char *path = places.items[i].path;
		int r = source->kind == LINK_TEXT   ? host_link(h, &keep, 0, path, &from)
			: source->kind == LIST_TEXT ? host_list(h, &keep, 0, path, &from)
						    : host_read(h, &keep, 0, path, NULL, &from);

		if (r == 0)
			write_seed(out, c, text, from);
	}
	arena_close(&keep);
}

static int seed_from(const char *out, const char *tree)
{
	struct host *h;
	struct walk_cache cache;
	struct arena scratch;
	int r = tree ? host_tree(tree, &h) : host_live(&h);

	if (r < 0)
		return r;
	if (arena_open(&scratch, 256 << 20) == 0 && walk_cache_open(&cache, h, &scratch) == 0) {
		for (size_t i = 0; i < n_collectors; i++)
			for (unsigned t = 0; t < collectors[i]->n_texts; t++)
				seed_text(out, h, &cache, collectors[i], t);
		walk_cache_close(&cache);
	}
	arena_close(&scratch);
	host_close(h);
	return 0;
}

int fuzz_make_seeds(const char *out, int n_trees, char **trees)
{
	int failed = seed_from(out, NULL) < 0;

	for (int i = 0; i < n_trees; i++)
		failed += seed_from(out, trees[i]) < 0;
	printf("%u seeds\n", seeds);
	return failed;
}
