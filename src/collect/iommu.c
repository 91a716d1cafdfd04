/* IOMMU units and groups, from sysfs. */
#include <stdio.h>

#include "collect/keyed.h"

enum { GROUP_TYPE, PRESENT };

/* clang-format off */
static const struct signal signals[] = {
	[GROUP_TYPE] = { "iommu.group.type",             "type",              FACT,  TEXT, IOMMU, NONE, CHEAP, "how the kernel maps the group's DMA: DMA (strict), DMA-FQ (lazy), identity (passthrough), blocked, unmanaged" },
	[PRESENT]    = { "iommu.unit.present",           NULL,                FACT,  ONE,  IOMMU, NONE, CHEAP, "1 for every IOMMU unit that is in use" },
		       { "iommu.unit.cap",               "cap",               FACT,  TEXT, IOMMU, NONE, CHEAP, "capability register of the unit, hexadecimal" },
		       { "iommu.unit.ecap",              "ecap",              FACT,  TEXT, IOMMU, NONE, CHEAP, "extended capability register of the unit, hexadecimal (Intel)" },
		       { "iommu.unit.features",          "features",          FACT,  TEXT, IOMMU, NONE, CHEAP, "extended features of the unit, hexadecimal (AMD)" },
		       { "iommu.unit.version",           "version",           FACT,  TEXT, IOMMU, NONE, CHEAP, "architecture version of the unit (Intel)" },
		       { "iommu.unit.domains.supported", "domains_supported", FACT,  ONE,  IOMMU, NONE, CHEAP, "address spaces that the unit can tell apart (Intel)" },
		       { "iommu.unit.domains.used",      "domains_used",      GAUGE, ONE,  IOMMU, NONE, CHEAP, "address spaces that are in use in the unit (Intel)" },
};
/* clang-format on */

enum { TEXT_TYPE, TEXT_MEMBER, TEXT_UNIT };

#define NO_IOMMU "no IOMMU is active: devices reach all memory, and DMA faults cannot be seen"

/*
 * An empty directory of groups or units means that none is active; groups have a type since 5.11.
 */
static const struct text_source texts[] = {
	[TEXT_TYPE] = { .path = "sys/kernel/iommu_groups/*/type",
		.who = "iommu:group/%1",
		.absent = NO_IOMMU },
	[TEXT_MEMBER] = { .path = "sys/bus/pci/devices/*/iommu_group",
		.who = "pci:%1",
		.kind = LINK_TEXT,
		.absent = NO_IOMMU },
	[TEXT_UNIT] = { .path = "sys/class/iommu/*",
		.who = "iommu:unit/%1",
		.kind = LINK_TEXT,
		.absent = NO_IOMMU },
	{ .path = "sys/class/iommu/*/intel-iommu/*",
		.who = "iommu:unit/%1",
		.may_be_silent = true,
		.absent = "no Intel IOMMU is active" },
	{ .path = "sys/class/iommu/*/amd-iommu/*",
		.who = "iommu:unit/%1",
		.may_be_silent = true,
		.absent = "no AMD IOMMU is active" },
};

/* "../../../../kernel/iommu_groups/12" */
static void parse_member(struct emit *out, str link)
{
	enum { GROUP_NAME = 32 };
	char name[GROUP_NAME];
	uint64_t number;
	int n;

	if (str_u64(str_base(str_trim(link)), &number) < 0)
		return;
	n = snprintf(name, sizeof(name), "group/%llu", (unsigned long long)number);
	emit_relation(
		out, out->who, VIA_IOMMU, emit_global_entity(out, IOMMU, (str){ name, (size_t)n }));
}

static int parse(struct emit *out, unsigned text, str from)
{
	switch (text) {
	case TEXT_TYPE:
		emit_text(out, GROUP_TYPE, out->who, str_trim(from));
		return 0;
	case TEXT_MEMBER:
		parse_member(out, from);
		return 0;
	case TEXT_UNIT:
		emit(out, PRESENT, 1);
		return 0;
	default:
		return parse_one_value(out, text, from);
	}
}

const struct collector iommu_collector = {
	.name = "iommu",
	.about = "IOMMU units, groups and how their DMA is mapped",
	.pace = RARE,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
