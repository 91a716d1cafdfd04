/*
 * Tracepoints of errors: PCIe AER, devlink health, IOMMU faults; in a tracing instance of our own,
 * which nobody else's tracing notices.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/epoll.h>

#include "base/own.h"
#include "listen/listen.h"
#include "listen/trace_decode.h"

enum row {
	AER_CORRECTABLE,
	AER_NONFATAL,
	AER_FATAL,
	HEALTH_REPORT,
	HEALTH_STATE,
	HEALTH_ABORTED,
	HARDWARE_ERROR,
	PAGE_FAULT,
	LOST,
};

/* clang-format off */
static const struct signal signals[] = {
	[AER_CORRECTABLE] = { "pcie.trace.aer.correctable",      "ras:aer_event",                                EVENT, ONE, PCI,      NONE, FREE, "tracepoint: the link corrected an error of this device; no line of the log is needed", 0, WRAPS },
	[AER_NONFATAL]    = { "pcie.trace.aer.nonfatal",         "ras:aer_event",                                EVENT, ONE, PCI,      NONE, FREE, "tracepoint: a transaction of this device was lost or broken", 0, WRAPS },
	[AER_FATAL]       = { "pcie.trace.aer.fatal",            "ras:aer_event",                                EVENT, ONE, PCI,      NONE, FREE, "tracepoint: the link of this device is not reliable any more", 0, WRAPS },
	[HEALTH_REPORT]   = { "firmware.trace.health.report",    "devlink:devlink_health_report",                EVENT, ONE, REPORTER, NONE, FREE, "tracepoint: a health reporter reports an error, with the driver's words for it", 0, WRAPS },
	[HEALTH_STATE]    = { "firmware.trace.health.state",     "devlink:devlink_health_reporter_state_update", EVENT, ONE, REPORTER, NONE, FREE, "tracepoint: a health reporter went to error or is healthy again", 0, WRAPS },
	[HEALTH_ABORTED]  = { "firmware.trace.health.aborted",   "devlink:devlink_health_recover_aborted",       EVENT, ONE, REPORTER, NONE, FREE, "tracepoint: a health reporter did not recover: too soon after the last time, or the last one failed", 0, WRAPS },
	[HARDWARE_ERROR]  = { "firmware.trace.hardware_error",   "devlink:devlink_hwerr",                        EVENT, ONE, PCI,      NONE, FREE, "tracepoint: the device's firmware refused a command, with its error", 0, WRAPS },
	[PAGE_FAULT]      = { "iommu.trace.page_fault",          "iommu:io_page_fault",                          EVENT, ONE, PCI,      NONE, FREE, "tracepoint: DMA of this device hit an address that it has no right to (AMD and ARM; VT-d never says so)", 0, WRAPS },
	[LOST]            = { "self.trace.lost",                 NULL,                                           EVENT, ONE, HOST,     NONE, FREE, "tracepoints came faster than they were read: some are missing", 0, WRAPS },
};

static const struct point {
	const char *system, *name, *absent;
} points[] = {
	{ "ras",     "aer_event",                            "kernel without the tracepoint ras:aer_event (CONFIG_PCIEAER)" },
	{ "devlink", "devlink_health_report",                "kernel without the tracepoints of devlink's health" },
	{ "devlink", "devlink_health_reporter_state_update", "kernel without the tracepoints of devlink's health" },
	{ "devlink", "devlink_health_recover_aborted",       "kernel without the tracepoints of devlink's health" },
	{ "devlink", "devlink_hwerr",                        "kernel without the tracepoint devlink:devlink_hwerr" },
	{ "iommu",   "io_page_fault",                        "kernel without the tracepoint iommu:io_page_fault" },
};

#define HEALTH "{bus_name}/{dev_name}/{reporter_name}"
#define ANY UINT64_MAX
/* What a record means: the first row of its point whose field `by` has the value `is`. */
static const struct meaning {
	const char *point, *by;
	uint64_t is;
	enum row row;
	enum event_severity severity;
	enum scope scope;
	const char *who, *text;
} meanings[] = {
	{ "aer_event",                            "severity",  2,   AER_CORRECTABLE, EVENT_WARNING,  PCI,      "{dev_name}", "PCIe error, corrected: {status:cor}" },
	{ "aer_event",                            "severity",  1,   AER_FATAL,       EVENT_CRITICAL, PCI,      "{dev_name}", "PCIe error, fatal: {status:uncor}" },
	{ "aer_event",                            "severity",  0,   AER_NONFATAL,    EVENT_CRITICAL, PCI,      "{dev_name}", "PCIe error, not fatal: {status:uncor}" },
	{ "devlink_health_report",                NULL,        ANY, HEALTH_REPORT,   EVENT_WARNING,  REPORTER, HEALTH,       "{driver_name} reports {reporter_name}: {msg}" },
	{ "devlink_health_reporter_state_update", "new_state", 0,   HEALTH_STATE,    EVENT_INFO,     REPORTER, HEALTH,       "{driver_name}: {reporter_name} is healthy" },
	{ "devlink_health_reporter_state_update", "new_state", ANY, HEALTH_STATE,    EVENT_WARNING,  REPORTER, HEALTH,       "{driver_name}: {reporter_name} is in error (state {new_state})" },
	{ "devlink_health_recover_aborted",       NULL,        ANY, HEALTH_ABORTED,  EVENT_CRITICAL, REPORTER, HEALTH,       "{driver_name}: {reporter_name} did not recover, {time_since_last_recover} ms after the last time" },
	{ "devlink_hwerr",                        NULL,        ANY, HARDWARE_ERROR,  EVENT_WARNING,  PCI,      "{dev_name}", "{driver_name} on {bus_name}/{dev_name}: error {err}: {msg}" },
	{ "io_page_fault",                        NULL,        ANY, PAGE_FAULT,      EVENT_CRITICAL, PCI,      "{device}",   "{driver} {device}: page fault at {iova:hex}, flags {flags:hex}" },
};
/* clang-format on */

enum {
	POINTS = sizeof(points) / sizeof(*points),
	MEANINGS = sizeof(meanings) / sizeof(*meanings),
	MOST_CPUS = 4096,
	PAGE = 64 << 10,     /* the longest page that a kernel has */
	PAGES_AT_ONCE = 256, /* of one CPU */
	SCRATCH = 8 << 20,
	SAID = 512,
};
static const char buffer_kb[] = "8"; /* a CPU; errors are rare, and read at once */

struct state {
	struct host_tracing tracing;
	struct arena scratch;
	struct tep_handle *tep;
	int wake;   /* of the listening: readable when any CPU has something */
	int *pipes; /* of each CPU; opened when there is something, as most never have */
	unsigned n_pipes;
};

static uint32_t entity_of(
	struct listening *l, const struct meaning *m, struct tep_event *e, str record)
{
	struct entities *es = &listening_session(l)->entities;
	char name[SAID];
	size_t n = trace_say(e, record, m->who, name, sizeof(name));
	str address = { name, n };
	bool known = m->scope != PCI || (n == strlen("0000:00:00.0") && name[4] == ':' &&
						name[7] == ':' && name[10] == '.');

	return known ? entity_add(es, m->scope, "", address) : entity_add(es, HOST, "", STR(""));
}

static void give(struct listening *l, const struct meaning *m, struct tep_event *e, str record,
	int64_t at_ns)
{
	char text[SAID];
	size_t n = trace_say(e, record, m->text, text, sizeof(text));

	listening_event(l, m->row,
		(struct event){ .who = entity_of(l, m, e, record),
			.severity = m->severity,
			.stamp = MONO_STAMP,
			.at_ns = at_ns,
			.text = { text, n } });
}

static void take_record(struct listening *l, struct state *s, str record, int64_t at_ns)
{
	int type = trace_record_type(record);
	struct tep_event *e = type < 0 ? NULL : tep_find_event(s->tep, type);

	for (unsigned i = 0; e && i < MEANINGS; i++) {
		const struct meaning *m = &meanings[i];
		uint64_t value;

		if (strcmp(m->point, e->name) != 0)
			continue;
		if (m->is != ANY && (trace_number(e, record, m->by, &value) < 0 || value != m->is))
			continue;
		give(l, m, e, record, at_ns);
		return;
	}
}

static void say_lost(struct listening *l, uint64_t lost)
{
	char text[96];
	int n = snprintf(
		text, sizeof(text), "at least %" PRIu64 " records of tracepoints were lost", lost);

	listening_event(l, LOST,
		(struct event){
			.who = entity_add(&listening_session(l)->entities, HOST, "", STR("")),
			.severity = EVENT_WARNING,
			.count = lost < UINT32_MAX ? (uint32_t)lost : UINT32_MAX,
			.text = { text, (size_t)n } });
}

static void take_page(struct listening *l, struct state *s, str page)
{
	struct trace_page p;
	str record;
	int64_t at_ns;

	if (trace_page_open(page, &p) < 0) {
		say_lost(l, 1);
		return;
	}
	if (p.lost)
		say_lost(l, p.lost);
	while (trace_page_next(&p, &at_ns, &record))
		take_record(l, s, record, at_ns);
	if (p.damaged)
		say_lost(l, 1);
}

/* True: there was something. */
static bool take_pipe(struct listening *l, struct state *s, int fd)
{
	char *mark = arena_mark(&s->scratch), *page = arena_take(&s->scratch, PAGE);
	unsigned pages = 0;
	ssize_t n;

	while (page && pages < PAGES_AT_ONCE && (n = read(fd, page, PAGE)) > 0) {
		take_page(l, s, (str){ page, (size_t)n });
		pages++;
	}
	arena_release(&s->scratch, mark);
	return pages > 0;
}

static bool take_new_pipe(struct listening *l, struct state *s, unsigned cpu)
{
	char path[64];
	int fd;
	bool came;

	snprintf(path, sizeof(path), "per_cpu/cpu%u/trace_pipe_raw", cpu);
	fd = host_tracing_pipe(&s->tracing, path);
	if (fd < 0)
		return false;
	came = take_pipe(l, s, fd);
	if (came)
		s->pipes[cpu] = fd;
	else
		close(fd);
	return came;
}

/* First those that had something before; if it was none of them, all. */
static void take_all(struct listening *l, struct state *s)
{
	bool came = false;

	for (unsigned i = 0; i < s->n_pipes; i++)
		if (s->pipes[i] >= 0)
			came |= take_pipe(l, s, s->pipes[i]);
	for (unsigned i = 0; !came && i < s->n_pipes; i++)
		if (s->pipes[i] < 0)
			take_new_pipe(l, s, i);
}

static int ready(struct listening *l, int fd, uint64_t tag)
{
	(void)fd;
	(void)tag;
	take_all(l, listening_state(l));
	return 0;
}

static void rescan(struct listening *l)
{
	take_all(l, listening_state(l));
}

/* ---- opening ---- */

static int turn_on(struct state *s, const struct point *point)
{
	char path[128], *mark = arena_mark(&s->scratch);
	struct tep_event *event;
	str text;
	int r;

	snprintf(path, sizeof(path), "events/%s/%s/format", point->system, point->name);
	r = host_tracing_read(&s->tracing, &s->scratch, path, &text);
	if (r == 0)
		r = trace_format(s->tep, text, point->system, &event);
	arena_release(&s->scratch, mark);
	snprintf(path, sizeof(path), "events/%s/%s/enable", point->system, point->name);
	return r < 0 ? r : host_tracing_write(&s->tracing, path, "1");
}

/* What one has is listened to; the first that is missing is the reason. */
static int turn_on_all(struct listening *l, struct state *s)
{
	uint32_t host = entity_add(&listening_session(l)->entities, HOST, "", STR(""));
	unsigned on = 0;
	int first = 0;

	for (unsigned i = 0; i < POINTS; i++) {
		int r = turn_on(s, &points[i]);

		on += r == 0;
		if (r == 0 || first < 0)
			continue;
		first = r;
		listening_why(l, r == -ENOENT ? points[i].absent : NULL);
	}
	if (on && first < 0)
		listening_missing(l, host, first);
	if (!on && first == -ENOENT)
		listening_why(l, "kernel without ras, devlink or iommu tracepoints");
	return on ? 0 : first;
}

static void count_cpus(struct state *s)
{
	char *mark = arena_mark(&s->scratch);
	str names = STR(""), name;
	uint64_t cpu;

	(void)host_tracing_list(&s->tracing, &s->scratch, "per_cpu", &names);
	while (str_next_line(&names, &name))
		if (str_cut(name, '/', &name, NULL) && str_numbered(name, STR("cpu"), &cpu) == 0 &&
			cpu < MOST_CPUS && cpu >= s->n_pipes)
			s->n_pipes = (unsigned)cpu + 1;
	arena_release(&s->scratch, mark);
	s->pipes = own_alloc(s->n_pipes ? s->n_pipes : 1, sizeof(*s->pipes));
	for (unsigned i = 0; i < s->n_pipes; i++)
		s->pipes[i] = -1;
}

/* Small, with the clock that all else here has, and waking us with the first record. */
static int set_up(struct state *s)
{
	int r = host_tracing_write(&s->tracing, "buffer_size_kb", buffer_kb);

	if (r == 0)
		r = host_tracing_write(&s->tracing, "trace_clock", "mono");
	if (r == 0)
		r = host_tracing_write(&s->tracing, "buffer_percent", "0");
	/* before 5.0 it is not there, and each record wakes */
	return r == -ENOENT ? 0 : r;
}

static int open_tracepoint(struct listening *l)
{
	struct state *s = listening_state(l);
	int r = arena_open(&s->scratch, SCRATCH), wake;

	s->wake = -1;
	if (r < 0)
		return r;
	tep_set_loglevel(TEP_LOG_NONE);
	s->tep = tep_alloc();
	if (!s->tep)
		return -ENOMEM;
	r = host_tracing_open(listening_host(l), &s->scratch, &s->tracing);
	if (r == 0)
		r = set_up(s);
	if (r == 0)
		r = turn_on_all(l, s);
	if (r < 0)
		return r;
	count_cpus(s);
	wake = host_tracing_pipe(&s->tracing, "trace_pipe");
	if (wake < 0)
		return wake;
	r = listening_add(l, wake, EPOLLIN, 0);
	s->wake = r < 0 ? -1 : wake;
	return r;
}

/* The instance cannot be removed as long as something of it is open. */
static void close_tracepoint(struct listening *l)
{
	struct state *s = listening_state(l);

	if (s->wake >= 0)
		listening_drop(l, s->wake);
	for (unsigned i = 0; i < s->n_pipes; i++)
		own_close_fd(&s->pipes[i]);
	free(s->pipes);
	host_tracing_close(&s->tracing);
	tep_free(s->tep);
	arena_close(&s->scratch);
}

const struct listener tracepoint_listener = {
	.name = "tracepoint",
	.about = "tracepoints of PCIe errors, devlink health and IOMMU faults",
	.source = "tracing/instances/faultline",
	.absent = "tracefs is not mounted: mount -t tracefs tracefs /sys/kernel/tracing",
	.signals = signals,
	.n_signals = sizeof(signals) / sizeof(*signals),
	.state_size = sizeof(struct state),
	.open = open_tracepoint,
	.ready = ready,
	.rescan = rescan,
	.close = close_tracepoint,
};
