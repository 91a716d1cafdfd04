/* A folder for stores of one test program, and what its tests do with them. */
#pragma once

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "made_ticks.h"
#include "store_sql.h"

static char folder[64];
static const struct store_window everything;

__attribute__((unused)) static int make_folder(void **state)
{
	(void)state;
	/* in memory where there is such a place: what is tested is not the disk */
	snprintf(folder, sizeof(folder), "%s/faultline-store-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	return mkdtemp(folder) ? 0 : -1;
}

__attribute__((unused)) static int remove_folder(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

__attribute__((unused)) static const char *in_folder(const char *name)
{
	static char path[4][128];
	static unsigned next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[next]), "%s/%s", folder, name);
	return path[next];
}

__attribute__((unused)) static struct writer_options usual(const char *path)
{
	return (struct writer_options){ .path = path,
		.boot_id = "boot-1",
		.host = "made-host",
		.release = "6.1.0-made",
		.every_ns = MADE_STEP_NS,
		.segment_ns = 50 * MADE_STEP_NS,
		.commit_ns = MS_NS };
}

__attribute__((unused)) static struct writer *open_writer(const struct writer_options *o)
{
	struct writer *w = NULL;
	char why[STORE_WHY];
	int r = writer_open(o, &w, why);

	if (r < 0)
		fail_msg("%s: %d %s", o->path, r, why);
	return w;
}

/* Until all but a few of the packets that were put are with the writer. */
__attribute__((unused)) static void wait_packets(struct writer *w, uint64_t put, uint64_t few)
{
	const struct writer_status *s = writer_status(w);

	while (s->packets + s->lost + few < put)
		usleep(50);
}

__attribute__((unused)) static void put_ticks(
	struct made_ticks *m, struct writer *w, uint64_t from, uint64_t to)
{
	uint64_t before = writer_status(w)->packets + writer_status(w)->lost;

	for (uint64_t tick = from; tick < to; tick++) {
		assert_true(made_put(m, w, tick));
		wait_packets(w, before + tick - from + 1, 8);
	}
	wait_packets(w, before + to - from, 0);
}

__attribute__((unused)) static void write_ticks(
	const struct writer_options *o, uint64_t from, uint64_t to, unsigned skew)
{
	struct made_ticks m;
	struct writer *w = open_writer(o);

	made_open(&m, 5, skew);
	put_ticks(&m, w, from, to);
	assert_int_equal(writer_status(w)->lost, 0);
	assert_int_equal(writer_close(w), 0);
	made_close(&m);
}

__attribute__((unused)) static void expect_walk(
	const char *path, const struct store_window *window, uint64_t first, uint64_t last)
{
	struct made_ticks m;
	struct made_walked walked = { 0 };

	made_open(&m, 5, 0);
	made_walk(&m, path, window, &walked);
	assert_int_equal(walked.result, 0);
	assert_string_equal(walked.why, "");
	assert_string_equal(walked.damage, "");
	assert_int_equal(walked.first, first);
	assert_int_equal(walked.last, last);
	assert_int_equal(walked.n, last - first + 1);
	made_close(&m);
}
