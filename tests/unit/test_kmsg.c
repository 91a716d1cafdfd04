/*
 * The kernel's log when its ring goes round faster than it is read: the rest is read, and what is
 * missing is counted. The linker puts this file's read() between the door and the kernel.
 */
#include "test.h"

#include <errno.h>
#include <unistd.h>

#include "host/host.h"
#include "log/log.h"
#include "model/session.h"

ssize_t __real_read(int fd, void *to, size_t n);
ssize_t __wrap_read(int fd, void *to, size_t n);

/* What the next reads of `fd` give; NULL: the error. The last one is given for ever. */
static struct {
	int fd;
	const struct {
		const char *record;
		int error;
	} * reads;
	unsigned at, n;
} script = { .fd = -1 };

ssize_t __wrap_read(int fd, void *to, size_t n)
{
	const char *record;
	unsigned at = script.at;

	if (fd != script.fd)
		return __real_read(fd, to, n);
	if (script.at + 1 < script.n)
		script.at++;
	record = script.reads[at].record;
	errno = script.reads[at].error;
	if (!record)
		return -1;
	assert_true(strlen(record) <= n);
	memcpy(to, record, strlen(record));
	return (ssize_t)strlen(record);
}

static void on_event(void *self, const struct event *e)
{
	(void)e;
	++*(unsigned *)self;
}

struct bench {
	struct session session;
	struct host *host;
	struct log *log;
	struct arena a;
	unsigned events;
};

static struct bench *bench_open(const char *test)
{
	struct bench *b = calloc(1, sizeof(*b));
	const struct log_options options = { .event = on_event, .self = &b->events };

	assert_int_equal(session_open(&b->session), 0);
	log_link_signals(&b->session.catalog);
	assert_int_equal(log_open(&b->session, &options, &b->log), 0);
	assert_int_equal(arena_open(&b->a, 16 << 20), 0);
	assert_int_equal(host_live(&b->host), 0);
	assert_int_equal(host_log_fd(b->host), -EBADF);
	if (host_log_open(b->host, true) < 0)
		cannot_run(test, "/dev/kmsg cannot be opened here");
	assert_true(host_log_fd(b->host) >= 0);
	script.fd = host_log_fd(b->host);
	return b;
}

static void bench_close(struct bench *b)
{
	script.fd = -1;
	log_close(b->log);
	host_close(b->host);
	session_close(&b->session);
	arena_close(&b->a);
	free(b);
}

/* Reads what the script has, as a recorder does in each tick. */
static int feed(struct bench *b)
{
	str text;
	int r = host_log(b->host, &b->a, &text);

	if (r == 0)
		log_feed(b->log, text);
	log_pause(b->log);
	return r;
}

#define RECORD(number, text)                                                                       \
	{                                                                                          \
		"3," number ",1000000,-;" text "\n", 0                                             \
	}
#define GIVES(table)                                                                               \
	script.reads = (const void *)(table), script.n = sizeof(table) / sizeof(*(table)),         \
	script.at = 0

static const struct {
	const char *record;
	int error;
} overrun[] = {
	RECORD("10", "AER: Exceeded max supported (5) devices with errors logged"),
	{ NULL, EPIPE }, /* 11 to 17 were written over */
	RECORD("18", "AER: Exceeded max supported (5) devices with errors logged"),
	{ NULL, EINTR },
	RECORD("19", "nothing special"),
	{ NULL, EAGAIN },
}, later[] = {
	{ NULL, EPIPE }, /* nothing but the loss: the next record tells how much */
	{ NULL, EAGAIN },
}, last[] = {
	RECORD("25", "nothing special"),
	{ NULL, EAGAIN },
}, broken[] = {
	{ NULL, EIO },
};

static void what_was_written_over_is_counted(void **state)
{
	struct bench *b = bench_open("what_was_written_over_is_counted");

	(void)state;
	GIVES(overrun);
	assert_int_equal(feed(b), 0);
	assert_int_equal(b->events, 2); /* what came after the loss was read too */
	assert_int_equal(log_counted(b->log).lost, 7);
	GIVES(later);
	assert_int_equal(feed(b), 0);
	assert_int_equal(log_counted(b->log).lost, 7);
	GIVES(last);
	assert_int_equal(feed(b), 0);
	assert_int_equal(log_counted(b->log).lost, 7 + 5);
	GIVES(broken);
	assert_int_equal(feed(b), -EIO); /* a read that fails is not an empty log */
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_over_is_counted),
	};

	return RUN_TESTS(tests);
}
