/* Graphics processors and accelerators: which there are, and what sysfs and /proc/driver/nvidia say of them. */
#include "collect/keyed.h"
#include "collect/pci.h"

enum { CLASS, STATUS };

/* clang-format off */
static const struct signal signals[] = {
	[CLASS]  = { "gpu.class",            "class",                 FACT,    TEXT,     GPU, NONE, CHEAP, "class code: 0x0300xx VGA (a server's management display too), 0x0302xx 3D without display, 0x0380xx other, 0x1200xx accelerator" },
	[STATUS] = { "gpu.runtime_status", "runtime_status",          STATE, TEXT,     GPU, NONE, CHEAP, "active, or suspended to save power: then its registers are left alone (AMD)" },
		     { "gpu.model",              "Model",                 FACT,    TEXT,     GPU, NONE, CHEAP, "what NVIDIA calls it" },
		     { "gpu.firmware",           "GPU Firmware",          FACT,    TEXT,     GPU, NONE, CHEAP, "version of the firmware on the GPU (NVIDIA)" },
		     { "gpu.excluded",           "GPU Excluded",          FACT,    TEXT,     GPU, NONE, CHEAP, "Yes: the driver was told to leave it alone (NVIDIA)" },
		     { "gpu.minor",              "Device Minor",          FACT,    TEXT,     GPU, NONE, CHEAP, "number N of its /dev/nvidiaN (NVIDIA)" },
		     { "gpu.busy",               "gpu_busy_percent",      GAUGE,   ONE,      GPU, NONE, FIRMWARE, "per cent of the time in which it computed (AMD)" },
		     { "gpu.vram.total",         "mem_info_vram_total",   FACT,    BYTES,    GPU, NONE, CHEAP, "memory of its own (AMD)" },
		     { "gpu.vram.used",          "mem_info_vram_used",    GAUGE,   BYTES,    GPU, NONE, CHEAP, "of that, in use (AMD)" },
		     { "gpu.vram.visible.total", "mem_info_vis_vram_total", FACT,  BYTES,    GPU, NONE, CHEAP, "memory of its own that the PCIe bus reaches: what a NIC can write to (AMD)" },
		     { "gpu.vram.visible.used",  "mem_info_vis_vram_used", GAUGE,  BYTES,    GPU, NONE, CHEAP, "of that, in use (AMD)" },
		     { "gpu.pcie.replays",       "pcie_replay_count",     COUNTER, ONE,      GPU, NONE, CHEAP, "packets on its PCIe link that had to be sent again (AMD)" },
};
/* clang-format on */

enum { TEXT_CLASS, TEXT_INFORMATION, TEXT_STATUS, TEXT_BUSY, TEXT_REPLAYS };

#define NO_GPU "no GPU that a driver of NVIDIA or AMD has"

/*
 * A GPU is function 0 of its device. What amdgpu computes is asked of the chip, and what NVIDIA's
 * driver tells takes its lock: both may wait for a GPU that hangs. Not read: pcie_bw sleeps for a second, and reading ras/ clears
 * the counters of the hardware on many models.
 */
static const struct text_source texts[] = {
	/* a bus without a GPU says nothing about the gpu layer */
	[TEXT_CLASS] = { .path = "sys/bus/pci/devices/*/class",
		.who = "pci:%1",
		.may_be_silent = true,
		.layer = "pcie",
		.absent = "no PCI bus" },
	[TEXT_INFORMATION] = { .path = "proc/driver/nvidia/gpus/*/information",
		.who = "gpu:%1",
		.asks_device = true,
		.absent = NO_GPU },
	[TEXT_STATUS] = { .path = "sys/bus/pci/drivers/amdgpu/*.0/power/runtime_status",
		.who = "gpu:%1.0",
		.absent = NO_GPU },
	[TEXT_BUSY] = { .path = "sys/bus/pci/drivers/amdgpu/*.0/gpu_busy_percent",
		.who = "gpu:%1.0",
		.asks_device = true,
		.absent = NO_GPU },
	[TEXT_REPLAYS] = { .path = "sys/bus/pci/drivers/amdgpu/*.0/pcie_replay_count",
		.who = "gpu:%1.0",
		.asks_device = true,
		.absent = NO_GPU },
	{ .path = "sys/bus/pci/drivers/amdgpu/*.0/mem_info_vram_total",
		.who = "gpu:%1.0",
		.absent = NO_GPU },
	{ .path = "sys/bus/pci/drivers/amdgpu/*.0/mem_info_vram_used",
		.who = "gpu:%1.0",
		.absent = NO_GPU },
	{ .path = "sys/bus/pci/drivers/amdgpu/*.0/mem_info_vis_vram_total",
		.who = "gpu:%1.0",
		.absent = NO_GPU },
	{ .path = "sys/bus/pci/drivers/amdgpu/*.0/mem_info_vis_vram_used",
		.who = "gpu:%1.0",
		.absent = NO_GPU },
};

/*
 * Base class 3 is display; 0x12 are accelerators, as which the larger GPUs of AMD count themselves.
 */
static void parse_class(struct emit *out, str class)
{
	uint32_t gpu;

	if (!str_starts(class, STR("0x03")) && !str_starts(class, STR("0x12")))
		return;
	gpu = emit_global_entity(out, GPU, out->match[0]);
	emit_text(out, CLASS, gpu, class);
	emit_relation(out, gpu, VIA_PCI, out->who);
}

/* "Model: \t\t NVIDIA H100 80GB HBM3" */
static int parse_information(struct emit *out, str from)
{
	unsigned hint = 0;
	str line, key, value;
	int row;

	while (str_next_line(&from, &line)) {
		if (!str_cut(line, ':', &key, &value))
			continue;
		row = emit_row_of(out, str_trim(key), &hint);
		if (row >= 0 && out->signals[row].unit == TEXT)
			emit_text(out, (unsigned)row, out->who, str_trim(value));
	}
	return 0;
}

static int parse(struct emit *out, unsigned text, str from)
{
	switch (text) {
	case TEXT_CLASS:
		parse_class(out, str_trim(from));
		return 0;
	case TEXT_INFORMATION:
		return parse_information(out, from);
	default:
		return parse_one_value(out, text, from);
	}
}

/* drivers/gpu/drm/amd: both ask the chip, which would have to wake up for it. */
static bool may_read(const struct emit *out, unsigned text, uint32_t who)
{
	return (text != TEXT_BUSY && text != TEXT_REPLAYS) || !pci_sleeps(out, STATUS, who);
}

const struct collector gpu_collector = {
	.name = "gpu",
	.about =
		"graphics processors and accelerators: which there are, and what their drivers' files say",
	.pace = SLOW,
	.may_hang = true,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.may_read = may_read,
};
