/* What is abnormal on the PCIe bus. */
#include "model/knowledge.h"

static const struct watch watches[] = {
	{
		.signal = "pcie.aer.correctable",
		.how = IS_RISING,
		.level = 0.134,
		.severity = WARNING,
		.title = "the link corrects errors: a cable, riser, slot or its temperature is "
			 "bad",
		.check = "grep -v ' 0$' /sys/bus/pci/devices/%s/aer_dev_correctable",
		.fix = "reseat or replace the card, riser or cable; see whether the rate "
		       "follows the temperature",
		.source = "DCGM's limit for PCIe replays, 8 a minute",
	},
	{
		.signal = "pcie.aer.nonfatal",
		.how = IS_RISING,
		.severity = CRITICAL,
		.title = "a transaction was lost on the link; the driver had to recover",
		.check = "grep -v ' 0$' /sys/bus/pci/devices/%s/aer_dev_nonfatal",
		.fix = "see the kernel log for the driver's recovery; CmpltTO points at a "
		       "device that no longer answers",
		.source = "PCIe base specification 6.2.2: uncorrectable errors lose data",
	},
	{
		.signal = "pcie.aer.fatal",
		.how = IS_RISING,
		.severity = CRITICAL,
		.title = "the link failed and was reset",
		.check = "grep -v ' 0$' /sys/bus/pci/devices/%s/aer_dev_fatal",
		.fix = "see the kernel log for the outcome of the recovery; replace the card or "
		       "try another slot",
		.source = "PCIe base specification 6.2.2: fatal errors make the link unreliable",
	},
	{
		.signal = "pcie.aer.rootport.correctable",
		.how = IS_RISING,
		.level = 0.134,
		.severity = WARNING,
		.title = "the root port receives reports of corrected errors from below",
		.check = "cat /sys/bus/pci/devices/%s/aer_rootport_total_err_cor",
		.fix = "find the function below that counts them; where none does, the port "
		       "itself saw them",
		.source = "DCGM's limit for PCIe replays, 8 a minute",
	},
	{
		.signal = "pcie.aer.rootport.nonfatal",
		.how = IS_RISING,
		.severity = CRITICAL,
		.title = "the root port receives reports of lost transactions from below",
		.check = "cat /sys/bus/pci/devices/%s/aer_rootport_total_err_nonfatal",
		.fix = "find the function below that counts them",
		.source = "PCIe base specification 6.2.2: uncorrectable errors lose data",
	},
	{
		.signal = "pcie.aer.rootport.fatal",
		.how = IS_RISING,
		.severity = CRITICAL,
		.title = "the root port receives reports of failed links from below",
		.check = "cat /sys/bus/pci/devices/%s/aer_rootport_total_err_fatal",
		.fix = "find the function below that counts them",
		.source = "PCIe base specification 6.2.2: fatal errors make the link unreliable",
	},
	{
		.signal = "pcie.link.width",
		.how = IS_UNDER,
		.than = "pcie.link.width.max",
		.only_if = "pcie.driver",
		.prefix = "",
		.upstream = true,
		.severity = WARNING,
		.title = "the link runs on fewer lanes than both of its ends have",
		.check = "lspci -vvs %s | grep -E 'LnkCap:|LnkSta:'",
		.fix = "reseat the card; a lane is broken, or the slot has fewer lanes than its "
		       "port says",
		.source = "both ends' Link Capabilities registers",
	},
	{
		.signal = "pcie.link.speed",
		.how = IS_UNDER,
		.than = "pcie.link.speed.max",
		.only_if = "pcie.class",
		.prefix = "0x02",
		.upstream = true,
		.severity = WARNING,
		.title = "the network link to the host runs slower than both of its ends can",
		.check = "lspci -vvs %s | grep -E 'LnkCap:|LnkSta:'",
		.fix = "look for corrected errors on it; reseat the card, try another slot, see "
		       "the firmware's limit",
		.source = "both ends' Link Capabilities registers; functions that save power at "
			  "idle (GPUs) are not judged",
	},
};

static const struct count counts[] = {
	{ "pcie.class", "PCI function", "PCI functions" },
	{ "pcie.aer.correctable.messages", "with AER", "with AER" },
	{ "pcie.aer.rootport.correctable", "AER root port", "AER root ports" },
};

const struct knowledge pcie_knowledge = {
	.layer = "pcie",
	WATCHES(watches),
	COUNTS(counts),
	.gap = "errors that are latched in config space and were never reported; bus "
	       "mastering; the kernel log",
};
