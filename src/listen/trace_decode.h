/* What the kernel's trace ring holds: records of a page, and fields of a record. Pure. */
#pragma once

#include <traceevent/event-parse.h>

#include "base/str.h"

/*
 * A page of a CPU's ring as trace_pipe_raw gives it (kernel/trace/ring_buffer.c): its time, the
 * length of what is in it, records with their distances in time.
 */
struct trace_page {
	str rest;
	int64_t at_ns;
	uint64_t lost; /* records that were written over before this page; at least so many */
	bool damaged;  /* what is behind the last record that was given makes no sense */
};
int trace_page_open(str page, struct trace_page *ret); /* 0; -EBADMSG: no page */
/* The next record, with the time of the instance's trace_clock; false at the end. */
bool trace_page_next(struct trace_page *p, int64_t *ret_ns, str *ret_record);

/*
 * An event's format as events/SYSTEM/NAME/format tells it, without its way of printing. `tep` owns
 * it. 0, or -EBADMSG.
 */
int trace_format(struct tep_handle *tep, str text, const char *system, struct tep_event **ret);

/* Fields; a record may be shorter than its format. 0; -ENOENT: no such field; -EBADMSG: not in there. */
int trace_record_type(str record); /* the event's number, common_type; or -EBADMSG */
int trace_number(struct tep_event *e, str record, const char *field, uint64_t *ret);
int trace_text(struct tep_event *e, str record, const char *field, str *ret);

/*
 * The template with the record's fields in it: {field} a text or a number, {field:hex}, and
 * {field:cor} and {field:uncor} bits of an AER status by their names. What is not there is "?".
 * Returns the length; what does not fit is cut.
 */
size_t trace_say(struct tep_event *e, str record, const char *template, char *out, size_t size);
