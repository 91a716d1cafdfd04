/* Pages of the kernel's trace ring and what stands in them: made ones, damaged ones, and real ones of this kernel. */
#include "test.h"

#include <errno.h>
#include <sys/wait.h>
#include <traceevent/kbuffer.h>
#include <unistd.h>

#include "base/clock.h"
#include "host/host.h"
#include "listen/trace_decode.h"

enum { PAGE = 4096, HEADER = 16 };

struct made {
	_Alignas(8) char bytes[PAGE];
	size_t n; /* of its data */
};

static void put(struct made *m, const void *bytes, size_t n)
{
	memcpy(m->bytes + HEADER + m->n, bytes, n);
	m->n += n;
}

static void put_word(struct made *m, uint32_t word)
{
	put(m, &word, sizeof(word));
}

static void put_head(struct made *m, uint32_t kind, uint32_t delta)
{
	put_word(m, kind | delta << 5);
}

static str finish(struct made *m, uint64_t at_ns, uint64_t flags)
{
	uint64_t length = m->n | flags;

	memcpy(m->bytes, &at_ns, 8);
	memcpy(m->bytes + 8, &length, 8);
	return (str){ m->bytes, PAGE };
}

/* All kinds of records: 8 bytes, 3 words with a length of their own, a hole, times. */
static str make_page(struct made *m)
{
	*m = (struct made){ 0 };
	put_head(m, 2, 5);
	put(m, "abcdefgh", 8);
	put_head(m, 30, 7); /* 7 + 3 << 27 */
	put_word(m, 3);
	put_head(m, 0, 10);
	put_word(m, 4 + 12);
	put(m, "ijklmnopqrst", 12);
	put_head(m, 29, 100); /* discarded: 8 bytes and its word */
	put_word(m, 4 + 8);
	put(m, "xxxxxxxx", 8);
	put_head(m, 1, 0);
	put(m, "uvwx", 4);
	put_head(m, 31, 1); /* the time is 1 + 2 << 27 */
	put_word(m, 2);
	put_head(m, 1, 4);
	put(m, "yz..", 4);
	return finish(m, 1000, 0);
}

static void assert_record(struct trace_page *p, int64_t at_ns, const char *expected)
{
	int64_t got_ns;
	str record;

	assert_true(trace_page_next(p, &got_ns, &record));
	assert_str(record, expected);
	assert_int_equal(got_ns, at_ns);
}

static void records_of_a_page(void **state)
{
	struct made m;
	struct trace_page p;
	int64_t at_ns;
	str record;

	(void)state;
	assert_int_equal(trace_page_open(make_page(&m), &p), 0);
	assert_record(&p, 1005, "abcdefgh");
	assert_record(&p, 1022 + (INT64_C(3) << 27), "ijklmnopqrst");
	assert_record(&p, 1122 + (INT64_C(3) << 27), "uvwx");
	assert_record(&p, 5 + (INT64_C(2) << 27), "yz..");
	assert_false(trace_page_next(&p, &at_ns, &record));
	assert_false(p.damaged);
	assert_int_equal(p.lost, 0);
}

static void the_rest_of_a_page_may_be_empty(void **state)
{
	struct made m = { 0 };
	struct trace_page p;
	int64_t at_ns;
	str record;

	(void)state;
	put_head(&m, 1, 0);
	put(&m, "abcd", 4);
	put_head(&m, 29, 0);
	put_word(&m, 0);
	put_head(&m, 1, 0);
	put(&m, "efgh", 4);
	assert_int_equal(trace_page_open(finish(&m, 1, 0), &p), 0);
	assert_record(&p, 1, "abcd");
	assert_false(trace_page_next(&p, &at_ns, &record));
	assert_false(p.damaged);
}

/* The records as libtraceevent's own reader gives them. */
static void assert_as_the_library(str page)
{
	struct kbuffer *k = kbuffer_alloc(KBUFFER_LSIZE_8, KBUFFER_ENDIAN_SAME_AS_HOST);
	unsigned long long k_ns;
	struct trace_page p;
	int64_t at_ns;
	str record;
	void *data;

	assert_non_null(k);
	assert_int_equal(kbuffer_load_subbuffer(k, (void *)page.p), 0);
	assert_int_equal(trace_page_open(page, &p), 0);
	for (data = kbuffer_read_event(k, &k_ns); data; data = kbuffer_next_event(k, &k_ns)) {
		assert_true(trace_page_next(&p, &at_ns, &record));
		assert_ptr_equal(record.p, data);
		assert_int_equal(record.n, kbuffer_event_size(k));
		assert_int_equal(at_ns, k_ns);
	}
	assert_false(trace_page_next(&p, &at_ns, &record));
	assert_false(p.damaged);
	kbuffer_free(k);
}

static void the_library_reads_the_same(void **state)
{
	struct made m;

	(void)state;
	assert_as_the_library(make_page(&m));
}

static void lost_records_are_counted(void **state)
{
	struct made m = { 0 };
	struct trace_page p;
	uint64_t lost = 77;

	(void)state;
	put_head(&m, 1, 0);
	put(&m, "abcd", 4);
	memcpy(m.bytes + HEADER + m.n, &lost, sizeof(lost));
	assert_int_equal(trace_page_open(finish(&m, 1, 3u << 30), &p), 0);
	assert_int_equal(p.lost, 77);
	assert_record(&p, 1, "abcd");
	/* how many is not said */
	assert_int_equal(trace_page_open(finish(&m, 1, 1u << 31), &p), 0);
	assert_int_equal(p.lost, 1);
	assert_int_equal(trace_page_open(finish(&m, 1, 0), &p), 0);
	assert_int_equal(p.lost, 0);
}

static unsigned count_records(str page, bool *ret_damaged)
{
	struct trace_page p;
	int64_t at_ns;
	str record;
	unsigned n = 0;

	*ret_damaged = true;
	if (trace_page_open(page, &p) < 0)
		return 0;
	while (trace_page_next(&p, &at_ns, &record)) {
		assert_true(record.p >= page.p && record.p + record.n <= page.p + page.n);
		n++;
	}
	*ret_damaged = p.damaged;
	return n;
}

static void lengths_are_not_believed(void **state)
{
	struct made m = { 0 };
	bool damaged;

	(void)state;
	assert_int_equal(count_records((str){ m.bytes, HEADER - 1 }, &damaged), 0);
	assert_true(damaged);
	/* more data than the page has */
	make_page(&m);
	m.n = PAGE;
	assert_int_equal(count_records(finish(&m, 0, 0), &damaged), 0);
	assert_true(damaged);
	/* a record that goes beyond the data by a byte; one whose length does not count itself; half a head */
	m = (struct made){ 0 };
	put_head(&m, 2, 0);
	put(&m, "abcdefg", 7);
	assert_int_equal(count_records(finish(&m, 0, 0), &damaged), 0);
	assert_true(damaged);
	m = (struct made){ 0 };
	put_head(&m, 0, 0);
	put_word(&m, 0);
	put(&m, "abcdefgh", 8);
	assert_int_equal(count_records(finish(&m, 0, 0), &damaged), 0);
	assert_true(damaged);
	m = (struct made){ 0 };
	put_head(&m, 0, 0);
	assert_int_equal(count_records(finish(&m, 0, 0), &damaged), 0);
	assert_true(damaged);
}

/* In a copy of just that size, so that a sanitizer sees what reads beyond. */
static void cut_pages_and_garbage(void **state)
{
	struct made m;
	bool damaged;

	(void)state;
	random_seed("cut_pages_and_garbage");
	for (size_t n = 0; n < 128; n++) {
		char *copy = malloc(n ? n : 1);

		make_page(&m);
		memcpy(copy, m.bytes, n);
		assert_in_range(count_records((str){ copy, n }, &damaged), 0, 4);
		free(copy);
	}
	for (unsigned i = 0; i < 20000; i++) {
		size_t at;

		make_page(&m);
		for (unsigned hits = 1 + random_below(6); hits > 0; hits--) {
			at = random_below(HEADER + 128);
			m.bytes[at] = (char)random_next();
		}
		count_records((str){ m.bytes, PAGE }, &damaged);
	}
}

/* ---- fields ---- */

#define COMMON                                                                                     \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

/* Of Linux 6.1; its way of printing runs over two lines. */
#define AER_FORMAT                                                                                 \
	"name: aer_event\nID: 1224\nformat:\n" COMMON                                              \
	"\tfield:__data_loc char[] dev_name;\toffset:8;\tsize:4;\tsigned:1;\n"                     \
	"\tfield:u32 status;\toffset:12;\tsize:4;\tsigned:0;\n"                                    \
	"\tfield:u8 severity;\toffset:16;\tsize:1;\tsigned:0;\n"                                   \
	"\tfield:u8 tlp_header_valid;\toffset:17;\tsize:1;\tsigned:0;\n"                           \
	"\tfield:u32 tlp_header[4];\toffset:20;\tsize:16;\tsigned:0;\n\n"                          \
	"print fmt: \"%s PCIe Bus Error: severity=%s, %s, TLP Header=%s\n"                         \
	"\", __get_str(dev_name), REC->severity == 2 ? \"Corrected\" : \"Fatal\", what(is, this)\n"

struct fields {
	struct tep_handle *tep;
	struct tep_event *event;
	char record[64];
	size_t n;
};

static void open_fields(struct fields *f)
{
	const uint16_t type = 1224;
	const uint32_t name = 36 | 13u << 16, status = 0x1041;

	*f = (struct fields){ .tep = tep_alloc(), .n = 49 };
	assert_non_null(f->tep);
	tep_set_loglevel(TEP_LOG_NONE);
	assert_int_equal(trace_format(f->tep, STR(AER_FORMAT), "ras", &f->event), 0);
	memcpy(f->record, &type, 2);
	memcpy(f->record + 4, &(int32_t){ -2 }, 4);
	memcpy(f->record + 8, &name, 4);
	memcpy(f->record + 12, &status, 4);
	f->record[16] = 2;
	memcpy(f->record + 36, "0000:01:00.0", 13);
}

static void assert_said(struct fields *f, const char *template, const char *expected)
{
	char out[64];
	size_t n = trace_say(f->event, (str){ f->record, f->n }, template, out, sizeof(out));

	assert_str((str){ out, n }, expected);
}

static void fields_of_a_record(void **state)
{
	struct fields f;
	uint64_t value;
	str text;

	(void)state;
	open_fields(&f);
	assert_int_equal(trace_record_type((str){ f.record, f.n }), 1224);
	assert_ptr_equal(tep_find_event(f.tep, 1224), f.event);
	assert_int_equal(trace_number(f.event, (str){ f.record, f.n }, "status", &value), 0);
	assert_int_equal(value, 0x1041);
	assert_int_equal(trace_number(f.event, (str){ f.record, f.n }, "common_pid", &value), 0);
	assert_int_equal(value, -2);
	assert_int_equal(trace_text(f.event, (str){ f.record, f.n }, "dev_name", &text), 0);
	assert_str(text, "0000:01:00.0");
	assert_int_equal(
		trace_number(f.event, (str){ f.record, f.n }, "tlp_header", &value), -EBADMSG);
	assert_int_equal(trace_number(f.event, (str){ f.record, f.n }, "newer", &value), -ENOENT);
	assert_int_equal(trace_text(f.event, (str){ f.record, f.n }, "status", &text), -ENOENT);
	tep_free(f.tep);
}

static void templates(void **state)
{
	struct fields f;

	(void)state;
	open_fields(&f);
	assert_said(&f, "{dev_name}: {status:cor}!", "0000:01:00.0: RxErr BadTLP Timeout!");
	assert_said(&f, "{status:hex} {status} {common_pid}", "0x1041 4161 -2");
	assert_said(&f, "{newer} {tlp_header_valid:cor}", "? no bit");
	assert_said(&f, "{dev_name}{dev_name}{dev_name}{dev_name}{dev_name}{dev_name}",
		"0000:01:00.00000:01:00.00000:01:00.00000:01:00.00000:01:00.00000");
	assert_said(&f, "half {dev_name", "half dev_name");
	tep_free(f.tep);
}

/* Records shorter than their format, and texts that are said to lie elsewhere. */
static void records_are_not_believed(void **state)
{
	struct fields f;
	uint64_t value;
	str text;

	(void)state;
	open_fields(&f);
	for (size_t n = 0; n < f.n; n++) {
		char *copy = malloc(n ? n : 1);
		int r;

		memcpy(copy, f.record, n);
		r = trace_text(f.event, (str){ copy, n }, "dev_name", &text);
		assert_int_equal(r, -EBADMSG);
		r = trace_number(f.event, (str){ copy, n }, "severity", &value);
		assert_int_equal(r, n < 17 ? -EBADMSG : 0);
		assert_int_equal(trace_record_type((str){ copy, n }), n < 2 ? -EBADMSG : 1224);
		free(copy);
	}
	memcpy(f.record + 8, &(uint32_t){ 0xffffffff }, 4);
	assert_int_equal(trace_text(f.event, (str){ f.record, f.n }, "dev_name", &text), -EBADMSG);
	assert_said(&f, "{dev_name}", "?");
	tep_free(f.tep);
}

static void formats_that_are_none(void **state)
{
	struct tep_handle *tep = tep_alloc();
	struct tep_event *event;

	(void)state;
	tep_set_loglevel(TEP_LOG_NONE);
	assert_int_equal(trace_format(tep, STR(""), "ras", &event), -EBADMSG);
	assert_int_equal(trace_format(tep, STR("print fmt: \"\"\n"), "ras", &event), -EBADMSG);
	assert_int_equal(trace_format(tep, STR("name: x\nID: y\n"), "ras", &event), -EBADMSG);
	for (size_t n = 0; n < sizeof(AER_FORMAT); n++)
		trace_format(tep, (str){ AER_FORMAT, n }, "ras", &event);
	tep_free(tep);
}

/* ---- this kernel ---- */

struct live {
	struct host *host;
	struct arena arena;
	struct host_tracing tracing;
	struct tep_handle *tep;
	struct tep_event *event;
	unsigned found;
	uint64_t lost;
	int error;
	pid_t pid;
	int64_t from_ns, to_ns;
};

static void look_for_exec(struct live *t, str page)
{
	struct trace_page p;
	int64_t at_ns;
	str record, name;
	uint64_t pid;

	assert_as_the_library(page);
	assert_int_equal(trace_page_open(page, &p), 0);
	while (trace_page_next(&p, &at_ns, &record)) {
		assert_int_equal(trace_record_type(record), t->event->id);
		assert_int_equal(trace_number(t->event, record, "pid", &pid), 0);
		assert_int_equal(trace_text(t->event, record, "filename", &name), 0);
		if (pid != (uint64_t)t->pid)
			continue;
		assert_str(name, "/bin/true");
		assert_in_range(at_ns, t->from_ns, t->to_ns);
		t->found++;
	}
}

static void count_all(struct live *t, str page)
{
	struct trace_page p;
	int64_t at_ns;
	str record;

	assert_as_the_library(page);
	assert_int_equal(trace_page_open(page, &p), 0);
	t->lost += p.lost;
	while (trace_page_next(&p, &at_ns, &record))
		t->found++;
}

static void read_pipes(struct live *t, void (*look)(struct live *t, str page))
{
	_Alignas(8) static char page[65536];
	char path[64];
	ssize_t n;

	for (unsigned cpu = 0; cpu < 1024; cpu++) {
		int fd;

		snprintf(path, sizeof(path), "per_cpu/cpu%u/trace_pipe_raw", cpu);
		fd = host_tracing_pipe(&t->tracing, path);
		if (fd < 0)
			return;
		while ((n = read(fd, page, sizeof(page))) > 0)
			look(t, (str){ page, (size_t)n });
		close(fd);
	}
}

static int open_live(void **state)
{
	struct live *t = calloc(1, sizeof(*t));

	*state = t;
	if (host_live(&t->host) || arena_open(&t->arena, 4 << 20))
		return -1;
	t->tep = tep_alloc();
	tep_set_loglevel(TEP_LOG_NONE);
	t->error = host_tracing_open(t->host, &t->arena, &t->tracing);
	return 0;
}

static int close_live(void **state)
{
	struct live *t = *state;
	int r = host_tracing_close(&t->tracing);

	tep_free(t->tep);
	arena_close(&t->arena);
	host_close(t->host);
	free(t);
	return r;
}

static void run_true(struct live *t)
{
	t->from_ns = clock_mono_ns();
	t->pid = fork();
	if (t->pid == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(127);
	}
	waitpid(t->pid, NULL, 0);
	t->to_ns = clock_mono_ns();
}

static void what_this_kernel_writes(void **state)
{
	struct live *t = *state;
	str format;

	if (t->error < 0)
		cannot_run("what_this_kernel_writes", host_reason(t->error));
	assert_int_equal(host_tracing_read(&t->tracing, &t->arena,
				 "events/sched/sched_process_exec/format", &format),
		0);
	assert_int_equal(trace_format(t->tep, format, "sched", &t->event), 0);
	assert_int_equal(host_tracing_write(&t->tracing, "trace_clock", "mono"), 0);
	assert_int_equal(
		host_tracing_write(&t->tracing, "events/sched/sched_process_exec/enable", "1"), 0);
	run_true(t);
	read_pipes(t, look_for_exec);
	assert_int_equal(t->found, 1);
}

/* What was written over and what is there are all. */
static void a_full_ring_says_what_it_lost(void **state)
{
	enum { ALL = 2000 };
	struct live *t = *state;

	if (t->error < 0)
		cannot_run("a_full_ring_says_what_it_lost", host_reason(t->error));
	assert_int_equal(host_tracing_write(&t->tracing, "buffer_size_kb", "4"), 0);
	for (unsigned i = 0; i < ALL; i++)
		assert_int_equal(host_tracing_write(&t->tracing, "trace_marker", "faultline"), 0);
	read_pipes(t, count_all);
	assert_true(t->lost > 0);
	assert_int_equal(t->found + t->lost, ALL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_of_a_page),
		cmocka_unit_test(the_rest_of_a_page_may_be_empty),
		cmocka_unit_test(the_library_reads_the_same),
		cmocka_unit_test(lost_records_are_counted),
		cmocka_unit_test(lengths_are_not_believed),
		cmocka_unit_test(cut_pages_and_garbage),
		cmocka_unit_test(fields_of_a_record),
		cmocka_unit_test(templates),
		cmocka_unit_test(records_are_not_believed),
		cmocka_unit_test(formats_that_are_none),
		cmocka_unit_test_setup_teardown(what_this_kernel_writes, open_live, close_live),
		cmocka_unit_test_setup_teardown(
			a_full_ring_says_what_it_lost, open_live, close_live),
	};

	return RUN_TESTS(tests);
}
