/* What faultline itself costs, as rows. */
#include "collect/self.h"

#include "base/clock.h"
#include "collect/run.h"

enum {
	DURATION,
	READS,
	FAILED,
	BYTES_READ,
	ROWS,
	EVERY,
	STATUS,
	CPU_TIME,
	FRAME_DROPPED,
	NAMES_DROPPED,
	INTERVAL,
	FAST
};

/* clang-format off */
const struct signal self_signals[] = {
	[DURATION]      = { "self.collector.duration", NULL, GAUGE,   NSEC,  REPORTER, NONE, FREE, "how long the collector took in the last tick in which it ran" },
	[READS]         = { "self.collector.reads",    NULL, COUNTER, ONE,   REPORTER, NONE, FREE, "files, links, directories and netlink dumps it read" },
	[FAILED]        = { "self.collector.failed",   NULL, COUNTER, ONE,   REPORTER, NONE, FREE, "reads that failed, or whose text was not understood" },
	[BYTES_READ]    = { "self.collector.bytes",    NULL, COUNTER, BYTES, REPORTER, NONE, FREE, "text it read" },
	[ROWS]          = { "self.collector.rows",     NULL, COUNTER, ONE,   REPORTER, NONE, FREE, "rows and relations it wrote, unchanged ones included" },
	[EVERY]         = { "self.collector.every",    NULL, GAUGE,   ONE,   REPORTER, NONE, FREE, "it runs in every n-th tick; over 1 it was slowed because it costs too much" },
	[STATUS]        = { "self.collector.status",   NULL, STATE,   ONE,   REPORTER, NONE, FREE, "0, or the errno of its first source that could not be read at all" },
	[CPU_TIME]      = { "self.cpu",                NULL, COUNTER, NSEC,  HOST,     NONE, FREE, "CPU time of this faultline process" },
	[FRAME_DROPPED] = { "self.frame.dropped",      NULL, COUNTER, ONE,   HOST,     NONE, FREE, "rows and changes that a full frame could not take" },
	[NAMES_DROPPED] = { "self.names.dropped",      NULL, COUNTER, ONE,   HOST,     NONE, FREE, "entities, texts and signals refused because a table was full" },
	[INTERVAL]      = { "self.collector.interval", NULL, GAUGE,   NSEC,  REPORTER, NONE, FREE, "a recorder reads it so often; no row: in every tick" },
	[FAST]          = { "self.collector.fast",     NULL, STATE,   ONE,   REPORTER, NONE, FREE, "1: read between full ticks too; 2: not so, as it has too many cells or costs too much; no row: not meant to be" },
};
/* clang-format on */
const size_t n_self_signals = sizeof(self_signals) / sizeof(*self_signals);

void self_open(struct self *self, struct session *session, uint16_t owner)
{
	*self = (struct self){ session,
		catalog_link(&session->catalog, self_signals, n_self_signals), owner };
}

static void say_row(struct self *self, struct frame *f, unsigned row, uint32_t who, int64_t value)
{
	struct ledger *l = &self->session->ledger;
	struct block *b =
		ledger_block(l, self->owner, who, (uint16_t)(self->first_signal + row), 1);

	if (b)
		ledger_write(l, f, b, 0, value);
}

void self_emit(struct self *self, struct frame *f, const struct run_cost *costs, size_t n)
{
	struct session *s = self->session;
	uint32_t host = entity_parse(&s->entities, STR("host"));

	for (size_t i = 0; i < n; i++) {
		const struct run_cost *cost = &costs[i];
		char name[64] = "self/";
		uint32_t who;

		strncat(name, cost->collector->name, sizeof(name) - 6);
		who = entity_add(&s->entities, REPORTER, "", str_of(name));
		say_row(self, f, DURATION, who, cost->last_ns);
		say_row(self, f, READS, who, (int64_t)cost->reads);
		say_row(self, f, FAILED, who, (int64_t)(cost->failed));
		say_row(self, f, BYTES_READ, who, (int64_t)cost->bytes);
		say_row(self, f, ROWS, who, (int64_t)cost->rows);
		say_row(self, f, EVERY, who, cost->every);
		say_row(self, f, STATUS, who, -cost->status);
		if (cost->interval_ns)
			say_row(self, f, INTERVAL, who, cost->interval_ns);
		if (cost->fast != NOT_FAST)
			say_row(self, f, FAST, who, cost->fast);
	}
	say_row(self, f, CPU_TIME, host, clock_cpu_ns());
	say_row(self, f, FRAME_DROPPED, host, (int64_t)f->dropped);
	say_row(self, f, NAMES_DROPPED, host,
		(int64_t)(s->entities.names.dropped + s->texts.dropped + s->catalog.dropped +
			  s->ledger.dropped + s->relations.dropped));
	ledger_seal(&s->ledger, f, self->owner);
}
