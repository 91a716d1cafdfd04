/*
 * Examining cases, with somebody who answers by heart: what is asked, what becomes of the answers,
 * and that nothing is left behind.
 */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/copy.h"
#include "score/examine.h"

static struct arena arena;
static char scratch[] = "/tmp/faultline-examine-XXXXXX";

/* ---- who answers ---- */

static struct {
	unsigned asked, without_pcie, thinned;
	int64_t right_from_ns; /* before that the answer is undetermined */
	bool misled;           /* without the log it confirms a wrong root */
	bool fails, kills;
	char dir[256];
} by_heart;

static void write_answer(FILE *json, const char *verdict, const char *signal)
{
	fprintf(json,
		"{\"verdict\":\"%s\",\"window\":{\"from\":\"@100\",\"until\":\"@220\"},"
		"\"roots\":[{\"signal\":\"%s\",\"entity\":\"host\"}]}",
		verdict, signal);
}

static bool answer_by_heart(const struct question *q, FILE *json)
{
	by_heart.asked++;
	by_heart.without_pcie += q->without == 0;
	by_heart.thinned += q->every_ns == INT64_C(10000000000);
	snprintf(by_heart.dir, sizeof(by_heart.dir), "%s", q->dir);
	if (by_heart.kills)
		raise(SIGTERM);
	if (by_heart.fails)
		return false;
	if (q->until_ns && q->until_ns < by_heart.right_from_ns)
		write_answer(json, "undetermined", "other.thing");
	else if (q->without == 1 && by_heart.misled)
		write_answer(json, "confirmed", "other.thing");
	else
		write_answer(json, "likely", "pcie.aer.nonfatal");
	return true;
}

static const char *sources(int number)
{
	return number == 0 ? "pcie" : number == 1 ? "log" : NULL;
}

static bool gives(int source, const char *pattern)
{
	return source == 0 && signal_covers(pattern, "pcie.aer.nonfatal");
}

static const struct answerer heart = { answer_by_heart, sources, gives };

/* ---- the corpus ---- */

static const char label[] =
	"{\"schema\":{\"name\":\"faultline.label\",\"version\":1},\"name\":\"%s\",\"kind\":\"real\","
	"\"kernel\":\"6.1\",\"injected_at\":\"@%d\",\"recovered_at\":null,"
	"\"symptom\":[{\"signal\":\"nic.tx.bytes\",\"entity\":\"*\"}],"
	"\"root\":[{\"signal\":\"pcie.aer.*\",\"entity\":\"host\"},"
	"{\"signal\":\"pcie.unknown\",\"entity\":\"host\"}],"
	"\"chain\":[[{\"signal\":\"pcie.aer.*\",\"entity\":\"host\"}]],\"decoys\":[],"
	"\"missing_sources\":[],\"moved\":true}";

static const char *in_scratch(const char *path)
{
	return arena_printf(&arena, "%s/%s", scratch, path);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(in_scratch(path), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void make_case(const char *name, int injected_s)
{
	mkdir(in_scratch(name), 0755);
	write_file(arena_printf(&arena, "%s/label.json", name),
		arena_printf(&arena, label, name, injected_s));
}

static struct corpus read_corpus(const char *only)
{
	const char *problem = NULL;
	struct corpus c;

	if (corpus_read(scratch, only, &arena, &c, &problem) < 0)
		fail_msg("%s", problem);
	return c;
}

static int set_up(void **state)
{
	(void)state;
	memset(&by_heart, 0, sizeof(by_heart));
	mkdir(scratch, 0700);
	make_case("open", 160);
	mkdir(in_scratch("open/recording"), 0755);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	host_remove_copy(scratch);
	return 0;
}

static int examine(
	const struct examination *e, const char *name, struct mark *ret, const char **ret_problem)
{
	struct corpus c = read_corpus(name);

	*ret_problem = NULL;
	return examine_case(e, &c.cases[0], &arena, ret, ret_problem);
}

/* How many directories of the scorer lie in `dir`. */
static unsigned left_behind(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	unsigned n = 0;

	while (d && (entry = readdir(d)))
		n += strncmp(entry->d_name, "faultline-score-", 16) == 0;
	closedir(d);
	return n;
}

static void pack(const char *name)
{
	const char *command = arena_printf(&arena,
		"cd %s/%s && mkdir recording && echo here >recording/tape && tar -cJf recording.tar.xz recording && rm -r recording",
		scratch, name);

	assert_int_equal(system(command), 0);
}

/* ---- tests ---- */

static void the_first_right_likely_is_looked_for_second_by_second(void **state)
{
	struct examination e = { .answerer = &heart, .time = true };
	const char *problem;
	struct mark mark;

	(void)state;
	by_heart.right_from_ns = INT64_C(164500000000);
	assert_int_equal(examine(&e, "open", &mark, &problem), 0);
	assert_double(mark.likely_s, 5);
	assert_int_equal(by_heart.asked, 1 + 5);
	assert_true(mark.explain_s >= 0);
	e.time = false;
	assert_int_equal(examine(&e, "open", &mark, &problem), 0);
	assert_double(mark.likely_s, -1);
	assert_double(mark.tallies[TIME_TO_LIKELY].all, 0);
}

static void a_signal_that_no_source_has_is_remarked(void **state)
{
	struct examination e = { .answerer = &heart };
	const char *problem;
	struct mark mark;
	unsigned told = 0;

	(void)state;
	assert_int_equal(examine(&e, "open", &mark, &problem), 0);
	for (size_t i = 0; i < mark.n_remarks; i++) {
		told += strstr(mark.remarks[i], "names nic.tx.bytes, which no source") != NULL;
		assert_null(strstr(mark.remarks[i], "names pcie.aer"));
	}
	assert_int_equal(told, 1);
	assert_int_equal(mark.n_remarks, 2); /* and pcie.unknown */
}

static void a_time_outside_of_the_recording_is_a_mistake_in_the_label(void **state)
{
	struct examination e = { .answerer = &heart, .time = true };
	const char *problem;
	struct mark mark;

	(void)state;
	make_case("open", 90);
	assert_int_equal(examine(&e, "open", &mark, &problem), -EBADMSG);
	assert_non_null(strstr(problem, "injected_at"));
}

static void each_source_is_taken_away_in_turn(void **state)
{
	struct examination e = { .answerer = &heart, .degrade = true };
	const char *problem;
	struct mark mark;

	(void)state;
	by_heart.misled = true;
	assert_int_equal(examine(&e, "open", &mark, &problem), 0);
	assert_int_equal(by_heart.asked, 1 + 3);
	assert_int_equal(by_heart.without_pcie, 1);
	assert_int_equal(by_heart.thinned, 1);
	assert_int_equal(mark.n_variants, 3);
	assert_string_equal(mark.variants[1].name, "without log");
	assert_double(mark.tallies[DEGRADED_SOUND].good, 2);
	assert_double(mark.tallies[DEGRADED_SOUND].all, 3);
	/* without pcie nobody can see the root, so that only the log counts */
	assert_double(mark.tallies[DEGRADED_TOP1].all, 1);
	assert_double(mark.tallies[DEGRADED_TOP1].good, 0);
	assert_double(mark.tallies[SAMPLED_TOP1].good, 1);
}

static void a_packed_recording_is_unpacked_and_removed(void **state)
{
	struct examination e = { .answerer = &heart };
	const char *problem;
	struct mark mark;

	(void)state;
	setenv("TMPDIR", scratch, 1);
	make_case("packed", 160);
	pack("packed");
	assert_int_equal(examine(&e, "packed", &mark, &problem), 0);
	assert_true(str_ends(str_of(by_heart.dir), STR("/recording")));
	assert_true(access(by_heart.dir, F_OK) < 0);
	by_heart.fails = true;
	assert_int_equal(examine(&e, "packed", &mark, &problem), -EBADMSG);
	assert_null(problem); /* who could not answer has said why */
	assert_int_equal(left_behind(scratch), 0);
	unsetenv("TMPDIR");
}

static void a_signal_leaves_nothing_behind(void **state)
{
	struct examination e = { .answerer = &heart };
	struct sigaction before, after;
	const char *problem;
	struct mark mark;

	(void)state;
	setenv("TMPDIR", scratch, 1);
	make_case("packed", 160);
	pack("packed");
	by_heart.kills = true;
	recording_guard();
	sigaction(SIGTERM, NULL, &before);
	assert_int_equal(examine(&e, "packed", &mark, &problem), -EINTR);
	assert_true(recording_interrupted());
	assert_int_equal(left_behind(scratch), 0);
	/* as soon as the guard goes, the signal does what it would have done */
	sigset_t blocked, waiting;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	recording_unguard();
	sigaction(SIGTERM, NULL, &after);
	assert_true(before.sa_handler != SIG_DFL && after.sa_handler == SIG_DFL);
	sigpending(&waiting);
	assert_true(sigismember(&waiting, SIGTERM));
	signal(SIGTERM, SIG_IGN); /* throws away what waits */
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
	signal(SIGTERM, SIG_DFL);
	unsetenv("TMPDIR");
}

static void what_cannot_be_read_is_said(void **state)
{
	struct examination e = { .answerer = &heart };
	const char *problem;
	struct corpus c;
	struct mark mark;

	(void)state;
	make_case("bare", 160);
	assert_int_equal(examine(&e, "bare", &mark, &problem), -EBADMSG);
	assert_non_null(strstr(problem, "no recording"));
	make_case("torn", 160);
	write_file("torn/recording.tar.xz", "no archive");
	setenv("TMPDIR", scratch, 1);
	assert_int_equal(examine(&e, "torn", &mark, &problem), -EBADMSG);
	assert_non_null(strstr(problem, "torn/recording.tar.xz: tar could not unpack it"));
	assert_int_equal(left_behind(scratch), 0);
	setenv("TMPDIR", in_scratch("nowhere"), 1);
	assert_int_equal(examine(&e, "torn", &mark, &problem), -EBADMSG);
	assert_non_null(strstr(problem, "TMPDIR"));
	unsetenv("TMPDIR");
	assert_true(corpus_read(in_scratch("open"), NULL, &arena, &c, &problem) < 0);
	assert_non_null(strstr(problem, "recording/label.json: No such file"));
	assert_true(corpus_read(scratch, "absent", &arena, &c, &problem) < 0);
	assert_non_null(strstr(problem, "no case is called absent"));
	assert_true(corpus_read(in_scratch("open/recording"), NULL, &arena, &c, &problem) < 0);
	assert_non_null(strstr(problem, "no case in it"));
}

static void saved_answers_are_marked_alike(void **state)
{
	struct examination e = { .answers = scratch };
	const char *problem;
	struct mark mark;
	FILE *json;

	(void)state;
	json = fopen(in_scratch("open.json"), "w");
	write_answer(json, "likely", "pcie.aer.nonfatal");
	fclose(json);
	assert_int_equal(examine(&e, "open", &mark, &problem), 0);
	assert_int_equal(mark.root, ROOT_RIGHT);
	assert_int_equal(by_heart.asked, 0);
	unlink(in_scratch("open.json"));
	assert_int_equal(examine(&e, "open", &mark, &problem), -EBADMSG);
	assert_non_null(strstr(problem, "open.json: No such file"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_first_right_likely_is_looked_for_second_by_second),
		TEST(a_signal_that_no_source_has_is_remarked),
		TEST(a_time_outside_of_the_recording_is_a_mistake_in_the_label),
		TEST(each_source_is_taken_away_in_turn),
		TEST(a_packed_recording_is_unpacked_and_removed),
		TEST(a_signal_leaves_nothing_behind),
		TEST(what_cannot_be_read_is_said),
		TEST(saved_answers_are_marked_alike),
	};

	if (!mkdtemp(scratch) || arena_open(&arena, 256 << 20) < 0)
		return 1;
	return RUN_TESTS(tests);
}
