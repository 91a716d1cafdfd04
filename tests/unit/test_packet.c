/* Packets: any ticks come back as they were; no bytes are believed, nor read beyond their end. */
#include "test.h"

#include <errno.h>

#include "base/own.h"
#include "record/packet.h"

static const struct signal table[] = {
	{ "made.a", "", COUNTER, BYTES, PCI, BY_COR_BIT, FREE, "a" },
	{ "made.b", "", GAUGE, ONE, PCI, BY_CPU, FREE, "b", 32, SATURATES },
	{ "made.c", "", STATE, ONE, PCI, NONE, CHEAP, "c" },
	{ "made.d", "", FACT, TEXT, PCI, NONE, FIRMWARE, "d" },
	{ "made.e", "", EVENT, ONE, PCI, NONE, FREE, "e" },
};
enum { SIGNALS = sizeof(table) / sizeof(*table), OWNERS = 4, CELLS = 130, MOST_EVENTS = 4 };

/* A host that does anything; and what a reader makes of it. */
struct made {
	struct session session;
	struct frame frame;
	struct packet_writer writer;
	struct pack pack;
	struct event events[MOST_EVENTS];
	uint32_t n_events;
	int64_t end_ns;
	uint64_t n_values;
	unsigned flags;
	/* the other side */
	struct session copy; /* its numbers are those of the writer */
	struct frame read;
	struct packet_reader reader;
	struct arena arena;
	struct packet packet;
};

static void open_made(struct made *m)
{
	*m = (struct made){ 0 };
	assert_int_equal(session_open(&m->session), 0);
	assert_int_equal(session_open(&m->copy), 0);
	assert_int_equal(frame_open(&m->frame), 0);
	assert_int_equal(frame_open(&m->read), 0);
	assert_int_equal(arena_open(&m->arena, 64 << 20), 0);
	packet_writer_open(&m->writer, &m->session);
	packet_reader_open(&m->reader);
	catalog_link(&m->session.catalog, table, SIGNALS);
	for (unsigned i = 0; i < OWNERS; i++)
		m->session.sources[i] = (struct source){ "a/path", "a", i ? "means nothing" : NULL,
			1u << i, 0, SIGNALS };
	m->session.n_sources = OWNERS;
}

static void close_made(struct made *m)
{
	packet_writer_close(&m->writer);
	packet_reader_close(&m->reader);
	frame_close(&m->frame);
	frame_close(&m->read);
	session_close(&m->session);
	session_close(&m->copy);
	arena_close(&m->arena);
	pack_free(&m->pack);
}

/* ---- ticks of any kind ---- */

static uint32_t any_entity(struct made *m)
{
	char name[32];

	snprintf(name, sizeof(name), "0000:%02x:00.0", random_below(random_below(4) ? 6 : 200));
	return entity_add(&m->session.entities, PCI, "", str_of(name));
}

static int64_t any_value(struct made *m, unsigned sig)
{
	static const int64_t ends[] = { 0, 0, 1, -1, INT64_MIN, INT64_MAX };
	char text[32];

	if (sig == 3) {
		snprintf(text, sizeof(text), "text %u", random_below(40));
		return names_add(&m->session.texts, str_of(text));
	}
	return random_below(3) ? ends[random_below(6)] : (int64_t)random_next();
}

static void write_owner(struct made *m, uint16_t owner)
{
	struct ledger *l = &m->session.ledger;

	for (unsigned i = random_below(12); i; i--) {
		unsigned sig = random_below(4), first = random_below(3);
		unsigned last = first + random_below(random_below(5) ? 6 : CELLS - 3);
		uint32_t who = any_entity(m);

		/* an entity is its owner's, as a source's is */
		if (who % OWNERS != owner)
			continue;
		for (unsigned sub = first; sub <= last;
			sub += 1 + random_below(2) * random_below(3))
			ledger_write(l, &m->frame,
				ledger_block(l, owner, who, (uint16_t)sig, sub + 1), sub,
				any_value(m, sig));
	}
	ledger_seal(l, &m->frame, owner);
}

static void say_relations(struct made *m)
{
	struct relations *rs = &m->session.relations;

	for (unsigned i = random_below(4); i; i--) {
		uint32_t a = any_entity(m), b = any_entity(m);
		enum via via = random_below(VIAS);

		if (random_below(2)) {
			if (!relation_say(rs, a, via, b, 0, 0, m->frame.mono_ns))
				continue;
			frame_change(&m->frame, (struct relation_change){ a, b, (uint8_t)via, false,
							m->frame.mono_ns });
		} else if (relation_one(rs, a, via) != UINT32_MAX) {
			b = relation_one(rs, a, via);
			relation_end(rs, a, via, b, m->frame.mono_ns);
			frame_change(&m->frame, (struct relation_change){ a, b, (uint8_t)via, true,
							m->frame.mono_ns });
		}
	}
}

static void say_source(struct made *m, uint16_t source)
{
	struct source_read read = { .source = source,
		.files = 3,
		.failed = random_below(4) ? 0 : random_below(5),
		.begin_ns = m->frame.mono_ns };

	if (random_below(5) == 0)
		read = (struct source_read){ .source = source,
			.status = (int16_t)(-1 - (int)random_below(130)),
			.files = 3,
			.begin_ns = m->frame.mono_ns };
	frame_read(&m->frame, read);
	for (uint32_t i = 0; i < read.failed; i++)
		frame_failure(
			&m->frame, (struct failure){ source, (int16_t)(-1 - (int)random_below(3)),
					   random_below(3) ? any_entity(m) : ENTITY_NONE });
}

static void make_events(struct made *m)
{
	static char text[MOST_EVENTS][64];

	m->n_events = random_below(3) ? 0 : random_below(MOST_EVENTS + 1);
	for (uint32_t i = 0; i < m->n_events; i++) {
		snprintf(text[i], sizeof(text[i]), "it\nhappened %u \"times\"", random_below(1000));
		m->events[i] = (struct event){ .who = any_entity(m),
			.sig = 4,
			.count = random_below(5) ? 1 : UINT32_MAX,
			.severity = random_below(EVENT_SEVERITIES),
			.stamp = random_below(WALL_STAMP + 1),
			.at_ns = (int64_t)random_next(),
			.arrival_lo_ns = m->frame.mono_ns - 5,
			.arrival_hi_ns = m->frame.mono_ns,
			.text = random_below(8) ? str_of(text[i]) : STR("") };
	}
}

/* One tick; sources that were not read in it keep what they have. */
static void make_tick(struct made *m, uint64_t tick)
{
	struct frame *f = &m->frame;
	bool rare = random_below(20) == 0;

	frame_clear(f);
	m->session.ledger.tick++;
	f->fast = random_below(4) == 0;
	f->mono_ns = (int64_t)(tick * 1000000 + random_below(1000));
	f->wall_ns = f->mono_ns + 1763750400 * INT64_C(1000000000) -
		     (rare ? 3600 * INT64_C(1000000000) : 0);
	f->boot_ns = f->mono_ns + (rare ? 5000 : 0);
	f->dropped = rare ? 7 : 0;
	for (uint16_t owner = 0; owner < OWNERS; owner++)
		if (random_below(4)) {
			write_owner(m, owner);
			say_source(m, owner);
		}
	say_relations(m);
	make_events(m);
	if (random_below(50) == 0)
		m->session.sources[1].absent =
			random_below(2) ? "means another thing" : "means nothing";
	m->end_ns = f->mono_ns + random_below(100000);
}

static void make_packet(struct made *m, uint64_t tick, unsigned flags)
{
	make_tick(m, tick);
	m->flags = flags;
	m->pack.n = 0;
	m->n_values = packet_write(
		&m->writer, &m->frame, m->end_ns, m->events, m->n_events, flags, &m->pack);
}

/* ---- the same on the other side ---- */

/* The reader's session gets the names under the writer's numbers. */
static void take_names(struct made *m, const struct packet *p)
{
	for (uint32_t i = 0; i < p->n_entities; i++) {
		names_add(&m->copy.entities.names, p->entities[i].text);
		assert_true(str_eq(entity_text(&m->copy.entities, p->entities[i].id),
			entity_text(&m->session.entities, p->entities[i].id)));
	}
	for (uint32_t i = 0; i < p->n_texts; i++) {
		names_add(&m->copy.texts, p->texts[i].text);
		assert_true(str_eq(names_get(&m->copy.texts, p->texts[i].id),
			names_get(&m->session.texts, p->texts[i].id)));
	}
	for (uint32_t i = 0; i < p->n_signals; i++) {
		const struct signal *s = &table[p->signals[i].id];

		assert_str(p->signals[i].name, s->name);
		assert_str(p->signals[i].kind, kind_names[s->kind]);
		assert_str(p->signals[i].sub, sub_names[s->sub]);
		assert_int_equal(p->signals[i].bits, s->bits);
		assert_int_equal(p->signals[i].full, s->full);
	}
	for (uint32_t i = 0; i < p->n_sources; i++) {
		const struct source *s = &m->session.sources[p->sources[i].id];

		assert_str(p->sources[i].absent, s->absent ? s->absent : "");
		assert_int_equal(p->sources[i].layers, s->layers);
	}
}

static void apply(struct made *m)
{
	if (m->packet.flags & PACKET_FULL) {
		ledger_close(&m->copy.ledger);
		assert_int_equal(ledger_open(&m->copy.ledger), 0);
		relations_close(&m->copy.relations);
	}
	ledger_apply(&m->copy.ledger, &m->read);
	for (uint32_t i = 0; i < m->read.n_changes; i++) {
		const struct relation_change *c = &m->read.changes[i];

		if (c->gone)
			relation_end(&m->copy.relations, c->a, c->via, c->b, c->at_ns);
		else
			relation_say(&m->copy.relations, c->a, c->via, c->b, 0, 0, c->at_ns);
	}
}

static size_t cells_of(const struct session *s, size_t *relations)
{
	size_t n = 0;

	for (uint32_t i = 0; i < s->ledger.n; i++)
		for (unsigned sub = 0; sub < s->ledger.blocks[i].n; sub++)
			n += block_has(&s->ledger.blocks[i], sub);
	*relations = 0;
	for (uint32_t i = 0; i < s->relations.n; i++)
		*relations += !s->relations.items[i].gone;
	return n;
}

static void expect_state(const struct made *m)
{
	const struct ledger *l = &m->session.ledger;
	const struct relations *rs = &m->session.relations;
	size_t n[2];

	assert_int_equal(cells_of(&m->session, &n[0]), cells_of(&m->copy, &n[1]));
	assert_int_equal(n[0], n[1]);
	for (uint32_t i = 0; i < l->n; i++)
		for (unsigned sub = 0; sub < l->blocks[i].n; sub++) {
			const struct block *b = &l->blocks[i], *copy;

			if (!block_has(b, sub))
				continue;
			copy = ledger_find(&m->copy.ledger, b->who, b->sig);
			assert_true(copy && block_has(copy, sub));
			assert_true(copy->values[sub] == b->values[sub]);
		}
	for (uint32_t i = 0; i < rs->n; i++) {
		uint32_t cursor = 0;
		const struct relation *r = &rs->items[i], *copy = NULL;

		while (!r->gone &&
			(copy = relation_next(&m->copy.relations, r->a, r->via, &cursor)))
			if (copy->b == r->b)
				break;
		assert_true(r->gone || (copy && copy->since_ns == r->since_ns));
	}
}

static void expect_reads(const struct made *m)
{
	const struct frame *f = &m->frame, *r = &m->read;
	uint32_t at = 0;

	assert_int_equal(r->n_reads, f->n_reads);
	assert_int_equal(r->n_failures, f->n_failures);
	for (uint32_t i = 0; i < f->n_reads; i++) {
		assert_int_equal(r->reads[i].source, f->reads[i].source);
		assert_int_equal(r->reads[i].status, f->reads[i].status);
		assert_int_equal(r->reads[i].files, f->reads[i].files);
		assert_int_equal(r->reads[i].failed, f->reads[i].failed);
		for (uint32_t k = 0; k < f->reads[i].failed; k++, at++) {
			assert_int_equal(r->failures[at].source, f->failures[at].source);
			assert_int_equal(r->failures[at].error, f->failures[at].error);
			assert_int_equal(r->failures[at].who, f->failures[at].who);
		}
	}
}

static void expect_events(const struct made *m)
{
	assert_int_equal(m->packet.n_events, m->n_events);
	for (uint32_t i = 0; i < m->n_events; i++) {
		const struct event *e = &m->events[i], *got = &m->packet.events[i];

		assert_true(e->who == got->who && e->sig == got->sig && e->count == got->count &&
			    e->severity == got->severity && e->stamp == got->stamp);
		assert_true(e->at_ns == got->at_ns && e->arrival_lo_ns == got->arrival_lo_ns &&
			    e->arrival_hi_ns == got->arrival_hi_ns);
		assert_true(str_eq(e->text, got->text));
	}
}

static void expect_frame(const struct made *m)
{
	const struct frame *f = &m->frame, *r = &m->read;

	assert_int_equal(r->mono_ns, f->mono_ns);
	assert_int_equal(r->wall_ns, f->wall_ns);
	assert_int_equal(r->boot_ns, f->boot_ns);
	assert_int_equal(r->dropped, f->dropped);
	assert_int_equal(r->fast, f->fast);
	assert_int_equal(m->packet.end_ns, m->end_ns);
	assert_int_equal(m->packet.n_values, m->n_values);
	expect_reads(m);
	expect_events(m);
	if (m->flags & PACKET_FULL)
		return;
	assert_int_equal(r->n_rows, f->n_rows);
	for (uint32_t i = 0; i < f->n_rows; i++)
		assert_memory_equal(&r->rows[i], &f->rows[i], sizeof(*f->rows));
	assert_int_equal(r->n_spans, f->n_spans);
	for (uint32_t i = 0; i < f->n_spans; i++)
		assert_true(r->spans[i].who == f->spans[i].who &&
			    r->spans[i].sig == f->spans[i].sig &&
			    r->spans[i].first == f->spans[i].first &&
			    r->spans[i].last == f->spans[i].last &&
			    r->spans[i].gone == f->spans[i].gone);
}

static int read_packet(struct made *m)
{
	str rest = { m->pack.p, m->pack.n };
	int r;

	arena_release(&m->arena, m->arena.base);
	r = packet_read(&m->reader, &rest, &m->arena, &m->read, &m->packet);
	assert_true(r < 0 || rest.n == 0);
	return r;
}

/* The packet that was made last, read and held against what it was made of. */
static void expect_packet(struct made *m)
{
	assert_int_equal(read_packet(m), 0);
	assert_int_equal(m->packet.flags & PACKET_FULL, m->flags & PACKET_FULL);
	take_names(m, &m->packet);
	apply(m);
	expect_frame(m);
	expect_state(m);
}

static void any_ticks_come_back(void **state)
{
	(void)state;
	random_seed("any_ticks_come_back");
	for (unsigned run = 0; run < 12; run++) {
		struct made m;

		open_made(&m);
		for (uint64_t tick = 0; tick < 150; tick++) {
			bool full = tick == 0 || random_below(25) == 0;

			make_packet(&m, tick, full ? PACKET_FULL : 0);
			expect_packet(&m);
		}
		close_made(&m);
	}
}

/* Whoever begins in the middle has all there is from the first full packet on. */
static void a_full_packet_needs_none_before_it(void **state)
{
	struct made m;

	(void)state;
	random_seed("a_full_packet_needs_none_before_it");
	open_made(&m);
	for (uint64_t tick = 0; tick < 60; tick++)
		make_packet(&m, tick, tick == 0 ? PACKET_FULL : 0);
	assert_int_equal(read_packet(&m), -EBADMSG);
	for (uint64_t tick = 60; tick < 90; tick++) {
		make_packet(&m, tick, tick == 60 ? PACKET_FULL : 0);
		expect_packet(&m);
	}
	close_made(&m);
}

/* Numbers begin anew with another run. */
static void another_run_says_so(void **state)
{
	struct made m;

	(void)state;
	open_made(&m);
	make_packet(&m, 1, PACKET_FULL | PACKET_RENEWS);
	assert_int_equal(read_packet(&m), 0);
	assert_int_equal(m.packet.flags & ~(unsigned)PACKET_FAST, PACKET_FULL | PACKET_RENEWS);
	assert_true(m.packet.n_signals == SIGNALS && m.packet.n_sources == OWNERS);
	close_made(&m);
}

static void events_come_between_ticks(void **state)
{
	struct made m;
	struct event e = { .sig = 4, .count = 3, .severity = EVENT_CRITICAL, .text = STR("now") };

	(void)state;
	open_made(&m);
	make_packet(&m, 1, PACKET_FULL);
	assert_int_equal(read_packet(&m), 0);
	e.who = entity_add(&m.session.entities, PCI, "", STR("new"));
	m.pack.n = 0;
	packet_write_events(&m.writer, &e, 1, &m.pack);
	assert_int_equal(read_packet(&m), 0);
	assert_int_equal(m.packet.flags, PACKET_EVENTS);
	assert_int_equal(m.packet.n_entities, 1);
	assert_str(m.packet.entities[0].text, "pci:new");
	assert_str(m.packet.events[0].text, "now");
	close_made(&m);
}

/* The first row of a packet lies where a row behind the first cell of all would. */
static void the_second_cell_of_all_is_not_the_first(void **state)
{
	struct made m;

	(void)state;
	open_made(&m);
	m.session.ledger.tick++;
	frame_clear(&m.frame);
	frame_row(&m.frame, (struct sample){ 0, 0, 1, 77 });
	packet_write(&m.writer, &m.frame, 1, NULL, 0, PACKET_FULL, &m.pack);
	assert_int_equal(read_packet(&m), 0);
	m.pack.n = 0;
	packet_write(&m.writer, &m.frame, 1, NULL, 0, 0, &m.pack);
	assert_int_equal(read_packet(&m), 0);
	assert_int_equal(m.read.n_rows, 1);
	assert_int_equal(m.read.rows[0].sub, 1);
	assert_int_equal(m.read.rows[0].value, 77);
	close_made(&m);
}

/* More cells than a frame takes: a reader gets those that fit, whole, and is told of the others. */
static void a_host_too_large_for_a_frame_is_cut(void **state)
{
	struct made m;
	struct ledger *l = &m.session.ledger;
	enum { TOO_MANY = FRAME_SPANS + 1000 };

	(void)state;
	open_made(&m);
	frame_clear(&m.frame);
	l->tick++;
	for (uint32_t i = 0; i < TOO_MANY; i++)
		ledger_write(
			l, &m.frame, ledger_block(l, 0, i / 2, (uint16_t)(i % 2), 1), 0, i + 1);
	ledger_seal(l, &m.frame, 0);
	m.frame.dropped = 0;
	packet_write(&m.writer, &m.frame, 1, NULL, 0, PACKET_FULL, &m.pack);
	assert_int_equal(read_packet(&m), 0);
	assert_int_equal(m.read.n_spans, FRAME_SPANS);
	assert_int_equal(m.read.n_rows, FRAME_SPANS);
	assert_int_equal(m.read.dropped, TOO_MANY - FRAME_SPANS);
	close_made(&m);
}

/* A newer faultline may say more. */
static void sections_that_are_not_known_are_skipped(void **state)
{
	struct made m;
	struct pack longer = { 0 }, body = { 0 };
	str rest, inner;

	(void)state;
	random_seed("sections_that_are_not_known_are_skipped");
	open_made(&m);
	make_packet(&m, 1, PACKET_FULL);
	rest = (str){ m.pack.p, m.pack.n };
	assert_true(unpack_text(&rest, &inner));
	pack_number(&body, 77);
	pack_text(&body, STR("what is to come"));
	pack_bytes(&body, inner);
	pack_number(&body, 1000000);
	pack_text(&body, STR(""));
	pack_text(&longer, (str){ body.p, body.n });
	m.pack.n = 0;
	pack_bytes(&m.pack, (str){ longer.p, longer.n });
	expect_packet(&m);
	pack_free(&longer);
	pack_free(&body);
	close_made(&m);
}

/* ---- damage ---- */

/* In memory that ends where the bytes end: a sanitizer sees a reader that goes further. */
static int read_bytes(struct made *m, const char *bytes, size_t n)
{
	OWN_MEMORY char *copy = own_alloc(n, 1);
	struct packet names;
	str rest = { copy, n }, again = rest;
	int r;

	if (n)
		memcpy(copy, bytes, n);
	arena_release(&m->arena, m->arena.base);
	r = packet_read(&m->reader, &rest, &m->arena, &m->read, &m->packet);
	packet_read(NULL, &again, &m->arena, NULL, &names);
	assert_true(r == 0 || r == -EBADMSG || r == -ENOMEM || (r == -ENODATA && n == 0));
	return r;
}

static void what_is_cut_is_damaged(void **state)
{
	struct made m;

	(void)state;
	random_seed("what_is_cut_is_damaged");
	open_made(&m);
	for (uint64_t tick = 0; tick < 20; tick++) {
		make_packet(&m, tick, tick % 5 == 0 ? PACKET_FULL : 0);
		for (size_t n = 0; n < m.pack.n; n += 1 + n / 300)
			assert_true(read_bytes(&m, m.pack.p, n) < 0);
		assert_int_equal(read_bytes(&m, m.pack.p, m.pack.n), 0);
	}
	close_made(&m);
}

static void what_is_damaged_ends(void **state)
{
	struct made m;
	unsigned refused = 0, n = 0;

	(void)state;
	random_seed("what_is_damaged_ends");
	open_made(&m);
	for (uint64_t tick = 0; tick < 60; tick++) {
		make_packet(&m, tick, tick % 4 == 0 ? PACKET_FULL : 0);
		for (unsigned i = 0; i < 150; i++, n++) {
			size_t at = random_below((unsigned)m.pack.n);
			char was = m.pack.p[at];

			m.pack.p[at] =
				(char)(i % 2 ? was ^ (1 << random_below(8)) : (int)random_next());
			refused += read_bytes(&m, m.pack.p, m.pack.n) < 0;
			m.pack.p[at] = was;
		}
	}
	printf("%u of %u were refused\n", refused, n);
	assert_true(refused > n / 20);
	close_made(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_ticks_come_back),
		cmocka_unit_test(a_full_packet_needs_none_before_it),
		cmocka_unit_test(another_run_says_so),
		cmocka_unit_test(events_come_between_ticks),
		cmocka_unit_test(the_second_cell_of_all_is_not_the_first),
		cmocka_unit_test(a_host_too_large_for_a_frame_is_cut),
		cmocka_unit_test(sections_that_are_not_known_are_skipped),
		cmocka_unit_test(what_is_cut_is_damaged),
		cmocka_unit_test(what_is_damaged_ends),
	};

	return RUN_TESTS(tests);
}
