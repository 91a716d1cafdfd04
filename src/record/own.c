/* The recorder's own signals. */
#include "record/own.h"

enum { OWNER = LEDGER_OWNERS - 1 };
enum {
	FILE_BYTES,
	HELD_BYTES,
	COMMITS,
	FAILURES,
	LOST,
	DROPPED_SEGMENTS,
	SLOWEST_COMMIT,
	WRITER_CPU,
	EVERY,
	FAST,
	FOLLOWERS,
	FOLLOWERS_DROPPED,
	EVENTS_SEEN,
	CHILD_STUCK,
	CHILD_CPU,
	GAUGES,
};

/* clang-format off */
static const struct signal own_signals[] = {
	[FILE_BYTES]        = { "self.store.bytes",            NULL, GAUGE,   BYTES, HOST, NONE, FREE, "size of the store with its log" },
	[HELD_BYTES]        = { "self.store.held",             NULL, GAUGE,   BYTES, HOST, NONE, FREE, "what no commit has taken yet" },
	[COMMITS]           = { "self.store.commits",          NULL, COUNTER, ONE,   HOST, NONE, FREE, "commits that reached the store" },
	[FAILURES]          = { "self.store.failures",         NULL, COUNTER, ONE,   HOST, NONE, FREE, "commits that did not" },
	[LOST]              = { "self.store.lost",             NULL, COUNTER, ONE,   HOST, NONE, FREE, "ticks that will never be in the store" },
	[DROPPED_SEGMENTS]  = { "self.store.dropped_segments", NULL, COUNTER, ONE,   HOST, NONE, FREE, "old segments that went, to keep within the bound" },
	[SLOWEST_COMMIT]    = { "self.store.slowest_commit",   NULL, GAUGE,   NSEC,  HOST, NONE, FREE, "the longest that a commit has taken" },
	[WRITER_CPU]        = { "self.store.cpu",              NULL, COUNTER, NSEC,  HOST, NONE, FREE, "CPU time of the thread that writes the store" },
	[EVERY]             = { "self.recorder.every",         NULL, GAUGE,   NSEC,  HOST, NONE, FREE, "time from one reading to the next" },
	[FAST]              = { "self.recorder.fast",          NULL, GAUGE,   NSEC,  HOST, NONE, FREE, "time from one fast reading to the next; 0: there are none now" },
	[FOLLOWERS]         = { "self.recorder.followers",     NULL, GAUGE,   ONE,   HOST, NONE, FREE, "programs that follow the recorder" },
	[FOLLOWERS_DROPPED] = { "self.recorder.followers_dropped", NULL, COUNTER, ONE, HOST, NONE, FREE, "of those, the ones that did not keep up" },
	[EVENTS_SEEN]       = { "self.recorder.events",        NULL, COUNTER, ONE,   HOST, NONE, FREE, "events that came" },
	[CHILD_STUCK]       = { "self.child.stuck_for",        NULL, GAUGE,   NSEC,  HOST, NONE, FREE, "for so long the process that reads what may hang has read nothing; 0: it reads" },
	[CHILD_CPU]         = { "self.child.cpu",              NULL, COUNTER, NSEC,  HOST, NONE, FREE, "CPU time of the process that reads what may hang" },
	[GAUGES + OWN_STARTED]         = { "self.recorder.started",  NULL, EVENT, ONE, HOST, NONE, FREE, "a recorder began" },
	[GAUGES + OWN_MISSED]          = { "self.ticks.missed",      NULL, EVENT, ONE, HOST, NONE, FREE, "readings that came too late: the machine stood still, or faultline did not get a CPU" },
	[GAUGES + OWN_OVERLOAD]        = { "self.overload",          NULL, EVENT, ONE, HOST, NONE, FREE, "faultline was over its budget of CPU and reads less often" },
	[GAUGES + OWN_RELIEVED]        = { "self.overload.ended",    NULL, EVENT, ONE, HOST, NONE, FREE, "faultline is well within its budget of CPU and reads more often again" },
	[GAUGES + OWN_STORE_FAILED]    = { "self.store.failed",      NULL, EVENT, ONE, HOST, NONE, FREE, "the store took nothing" },
	[GAUGES + OWN_STORE_RECOVERED] = { "self.store.recovered",   NULL, EVENT, ONE, HOST, NONE, FREE, "the store takes what comes again" },
	[GAUGES + OWN_LOG_LOST]        = { "self.log.lost",          NULL, EVENT, ONE, HOST, NONE, FREE, "records of the kernel's log that were overwritten before they were read" },
	[GAUGES + OWN_LOCK_FAILED]     = { "self.memory.unlocked",   NULL, EVENT, ONE, HOST, NONE, FREE, "faultline's memory could not be locked: under memory pressure it may stand still" },
	[GAUGES + OWN_CHILD_STUCK]     = { "self.child.stuck",       NULL, EVENT, ONE, HOST, NONE, FREE, "a device does not answer the process that reads what may hang: its sources are blind" },
	[GAUGES + OWN_CHILD_BACK]      = { "self.child.back",        NULL, EVENT, ONE, HOST, NONE, FREE, "sources that did not answer are read again" },
	[GAUGES + OWN_CHILD_GONE]      = { "self.child.gone",        NULL, EVENT, ONE, HOST, NONE, FREE, "the process that reads what may hang has ended: it was given up, or somebody killed it, or it failed" },
};
/* clang-format on */
enum { N_SIGNALS = sizeof(own_signals) / sizeof(*own_signals) };

void own_link_signals(struct catalog *catalog)
{
	if (catalog_find(catalog, str_of(own_signals[0].name)) == SIGNAL_NONE)
		catalog_link(catalog, own_signals, N_SIGNALS);
}

struct event own_event(const struct session *s, enum own_event which, const char *text)
{
	static const enum event_severity severities[OWN_EVENTS] = {
		[OWN_MISSED] = EVENT_WARNING,
		[OWN_OVERLOAD] = EVENT_WARNING,
		[OWN_STORE_FAILED] = EVENT_WARNING,
		[OWN_LOG_LOST] = EVENT_WARNING,
		[OWN_CHILD_STUCK] = EVENT_WARNING,
		[OWN_CHILD_GONE] = EVENT_WARNING,
	};

	return (struct event){
		.who = names_find(&s->entities.names, STR("host")),
		.sig = catalog_find(&s->catalog, str_of(own_signals[GAUGES + which].name)),
		.count = 1,
		.severity = severities[which],
		.text = str_of(text),
	};
}

void own_emit(struct session *s, const struct own_state *state, struct frame *f)
{
	const struct writer_status *w = state->status;
	const int64_t values[GAUGES] = {
		[FILE_BYTES] = w->file_bytes,
		[HELD_BYTES] = w->held_bytes,
		[COMMITS] = (int64_t)w->commits,
		[FAILURES] = (int64_t)w->failures,
		[LOST] = (int64_t)w->lost,
		[DROPPED_SEGMENTS] = (int64_t)w->dropped_segments,
		[SLOWEST_COMMIT] = w->slowest_commit_ns,
		[WRITER_CPU] = w->cpu_ns,
		[EVERY] = state->every_ns,
		[FAST] = state->fast_ns,
		[FOLLOWERS] = state->followers,
		[FOLLOWERS_DROPPED] = (int64_t)state->followers_dropped,
		[EVENTS_SEEN] = (int64_t)state->events,
		[CHILD_STUCK] = state->child_stuck_ns,
		[CHILD_CPU] = state->child_cpu_ns,
	};
	uint16_t first = catalog_find(&s->catalog, str_of(own_signals[0].name));
	uint32_t host = entity_add(&s->entities, HOST, "", STR(""));

	for (unsigned i = 0; i < GAUGES; i++) {
		struct block *b = ledger_block(&s->ledger, OWNER, host, (uint16_t)(first + i), 1);

		if (b && (state->has_child || (i != CHILD_STUCK && i != CHILD_CPU)))
			ledger_write(&s->ledger, f, b, 0, values[i]);
	}
	ledger_seal(&s->ledger, f, OWNER);
}
