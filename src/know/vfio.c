/* What is abnormal in virtual functions and VFIO. */
#include "model/knowledge.h"

static const struct count counts[] = {
	{ "vfio.sriov.totalvfs", "function with SR-IOV", "functions with SR-IOV" },
	{ "vfio.devices", "device bound to VFIO", "devices bound to VFIO" },
};

/* clang-format off */
static const struct indicator indicators[] = {
	{ .signal = "vfio.log.blocked", .how = SENSE_EVENT, .role = LINK, .origin = THRESHOLD,
	  .title = "a device is wanted back and its user does not let it go",
	  .check = "dmesg | grep vfio",
	  .fix = "stop the virtual machine that uses it",
	  .source = "any" },
	{ .signal = "vfio.log.memlock", .how = SENSE_EVENT, .role = CAUSE, .origin = THRESHOLD,
	  .title = "the limit on locked memory is too low for the device",
	  .check = "ulimit -l",
	  .fix = "raise RLIMIT_MEMLOCK of the process",
	  .source = "any" },
	{ .signal = "vfio.log.state_lost", .how = SENSE_EVENT, .role = LINK, .origin = HARDWARE,
	  .title = "the saved state of the device could not be brought back",
	  .check = "dmesg | grep vfio",
	  .fix = "reset the device",
	  .source = "any" },
	{ .signal = "vfio.bound", .how = SENSE_CHANGE, .role = CAUSE, .origin = CHANGED,
	  .title = "the function was given to VFIO, or taken from it",
	  .check = "lspci -ks %s",
	  .fix = "bind it to its driver again",
	  .source = "any" },
	{ .signal = "vfio.sriov.numvfs", .how = SENSE_CHANGE, .role = CAUSE, .origin = CHANGED,
	  .title = "the number of virtual functions was changed",
	  .check = "cat /sys/bus/pci/devices/%s/sriov_numvfs",
	  .fix = "put it back",
	  .source = "any" },
};

static const struct rule rules[] = {
	{ .from = "vfio.bound", .to = "@nic.gone", .where = SAME_DEVICE, .lag_min_ms = -2000, .lag_max_ms = 5000, .sticky = true,
	  .because = "what a virtual machine owns the host does not see",
	  .source = "drivers/vfio/pci/vfio_pci_core.c" },
	{ .from = "vfio.bound", .to = "@moved", .where = SAME_DEVICE, .lag_min_ms = -2000, .lag_max_ms = 5000, .sticky = true,
	  .because = "what a virtual machine owns the host does not use",
	  .source = "drivers/vfio/pci/vfio_pci_core.c" },
	{ .from = "vfio.sriov.numvfs", .to = "@nic.reset", .where = SAME_DEVICE, .lag_min_ms = 0, .lag_max_ms = 10000,
	  .because = "some drivers reset the port for it",
	  .source = "Documentation/PCI/pci-iov-howto.rst" },
};
/* clang-format on */

const struct knowledge vfio_knowledge = {
	.layer = "vfio",
	INDICATORS(indicators),
	RULES(rules),
	COUNTS(counts),
	.gap = "who holds a device, and its resets",
};
