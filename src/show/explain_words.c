/* Moments, places and values of a report in words. */
#include "show/explain_words.h"

#include <inttypes.h>
#include <math.h>

#include "model/reading.h"
#include "show/wrap.h"

/* The words for a report without a sentence of its own. */
static const char *const plain_summaries[CONCLUSIONS] = {
	[NO_FAULT] = "nothing began to misbehave",
	[CONFIRMED] = "one root explains what was felt",
	[LIKELY] = "one root explains what was felt better than all others",
	[POSSIBLE] = "several roots may explain what was felt",
	[UNDETERMINED] = "what would decide was not seen",
	[EXTERNAL] = "nothing on this host explains it: the wire or the peer is left",
	[LATENT] = "something is wrong, and nothing that was seen suffers from it",
};

const char *report_summary(const struct report *r)
{
	return r->summary ? r->summary : plain_summaries[r->verdict];
}

str report_entity(const struct report *r, uint32_t who)
{
	return entity_text(&r->session->entities, who);
}

static const char *mono_format(int64_t ns, char out[static CLOCK_TEXT])
{
	uint64_t ms = (ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns) / (uint64_t)MS_NS;

	snprintf(out, CLOCK_TEXT, "mono:%s%" PRIu64 ".%03u", ns < 0 ? "-" : "", ms / 1000,
		(unsigned)(ms % 1000));
	return out;
}

const char *time_format(const struct report *r, int64_t ns, char out[static CLOCK_TEXT])
{
	if (!r->has_time)
		return strcpy(out, "-");
	return r->has_wall ? clock_format(ns, out) : mono_format(ns, out);
}

/* What of a time is printed: the zone never, the date where it is not the window's first. */
static str body_time(const struct report *r, int64_t ns, char out[static CLOCK_TEXT])
{
	enum { TIME_OF_DAY = 12 }; /* 12:04:07.200 */
	char from[CLOCK_TEXT];
	str date, time, first;

	if (!str_cut(str_of(time_format(r, ns, out)), 'T', &date, &time) || time.n < TIME_OF_DAY)
		return str_of(out);
	time.n = TIME_OF_DAY;
	if (str_cut(str_of(time_format(r, r->from_ns, from)), 'T', &first, NULL) &&
		str_eq(date, first))
		return time;
	return (str){ out, (size_t)(time.p - out) + TIME_OF_DAY };
}

/* How much of the later time is to be said again: only the seconds in the same minute. */
static str later_part(str lo, str hi)
{
	str minute_lo, minute_hi, seconds;

	if (str_cut_last(lo, ':', &minute_lo, NULL) &&
		str_cut_last(hi, ':', &minute_hi, &seconds) && str_eq(minute_lo, minute_hi))
		return seconds;
	return hi;
}

const char *moment_format(const struct report *r, struct moment m, char out[static MOMENT_TEXT])
{
	char lo[CLOCK_TEXT], hi[CLOCK_TEXT];
	str a, b;

	if (!r->has_time)
		return strcpy(out, "-");
	if (m.lo_ns == INT64_MIN)
		return strcpy(out, "from the start");
	if (m.lo_ns == INT64_MAX)
		return strcpy(out, "never");
	a = body_time(r, m.lo_ns, lo);
	if (m.hi_ns == INT64_MAX) {
		snprintf(out, MOMENT_TEXT, "after %.*s", STR_ARG(a));
		return out;
	}
	b = body_time(r, m.hi_ns, hi);
	if (str_eq(a, b))
		snprintf(out, MOMENT_TEXT, "%.*s", STR_ARG(a));
	else
		snprintf(out, MOMENT_TEXT, "%.*s..%.*s", STR_ARG(a), STR_ARG(later_part(a, b)));
	return out;
}

const char *node_signal(const struct node *n)
{
	return n->signal ? n->signal->name : "?";
}

const char *node_sub(const struct node *n, char out[static SUB_TEXT])
{
	return sub_format(n->has_sub && n->signal ? n->signal->sub : NONE, n->sub, out);
}

const char *node_text(const struct node *n)
{
	return n->signal && n->signal->kind == EVENT ? n->what : NULL;
}

const char *node_title(const struct node *n)
{
	if (n->indicator && n->indicator->title)
		return n->indicator->title;
	return node_text(n) ? NULL : n->what;
}

void print_node_place(FILE *out, const struct report *r, const struct node *n)
{
	char sub[SUB_TEXT];

	fprintf(out, "%s ", node_signal(n));
	print_ascii_name(out, report_entity(r, n->who));
	if (node_sub(n, sub)[0] != '-')
		fprintf(out, " %s", sub);
}

static const char *value_text(const struct node *n, const char *said, bool has, double value,
	char out[static READING_TEXT])
{
	if (said)
		return said;
	return has && n->signal && isfinite(value) ? reading_format(n->signal, value, out) : NULL;
}

static void print_count(FILE *out, const struct node *n, bool alone)
{
	const char *open = alone ? "" : GLUE "(", *close = alone ? "" : ")";

	if (n->count == 1 && node_text(n))
		fprintf(out, "%sonce%s", open, close);
	else if (n->count)
		fprintf(out, "%s%" PRIu64 GLUE "%s%s", open, n->count,
			node_text(n) ? "times" : "in" GLUE "all", close);
}

void print_node_change(FILE *out, const char *before, const struct node *n)
{
	char was_text[READING_TEXT], is_text[READING_TEXT];
	const char *was = value_text(n, n->was, n->has_before, n->before, was_text);
	const char *is = value_text(n, n->is, n->has_after, n->after, is_text);

	if (!was && !is && !n->count)
		return;
	fputs(before, out);
	if (was && !is)
		fputs("was" GLUE, out);
	print_ascii_name(out, str_of(was));
	if (is)
		fputs(was ? GLUE "->" GLUE : "is" GLUE, out);
	print_ascii_name(out, str_of(is));
	print_count(out, n, !was && !is);
}

void print_node_text(FILE *out, const char *before, const struct node *n)
{
	str text = str_of(node_text(n)), line;

	if (!str_next_line(&text, &line))
		return;
	fprintf(out, "%s\"", before);
	print_ascii(out, line);
	fputs(text.n ? "\" and further lines" : "\"", out);
}
