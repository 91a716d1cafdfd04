/* Events that are held while their message may go on. */
#include "log/join.h"

#include "base/clock.h"
#include "base/own.h"
#include "log/about.h"
#include "log/shape.h"

enum {
	HELD = 16, /* events whose messages are printed at the same time */
	TEXT_BYTES_HELD = 4096,
	LINES = 40,       /* of a message are kept; what goes beyond is still part of it */
	NEAR_LINES = 100, /* without a stamp */
	FAR_LINES = 1000, /* with one */
	TRACE_BEGINS = 3, /* a stack follows the message that it belongs to at once, */
	TRACE_PAUSES = 8  /* and few lines of others stand in between */
};
static const int64_t near_ns = SECOND_NS; /* a slow console prints a hundred lines a second */

struct held {
	struct event e;
	char text[TEXT_BYTES_HELD];
	size_t n, first_n; /* bytes of the text, and of its first line */
	unsigned lines;
	char device[ADDRESS_BYTES], port[ADDRESS_BYTES]; /* "" when the line names none */
	bool closed, has_source, has_detail;
	int64_t last_at_ns;
	uint64_t last_line;
};

/* Whose messages a rate limit of the kernel drops, by the name that it gives. */
static const struct limit {
	const char *name, *signals;
} limits[] = {
	{ "aer_", "pcie.log.aer." },
	{ "dmar_fault", "iommu.log.dma_fault" },
	{ "amd_iommu_", "iommu.log.dma_fault" },
	{ "iommu_print_event", "iommu.log.dma_fault" },
	{ "arm_smmu_", "iommu.log.dma_fault" },
	{ "swiotlb_", "iommu.log.swiotlb" },
	{ "warn_alloc", "memory.log." },
	{ "net_ratelimit", "net.log." },
	{ "neigh_", "net.log." },
	{ "nf_conntrack", "net.log." },
	{ "tcp_", "net.log." },
};
enum { LIMITS = sizeof(limits) / sizeof(*limits) };

struct join {
	const struct log_options *options;
	const struct session *session;
	struct held held[HELD]; /* a ring */
	unsigned first, n;
	struct event last[LIMITS]; /* given out; its text is gone. count is 0: none yet */
	uint64_t given;
};

struct join *join_open(const struct log_options *options, const struct session *session)
{
	struct join *j = own_alloc(1, sizeof(*j));

	j->options = options;
	j->session = session;
	return j;
}

struct join *join_close(struct join *j)
{
	free(j);
	return NULL;
}

uint64_t join_given(const struct join *j)
{
	return j->given;
}

static struct held *held_at(struct join *j, unsigned i)
{
	return &j->held[(j->first + i) % HELD];
}

static str signal_name(const struct join *j, uint16_t sig)
{
	return str_of(catalog_get(&j->session->catalog, sig)->name);
}

static void give_first(struct join *j)
{
	struct held *h = held_at(j, 0);
	str name = signal_name(j, h->e.sig);

	h->e.text = (str){ h->text, h->n };
	for (size_t i = 0; i < LIMITS; i++)
		if (str_starts(name, str_of(limits[i].signals)))
			j->last[i] = h->e;
	j->first = (j->first + 1) % HELD;
	j->n--;
	j->given++;
	if (j->options->event)
		j->options->event(j->options->self, &h->e);
}

void join_flush(struct join *j)
{
	while (j->n)
		give_first(j);
}

/* The message may still be going on at this line. */
static bool is_near(const struct held *h, const struct log_line *line)
{
	uint64_t lines = line->number - h->last_line;
	int64_t apart;

	if (h->e.stamp == NO_STAMP || h->e.stamp != line->stamp)
		return lines <= NEAR_LINES;
	if (__builtin_sub_overflow(line->at_ns, h->last_at_ns, &apart))
		return false;
	return lines <= FAR_LINES && apart <= near_ns && apart >= -near_ns;
}

static void close_far(struct join *j, const struct log_line *line)
{
	for (unsigned i = 0; i < j->n; i++)
		if (!is_near(held_at(j, i), line))
			held_at(j, i)->closed = true;
}

/* Most lines are of no message that is going on. */
static bool has_open(struct join *j, const struct log_line *line)
{
	bool open = false;

	close_far(j, line);
	for (unsigned i = 0; i < j->n; i++)
		open = open || !held_at(j, i)->closed;
	return open;
}

static void append(struct held *h, const struct log_line *line)
{
	size_t room = sizeof(h->text) - h->n;
	str text = line->text;

	h->last_line = line->number;
	h->last_at_ns = line->at_ns;
	if (h->lines++ >= LINES || room < 2)
		return;
	if (h->n)
		h->text[h->n++] = '\n';
	room = sizeof(h->text) - h->n;
	if (text.n > room)
		text.n = room;
	if (text.n)
		memcpy(h->text + h->n, text.p, text.n);
	h->n += text.n;
}

static void add_count(struct held *h, uint64_t count)
{
	uint64_t sum = h->e.count + (count > UINT32_MAX ? UINT32_MAX : count);

	h->e.count = sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}

static void copy_address(str text, char out[static ADDRESS_BYTES])
{
	str address;

	out[0] = '\0';
	if (!pci_address(text, out, &address))
		out[0] = '\0';
}

/* The event's own line, by which further lines are known to be its own. */
static void hold(struct join *j, const struct log_line *line, const struct event *e)
{
	const struct entities *es = &j->session->entities;
	struct speaker speaker = speaker_of(line->text);
	struct held *h;

	if (j->n == HELD)
		give_first(j);
	h = held_at(j, j->n++);
	/* the text is written anew, and is large */
	h->e = *e;
	h->n = h->first_n = h->lines = 0;
	h->closed = h->has_source = h->has_detail = false;
	copy_address(speaker.pci, h->port);
	copy_address(
		entity_scope(es, e->who) == PCI ? entity_name(es, e->who) : STR(""), h->device);
	append(h, line);
	h->first_n = h->n;
}

static bool *part_of(struct held *h, enum report_part part)
{
	return part == REPORT_SOURCE ? &h->has_source : &h->has_detail;
}

/*
 * The other half of this AER report. The port speaks first; only where the log runs backwards does
 * the device.
 */
static struct held *find_report(
	struct join *j, const struct log_line *line, const struct event *e, enum report_part part)
{
	for (unsigned i = j->n; i-- > 0;) {
		struct held *h = held_at(j, i);
		bool backwards = line->stamp == h->e.stamp && line->at_ns < h->last_at_ns;

		if (h->e.sig == e->sig && h->e.who == e->who && !h->closed && is_near(h, line) &&
			!*part_of(h, part) && (part == REPORT_DETAIL || backwards))
			return h;
	}
	return NULL;
}

/* The very message that was printed before, said again by a logger that counts. */
static struct held *find_same(struct join *j, const struct log_line *line, const struct event *e)
{
	struct held *h = j->n ? held_at(j, j->n - 1) : NULL;

	if (h && h->e.sig == e->sig && h->e.who == e->who &&
		str_eq((str){ h->text, h->first_n }, line->text))
		return h;
	return NULL;
}

void join_event(struct join *j, const struct log_line *line, const struct event *e, bool again)
{
	bool is_report = str_starts(signal_name(j, e->sig), STR("pcie.log.aer."));
	enum report_part part = is_report ? shape_report_part(line->text) : NO_REPORT;
	struct held *h = NULL;

	if (part != NO_REPORT)
		h = find_report(j, line, e, part);
	if (h) {
		append(h, line);
		*part_of(h, part) = true;
		return;
	}
	h = again ? find_same(j, line, e) : NULL;
	if (h) {
		add_count(h, e->count);
		h->last_line = line->number;
		return;
	}
	close_far(j, line);
	while (j->n && held_at(j, 0)->closed)
		give_first(j);
	hold(j, line, e);
	if (part != NO_REPORT)
		*part_of(held_at(j, j->n - 1), part) = true;
}

/* Its port speaks about it: "AER: found no error details for 0000:01:00.0". */
static bool is_told_by_port(const struct held *h, const char *address, str rest)
{
	return h->device[0] && strcmp(h->port, address) == 0 && str_starts(rest, STR("AER: ")) &&
	       memmem(rest.p, rest.n, h->device, strlen(h->device));
}

/* A stack or a dump names no device: that it goes on is all that tells whose it is. */
static bool is_trace_of(const struct held *h, const struct log_line *line)
{
	bool first = h->lines == 1;
	uint64_t most = first ? TRACE_BEGINS : TRACE_PAUSES;

	/* what is no trouble has no stack, and indented lines of others may follow it */
	if (first && h->e.severity == EVENT_INFO && line->text.p[0] == ' ')
		return false;
	return !h->port[0] && line->number - h->last_line <= most;
}

static bool is_detail_of(const struct held *h, const char *address)
{
	return strcmp(h->device, address) == 0 || strcmp(h->port, address) == 0;
}

bool join_rest(struct join *j, const struct log_line *line)
{
	struct speaker speaker;
	char address[ADDRESS_BYTES];
	bool detail, trace;

	if (!has_open(j, line))
		return false;
	speaker = speaker_of(line->text);
	copy_address(speaker.pci, address);
	detail = address[0] && shape_is_detail(speaker.rest);
	trace = !address[0] && shape_is_trace(line->text);
	for (unsigned i = j->n; i-- > 0;) {
		struct held *h = held_at(j, i);

		if (h->closed)
			continue;
		if ((detail && is_detail_of(h, address)) || (trace && is_trace_of(h, line)) ||
			(address[0] && is_told_by_port(h, address, speaker.rest))) {
			append(h, line);
			return true;
		}
	}
	return false;
}

/* "NAME: N callbacks suppressed"; "last message repeated N times" has no name. */
static bool read_suppressed(str text, str *ret_name, uint64_t *ret)
{
	str number;

	text = str_trim(text);
	*ret_name = (str){ "", 0 };
	if (str_ends(text, STR(" callbacks suppressed")))
		text.n -= strlen(" callbacks suppressed");
	else if (str_ends(text, STR(" output lines suppressed due to ratelimiting")))
		text.n -= strlen(" output lines suppressed due to ratelimiting");
	else if (str_ends(text, STR(" times")) &&
		 memmem(text.p, text.n, "last message repeated ", 22))
		text.n -= strlen(" times");
	else
		return false;
	if (!str_cut_last(text, ' ', &text, &number) || str_u64(number, ret) < 0)
		return false;
	if (str_ends(text, STR(":")))
		*ret_name = (str){ text.p, text.n - 1 };
	return true;
}

static int find_limit(str name)
{
	for (size_t i = 0; i < LIMITS; i++)
		if (str_starts(name, str_of(limits[i].name)))
			return (int)i;
	return -1;
}

/* The event is given out already: what was not printed becomes an event about the same. */
static void hold_again(struct join *j, const struct log_line *line, size_t limit, uint64_t count)
{
	struct event e = j->last[limit];

	e.count = 0;
	e.stamp = line->stamp;
	e.at_ns = line->at_ns;
	e.line = line->number;
	close_far(j, line);
	hold(j, line, &e);
	add_count(held_at(j, j->n - 1), count);
}

bool join_suppressed(struct join *j, const struct log_line *line, uint64_t *suppressed)
{
	struct held *newest = j->n ? held_at(j, j->n - 1) : NULL;
	uint64_t count = 0;
	str name;
	int limit;

	if (!read_suppressed(line->text, &name, &count))
		return false;
	*suppressed += count;
	limit = find_limit(name);
	if (name.n == 0 && newest && newest->last_line + 1 == line->number)
		add_count(newest, count);
	for (unsigned i = j->n; limit >= 0 && i-- > 0;)
		if (str_starts(
			    signal_name(j, held_at(j, i)->e.sig), str_of(limits[limit].signals))) {
			add_count(held_at(j, i), count);
			return true;
		}
	if (limit >= 0 && j->last[limit].count && count)
		hold_again(j, line, (size_t)limit, count);
	return true;
}
