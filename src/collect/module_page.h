/* What lies where in the memory of a transceiver: SFF-8472 (SFP), SFF-8636 (QSFP), CMIS (QSFP-DD, OSFP). */
#pragma once

#include <stdbool.h>

#include "base/str.h"

/*
 * What is read of it, in this order. Latched flags are in none of them: in SFF-8636 and CMIS a read
 * clears them, and they would be lost for who looks with other tools.
 */
enum module_part {
	MODULE_IDENTITY,
	MODULE_OPTIONS,
	MODULE_THRESHOLDS,
	MODULE_MONITORS,
	MODULE_LANES,
	MODULE_PARTS,
};

enum module_quantity {
	MODULE_TEMPERATURE, /* hundredths of a degree Celsius */
	MODULE_VOLTAGE,     /* of a volt */
	MODULE_RX_POWER,    /* of a microwatt */
	MODULE_TX_POWER,
	MODULE_TX_BIAS, /* of a milliampere */
	MODULE_QUANTITIES,
};

enum { MODULE_LANES_MOST = 8 };

struct module_place {
	uint8_t address, page, offset, length; /* 0 long: there is nothing to read */
};

/* The module's own; only where `known`. */
struct module_limits {
	bool known;
	int64_t high_alarm, low_alarm, high_warning, low_warning;
};

struct module_layout; /* of a standard */

struct module {
	const struct module_layout *layout; /* NULL: of none that is known */
	const char *form;                   /* "QSFP28"; NULL: not known */
	uint8_t identifier, lanes;
	bool flat;  /* it has no further pages */
	bool ready; /* its monitors are */
	bool measures[MODULE_QUANTITIES];
	bool raw; /* its numbers are to be calibrated by who reads them */
	double calibration[MODULE_QUANTITIES]
			  [5]; /* of a raw number: what is added, slope, square, ... */
	unsigned bias_factor, wrong_sums;
	struct module_limits limits[MODULE_QUANTITIES];
	bool seen[MODULE_QUANTITIES];
	int64_t values[MODULE_QUANTITIES][MODULE_LANES_MOST];
};

/* Where a part is; what the parts before it said decides. */
struct module_place module_place(const struct module *m, enum module_part part);

/*
 * What the place of the part holds. 0, or -EBADMSG: it is of another length, or all ones, because
 * nobody answers any more; -ENXIO: there is no module.
 * Quantities of this part are then `seen`; a page whose sum is wrong is counted and not believed.
 */
int module_take(struct module *m, enum module_part part, str bytes);

unsigned module_lanes(const struct module *m, enum module_quantity quantity);

/* Whether the monitor is in this part. */
bool module_is_in(const struct module *m, enum module_quantity quantity, enum module_part part);
