/* How transceivers fare: heat, voltage and light, as they measure them, beside their own limits. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <stdio.h>

#include "collect/genl.h"
#include "collect/interfaces.h"
#include "collect/module_page.h"

enum row {
	TEMPERATURE,
	VOLTAGE,
	RX_POWER,
	TX_POWER,
	TX_BIAS, /* up to here as enum module_quantity has them */
	TEMPERATURE_WARNING,
	TEMPERATURE_ALARM,
	HOT,
	RX_WARNING,
	RX_ALARM,
	RX_WEAK,
	TYPE,
	WRONG_SUMS,
};
_Static_assert((int)TX_BIAS == (int)MODULE_TX_BIAS && (int)TEMPERATURE == (int)MODULE_TEMPERATURE,
	"the rows of quantities are their numbers");

/* clang-format off */
static const struct signal signals[] = {
	[TEMPERATURE]         = { "nic.module.temperature",         NULL, GAUGE, CENTI, NETDEV, NONE,    FIRMWARE, "degrees Celsius inside the transceiver" },
	[VOLTAGE]             = { "nic.module.voltage",             NULL, GAUGE, CENTI, NETDEV, NONE,    FIRMWARE, "volts that the transceiver is supplied with" },
	[RX_POWER]            = { "nic.module.rx_power",            NULL, GAUGE, CENTI, NETDEV, BY_LANE, FIRMWARE, "microwatts of light that the transceiver receives" },
	[TX_POWER]            = { "nic.module.tx_power",            NULL, GAUGE, CENTI, NETDEV, BY_LANE, FIRMWARE, "microwatts of light that the transceiver sends" },
	[TX_BIAS]             = { "nic.module.tx_bias",             NULL, GAUGE, CENTI, NETDEV, BY_LANE, FIRMWARE, "milliamperes that its laser takes: it grows as the laser ages" },
	[TEMPERATURE_WARNING] = { "nic.module.temperature_warning", NULL, FACT,  CENTI, NETDEV, NONE,    FIRMWARE, "degrees Celsius above which the transceiver itself warns" },
	[TEMPERATURE_ALARM]   = { "nic.module.temperature_alarm",   NULL, FACT,  CENTI, NETDEV, NONE,    FIRMWARE, "degrees Celsius above which the transceiver itself gives alarm" },
	[HOT]                 = { "nic.module.hot",                 NULL, STATE, ONE,   NETDEV, NONE,    FIRMWARE, "1: over the temperature at which the transceiver warns; 2: over that of its alarm" },
	[RX_WARNING]          = { "nic.module.rx_power_warning",    NULL, FACT,  CENTI, NETDEV, BY_LANE, FIRMWARE, "microwatts below which the transceiver itself warns, for lanes that are in use" },
	[RX_ALARM]            = { "nic.module.rx_power_alarm",      NULL, FACT,  CENTI, NETDEV, BY_LANE, FIRMWARE, "microwatts below which the transceiver itself gives alarm, for lanes that are in use" },
	[RX_WEAK]             = { "nic.module.rx_weak",             NULL, STATE, ONE,   NETDEV, BY_LANE, FIRMWARE, "1: less light than the transceiver warns of; 2: less than that of its alarm; lanes in use" },
	[TYPE]                = { "nic.module.type",                NULL, FACT,  TEXT,  NETDEV, NONE,    FIRMWARE, "form of the transceiver or cable: SFP, QSFP28, OSFP" },
	[WRONG_SUMS]          = { "nic.module.wrong_sums",          NULL, FACT,  ONE,   NETDEV, NONE,    FIRMWARE, "pages of the transceiver whose sum is wrong: what they say is not believed" },
};
/* clang-format on */

enum { DEVICE = MODULE_PARTS, VIRTUAL, LINK };
_Static_assert((int)MODULE_PARTS <= (int)INTERFACE_QUESTIONS, "each has a patience of its own");

static const char *const part_names[] = {
	[MODULE_IDENTITY] = "identity",
	[MODULE_OPTIONS] = "options",
	[MODULE_THRESHOLDS] = "thresholds",
	[MODULE_MONITORS] = "monitors",
	[MODULE_LANES] = "lanes",
};

#define ASKED(name)                                                                                \
	{                                                                                          \
		.path = "ask/ethtool_module/*/" name, .who = "netdev:%1", .may_be_silent = true    \
	}
static const struct text_source texts[] = {
	[MODULE_IDENTITY] = ASKED("identity"),
	[MODULE_OPTIONS] = ASKED("options"),
	[MODULE_THRESHOLDS] = ASKED("thresholds"),
	[MODULE_MONITORS] = ASKED("monitors"),
	[MODULE_LANES] = ASKED("lanes"),
	[DEVICE] = INTERFACE_DEVICES,
	[VIRTUAL] = { .path = "sys/class/net/*/device/physfn",
		.who = "netdev:%1",
		.kind = LINK_TEXT,
		.may_be_silent = true },
	[LINK] = { .path = "sys/class/net/*/carrier",
		.who = "netdev:%1",
		.may_be_silent = true,
		.normal_error = -EINVAL }, /* it is set down */
};

struct port {
	char name[IFNAMSIZ];
	struct module module;
	uint8_t lit; /* lanes that had light since this module was found, one bit each */
	bool has_link, had_link;
};

struct state {
	struct interfaces all;
	struct port ports[MOST_INTERFACES];
};

/* ---- rows ---- */

/* Noise is no light: what is four times (6 dB) below the level of the alarm; that level is ours. */
static bool is_lit(const struct module *m, unsigned lane)
{
	return m->values[MODULE_RX_POWER][lane] > m->limits[MODULE_RX_POWER].low_alarm / 4;
}

/*
 * A form of eight lanes may use one, and a port that is split uses its part. A dark lane is none of a
 * link that is there; of one that is lost are those that had light.
 */
static bool is_in_use(const struct port *port, unsigned lane)
{
	if (port->has_link)
		return is_lit(&port->module, lane);
	return port->lit ? port->lit >> lane & 1 : lane == 0;
}

/* Some cables have thresholds for light that they do not measure: a link without any has none to show. */
static bool is_measured(const struct port *port, unsigned quantity)
{
	const struct module *m = &port->module;
	bool is_light = quantity == MODULE_RX_POWER || quantity == MODULE_TX_POWER;

	if (!m->seen[quantity] || !is_light || !port->has_link)
		return m->seen[quantity];
	for (unsigned lane = 0; lane < module_lanes(m, quantity); lane++)
		if (m->values[quantity][lane])
			return true;
	return false;
}

static void note_light(struct port *port)
{
	const struct module *m = &port->module;

	for (unsigned lane = 0; lane < module_lanes(m, MODULE_RX_POWER); lane++)
		if (is_lit(m, lane))
			port->lit |= (uint8_t)(1 << lane);
}

static void emit_light(struct emit *out, uint32_t who, struct port *port)
{
	const struct module_limits *l = &port->module.limits[MODULE_RX_POWER];

	note_light(port);
	for (unsigned lane = 0; lane < module_lanes(&port->module, MODULE_RX_POWER); lane++) {
		int64_t light = port->module.values[MODULE_RX_POWER][lane];

		if (!is_in_use(port, lane))
			continue;
		emit_at(out, RX_WARNING, who, lane + 1, l->low_warning);
		emit_at(out, RX_ALARM, who, lane + 1, l->low_alarm);
		emit_at(out, RX_WEAK, who, lane + 1,
			(light < l->low_warning) + (light < l->low_alarm));
	}
}

static void emit_heat(struct emit *out, uint32_t who, const struct module *m)
{
	const struct module_limits *l = &m->limits[MODULE_TEMPERATURE];
	int64_t heat = m->values[MODULE_TEMPERATURE][0];

	emit_at(out, TEMPERATURE_WARNING, who, 0, l->high_warning);
	emit_at(out, TEMPERATURE_ALARM, who, 0, l->high_alarm);
	emit_at(out, HOT, who, 0, (heat > l->high_warning) + (heat > l->high_alarm));
}

static void emit_quantity(struct emit *out, uint32_t who, const struct module *m, unsigned quantity)
{
	bool by_lane = signals[quantity].sub == BY_LANE;

	for (unsigned lane = 0; lane < module_lanes(m, quantity); lane++)
		emit_at(out, quantity, who, by_lane ? lane + 1 : 0, m->values[quantity][lane]);
}

static void emit_monitors(struct emit *out, uint32_t who, struct port *port, unsigned part)
{
	const struct module *m = &port->module;

	for (unsigned i = 0; i < MODULE_QUANTITIES; i++) {
		if (!module_is_in(m, i, part) || !is_measured(port, i))
			continue;
		emit_quantity(out, who, m, i);
		if (i == MODULE_TEMPERATURE && m->limits[i].known)
			emit_heat(out, who, m);
		if (i == MODULE_RX_POWER && m->limits[i].known)
			emit_light(out, who, port);
	}
	if (part == MODULE_MONITORS)
		emit_at(out, WRONG_SUMS, who, 0, m->wrong_sums);
}

static void emit_type(struct emit *out, uint32_t who, const struct module *m)
{
	char number[16];
	int n = snprintf(number, sizeof(number), "0x%02x", m->identifier);

	emit_text(out, TYPE, who, m->form ? str_of(m->form) : (str){ number, (size_t)n });
}

/* ---- answers ---- */

/* A reply does not say which page it is of. */
static struct port *port_of(struct state *state, str name)
{
	for (unsigned i = 0; i < state->all.n; i++)
		if (str_is(name, state->all.items[i].name))
			return &state->ports[i];
	return NULL;
}

/* What was lit is remembered as long as the module stays. */
static int take_identity(struct port *port, str name, str data)
{
	struct port found = { .has_link = port->has_link, .had_link = port->had_link };
	int r = module_take(&found.module, MODULE_IDENTITY, data);

	if (r == 0 && str_is(name, port->name) &&
		found.module.identifier == port->module.identifier)
		found.lit = port->lit;
	memcpy(found.name, name.p, name.n);
	*port = found;
	return r;
}

static int parse_answer(struct emit *out, unsigned part, str from)
{
	str a[ETHTOOL_A_MODULE_EEPROM_DATA + 1] = { 0 }, head[ETHTOOL_A_HEADER_MAX + 1] = { 0 };
	struct port *port;
	uint32_t who;
	str name;
	int r;

	if (!attributes_sort(from, a, ETHTOOL_A_MODULE_EEPROM_DATA + 1) ||
		!attributes_sort(a[ETHTOOL_A_MODULE_EEPROM_HEADER], head, ETHTOOL_A_HEADER_MAX + 1))
		return -EBADMSG;
	name = attribute_text(head[ETHTOOL_A_HEADER_DEV_NAME]);
	port = interface_is_name(name) ? port_of(out->state, name) : NULL;
	if (!port)
		return -EBADMSG;
	who = emit_entity(out, NETDEV, name);
	r = part == MODULE_IDENTITY
		    ? take_identity(port, name, a[ETHTOOL_A_MODULE_EEPROM_DATA])
		    : module_take(&port->module, part, a[ETHTOOL_A_MODULE_EEPROM_DATA]);
	if (r < 0)
		return r;
	if (part == MODULE_IDENTITY)
		emit_type(out, who, &port->module);
	else
		emit_monitors(out, who, port, part);
	return 0;
}

static void leave_out(struct interfaces *all, str name)
{
	for (unsigned i = 0; i < all->n; i++)
		if (str_is(name, all->items[i].name))
			all->items[i].here = false;
}

static int parse_link(struct state *state, str name, str from)
{
	struct port *port = port_of(state, name);

	if (port)
		port->has_link = str_is(str_trim(from), "1");
	return 0;
}

static int parse_reply(struct emit *out, unsigned part, str from)
{
	struct genl_reply reply = { .rest = from };
	str attributes;

	while (genl_next(&reply, ETHTOOL_MSG_MODULE_EEPROM_GET_REPLY, &attributes)) {
		int r = parse_answer(out, part, attributes);

		if (r < 0)
			reply.error = r;
	}
	return genl_result(&reply);
}

static int parse(struct emit *out, unsigned text, str from)
{
	struct state *state = out->state;

	switch (text) {
	case DEVICE:
		return interfaces_add(&state->all, out->match[0]);
	case VIRTUAL:
		leave_out(&state->all, out->match[0]);
		return 0;
	case LINK:
		return parse_link(state, out->match[0], from);
	default:
		return parse_reply(out, text, from);
	}
}

/* ---- asking ---- */

static void make_request(struct genl_request *request, const char *name, struct module_place place)
{
	const uint32_t offset = place.offset, length = place.length;
	struct genl_request head;

	genl_begin(&head, 0, false);
	genl_put(&head, ETHTOOL_A_HEADER_DEV_NAME, name, strlen(name) + 1);
	genl_begin(request, ETHTOOL_MSG_MODULE_EEPROM_GET, false);
	genl_put(request, NLA_F_NESTED | ETHTOOL_A_MODULE_EEPROM_HEADER, head.attributes,
		genl_size(&head));
	genl_put(request, ETHTOOL_A_MODULE_EEPROM_OFFSET, &offset, sizeof(offset));
	genl_put(request, ETHTOOL_A_MODULE_EEPROM_LENGTH, &length, sizeof(length));
	genl_put(request, ETHTOOL_A_MODULE_EEPROM_PAGE, &place.page, sizeof(place.page));
	genl_put(request, ETHTOOL_A_MODULE_EEPROM_BANK, &(uint8_t){ 0 }, sizeof(uint8_t));
	genl_put(request, ETHTOOL_A_MODULE_EEPROM_I2C_ADDRESS, &place.address,
		sizeof(place.address));
}

static int ask_part(
	struct collect *c, struct interface *one, unsigned part, struct module_place place)
{
	struct genl_request request;
	char key[IFNAMSIZ + 48];
	const struct host_question q = { .key = key,
		.protocol = NETLINK_GENERIC,
		.request = &request,
		.request_size = sizeof(request),
		.family = ETHTOOL_GENL_NAME };

	make_request(&request, one->name, place);
	snprintf(key, sizeof(key), "ethtool_module/%s/%s", one->name, part_names[part]);
	return interface_try(c, one, part, part, &q, PATIENCE_DAY_NS);
}

/*
 * Drivers say by any of these that the cage is empty: mlx5 and ixgbe -EIO, i40e -EINVAL, sfp.c -ENODEV;
 * -ENXIO is what zeros are here.
 */
static bool is_empty_cage(int error)
{
	return error == -EIO || error == -EINVAL || error == -ENODEV || error == -ENXIO;
}

static int identify(struct collect *c, struct interface *one, struct port *port)
{
	static const struct module none;
	int r = ask_part(c, one, MODULE_IDENTITY, module_place(&none, MODULE_IDENTITY));

	if (r == 0)
		return 0;
	*port = (struct port){ .has_link = port->has_link, .had_link = port->had_link };
	/* another module may have what this one refused */
	for (unsigned part = MODULE_OPTIONS; part < MODULE_PARTS; part++)
		one->with[part] = (struct patience){ 0 };
	if (is_empty_cage(r))
		collect_absent(c, MODULE_IDENTITY, "no transceiver answers in a port here");
	else if (r != -EOPNOTSUPP && !host_absence(r))
		interface_failure(c, one, MODULE_IDENTITY, r);
	return r;
}

/* Older drivers reach some pages only. */
static void ask_port(struct collect *c, struct interface *one, struct port *port, bool *ret_asked)
{
	if (identify(c, one, port) < 0)
		return;
	for (unsigned part = MODULE_OPTIONS; part < MODULE_PARTS; part++) {
		struct module_place place = module_place(&port->module, part);
		int r = place.length ? ask_part(c, one, part, place) : 0;

		ret_asked[part] |= place.length > 0;
		if (r < 0 && r != -EOPNOTSUPP && r != -EINVAL)
			interface_failure(c, one, part, r);
	}
}

static int collect(struct collect *c)
{
	struct state *state = collect_emit(c)->state;
	bool asked[MODULE_PARTS] = { false };

	interfaces_find(c, &state->all, DEVICE, MODULE_IDENTITY, 1);
	for (unsigned i = 0; i < state->all.n; i++) {
		state->ports[i].had_link = state->ports[i].has_link;
		state->ports[i].has_link = false;
	}
	collect_declared_one(c, VIRTUAL);
	collect_declared_one(c, LINK);
	for (unsigned i = 0; i < state->all.n; i++)
		if (state->ports[i].has_link && !state->ports[i].had_link)
			state->all.items[i].with[MODULE_IDENTITY] = (struct patience){ 0 };
	for (unsigned i = 0; i < state->all.n; i++)
		if (state->all.items[i].here)
			ask_port(c, &state->all.items[i], &state->ports[i], asked);
	for (unsigned part = MODULE_OPTIONS; part < MODULE_PARTS; part++)
		if (!asked[part])
			collect_spare(c, part);
	return 0;
}

/*
 * An empty cage is a line of the kernel's log for each time that mlx5 is asked: so once a day, and when there is a link,
 * which no empty cage has.
 *
 * The bus to a transceiver moves some ten bytes in a millisecond, and the kernel holds its lock on
 * interfaces all the while: only what is needed is read, and once a minute. mlx5, bnxt, ice and others
 * let their firmware read; sfp.c and ixgbe do it themselves.
 */
const struct collector transceiver_collector = {
	.name = "transceiver",
	.about = "heat, voltage and light of transceivers, beside their own limits",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.pace = RARE,
	.may_hang = true,
	.state_size = sizeof(struct state),
};
