/* faultline store info: as text and as JSON. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/say.h"
#include "cmd/store_parts.h"
#include "record/info.h"
#include "show/json.h"
#include "show/wrap.h"

enum { GAPS_SHOWN = 20, DURATION = 48 };

static const char *duration(int64_t ns, char out[static DURATION])
{
	int64_t s = ns / SECOND_NS;

	if (ns < 60 * SECOND_NS)
		snprintf(out, DURATION, "%.3f s", (double)ns / 1e9);
	else if (s < 86400)
		snprintf(out, DURATION, "%" PRId64 "h %02" PRId64 "m %02" PRId64 "s", s / 3600,
			s / 60 % 60, s % 60);
	else
		snprintf(out, DURATION, "%" PRId64 "d %02" PRId64 "h %02" PRId64 "m", s / 86400,
			s / 3600 % 24, s / 60 % 60);
	return out;
}

static uint64_t all_bytes(const struct info *i)
{
	return i->database_bytes + i->wal_bytes;
}

/* ---- text ---- */

static void print_host(const struct info *i)
{
	const struct info_era *last = &i->eras[i->n_eras - 1];
	struct text t;
	FILE *f = text_open(&t);

	print_ascii(f, last->host);
	fputs(", kernel ", f);
	print_ascii(f, last->release);
	text_wrap(&t, stdout, 0, "host      ");
	f = text_open(&t);
	for (uint32_t k = 0; k < i->n_eras; k++) {
		bool said = false;

		for (uint32_t m = 0; m < k && !said; m++)
			said = str_eq(i->eras[m].faultline, i->eras[k].faultline);
		if (said)
			continue;
		fputs(k ? ", " : "faultline ", f);
		print_ascii(f, i->eras[k].faultline);
	}
	fprintf(f, "; schema %d", i->version);
	text_wrap(&t, stdout, 0, "made by   ");
}

static void print_sums(const struct info *i)
{
	char from[CLOCK_TEXT], to[CLOCK_TEXT], length[DURATION];

	printf("span      %s to\n          %s, %s\n", clock_format(i->first_wall_ns, from),
		clock_format(i->last_wall_ns, to),
		duration(i->last_wall_ns - i->first_wall_ns, length));
	printf("runs      %u of the recorder, in %u boots\n", i->n_eras, i->n_boots);
	printf("ticks     %" PRIu64 ", lost %" PRIu64 ", gaps %" PRIu64 "\n", i->n_ticks, i->n_lost,
		i->gaps_in_all);
	printf("values    %" PRIu64 " read, %" PRIu64 " changed\n", i->n_values, i->n_changed);
	printf("names     %" PRIu64 " signals, %" PRIu64 " entities, %" PRIu64 " series\n",
		i->n_signals, i->n_entities, i->n_series);
	printf("events    %" PRIu64 "\n", i->n_events);
	printf("segments  %" PRIu64 " rolled over, %" PRIu64 " open\n", i->n_rolled, i->n_open);
	if (i->not_read)
		printf("damaged   %" PRIu64 " segments; faultline store verify tells more\n",
			i->not_read);
}

static void print_per(const char *label, uint64_t bytes, uint64_t n)
{
	if (n)
		printf("          %.3f for each value %s\n", (double)bytes / (double)n, label);
}

static void print_bytes(const struct info *i)
{
	printf("bytes     %" PRIu64 ": file %" PRIu64 ", log %" PRIu64 "\n", all_bytes(i),
		i->database_bytes, i->wal_bytes);
	print_per("read", all_bytes(i), i->n_values);
	print_per("changed", all_bytes(i), i->n_changed);
	for (uint32_t k = 0; k < i->n_tables; k++)
		if (i->tables[k].bytes)
			printf("          %12" PRIu64 " %.*s\n", i->tables[k].bytes,
				STR_ARG(i->tables[k].name));
	printf("          %12" PRIu64 " unused\n", i->free_bytes);
}

static const char *kind_of(const struct info_gap *g)
{
	return g->other_boot ? "another boot" : g->between_eras ? "another run" : "";
}

static void print_gaps(const struct info *i)
{
	char from[CLOCK_TEXT], to[CLOCK_TEXT], length[DURATION];

	for (uint32_t k = 0; k < i->n_gaps && k < GAPS_SHOWN; k++)
		printf("%-10s%s to %s\n          %s%s%s\n", k == 0 ? "gaps" : "",
			clock_format(i->gaps[k].from_wall_ns, from),
			clock_format(i->gaps[k].to_wall_ns, to),
			duration(i->gaps[k].length_ns, length), *kind_of(&i->gaps[k]) ? ", " : "",
			kind_of(&i->gaps[k]));
	if (i->gaps_in_all > GAPS_SHOWN)
		printf("          and %" PRIu64 " more\n", i->gaps_in_all - GAPS_SHOWN);
}

static void print_text(const struct info *i)
{
	if (i->n_eras)
		print_host(i);
	if (i->n_ticks)
		print_sums(i);
	else
		printf("ticks     0\n");
	print_bytes(i);
	print_gaps(i);
}

/* ---- JSON ---- */

static json_t *time_json(int64_t wall_ns)
{
	char time[CLOCK_TEXT];

	return wall_ns ? json_string(clock_format(wall_ns, time)) : json_null();
}

static json_t *era_json(const struct info_era *e)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:I, s:o, s:I, s:o, s:I, s:I, s:I}", "boot_id",
		json_text(e->boot_id), "host", json_text(e->host), "release", json_text(e->release),
		"faultline", json_text(e->faultline), "every_ns", (json_int_t)e->every_ns, "first",
		time_json(e->first_wall_ns), "first_ns", (json_int_t)e->first_wall_ns, "last",
		time_json(e->last_wall_ns), "last_ns", (json_int_t)e->last_wall_ns, "begin_ns",
		(json_int_t)e->begin_wall_ns, "ticks", (json_int_t)e->n_ticks);
}

static json_t *gap_json(const struct info_gap *g)
{
	return json_pack("{s:o, s:I, s:o, s:I, s:I, s:s}", "from", time_json(g->from_wall_ns),
		"from_ns", (json_int_t)g->from_wall_ns, "to", time_json(g->to_wall_ns), "to_ns",
		(json_int_t)g->to_wall_ns, "length_ns", (json_int_t)g->length_ns, "between",
		g->other_boot     ? "boots"
		: g->between_eras ? "runs"
				  : "ticks");
}

static json_t *bytes_json(const struct info *i)
{
	json_t *tables = json_object();

	for (uint32_t k = 0; k < i->n_tables; k++)
		json_object_setn_new(tables, i->tables[k].name.p, i->tables[k].name.n,
			json_integer((json_int_t)i->tables[k].bytes));
	return json_pack("{s:I, s:I, s:I, s:o, s:o, s:o}", "database",
		(json_int_t)i->database_bytes, "wal", (json_int_t)i->wal_bytes, "unused",
		(json_int_t)i->free_bytes, "per_value",
		i->n_values ? json_real((double)all_bytes(i) / (double)i->n_values) : json_null(),
		"per_changed_value",
		i->n_changed ? json_real((double)all_bytes(i) / (double)i->n_changed) : json_null(),
		"tables", tables);
}

static json_t *lists_json(const struct info *i)
{
	json_t *eras = json_array(), *gaps = json_array();

	for (uint32_t k = 0; k < i->n_eras; k++)
		json_array_append_new(eras, era_json(&i->eras[k]));
	for (uint32_t k = 0; k < i->n_gaps; k++)
		json_array_append_new(gaps, gap_json(&i->gaps[k]));
	return json_pack("{s:o, s:o}", "eras", eras, "gaps", gaps);
}

static json_t *info_json(const struct info *i)
{
	json_t *host = i->n_eras ? json_text(i->eras[i->n_eras - 1].host) : json_null();
	json_t *head = json_pack("{s:{s:s, s:i}, s:i, s:o, s:o, s:I, s:o, s:I}", "schema", "name",
		"faultline.store", "version", 1, "store_version", i->version, "host", host, "first",
		time_json(i->first_wall_ns), "first_ns", (json_int_t)i->first_wall_ns, "last",
		time_json(i->last_wall_ns), "last_ns", (json_int_t)i->last_wall_ns);
	json_t *sums =
		json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
			"boots", (json_int_t)i->n_boots, "ticks", (json_int_t)i->n_ticks,
			"ticks_lost", (json_int_t)i->n_lost, "values", (json_int_t)i->n_values,
			"values_changed", (json_int_t)i->n_changed, "signals",
			(json_int_t)i->n_signals, "entities", (json_int_t)i->n_entities, "series",
			(json_int_t)i->n_series, "events", (json_int_t)i->n_events, "segments_open",
			(json_int_t)i->n_open, "segments_rolled_over", (json_int_t)i->n_rolled,
			"segments_damaged", (json_int_t)i->not_read, "gaps_in_all",
			(json_int_t)i->gaps_in_all, "bytes", bytes_json(i));
	json_t *lists = lists_json(i);

	json_object_update(head, sums);
	json_object_update(head, lists);
	json_decref(sums);
	json_decref(lists);
	return head;
}

static bool print_json(const struct info *i)
{
	json_t *document = info_json(i);
	bool fine = document && json_dumpf(document, stdout, JSON_INDENT(1)) == 0;

	json_decref(document);
	fputc('\n', stdout);
	if (!fine)
		say("the answer could not be written as JSON; is there memory and room?");
	return fine;
}

/* ---- all of it ---- */

static int print_info(const struct store_request *q, struct store *s, struct arena *a)
{
	struct info info;
	int r = store_info(store_db(s), q->files[0], a, &info);

	if (r < 0) {
		say("%s: %s; faultline store verify tells what can still be read", q->files[0],
			strerror(-r));
		return EXIT_CANNOT;
	}
	if (q->format && strcmp(q->format, "json") == 0)
		return print_json(&info) ? EXIT_FINE : EXIT_CANNOT;
	print_text(&info);
	return EXIT_FINE;
}

int store_print_info(const struct store_request *q)
{
	struct arena a;
	struct store *s;
	int code;

	if (q->format && strcmp(q->format, "json") != 0 && strcmp(q->format, "text") != 0)
		return command_usage(&store_command, "unknown format", q->format);
	if (!store_file_open(q->files[0], EXIT_CANNOT, &s, &code))
		return code;
	if (arena_open(&a, 256 << 20) == 0)
		code = print_info(q, s, &a);
	else
		say("no memory for the answer; raise the limit on address space (ulimit -v)");
	arena_close(&a);
	store_close(s);
	return code;
}
