/* A 192-CPU host with 949 interrupts, made: its interrupts and softnet_stat as a tree to be read. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* As the one host of which such figures are known; a quarter of its cells are not 0, a tenth of all
 * moves each tick. */
enum {
	BIG_HOST_CPUS = 192,
	BIG_HOST_LINES = 949,
	BIG_HOST_COLUMNS = 15,
	BIG_HOST_NONZERO_PERCENT = 25,
	BIG_HOST_TEXT_ROOM = 4 << 20,
};

struct big_host {
	uint64_t seed;
	unsigned nonzero_percent;
	uint32_t counts[BIG_HOST_LINES][BIG_HOST_CPUS], softnet[BIG_HOST_CPUS][BIG_HOST_COLUMNS];
	char *text;   /* BIG_HOST_TEXT_ROOM, for anyone between two calls */
	size_t bytes; /* of both files, as last written */
	char root[64];
};

/* The program ends with a plain line when the tree cannot be made or written. */
struct big_host *big_host_open(unsigned nonzero_percent);
struct big_host *big_host_close(struct big_host *h); /* removes the tree; returns NULL */
void big_host_move(struct big_host *h);              /* a second later */

enum { BIG_HOST_PATH = 256 };
const char *big_host_path(
	const struct big_host *h, const char *name, char out[static BIG_HOST_PATH]);
