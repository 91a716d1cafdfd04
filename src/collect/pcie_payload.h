/* Sizes of packets along paths of PCIe functions: what each may send, what the ports above it take. */
#pragma once

#include "collect/config_space.h"
#include "collect/emit.h"

enum { PAYLOAD_FUNCTIONS = 4096 };

struct payload_function {
	uint32_t who;
	uint32_t domain;
	uint8_t bus, secondary, subordinate; /* the last two of a bridge only */
	bool is_bridge;
	bool is_read;            /* it does not sleep, and what it said was whole */
	bool is_express;         /* has the fields below, and they are its own */
	unsigned type;           /* as PCI_EXP_TYPE_... */
	unsigned sent, possible; /* bytes in a packet: as it is set, as it could be; 0: reserved */
	unsigned read_request;
	unsigned below; /* of a root port: the least that all below it could do; 0: not known */
};

/* Those of one reading, in any order. */
struct payload_paths {
	struct payload_function items[PAYLOAD_FUNCTIONS];
	unsigned n;
	bool is_full;
};

void payload_begin(struct payload_paths *paths);

/* A function that is there, of which nothing is known yet. */
void payload_add(struct payload_paths *paths, uint32_t who, str address);

/* The one that was added last, when it is this one; else NULL. */
struct payload_function *payload_last(struct payload_paths *paths, uint32_t who);

/* What it says, in this order; nothing where `f` is NULL. */
void payload_header(struct payload_function *f, const struct config_piece *header);
void payload_settings(struct payload_function *f, const struct config_piece *express);
void payload_whole(struct payload_function *f, bool is_whole);

/* Rows in the order in which payload_emit() takes their numbers from `first` on. */
enum { PAYLOAD_ABOVE, PAYLOAD_POSSIBLE, PAYLOAD_UNUSED, PAYLOAD_SMALL_READS, PAYLOAD_ROWS };

/* About each endpoint behind a root port, where the whole way could be read. */
void payload_emit(struct emit *out, struct payload_paths *paths, unsigned first);
