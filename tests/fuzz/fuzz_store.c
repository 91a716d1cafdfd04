/*
 * The fuzz target of what a store is made of: the first byte chooses packets, the columns of a chunk,
 * or a whole chunk, which is squeezed first unless the byte says otherwise.
 */
#include <errno.h>
#include <string.h>

#include "base/own.h"
#include "fuzz.h"
#include "record/column.h"
#include "record/load.h"
#include "record/packet.h"

/* Of the first byte. */
enum { FUZZ_PACKETS, FUZZ_COLUMNS, FUZZ_CHUNK, FUZZ_SQUEEZED, FUZZ_KINDS };

static struct arena arena;
static struct frame frame;
static struct squeezer *squeezer;

static void make_memory(void)
{
	if (squeezer)
		return;
	squeezer = squeezer_open();
	MUST(arena_open(&arena, 64 << 20) == 0 && frame_open(&frame) == 0);
}

static void check_frame(const struct packet *p)
{
	MUST(frame.n_rows <= FRAME_ROWS && frame.n_spans <= FRAME_SPANS);
	for (uint32_t i = 0; i < frame.n_spans; i++)
		MUST(frame.spans[i].first <= frame.spans[i].last);
	for (uint32_t i = 0; i < frame.n_reads; i++)
		MUST(frame.reads[i].source < SOURCE_LIMIT && frame.reads[i].status <= 0);
	for (uint32_t i = 0; i < frame.n_failures; i++)
		MUST(frame.failures[i].source < SOURCE_LIMIT && frame.failures[i].error <= 0);
	for (uint32_t i = 0; i < frame.n_changes; i++)
		MUST(frame.changes[i].via < VIAS);
	for (uint32_t i = 0; i < p->n_sources; i++)
		MUST(p->sources[i].id < SOURCE_LIMIT);
	for (uint32_t i = 0; i < p->n_events; i++)
		MUST(p->events[i].severity < EVENT_SEVERITIES && p->events[i].stamp <= WALL_STAMP);
}

/* The head of a packet is read again when its segment has been rolled over: as a packet of its own. */
static void fuzz_head(const struct packet *p)
{
	struct packet_reader reader;
	struct pack copy = { 0 };
	struct packet again;
	str rest;

	pack_text(&copy, p->head);
	rest = (str){ copy.p, copy.n };
	packet_reader_open(&reader);
	packet_read(&reader, &rest, &arena, &frame, &again);
	packet_reader_close(&reader);
	pack_free(&copy);
}

static void fuzz_packets(str from)
{
	str frames = from, names = from;
	struct packet_reader reader;
	struct packet p;
	size_t before;
	int r;

	packet_reader_open(&reader);
	do {
		before = frames.n;
		arena_release(&arena, arena.base);
		r = packet_read(&reader, &frames, &arena, &frame, &p);
		MUST(r == 0 || r == -ENODATA || r == -EBADMSG || r == -ENOMEM);
		MUST(r < 0 || frames.n < before);
		if (r == 0) {
			check_frame(&p);
			if (p.head.n)
				fuzz_head(&p);
		}
	} while (r == 0);
	packet_reader_close(&reader);
	do {
		arena_release(&arena, arena.base);
	} while (packet_read(NULL, &names, &arena, NULL, &p) == 0);
}

static void fuzz_columns(str from)
{
	struct column_reader reader;
	struct column_cursor cursor;
	uint32_t slot, tick, before = 0;
	int64_t value;
	int r = columns_read(from, &reader);

	while (r == 0 && (r = columns_next(&reader, &slot, &cursor)) == 0) {
		size_t points = 0;

		while ((r = column_next(&cursor, &tick, &value)) == 0) {
			MUST(points == 0 || tick > before);
			MUST(++points <= from.n);
			before = tick;
		}
		r = r == -ENODATA ? 0 : r;
	}
	MUST(r == -ENODATA || r == -EBADMSG);
}

static void fuzz_chunk(str from, bool squeezed)
{
	struct sample series[GROUP_SERIES] = { 0 };
	struct load load = { 0 };
	struct pack data = { 0 };
	int r;

	for (unsigned i = 0; i < GROUP_SERIES; i++)
		series[i] = (struct sample){ i % 9 == 8 ? UINT32_MAX : i, 1, 0, 0 };
	if (squeezed)
		pack_bytes(&data, from);
	else
		MUST(squeeze(squeezer, from, &data) == 0);
	r = load_chunk(
		&load, (str){ data.n ? data.p : "", data.n }, squeezer, series, GROUP_SERIES);
	MUST(r == 0 || r == -EBADMSG || r == -ENOKEY || r == -ENOMEM);
	MUST(r == 0 || load.n_rows == 0);
	for (uint32_t i = 0; i < load.n_rows; i++)
		MUST(load.rows[i].row.who < GROUP_SERIES);
	pack_free(&data);
	load_close(&load);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN_MEMORY char *copy = NULL;
	str from;

	if (size < 1)
		return 0;
	make_memory();
	copy = own_alloc(size, 1);
	memcpy(copy, data + 1, size - 1);
	from = (str){ copy, size - 1 };
	switch (data[0] % FUZZ_KINDS) {
	case FUZZ_PACKETS:
		fuzz_packets(from);
		break;
	case FUZZ_COLUMNS:
		fuzz_columns(from);
		break;
	default:
		fuzz_chunk(from, data[0] % FUZZ_KINDS == FUZZ_SQUEEZED);
	}
	return 0;
}

/* ---- seeds ---- */

static int write_seed(const char *out, const char *name, uint8_t what, const struct pack *bytes)
{
	char path[512];
	OWN_FILE file = NULL;

	snprintf(path, sizeof(path), "%.400s/%s", out, name);
	file = fopen(path, "we");
	if (!file)
		return -errno;
	fputc(what, file);
	fwrite(bytes->p, 1, bytes->n, file);
	return 0;
}

/* Some ticks with something of everything that packets say. */
static int seed_packets(const char *out)
{
	static const struct signal table[] = {
		{ "made.a", "", COUNTER, BYTES, PCI, BY_CPU, FREE, "a" },
		{ "made.b", "", FACT, TEXT, PCI, NONE, FREE, "b" },
	};
	struct packet_writer w;
	struct pack pack = { 0 };
	struct session s;
	struct event e = { .sig = 1, .count = 1, .text = STR("happened") };
	int r;

	MUST(session_open(&s) == 0);
	catalog_link(&s.catalog, table, 2);
	s.sources[0] = (struct source){ "a/path", "a", "nothing", 3, 0, 2 };
	s.n_sources = 1;
	packet_writer_open(&w, &s);
	for (unsigned tick = 0; tick < 5; tick++) {
		uint32_t who = entity_add(&s.entities, PCI, "", tick < 3 ? STR("a") : STR("b"));

		frame_clear(&frame);
		s.ledger.tick++;
		frame.mono_ns = 1000 * (int64_t)tick;
		for (unsigned sub = 0; sub < 4; sub++)
			ledger_write(&s.ledger, &frame, ledger_block(&s.ledger, 0, who, 0, 4), sub,
				tick * sub);
		ledger_write(&s.ledger, &frame, ledger_block(&s.ledger, 0, who, 1, 1), 0,
			names_add(&s.texts, STR("text")));
		ledger_seal(&s.ledger, &frame, 0);
		frame_read(&frame, (struct source_read){ .files = 2, .failed = tick % 2 });
		frame_failure(&frame, (struct failure){ 0, -5, who });
		frame_change(&frame, (struct relation_change){ who, 0, VIA_CPU, tick == 4, 5 });
		packet_write(&w, &frame, 7, &e, tick % 2, tick % 3 == 0 ? PACKET_FULL : 0, &pack);
	}
	packet_write_events(&w, &e, 1, &pack);
	r = write_seed(out, "packets", FUZZ_PACKETS, &pack);
	packet_writer_close(&w);
	session_close(&s);
	pack_free(&pack);
	return r;
}

static int seed_columns(const char *out)
{
	struct column_pool pool = { 0 };
	struct column columns[3] = { 0 };
	struct column_slot slots[3] = { { &columns[0], 0 }, { &columns[1], 3 },
		{ &columns[2], 5 } };
	struct pack pack = { 0 }, squeezed = { 0 };
	int r;

	for (uint32_t i = 0; i < 30; i++) {
		column_put(&pool, &columns[0], i, (int64_t)i * 1000, 2);
		column_put(&pool, &columns[1], i * i, i % 3 ? INT64_MAX : INT64_MIN, 1);
		if (i % 7 == 0)
			column_put(&pool, &columns[2], i, -(int64_t)i, 1);
	}
	columns_pack(&pool, slots, 3, &pack);
	r = write_seed(out, "columns", FUZZ_COLUMNS, &pack);
	r |= write_seed(out, "chunk", FUZZ_CHUNK, &pack);
	MUST(squeeze(squeezer, (str){ pack.p, pack.n }, &squeezed) == 0);
	r |= write_seed(out, "squeezed", FUZZ_SQUEEZED, &squeezed);
	pack_free(&pack);
	pack_free(&squeezed);
	column_pool_close(&pool);
	return r;
}

int fuzz_make_seeds(const char *out, int n_trees, char **trees)
{
	(void)n_trees;
	(void)trees;
	make_memory();
	return seed_packets(out) | seed_columns(out);
}
