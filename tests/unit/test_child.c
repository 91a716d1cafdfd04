/* A child that reads, hangs for real, is given up, and followed by another one: this program is both sides. */
#include "test.h"

#include "tree.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "cmd/outside.h"
#include "collect/run.h"
#include "record/adopt.h"

/* Who waits for nothing in particular is patient: machines that run tests are busy. */
static const int64_t patience_ns = 60 * MS_NS, long_ns = 5 * SECOND_NS, every_ns = 10 * MS_NS;

/* ---- what it reads: a device that may hang, stand still, or end whoever reads it ---- */

/* clang-format off */
static const struct signal signals[] = {
	{ "made.value", NULL, GAUGE, ONE, RDMA, NONE, FREE, "what the device says" },
};
/* clang-format on */
static const struct text_source texts[] = {
	{ .path = "sys/made/*/value", .who = "rdma:%1", .asks_device = true, .absent = "none" },
};

static int parse(struct emit *out, unsigned text, str from)
{
	uint64_t value;

	(void)text;
	if (str_starts(from, STR("hang")))
		for (;;)
			pause();
	if (str_starts(from, STR("exit")))
		_exit(7);
	if (str_u64(str_trim(from), &value) < 0)
		return -EBADMSG;
	emit(out, 0, (int64_t)value);
	return 0;
}

static const struct collector made = {
	.name = "made",
	.about = "a device that a test made",
	.may_hang = true,
	.fast = 1,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
static const struct collector *const list[] = { &made };

static int be_the_child(int argc, char **argv)
{
	struct host *host;

	if (argc != 7 || strcmp(argv[4], "made") != 0 || host_tree(argv[6], &host) < 0)
		return 3;
	return child_serve(host, list, 1);
}

/* ---- who asks it ---- */

struct bench {
	char dir[64];
	struct child child;
	struct session session;
	struct frame frame;
	struct adopt adopt;
	char said[16][512];
	enum own_event which[16];
	int64_t since_ns[16];
	unsigned n_said;
};

static void said_nothing(const struct bench *b)
{
	if (b->n_said)
		fail_msg("it said \"%s\"", b->said[0]);
}

static void on_event(void *self, enum own_event which, const char *text, int64_t since_ns)
{
	struct bench *b = self;

	assert_true(b->n_said < 16);
	snprintf(b->said[b->n_said], sizeof(b->said[0]), "%s", text);
	b->which[b->n_said] = which;
	b->since_ns[b->n_said++] = since_ns;
}

static int open_bench(void **state)
{
	struct bench *b = *state = calloc(1, sizeof(*b));
	const struct child_options options = { b->dir, list, 1, long_ns, on_event, b };
	unsigned first;

	tree_make(b->dir);
	tree_text(b->dir, "sys/made/mlx5_0/value", "41\n");
	child_open(&b->child, &options);
	assert_int_equal(session_open(&b->session) | frame_open(&b->frame), 0);
	first = run_declare(&b->session, list, 1);
	return adopt_open(&b->adopt, &b->session, first, 1);
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	child_close(&b->child);
	assert_int_equal(b->child.pid, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie either */
	adopt_close(&b->adopt);
	frame_close(&b->frame);
	session_close(&b->session);
	tree_remove(b->dir);
	free(b);
	return 0;
}

static void be_impatient(struct bench *b)
{
	b->child.options.patience_ns = patience_ns;
	b->child.pause_ns = 15 * patience_ns;
}

static void be_patient(struct bench *b)
{
	b->child.options.patience_ns = long_ns;
}

static void device_says(struct bench *b, const char *text)
{
	tree_text(b->dir, "sys/made/mlx5_0/value", text);
}

/* A tick; true when it brought an answer. What it takes has a bound. */
static bool tick(struct bench *b, unsigned request)
{
	int64_t begin_ns = clock_mono_ns();
	bool answered;
	str packet;

	frame_clear(&b->frame);
	b->session.ledger.tick++;
	b->frame.mono_ns = begin_ns;
	child_ask(&b->child, request, begin_ns);
	child_wait(&b->child, begin_ns, 5 * MS_NS);
	child_take(&b->child);
	child_watch(&b->child, every_ns, clock_mono_ns());
	answered = child_answer(&b->child, request & CHILD_FAST, &packet);
	if (answered && packet.n)
		assert_int_equal(adopt_packet(&b->adopt, packet, &b->frame), 0);
	if (answered)
		child_done(&b->child);
	if (b->child.lost_ns)
		adopt_lose(&b->adopt, -ETIMEDOUT, &b->frame);
	assert_true(clock_mono_ns() - begin_ns < SECOND_NS);
	return answered;
}

/* -1: nobody knows it. */
static int64_t value_of(const struct bench *b)
{
	uint16_t sig = catalog_find(&b->session.catalog, STR("made.value"));
	const struct block *block = ledger_find(&b->session.ledger,
		names_find(&b->session.entities.names, STR("rdma:mlx5_0")), sig);

	return block && block_has(block, 0) ? block->values[0] : -1;
}

static void tick_until_value(struct bench *b, int64_t value, int64_t most_ns)
{
	int64_t end_ns = clock_mono_ns() + most_ns;

	while (value_of(b) != value) {
		tick(b, 0);
		clock_sleep_until(clock_mono_ns() + every_ns);
		if (clock_mono_ns() > end_ns)
			fail_msg(
				"after %lld ms the value is %lld instead of %lld, and it said \"%s\"",
				(long long)(most_ns / MS_NS), (long long)value_of(b),
				(long long)value, b->n_said ? b->said[b->n_said - 1] : "nothing");
	}
}

static void tick_until_said(struct bench *b, enum own_event which, int64_t most_ns)
{
	int64_t end_ns = clock_mono_ns() + most_ns;
	unsigned n = b->n_said;

	while (b->n_said == n) {
		tick(b, 0);
		clock_sleep_until(clock_mono_ns() + every_ns);
		assert_true(clock_mono_ns() < end_ns);
	}
	assert_int_equal(b->which[n], which);
}

/* ---- ---- */

static void what_it_reads_is_here(void **state)
{
	struct bench *b = *state;

	tick_until_value(b, 41, 5 * SECOND_NS);
	device_says(b, "42\n");
	tick_until_value(b, 42, long_ns);
	assert_true(child_cpu_ns(&b->child) > 0);
	said_nothing(b);
}

static void a_fast_tick_takes_no_answer_of_a_full_one(void **state)
{
	struct bench *b = *state;
	struct pollfd fd;
	str packet;

	tick_until_value(b, 41, 5 * SECOND_NS);
	child_ask(&b->child, 0, clock_mono_ns());
	fd = (struct pollfd){ child_fd(&b->child), POLLIN, 0 };
	assert_int_equal(poll(&fd, 1, 5000), 1);
	child_wait(&b->child, 0, SECOND_NS);
	assert_false(child_answer(&b->child, true, &packet));
	assert_true(child_answer(&b->child, false, &packet));
	child_done(&b->child);
	child_ask(&b->child, CHILD_FAST, clock_mono_ns());
	child_wait(&b->child, 0, 5 * SECOND_NS);
	assert_true(child_answer(&b->child, true, &packet));
	assert_true(packet.n > 0);
	assert_int_equal(adopt_packet(&b->adopt, packet, &b->frame), 0);
	assert_true(b->adopt.desk.frame.fast);
}

/* It says where it hangs and since when, is given up, and the next one reads again. */
static void one_that_hangs_is_given_up(void **state)
{
	struct bench *b = *state;
	int64_t before_ns;
	pid_t first;

	tick_until_value(b, 41, 5 * SECOND_NS);
	first = b->child.pid;
	be_impatient(b);
	before_ns = clock_mono_ns();
	device_says(b, "hang\n");
	tick_until_said(b, OWN_CHILD_STUCK, 5 * SECOND_NS);
	assert_true(clock_mono_ns() - before_ns >= patience_ns);
	assert_non_null(strstr(b->said[0], "made has not come back for 0."));
	assert_non_null(strstr(b->said[0], "from sys/made/mlx5_0/value"));
	assert_true(b->since_ns[0] >= before_ns && b->since_ns[0] < clock_mono_ns());
	assert_int_equal(value_of(b), -1);
	assert_int_equal(b->frame.n_reads, 1);
	assert_int_equal(b->frame.reads[0].status, -ETIMEDOUT);

	device_says(b, "43\n"); /* too late for this one */
	tick_until_said(b, OWN_CHILD_GONE, 5 * SECOND_NS);
	assert_true(clock_mono_ns() - before_ns >= 15 * patience_ns);
	assert_non_null(strstr(b->said[1], "was given up: it was killed by signal 9"));
	assert_int_equal(kill(first, 0), -1);
	assert_true(b->child.lost_ns != 0);

	be_patient(b);
	before_ns = clock_mono_ns();
	tick_until_value(b, 43, 15 * patience_ns + long_ns);
	assert_true(clock_mono_ns() - before_ns >= 14 * patience_ns);
	assert_true(b->child.pid != first);
	assert_int_equal(b->which[2], OWN_CHILD_BACK);
	assert_int_equal(b->n_said, 3);
	assert_int_equal(b->child.lost_ns, 0);
}

/* Who comes back in time says everything again: what it had said before counted as lost. */
static void one_that_comes_back_is_heard_again(void **state)
{
	struct bench *b = *state;

	tick_until_value(b, 41, 5 * SECOND_NS);
	be_impatient(b);
	kill(b->child.pid, SIGSTOP);
	tick_until_said(b, OWN_CHILD_STUCK, 5 * SECOND_NS);
	be_patient(b);
	assert_non_null(strstr(b->said[0], "has not answered for 0."));
	assert_int_equal(value_of(b), -1);
	kill(b->child.pid, SIGCONT);
	tick_until_value(b, 41, long_ns);
	assert_int_equal(b->n_said, 2);
	assert_int_equal(b->which[1], OWN_CHILD_BACK);
}

static void one_that_ends_is_followed_ever_later(void **state)
{
	struct bench *b = *state;
	int64_t before_ns, first_ns;

	b->child.pause_ns = 15 * patience_ns;
	device_says(b, "exit\n");
	tick_until_said(b, OWN_CHILD_GONE, 5 * SECOND_NS);
	assert_non_null(strstr(b->said[0], "ended with code 7; the next one begins in 0.9 s"));
	before_ns = clock_mono_ns();
	tick_until_said(b, OWN_CHILD_GONE, 5 * SECOND_NS);
	first_ns = clock_mono_ns() - before_ns;
	assert_non_null(strstr(b->said[1], "the next one begins in 1.8 s"));
	assert_true(first_ns >= 15 * patience_ns);
	device_says(b, "44\n");
	before_ns = clock_mono_ns();
	tick_until_value(b, 44, 30 * patience_ns + long_ns);
	assert_true(clock_mono_ns() - before_ns >= 28 * patience_ns);
}

static void one_that_is_killed_is_followed(void **state)
{
	struct bench *b = *state;

	tick_until_value(b, 41, 5 * SECOND_NS);
	b->child.pause_ns = 15 * patience_ns;
	kill(b->child.pid, SIGKILL);
	tick_until_said(b, OWN_CHILD_GONE, 5 * SECOND_NS);
	assert_null(strstr(b->said[0], "given up"));
	assert_non_null(strstr(b->said[0], "was killed by signal 9"));
	assert_int_equal(value_of(b), -1);
	tick_until_value(b, 41, 15 * patience_ns + long_ns);
}

static void whoever_begins_anew_gets_all_of_it(void **state)
{
	struct bench *b = *state;
	unsigned first;

	tick_until_value(b, 41, 5 * SECOND_NS);
	child_ask(&b->child, 0, clock_mono_ns()); /* its answer is not for the next session */
	adopt_close(&b->adopt);
	session_close(&b->session);
	assert_int_equal(session_open(&b->session), 0);
	first = run_declare(&b->session, list, 1);
	assert_int_equal(adopt_open(&b->adopt, &b->session, first, 1), 0);
	child_renew(&b->child);
	tick_until_value(b, 41, 5 * SECOND_NS);
	said_nothing(b);
}

static void a_stopped_one_does_not_hold_up_the_end(void **state)
{
	struct bench *b = *state;
	int64_t begin_ns;

	tick_until_value(b, 41, 5 * SECOND_NS);
	kill(b->child.pid, SIGSTOP);
	begin_ns = clock_mono_ns();
	child_close(&b->child);
	assert_true(clock_mono_ns() - begin_ns < SECOND_NS / 2);
	assert_int_equal(b->child.pid, 0);
}

/* A host in which nothing can hang reads all by itself; the device that is plugged in later has a child that reads it. */
static void a_device_that_comes_later_gets_a_child(void **state)
{
	struct bench *b = *state;
	struct outside_options options = { NULL, b->dir, list, 1, long_ns, on_event, b };
	int64_t end_ns = clock_mono_ns() + 2 * long_ns;
	char device[128];
	struct outside o;
	size_t n = 0;

	snprintf(device, sizeof(device), "%s/sys/made/mlx5_0", b->dir);
	tree_remove(device);
	assert_int_equal(host_tree(b->dir, &options.host), 0);
	assert_true(outside_open(&o, &options));
	assert_ptr_equal(outside_choose(&o, &n), list);
	assert_int_equal(n, 1);
	assert_int_equal(outside_begin_era(&o, &b->session), 0);
	assert_int_equal(outside_fd(&o), -1);
	assert_false(outside_wants_era(&o));
	outside_end_era(&o);

	tree_text(b->dir, "sys/made/mlx5_0/value", "45\n");
	assert_true(outside_wants_era(&o));
	session_close(&b->session);
	assert_int_equal(session_open(&b->session), 0);
	outside_choose(&o, &n);
	assert_int_equal(n, 0);
	assert_int_equal(outside_begin_era(&o, &b->session), 0);
	while (value_of(b) != 45 && clock_mono_ns() < end_ns) {
		frame_clear(&b->frame);
		b->session.ledger.tick++;
		outside_begin_tick(&o, false, false, every_ns, clock_mono_ns());
		outside_end_tick(&o, &b->frame);
		clock_sleep_until(clock_mono_ns() + every_ns);
		outside_take(
			&o); /* whenever it is readable: its first answer takes longer than a tick */
	}
	assert_int_equal(value_of(b), 45);
	assert_false(outside_wants_era(&o));
	outside_end_era(&o);
	outside_close(&o);
	host_close(options.host);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_it_reads_is_here, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			a_fast_tick_takes_no_answer_of_a_full_one, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			one_that_hangs_is_given_up, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			one_that_comes_back_is_heard_again, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			one_that_ends_is_followed_ever_later, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			one_that_is_killed_is_followed, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			whoever_begins_anew_gets_all_of_it, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			a_stopped_one_does_not_hold_up_the_end, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			a_device_that_comes_later_gets_a_child, open_bench, close_bench),
	};

	if (argc > 2 && strcmp(argv[2], "--child") == 0)
		return be_the_child(argc, argv);
	return RUN_TESTS(tests);
}
