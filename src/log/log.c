/* The log reader: bytes to lines, lines to messages, messages to events. */
#include "log/log.h"

#include <errno.h>

#include "base/clock.h"
#include "base/own.h"
#include "log/about.h"
#include "log/join.h"
#include "log/line.h"
#include "log/match.h"

struct log {
	struct session *session;
	struct log_options options;
	struct line_reader reader;
	struct matcher *matcher;
	struct join *join;
	struct log_count count;
	char *line; /* the beginning of a line whose end has not come, LINE_BYTES */
	size_t line_n;
	char *record; /* a record of /dev/kmsg whose keys may follow, LINE_BYTES */
	size_t record_n;
	char device[256]; /* the record's DEVICE= */
	size_t device_n;
	uint64_t record_line;
	uint64_t next_number; /* that the next record should have; 0: none came yet */
};

int log_open(struct session *session, const struct log_options *options, struct log **ret)
{
	struct log *log = own_alloc(1, sizeof(*log));
	int r;

	log->session = session;
	log->options = *options;
	log->line = own_alloc(LINE_BYTES, 1);
	log->record = own_alloc(LINE_BYTES, 1);
	log->reader.unescaped = own_alloc(LINE_BYTES, 1);
	log->reader.clock.now_ns = options->now_ns ? options->now_ns : clock_wall_ns();
	log->reader.clock.minute.tm_mon = -1; /* no minute is kept yet */
	log->join = join_open(&log->options, session);
	/* what has no name, or none that fits, is about the host: that one must fit */
	entity_add(&session->entities, HOST, "", STR(""));
	r = matcher_open(&session->catalog, &log->matcher);
	if (r < 0) {
		log_close(log);
		return -EINVAL;
	}
	*ret = log;
	return 0;
}

struct log *log_close(struct log *log)
{
	if (!log)
		return NULL;
	if (log->matcher)
		log_flush(log);
	matcher_close(log->matcher);
	join_close(log->join);
	free(log->reader.unescaped);
	free(log->record);
	free(log->line);
	free(log);
	return NULL;
}

static str trim_end(str text)
{
	while (text.n && (text.p[text.n - 1] == ' ' || text.p[text.n - 1] == '\r'))
		text.n--;
	return text;
}

/* "message repeated 3 times: [ text]": false when it is none, or its count makes no sense. */
static bool take_repeated(str *text, uint64_t *ret_count)
{
	str rest = *text, number;

	if (!str_starts(rest, STR("message repeated ")))
		return false;
	rest = str_from(rest, strlen("message repeated "));
	if (!str_cut(rest, ' ', &number, &rest) || str_u64(number, ret_count) < 0 ||
		*ret_count == 0 || !str_starts(rest, STR("times: [")) || !str_ends(rest, STR("]")))
		return false;
	rest = str_from(rest, strlen("times: ["));
	rest.n--;
	*text = line_unstamped(str_trim(rest));
	return true;
}

static uint32_t count_of(str digits, uint64_t repeated)
{
	uint64_t count;

	if (str_u64(digits, &count) < 0 || count == 0)
		count = 1;
	if (count > UINT32_MAX || repeated > UINT32_MAX || count * repeated > UINT32_MAX)
		return UINT32_MAX;
	return (uint32_t)(count * repeated);
}

static void take_match(
	struct log *log, const struct log_line *line, const struct match *m, uint64_t repeated)
{
	struct event e = { .who = about_entity(log->session, line, m),
		.sig = m->sig,
		.severity = m->pattern->severity,
		.count = count_of(m->groups[GROUP_COUNT], repeated ? repeated : 1),
		.stamp = line->stamp,
		.at_ns = line->at_ns,
		.line = line->number };

	join_event(log->join, line, &e, repeated > 0);
}

/* A message of the kernel, alone. */
static void take_message(struct log *log, struct log_line *line)
{
	uint64_t repeated = 0;
	struct match m;

	line->text = trim_end(line->text);
	if (line->text.n == 0)
		return;
	if (take_repeated(&line->text, &repeated))
		log->count.suppressed += repeated;
	if (matcher_find(log->matcher, line->text, &m)) {
		take_match(log, line, &m, repeated);
	} else if (!join_suppressed(log->join, line, &log->count.suppressed) &&
		   !join_rest(log->join, line)) {
		log->count.unknown++;
		if (log->options.unknown)
			log->options.unknown(log->options.self, line);
	}
}

/* A record may hold several lines: printk keeps the line ends that it is given. */
static void take_text(struct log *log, struct log_line *line)
{
	str rest = line->text;

	while (str_next_line(&rest, &line->text))
		take_message(log, line);
}

static void take_kind(struct log *log, enum line_kind kind, struct log_line *line)
{
	if (kind == LINE_DAMAGED)
		log->count.damaged++;
	else if (kind == LINE_OF_KERNEL)
		take_text(log, line);
}

/* The record that was held back for its keys. */
static void end_record(struct log *log)
{
	struct log_line line = { .level = -1, .device = STR(""), .number = log->record_line };
	enum line_kind kind;

	if (log->record_n == 0)
		return;
	kind = line_read_record(&log->reader, (str){ log->record, log->record_n }, &line);
	line.device = (str){ log->device, log->device_n };
	log->record_n = log->device_n = 0;
	take_kind(log, kind, &line);
}

static void take_key(struct log *log, str line)
{
	if (!str_starts(line, STR(" DEVICE=")))
		return;
	line = str_from(line, strlen(" DEVICE="));
	log->device_n = line.n < sizeof(log->device) ? line.n : 0;
	if (log->device_n)
		memcpy(log->device, line.p, log->device_n);
}

/* Its number tells how many were lost before it; a smaller one is another boot. */
static void begin_record(struct log *log, str line, uint64_t number)
{
	if (log->next_number && number > log->next_number)
		log->count.lost += number - log->next_number;
	log->next_number = number + 1;
	log->record_line = log->count.lines;
	log->record_n = line.n;
	memcpy(log->record, line.p, line.n);
}

static void take_line(struct log *log, str raw)
{
	struct log_line line = { .level = -1, .device = STR("") };
	enum line_kind kind;
	uint64_t number;

	line.number = ++log->count.lines;
	if (log->record_n && line_is_key(raw)) {
		take_key(log, trim_end(raw));
		return;
	}
	end_record(log);
	if (line_is_record(raw, &number) && !str_has(raw, '\0')) {
		begin_record(log, raw, number);
		return;
	}
	kind = line_read(&log->reader, raw, &line);
	take_kind(log, kind, &line);
}

/* What does not fit into a line is dropped: what matters stands at its beginning. */
static void keep_rest(struct log *log, str bytes)
{
	size_t room = LINE_BYTES - log->line_n;

	if (bytes.n > room)
		bytes.n = room;
	if (bytes.n)
		memcpy(log->line + log->line_n, bytes.p, bytes.n);
	log->line_n += bytes.n;
}

void log_feed(struct log *log, str bytes)
{
	str before, after;

	log->count.bytes += bytes.n;
	while (str_cut(bytes, '\n', &before, &after)) {
		if (log->line_n) {
			keep_rest(log, before);
			before = (str){ log->line, log->line_n };
			log->line_n = 0;
		}
		if (before.n > LINE_BYTES)
			before.n = LINE_BYTES;
		take_line(log, before);
		bytes = after;
	}
	keep_rest(log, bytes);
}

void log_pause(struct log *log)
{
	end_record(log);
	join_flush(log->join);
}

void log_flush(struct log *log)
{
	if (log->line_n) {
		size_t n = log->line_n;

		log->line_n = 0;
		take_line(log, (str){ log->line, n });
	}
	log_pause(log);
}

struct log_count log_counted(const struct log *log)
{
	struct log_count count = log->count;

	count.events = join_given(log->join);
	return count;
}

void log_link_signals(struct catalog *catalog)
{
	for (size_t i = 0; i < n_pattern_tables; i++)
		catalog_link(catalog, pattern_tables[i]->signals, pattern_tables[i]->n_signals);
}
