/* What lies where in the memory of a transceiver: SFF-8472 (SFP), SFF-8636 (QSFP), CMIS (QSFP-DD, OSFP). */
#include "collect/module_page.h"

#include <errno.h>

/* The sum of these bytes stands behind the last one; 0: the standard has none. */
struct sum {
	uint8_t first, last;
};

/* Where a monitor of the first lane is, and where its four thresholds are. */
struct monitor {
	uint8_t part, at, limits;
};

struct module_layout {
	struct module_place parts[MODULE_PARTS];
	struct sum sums[MODULE_PARTS];
	struct monitor monitors[MODULE_QUANTITIES];
};

/* Addresses on the bus, of seven bits. */
enum { FIRST_ADDRESS = 0x50, SECOND_ADDRESS = 0x51 };

/*
 * SFF-8472: A0h has the options, A2h the rest. The sum of the options is over the serial number as well,
 * which is nobody's business.
 */
static const struct module_layout sfp = {
	.parts = {
		[MODULE_OPTIONS] = { FIRST_ADDRESS, 0, 92, 3 },
		[MODULE_THRESHOLDS] = { SECOND_ADDRESS, 0, 0, 96 },
		[MODULE_MONITORS] = { SECOND_ADDRESS, 0, 96, 10 },
	},
	.sums = {
		[MODULE_THRESHOLDS] = { 0, 94 },
	},
	.monitors = {
		[MODULE_TEMPERATURE] = { MODULE_MONITORS, 96, 0 },
		[MODULE_VOLTAGE] = { MODULE_MONITORS, 98, 8 },
		[MODULE_TX_BIAS] = { MODULE_MONITORS, 100, 16 },
		[MODULE_TX_POWER] = { MODULE_MONITORS, 102, 24 },
		[MODULE_RX_POWER] = { MODULE_MONITORS, 104, 32 },
	},
};

/* SFF-8636: lower page 00h and upper page 03h, which has no sum */
static const struct module_layout qsfp = {
	.parts = {
		[MODULE_THRESHOLDS] = { FIRST_ADDRESS, 3, 128, 72 },
		[MODULE_MONITORS] = { FIRST_ADDRESS, 0, 22, 36 },
	},
	.monitors = {
		[MODULE_TEMPERATURE] = { MODULE_MONITORS, 22, 128 },
		[MODULE_VOLTAGE] = { MODULE_MONITORS, 26, 144 },
		[MODULE_RX_POWER] = { MODULE_MONITORS, 34, 176 },
		[MODULE_TX_BIAS] = { MODULE_MONITORS, 42, 184 },
		[MODULE_TX_POWER] = { MODULE_MONITORS, 50, 192 },
	},
};

/* OIF-CMIS: lower memory, pages 01h (advertising), 02h (thresholds) and 11h (lanes) of bank 0 */
static const struct module_layout cmis = {
	.parts = {
		[MODULE_OPTIONS] = { FIRST_ADDRESS, 0x01, 128, 128 },
		[MODULE_THRESHOLDS] = { FIRST_ADDRESS, 0x02, 128, 128 },
		[MODULE_MONITORS] = { FIRST_ADDRESS, 0, 14, 4 },
		[MODULE_LANES] = { FIRST_ADDRESS, 0x11, 154, 48 },
	},
	.sums = {
		[MODULE_OPTIONS] = { 130, 254 },
		[MODULE_THRESHOLDS] = { 128, 254 },
	},
	.monitors = {
		[MODULE_TEMPERATURE] = { MODULE_MONITORS, 14, 128 },
		[MODULE_VOLTAGE] = { MODULE_MONITORS, 16, 136 },
		[MODULE_TX_POWER] = { MODULE_LANES, 154, 176 },
		[MODULE_TX_BIAS] = { MODULE_LANES, 170, 184 },
		[MODULE_RX_POWER] = { MODULE_LANES, 186, 192 },
	},
};

/* SFF-8024: identifier values */
static const struct form {
	uint8_t identifier, lanes;
	const char *name;
	const struct module_layout *layout;
} forms[] = {
	{ 0x03, 1, "SFP", &sfp },
	{ 0x0b, 1, "DWDM-SFP", &sfp },
	{ 0x0c, 4, "QSFP", &qsfp },
	{ 0x0d, 4, "QSFP+", &qsfp },
	{ 0x11, 4, "QSFP28", &qsfp },
	{ 0x18, 8, "QSFP-DD", &cmis },
	{ 0x19, 8, "OSFP", &cmis },
	{ 0x1b, 2, "DSFP", &cmis },
	{ 0x1e, 4, "QSFP with CMIS", &cmis },
	{ 0x1f, 2, "SFP-DD with CMIS", &cmis },
	{ 0x20, 1, "SFP with CMIS", &cmis },
};

/* Only identity: behind it SFF-8636 has flags that a read clears. */
static const struct module_place identity = { FIRST_ADDRESS, 0, 0, 3 };

struct module_place module_place(const struct module *m, enum module_part part)
{
	static const struct module_place nowhere;
	bool any = false;

	if (part == MODULE_IDENTITY)
		return identity;
	if (!m->layout || !m->ready || (m->flat && (part != MODULE_MONITORS || m->layout == &cmis)))
		return nowhere;
	for (unsigned i = 0; i < MODULE_QUANTITIES; i++)
		any |= m->measures[i];
	return part == MODULE_OPTIONS || any ? m->layout->parts[part] : nowhere;
}

bool module_is_in(const struct module *m, enum module_quantity quantity, enum module_part part)
{
	return m->layout && m->layout->monitors[quantity].part == part;
}

unsigned module_lanes(const struct module *m, enum module_quantity quantity)
{
	return quantity == MODULE_TEMPERATURE || quantity == MODULE_VOLTAGE ? 1 : m->lanes;
}

/* ---- numbers ---- */

static unsigned byte_at(str page, const struct module_place *place, unsigned at)
{
	return (unsigned char)page.p[at - place->offset];
}

static int64_t rounded(int64_t value, int64_t by)
{
	return (value + (value < 0 ? -by / 2 : by / 2)) / by;
}

static unsigned word_at(str page, const struct module_place *place, unsigned at)
{
	return byte_at(page, place, at) << 8 | byte_at(page, place, at + 1);
}

/* What comes of numbers that make no sense stays in the range of those that do. */
static int64_t calibrated(const struct module *m, unsigned quantity, int64_t raw)
{
	int64_t least = quantity == MODULE_TEMPERATURE ? INT16_MIN : 0;
	int64_t most = quantity == MODULE_TEMPERATURE ? INT16_MAX : UINT16_MAX;
	double value = 0;

	if (!m->raw)
		return raw;
	for (unsigned i = 5; i > 0; i--)
		value = value * (double)raw + m->calibration[quantity][i - 1];
	if (!(value > (double)least))
		return least;
	return value < (double)most ? (int64_t)(value + (value < 0 ? -0.5 : 0.5)) : most;
}

/* Steps: 1/256 degree, 100 microvolts, 0.1 microwatt, 2 microamperes. */
static int64_t value_at(const struct module *m, unsigned quantity, str page,
	const struct module_place *place, unsigned at)
{
	unsigned word = word_at(page, place, at);
	int64_t raw = calibrated(m, quantity,
		quantity == MODULE_TEMPERATURE ? (int16_t)(uint16_t)word : (int64_t)word);

	switch (quantity) {
	case MODULE_TEMPERATURE:
		return rounded(raw * 100, 256);
	case MODULE_VOLTAGE:
		return rounded(raw, 100);
	case MODULE_TX_BIAS:
		return rounded(raw * m->bias_factor, 5);
	default:
		return raw * 10;
	}
}

static bool is_sum_right(struct module *m, enum module_part part, str page)
{
	const struct module_place *place = &m->layout->parts[part];
	struct sum sum = m->layout->sums[part];
	unsigned all = 0;

	if (!sum.last)
		return true;
	for (unsigned at = sum.first; at <= sum.last; at++)
		all += byte_at(page, place, at);
	if ((all & 0xff) == byte_at(page, place, sum.last + 1u))
		return true;
	m->wrong_sums++;
	return false;
}

/* ---- parts ---- */

static int take_identity(struct module *m, str bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.p;

	if (p[0] == 0 || p[0] == 0xff)
		return -ENXIO;
	*m = (struct module){ .identifier = p[0], .ready = true, .bias_factor = 1 };
	for (unsigned i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (forms[i].identifier == p[0]) {
			m->layout = forms[i].layout;
			m->form = forms[i].name;
			m->lanes = forms[i].lanes;
		}
	/* who has no page that tells what it measures may measure all */
	for (unsigned i = 0; i < MODULE_QUANTITIES; i++)
		m->measures[i] = m->layout == &qsfp;
	if (m->layout == &qsfp) {
		m->flat = (p[2] & 1 << 2) != 0;
		m->ready = (p[2] & 1 << 0) == 0;
	} else if (m->layout == &cmis) {
		m->flat = (p[2] & 1 << 7) != 0;
	}
	return 0;
}

/*
 * Byte 92: it measures, and no address has to be switched for that, which the kernel cannot do; the
 * numbers are calibrated, or raw. Byte 94 is the standard's revision: of a module without, older drivers
 * have the first address only, and give what is there for what was asked (net/ethtool/eeprom.c).
 */
static void take_sfp_options(struct module *m, str page, const struct module_place *place)
{
	unsigned type = byte_at(page, place, 92);

	for (unsigned i = 0; i < MODULE_QUANTITIES; i++)
		m->measures[i] =
			(type & 0x44) == 0x40 && (type & 0x30) && byte_at(page, place, 94) != 0;
	m->raw = (type & 0x30) == 0x10;
}

/* A number of four bytes as IEEE 754 has it. */
static double float_at(str page, const struct module_place *place, unsigned at)
{
	uint32_t bits = word_at(page, place, at) << 16 | word_at(page, place, at + 2);
	float value;

	memcpy(&value, &bits, sizeof(value));
	return (double)value;
}

/* Bytes 56 to 91: for received light five numbers, for the rest a slope of 1/256 and what is added. */
static void take_calibration(struct module *m, str page, const struct module_place *place)
{
	static const uint8_t slopes[MODULE_QUANTITIES] = { [MODULE_TX_BIAS] = 76,
		[MODULE_TX_POWER] = 80,
		[MODULE_TEMPERATURE] = 84,
		[MODULE_VOLTAGE] = 88 };

	for (unsigned i = 0; i < MODULE_QUANTITIES; i++) {
		if (!slopes[i])
			continue;
		m->calibration[i][1] = word_at(page, place, slopes[i]) / 256.0;
		m->calibration[i][0] = (int16_t)(uint16_t)word_at(page, place, slopes[i] + 2u);
	}
	for (unsigned i = 0; i < 5; i++)
		m->calibration[MODULE_RX_POWER][4 - i] = float_at(page, place, 56 + 4 * i);
}

static void take_cmis_options(struct module *m, str page, const struct module_place *place)
{
	unsigned module = byte_at(page, place, 159), lanes = byte_at(page, place, 160);
	unsigned factor = lanes >> 3 & 3;

	m->measures[MODULE_TEMPERATURE] = module & 1 << 0;
	m->measures[MODULE_VOLTAGE] = module & 1 << 1;
	m->measures[MODULE_TX_BIAS] = (lanes & 1 << 0) && factor < 3;
	m->measures[MODULE_TX_POWER] = lanes & 1 << 1;
	m->measures[MODULE_RX_POWER] = lanes & 1 << 2;
	m->bias_factor = 1u << factor;
}

/* Who has none leaves zeros, or the same number everywhere. */
static void take_thresholds(struct module *m, str page, const struct module_place *place)
{
	if (m->raw)
		take_calibration(m, page, place);
	for (unsigned i = 0; i < MODULE_QUANTITIES; i++) {
		unsigned at = m->layout->monitors[i].limits;
		struct module_limits *l = &m->limits[i];

		l->high_alarm = value_at(m, i, page, place, at);
		l->low_alarm = value_at(m, i, page, place, at + 2);
		l->high_warning = value_at(m, i, page, place, at + 4);
		l->low_warning = value_at(m, i, page, place, at + 6);
		l->known = l->high_alarm > l->low_alarm && l->high_warning > l->low_warning;
	}
}

static bool is_bus_silent(str page)
{
	for (size_t i = 0; i < page.n; i++)
		if ((unsigned char)page.p[i] != 0xff)
			return false;
	return true;
}

/*
 * A monitor that stands at 0 and has no thresholds is none: a cable of copper, or a raw number whose
 * calibration could not be read.
 */
static void take_monitors(
	struct module *m, enum module_part part, str page, const struct module_place *place)
{
	for (unsigned i = 0; i < MODULE_QUANTITIES; i++) {
		bool any = m->limits[i].known;

		if (m->layout->monitors[i].part != part || !m->measures[i])
			continue;
		for (unsigned lane = 0; lane < module_lanes(m, i); lane++) {
			m->values[i][lane] =
				value_at(m, i, page, place, m->layout->monitors[i].at + 2 * lane);
			any |= m->values[i][lane] != 0;
		}
		m->seen[i] = any;
	}
}

int module_take(struct module *m, enum module_part part, str bytes)
{
	const struct module_place place = module_place(m, part);

	if (!place.length || bytes.n != place.length)
		return -EBADMSG;
	if (part == MODULE_IDENTITY)
		return take_identity(m, bytes);
	if (is_bus_silent(bytes))
		return -EBADMSG;
	if (!is_sum_right(m, part, bytes))
		return 0;
	else if (part == MODULE_OPTIONS && m->layout == &sfp)
		take_sfp_options(m, bytes, &place);
	else if (part == MODULE_OPTIONS)
		take_cmis_options(m, bytes, &place);
	else if (part == MODULE_THRESHOLDS)
		take_thresholds(m, bytes, &place);
	else
		take_monitors(m, part, bytes, &place);
	return 0;
}
