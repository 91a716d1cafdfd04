/* What the kernel's log says about the IOMMU and DMA: faults, queues that hang, bounce buffers. */
#include "log/pattern.h"

/* clang-format off */
static const struct signal signals[] = {
	{ "iommu.log.dma_fault", "fault reason", EVENT, ONE, PCI, NONE, FREE, "a device touched memory that its IOMMU mapping does not allow", 0, WRAPS },
};

static const struct pattern patterns[] = {
	{ "iommu.log.dma_fault",
	  "DMAR: \\[DMA (?:Read|Write) (?:NO_PASID|PASID 0x[0-9a-f]+)\\] Request device \\[(?<pci>(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7])\\] fault addr",
	  EVENT_CRITICAL,
	  "DMAR: [DMA Read NO_PASID] Request device [04:00.0] fault addr 0xffff8000 [fault reason 0x06] PTE Read access is not set",
	  "6.1 drivers/iommu/intel/dmar.c",
	  "DMAR: DRHD: handling fault status reg 2" },
};
/* clang-format on */

const struct pattern_table iommu_patterns = { "iommu", EVENT_SIGNALS(signals), PATTERNS(patterns) };
