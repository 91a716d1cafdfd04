/* What is abnormal in the IOMMU. */
#include "model/knowledge.h"

static const struct count counts[] = {
	{ "iommu.group.type", "group", "groups" },
	{ "iommu.unit.present", "unit", "units" },
};

/* clang-format off */
static const struct indicator indicators[] = {
	{ .signal = "iommu.log.dma_fault", .how = SENSE_EVENT, .role = CAUSE, .origin = HARDWARE,
	  .title = "the IOMMU refuses DMA of this device: it asks for memory that is not mapped for it",
	  .check = "dmesg | grep -E 'DMAR|AMD-Vi|iommu' | tail",
	  .fix = "a driver or firmware bug: update both; see what was changed; iommu=pt hides it and does not mend it",
	  .source = "any on a device in use" },
	{ .signal = "iommu.log.queue_error", .how = SENSE_EVENT, .role = CAUSE, .origin = HARDWARE,
	  .title = "the IOMMU could not carry out its commands",
	  .check = "dmesg | grep -E 'DMAR|AMD-Vi' | tail",
	  .fix = "update the firmware of the host; see the device that it names",
	  .source = "any" },
	{ .signal = "iommu.log.swiotlb_full", .how = SENSE_EVENT, .role = CAUSE, .origin = THRESHOLD,
	  .title = "the bounce buffers are full: DMA mappings fail",
	  .check = "dmesg | grep swiotlb; cat /sys/kernel/debug/swiotlb/*",
	  .fix = "give a larger swiotlb= on the kernel command line, or let the device address all memory",
	  .source = "any" },
	{ .signal = "iommu.group.type", .how = SENSE_CHANGE, .role = CAUSE, .origin = CHANGED,
	  .title = "the type of an IOMMU domain was changed",
	  .check = "cat /sys/kernel/iommu_groups/*/type",
	  .fix = "put it back if throughput fell with it",
	  .source = "any" },
};

static const struct rule rules[] = {
	{ .from = "iommu.log.dma_fault", .to = "@moved", .where = SAME_DEVICE | LINK_PARTNER, .lag_min_ms = 0, .lag_max_ms = 5000,
	  .because = "the transfer that was refused is lost, and the device may stop",
	  .source = "Intel VT-d specification 7; drivers/iommu/intel/dmar.c" },
	{ .from = "iommu.log.dma_fault", .to = "@nic.timeout", .where = SAME_DEVICE | LINK_PARTNER, .lag_min_ms = 0, .lag_max_ms = 20000,
	  .because = "a device whose DMA was refused may stop",
	  .source = "drivers/iommu/intel/dmar.c" },
	{ .from = "iommu.log.dma_fault", .to = "@nic.reset", .where = SAME_DEVICE | LINK_PARTNER, .lag_min_ms = 0, .lag_max_ms = 20000,
	  .because = "a device whose DMA was refused is reset by its driver",
	  .source = "drivers/iommu/intel/dmar.c" },
	{ .from = "iommu.log.dma_fault", .to = "@hardware.disk", .where = SAME_DEVICE | LINK_PARTNER, .lag_min_ms = 0, .lag_max_ms = 40000,
	  .because = "a controller whose DMA was refused does not answer",
	  .source = "drivers/nvme/host/pci.c" },
	{ .from = "iommu.log.dma_fault", .to = "@irq.load", .where = ANYWHERE, .lag_min_ms = 0, .lag_max_ms = 5000,
	  .because = "each fault is an interrupt and a line of the log",
	  .source = "drivers/iommu/intel/dmar.c: dmar_fault()" },
	{ .from = "iommu.log.queue_error", .to = "@moved", .where = ANYWHERE, .lag_min_ms = 0, .lag_max_ms = 5000,
	  .because = "nothing can be mapped or unmapped while the queue stands",
	  .source = "drivers/iommu/intel/dmar.c" },
	{ .from = "iommu.log.swiotlb_full", .to = "@nic.tx.lost", .where = SAME_DEVICE, .lag_min_ms = 0, .lag_max_ms = 2000,
	  .because = "a frame that cannot be mapped is dropped",
	  .source = "kernel/dma/swiotlb.c" },
	{ .from = "iommu.log.swiotlb_full", .to = "@moved", .where = SAME_DEVICE, .lag_min_ms = 0, .lag_max_ms = 5000,
	  .because = "a frame that cannot be mapped is dropped",
	  .source = "kernel/dma/swiotlb.c" },
	{ .from = "iommu.group.type", .to = "@moved", .where = SAME_DEVICE, .lag_min_ms = 0, .lag_max_ms = 5000, .sticky = true,
	  .because = "translation costs IOTLB misses that passthrough does not have",
	  .source = "Neugebauer et al., SIGCOMM 2018" },
};
/* clang-format on */

const struct knowledge iommu_knowledge = {
	.layer = "iommu",
	INDICATORS(indicators),
	RULES(rules),
	COUNTS(counts),
	.gap = "DMA faults: they show in the kernel log only",
};
