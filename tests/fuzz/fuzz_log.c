/*
 * The fuzz target of the log reader. The input is read twice, whole and in pieces as long as its
 * first byte says: both must say the same. What is said must be sound in every format.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/names.h"
#include "base/own.h"
#include "log/log.h"
#include "log/pattern.h"
#include "show/events.h"
#include "fuzz.h"

enum { INPUTS_A_SESSION = 500, LONGEST_TEXT = 4096, NOW_S = 1795305600 };

/* One reading: its log, and a hash over all that it said. */
struct reading {
	struct session session;
	struct log *log;
	uint64_t hash, events, last_line;
};

static struct reading whole, cut;
static unsigned inputs;

static void add(struct reading *r, const void *bytes, size_t n)
{
	r->hash = hash_mix(r->hash ^ hash_bytes(n ? bytes : "", n));
}

/* As a row it is one line of six fields, and as JSON it is something. */
static void check_shown(struct reading *r, const struct event *e)
{
	OWN_MEMORY char *row = NULL;
	size_t size = 0, tabs = 0;
	OWN_FILE out = open_memstream(&row, &size);
	json_t *json = event_json(&r->session, e);

	MUST(json);
	json_decref(json);
	event_tsv(out, &r->session, e);
	fflush(out);
	MUST(size > 0 && memchr(row, '\n', size) == row + size - 1);
	for (size_t i = 0; i < size; i++)
		tabs += row[i] == '\t';
	MUST(tabs == 5);
	add(r, row, size);
}

static void on_event(void *self, const struct event *e)
{
	struct reading *r = self;

	MUST(e->who < r->session.entities.names.n && catalog_get(&r->session.catalog, e->sig));
	MUST(catalog_get(&r->session.catalog, e->sig)->kind == EVENT);
	MUST(e->count > 0 && e->severity < EVENT_SEVERITIES && e->stamp <= WALL_STAMP);
	MUST(e->text.n > 0 && e->text.n <= LONGEST_TEXT && e->line > 0);
	MUST(e->stamp != NO_STAMP || e->at_ns == 0);
	check_shown(r, e);
	r->events++;
}

static void on_unknown(void *self, const struct log_line *line)
{
	struct reading *r = self;

	MUST(line->text.n > 0 && line->level >= -1 && line->level < LOG_LEVELS);
	MUST(line->number > 0 && !memchr(line->text.p, '\n', line->text.n));
	add(r, line->text.p, line->text.n);
	add(r, &line->at_ns, sizeof(line->at_ns));
}

static void begin_reading(struct reading *r)
{
	const struct log_options options = { .now_ns = NOW_S * INT64_C(1000000000),
		.event = on_event,
		.unknown = on_unknown,
		.self = r };

	log_close(r->log);
	session_close(&r->session);
	*r = (struct reading){ 0 };
	MUST(session_open(&r->session) == 0);
	log_link_signals(&r->session.catalog);
	MUST(log_open(&r->session, &options, &r->log) == 0);
}

static void check_counts(const struct reading *r)
{
	struct log_count c = log_counted(r->log);

	MUST(c.events == r->events && c.damaged <= c.lines);
	MUST(r->session.relations.n <= RELATION_LIMIT);
	for (uint32_t i = 0; i < r->session.relations.n; i++)
		MUST(r->session.relations.items[i].a < r->session.entities.names.n &&
			r->session.relations.items[i].b < r->session.entities.names.n);
}

/* Each piece lies in memory of its own that ends where it ends. */
static void feed_pieces(struct log *log, str text, size_t longest)
{
	while (text.n) {
		size_t n = text.n < longest ? text.n : longest;
		OWN_MEMORY char *copy = own_alloc(1, n);

		memcpy(copy, text.p, n);
		log_feed(log, (str){ copy, n });
		text = str_from(text, n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	if (inputs++ % INPUTS_A_SESSION == 0) {
		setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
		begin_reading(&whole);
		begin_reading(&cut);
	}
	feed_pieces(whole.log, (str){ (const char *)data + 1, size - 1 }, size);
	feed_pieces(cut.log, (str){ (const char *)data + 1, size - 1 }, 1u + data[0]);
	log_flush(whole.log);
	log_flush(cut.log);
	MUST(whole.hash == cut.hash && whole.events == cut.events);
	check_counts(&whole);
	check_counts(&cut);
	return 0;
}

static size_t read_file(const char *path, char *to, size_t n)
{
	OWN_FILE file = fopen(path, "re");

	return file ? fread(to, 1, n, file) : 0;
}

enum { LONGEST = 1 << 20, SEED = 4096 };

static void write_seed(const char *out, uint8_t pieces, const char *before, str text)
{
	char path[512];
	OWN_FILE file = NULL;

	snprintf(path, sizeof(path), "%s/%016llx", out,
		(unsigned long long)hash_bytes(text.p, text.n));
	file = fopen(path, "we");
	if (!file)
		return;
	fputc(pieces, file);
	fputs(before, file);
	fwrite(text.p, 1, text.n, file);
}

/* The logs of the repository in parts, and the line of every pattern in one format or another. */
int fuzz_make_seeds(const char *out, int n_trees, char **trees)
{
	static const char *const before[] = { "", "[   12.345678] ", "3,1,12345678,-;",
		"Nov 21 22:47:00 h kernel: ", "[Sat Nov 21 22:47:00 2026] ",
		"<3>1 2026-11-21T22:47:00Z h kernel - - - " };
	static const char folder[] = "tests/fixtures/logs";
	OWN_MEMORY char *bytes = own_alloc(LONGEST, 1);
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	char path[512];

	(void)n_trees;
	(void)trees;
	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		for (str rest = { bytes, read_file(path, bytes, LONGEST) }; rest.n;
			rest = str_from(rest, SEED))
			write_seed(out, (uint8_t)rest.n, "",
				(str){ rest.p, rest.n < SEED ? rest.n : SEED });
	}
	if (dir)
		closedir(dir);
	for (size_t t = 0; t < n_pattern_tables; t++)
		for (size_t i = 0; i < pattern_tables[t]->n_patterns; i++)
			write_seed(out, (uint8_t)(i * 7), before[(t + i) % 6],
				str_of(pattern_tables[t]->patterns[i].line));
	return dir ? 0 : 1;
}
