/*
 * A pattern is one row: how the kernel words something, what it means, about whom; and the lines
 * that prove it. One file of rows for each layer, listed in log/meson.build.
 */
#pragma once

#include "model/event.h"

struct pattern {
	const char *signal; /* "pcie.log.aer.correctable", of the same file's signals */
	/*
	 * PCRE2, matched against the message alone (stamp, level and host taken off). Named groups
	 * say whom it is about and how often: (?<pci>..) (?<netdev>..) (?<rdma>..) (?<cpu>..)
	 * (?<irq>..) (?<task>..) (?<pid>..) (?<cgroup>..) (?<gpu>..) (?<disk>..) (?<port>..)
	 * (?<count>..). The device of the record's DEVICE= key stands before what the text says.
	 */
	const char *regex;
	enum event_severity severity;
	const char *line;      /* one real message that it must match */
	const char *seen;      /* version and file that print it: "6.1 drivers/pci/pcie/aer.c" */
	const char *near_miss; /* one message that looks like it and must not match */
};

/* Pieces of expressions that many drivers share. */
#define PCI_RE "(?<pci>[0-9a-f]{4,5}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7])"
#define NETDEV_RE "(?<netdev>[^\\s:/()]+)"

struct pattern_table {
	const char *layer;
	const struct signal *signals; /* kind EVENT */
	size_t n_signals;
	const struct pattern *patterns;
	size_t n_patterns;
};

#define PATTERNS(table) .patterns = (table), .n_patterns = sizeof(table) / sizeof(*(table))
#define EVENT_SIGNALS(table) .signals = (table), .n_signals = sizeof(table) / sizeof(*(table))

extern const struct pattern_table *const pattern_tables[]; /* written by meson */
extern const size_t n_pattern_tables;
