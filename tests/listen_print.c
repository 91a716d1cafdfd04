/*
 * Runs listeners on this machine and prints what they hear, for the live tests:
 *
 *   listen_print DURATION [NAME...]
 *
 * "ready" when all are open; then a line an event: the columns of `faultline events`, and when it
 * arrived (monotonic seconds, from and to); at the end a line a listener: "source NAME STATUS WHY".
 * Things are looked for again every second (LISTEN_RESCAN, a duration). SIGTERM ends it early, with the same last lines.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "listen/listen.h"
#include "show/events.h"

enum { MOST = 64 };

static int64_t rescan_every_ns = SECOND_NS;

static volatile sig_atomic_t enough;

static void end(int signal)
{
	(void)signal;
	enough = 1;
}

static void print_event(void *self, const struct event *e)
{
	event_tsv(stdout, self, e);
	printf("arrival\t%" PRId64 ".%09" PRId64 "\t%" PRId64 ".%09" PRId64 "\n",
		e->arrival_lo_ns / SECOND_NS, e->arrival_lo_ns % SECOND_NS,
		e->arrival_hi_ns / SECOND_NS, e->arrival_hi_ns % SECOND_NS);
	fflush(stdout);
}

static bool is_wanted(const struct listener *l, int argc, char **argv)
{
	bool wanted = argc < 3;

	for (int i = 2; i < argc; i++)
		wanted |= strcmp(l->name, argv[i]) == 0;
	return wanted;
}

static void print_sources(struct listen *listen, const struct session *s)
{
	struct frame f;

	if (frame_open(&f) < 0)
		return;
	listen_report(listen, &f);
	for (uint32_t i = 0; i < f.n_reads; i++) {
		const struct source *source = &s->sources[f.reads[i].source];
		int status = f.reads[i].status;

		printf("source\t%s\t%s\t%s\n", source->collector,
			status ? host_reason(status) : "listens",
			source->absent ? source->absent : "-");
	}
	for (uint32_t i = 0; i < f.n_failures; i++)
		printf("missing\t%s\t%.*s\t%s\n", s->sources[f.failures[i].source].collector,
			STR_ARG(entity_text(&s->entities, f.failures[i].who)),
			host_reason(f.failures[i].error));
	frame_close(&f);
}

/* As the runner does: namespaces come and go too. */
static void find_namespaces(struct host *host)
{
	struct arena a;
	str proc;

	if (arena_open(&a, 16 << 20) < 0)
		return;
	if (host_list(host, &a, 0, "proc", &proc) == 0)
		host_find_namespaces(host, proc);
	arena_close(&a);
}

static void wait_and_take(struct host *host, struct listen *listen, int64_t until_ns)
{
	int64_t rescan_ns = clock_mono_ns() + rescan_every_ns, now;

	while (!enough && (now = clock_mono_ns()) < until_ns) {
		int64_t next = rescan_ns < until_ns ? rescan_ns : until_ns;
		struct pollfd come = { .fd = listen_fd(listen), .events = POLLIN };

		poll(&come, 1, (int)((next - now) / MS_NS) + 1);
		listen_take(listen);
		if (clock_mono_ns() < rescan_ns && !listen_wants_rescan(listen))
			continue;
		find_namespaces(host);
		listen_rescan(listen);
		rescan_ns = clock_mono_ns() + rescan_every_ns;
	}
}

int main(int argc, char **argv)
{
	const struct listener *list[MOST];
	struct listen_options options = { .event = print_event };
	struct session session;
	struct listen *listen;
	struct host *host;
	int64_t for_ns;
	size_t n = 0;

	for (size_t i = 0; i < n_listeners && n < MOST; i++)
		if (is_wanted(listeners[i], argc, argv))
			list[n++] = listeners[i];
	if (argc < 2 || n == 0 || clock_duration(str_of(argv[1]), &for_ns) < 0) {
		fputs("usage: listen_print DURATION [LISTENER...]\n", stderr);
		return 3;
	}
	if (session_open(&session) < 0 || host_live(&host) < 0)
		return 3;
	options.self = &session;
	find_namespaces(host);
	if (listen_open(host, &session, list, n, &options, &listen) < 0)
		return 3;
	if (getenv("LISTEN_RESCAN"))
		clock_duration(str_of(getenv("LISTEN_RESCAN")), &rescan_every_ns);
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = end }, NULL);
	puts("ready");
	fflush(stdout);
	wait_and_take(host, listen, clock_mono_ns() + for_ns);
	print_sources(listen, &session);
	listen_close(listen);
	session_close(&session);
	host_close(host);
	return 0;
}
