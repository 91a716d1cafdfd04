/* Health reporters of devlink: what firmware and driver of a device have met, and whether they recovered. */
#include <errno.h>

#include "base/clock.h"
#include "base/names.h"
#include "collect/devlink_request.h"
#include "collect/run.h"

enum row { STATE_ROW, ERRORS, RECOVERIES, GRACE, AUTO_RECOVER, AUTO_DUMP, DUMP_TIME, PORT };
/* clang-format off */
static const struct signal signals[] = {
	[STATE_ROW]    = { "firmware.reporter.state",        NULL, STATE,   ONE,  REPORTER, NONE, CHEAP, "1: the health reporter is in error: its recovery failed, was not tried, or there is none" },
	[ERRORS]       = { "firmware.reporter.errors",       NULL, COUNTER, ONE,  REPORTER, NONE, CHEAP, "errors that the driver reported to the health reporter" },
	[RECOVERIES]   = { "firmware.reporter.recoveries",   NULL, COUNTER, ONE,  REPORTER, NONE, CHEAP, "times the health reporter recovered from an error" },
	[GRACE]        = { "firmware.reporter.grace",        NULL, FACT,    MSEC, REPORTER, NONE, CHEAP, "a second error so soon after a recovery is left as it is" },
	[AUTO_RECOVER] = { "firmware.reporter.auto_recover", NULL, FACT,    ONE,  REPORTER, NONE, CHEAP, "1: the kernel recovers by itself, once for each error" },
	[AUTO_DUMP]    = { "firmware.reporter.auto_dump",    NULL, FACT,    ONE,  REPORTER, NONE, CHEAP, "1: the kernel stores a dump of the first error until somebody clears it" },
	[DUMP_TIME]    = { "firmware.reporter.dump.time",    NULL, STATE,   NSEC, REPORTER, NONE, CHEAP, "when the stored dump was taken, by the wall clock since 1970; 0: a kernel that does not tell" },
	[PORT]         = { "firmware.reporter.port",         NULL, FACT,    ONE,  REPORTER, NONE, CHEAP, "the port of the device that the health reporter belongs to: it is asked for as DEVICE/PORT" },
};
/* clang-format on */

enum { HEALTH, PORTS };
static const struct text_source texts[] = {
	[HEALTH] = { .path = "ask/devlink/health",
		.who = "host",
		.may_be_silent = true, /* no device with reporters */
		.absent = devlink_absent },
	[PORTS] = { .path = "ask/devlink/port",
		.who = "host",
		.may_be_silent = true,
		.absent = devlink_absent },
};

/*
 * Which interface stands on which port is asked rarely; and a kernel without devlink too, because each time it
 * may start a program that looks for a module.
 */
static const int64_t rarely_ns = 60 * SECOND_NS;

enum { REPORTERS_MOST = 1024, PORTS_MOST = 1024, NETDEVS_MOST = 16, NETDEV_NAME = 15 };

struct reported {
	uint64_t device; /* hash of its name */
	uint32_t who, function, port;
	struct devlink_reporter told; /* without its name */
};

struct port {
	uint64_t device;
	uint32_t number, netdev;
};

struct state {
	struct reported reporters[REPORTERS_MOST];
	struct port ports[PORTS_MOST];
	unsigned n_reporters, n_ports;
	int64_t next_ns, next_ports_ns;
	bool is_missing; /* the kernel had no devlink when it was asked last */
};

static uint64_t hash_of(const struct devlink_handle *h)
{
	char name[DEVLINK_NAME];
	str device = devlink_device_name(h, name);

	return hash_bytes(device.p, device.n);
}

/* ---- reporters ---- */

/* Two ports of a device may have reporters of one name, which are one entity: the worse state, and all counts. */
static void add_up(struct reported *r, const struct devlink_message *m, struct devlink_reporter now)
{
	if (now.state && !r->told.state)
		r->port = m->handle.port;
	now.state = now.state > r->told.state ? now.state : r->told.state;
	now.errors += r->told.errors;
	now.recoveries += r->told.recoveries;
	now.dump_ns = now.dump_ns > r->told.dump_ns ? now.dump_ns : r->told.dump_ns;
	r->told = now;
}

static int take_reporter(struct emit *out, const struct devlink_message *m, str nest)
{
	const struct devlink_handle *h = &m->handle;
	struct state *state = out->state;
	struct devlink_reporter told;
	char name[DEVLINK_NAME];
	uint32_t who;

	if (devlink_reporter_read(nest, &told) < 0)
		return -EBADMSG;
	who = emit_global_entity(out, REPORTER, devlink_reporter_name(h, told.name, name));
	for (unsigned i = 0; i < state->n_reporters && who != ENTITY_NONE; i++)
		if (state->reporters[i].who == who) {
			add_up(&state->reporters[i], m, told);
			return 0;
		}
	if (who == ENTITY_NONE || state->n_reporters == REPORTERS_MOST)
		return -E2BIG;
	state->reporters[state->n_reporters++] = (struct reported){ .device = hash_of(h),
		.who = who,
		.function =
			devlink_is_pci(h) ? emit_global_entity(out, PCI, h->device) : ENTITY_NONE,
		.port = h->port,
		.told = told };
	return 0;
}

static void emit_reporter(struct emit *out, const struct reported *r)
{
	const struct {
		enum row row;
		int64_t value; /* -1: not told */
	} known[] = { { GRACE, r->told.grace_ms }, { AUTO_RECOVER, r->told.auto_recover },
		{ AUTO_DUMP, r->told.auto_dump }, { DUMP_TIME, r->told.dump_ns },
		{ PORT, r->port == DEVLINK_OF_DEVICE ? -1 : (int64_t)r->port } };

	emit_at(out, STATE_ROW, r->who, 0, r->told.state);
	emit_at(out, ERRORS, r->who, 0, (int64_t)r->told.errors);
	emit_at(out, RECOVERIES, r->who, 0, (int64_t)r->told.recoveries);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].value >= 0)
			emit_at(out, known[i].row, r->who, 0, known[i].value);
	if (r->function != ENTITY_NONE)
		emit_relation(out, r->who, VIA_PCI, r->function);
}

static int parse_health(struct emit *out, str from)
{
	static const uint16_t reporter = DEVLINK_ATTR_HEALTH_REPORTER;
	struct state *state = out->state;
	struct devlink_message message;
	int r, result = 0;

	state->n_reporters = 0;
	while ((r = devlink_next(&from, &message, &result)) > 0) {
		str nest = { 0 };

		devlink_sort(message.attributes, &reporter, &nest, 1);
		r = nest.p ? take_reporter(out, &message, nest) : 0;
		if (r < 0)
			result = r;
	}
	for (unsigned i = 0; i < state->n_reporters; i++)
		emit_reporter(out, &state->reporters[i]);
	return r < 0 ? r : result;
}

/* ---- ports ---- */

static int parse_ports(struct emit *out, str from)
{
	struct state *state = out->state;
	struct devlink_message m;
	int r, result = 0;

	state->n_ports = 0;
	while ((r = devlink_next(&from, &m, &result)) > 0) {
		if (m.handle.port == DEVLINK_OF_DEVICE ||
			!devlink_is_word(m.handle.netdev, NETDEV_NAME))
			continue;
		if (state->n_ports == PORTS_MOST) {
			result = -E2BIG;
			continue;
		}
		state->ports[state->n_ports++] = (struct port){ hash_of(&m.handle), m.handle.port,
			emit_entity(out, NETDEV, m.handle.netdev) };
	}
	return r < 0 ? r : result;
}

static bool stands_on(const struct reported *r, const struct port *port)
{
	return port->device == r->device &&
	       (r->port == DEVLINK_OF_DEVICE || r->port == port->number);
}

/* What a PCI function has to do with its interfaces is said elsewhere; other devices have nothing but this. */
static void say_places(struct emit *out, const struct reported *r)
{
	const struct state *state = out->state;
	unsigned n = 0;

	if (r->function != ENTITY_NONE && r->port == DEVLINK_OF_DEVICE)
		return;
	for (unsigned i = 0; i < state->n_ports && n < NETDEVS_MOST; i++)
		if (stands_on(r, &state->ports[i])) {
			emit_relation(out, r->who, VIA_NETDEV, state->ports[i].netdev);
			n++;
		}
}

/* ---- */

static int parse(struct emit *out, unsigned text, str from)
{
	return text == HEALTH ? parse_health(out, from) : parse_ports(out, from);
}

static int ask(struct collect *c, unsigned text, uint8_t command)
{
	struct devlink_request request;
	int r;

	devlink_dump(&request, command, texts[text].path + strlen("ask/"));
	r = collect_ask(c, text, 0, &request.question);
	/* older kernels say so of devices without reporters */
	if (r == -EOPNOTSUPP)
		collect_absent(c, text, "no device here has health reporters");
	else if (r < 0 && r != -ENOENT)
		collect_failure(c, text, ENTITY_NONE, r);
	return r;
}

static void ask_ports(struct collect *c, struct state *state, int64_t now_ns)
{
	if (state->n_reporters == 0 || now_ns < state->next_ports_ns) {
		collect_spare(c, PORTS);
		return;
	}
	state->next_ports_ns = now_ns + rarely_ns;
	ask(c, PORTS, DEVLINK_CMD_PORT_GET);
}

static int collect(struct collect *c)
{
	struct emit *out = collect_emit(c);
	struct state *state = out->state;
	struct host_clock now;

	host_clock(collect_host(c), &now);
	if (now.mono_ns < state->next_ns)
		return 0;
	state->n_reporters = 0;
	if (ask(c, HEALTH, DEVLINK_CMD_HEALTH_REPORTER_GET) == -ENOENT) {
		/* once may be chance */
		state->next_ns = state->is_missing ? now.mono_ns + rarely_ns : 0;
		state->is_missing = true;
		return 0;
	}
	state->is_missing = false;
	ask_ports(c, state, now.mono_ns);
	for (unsigned i = 0; i < state->n_reporters; i++)
		say_places(out, &state->reporters[i]);
	return 0;
}

/* The answer is in memory, behind a lock that is held while a device recovers or is loaded anew: for minutes. */
const struct collector devlink_collector = {
	.name = "devlink",
	.about = "health reporters of devices: errors, recoveries, dumps",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.pace = SOON,
	.may_hang = true,
	.state_size = sizeof(struct state),
};
