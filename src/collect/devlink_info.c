/* What devices say of themselves through devlink: driver, firmware versions, whether a reload failed. */
#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/netlink.h"
#include "collect/devlink_request.h"
#include "collect/other.h"
#include "collect/patience.h"
#include "collect/run.h"

enum row { RELOAD_FAILED, DRIVER, VERSION, PENDING };
/* clang-format off */
static const struct signal signals[] = {
	[RELOAD_FAILED] = { "firmware.reload.failed",  NULL, STATE, ONE,  PCI, NONE, CHEAP,    "1: the driver could not start its device again after a reload: it is out of work" },
	[DRIVER]        = { "firmware.driver",         NULL, FACT,  TEXT, PCI, NONE, FIRMWARE, "driver of the device, as devlink names it" },
	[VERSION]       = { "firmware.version",        "fw.version|fw|fw.app|fw.mgmt", FACT, TEXT, PCI, NONE, FIRMWARE, "version of the firmware that runs on the device" },
	[PENDING]       = { "firmware.update.pending", NULL, STATE, ONE,  PCI, NONE, FIRMWARE, "1: the device holds another version than the one that runs: it takes effect at a reset" },
};
static const struct signal like = { NULL, NULL, FACT, TEXT, PCI, NONE, FIRMWARE, "a version of the device under the driver's name for it: fixed, running, or stored for the next reset" };
/* clang-format on */

enum { DEVICES, INFO };
static const struct text_source texts[] = {
	[DEVICES] = { .path = "ask/devlink/device",
		.who = "host",
		.may_be_silent = true, /* no device of devlink */
		.absent = devlink_absent },
	[INFO] = { .path = "ask/devlink/*/info",
		.who = "host",
		.may_be_silent = true, /* a driver need not tell */
		.absent = devlink_absent,
		.asks_device = true },
};

enum { DEVICES_MOST = 256, VERSIONS_MOST = 64, BUS = 17, DEVICE = 65 };

static const int64_t rarely_ns = 60 * SECOND_NS;

struct device {
	char bus[BUS], name[DEVICE];
	struct patience patience;
	bool here; /* in this turn */
};

struct version {
	str name, value;
};

struct state {
	struct device devices[DEVICES_MOST];
	unsigned n_devices;
	int64_t next_ns;
	bool is_missing; /* the kernel had no devlink when it was asked last */
};

/* A device that is no PCI function has no entity but this spelling. */
static uint32_t entity_of(struct emit *out, const struct devlink_handle *h)
{
	char name[DEVLINK_NAME];

	return devlink_is_pci(h) ? emit_global_entity(out, PCI, h->device)
				 : emit_global_entity(out, REPORTER, devlink_device_name(h, name));
}

static void copy_word(char *to, str from)
{
	memcpy(to, from.p, from.n);
	to[from.n] = '\0';
}

/* ---- devices ---- */

static struct device *device_of(struct state *state, const struct devlink_handle *h)
{
	struct device *free = NULL;

	for (unsigned i = 0; i < state->n_devices; i++) {
		struct device *d = &state->devices[i];

		if (str_is(h->bus, d->bus) && str_is(h->device, d->name))
			return d;
		if (!d->here && !free)
			free = d;
	}
	if (state->n_devices < DEVICES_MOST)
		free = &state->devices[state->n_devices++];
	if (free) {
		*free = (struct device){ 0 };
		copy_word(free->bus, h->bus);
		copy_word(free->name, h->device);
	}
	return free;
}

static int take_device(struct emit *out, const struct devlink_message *m)
{
	static const uint16_t failed = DEVLINK_ATTR_RELOAD_FAILED;
	struct device *d;
	str value = { 0 };
	int64_t number;
	int r = 0;

	devlink_sort(m->attributes, &failed, &value, 1);
	if (attribute_u8(value, &number) == 0)
		emit_at(out, RELOAD_FAILED, entity_of(out, &m->handle), 0, number);
	else if (value.p)
		r = -EBADMSG;
	d = device_of(out->state, &m->handle);
	if (!d)
		return -E2BIG;
	d->here = true;
	return r;
}

static int parse_devices(struct emit *out, str from)
{
	struct devlink_message m;
	int r, result = 0;

	while ((r = devlink_next(&from, &m, &result)) > 0) {
		r = m.handle.port == DEVLINK_OF_DEVICE ? take_device(out, &m) : 0;
		if (r < 0)
			result = r;
	}
	return r < 0 ? r : result;
}

/* ---- versions ---- */

static bool read_version(str nest, struct version *ret)
{
	static const uint16_t numbers[] = { DEVLINK_ATTR_INFO_VERSION_NAME,
		DEVLINK_ATTR_INFO_VERSION_VALUE };
	str a[2] = { 0 };

	if (!devlink_sort(nest, numbers, a, 2) || !a[0].p || !a[1].p)
		return false;
	*ret = (struct version){ attribute_text(a[0]), str_trim(attribute_text(a[1])) };
	return ret->name.n > 0 && ret->name.n <= DEVICE;
}

/* The first of the names that drivers use for it; synonyms stand in the order of their worth. */
static void emit_running(struct emit *out, uint32_t who, const struct version *list, unsigned n)
{
	str words = str_of(signals[VERSION].key), word;

	while (words.n) {
		if (!str_cut(words, '|', &word, &words)) {
			word = words;
			words.n = 0;
		}
		for (unsigned i = 0; i < n; i++)
			if (str_eq(list[i].name, word)) {
				emit_text(out, VERSION, who, list[i].value);
				return;
			}
	}
}

struct versions {
	struct version running[VERSIONS_MOST], stored[VERSIONS_MOST];
	unsigned n_running, n_stored;
};

/* Of a version that is told of one side only nobody knows whether it waits. */
static void emit_pending(struct emit *out, uint32_t who, const struct versions *v)
{
	bool comparable = false, differs = false;

	for (unsigned i = 0; i < v->n_stored; i++)
		for (unsigned k = 0; k < v->n_running; k++)
			if (str_eq(v->stored[i].name, v->running[k].name)) {
				comparable = true;
				differs |= !str_eq(v->stored[i].value, v->running[k].value);
			}
	if (comparable)
		emit_at(out, PENDING, who, 0, differs);
}

static void keep(struct version *list, unsigned *n, struct version v)
{
	if (*n < VERSIONS_MOST)
		list[(*n)++] = v;
}

static int take_version(
	struct emit *out, uint32_t who, unsigned kind, str nest, struct versions *all)
{
	struct version v;

	if (!read_version(nest, &v))
		return -EBADMSG;
	if (kind == DEVLINK_ATTR_INFO_VERSION_FIXED)
		emit_other_text(out, "firmware.fixed", v.name, &like, who, v.value);
	if (kind == DEVLINK_ATTR_INFO_VERSION_RUNNING) {
		emit_other_text(out, "firmware.running", v.name, &like, who, v.value);
		keep(all->running, &all->n_running, v);
	}
	if (kind == DEVLINK_ATTR_INFO_VERSION_STORED) {
		emit_other_text(out, "firmware.stored", v.name, &like, who, v.value);
		keep(all->stored, &all->n_stored, v);
	}
	return 0;
}

/* Serial numbers are in it too: they name a device and tell nothing of its health. */
static int take_info(struct emit *out, const struct devlink_message *m)
{
	uint32_t who = entity_of(out, &m->handle);
	struct versions all = { .n_running = 0 };
	str rest = m->attributes;
	struct attribute one;
	int r = 0;

	while (attribute_next(&rest, &one)) {
		if (one.type == DEVLINK_ATTR_INFO_DRIVER_NAME)
			emit_text(out, DRIVER, who, attribute_text(one.value));
		if (one.type >= DEVLINK_ATTR_INFO_VERSION_FIXED &&
			one.type <= DEVLINK_ATTR_INFO_VERSION_STORED &&
			take_version(out, who, one.type, one.value, &all) < 0)
			r = -EBADMSG;
	}
	emit_running(out, who, all.running, all.n_running);
	emit_pending(out, who, &all);
	return r;
}

static int parse_info(struct emit *out, str from)
{
	struct devlink_message m;
	int r, result = 0;

	while ((r = devlink_next(&from, &m, &result)) > 0)
		if (take_info(out, &m) < 0)
			result = -EBADMSG;
	return r < 0 ? r : result;
}

/* ---- */

static int parse(struct emit *out, unsigned text, str from)
{
	return text == DEVICES ? parse_devices(out, from) : parse_info(out, from);
}

/* Each by itself: in a dump the first device that fails takes all behind it along. */
static void ask_device(struct collect *c, struct device *d, int64_t now_ns)
{
	const struct devlink_handle h = { str_of(d->bus), str_of(d->name), { "", 0 },
		DEVLINK_OF_DEVICE };
	struct devlink_request request;

	if (patience_is_due(&d->patience, now_ns)) {
		devlink_question(&request, DEVLINK_CMD_INFO_GET, &h, (str){ "", 0 }, false, "info");
		patience_note(&d->patience, collect_ask(c, INFO, 0, &request.question), now_ns,
			PATIENCE_HOUR_NS);
	}
	if (d->patience.error < 0 && d->patience.error != -EOPNOTSUPP)
		collect_failure(c, INFO, entity_of(collect_emit(c), &h), d->patience.error);
}

static int ask_devices(struct collect *c)
{
	struct devlink_request request;
	int r;

	devlink_dump(&request, DEVLINK_CMD_GET, texts[DEVICES].path + strlen("ask/"));
	r = collect_ask(c, DEVICES, 0, &request.question);
	if (r < 0 && r != -ENOENT)
		collect_failure(c, DEVICES, ENTITY_NONE, r);
	return r;
}

static int collect(struct collect *c)
{
	struct state *state = collect_emit(c)->state;
	struct host_clock now;
	bool any = false;
	int r;

	host_clock(collect_host(c), &now);
	/* each time the kernel may start a program that looks for a module */
	if (now.mono_ns < state->next_ns)
		return 0;
	for (unsigned i = 0; i < state->n_devices; i++)
		state->devices[i].here = false;
	r = ask_devices(c);
	/* once may be chance */
	if (r == -ENOENT && state->is_missing)
		state->next_ns = now.mono_ns + rarely_ns;
	state->is_missing = r == -ENOENT;
	for (unsigned i = 0; i < state->n_devices; i++)
		if (state->devices[i].here) {
			ask_device(c, &state->devices[i], now.mono_ns);
			any = true;
		}
	if (!any && r != -ENOENT)
		collect_spare(c, INFO);
	return 0;
}

/* mlx5 asks its firmware for the versions (mlx5_devlink_info_get()), bnxt and ice do too. */
const struct collector devlink_info_collector = {
	.name = "devlink_info",
	.about = "driver, firmware versions and failed reloads of devices",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.pace = RARE,
	.may_hang = true,
	.state_size = sizeof(struct state),
};
