/* The loop of listeners: who is blind and why, and between when and when something came. */
#include "test.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tree.h"

#include "base/clock.h"
#include "listen/listen.h"

static const struct signal signals[] = {
	{ "nic.notice.test.first", NULL, EVENT, ONE, HOST, NONE, FREE, "one", 0, WRAPS },
	{ "pcie.notice.test.second", NULL, EVENT, ONE, HOST, NONE, FREE, "two", 0, WRAPS },
};

/* What the made listener does, and what it did. */
static struct {
	int open, ready; /* what these return */
	const char *why;
	int fds[2];
	unsigned opened, closed, rescanned, heard;
	bool drops; /* whoever is ready first closes the other */
	bool again; /* and opens another one in its place */
	uint32_t missing;
} made;

static int open_made(struct listening *l)
{
	made.opened++;
	for (uint64_t i = 0; i < 2; i++) {
		made.fds[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		assert_int_equal(listening_add(l, made.fds[i], EPOLLIN, 100 + i), 0);
	}
	*(int *)listening_state(l) += 1;
	assert_int_equal(*(int *)listening_state(l), 1); /* zeroed each time */
	if (made.why)
		listening_why(l, made.why);
	return made.open;
}

static int ready_made(struct listening *l, int fd, uint64_t tag)
{
	eventfd_t n;

	assert_int_equal(fd, made.fds[tag - 100]);
	assert_int_equal(eventfd_read(fd, &n), 0);
	made.heard++;
	if (made.drops)
		listening_drop(l, made.fds[101 - tag]);
	if (made.again) {
		made.again = false;
		made.fds[101 - tag] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		assert_int_equal(listening_add(l, made.fds[101 - tag], EPOLLIN, 201 - tag), 0);
	}
	listening_event(l, (unsigned)(tag - 100), (struct event){ .text = STR("it came") });
	return made.ready;
}

static void rescan_made(struct listening *l)
{
	made.rescanned++;
	listening_missing(l, entity_add(&listening_session(l)->entities, HOST, "pod", STR("")),
		made.missing ? -EPERM : 0);
	listening_ask_rescan(l);
}

static void close_made(struct listening *l)
{
	(void)l;
	made.closed++;
}

static const struct listener listener = { .name = "made",
	.about = "of this test",
	.source = "made/by-test",
	.absent = "nothing of the kind",
	.signals = signals,
	.n_signals = 2,
	.state_size = sizeof(int),
	.open = open_made,
	.ready = ready_made,
	.rescan = rescan_made,
	.close = close_made };

struct bench {
	struct session session;
	struct host *host;
	struct listen *listen;
	struct frame frame;
	struct event last;
	unsigned events;
};

static void on_event(void *self, const struct event *e)
{
	struct bench *b = self;

	b->last = *e;
	b->events++;
	assert_str(e->text, "it came");
}

static struct bench *bench_open(const char *dir)
{
	const struct listener *const list[] = { &listener };
	struct bench *b = calloc(1, sizeof(*b));
	const struct listen_options options = { on_event, b };

	assert_int_equal(session_open(&b->session), 0);
	assert_int_equal(frame_open(&b->frame), 0);
	assert_int_equal(dir ? host_tree(dir, &b->host) : host_live(&b->host), 0);
	assert_int_equal(listen_open(b->host, &b->session, list, 1, &options, &b->listen), 0);
	assert_int_equal(b->session.n_sources, 1);
	return b;
}

static void bench_close(struct bench *b)
{
	listen_close(b->listen);
	host_close(b->host);
	frame_close(&b->frame);
	session_close(&b->session);
	free(b);
}

static const struct source_read *report(struct bench *b)
{
	frame_clear(&b->frame);
	listen_report(b->listen, &b->frame);
	assert_int_equal(b->frame.n_reads, 1);
	return &b->frame.reads[0];
}

static void say_something(unsigned which)
{
	assert_int_equal(eventfd_write(made.fds[which], 1), 0);
}

static void an_event_came_after_nothing_was_there(void **state)
{
	struct bench *b;
	int64_t before, after;

	(void)state;
	memset(&made, 0, sizeof(made));
	b = bench_open(NULL);
	listen_take(b->listen); /* nothing */
	before = clock_mono_ns();
	say_something(1);
	listen_take(b->listen);
	after = clock_mono_ns();
	assert_int_equal(b->events, 1);
	assert_int_equal(
		b->last.sig, catalog_find(&b->session.catalog, STR("pcie.notice.test.second")));
	assert_int_equal(b->last.count, 1);
	assert_true(b->last.arrival_lo_ns > 0 && b->last.arrival_lo_ns <= before);
	assert_true(b->last.arrival_hi_ns >= before && b->last.arrival_hi_ns <= after);
	/* the next one cannot have come before this one was found to be all */
	say_something(0);
	listen_take(b->listen);
	assert_true(b->last.arrival_lo_ns >= before);
	bench_close(b);
	assert_int_equal(made.closed, 1);
}

static void who_cannot_be_opened_is_blind(void **state)
{
	struct bench *b;

	(void)state;
	memset(&made, 0, sizeof(made));
	made.open = -EACCES;
	b = bench_open(NULL);
	assert_int_equal(report(b)->status, -EACCES);
	assert_int_equal(b->frame.reads[0].files, 0);
	assert_string_equal(b->session.sources[0].absent, "nothing of the kind");
	assert_int_equal(b->session.sources[0].layers,
		1u << layer_find(STR("nic")) | 1u << layer_find(STR("pcie")));
	assert_int_equal(made.closed, 1);
	assert_int_equal(fcntl(made.fds[0], F_GETFD), -1); /* what it had opened is closed */
	made.why = "its own words";
	listen_rescan(b->listen);
	assert_string_equal(b->session.sources[0].absent, "its own words");
	made.open = 0;
	made.why = NULL;
	listen_rescan(b->listen);
	assert_int_equal(report(b)->status, 0);
	assert_int_equal(b->frame.reads[0].files, 2);
	assert_int_equal(made.opened, 3);
	assert_string_equal(b->session.sources[0].absent, "nothing of the kind");
	bench_close(b);
}

static void who_fails_is_blind_until_the_next_rescan(void **state)
{
	struct bench *b;

	(void)state;
	memset(&made, 0, sizeof(made));
	made.ready = -EIO;
	b = bench_open(NULL);
	say_something(0);
	say_something(1); /* of the same batch: its descriptor is closed when its turn comes */
	listen_take(b->listen);
	assert_int_equal(made.heard, 1);
	assert_int_equal(report(b)->status, -EIO);
	assert_int_equal(made.closed, 1);
	made.ready = 0;
	listen_rescan(b->listen);
	say_something(0);
	listen_take(b->listen);
	assert_int_equal(b->events, 2);
	bench_close(b);
}

static void what_was_dropped_is_not_heard(void **state)
{
	struct bench *b;

	(void)state;
	memset(&made, 0, sizeof(made));
	made.drops = true;
	b = bench_open(NULL);
	say_something(0);
	say_something(1);
	listen_take(b->listen);
	assert_int_equal(made.heard, 1);
	assert_int_equal(report(b)->files, 1);
	bench_close(b);
}

/* It has the number and the place of the old one, and nothing came to it yet. */
static void what_took_its_place_is_another(void **state)
{
	struct bench *b;

	(void)state;
	memset(&made, 0, sizeof(made));
	made.drops = made.again = true;
	b = bench_open(NULL);
	say_something(0);
	say_something(1);
	listen_take(b->listen);
	assert_int_equal(made.heard, 1);
	assert_int_equal(report(b)->files, 2);
	bench_close(b);
}

static void a_part_may_be_missing(void **state)
{
	struct bench *b;

	(void)state;
	memset(&made, 0, sizeof(made));
	made.missing = 1;
	b = bench_open(NULL);
	assert_false(listen_wants_rescan(b->listen));
	listen_rescan(b->listen);
	listen_rescan(b->listen);
	assert_true(listen_wants_rescan(b->listen));
	assert_false(listen_wants_rescan(b->listen));
	assert_int_equal(report(b)->failed, 1);
	assert_int_equal(b->frame.n_failures, 1);
	assert_int_equal(b->frame.failures[0].error, -EPERM);
	assert_str(entity_text(&b->session.entities, b->frame.failures[0].who), "host:@pod");
	made.missing = 0;
	listen_rescan(b->listen);
	assert_int_equal(report(b)->failed, 0);
	bench_close(b);
}

static void a_tree_says_nothing_by_itself(void **state)
{
	struct bench *b;
	char dir[64];

	(void)state;
	memset(&made, 0, sizeof(made));
	tree_make(dir);
	b = bench_open(dir);
	assert_int_equal(report(b)->status, -ENOTSUP);
	assert_string_equal(b->session.sources[0].absent, "only of a live machine");
	assert_int_equal(made.opened, 0);
	assert_int_equal(host_watch_new(b->host), -ENOTSUP);
	assert_int_equal(host_netlink_listen(b->host, 0, 0, 1), -ENOTSUP);
	assert_int_equal(host_trigger_open(b->host, "proc/pressure/cpu", "some 1 2"), -ENOTSUP);
	assert_int_equal(host_clock_watch(b->host), -ENOTSUP);
	assert_int_equal(host_log_fd(b->host), -EBADF);
	bench_close(b);
	tree_remove(dir);
}

static void signals_are_linked_once(void **state)
{
	const struct listener *const list[] = { &listener };
	const struct listen_options options = { on_event, NULL };
	struct session session;
	struct listen *listen;
	struct host *host;

	(void)state;
	memset(&made, 0, sizeof(made));
	assert_int_equal(session_open(&session), 0);
	assert_int_equal(host_live(&host), 0);
	catalog_link(&session.catalog, signals, 2);
	assert_int_equal(listen_open(host, &session, list, 1, &options, &listen), 0);
	assert_int_equal(catalog_size(&session.catalog), 2);
	listen_close(listen);
	host_close(host);
	session_close(&session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_came_after_nothing_was_there),
		cmocka_unit_test(who_cannot_be_opened_is_blind),
		cmocka_unit_test(who_fails_is_blind_until_the_next_rescan),
		cmocka_unit_test(what_was_dropped_is_not_heard),
		cmocka_unit_test(what_took_its_place_is_another),
		cmocka_unit_test(a_part_may_be_missing),
		cmocka_unit_test(a_tree_says_nothing_by_itself),
		cmocka_unit_test(signals_are_linked_once),
	};

	return RUN_TESTS(tests);
}
