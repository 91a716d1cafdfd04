/* Rows as OpenMetrics text, in base units. */
#include "show/export.h"

#include <inttypes.h>

#include "base/clock.h"
#include "show/json.h"

/* What a unit of ours is in base units: value * times / 10^digits. */
static const struct base_unit {
	const char *name; /* NULL: none, the family's name has no unit */
	int64_t times;
	unsigned digits;
} base_units[UNITS] = {
	[ONE] = { NULL, 1, 0 },
	[PACKETS] = { "packets", 1, 0 },
	[BYTES] = { "bytes", 1, 0 },
	[KIBIBYTES] = { "bytes", 1024, 0 },
	[PAGES] = { "pages", 1, 0 },
	[NSEC] = { "seconds", 1, 9 },
	[USEC] = { "seconds", 1, 6 },
	[MSEC] = { "seconds", 1, 3 },
	[TICKS] = { "seconds", 1, 2 },
	[WORDS] = { "bytes", 4, 0 },
	[SHARE_E4] = { "ratio", 1, 4 },
	[MEGATRANSFERS] = { "transfers_per_second", 1000000, 0 },
	[MEGABITS] = { "bytes_per_second", 125000, 0 },
	[LANES] = { "lanes", 1, 0 },
	[CPUS] = { "cpus", 1, 0 },
	[CENTI] = { NULL, 1, 2 },
	[TEXT] = { NULL, 1, 0 },
};

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* `_total` is what samples of counters end in: a family's own word for it is "all". */
const char *openmetrics_name(const struct signal *signal, char out[static EXPORT_NAME])
{
	const char *unit = base_units[signal->unit].name;
	str name = str_of(signal->name), word, last;
	bool total = str_cut_last(name, '.', &word, NULL) && str_ends(name, STR(".total"));
	int n;

	if (total && signal->kind == COUNTER)
		name = word;
	n = snprintf(out, EXPORT_NAME - 40, "faultline_%.*s%s", STR_ARG(name),
		total && signal->kind == COUNTER && !unit ? "_all" : "");
	if (n >= EXPORT_NAME - 40)
		n = EXPORT_NAME - 41;
	for (int i = 0; i < n; i++)
		if (!is_name_byte(out[i]))
			out[i] = '_';
	/* a name that ends in its unit says it once */
	if (unit && !(str_cut_last(str_of(out), '_', NULL, &last) && str_is(last, unit)))
		snprintf(out + n, 40, "_%s", unit);
	return out;
}

bool openmetrics_has(const struct signal *signal)
{
	return signal->kind != EVENT;
}

static const char *type_of(const struct signal *signal)
{
	if (signal->unit == TEXT)
		return "info";
	return signal->kind == COUNTER ? "counter" : "gauge";
}

static void print_label(FILE *out, str text)
{
	json_t *clean = json_text(text);
	const char *p = json_string_value(clean);

	for (size_t i = 0; i < json_string_length(clean); i++) {
		if (p[i] == '\n')
			fputs("\\n", out);
		else if (p[i] == '"' || p[i] == '\\')
			fprintf(out, "\\%c", p[i]);
		else
			fputc(p[i], out);
	}
	json_decref(clean);
}

void openmetrics_family(FILE *out, const struct signal *signal, const char *name)
{
	const char *unit = base_units[signal->unit].name;

	fprintf(out, "# TYPE %s %s\n", name, type_of(signal));
	if (unit)
		fprintf(out, "# UNIT %s %s\n", name, unit);
	fprintf(out, "# HELP %s ", name);
	print_label(out, str_of(signal->about));
	fputc('\n', out);
}

/* All digits: what was a whole number stays exact. */
static void print_value(FILE *out, const struct signal *signal, int64_t value)
{
	const struct base_unit *base = &base_units[signal->unit];
	bool negative = value < 0 && signal->kind != COUNTER;
	uint64_t size = negative ? -(uint64_t)value : (uint64_t)value, scaled, power = 1;

	if (__builtin_mul_overflow(size, (uint64_t)base->times, &scaled)) {
		fprintf(out, "%s%.17g", negative ? "-" : "", (double)size * (double)base->times);
		return;
	}
	for (unsigned i = 0; i < base->digits; i++)
		power *= 10;
	fprintf(out, "%s%" PRIu64, negative ? "-" : "", scaled / power);
	if (base->digits)
		fprintf(out, ".%0*" PRIu64, (int)base->digits, scaled % power);
}

static void print_labels(FILE *out, const struct export_row *row)
{
	char sub[SUB_TEXT];
	str label, which;

	fputs("{entity=\"", out);
	print_label(out, row->entity);
	if (str_cut(str_of(sub_format(row->signal->sub, row->sub, sub)), '=', &label, &which)) {
		fprintf(out, "\",%.*s=\"", STR_ARG(label));
		print_label(out, which);
	}
	if (row->signal->unit == TEXT) {
		fputs("\",value=\"", out);
		print_label(out, row->text);
	}
	fputs("\"} ", out);
}

void openmetrics_sample(FILE *out, const char *name, const struct export_row *row)
{
	const char *suffix = row->signal->unit == TEXT      ? "_info"
			     : row->signal->kind == COUNTER ? "_total"
							    : "";

	fprintf(out, "%s%s", name, suffix);
	print_labels(out, row);
	if (row->signal->unit == TEXT)
		fputc('1', out);
	else
		print_value(out, row->signal, row->value);
	fprintf(out, " %" PRId64 ".%09" PRId64 "\n", row->wall_ns / SECOND_NS,
		row->wall_ns % SECOND_NS);
}

void openmetrics_end(FILE *out)
{
	fputs("# EOF\n", out);
}
