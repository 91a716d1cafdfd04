/* What /proc/interrupts of a 192-CPU host costs, beside a loop that only reads it and splits it
 * into words. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/say.h"
#include "collect/run.h"

/* As the one host of which such figures are known; a quarter of its cells are not 0, a tenth of all
 * moves each tick. */
enum { HOST_CPUS = 192, LINES = 949, COLUMNS = 15, NONZERO_PERCENT = 25, MOVING_PERCENT = 10 };
enum { SESSIONS = 7, NEXT = 6, ALL_NEXT = SESSIONS * NEXT };
enum { TEXT_ROOM = 4 << 20, LIMIT_RATIO = 3, LIMIT_MS = 5, LIMIT_KB = 5 << 10 };

extern const struct collector interrupts_collector, softnet_collector;
static const struct collector *const both[] = { &interrupts_collector, &softnet_collector };
static const char *const named[] = { "NMI", "LOC", "SPU", "PMI", "IWI", "RTR", "RES", "CAL", "TLB",
	"TRM", "THR", "DFR", "MCE", "MCP", "PIN", "NPI", "PIW" };
enum { NAMED = sizeof(named) / sizeof(*named) };

struct state {
	uint64_t seed;
	unsigned nonzero_percent;
	uint32_t counts[LINES][HOST_CPUS], softnet[HOST_CPUS][COLUMNS];
	char *text; /* TEXT_ROOM, also the buffer of the plain loop */
	char root[64];
};

/* CPU time, user and system: what else runs here is not our cost. */
struct figures {
	int64_t plain_ns[ALL_NEXT], first_ns[SESSIONS], next_ns[ALL_NEXT];
	long grown_kb;
	size_t bytes;
	uint32_t first_rows, next_rows;
};

/* xorshift64*: the same text on every machine */
static uint32_t draw(struct state *s, uint32_t below)
{
	s->seed ^= s->seed >> 12;
	s->seed ^= s->seed << 25;
	s->seed ^= s->seed >> 27;
	return (uint32_t)((s->seed * 0x2545f4914f6cdd1du) >> 33) % below;
}

static bool is_named(unsigned line)
{
	return line >= LINES - NAMED;
}

/* Each number of digits as often as the others; only the kernel's own, LOC and the like, reach ten.
 */
static uint32_t some_count(struct state *s, uint32_t most_digits)
{
	uint32_t below = 10;

	for (uint32_t digits = 1 + draw(s, most_digits - 1); digits > 1; digits--)
		below *= 10;
	return 1 + draw(s, below);
}

static void first_counts(struct state *s)
{
	for (unsigned line = 0; line < LINES; line++)
		for (unsigned cpu = 0; cpu < HOST_CPUS; cpu++)
			if (is_named(line) || draw(s, 100) < s->nonzero_percent)
				s->counts[line][cpu] = some_count(s, is_named(line) ? 10 : 9);
	for (unsigned cpu = 0; cpu < HOST_CPUS; cpu++) {
		s->softnet[cpu][0] = draw(s, UINT32_MAX);
		s->softnet[cpu][2] = draw(s, 5000);
		s->softnet[cpu][9] = draw(s, 100000);
		s->softnet[cpu][12] = cpu;
	}
}

static void move_counts(struct state *s)
{
	for (unsigned line = 0; line < LINES; line++)
		for (unsigned cpu = 0; cpu < HOST_CPUS; cpu++)
			if (s->counts[line][cpu] && draw(s, s->nonzero_percent) < MOVING_PERCENT)
				s->counts[line][cpu] += 1 + draw(s, 20000);
	for (unsigned cpu = 0; cpu < HOST_CPUS; cpu++)
		s->softnet[cpu][0] += draw(s, 50000);
}

static size_t write_interrupts(const struct state *s, char *to)
{
	char *p = to + sprintf(to, "%6s", "");

	for (unsigned cpu = 0; cpu < HOST_CPUS; cpu++)
		p += sprintf(p, "CPU%-8u", cpu);
	*p++ = '\n';
	for (unsigned line = 0; line < LINES; line++) {
		unsigned device = line / 64, queue = line % 64;

		if (is_named(line))
			p += sprintf(p, "%4s:", named[line - (LINES - NAMED)]);
		else
			p += sprintf(p, "%4u:", line + 24);
		for (unsigned cpu = 0; cpu < HOST_CPUS; cpu++)
			p += sprintf(p, " %10u", s->counts[line][cpu]);
		if (is_named(line))
			p += sprintf(p, "   Some kind of interrupts\n");
		else
			p += sprintf(p,
				"  IR-PCI-MSIX-0000:%02x:00.0 %4u-edge      "
				"mlx5_comp%u@pci:0000:%02x:00.0\n",
				device * 8, queue, queue, device * 8);
	}
	return (size_t)(p - to);
}

static size_t write_softnet(const struct state *s, char *to)
{
	char *p = to;

	for (unsigned cpu = 0; cpu < HOST_CPUS; cpu++)
		for (unsigned column = 0; column < COLUMNS; column++)
			p += sprintf(p, "%08x%c", s->softnet[cpu][column],
				column + 1 < COLUMNS ? ' ' : '\n');
	return (size_t)(p - to);
}

static const char *path_of(const struct state *s, const char *name, char out[static 256])
{
	snprintf(out, 256, "%s/%s", s->root, name);
	return out;
}

/* In place: the files keep their inodes, as those of proc do. */
static void write_file(const struct state *s, const char *name, size_t n)
{
	char path[256];
	OWN_FD fd = open(path_of(s, name, path), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, s->text, n) != (ssize_t)n || ftruncate(fd, (off_t)n) < 0)
		say_and_abort(
			"%s: %s; set TMPDIR to a place with 4 MB of room", path, strerror(errno));
}

static size_t write_tree(struct state *s)
{
	size_t n = write_interrupts(s, s->text), m;

	write_file(s, "proc/interrupts", n);
	m = write_softnet(s, s->text);
	write_file(s, "proc/net/softnet_stat", m);
	return n + m;
}

static void make_tree(struct state *s)
{
	const char *tmp = getenv("TMPDIR");
	char path[256];

	snprintf(s->root, sizeof(s->root), "%.40s/faultline-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(s->root) || mkdir(path_of(s, "proc", path), 0755) < 0 ||
		mkdir(path_of(s, "proc/net", path), 0755) < 0)
		say_and_abort("%s: %s; set TMPDIR to a place that can be written", s->root,
			strerror(errno));
}

static void remove_tree(const struct state *s)
{
	static const char *const names[] = { "proc/interrupts", "proc/net/softnet_stat", "proc/net",
		"proc", "" };
	char path[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		remove(path_of(s, names[i], path));
}

/* The measure: the file into a buffer that is there already, each word found, each number
 * converted. */
static uint64_t plain_loop(const struct state *s, const char *name, unsigned base)
{
	char path[256];
	OWN_FD fd = open(path_of(s, name, path), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, s->text, TEXT_ROOM);
	const char *p = s->text, *end = p + n;
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

static long resident_kb(void)
{
	OWN_FILE statm = fopen("/proc/self/statm", "re");
	char line[128] = "";
	str rest, word;
	uint64_t pages = 0;

	if (!statm || !fgets(line, sizeof(line), statm))
		return 0;
	rest = str_of(line);
	if (!str_next_word(&rest, &word) || str_next_u64(&rest, &pages) < 0)
		return 0;
	return (long)pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static int64_t time_plain(const struct state *s)
{
	static volatile uint64_t sink
		__attribute__((unused)); /* so that the loop is not left out */
	int64_t begin = clock_cpu_ns();

	sink += plain_loop(s, "proc/interrupts", 10) + plain_loop(s, "proc/net/softnet_stat", 16);
	return clock_cpu_ns() - begin;
}

static int64_t time_tick(struct run *run, struct frame *frame)
{
	int64_t begin = clock_cpu_ns();

	run_tick(run, frame);
	return clock_cpu_ns() - begin;
}

/* A session of its own each time, so that its memory is new and its tables are empty. */
static void measure_session(struct state *s, unsigned nth, struct figures *ret)
{
	static struct session session;
	static struct frame frame;
	static const struct run_options options = { .budget_ns =
							    SECOND_NS }; /* never skip a tick */
	struct run *run;
	struct host *host;
	long before_kb;

	if (host_tree(s->root, &host) < 0 || session_open(&session) < 0 || frame_open(&frame) < 0 ||
		run_open(host, &session, both, sizeof(both) / sizeof(*both), &options, &run) < 0)
		say_and_abort("%s: no session; is there memory?", s->root);
	time_plain(s); /* its buffer is warm from here on */
	before_kb = resident_kb();
	ret->first_ns[nth] = time_tick(run, &frame);
	ret->first_rows = frame.n_rows;
	for (unsigned i = nth * NEXT; i < (nth + 1) * NEXT; i++) {
		move_counts(s);
		write_tree(s);
		ret->plain_ns[i] = time_plain(s);
		ret->next_ns[i] = time_tick(run, &frame);
		ret->next_rows = frame.n_rows;
	}
	if (nth == 0)
		ret->grown_kb = resident_kb() - before_kb;
	run_close(run);
	frame_close(&frame);
	session_close(&session);
	host_close(host);
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double ms(int64_t ns)
{
	return (double)ns / (double)MS_NS;
}

static double times(int64_t ns, int64_t of_ns)
{
	return (double)ns / (double)of_ns;
}

/* Ratios between medians, as noise is in both; milliseconds by the least, as noise only adds. */
static bool report_ticks(const char *name, int64_t *ns, size_t n, int64_t plain_ns, uint32_t rows)
{
	qsort(ns, n, sizeof(*ns), by_size);
	printf("%s  min %.2f ms, median %.2f ms, %.2f times the plain loop, %u rows changed\n",
		name, ms(ns[0]), ms(ns[n / 2]), times(ns[n / 2], plain_ns), rows);
	if (ns[0] > LIMIT_MS * MS_NS)
		printf("             over %d ms, on a machine whose plain loop takes %.2f ms\n",
			LIMIT_MS, ms(plain_ns));
	return ns[n / 2] <= LIMIT_RATIO * plain_ns;
}

static bool report(struct figures *f)
{
	int64_t plain_ns;
	bool fine;

	qsort(f->plain_ns, ALL_NEXT, sizeof(*f->plain_ns), by_size);
	plain_ns = f->plain_ns[ALL_NEXT / 2];
	printf("text         %zu bytes: %d lines of %d CPUs, and softnet_stat\n", f->bytes, LINES,
		HOST_CPUS);
	printf("plain loop   min %.2f ms, median %.2f ms\n", ms(f->plain_ns[0]), ms(plain_ns));
	fine = report_ticks("first ticks", f->first_ns, SESSIONS, plain_ns, f->first_rows);
	fine &= report_ticks("next ticks ", f->next_ns, ALL_NEXT, plain_ns, f->next_rows);
	fine &= f->grown_kb <= LIMIT_KB;
	printf("memory       %ld kB more\n", f->grown_kb);
	printf("%s: at most %d times the plain loop and %d kB (aim: at most %d ms)\n",
		fine ? "fine" : "OVER THE LIMIT", LIMIT_RATIO, LIMIT_KB, LIMIT_MS);
	return fine;
}

int main(int argc, char **argv)
{
	OWN_MEMORY struct state *s = own_alloc(1, sizeof(*s));
	OWN_MEMORY struct figures *figures = own_alloc(1, sizeof(*figures));
	uint64_t percent = NONZERO_PERCENT;

	if (argc > 2 || (argc == 2 && (str_u64(str_of(argv[1]), &percent) < 0 || percent > 100)))
		say_and_abort("usage: bench-interrupts [PERCENT of cells that are not 0]");
	s->seed = 20261121;
	s->nonzero_percent = percent ? (unsigned)percent : 1;
	s->text = own_alloc(1, TEXT_ROOM);
	make_tree(s);
	first_counts(s);
	figures->bytes = write_tree(s);
	for (unsigned nth = 0; nth < SESSIONS; nth++)
		measure_session(s, nth, figures);
	remove_tree(s);
	free(s->text);
	return report(figures) ? 0 : 1;
}
