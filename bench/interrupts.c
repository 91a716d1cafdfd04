/*
 * What /proc/interrupts of a 192-CPU host costs, beside a loop that only reads it and splits it into words. A first
 * tick also makes the memory that the next ones find: it is held against the loop and as many new pages.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "big_host.h"
#include "figures.h"

#include "base/clock.h"
#include "base/own.h"
#include "base/say.h"
#include "collect/run.h"

enum { SESSIONS = 7, NEXT = 6, ALL_NEXT = SESSIONS * NEXT };
enum { LIMIT_RATIO = 3, LIMIT_MS = 5, LIMIT_KB = 5 << 10 };

extern const struct collector interrupts_collector, softnet_collector;
static const struct collector *const both[] = { &interrupts_collector, &softnet_collector };

/* CPU time, user and system: what else runs here is not our cost. */
struct figures {
	int64_t plain_ns[ALL_NEXT], pages_ns[SESSIONS], first_ns[SESSIONS], next_ns[ALL_NEXT];
	long grown_kb;
	size_t bytes;
	uint32_t first_rows, next_rows;
};

/* The measure: the file into a buffer that is there already, each word found, each number
 * converted. */
static uint64_t plain_loop(const struct big_host *h, const char *name, unsigned base)
{
	char path[BIG_HOST_PATH];
	OWN_FD fd = open(big_host_path(h, name, path), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, h->text, BIG_HOST_TEXT_ROOM);
	const char *p = h->text, *end = p + n;
	uint64_t sum = 0;

	while (n > 0 && p < end) {
		uint64_t value = 0;

		while (p < end && (*p == ' ' || *p == '\n'))
			p++;
		for (; p < end && *p != ' ' && *p != '\n'; p++) {
			unsigned digit = (unsigned)*p - '0';

			if (base == 16 && digit > 9)
				digit = (unsigned)*p - 'a' + 10;
			if (digit < base)
				value = value * base + digit;
		}
		sum += value;
	}
	return sum;
}

static int64_t time_plain(const struct big_host *h)
{
	static volatile uint64_t sink
		__attribute__((unused)); /* so that the loop is not left out */
	int64_t begin = clock_cpu_ns();

	sink += plain_loop(h, "proc/interrupts", 10) + plain_loop(h, "proc/net/softnet_stat", 16);
	return clock_cpu_ns() - begin;
}

/* So much memory, touched for the first time. */
static int64_t time_pages(long kb)
{
	size_t n = (size_t)(kb > 0 ? kb : 0) << 10, page = (size_t)sysconf(_SC_PAGESIZE);
	int64_t begin = clock_cpu_ns();
	char *p = n ? mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
		    : MAP_FAILED;

	if (p == MAP_FAILED)
		return 0;
	madvise(p, n, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < n; i += page)
		((volatile char *)p)[i] = 1;
	begin = clock_cpu_ns() - begin;
	munmap(p, n);
	return begin;
}

static int64_t time_tick(struct run *run, struct frame *frame)
{
	int64_t begin = clock_cpu_ns();

	run_tick(run, frame);
	return clock_cpu_ns() - begin;
}

/* A session of its own each time, so that its memory is new and its tables are empty. */
static void measure_session(struct big_host *h, unsigned nth, struct figures *ret)
{
	static struct session session;
	static struct frame frame;
	static const struct run_options options = { .budget_ns =
							    SECOND_NS }; /* never skip a tick */
	struct run *run;
	struct host *host;
	long before_kb;

	if (host_tree(h->root, &host) < 0 || session_open(&session) < 0 || frame_open(&frame) < 0 ||
		run_open(host, &session, both, sizeof(both) / sizeof(*both), &options, &run) < 0)
		say_and_abort("%s: no session; is there memory?", h->root);
	time_plain(h); /* its buffer is warm from here on */
	before_kb = resident_kb();
	ret->first_ns[nth] = time_tick(run, &frame);
	ret->first_rows = frame.n_rows;
	for (unsigned i = nth * NEXT; i < (nth + 1) * NEXT; i++) {
		big_host_move(h);
		ret->plain_ns[i] = time_plain(h);
		ret->next_ns[i] = time_tick(run, &frame);
		ret->next_rows = frame.n_rows;
	}
	if (nth == 0)
		ret->grown_kb = resident_kb() - before_kb;
	ret->pages_ns[nth] = time_pages(ret->grown_kb);
	run_close(run);
	frame_close(&frame);
	session_close(&session);
	host_close(host);
}

/* Ratios between medians, as noise is in both; milliseconds by the least, as noise only adds. */
static bool report_ticks(const char *name, int64_t *ns, size_t n, int64_t plain_ns, uint32_t rows)
{
	sort_by_size(ns, n);
	printf("%s  min %.2f ms, median %.2f ms, %.2f times that, %u rows changed\n", name,
		ms(ns[0]), ms(ns[n / 2]), times(ns[n / 2], plain_ns), rows);
	if (ns[0] > LIMIT_MS * MS_NS)
		printf("             over %d ms, on a machine where the measure takes %.2f ms\n",
			LIMIT_MS, ms(plain_ns));
	return ns[n / 2] <= LIMIT_RATIO * plain_ns;
}

static bool report(struct figures *f)
{
	int64_t plain_ns, pages_ns;
	bool fine;

	sort_by_size(f->plain_ns, ALL_NEXT);
	plain_ns = f->plain_ns[ALL_NEXT / 2];
	sort_by_size(f->pages_ns, SESSIONS);
	pages_ns = f->pages_ns[SESSIONS / 2];
	printf("text         %zu bytes: %d lines of %d CPUs, and softnet_stat\n", f->bytes,
		BIG_HOST_LINES, BIG_HOST_CPUS);
	printf("plain loop   min %.2f ms, median %.2f ms\n", ms(f->plain_ns[0]), ms(plain_ns));
	printf("new pages    min %.2f ms, median %.2f ms for %ld kB\n", ms(f->pages_ns[0]),
		ms(pages_ns), f->grown_kb);
	fine = report_ticks(
		"first ticks", f->first_ns, SESSIONS, plain_ns + pages_ns, f->first_rows);
	fine &= report_ticks("next ticks ", f->next_ns, ALL_NEXT, plain_ns, f->next_rows);
	fine &= f->grown_kb <= LIMIT_KB;
	printf("memory       %ld kB more\n", f->grown_kb);
	printf("%s: at most %d times the plain loop (with new pages: the first ticks) and %d kB (aim: at most %d ms)\n",
		fine ? "fine" : "OVER THE LIMIT", LIMIT_RATIO, LIMIT_KB, LIMIT_MS);
	return fine;
}

int main(int argc, char **argv)
{
	OWN_MEMORY struct figures *figures = own_alloc(1, sizeof(*figures));
	uint64_t percent = BIG_HOST_NONZERO_PERCENT;
	struct big_host *h;

	if (argc > 2 || (argc == 2 && (str_u64(str_of(argv[1]), &percent) < 0 || percent > 100)))
		say_and_abort("usage: bench-interrupts [PERCENT of cells that are not 0]");
	h = big_host_open(percent ? (unsigned)percent : 1);
	figures->bytes = h->bytes;
	for (unsigned nth = 0; nth < SESSIONS; nth++)
		measure_session(h, nth, figures);
	big_host_close(h);
	return report(figures) ? 0 : 1;
}
