/* What another process read, adopted: the same as if it had been read here, tick by tick, and in what is sent on. */
#include "test.h"

#include <errno.h>

#include "base/clock.h"
#include "record/adopt.h"
#include "record/apply.h"

enum { ENTITIES = 9, MADE_CPUS = 5, MADE_TICKS = 600, LINE = 160, LINES = 400 };
enum { COUNTERS, STATES, GROUPS };

/* clang-format off */
static const struct signal counters[] = {
	{ "made.total",  "", COUNTER, ONE,  RDMA, NONE,   FREE, "grows" },
	{ "made.by_cpu", "", COUNTER, ONE,  RDMA, BY_CPU, FREE, "cells come and go" },
};
static const struct signal states[] = {
	{ "made.name",   "", FACT,    TEXT, RDMA, NONE,   FREE, "a text" },
	{ "made.level",  "", GAUGE,   ONE,  RDMA, NONE,   FREE, "often 0" },
};
static const struct signal own[] = {
	{ "here.gauge",  "", GAUGE,   ONE,  HOST, NONE,   FREE, "read by this process itself" },
};
/* clang-format on */
static const struct signal *const tables[GROUPS] = { counters, states };
static const char *const paths[GROUPS] = { "sys/made/*/counters", "sys/made/*/states" };

/* The process that reads, and the one that adopts; a follower of the latter. */
struct bench {
	struct session there, here, follower;
	struct frame read, frame, followed;
	struct packet_writer sends, sends_on;
	struct pack packet, packet_on;
	struct adopt adopt;
	struct apply apply;
	uint16_t first[GROUPS], own;
	uint64_t tick, seed;
	int64_t mono_ns;
	bool begun;
};

static uint64_t dice(struct bench *b, uint64_t sides)
{
	return hash_mix(b->seed += 0x9e3779b97f4a7c15u) % sides;
}

static void declare(struct session *s, uint16_t first[GROUPS])
{
	for (unsigned g = 0; g < GROUPS; g++) {
		first[g] = catalog_link(&s->catalog, tables[g], 2);
		s->sources[s->n_sources++] =
			(struct source){ paths[g], "made", "none", 1, first[g], 2 };
	}
}

/* Names get other numbers each time. */
static void begin_there(struct bench *b)
{
	assert_int_equal(session_open(&b->there), 0);
	for (uint64_t i = dice(b, 5); i > 0; i--) {
		char digits[STR_DIGITS];

		names_add(&b->there.texts, str_of_u64(i, digits));
		entity_add(&b->there.entities, IRQ, "", str_of_u64(i, digits));
	}
	declare(&b->there, b->first);
	packet_writer_open(&b->sends, &b->there);
	b->begun = true;
}

static void end_there(struct bench *b)
{
	if (!b->begun)
		return;
	packet_writer_close(&b->sends);
	session_close(&b->there);
	b->begun = false;
}

static int open_bench(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	uint16_t first[GROUPS];
	unsigned first_source;

	*state = b;
	b->seed = 17;
	b->mono_ns = 1000 * SECOND_NS;
	assert_int_equal(session_open(&b->here) | session_open(&b->follower), 0);
	assert_int_equal(
		frame_open(&b->read) | frame_open(&b->frame) | frame_open(&b->followed), 0);
	b->own = catalog_link(&b->here.catalog, own, 1);
	b->here.sources[b->here.n_sources++] =
		(struct source){ "proc/own", "own", "none", 1, b->own, 1 };
	entity_add(&b->here.entities, HOST, "", STR(""));
	first_source = b->here.n_sources;
	declare(&b->here, first);
	packet_writer_open(&b->sends_on, &b->here);
	assert_int_equal(adopt_open(&b->adopt, &b->here, first_source, GROUPS), 0);
	return apply_open(&b->apply, &b->follower);
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	end_there(b);
	adopt_close(&b->adopt);
	apply_close(&b->apply);
	packet_writer_close(&b->sends_on);
	session_close(&b->here);
	session_close(&b->follower);
	frame_close(&b->read);
	frame_close(&b->frame);
	frame_close(&b->followed);
	pack_free(&b->packet);
	pack_free(&b->packet_on);
	free(b);
	return 0;
}

/* ---- the process that reads ---- */

static void write_cell(struct bench *b, unsigned group, unsigned row, uint32_t who, unsigned sub)
{
	struct ledger *l = &b->there.ledger;
	struct block *block =
		ledger_block(l, (uint16_t)group, who, (uint16_t)(b->first[group] + row), sub + 1);
	int64_t value = (int64_t)dice(b, 3);
	char text[32];

	assert_non_null(block);
	if (dice(b, 8) == 0) /* one of few texts, or a number of any size */
		value = (int64_t)hash_mix(b->seed) >> dice(b, 60);
	if (group == STATES && row == 0) {
		snprintf(text, sizeof(text), "text %d", (int)dice(b, 20));
		value = names_add(&b->there.texts, str_of(text));
	}
	ledger_write(l, &b->read, block, sub, value);
}

static void say_relation(struct bench *b, uint32_t who)
{
	uint32_t other = entity_parse(
		&b->there.entities, dice(b, 2) ? STR("pci:0000:01:00.0") : STR("pci:0000:02:00.0"));

	if (relation_say(&b->there.relations, who, VIA_PCI, other, STATES, b->there.ledger.tick,
		    b->read.mono_ns))
		frame_change(&b->read,
			(struct relation_change){ who, other, VIA_PCI, false, b->read.mono_ns });
}

static void end_relations(struct bench *b)
{
	struct relations *rs = &b->there.relations;

	for (uint32_t i = 0; i < rs->n; i++) {
		struct relation *r = &rs->items[i];

		if (r->gone || r->tick == b->there.ledger.tick)
			continue;
		r->gone = true;
		frame_change(&b->read,
			(struct relation_change){ r->a, r->b, r->via, true, b->read.mono_ns });
	}
}

static void read_group(struct bench *b, unsigned group)
{
	char name[32];

	for (unsigned i = 0; i < ENTITIES; i++) {
		uint32_t who;

		snprintf(name, sizeof(name), "mlx5_%u/1", i);
		who = entity_add(&b->there.entities, RDMA, "", str_of(name));
		if (dice(b, 6) == 0)
			continue;
		for (unsigned row = 0; row < 2; row++)
			for (unsigned sub = 0; sub < (group == COUNTERS && row ? MADE_CPUS : 1);
				sub++)
				if (dice(b, 12))
					write_cell(b, group, row, who, sub);
		if (group == STATES)
			say_relation(b, who);
	}
	if (group == STATES)
		end_relations(b);
	ledger_seal(&b->there.ledger, &b->read, (uint16_t)group);
	if (dice(b, 10) == 0)
		frame_failure(&b->read, (struct failure){ (uint16_t)group, -EIO, ENTITY_NONE });
	frame_read(&b->read, (struct source_read){ .source = (uint16_t)group,
				     .files = 1,
				     .begin_ns = b->read.mono_ns,
				     .end_ns = b->read.mono_ns + 5 });
}

/* As a collector would say of itself, and both processes do. */
static void say_cost(struct session *s, struct frame *f, int64_t value)
{
	static const struct signal cost[] = { { "self.cpu", NULL, COUNTER, NSEC, HOST, NONE, FREE,
		"what this process costs" } };
	uint16_t sig = catalog_find(&s->catalog, STR("self.cpu"));
	struct block *b;

	if (sig == SIGNAL_NONE)
		sig = catalog_link(&s->catalog, cost, 1);
	b = ledger_block(&s->ledger, 9, entity_parse(&s->entities, STR("host")), sig, 1);
	ledger_write(&s->ledger, f, b, 0, value);
	ledger_seal(&s->ledger, f, 9);
}

static uint64_t read_there(struct bench *b, unsigned flags, unsigned groups)
{
	frame_clear(&b->read);
	b->read.mono_ns = b->read.wall_ns = b->read.boot_ns = b->mono_ns + 7;
	b->there.ledger.tick++;
	for (unsigned g = 0; g < GROUPS; g++)
		if (groups >> g & 1)
			read_group(b, g);
	say_cost(&b->there, &b->read, 1);
	b->packet.n = 0;
	return packet_write(&b->sends, &b->read, b->mono_ns + 9, NULL, 0, flags, &b->packet);
}

/* ---- the one that adopts ---- */

static void begin_here(struct bench *b)
{
	struct ledger *l = &b->here.ledger;
	struct block *block;

	b->tick++;
	b->mono_ns += SECOND_NS;
	frame_clear(&b->frame);
	b->frame.mono_ns = b->frame.wall_ns = b->frame.boot_ns = b->mono_ns;
	l->tick++;
	block = ledger_block(l, 0, 0, b->own, 1);
	ledger_write(l, &b->frame, block, 0, (int64_t)b->tick);
	ledger_seal(l, &b->frame, 0);
	say_cost(&b->here, &b->frame, 2);
}

static uint64_t send_on(struct bench *b)
{
	struct packet p;
	uint64_t n;
	str bytes;

	b->packet_on.n = 0;
	n = packet_write(&b->sends_on, &b->frame, b->mono_ns + 20, NULL, 0,
		b->tick == 1 ? PACKET_FULL | PACKET_RENEWS : 0, &b->packet_on);
	bytes = (str){ b->packet_on.p, b->packet_on.n };
	assert_int_equal(apply_read(&b->apply, &bytes, &p), 0);
	names_map_learn(&b->apply.names, &p);
	apply_packet(&b->apply, &p, true, &b->followed);
	return n;
}

/* ---- what a session knows, as text ---- */

struct lines {
	char of[LINES][LINE];
	unsigned n;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void add_line(struct lines *to, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void add_line(struct lines *to, const char *format, ...)
{
	va_list list;

	assert_true(to->n < LINES);
	va_start(list, format);
	vsnprintf(to->of[to->n++], LINE, format, list);
	va_end(list);
}

static void add_block(struct lines *to, const struct session *s, const struct block *b)
{
	const struct signal *signal = catalog_get(&s->catalog, b->sig);

	for (unsigned sub = 0; sub < b->n; sub++) {
		if (!block_has(b, sub))
			continue;
		if (signal->unit == TEXT)
			add_line(to, "%s %.*s %u %.*s", signal->name,
				STR_ARG(entity_text(&s->entities, b->who)), sub,
				STR_ARG(names_get(&s->texts, (uint32_t)b->values[sub])));
		else
			add_line(to, "%s %.*s %u %lld", signal->name,
				STR_ARG(entity_text(&s->entities, b->who)), sub,
				(long long)b->values[sub]);
	}
}

static struct lines *all_of(const struct session *s)
{
	struct lines *to = calloc(1, sizeof(*to));

	for (uint32_t i = 0; i < s->ledger.n; i++)
		if (str_starts(str_of(catalog_get(&s->catalog, s->ledger.blocks[i].sig)->name),
			    STR("made.")))
			add_block(to, s, &s->ledger.blocks[i]);
	for (uint32_t i = 0; i < s->relations.n; i++) {
		const struct relation *r = &s->relations.items[i];

		if (!r->gone)
			add_line(to, "%.*s -> %.*s", STR_ARG(entity_text(&s->entities, r->a)),
				STR_ARG(entity_text(&s->entities, r->b)));
	}
	qsort(to->of, to->n, LINE, by_text);
	return to;
}

static void compare(const struct bench *b, const struct session *s, const char *which)
{
	struct lines *there = all_of(&b->there), *other = all_of(s);

	for (unsigned i = 0; i < there->n && i < other->n; i++)
		if (strcmp(there->of[i], other->of[i]) != 0)
			fail_msg("tick %llu, %s: \"%s\" instead of \"%s\"",
				(unsigned long long)b->tick, which, other->of[i], there->of[i]);
	assert_int_equal(there->n, other->n);
	free(there);
	free(other);
}

static void check_reads(const struct bench *b, unsigned groups)
{
	unsigned found = 0;

	for (uint32_t i = 0; i < b->frame.n_reads; i++) {
		const struct source_read *read = &b->frame.reads[i];
		const struct source *source = &b->here.sources[read->source];

		for (unsigned g = 0; g < GROUPS; g++)
			if (strcmp(source->path, paths[g]) == 0)
				found |= 1u << g;
		assert_int_equal(read->begin_ns, b->mono_ns + 7);
		assert_int_equal(read->end_ns, b->mono_ns + 9);
	}
	assert_int_equal(found, groups);
	assert_int_equal(b->frame.n_failures, b->read.n_failures);
}

/* Cells of the groups that were read, in the session that adopted. */
static uint64_t cells_of(const struct session *s, unsigned groups)
{
	struct lines *lines = all_of(s);
	uint64_t n = 0;

	for (unsigned i = 0; i < lines->n; i++)
		for (unsigned g = 0; g < GROUPS; g++)
			for (unsigned row = 0; row < 2; row++)
				n += (groups >> g & 1) &&
				     str_starts(str_of(lines->of[i]), str_of(tables[g][row].name));
	free(lines);
	return n;
}

static void adopted_as_if_read_here(void **state)
{
	struct bench *b = *state;
	unsigned began_anew = 0;

	while (b->tick < MADE_TICKS) {
		bool anew = !b->begun || dice(b, 40) == 0;
		unsigned groups = anew ? 3 : (unsigned)dice(b, 4);
		uint64_t n;

		if (anew) {
			end_there(b);
			begin_there(b);
			began_anew++;
		}
		begin_here(b);
		read_there(b, anew || dice(b, 30) == 0 ? PACKET_FULL | PACKET_RENEWS : 0, groups);
		assert_int_equal(
			adopt_packet(&b->adopt, (str){ b->packet.p, b->packet.n }, &b->frame), 0);
		compare(b, &b->here, "adopted");
		check_reads(b, groups);
		n = send_on(b);
		compare(b, &b->follower, "sent on");
		if (n < 2 + cells_of(&b->here, groups))
			fail_msg("%llu values counted as read", (unsigned long long)n);
	}
	assert_true(began_anew > 5);
}

/* Only what was read counts as read: a tick's values are what it cost. */
static void what_was_not_read_does_not_count(void **state)
{
	struct bench *b = *state;

	begin_there(b);
	for (unsigned i = 0; i < 50; i++) {
		unsigned groups = i ? i % 4 : 3;
		uint64_t n;

		begin_here(b);
		read_there(b, i ? 0 : PACKET_FULL | PACKET_RENEWS, groups);
		assert_int_equal(
			adopt_packet(&b->adopt, (str){ b->packet.p, b->packet.n }, &b->frame), 0);
		n = send_on(b);
		assert_int_equal(n, 2 + cells_of(&b->here, groups));
	}
}

static void one_frame_says_each_thing_once(void **state)
{
	struct bench *b = *state;

	begin_there(b);
	for (unsigned i = 0; i < 20; i++) {
		begin_here(b);
		read_there(b, i % 5 ? 0 : PACKET_FULL | PACKET_RENEWS, 3);
		adopt_packet(&b->adopt, (str){ b->packet.p, b->packet.n }, &b->frame);
		for (uint32_t k = 0; k < b->frame.n_rows; k++)
			for (uint32_t j = 0; j < k; j++) {
				const struct sample *x = &b->frame.rows[k], *y = &b->frame.rows[j];

				assert_false(
					x->who == y->who && x->sig == y->sig && x->sub == y->sub);
			}
	}
}

/* ---- without an answer ---- */

static void what_is_lost_is_blind_and_not_zero(void **state)
{
	struct bench *b = *state;
	struct lines *left;

	begin_there(b);
	begin_here(b);
	read_there(b, PACKET_FULL | PACKET_RENEWS, 3);
	assert_int_equal(adopt_packet(&b->adopt, (str){ b->packet.p, b->packet.n }, &b->frame), 0);
	send_on(b);
	for (unsigned i = 0; i < 3; i++) {
		begin_here(b);
		adopt_lose(&b->adopt, -ETIMEDOUT, &b->frame);
		assert_int_equal(b->frame.n_reads, GROUPS);
		for (unsigned k = 0; k < GROUPS; k++)
			assert_int_equal(b->frame.reads[k].status, -ETIMEDOUT);
		left = all_of(&b->here);
		assert_int_equal(left->n, 0);
		free(left);
		assert_int_equal(send_on(b), 2);
		left = all_of(&b->follower);
		assert_int_equal(left->n, 0);
		free(left);
	}
	/* what it says next counts from a state that nobody has any more */
	begin_here(b);
	read_there(b, 0, 3);
	assert_int_equal(
		adopt_packet(&b->adopt, (str){ b->packet.p, b->packet.n }, &b->frame), -EBADMSG);
	send_on(b);
	begin_here(b);
	read_there(b, PACKET_FULL | PACKET_RENEWS, 3);
	assert_int_equal(adopt_packet(&b->adopt, (str){ b->packet.p, b->packet.n }, &b->frame), 0);
	compare(b, &b->here, "after it came back");
	send_on(b);
	compare(b, &b->follower, "sent on, after it came back");
}

/* What it had no need to read says nothing of itself: it fails no more when everything has been said again. */
static void what_was_lost_and_is_not_needed_does_not_fail_for_ever(void **state)
{
	struct bench *b = *state;

	begin_there(b);
	begin_here(b);
	adopt_lose(&b->adopt, -ETIMEDOUT, &b->frame);
	assert_int_equal(b->frame.n_reads, GROUPS);
	begin_here(b);
	read_there(b, PACKET_FULL | PACKET_RENEWS, 1);
	assert_int_equal(adopt_packet(&b->adopt, (str){ b->packet.p, b->packet.n }, &b->frame), 0);
	assert_int_equal(b->frame.n_reads, GROUPS);
	for (unsigned k = 0; k < GROUPS; k++)
		assert_int_equal(b->frame.reads[k].status, 0);
	begin_here(b);
	read_there(b, 0, 1);
	assert_int_equal(adopt_packet(&b->adopt, (str){ b->packet.p, b->packet.n }, &b->frame), 0);
	assert_int_equal(b->frame.n_reads, 1);
}

static void what_is_absent_does_not_fail(void **state)
{
	struct bench *b = *state;

	begin_there(b);
	begin_here(b);
	read_there(b, PACKET_FULL | PACKET_RENEWS, 1);
	frame_read(&b->read, (struct source_read){ .source = STATES, .status = -ENOENT });
	b->packet.n = 0;
	packet_write(&b->sends, &b->read, b->mono_ns + 9, NULL, 0, PACKET_FULL | PACKET_RENEWS,
		&b->packet);
	assert_int_equal(adopt_packet(&b->adopt, (str){ b->packet.p, b->packet.n }, &b->frame), 0);
	begin_here(b);
	adopt_lose(&b->adopt, -ETIMEDOUT, &b->frame);
	assert_int_equal(b->frame.n_reads, 1);
	assert_string_equal(b->here.sources[b->frame.reads[0].source].path, paths[COUNTERS]);
}

static void its_cost_is_not_ours(void **state)
{
	struct bench *b = *state;
	uint16_t sig;

	begin_there(b);
	begin_here(b);
	read_there(b, PACKET_FULL | PACKET_RENEWS, 3);
	adopt_packet(&b->adopt, (str){ b->packet.p, b->packet.n }, &b->frame);
	sig = catalog_find(&b->here.catalog, STR("self.cpu"));
	assert_int_equal(ledger_find(&b->here.ledger, 0, sig)->values[0], 2);
}

static void damage_is_refused(void **state)
{
	struct bench *b = *state;

	begin_there(b);
	begin_here(b);
	read_there(b, PACKET_FULL | PACKET_RENEWS, 3);
	assert_int_equal(adopt_packet(&b->adopt, (str){ b->packet.p, b->packet.n / 2 }, &b->frame),
		-EBADMSG);
	read_there(b, 0, 3);
	assert_int_equal(
		adopt_packet(&b->adopt, (str){ b->packet.p, b->packet.n }, &b->frame), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(adopted_as_if_read_here, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			what_was_not_read_does_not_count, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			one_frame_says_each_thing_once, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			what_is_lost_is_blind_and_not_zero, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			what_was_lost_and_is_not_needed_does_not_fail_for_ever, open_bench,
			close_bench),
		cmocka_unit_test_setup_teardown(
			what_is_absent_does_not_fail, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(its_cost_is_not_ours, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(damage_is_refused, open_bench, close_bench),
	};

	return RUN_TESTS(tests);
}
