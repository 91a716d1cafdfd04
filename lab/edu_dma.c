/*
 * Makes QEMU's "edu" device read memory that nobody gave it, for the lab: each command is one DMA
 * fault of the IOMMU.
 *
 *   edu-dma --device 0000:00:05.0 [--rate 1000] [--seconds 10]
 *
 * The device must be enabled and be bus master (setpci COMMAND=6:6). Registers: QEMU, docs/specs/edu.txt.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "load.h"

enum { DMA_SOURCE = 0x80, DMA_TARGET = 0x88, DMA_COUNT = 0x90, DMA_COMMAND = 0x98 };
enum { BUFFER = 0x40000, FROM_MEMORY = 1, BAR_SIZE = 1 << 20 };

static volatile uint8_t *map_registers(const char *device)
{
	char path[128];
	void *bar;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource0", device);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		stop(path, "is this the guest, and the address that of an edu device (1234:11e8)?");
	bar = mmap(NULL, BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bar == MAP_FAILED)
		stop("cannot map its registers", "run it as root");
	close(fd);
	return bar;
}

static void put(volatile uint8_t *registers, int offset, uint64_t value)
{
	*(volatile uint64_t *)(registers + offset) = value;
}

int main(int argc, char **argv)
{
	const char *device = NULL;
	long rate = 1000, seconds = 10;
	const struct option options[] = {
		{ "--device", NULL, 0, 0, &device },
		{ "--rate", &rate, 1, 100000, NULL },
		{ "--seconds", &seconds, 1, 120, NULL },
		{ NULL },
	};
	volatile uint8_t *registers;
	int64_t start;

	(void)argc;
	read_options(options, argv + 1);
	errno = 0;
	if (!device)
		stop("--device is missing", "name the edu device as lspci -D does");
	registers = map_registers(device);
	start = now_ns();
	for (int64_t i = 0; now_ns() < start + seconds * second_ns; i++) {
		put(registers, DMA_SOURCE, 0x100000 + (uint64_t)(i % 256) * 4096);
		put(registers, DMA_TARGET, BUFFER);
		put(registers, DMA_COUNT, 64);
		put(registers, DMA_COMMAND, FROM_MEMORY);
		sleep_until(start + (i + 1) * second_ns / rate);
	}
	return 0;
}
