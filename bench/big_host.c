/* A host with very many interrupts, made: always the same one, and a tenth of it moves each second. */
#include "big_host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "base/say.h"

static const char *const named[] = { "NMI", "LOC", "SPU", "PMI", "IWI", "RTR", "RES", "CAL", "TLB",
	"TRM", "THR", "DFR", "MCE", "MCP", "PIN", "NPI", "PIW" };
enum { NAMED = sizeof(named) / sizeof(*named), MOVING_PERCENT = 10 };

/* xorshift64*: the same text on every machine */
static uint32_t draw(struct big_host *h, uint32_t below)
{
	h->seed ^= h->seed >> 12;
	h->seed ^= h->seed << 25;
	h->seed ^= h->seed >> 27;
	return (uint32_t)((h->seed * 0x2545f4914f6cdd1du) >> 33) % below;
}

static bool is_named(unsigned line)
{
	return line >= BIG_HOST_LINES - NAMED;
}

/* Each number of digits as often as the others; only the kernel's own, LOC and the like, reach ten.
 */
static uint32_t some_count(struct big_host *h, uint32_t most_digits)
{
	uint32_t below = 10;

	for (uint32_t digits = 1 + draw(h, most_digits - 1); digits > 1; digits--)
		below *= 10;
	return 1 + draw(h, below);
}

static void first_counts(struct big_host *h)
{
	for (unsigned line = 0; line < BIG_HOST_LINES; line++)
		for (unsigned cpu = 0; cpu < BIG_HOST_CPUS; cpu++)
			if (is_named(line) || draw(h, 100) < h->nonzero_percent)
				h->counts[line][cpu] = some_count(h, is_named(line) ? 10 : 9);
	for (unsigned cpu = 0; cpu < BIG_HOST_CPUS; cpu++) {
		h->softnet[cpu][0] = draw(h, UINT32_MAX);
		h->softnet[cpu][2] = draw(h, 5000);
		h->softnet[cpu][9] = draw(h, 100000);
		h->softnet[cpu][12] = cpu;
	}
}

static void move_counts(struct big_host *h)
{
	for (unsigned line = 0; line < BIG_HOST_LINES; line++)
		for (unsigned cpu = 0; cpu < BIG_HOST_CPUS; cpu++)
			if (h->counts[line][cpu] && draw(h, h->nonzero_percent) < MOVING_PERCENT)
				h->counts[line][cpu] += 1 + draw(h, 20000);
	for (unsigned cpu = 0; cpu < BIG_HOST_CPUS; cpu++)
		h->softnet[cpu][0] += draw(h, 50000);
}

static size_t write_interrupts(const struct big_host *h, char *to)
{
	char *p = to + sprintf(to, "%6s", "");

	for (unsigned cpu = 0; cpu < BIG_HOST_CPUS; cpu++)
		p += sprintf(p, "CPU%-8u", cpu);
	*p++ = '\n';
	for (unsigned line = 0; line < BIG_HOST_LINES; line++) {
		unsigned device = line / 64, queue = line % 64;

		if (is_named(line))
			p += sprintf(p, "%4s:", named[line - (BIG_HOST_LINES - NAMED)]);
		else
			p += sprintf(p, "%4u:", line + 24);
		for (unsigned cpu = 0; cpu < BIG_HOST_CPUS; cpu++)
			p += sprintf(p, " %10u", h->counts[line][cpu]);
		if (is_named(line))
			p += sprintf(p, "   Some kind of interrupts\n");
		else
			p += sprintf(p,
				"  IR-PCI-MSIX-0000:%02x:00.0 %4u-edge      "
				"mlx5_comp%u@pci:0000:%02x:00.0\n",
				device * 8, queue, queue, device * 8);
	}
	return (size_t)(p - to);
}

static size_t write_softnet(const struct big_host *h, char *to)
{
	char *p = to;

	for (unsigned cpu = 0; cpu < BIG_HOST_CPUS; cpu++)
		for (unsigned column = 0; column < BIG_HOST_COLUMNS; column++)
			p += sprintf(p, "%08x%c", h->softnet[cpu][column],
				column + 1 < BIG_HOST_COLUMNS ? ' ' : '\n');
	return (size_t)(p - to);
}

const char *big_host_path(
	const struct big_host *h, const char *name, char out[static BIG_HOST_PATH])
{
	snprintf(out, BIG_HOST_PATH, "%s/%s", h->root, name);
	return out;
}

/* In place: the files keep their inodes, as those of proc do. */
static void write_file(const struct big_host *h, const char *name, size_t n)
{
	char path[BIG_HOST_PATH];
	OWN_FD fd = open(big_host_path(h, name, path), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, h->text, n) != (ssize_t)n || ftruncate(fd, (off_t)n) < 0)
		say_and_abort(
			"%s: %s; set TMPDIR to a place with 4 MB of room", path, strerror(errno));
}

static void write_tree(struct big_host *h)
{
	size_t n = write_interrupts(h, h->text);

	write_file(h, "proc/interrupts", n);
	h->bytes = n;
	n = write_softnet(h, h->text);
	write_file(h, "proc/net/softnet_stat", n);
	h->bytes += n;
}

static void make_tree(struct big_host *h)
{
	const char *tmp = getenv("TMPDIR");
	char path[BIG_HOST_PATH];

	snprintf(h->root, sizeof(h->root), "%.40s/faultline-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(h->root) || mkdir(big_host_path(h, "proc", path), 0755) < 0 ||
		mkdir(big_host_path(h, "proc/net", path), 0755) < 0)
		say_and_abort("%s: %s; set TMPDIR to a place that can be written", h->root,
			strerror(errno));
}

static void remove_tree(const struct big_host *h)
{
	static const char *const names[] = { "proc/interrupts", "proc/net/softnet_stat", "proc/net",
		"proc", "" };
	char path[BIG_HOST_PATH];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		remove(big_host_path(h, names[i], path));
}

struct big_host *big_host_open(unsigned nonzero_percent)
{
	struct big_host *h = own_alloc(1, sizeof(*h));

	h->seed = 20261121;
	h->nonzero_percent = nonzero_percent;
	h->text = own_alloc(1, BIG_HOST_TEXT_ROOM);
	make_tree(h);
	first_counts(h);
	write_tree(h);
	return h;
}

struct big_host *big_host_close(struct big_host *h)
{
	remove_tree(h);
	free(h->text);
	free(h);
	return NULL;
}

void big_host_move(struct big_host *h)
{
	move_counts(h);
	write_tree(h);
}
