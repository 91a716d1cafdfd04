/* Which interrupts may not be moved: made texts of debugfs, whole, cut and odd. */
#include "run_bench.h"

#include <errno.h>

extern const struct collector irq_managed_collector;
static const struct collector *const list[] = { &irq_managed_collector };

static const char head[] =
	"handler:  handle_edge_irq\ndevice:   0000:01:00.0\nstatus:   0x00000000\n"
	"istate:   0x00004000\nddepth:   0\nwdepth:   0\n";

static int set_up(void **state)
{
	int r = open_bench(state);
	struct bench *b = *state;

	tree_text(b->dir, "sys/kernel/debug/irq/irqs/30", "");
	assert_int_equal(run_open(b->host, &b->session, list, 1, NULL, &b->run), 0);
	return r;
}

/* Of interrupt 30; -1: nobody says it. */
static int64_t managed(struct bench *b, const char *before, const char *rest)
{
	char text[1024];
	const struct block *block;

	snprintf(text, sizeof(text), "%s%s", before, rest);
	tree_text(b->dir, "sys/kernel/debug/irq/irqs/30", text);
	run_tick(b->run, &b->frame);
	block = ledger_find(&b->session.ledger,
		names_find(&b->session.entities.names, STR("irq:30")),
		catalog_find(&b->session.catalog, STR("irq.affinity.managed")));
	return block && block_has(block, 0) ? block->values[0] : -1;
}

static void the_bit_says_it(void **state)
{
	struct bench *b = *state;

	assert_int_equal(managed(b, head,
				 "dstate:   0x31600200\n            IRQD_ACTIVATED\n"
				 "            IRQD_AFFINITY_MANAGED\nnode:     0\naffinity: 0\n"),
		1);
	assert_int_equal(managed(b, head,
				 "dstate:   0x31400200\n            IRQD_ACTIVATED\n"
				 "            IRQD_AFFINITY_ON_ACTIVATE\nnode:     0\n"),
		0);
	assert_int_equal(managed(b, head, "dstate:   0x00000000\nnode:     0\n"), 0);
	assert_int_equal(b->frame.n_failures, 0);
}

/* Of another state, or of a name that only begins or ends so. */
static void only_a_bit_of_its_state_does(void **state)
{
	struct bench *b = *state;

	assert_int_equal(
		managed(b, head, "dstate:   0x0\nnode:     0\n            IRQD_AFFINITY_MANAGED\n"),
		0);
	assert_int_equal(
		managed(b, head, "dstate:   0x0\n            IRQD_AFFINITY_MANAGED_BY\nnode: 0\n"),
		0);
	assert_int_equal(managed(b, head, "dstate:   0x0\nIRQD_AFFINITY_MANAGED\n"), 0);
}

static void without_its_state_nothing_is_said(void **state)
{
	struct bench *b = *state;

	assert_int_equal(managed(b, head, ""), -1);
	assert_int_equal(b->frame.failures[0].error, -EBADMSG);
	assert_int_equal(managed(b, "", ""), -1);
	assert_int_equal(managed(b, "", "            IRQD_AFFINITY_MANAGED\n"), -1);
	/* a file that ends within the name of a bit */
	assert_int_equal(
		managed(b, head, "dstate:   0x31600200\n            IRQD_AFFINITY_MANA"), -1);
	assert_int_equal(
		managed(b, head, "dstate:   0x31600200\n            IRQD_ACTIVATED\n"), -1);
	assert_int_equal(managed(b, head, "dstate:   0x31600200\n"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, close_bench)
		TEST(the_bit_says_it),
		TEST(only_a_bit_of_its_state_does),
		TEST(without_its_state_nothing_is_said),
	};

	return RUN_TESTS(tests);
}
