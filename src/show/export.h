/* Rows and events of a store in the formats of others: CSV, JSON lines, OpenMetrics. Pure. */
#pragma once

#include "model/event.h"
#include "model/session.h"

/* A value at a time, or that it is not there any more. */
struct export_row {
	int64_t wall_ns, value;
	const struct signal *signal;
	str entity, text; /* text: what a value of unit TEXT stands for */
	unsigned sub;
	bool there;
};

struct export_event {
	int64_t wall_ns; /* its stamp, brought to the wall clock */
	int64_t at_ns, arrival_lo_ns, arrival_hi_ns;
	uint64_t count;
	str stamp, signal, entity, severity, text; /* as the store has them */
};

struct export_format {
	const char *name;
	void (*begin)(FILE *out); /* each may be NULL */
	void (*row)(FILE *out, const struct export_row *row);
	void (*begin_events)(FILE *out);
	void (*event)(FILE *out, const struct export_event *event);
};
extern const struct export_format export_csv, export_jsonl;

/* ---- OpenMetrics 1.0: all samples of a family stand together, in the order of time ---- */

enum { EXPORT_NAME = 256 };
/* "faultline_nic_rx_bytes": the family; its samples are called so, or `_total`, or `_info`. */
const char *openmetrics_name(const struct signal *signal, char out[static EXPORT_NAME]);
bool openmetrics_has(const struct signal *signal); /* events are none of it */
void openmetrics_family(FILE *out, const struct signal *signal, const char *name);
void openmetrics_sample(FILE *out, const char *name, const struct export_row *row);
void openmetrics_end(FILE *out);
