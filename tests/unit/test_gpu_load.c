/* Links of GPUs: below what both ends can is a fault while the GPU works, and none while it idles. */
#include "run_bench.h"

#include "detect/judge.h"

extern const struct collector gpu_collector, pcie_collector, pcie_link_collector,
	gpu_load_collector;
static const struct collector *const list[] = { &pcie_collector, &pcie_link_collector,
	&gpu_collector, &gpu_load_collector };

/* As AMD's cards have it: a switch of their own, and the GPU behind it. */
static const char root[] = "0000:00:01.0", up[] = "0000:01:00.0", down[] = "0000:02:00.0",
		  gpu[] = "0000:03:00.0";

static void put(struct bench *b, const char *function, const char *file, const char *text)
{
	char path[192];

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/%s", function, file);
	tree_text(b->dir, path, text);
}

static void put_link(
	struct bench *b, const char *function, const char *way, const char *now, const char *most)
{
	char from[128], to[256], path[300];

	snprintf(from, sizeof(from), "sys/bus/pci/devices/%s", function);
	snprintf(to, sizeof(to), "../../../devices/pci0000:00/%s%s", way, function);
	snprintf(path, sizeof(path), "sys/devices/pci0000:00/%s%s/power/runtime_status", way,
		function);
	tree_text(b->dir, path, "active\n");
	tree_link(b->dir, from, to);
	put(b, function, "current_link_width", "16\n");
	put(b, function, "max_link_width", "16\n");
	put(b, function, "current_link_speed", now);
	put(b, function, "max_link_speed", most);
	put(b, function, "class", "0x060400\n");
}

static void put_driver(struct bench *b, const char *function, const char *way)
{
	char from[128], to[256];

	snprintf(from, sizeof(from), "sys/bus/pci/drivers/amdgpu/%s", function);
	snprintf(to, sizeof(to), "../../../../devices/pci0000:00/%s%s", way, function);
	tree_link(b->dir, from, to);
}

static int set_up(void **state)
{
	int r = open_bench(state);
	struct bench *b = *state;

	put_link(b, root, "", "2.5 GT/s PCIe\n", "16.0 GT/s PCIe\n");
	put_link(b, up, "0000:00:01.0/", "2.5 GT/s PCIe\n", "32.0 GT/s PCIe\n");
	put_link(b, down, "0000:00:01.0/0000:01:00.0/", "16.0 GT/s PCIe\n", "16.0 GT/s PCIe\n");
	put_link(b, gpu, "0000:00:01.0/0000:01:00.0/0000:02:00.0/", "16.0 GT/s PCIe\n",
		"16.0 GT/s PCIe\n");
	put(b, gpu, "class", "0x038000\n");
	put(b, gpu, "gpu_busy_percent", "0\n");
	put_driver(b, gpu, "0000:00:01.0/0000:01:00.0/0000:02:00.0/");
	assert_int_equal(run_open(b->host, &b->session, list, 4, NULL, &b->run), 0);
	return r;
}

static void tick(struct bench *b)
{
	assert_int_equal(run_tick(b->run, &b->frame), 0);
	assert_int_equal(b->frame.n_failures, 0);
}

static void tick_busy(struct bench *b, const char *busy)
{
	put(b, gpu, "gpu_busy_percent", busy);
	tick(b);
}

static const struct block *block_of(
	const struct bench *b, const char *signal, const char *scope, const char *function)
{
	char entity[64];
	const struct block *block;

	snprintf(entity, sizeof(entity), "%s:%s", scope, function);
	block = ledger_find(&b->session.ledger,
		names_find(&b->session.entities.names, str_of(entity)),
		catalog_find(&b->session.catalog, str_of(signal)));
	return block && block_has(block, 0) ? block : NULL;
}

/* -1: nobody says it. */
static int64_t value_of(const struct bench *b, const char *signal, const char *function)
{
	const struct block *block = block_of(b, signal, "pci", function);

	return block ? block->values[0] : -1;
}

static str load_of(const struct bench *b, const char *function)
{
	const struct block *block = block_of(b, "pcie.link.load", "pci", function);

	return block ? names_get(&b->session.texts, (uint32_t)block->values[0]) : STR("");
}

struct answer {
	unsigned findings; /* of links while their GPU works */
	str who;
	bool nobody_tells, told_once;
};

static struct answer judged(const struct bench *b)
{
	const struct judge_window window = { .session = &b->session, .frame = &b->frame };
	struct answer answer = { .who = STR("") };
	struct health health;
	struct arena a = { 0 };
	const struct layer_health *layer = &health.layers[layer_find(STR("pcie"))];

	assert_int_equal(arena_open(&a, 64 << 20), 0);
	assert_int_equal(judge(&window, knowledge, &a, &health), 0);
	for (size_t i = 0; i < layer->n_findings; i++) {
		const struct finding *f = &layer->findings[i];

		if (strcmp(f->watch->signal, "pcie.link.speed.loaded") != 0)
			continue;
		answer.findings++;
		answer.who = entity_text(&b->session.entities, f->who);
	}
	for (size_t i = 0; i < layer->n_unseen; i++) {
		const char *why = layer->unseen[i].why;

		answer.nobody_tells |= why && strstr(why, "does not tell its load");
		answer.told_once |= why && strstr(why, "one reading of its load");
	}
	arena_close(&a);
	return answer;
}

static void assert_nothing_is_wrong(const struct bench *b)
{
	struct answer answer = judged(b);

	assert_int_equal(answer.findings, 0);
	assert_false(answer.nobody_tells);
	assert_false(answer.told_once);
}

static void a_slow_link_is_no_fault_while_the_gpu_idles(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < 3; i++) {
		tick_busy(b, i ? "79\n" : "0\n");
		assert_str(load_of(b, up), "idles");
		assert_int_equal(value_of(b, "pcie.link.speed.possible", up), 16000);
		assert_int_equal(value_of(b, "pcie.link.speed.loaded", up), -1);
		assert_nothing_is_wrong(b);
	}
}

static void it_is_one_while_the_gpu_works(void **state)
{
	struct bench *b = *state;

	tick_busy(b, "80\n");
	tick_busy(b, "100\n");
	assert_int_equal(block_of(b, "gpu.busy", "gpu", gpu)->values[0], 100);
	assert_str(load_of(b, up), "works");
	assert_int_equal(value_of(b, "pcie.link.speed.loaded", up), 2500);
	assert_int_equal(value_of(b, "pcie.link.speed.loaded", gpu), 16000);
	assert_int_equal(judged(b).findings, 1);
	assert_str(judged(b).who, "pci:0000:01:00.0");
	tick_busy(b, "10\n");
	assert_nothing_is_wrong(b);
}

/* The ports of a card speak of the link that is below them. */
static void only_lower_ends_are_judged(void **state)
{
	struct bench *b = *state;

	tick_busy(b, "99\n");
	tick_busy(b, "99\n");
	assert_int_equal(value_of(b, "pcie.link.speed.possible", root), -1);
	assert_int_equal(value_of(b, "pcie.link.speed.possible", down), -1);
	assert_int_equal(value_of(b, "pcie.link.speed.possible", gpu), 16000);
}

static void one_reading_is_a_moment(void **state)
{
	struct bench *b = *state;

	tick_busy(b, "100\n");
	assert_str(load_of(b, up), "unknown");
	assert_int_equal(judged(b).findings, 0);
	assert_true(judged(b).told_once);
	assert_false(judged(b).nobody_tells);
	tick_busy(b, "10\n");
	tick_busy(b, "100\n");
	assert_str(load_of(b, up), "idles");
	assert_nothing_is_wrong(b);
}

static void a_link_at_its_best_is_no_news(void **state)
{
	struct bench *b = *state;

	/* the slot does no more */
	put(b, up, "current_link_speed", "16.0 GT/s PCIe\n");
	tick_busy(b, "100\n");
	assert_nothing_is_wrong(b);
	tick_busy(b, "100\n");
	assert_int_equal(value_of(b, "pcie.link.speed.loaded", up), 16000);
	assert_nothing_is_wrong(b);
}

static void remove_load(struct bench *b)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/%s/gpu_busy_percent", b->dir, gpu);
	assert_int_equal(unlink(path), 0);
}

static void where_nobody_tells_the_load_it_is_open(void **state)
{
	struct bench *b = *state;

	remove_load(b);
	tick(b);
	tick(b);
	assert_str(load_of(b, up), "unknown");
	assert_null(block_of(b, "gpu.busy", "gpu", gpu));
	assert_int_equal(value_of(b, "pcie.link.speed.loaded", up), -1);
	assert_int_equal(judged(b).findings, 0);
	assert_true(judged(b).nobody_tells);
	/* and no question where the link is at its best */
	put(b, up, "current_link_speed", "16.0 GT/s PCIe\n");
	tick(b);
	assert_nothing_is_wrong(b);
}

static void a_load_that_vanishes_is_not_held(void **state)
{
	struct bench *b = *state;

	tick_busy(b, "100\n");
	tick_busy(b, "100\n");
	assert_int_equal(judged(b).findings, 1);
	remove_load(b);
	tick(b);
	assert_int_equal(judged(b).findings, 0);
	assert_true(judged(b).nobody_tells);
	tick_busy(b, "100\n");
	assert_true(judged(b).told_once);
}

static void damage_is_no_load(void **state)
{
	static const char *const texts[] = { "busy\n", "", "-1\n", "101\n",
		"99999999999999999999\n" };
	struct bench *b = *state;

	for (unsigned i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		tick_busy(b, "100\n");
		put(b, gpu, "gpu_busy_percent", texts[i]);
		run_tick(b->run, &b->frame);
		assert_str(load_of(b, up), "unknown");
		assert_int_equal(judged(b).findings, 0);
	}
}

static void what_sleeps_is_not_asked(void **state)
{
	struct bench *b = *state;

	tick_busy(b, "100\n");
	put(b, gpu, "power/runtime_status", "suspended\n");
	tick_busy(b, "100\n");
	assert_null(block_of(b, "gpu.busy", "gpu", gpu));
	assert_str(load_of(b, up), "");
	assert_nothing_is_wrong(b);
	put(b, gpu, "power/runtime_status", "active\n");
	tick_busy(b, "100\n");
	assert_str(load_of(b, up), "unknown");
}

/* Two behind one port: it is needed when one of them works. */
static void another_gpu_behind_the_same_port_does_not_hide_it(void **state)
{
	static const char before[] = "0000:02:08.0", second[] = "0000:04:00.0";
	struct bench *b = *state;

	put_link(b, before, "0000:00:01.0/0000:01:00.0/", "16.0 GT/s PCIe\n", "16.0 GT/s PCIe\n");
	put_link(b, second, "0000:00:01.0/0000:01:00.0/0000:02:08.0/", "16.0 GT/s PCIe\n",
		"16.0 GT/s PCIe\n");
	put(b, second, "class", "0x120000\n");
	put(b, second, "gpu_busy_percent", "0\n");
	put_driver(b, second, "0000:00:01.0/0000:01:00.0/0000:02:08.0/");
	run_rescan(b->run);
	tick_busy(b, "100\n");
	tick_busy(b, "100\n");
	assert_str(load_of(b, second), "idles");
	assert_str(load_of(b, gpu), "works");
	assert_str(load_of(b, up), "works");
	assert_int_equal(judged(b).findings, 1);
}

/* A management display behind a bridge to PCI has no link, and its bridge is nobody's business. */
static void what_has_no_link_is_left_alone(void **state)
{
	struct bench *b = *state;
	char path[192];

	remove_load(b);
	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/%s/current_link_speed", b->dir, gpu);
	assert_int_equal(unlink(path), 0);
	tick(b);
	assert_str(load_of(b, up), "");
	assert_nothing_is_wrong(b);
}

static void a_network_device_is_none_of_them(void **state)
{
	struct bench *b = *state;

	put(b, gpu, "class", "0x020000\n");
	tick_busy(b, "100\n");
	tick_busy(b, "100\n");
	assert_str(load_of(b, up), "");
	assert_nothing_is_wrong(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, close_bench)
		TEST(a_slow_link_is_no_fault_while_the_gpu_idles),
		TEST(it_is_one_while_the_gpu_works),
		TEST(only_lower_ends_are_judged),
		TEST(one_reading_is_a_moment),
		TEST(a_link_at_its_best_is_no_news),
		TEST(where_nobody_tells_the_load_it_is_open),
		TEST(a_load_that_vanishes_is_not_held),
		TEST(damage_is_no_load),
		TEST(what_sleeps_is_not_asked),
		TEST(another_gpu_behind_the_same_port_does_not_hide_it),
		TEST(what_has_no_link_is_left_alone),
		TEST(a_network_device_is_none_of_them),
	};

	return RUN_TESTS(tests);
}
