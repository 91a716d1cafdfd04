/* What the kernel's log says about PCI Express: errors, recovery, containment, hotplug, links. */
#include "log/pattern.h"

/* clang-format off */
static const struct signal signals[] = {
	{ "pcie.log.aer.correctable", "severity=Correctable", EVENT, ONE, PCI, NONE, FREE, "a PCIe device reported an error that the link corrected", 0, WRAPS },
};

static const struct pattern patterns[] = {
	{ "pcie.log.aer.correctable",
	  "AER: (?:Multiple )?Correct(?:ed|able) error (?:message )?received(?: from|:) (?<pci>[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7])",
	  EVENT_WARNING,
	  "pcieport 0000:00:02.0: AER: Corrected error message received from 0000:01:00.0",
	  "6.1 drivers/pci/pcie/aer.c",
	  "pcieport 0000:00:02.0: AER: enabled with IRQ 24" },
};
/* clang-format on */

const struct pattern_table pcie_patterns = { "pcie", EVENT_SIGNALS(signals), PATTERNS(patterns) };
