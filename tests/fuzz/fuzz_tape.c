/*
 * The fuzz target of the tape reader. The first byte says how the rest becomes a tape; sums are made
 * right unless it says otherwise, or nothing behind them would ever be reached.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "collect/run.h"
#include "host/copy.h"
#include "host/pack.h"
#include "host/tape.h"
#include "fuzz.h"

/* Of the first byte. */
enum {
	BODIES =
		1, /* length (two bytes) and body, again and again; else ticks as they lie in a file */
	CLOCKS = 2,    /* BODIES: number and times are ours, the input has the records only */
	WRONG_SUM = 4, /* sums stay as they are */
	COLLECT = 8,   /* the collectors look at each tick */
	WHOLE = 16,    /* the file's beginning is the input's too */
};

static char dir[64];
static struct arena answers;

static void remove_dir(void)
{
	host_remove_copy(dir);
}

static void write_file(const char *name, str bytes)
{
	char path[128];
	OWN_FD fd = -1;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	MUST(fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n);
}

static void make_dir(void)
{
	const char *base = getenv("TMPDIR");

	if (dir[0])
		return;
	snprintf(dir, sizeof(dir), "%.32s/faultline-fuzz.XXXXXX", base ? base : "/tmp");
	MUST(mkdtemp(dir) && arena_open(&answers, 256 << 20) == 0);
	atexit(remove_dir);
	write_file("manifest.json",
		STR("{\"schema\": {\"name\": \"faultline.tape\", \"version\": 1}}"));
}

static void put_tick(struct pack *tape, uint64_t number, str body, bool clocks)
{
	struct pack whole = { 0 };

	for (uint64_t i = 0; clocks && i < 7; i++)
		pack_u64(&whole, i ? 1000000000 * (number + 1) + i : number);
	pack_bytes(&whole, body);
	pack_bytes(tape, TAPE_TICK);
	pack_u64(tape, whole.n);
	pack_u64(tape, hash_bytes(whole.n ? whole.p : "", whole.n));
	pack_bytes(tape, (str){ whole.p, whole.n });
	pack_free(&whole);
}

static void put_bodies(struct pack *tape, str input, bool clocks)
{
	for (uint64_t number = 0; input.n > 2; number++) {
		size_t n = (size_t)(unsigned char)input.p[0] << 8 | (unsigned char)input.p[1];

		input = str_from(input, 2);
		n = n < input.n ? n : input.n;
		put_tick(tape, number, (str){ input.p, n }, clocks);
		input = str_from(input, n);
	}
}

/* Each tick that is where one should be gets the sum that it should have. */
static void mend_sums(struct pack *tape)
{
	for (size_t at = TAPE_MAGIC.n; at + TAPE_HEAD <= tape->n;) {
		str rest = { tape->p + at + TAPE_TICK.n, 8 };
		struct pack sum = { 0 };
		uint64_t size;

		if (!unpack_u64(&rest, &size) || size > tape->n - at - TAPE_HEAD)
			return;
		pack_u64(&sum, hash_bytes(tape->p + at + TAPE_HEAD, (size_t)size));
		memcpy(tape->p + at + TAPE_TICK.n + 8, sum.p, 8);
		pack_free(&sum);
		at += TAPE_HEAD + (size_t)size;
	}
}

static void make_tape(uint8_t how, str input)
{
	struct pack tape = { 0 };

	if (!(how & WHOLE))
		pack_bytes(&tape, TAPE_MAGIC);
	if (how & BODIES)
		put_bodies(&tape, input, how & CLOCKS);
	else
		pack_bytes(&tape, input);
	if (!(how & WRONG_SUM))
		mend_sums(&tape);
	write_file("tape", (str){ tape.n ? tape.p : "", tape.n });
	pack_free(&tape);
}

/* What a host says of some paths, in one number. */
static uint64_t look(struct host *h)
{
	static const char *const paths[] = { "proc/stat", "proc/loadavg", "sys", "a", "" };
	struct host_question question = { .key = "a" };
	struct host_clock clock;
	uint64_t hash;
	str text;

	host_clock(h, &clock);
	hash = hash_bytes(&clock, sizeof(clock));
	host_find_namespaces(h, STR(""));
	hash = hash_mix(hash + host_namespaces(h) + host_namespaces_unseen(h));
	for (size_t i = 0; i < 4 * sizeof(paths) / sizeof(*paths); i++) {
		const char *path = paths[i / 4];
		int r = i % 4 == 0   ? host_read(h, &answers, 0, path, NULL, &text)
			: i % 4 == 1 ? host_link(h, &answers, 0, path, &text)
			: i % 4 == 2 ? host_list(h, &answers, 0, path, &text)
				     : host_log(h, &answers, &text);

		MUST(r <= 0 && r > -4096);
		hash = hash_mix(hash ^ (r < 0 ? (uint64_t)-r : hash_bytes(text.p, text.n)));
		MUST(r < 0 || text.p[text.n] == '\0');
	}
	MUST(host_ask(h, &answers, 0, &question, &text) <= 0);
	arena_release(&answers, answers.base);
	return hash;
}

static void collect_all(struct host *h)
{
	static const struct run_options options = { .budget_ns = INT64_MAX };
	struct session session;
	struct frame frame;
	struct run *run;

	MUST(session_open(&session) == 0 && frame_open(&frame) == 0);
	MUST(run_open(h, &session, collectors, n_collectors, &options, &run) == 0);
	while (host_next(h) == 0)
		run_tick(run, &frame);
	run_close(run);
	frame_close(&frame);
	session_close(&session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct host *h, *last;
	uint64_t seen = 0, ticks = 0;
	int r;

	if (size < 1)
		return 0;
	make_dir();
	make_tape(data[0], (str){ (const char *)data + 1, size - 1 });
	r = host_tape(dir, &h);
	MUST(r == 0 || r == -EUCLEAN);
	if (r < 0)
		return 0;
	if (data[0] & COLLECT) {
		collect_all(h);
		host_close(h);
		return 0;
	}
	while ((r = host_next(h)) == 0) {
		seen = look(h);
		ticks++;
	}
	MUST(r == -ENODATA || r == -EBADMSG);
	MUST((r == -EBADMSG) == (host_damage(h) != NULL));
	MUST(host_next(h) == r);
	/* what stands is the last good tick, untouched by what came behind it */
	MUST(ticks == 0 || look(h) == seen);
	host_close(h);
	r = host_tree(dir, &last);
	MUST(r == (ticks ? 0 : -ENODATA));
	if (r == 0) {
		MUST(look(last) == seen);
		host_close(last);
	}
	return 0;
}

static int write_seed(const char *out, const char *name, uint8_t how, str bytes)
{
	char path[512];
	OWN_FILE file = NULL;

	snprintf(path, sizeof(path), "%.400s/%s", out, name);
	file = fopen(path, "we");
	if (!file)
		return -errno;
	fputc(how, file);
	fwrite(bytes.p, 1, bytes.n, file);
	return 0;
}

/* Some ticks of some texts: a recording that is short enough to be changed everywhere. */
static int record(const char *where)
{
	static const char *const paths[] = { "proc/stat", "proc/loadavg", "proc/uptime",
		"proc/nothing" };
	struct host *h;
	str text;
	int r = host_record(where, 1, &h);

	if (r < 0)
		return r;
	for (unsigned tick = 0; tick < 4; tick++) {
		host_begin_tick(h);
		for (unsigned i = 0; i < 4; i++)
			if (i != tick)
				host_read(h, &answers, 0, paths[i], NULL, &text);
		host_link(h, &answers, 0, "proc/self", &text);
		if (tick == 1)
			host_list(h, &answers, 0, "sys", &text);
		host_find_namespaces(h, STR(""));
		host_end_tick(h);
		usleep(20000);
	}
	r = host_finish(h);
	host_close(h);
	return r;
}

int fuzz_make_seeds(const char *out, int n_trees, char **trees)
{
	static const char bodies[] = "\0\x0c"
				     "\1\2ra"
				     "\2\5\0\0b c"
				     "\0\x0e"
				     "\3\7\0\0\2\1\1d\0"
				     "\1\2dx"
				     "\5\1\1"
				     "\0\7"
				     "\4\3\1\0\2"
				     "\x63\0";
	char where[128], path[160];
	struct host *h;
	str tape;
	int r;

	(void)n_trees;
	(void)trees;
	make_dir();
	snprintf(where, sizeof(where), "%s/recording", dir);
	snprintf(path, sizeof(path), "%s/tape", where);
	r = record(where);
	if (r == 0)
		r = host_live(&h);
	if (r < 0)
		return r;
	r = host_read(h, &answers, 0, path + 1, NULL, &tape);
	host_close(h);
	if (r < 0)
		return r;
	r = write_seed(out, "recording", 0, str_from(tape, TAPE_MAGIC.n));
	r |= write_seed(out, "cut", 0, str_from((str){ tape.p, tape.n - 9 }, TAPE_MAGIC.n));
	r |= write_seed(out, "collected", COLLECT, str_from(tape, TAPE_MAGIC.n));
	r |= write_seed(out, "whole", WHOLE | WRONG_SUM, tape);
	r |= write_seed(out, "bodies", BODIES | CLOCKS, (str){ bodies, sizeof(bodies) - 1 });
	return r;
}
