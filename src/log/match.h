/* All patterns at once: which row, if any, knows a message. */
#pragma once

#include "log/pattern.h"
#include "model/catalog.h"

/* What the named groups of patterns can say. */
enum group {
	GROUP_PCI,
	GROUP_RID, /* requester id, four hex digits: bus, device and function */
	GROUP_NETDEV,
	GROUP_RDMA,
	GROUP_PORT,
	GROUP_CPU,
	GROUP_IRQ,
	GROUP_TASK,
	GROUP_PID,
	GROUP_CGROUP,
	GROUP_GPU,
	GROUP_DISK,
	GROUP_NODE,
	GROUP_COUNT,
	GROUPS,
};

struct match {
	const struct pattern *pattern;
	uint16_t sig;
	str groups[GROUPS]; /* n is 0: it did not say */
};

struct matcher;

/* 0, -ENOENT: a pattern's signal is not in the catalog, -EINVAL: a pattern does not compile. */
int matcher_open(const struct catalog *catalog, struct matcher **ret);
struct matcher *matcher_close(struct matcher *m); /* returns NULL */

/* The first row that matches. Views are of the text. */
bool matcher_find(struct matcher *m, str text, struct match *ret);

/* For lint and tests: rows by number, in the order in which they are tried. */
size_t matcher_rows(const struct matcher *m);
const struct pattern *matcher_row(const struct matcher *m, size_t row);
bool matcher_try(struct matcher *m, size_t row, str text, struct match *ret); /* this row alone */
bool matcher_is_selective(const struct matcher *m, size_t row); /* most lines never reach it */

/* Compile one regular expression by itself: NULL, or why not; static text. */
const char *matcher_complaint(const char *regex);
