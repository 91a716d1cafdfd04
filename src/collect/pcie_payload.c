/* Paths of PCIe functions by the numbers of their buses, and the sizes of packets along them. */
#include "collect/pcie_payload.h"

#include <linux/pci_regs.h>

enum {
	DEEPEST = 64, /* ports above each other; more is a circle */
	LEAST = 128,  /* bytes: what every function can do */
};

void payload_begin(struct payload_paths *paths)
{
	paths->n = 0;
	paths->is_full = false;
}

/* DOMAIN:BUS:DEVICE.FUNCTION */
void payload_add(struct payload_paths *paths, uint32_t who, str address)
{
	uint64_t domain, bus;
	str text, rest;

	if (paths->n == PAYLOAD_FUNCTIONS) {
		paths->is_full = true;
		return;
	}
	if (!str_cut(address, ':', &text, &rest) || str_hex(text, &domain) < 0 ||
		!str_cut(rest, ':', &text, NULL) || str_hex(text, &bus) < 0)
		return;
	paths->items[paths->n++] = (struct payload_function){
		.who = who, .domain = (uint32_t)domain, .bus = (uint8_t)bus
	};
}

struct payload_function *payload_last(struct payload_paths *paths, uint32_t who)
{
	struct payload_function *last = paths->n ? &paths->items[paths->n - 1] : NULL;

	return last && last->who == who ? last : NULL;
}

void payload_header(struct payload_function *f, const struct config_piece *header)
{
	if (!f)
		return;
	f->secondary = header->p[PCI_SECONDARY_BUS];
	f->subordinate = header->p[PCI_SUBORDINATE_BUS];
	/* one that nobody set up has no bus below it; and as each way leads up, it ends */
	f->is_bridge =
		(header->p[PCI_HEADER_TYPE] & PCI_HEADER_TYPE_MASK) == PCI_HEADER_TYPE_BRIDGE &&
		f->secondary > f->bus;
}

/* Two of the eight settings are reserved. */
static unsigned bytes_of(unsigned setting)
{
	enum { MOST_SETTING = 5 };

	return setting <= MOST_SETTING ? 128U << setting : 0;
}

void payload_settings(struct payload_function *f, const struct config_piece *express)
{
	unsigned control = config_word(express, PCI_EXP_DEVCTL);

	if (!f)
		return;
	f->is_express = true;
	f->type = (config_word(express, PCI_EXP_FLAGS) & PCI_EXP_FLAGS_TYPE) >> 4;
	f->sent = bytes_of((control & PCI_EXP_DEVCTL_PAYLOAD) >> 5);
	f->possible = bytes_of(config_word(express, PCI_EXP_DEVCAP) & PCI_EXP_DEVCAP_PAYLOAD);
	f->read_request = bytes_of((control & PCI_EXP_DEVCTL_READRQ) >> 12);
}

void payload_whole(struct payload_function *f, bool is_whole)
{
	if (f)
		f->is_read = is_whole;
}

/* The bridge that has its bus below it; NULL: it was not read, or there is none. */
static struct payload_function *port_above(
	struct payload_paths *paths, const struct payload_function *f)
{
	for (unsigned i = 0; i < paths->n; i++) {
		struct payload_function *port = &paths->items[i];

		if (port->is_bridge && port->domain == f->domain && port->secondary == f->bus)
			return port;
	}
	return NULL;
}

/*
 * The root port of its path, and the smallest packets that a port up to there is set to take; NULL when one
 * of them is not known.
 */
static struct payload_function *root_of(
	struct payload_paths *paths, const struct payload_function *f, unsigned *ret_least)
{
	struct payload_function *port = port_above(paths, f);
	unsigned least = 0;

	while (port && port->sent) {
		least = least && least < port->sent ? least : port->sent;
		if (port->type == PCI_EXP_TYPE_ROOT_PORT) {
			*ret_least = least;
			return port;
		}
		port = port_above(paths, port);
	}
	return NULL;
}

static bool is_under(const struct payload_function *f, const struct payload_function *root)
{
	return f->domain == root->domain && f->bus >= root->secondary &&
	       f->bus <= root->subordinate;
}

/*
 * A port has one setting for all that is below it, and completions are as long as it allows: who raises it for
 * one raises it for all (drivers/pci/probe.c: pcie_find_smpss()). 0: one of them could not
 * be read; what has no such capability is a virtual function, or stands behind a bridge to PCI.
 */
static unsigned find_below(const struct payload_paths *paths, const struct payload_function *root)
{
	unsigned least = root->possible;

	for (unsigned i = 0; i < paths->n; i++) {
		const struct payload_function *f = &paths->items[i];

		if (!is_under(f, root) || (f->is_read && !f->is_express))
			continue;
		if (!f->possible)
			return 0;
		least = f->possible < least ? f->possible : least;
	}
	return least;
}

static void emit_function(struct emit *out, struct payload_paths *paths,
	const struct payload_function *f, unsigned first)
{
	unsigned least;
	const struct payload_function *root = root_of(paths, f, &least);

	if (!root)
		return;
	emit_at(out, first + PAYLOAD_ABOVE, f->who, 0, least);
	if (!root->below)
		return;
	emit_at(out, first + PAYLOAD_POSSIBLE, f->who, 0, root->below);
	if (root->below == LEAST)
		return;
	if (f->sent == LEAST)
		emit_at(out, first + PAYLOAD_UNUSED, f->who, 0, root->below);
	if (f->read_request == LEAST)
		emit_at(out, first + PAYLOAD_SMALL_READS, f->who, 0, f->read_request);
}

void payload_emit(struct emit *out, struct payload_paths *paths, unsigned first)
{
	if (paths->is_full)
		return;
	for (unsigned i = 0; i < paths->n; i++) {
		struct payload_function *f = &paths->items[i];

		if (f->is_bridge && f->type == PCI_EXP_TYPE_ROOT_PORT)
			f->below = find_below(paths, f);
	}
	for (unsigned i = 0; i < paths->n; i++) {
		const struct payload_function *f = &paths->items[i];

		if (f->is_express &&
			(f->type == PCI_EXP_TYPE_ENDPOINT || f->type == PCI_EXP_TYPE_LEG_END))
			emit_function(out, paths, f, first);
	}
}
