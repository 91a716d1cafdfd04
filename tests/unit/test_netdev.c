/* Interfaces: what lies below what, and replies of rtnetlink that were cut or lie. */
#include "test.h"

#include "tree.h"

#include "collect/run.h"

extern const struct collector netdev_collector, netqueue_collector;
static const struct collector *const list[] = { &netdev_collector, &netqueue_collector };

struct bench {
	char dir[64];
	struct host *host;
	struct session session;
	struct frame frame;
	struct run *run;
};

static struct bench *bench_open(const char *dir)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_int_equal(session_open(&b->session), 0);
	assert_int_equal(frame_open(&b->frame), 0);
	assert_int_equal(host_tree(dir, &b->host), 0);
	assert_int_equal(run_open(b->host, &b->session, list, 2, NULL, &b->run), 0);
	return b;
}

static void bench_close(struct bench *b)
{
	run_close(b->run);
	frame_close(&b->frame);
	session_close(&b->session);
	host_close(b->host);
	free(b);
}

static bool related(const struct bench *b, const char *from, enum via via, const char *to)
{
	uint32_t a = names_find(&b->session.entities.names, str_of(from)), cursor = 0;
	const struct relation *r;

	while (a != NAMES_NONE && (r = relation_next(&b->session.relations, a, via, &cursor)))
		if (str_is(entity_text(&b->session.entities, r->b), to))
			return true;
	return false;
}

static void a_link_leads_to_the_pci_function(void **state)
{
	struct bench *b = bench_open("tests/fixtures/made-netdev-tree");

	(void)state;
	assert_int_equal(run_tick(b->run, &b->frame), 0);
	assert_true(
		related(b, "netdev:eth0", VIA_PCI, "pci:0000:00:03.0")); /* above its virtio node */
	assert_true(related(b, "netdev:eth1", VIA_PCI, "pci:10000:e1:00.1"));
	assert_int_equal(
		relation_one(&b->session.relations,
			names_find(&b->session.entities.names, STR("netdev:veth9f")), VIA_PCI),
		UINT32_MAX);
	assert_true(related(b, "queue:eth0/tx-0", VIA_NETDEV, "netdev:eth0"));
	assert_true(related(b, "queue:eth0/rx-0", VIA_NETDEV, "netdev:eth0"));
	bench_close(b);
}

static void what_lies_below_is_named(void **state)
{
	struct bench *b = bench_open("tests/fixtures/made-netdev-ask");

	(void)state;
	assert_int_equal(run_tick(b->run, &b->frame), 0);
	assert_true(related(b, "netdev:br0", VIA_NETDEV, "netdev:a0"));
	assert_true(related(b, "netdev:mv0", VIA_NETDEV, "netdev:b0"));
	/* the other end of a veth is not below it */
	assert_false(related(b, "netdev:a0", VIA_NETDEV, "netdev:b0"));
	assert_false(related(b, "netdev:b0", VIA_NETDEV, "netdev:a0"));
	bench_close(b);
}

static size_t read_reply(char *bytes, size_t room)
{
	FILE *in = fopen("tests/fixtures/made-netdev-ask/ask/rtnl/link", "re");
	size_t n;

	assert_non_null(in);
	n = fread(bytes, 1, room, in);
	fclose(in);
	return n;
}

static uint64_t not_understood(struct bench *b)
{
	const struct run_cost *costs;

	run_tick(b->run, &b->frame);
	run_costs(b->run, &costs);
	return costs[0].not_understood;
}

/* At whatever byte a reply ends: it is said, and what came whole before it still stands. */
static void a_cut_reply_is_not_believed(void **state)
{
	static char bytes[65536];
	size_t n = read_reply(bytes, sizeof(bytes));
	char dir[64];

	(void)state;
	tree_make(dir);
	for (size_t cut = 1; cut < n - 4; cut += cut < 64 ? 1 : 61) {
		struct bench *b;

		tree_write(dir, "ask/rtnl/link", bytes, cut);
		b = bench_open(dir);
		assert_int_equal(not_understood(b), 1);
		bench_close(b);
	}
	tree_remove(dir);
}

/*
 * Lengths that lie: nothing outside the reply is read (the sanitizer watches), and nothing hangs.
 */
static void a_lying_length_stays_inside(void **state)
{
	static const unsigned short lies[] = { 0, 1, 3, 4, 5, 0x7fff, 0xffff };
	static char bytes[65536], lying[65536];
	size_t n = read_reply(bytes, sizeof(bytes));
	char dir[64];

	(void)state;
	tree_make(dir);
	for (size_t at = 0; at + 4 < n; at += 52) {
		struct bench *b;

		memcpy(lying, bytes, n);
		memcpy(lying + at, &lies[at / 4 % 7], 2);
		tree_write(dir, "ask/rtnl/link", lying, n);
		b = bench_open(dir);
		run_tick(b->run, &b->frame);
		bench_close(b);
	}
	tree_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_leads_to_the_pci_function),
		cmocka_unit_test(what_lies_below_is_named),
		cmocka_unit_test(a_cut_reply_is_not_believed),
		cmocka_unit_test(a_lying_length_stays_inside),
	};

	return RUN_TESTS(tests);
}
