/* The wall clock: set by somebody, or gone on while the machine was suspended. */
#include "listen/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/epoll.h>

#include "base/clock.h"
#include "listen/listen.h"

enum { STEPPED, SUSPENDED };

/* clang-format off */
static const struct signal signals[] = {
	[STEPPED]   = { "self.clock.stepped",   NULL, EVENT, ONE, HOST, NONE, FREE, "the wall clock was set: times before and after do not fit together", 0, WRAPS },
	[SUSPENDED] = { "self.clock.suspended", NULL, EVENT, ONE, HOST, NONE, FREE, "the machine was suspended: nothing was read in between", 0, WRAPS },
};
/* clang-format on */

static int64_t distance(int64_t from, int64_t to)
{
	return (int64_t)((uint64_t)to - (uint64_t)from);
}

static int64_t unless_small(int64_t ns, int64_t least_ns)
{
	return ns >= least_ns || ns <= -least_ns ? ns : 0;
}

struct clock_change clocks_compare(const struct clocks *before, const struct clocks *after)
{
	int64_t mono = distance(before->mono_ns, after->mono_ns);
	int64_t asleep = distance(mono, distance(before->boot_ns, after->boot_ns));
	int64_t ahead = distance(mono, distance(before->wall_ns, after->wall_ns));

	asleep = asleep >= CLOCK_LEAST_SLEEP_NS ? asleep : 0;
	return (struct clock_change){ .asleep_ns = asleep,
		.step_ns = unless_small(distance(asleep, ahead), CLOCK_LEAST_STEP_NS) };
}

/* The tightest of some readings: whoever is interrupted between two clocks reads nonsense. */
static struct clocks read_clocks(void)
{
	struct clocks best = { 0 };
	int64_t tightest = INT64_MAX;

	for (int i = 0; i < 5 && tightest > CLOCK_LEAST_STEP_NS / 50; i++) {
		int64_t begin = clock_mono_ns(), wall = clock_wall_ns(), boot = clock_boot_ns();
		int64_t end = clock_mono_ns();

		if (end - begin < tightest) {
			tightest = end - begin;
			best = (struct clocks){ wall, begin + tightest / 2, boot };
		}
	}
	return best;
}

static void give(struct listening *l, unsigned row, enum event_severity severity, int64_t lo_ns,
	const char *what, int64_t ns, const char *then)
{
	struct session *s = listening_session(l);
	char text[160];
	int64_t size = ns < 0 ? -ns : ns;
	int n = snprintf(text, sizeof(text), "%s %" PRId64 ".%06" PRId64 " s%s", what,
		size / SECOND_NS, size % SECOND_NS / 1000, then);

	listening_event(l, row,
		(struct event){ .who = entity_add(&s->entities, HOST, "", STR("")),
			.severity = severity,
			.arrival_lo_ns = lo_ns,
			.text = { text, (size_t)n } });
}

/* Whoever set the clock is not known: a resume is heard in the same way. */
static void compare(struct listening *l, int64_t lo_ns)
{
	struct clocks *before = listening_state(l), after = read_clocks();
	struct clock_change change = clocks_compare(before, &after);

	if (change.asleep_ns)
		give(l, SUSPENDED, EVENT_INFO, lo_ns, "the machine was suspended for",
			change.asleep_ns, "");
	if (change.step_ns)
		give(l, STEPPED, EVENT_WARNING, lo_ns, "the wall clock was set by", change.step_ns,
			change.step_ns < 0 ? " back" : " ahead");
	*before = after;
}

static int open_clock(struct listening *l)
{
	struct clocks *clocks = listening_state(l);
	int fd = host_clock_watch(listening_host(l));

	*clocks = read_clocks();
	return fd < 0 ? fd : listening_add(l, fd, EPOLLIN, 0);
}

static int ready(struct listening *l, int fd, uint64_t tag)
{
	int r = host_clock_watch_take(fd);

	(void)tag;
	if (r == 1)
		compare(l, 0);
	return r < 0 ? r : 0;
}

/* What nobody was told of happened at some time since the last look. */
static void rescan(struct listening *l)
{
	compare(l, ((const struct clocks *)listening_state(l))->mono_ns);
}

const struct listener clock_listener = {
	.name = "clock",
	.about = "when the wall clock is set, and when the machine was suspended",
	.source = "timerfd/realtime",
	.signals = signals,
	.n_signals = sizeof(signals) / sizeof(*signals),
	.state_size = sizeof(struct clocks),
	.open = open_clock,
	.ready = ready,
	.rescan = rescan,
};
