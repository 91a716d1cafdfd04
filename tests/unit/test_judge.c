/* Judging: verdicts, findings and history from rows and watches that this test makes itself. */
#include "test.h"

#include <errno.h>

#include "detect/judge.h"

enum {
	ERRORS,
	WIDTH,
	WIDTH_MAX,
	MASTER,
	CARRIER,
	UP,
	MODE,
	BUSY,
	SPARE,
	HELD,
	LEFT,
	SENT,
	RING,
	RING_MAX,
	MISSED,
	LATCHED,
	TYPE,
	LIGHT,
	LIGHT_LEAST
};

/* clang-format off */
static const struct signal signals[] = {
	[ERRORS]    = { "pcie.errors",    NULL, COUNTER, ONE,   PCI,    BY_COR_BIT, FREE, "errors" },
	[WIDTH]     = { "pcie.width",     NULL, STATE,   LANES, PCI,    NONE,       FREE, "lanes now" },
	[WIDTH_MAX] = { "pcie.width.max", NULL, FACT,    LANES, PCI,    NONE,       FREE, "lanes at most" },
	[MASTER]    = { "pcie.master",    NULL, STATE,   ONE,   PCI,    NONE,       FREE, "may do DMA" },
	[CARRIER]   = { "nic.carrier",    NULL, STATE,   ONE,   NETDEV, NONE,       FREE, "has a link" },
	[UP]        = { "nic.up",         NULL, STATE,   ONE,   NETDEV, NONE,       FREE, "is wanted" },
	[MODE]      = { "nic.mode",       NULL, FACT,    TEXT,  NETDEV, NONE,       FREE, "a text" },
	[BUSY]      = { "softirq.time",   NULL, COUNTER, TICKS, HOST,   BY_CPU,     FREE, "time" },
	[SPARE]     = { "numa.setting",   NULL, FACT,    ONE,   HOST,   NONE,       FREE, "a setting" },
	[LATCHED]   = { "pcie.latched",   NULL, STATE,   ONE,   PCI,    BY_COR_BIT, FREE, "latched" },
	[TYPE]      = { "pcie.type",      NULL, FACT,    TEXT,  PCI,    NONE,       FREE, "kind of port" },
	[HELD]      = { "nic.held",       NULL, GAUGE,   BYTES, QUEUE,  NONE,       FREE, "bytes in a queue" },
	[LEFT]      = { "nic.queue.left", NULL, COUNTER, ONE,   QUEUE,  NONE,       FREE, "left the queue" },
	[SENT]      = { "nic.sent",       NULL, COUNTER, ONE,   NETDEV, NONE,       FREE, "sent by all queues" },
	[RING]      = { "nic.ring",       NULL, FACT,    ONE,   NETDEV, NONE,       FREE, "places" },
	[RING_MAX]  = { "nic.ring.max",   NULL, FACT,    ONE,   NETDEV, NONE,       FREE, "places at most" },
	[MISSED]    = { "nic.missed",     NULL, COUNTER, ONE,   NETDEV, NONE,       FREE, "missed" },
	[LIGHT]     = { "nic.light",      NULL, GAUGE,   CENTI, NETDEV, BY_LANE,    FREE, "light" },
	[LIGHT_LEAST] = { "nic.light.least", NULL, FACT, CENTI, NETDEV, BY_LANE,    FREE, "light at least" },
};
/* clang-format on */

#define SAID .title = "t", .check = "c", .fix = "f", .source = "s"

static const struct watch pcie_watches[] = {
	{ .signal = "pcie.errors", .how = IS_RISING, .level = 1, .severity = WARNING, SAID },
	{ .signal = "pcie.width",
		.how = IS_UNDER,
		.than = "pcie.width.max",
		.upstream = true,
		.severity = WARNING,
		SAID },
	{ .signal = "pcie.width",
		.how = IS_UNDER,
		.than = "pcie.width.max",
		.only_if = "pcie.type",
		.prefix = "upstream",
		.upstream = true,
		.faces_up = true,
		.severity = WARNING,
		SAID },
	{ .signal = "pcie.latched",
		.how = IS_ABOVE,
		.uncounted = "pcie.errors",
		.except = 1 << 13,
		.severity = WARNING,
		SAID },
	{ .signal = "pcie.master",
		.how = IS_BELOW,
		.level = 1,
		.occupied = true,
		.severity = CRITICAL,
		SAID },
};
static const struct watch nic_watches[] = {
	{ .signal = "nic.carrier",
		.how = IS_BELOW,
		.level = 1,
		.only_if = "nic.up",
		.severity = CRITICAL,
		SAID },
	{ .signal = "nic.mode", .how = IS_NOT, .than = "good", .severity = WARNING, SAID },
	{ .signal = "nic.held",
		.how = IS_STUCK,
		.than = "nic.queue.left nic.sent",
		.severity = CRITICAL,
		SAID },
	{ .signal = "nic.ring",
		.how = IS_UNDER,
		.than = "nic.ring.max",
		.while_rising = "nic.lost nic.missed",
		.severity = WARNING,
		SAID },
	{ .signal = "nic.light",
		.how = IS_UNDER,
		.than = "nic.light.least",
		.severity = WARNING,
		SAID },
};
static const struct watch softirq_watches[] = {
	{ .signal = "softirq.highest",
		.how = IS_OUTLIER,
		.level = 0.9,
		.rest = 0.4,
		.severity = CRITICAL,
		SAID },
};
static const struct derive softirq_derives[] = { { "softirq.highest", HIGHEST, "softirq.time",
	"highest" } };

static const struct knowledge empty = { .layer = "empty" };
static const struct knowledge pcie = { .layer = "pcie", WATCHES(pcie_watches) };
static const struct knowledge nic = { .layer = "nic", WATCHES(nic_watches) };
static const struct knowledge softirq = {
	.layer = "softirq", WATCHES(softirq_watches), DERIVES(softirq_derives)
};

struct bench {
	struct session session;
	struct frame frame;
	struct ledger_copy first;
	struct arena arena;
	struct health health;
	const double *signal_seconds;
	const struct knowledge *known[LAYERS];
};

static int open_bench(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	*state = b;
	for (int i = 0; i < LAYERS; i++)
		b->known[i] = &empty;
	b->known[layer_find(STR("pcie"))] = &pcie;
	b->known[layer_find(STR("nic"))] = &nic;
	b->known[layer_find(STR("softirq"))] = &softirq;
	if (session_open(&b->session) || frame_open(&b->frame) || arena_open(&b->arena, 32 << 20))
		return -1;
	catalog_link(&b->session.catalog, signals, sizeof(signals) / sizeof(*signals));
	b->session.ledger.tick = 1;
	return 0;
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	ledger_copy_free(&b->first);
	session_close(&b->session);
	frame_close(&b->frame);
	arena_close(&b->arena);
	free(b);
	return 0;
}

static uint32_t entity(struct bench *b, const char *name)
{
	return entity_parse(&b->session.entities, str_of(name));
}

static void set(struct bench *b, unsigned signal, const char *name, unsigned sub, int64_t value)
{
	struct block *block =
		ledger_block(&b->session.ledger, 0, entity(b, name), (uint16_t)signal, sub + 1);

	assert_non_null(block);
	ledger_write(&b->session.ledger, &b->frame, block, sub, value);
}

static const struct layer_health *judged(struct bench *b, const char *layer, double seconds)
{
	struct judge_window window = { &b->session, b->first.values ? &b->first : NULL, seconds,
		100, &b->frame, b->signal_seconds };

	assert_int_equal(judge(&window, b->known, &b->arena, &b->health), 0);
	return &b->health.layers[layer_find(str_of(layer))];
}

static void errors_before_the_window_are_history_and_no_alarm(void **state)
{
	struct bench *b = *state;
	const struct layer_health *layer;

	set(b, ERRORS, "pci:a", 6, 12);
	layer = judged(b, "pcie", 0);
	assert_int_equal(layer->verdict, NO);
	assert_int_equal(layer->n_findings, 0);
	assert_int_equal(layer->n_history, 1);
	assert_int_equal(layer->history[0].sub, 6);
	assert_int_equal(layer->history[0].raw, 12);
}

static void errors_that_rise_in_the_window_are_a_finding(void **state)
{
	struct bench *b = *state;
	const struct layer_health *layer;

	set(b, ERRORS, "pci:a", 0, 5);
	set(b, ERRORS, "pci:a", 6, 5);
	ledger_copy_take(&b->session.ledger, &b->first);
	set(b, ERRORS, "pci:a", 6, 25);
	layer = judged(b, "pcie", 10);
	assert_int_equal(layer->verdict, YES);
	assert_int_equal(layer->n_findings, 1);
	assert_int_equal(layer->findings[0].sub, 6);
	assert_double(layer->findings[0].reading, 2);
	assert_int_equal(layer->n_history, 1);
	assert_int_equal(b->health.n_warning, 1);
}

static void a_signal_may_have_a_window_of_its_own(void **state)
{
	struct bench *b = *state;
	double seconds[SIGNAL_LIMIT] = { 0 };
	const struct layer_health *layer;

	set(b, ERRORS, "pci:a", 6, 5);
	ledger_copy_take(&b->session.ledger, &b->first);
	set(b, ERRORS, "pci:a", 6, 125);
	b->signal_seconds = seconds;
	seconds[ERRORS] = 60;
	layer = judged(b, "pcie", 10);
	assert_int_equal(layer->n_findings, 1);
	assert_double(layer->findings[0].reading, 2);
	seconds[ERRORS] = 0;
	layer = judged(b, "pcie", 10);
	assert_int_equal(layer->n_findings, 0);
	assert_int_equal(layer->n_history, 1);
}

static void a_rise_below_the_level_is_history(void **state)
{
	struct bench *b = *state;
	const struct layer_health *layer;

	set(b, ERRORS, "pci:a", 6, 5);
	ledger_copy_take(&b->session.ledger, &b->first);
	set(b, ERRORS, "pci:a", 6, 10);
	layer = judged(b, "pcie", 10);
	assert_int_equal(layer->verdict, NO);
	assert_int_equal(layer->n_history, 1);
}

static void a_device_that_came_in_the_window_has_no_rate(void **state)
{
	struct bench *b = *state;
	const struct layer_health *layer;

	ledger_copy_take(&b->session.ledger, &b->first);
	set(b, ERRORS, "pci:new", 6, 1000);
	layer = judged(b, "pcie", 1);
	assert_int_equal(layer->n_findings, 0);
	assert_int_equal(layer->n_history, 1);
}

static void say_above(struct bench *b, const char *below, const char *above)
{
	relation_say(
		&b->session.relations, entity(b, below), VIA_UPSTREAM, entity(b, above), 0, 1, 1);
}

static void a_link_is_held_against_the_weaker_of_its_ends(void **state)
{
	struct bench *b = *state;

	say_above(b, "pci:card", "pci:port");
	set(b, WIDTH_MAX, "pci:port", 0, 8);
	set(b, WIDTH, "pci:port", 0, 8);
	set(b, WIDTH_MAX, "pci:card", 0, 16);
	set(b, WIDTH, "pci:card", 0, 8);
	assert_int_equal(judged(b, "pcie", 0)->n_findings, 0);
	set(b, WIDTH, "pci:card", 0, 4);
	assert_int_equal(judged(b, "pcie", 0)->n_findings, 1);
	assert_double(judged(b, "pcie", 0)->findings[0].threshold, 8);
}

static void each_lane_is_held_against_its_own_level_in_the_same_unit(void **state)
{
	struct bench *b = *state;
	const struct layer_health *layer;

	set(b, LIGHT, "netdev:eth0", 1, 4070);
	set(b, LIGHT, "netdev:eth0", 2, 4069);
	set(b, LIGHT, "netdev:eth0", 3, 0); /* it has no level: nobody uses it */
	set(b, LIGHT_LEAST, "netdev:eth0", 1, 4070);
	set(b, LIGHT_LEAST, "netdev:eth0", 2, 4070);
	layer = judged(b, "nic", 0);
	assert_int_equal(layer->n_findings, 1);
	assert_int_equal(layer->findings[0].sub, 2);
	assert_double(layer->findings[0].reading, 40.69);
	assert_double(layer->findings[0].threshold, 40.70);
}

static void a_port_with_a_small_card_below_it_is_not_broken(void **state)
{
	struct bench *b = *state;

	say_above(b, "pci:card", "pci:port");
	set(b, WIDTH_MAX, "pci:port", 0, 32);
	set(b, WIDTH, "pci:port", 0, 1);
	set(b, WIDTH_MAX, "pci:card", 0, 1);
	set(b, WIDTH, "pci:card", 0, 1);
	assert_int_equal(judged(b, "pcie", 0)->n_findings, 0);
}

static void a_port_that_faces_up_is_judged_though_something_is_below(void **state)
{
	struct bench *b = *state;

	say_above(b, "pci:card", "pci:switch");
	say_above(b, "pci:switch", "pci:root");
	set(b, WIDTH_MAX, "pci:root", 0, 16);
	set(b, WIDTH_MAX, "pci:switch", 0, 32);
	set(b, WIDTH, "pci:switch", 0, 8);
	assert_int_equal(judged(b, "pcie", 0)->n_findings, 0);
	set(b, TYPE, "pci:switch", 0, names_add(&b->session.texts, STR("upstream port")));
	assert_int_equal(judged(b, "pcie", 0)->n_findings, 1);
	assert_double(b->health.layers[layer_find(STR("pcie"))].findings[0].threshold, 16);
	set(b, WIDTH, "pci:switch", 0, 16);
	assert_int_equal(judged(b, "pcie", 0)->n_findings, 0);
}

static void what_is_latched_and_not_counted_is_a_finding(void **state)
{
	struct bench *b = *state;

	set(b, LATCHED, "pci:card", 0, 1);
	set(b, LATCHED, "pci:card", 6, 1);
	set(b, LATCHED, "pci:card", 7, 0);
	set(b, LATCHED, "pci:card", 13, 1);
	set(b, LATCHED, "pci:uncounted", 0, 1);
	assert_int_equal(judged(b, "pcie", 0)->n_findings, 0);
	set(b, ERRORS, "pci:card", 0, 0);
	set(b, ERRORS, "pci:card", 6, 3);
	set(b, ERRORS, "pci:card", 7, 0);
	set(b, ERRORS, "pci:card", 13, 0);
	assert_int_equal(judged(b, "pcie", 0)->n_findings, 1);
	assert_int_equal(b->health.layers[layer_find(STR("pcie"))].findings[0].sub, 0);
}

static void an_empty_function_is_not_judged(void **state)
{
	struct bench *b = *state;

	set(b, MASTER, "pci:card", 0, 0);
	assert_int_equal(judged(b, "pcie", 0)->n_findings, 0);
	relation_say(&b->session.relations, entity(b, "netdev:a"), VIA_PCI, entity(b, "pci:other"),
		0, 1, 0);
	assert_int_equal(judged(b, "pcie", 0)->n_findings, 0);
	relation_say(&b->session.relations, entity(b, "netdev:a"), VIA_PCI, entity(b, "pci:card"),
		0, 1, 0);
	assert_int_equal(judged(b, "pcie", 0)->n_findings, 1);
}

static void a_watch_with_a_condition_waits_for_it(void **state)
{
	struct bench *b = *state;

	set(b, CARRIER, "netdev:a", 0, 0);
	set(b, UP, "netdev:a", 0, 0);
	assert_int_equal(judged(b, "nic", 0)->n_findings, 0);
	assert_int_equal(judged(b, "nic", 0)->verdict, BLIND);
	set(b, UP, "netdev:a", 0, 1);
	assert_int_equal(judged(b, "nic", 0)->verdict, YES);
	assert_int_equal(b->health.n_critical, 1);
}

static void a_text_is_held_against_a_text(void **state)
{
	struct bench *b = *state;

	set(b, MODE, "netdev:a", 0, names_add(&b->session.texts, STR("good")));
	set(b, MODE, "netdev:b", 0, names_add(&b->session.texts, STR("bad")));
	assert_int_equal(judged(b, "nic", 0)->n_findings, 1);
	assert_int_equal(
		b->health.layers[layer_find(STR("nic"))].findings[0].who, entity(b, "netdev:b"));
}

static void one_busy_cpu_among_idle_ones_is_an_outlier(void **state)
{
	struct bench *b = *state;
	const struct layer_health *layer;

	for (unsigned cpu = 0; cpu < 4; cpu++)
		set(b, BUSY, "host", cpu, 1000);
	ledger_copy_take(&b->session.ledger, &b->first);
	for (unsigned cpu = 0; cpu < 4; cpu++)
		set(b, BUSY, "host", cpu, 1000 + (cpu == 2 ? 95 : 10 + cpu));
	layer = judged(b, "softirq", 1);
	assert_int_equal(layer->n_findings, 1);
	assert_int_equal(layer->findings[0].sub, 2);
	assert_int_equal(layer->n_derived, 1);
	assert_int_equal(layer->derived[0].n_siblings, 3);
	assert_double(layer->derived[0].median, 0.11);
}

static void all_cpus_busy_is_no_outlier(void **state)
{
	struct bench *b = *state;

	for (unsigned cpu = 0; cpu < 4; cpu++)
		set(b, BUSY, "host", cpu, 0);
	ledger_copy_take(&b->session.ledger, &b->first);
	for (unsigned cpu = 0; cpu < 4; cpu++)
		set(b, BUSY, "host", cpu, 95);
	assert_int_equal(judged(b, "softirq", 1)->n_findings, 0);
}

static void since_boot_shows_the_highest_and_never_alarms(void **state)
{
	struct bench *b = *state;
	const struct layer_health *layer;

	set(b, BUSY, "host", 0, 9900);
	set(b, BUSY, "host", 1, 10);
	layer = judged(b, "softirq", 0);
	assert_int_equal(layer->n_derived, 1);
	assert_true(layer->derived[0].since_boot);
	assert_double(layer->derived[0].reading, 0.99);
	assert_int_equal(layer->n_findings, 0);
}

static void what_was_read_and_not_judged_is_blind(void **state)
{
	struct bench *b = *state;

	set(b, WIDTH_MAX, "pci:a", 0, 16);
	assert_int_equal(judged(b, "pcie", 0)->verdict, BLIND);
	assert_int_equal(judged(b, "nic", 0)->verdict, BLIND);
}

static void a_setting_alone_is_no_sight_of_a_layer(void **state)
{
	struct bench *b = *state;

	set(b, SPARE, "host", 0, 1);
	assert_string_equal(judged(b, "numa", 0)->reason,
		"not built: this version reads nothing of this layer");
}

static void an_absent_source_lends_its_reason_to_the_layer(void **state)
{
	struct bench *b = *state;

	b->session.sources[0] = (struct source){ "proc/x", "x", "no such thing here",
		1u << layer_find(STR("numa")) };
	b->session.n_sources = 1;
	frame_read(&b->frame, (struct source_read){ .source = 0, .status = -ENOENT });
	assert_int_equal(judged(b, "numa", 0)->verdict, BLIND);
	assert_string_equal(b->health.layers[layer_find(STR("numa"))].reason, "no such thing here");
}

static void findings_over_the_limit_are_counted(void **state)
{
	struct bench *b = *state;
	char name[32];

	for (int i = 0; i < HEALTH_FINDINGS + 10; i++) {
		snprintf(name, sizeof(name), "pci:%d", i);
		set(b, ERRORS, name, 0, 1);
	}
	assert_int_equal(judged(b, "pcie", 0)->n_history, HEALTH_FINDINGS);
	assert_int_equal(b->health.dropped, 10);
}

static void begin_held(struct bench *b, int64_t bytes)
{
	relation_say(&b->session.relations, entity(b, "queue:eth0/tx-0"), VIA_NETDEV,
		entity(b, "netdev:eth0"), 0, 1, 1);
	set(b, HELD, "queue:eth0/tx-0", 0, bytes);
	set(b, SENT, "netdev:eth0", 0, 100);
}

static void bytes_that_stay_in_a_queue_are_a_finding(void **state)
{
	struct bench *b = *state;

	begin_held(b, 884);
	assert_int_equal(judged(b, "nic", 0)->n_findings, 0);
	ledger_copy_take(&b->session.ledger, &b->first);
	assert_int_equal(judged(b, "nic", 2)->n_findings, 1);
	assert_double(judged(b, "nic", 2)->findings[0].reading, 884);
	assert_int_equal(judged(b, "nic", 0.5)->n_findings, 0); /* that is no time */
	set(b, HELD, "queue:eth0/tx-0", 0, 1000);               /* more came, and nothing left */
	assert_int_equal(judged(b, "nic", 2)->n_findings, 1);
	set(b, HELD, "queue:eth0/tx-0", 0, 800);
	assert_int_equal(judged(b, "nic", 2)->n_findings, 0);
}

static void a_queue_that_is_empty_or_moves_is_none(void **state)
{
	struct bench *b = *state;

	begin_held(b, 0);
	ledger_copy_take(&b->session.ledger, &b->first);
	assert_int_equal(judged(b, "nic", 2)->n_findings, 0);
	set(b, HELD, "queue:eth0/tx-0", 0, 500);
	assert_int_equal(judged(b, "nic", 2)->n_findings, 0); /* it came just now */
	ledger_copy_free(&b->first);
	begin_held(b, 884);
	ledger_copy_take(&b->session.ledger, &b->first);
	set(b, SENT, "netdev:eth0", 0, 101);
	assert_int_equal(judged(b, "nic", 2)->n_findings, 0);
}

/* Other queues of the interface go on: its own counter decides where it has one. */
static void a_queue_speaks_for_itself(void **state)
{
	struct bench *b = *state;

	begin_held(b, 884);
	set(b, LEFT, "queue:eth0/tx-0", 0, 7);
	ledger_copy_take(&b->session.ledger, &b->first);
	set(b, SENT, "netdev:eth0", 0, 5000);
	assert_int_equal(judged(b, "nic", 2)->n_findings, 1);
	set(b, LEFT, "queue:eth0/tx-0", 0, 8);
	assert_int_equal(judged(b, "nic", 2)->n_findings, 0);
}

/* A value that was read once says nothing of what happened in between. */
static void what_was_read_once_does_not_stand_still(void **state)
{
	struct bench *b = *state;
	double seconds[SIGNAL_LIMIT] = { 0 };

	begin_held(b, 884);
	ledger_copy_take(&b->session.ledger, &b->first);
	b->signal_seconds = seconds;
	seconds[HELD] = 5;
	assert_int_equal(judged(b, "nic", 5)->n_findings, 0);
	seconds[SENT] = 5;
	assert_int_equal(judged(b, "nic", 5)->n_findings, 1);
	seconds[HELD] = 0;
	assert_int_equal(judged(b, "nic", 5)->n_findings, 0);
}

static void a_small_ring_counts_while_frames_are_missed(void **state)
{
	struct bench *b = *state;

	set(b, RING, "netdev:eth0", 0, 256);
	set(b, RING_MAX, "netdev:eth0", 0, 4096);
	set(b, MISSED, "netdev:eth0", 0, 12);
	set(b, MISSED, "netdev:eth1", 0, 12);
	assert_int_equal(judged(b, "nic", 0)->n_findings, 0);
	ledger_copy_take(&b->session.ledger, &b->first);
	set(b, MISSED, "netdev:eth1", 0, 13);
	assert_int_equal(judged(b, "nic", 2)->n_findings, 0);
	set(b, MISSED, "netdev:eth0", 0, 13);
	assert_int_equal(judged(b, "nic", 2)->n_findings, 1);
	set(b, RING, "netdev:eth0", 0, 4096);
	assert_int_equal(judged(b, "nic", 2)->n_findings, 0);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(errors_before_the_window_are_history_and_no_alarm),
		WITH_BENCH(errors_that_rise_in_the_window_are_a_finding),
		WITH_BENCH(a_signal_may_have_a_window_of_its_own),
		WITH_BENCH(a_rise_below_the_level_is_history),
		WITH_BENCH(a_device_that_came_in_the_window_has_no_rate),
		WITH_BENCH(a_link_is_held_against_the_weaker_of_its_ends),
		WITH_BENCH(each_lane_is_held_against_its_own_level_in_the_same_unit),
		WITH_BENCH(a_port_with_a_small_card_below_it_is_not_broken),
		WITH_BENCH(a_port_that_faces_up_is_judged_though_something_is_below),
		WITH_BENCH(what_is_latched_and_not_counted_is_a_finding),
		WITH_BENCH(an_empty_function_is_not_judged),
		WITH_BENCH(a_watch_with_a_condition_waits_for_it),
		WITH_BENCH(a_text_is_held_against_a_text),
		WITH_BENCH(one_busy_cpu_among_idle_ones_is_an_outlier),
		WITH_BENCH(all_cpus_busy_is_no_outlier),
		WITH_BENCH(since_boot_shows_the_highest_and_never_alarms),
		WITH_BENCH(what_was_read_and_not_judged_is_blind),
		WITH_BENCH(a_setting_alone_is_no_sight_of_a_layer),
		WITH_BENCH(an_absent_source_lends_its_reason_to_the_layer),
		WITH_BENCH(findings_over_the_limit_are_counted),
		WITH_BENCH(bytes_that_stay_in_a_queue_are_a_finding),
		WITH_BENCH(a_queue_that_is_empty_or_moves_is_none),
		WITH_BENCH(a_queue_speaks_for_itself),
		WITH_BENCH(what_was_read_once_does_not_stand_still),
		WITH_BENCH(a_small_ring_counts_while_frames_are_missed),
	};

	return RUN_TESTS(tests);
}
