/* Rows and events as CSV and as JSON lines. */
#include "show/export.h"

#include <inttypes.h>

#include "base/clock.h"
#include "show/json.h"

static void print_number(FILE *out, const struct export_row *row)
{
	if (row->signal->kind == COUNTER)
		fprintf(out, "%" PRIu64, (uint64_t)row->value);
	else
		fprintf(out, "%" PRId64, row->value);
}

/* ---- CSV, RFC 4180 ---- */

static void csv_text(FILE *out, str text)
{
	json_t *clean = json_text(text); /* bytes that are no UTF-8 are escaped */
	const char *p = json_string_value(clean);
	size_t n = json_string_length(clean);
	bool quoted = false;

	for (size_t i = 0; i < n && !quoted; i++)
		quoted = p[i] == '"' || p[i] == ',' || p[i] == '\n' || p[i] == '\r';
	if (quoted)
		fputc('"', out);
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '"')
			fputc('"', out);
		fputc(p[i], out);
	}
	if (quoted)
		fputc('"', out);
	json_decref(clean);
}

static void csv_begin(FILE *out)
{
	fputs("time,time_ns,signal,entity,sub,value\n", out);
}

static void csv_row(FILE *out, const struct export_row *row)
{
	char time[CLOCK_TEXT], sub[SUB_TEXT];

	fprintf(out, "%s,%" PRId64 ",", clock_format(row->wall_ns, time), row->wall_ns);
	csv_text(out, str_of(row->signal->name));
	fputc(',', out);
	csv_text(out, row->entity);
	fprintf(out, ",%s,", sub_format(row->signal->sub, row->sub, sub));
	if (row->there && row->signal->unit == TEXT)
		csv_text(out, row->text);
	else if (row->there)
		print_number(out, row);
	fputc('\n', out);
}

static void csv_begin_events(FILE *out)
{
	fputs("time,time_ns,signal,entity,severity,count,text\n", out);
}

static void csv_event(FILE *out, const struct export_event *e)
{
	char time[CLOCK_TEXT];

	fprintf(out, "%s,%" PRId64 ",", clock_format(e->wall_ns, time), e->wall_ns);
	csv_text(out, e->signal);
	fputc(',', out);
	csv_text(out, e->entity);
	fputc(',', out);
	csv_text(out, e->severity);
	fprintf(out, ",%" PRIu64 ",", e->count);
	csv_text(out, e->text);
	fputc('\n', out);
}

const struct export_format export_csv = { "csv", csv_begin, csv_row, csv_begin_events, csv_event };

/* ---- JSON lines ---- */

static void jsonl_text(FILE *out, const char *key, str text)
{
	json_t *value = json_text(text);

	fprintf(out, ",\"%s\":", key);
	json_dumpf(value, out, JSON_ENCODE_ANY);
	json_decref(value);
}

static void jsonl_time(FILE *out, int64_t wall_ns)
{
	char time[CLOCK_TEXT];

	fprintf(out, "{\"time\":\"%s\",\"time_ns\":%" PRId64, clock_format(wall_ns, time), wall_ns);
}

static void jsonl_row(FILE *out, const struct export_row *row)
{
	char sub[SUB_TEXT];

	jsonl_time(out, row->wall_ns);
	jsonl_text(out, "signal", str_of(row->signal->name));
	jsonl_text(out, "entity", row->entity);
	fprintf(out, ",\"sub\":\"%s\"", sub_format(row->signal->sub, row->sub, sub));
	if (row->there && row->signal->unit == TEXT) {
		jsonl_text(out, "value", row->text);
	} else if (!row->there) {
		fputs(",\"value\":null", out);
	} else {
		/* readers of JSON keep numbers over 2^63-1 exact as text only */
		bool wide = row->signal->kind == COUNTER && row->value < 0;

		fputs(wide ? ",\"value\":\"" : ",\"value\":", out);
		print_number(out, row);
		fputs(wide ? "\"" : "", out);
	}
	fputs("}\n", out);
}

static void jsonl_event(FILE *out, const struct export_event *e)
{
	jsonl_time(out, e->wall_ns);
	jsonl_text(out, "signal", e->signal);
	jsonl_text(out, "entity", e->entity);
	jsonl_text(out, "severity", e->severity);
	fprintf(out, ",\"count\":%" PRIu64, e->count);
	jsonl_text(out, "text", e->text);
	jsonl_text(out, "stamp", e->stamp);
	fprintf(out,
		",\"at_ns\":%" PRId64 ",\"arrival_lo_ns\":%" PRId64 ",\"arrival_hi_ns\":%" PRId64
		"}\n",
		e->at_ns, e->arrival_lo_ns, e->arrival_hi_ns);
}

const struct export_format export_jsonl = { "jsonl", NULL, jsonl_row, NULL, jsonl_event };
