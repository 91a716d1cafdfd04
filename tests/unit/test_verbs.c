/* Events of RDMA devices: made messages, right and wrong, and a helper that this program is itself. */
#include "test.h"

#include <errno.h>
#include <glob.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "listen/listen.h"
#include "listen/verbs.h"

extern const struct listener verbs_listener;

/* ---- messages ---- */

static struct said {
	unsigned n, row;
	enum event_severity severity;
	char name[80], text[NOTICE_TEXT];
} said;

static void give(void *self, const struct notice *n)
{
	(void)self;
	said.n++;
	said.row = n->row;
	said.severity = n->severity;
	snprintf(said.name, sizeof(said.name), "%.*s", STR_ARG(n->name));
	snprintf(said.text, sizeof(said.text), "%.*s", STR_ARG(n->text));
}

static int hear(const struct host_verbs_message *m, size_t n, bool *ret_rescan)
{
	struct notices out = { .give = give };
	struct host_verbs_message heard;
	int r;

	said = (struct said){ 0 };
	r = verbs_parse((str){ (const char *)m, n }, &heard, &out);
	if (ret_rescan)
		*ret_rescan = out.rescan;
	return r;
}

static void each_event_has_its_row(void **state)
{
	/* the kernel's numbers, as rdma-core has them too */
	static const struct {
		int32_t number;
		unsigned row;
	} of[] = { { 8, VERBS_FATAL }, { 9, VERBS_PORT_ACTIVE }, { 10, VERBS_PORT_ERROR },
		{ 11, VERBS_LID }, { 12, VERBS_PKEY }, { 13, VERBS_SM }, { 17, VERBS_REREGISTER },
		{ 18, VERBS_GID } };

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(*of); i++) {
		const struct host_verbs_message m = { VERBS_EVENT, of[i].number,
			of[i].number == 8 ? 0 : 2, "mlx5_0" };
		bool rescan;

		assert_int_equal(hear(&m, sizeof(m), &rescan), 0);
		assert_int_equal(said.n, 1);
		assert_int_equal(said.row, of[i].row);
		assert_string_equal(said.name, of[i].number == 8 ? "mlx5_0" : "mlx5_0/2");
		assert_int_equal(rescan, of[i].number == 8);
	}
	assert_string_equal(said.text, "the GIDs of the port changed (IBV_EVENT_GID_CHANGE)");
}

static void what_is_not_ours_says_nothing(void **state)
{
	struct host_verbs_message m = { VERBS_EVENT, 0, 1, "mlx5_0" };

	(void)state;
	for (int32_t number = -1; number < 40; number++) {
		if ((number >= 8 && number <= 13) || number == 17 || number == 18)
			continue;
		m.value = number;
		assert_int_equal(hear(&m, sizeof(m), NULL), 0);
		assert_int_equal(said.n, 0);
	}
}

static void what_is_wrong_says_nothing(void **state)
{
	const struct host_verbs_message good = { VERBS_EVENT, 10, 1, "mlx5_0" };
	struct host_verbs_message bad[7] = { good, good, good, good, good, good, good };
	char longer[sizeof(good) + 1] = { 0 };

	(void)state;
	memcpy(longer, &good, sizeof(good));
	assert_int_equal(hear((const void *)longer, sizeof(longer), NULL), -EBADMSG);
	for (size_t n = 0; n < sizeof(good); n++)
		assert_int_equal(hear(&good, n, NULL), -EBADMSG);
	bad[0].kind = VERBS_KINDS;
	bad[1].port = 256;
	bad[2].device[0] = '\0';
	memset(bad[3].device, 'a', sizeof(bad[3].device));
	bad[4].device[2] = '/';
	bad[5].device[2] = '\n';
	bad[6].device[2] = ' ';
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(hear(&bad[i], sizeof(bad[i]), NULL), -EBADMSG);
		assert_int_equal(said.n, 0);
	}
}

/* ---- the helper: what the environment says ---- */

static void tell(uint32_t kind, int32_t value, uint32_t port, const char *device)
{
	struct host_verbs_message m = { .kind = kind, .value = value, .port = port };

	snprintf(m.device, sizeof(m.device), "%s", device);
	if (send(HOST_HELPER_FD, &m, sizeof(m), MSG_NOSIGNAL) < 0)
		_exit(1);
}

static int be_the_helper(const char *part)
{
	char byte;

	if (strcmp(part, "hangs") == 0)
		for (;;)
			pause();
	if (strcmp(part, "cannot") == 0)
		tell(VERBS_REFUSED, -ENOENT, 0, "");
	if (strcmp(part, "ends") == 0 || strcmp(part, "cannot") == 0)
		return 0;
	tell(VERBS_HELD, 0, 0, "mlx5_0");
	tell(VERBS_REFUSED, -EACCES, 0, "mlx5_1");
	tell(VERBS_READY, 2, 0, "");
	tell(VERBS_EVENT, 10, 1, "mlx5_0");
	/* each time that it looks again there is one more */
	while (recv(HOST_HELPER_FD, &byte, 1, 0) == 1)
		tell(VERBS_EVENT, 9, 1, "mlx5_0");
	return 0;
}

struct bench {
	struct session session;
	struct host *host;
	struct listen *listen;
	struct frame frame;
	char signal[64], who[64];
	unsigned events;
};

static void on_event(void *self, const struct event *e)
{
	struct bench *b = self;

	snprintf(
		b->signal, sizeof(b->signal), "%s", catalog_get(&b->session.catalog, e->sig)->name);
	snprintf(
		b->who, sizeof(b->who), "%.*s", STR_ARG(entity_text(&b->session.entities, e->who)));
	b->events++;
}

static struct bench *bench_open(const char *asked_for, const char *part)
{
	static const struct listener *const list[] = { &verbs_listener };
	struct bench *b = calloc(1, sizeof(*b));
	const struct listen_options options = { on_event, b, asked_for };

	setenv("MADE_VERBS", part, 1);
	assert_int_equal(session_open(&b->session), 0);
	assert_int_equal(frame_open(&b->frame), 0);
	assert_int_equal(host_live(&b->host), 0);
	assert_int_equal(listen_open(b->host, &b->session, list, 1, &options, &b->listen), 0);
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
	return &b->frame.reads[0];
}

static bool has_failed(const struct bench *b, const char *who, int error)
{
	for (uint32_t i = 0; i < b->frame.n_failures; i++)
		if (b->frame.failures[i].error == error &&
			str_is(entity_text(&b->session.entities, b->frame.failures[i].who), who))
			return true;
	return false;
}

/* Until so many events came, or it stopped listening; false: nothing of that. */
static bool take_until(struct bench *b, unsigned events)
{
	int64_t end_ns = clock_mono_ns() + 10 * SECOND_NS;

	while (b->events < events && report(b)->status == 0 && clock_mono_ns() < end_ns) {
		struct pollfd fd = { .fd = listen_fd(b->listen), .events = POLLIN };

		poll(&fd, 1, 100);
		listen_take(b->listen);
	}
	return b->events >= events || report(b)->status < 0;
}

static void who_did_not_ask_is_told_so(void **state)
{
	struct bench *b = bench_open(NULL, "listens");
	glob_t devices;
	bool any = glob("/sys/class/infiniband/*", 0, NULL, &devices) == 0;

	(void)state;
	if (any)
		globfree(&devices);
	assert_int_equal(report(b)->status, -ENOENT);
	assert_non_null(strstr(
		b->session.sources[0].absent, any ? "record --verbs-events" : "no RDMA device"));
	listen_rescan(b->listen);
	assert_int_equal(report(b)->status, -ENOENT);
	assert_int_equal(b->events, 0);
	bench_close(b);
}

static void events_are_heard(void **state)
{
	struct bench *b = bench_open("verbs", "listens");

	(void)state;
	assert_int_equal(report(b)->status, 0);
	assert_true(take_until(b, 1));
	assert_string_equal(b->signal, "rdma.notice.port.error");
	assert_string_equal(b->who, "rdma:mlx5_0/1");
	assert_int_equal(report(b)->status, 0);
	assert_int_equal(b->frame.n_failures, 1);
	assert_true(has_failed(b, "rdma:mlx5_1", -EACCES));
	listen_rescan(b->listen);
	assert_true(take_until(b, 2));
	assert_string_equal(b->signal, "rdma.notice.port.active");
	bench_close(b);
}

/* Who is not answered waits for nothing, and says what nobody knows. */
static void one_that_hangs_holds_up_nobody(void **state)
{
	int64_t begin_ns = clock_mono_ns();
	struct bench *b = bench_open("verbs", "hangs");

	(void)state;
	listen_take(b->listen);
	listen_rescan(b->listen);
	assert_int_equal(report(b)->status, 0);
	assert_true(has_failed(b, "host", -ETIMEDOUT));
	bench_close(b);
	assert_true(clock_mono_ns() - begin_ns < 5 * SECOND_NS);
	/* and it does not stay */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void one_that_ends_is_followed(void **state)
{
	struct bench *b = bench_open("verbs", "ends");

	(void)state;
	assert_true(take_until(b, 1));
	assert_int_equal(report(b)->status, -EPIPE);
	assert_non_null(strstr(b->session.sources[0].absent, "ended"));
	setenv("MADE_VERBS", "listens", 1);
	listen_rescan(b->listen);
	assert_int_equal(report(b)->status, 0);
	assert_true(take_until(b, 1));
	assert_int_equal(b->events, 1);
	bench_close(b);
}

static void without_the_library_it_says_so(void **state)
{
	struct bench *b = bench_open("verbs", "cannot");

	(void)state;
	assert_true(take_until(b, 1));
	assert_int_equal(report(b)->status, -ENOENT);
	assert_non_null(strstr(b->session.sources[0].absent, "libibverbs"));
	bench_close(b);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_event_has_its_row),
		cmocka_unit_test(what_is_not_ours_says_nothing),
		cmocka_unit_test(what_is_wrong_says_nothing),
		cmocka_unit_test(who_did_not_ask_is_told_so),
		cmocka_unit_test(events_are_heard),
		cmocka_unit_test(one_that_hangs_holds_up_nobody),
		cmocka_unit_test(one_that_ends_is_followed),
		cmocka_unit_test(without_the_library_it_says_so),
	};

	if (argc > 2 && strcmp(argv[2], "--verbs-child") == 0)
		return be_the_helper(getenv("MADE_VERBS"));
	return RUN_TESTS(tests);
}
