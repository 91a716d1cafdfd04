/* Stores that cannot be written: read-only media, foreign owners, files without their log. */
#include "test.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "store_folder.h"

enum { STRANGER = 65534 };

/* A store whose recorder was killed: its last ticks are in the log only. */
static void leave_store(const char *path, uint64_t ticks)
{
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		struct writer_options o = usual(path);
		struct writer *w = open_writer(&o);
		struct made_ticks m;

		made_open(&m, 5, 0);
		put_ticks(&m, w, 0, ticks);
		while (writer_status(w)->committed_mono_ns < made_mono(&m, ticks - 1))
			usleep(100);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Ticks that can be read; -1: something is wrong with them; else -errno of the opening. */
static int64_t ticks_of(const char *path)
{
	struct made_walked walked = { 0 };
	struct made_ticks m;

	made_open(&m, 5, 0);
	made_walk(&m, path, &everything, &walked);
	made_close(&m);
	if (walked.result < 0)
		return walked.result;
	if (walked.why[0] || walked.damage[0] || walked.missing || walked.first)
		return -1;
	return (int64_t)walked.n;
}

static int refusal_of(const char *path)
{
	struct writer_options o = usual(path);
	struct writer *w;
	char why[STORE_WHY];

	return writer_open(&o, &w, why);
}

/* What a process of its own finds after it gave away what it may: the ticks, and the writer's refusal. */
struct found {
	int64_t ticks;
	int refusal;
};

static struct found in_child(bool (*prepare)(const char *), const char *where, const char *path)
{
	struct found found = { 0 };
	int fds[2], status;
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		if (!prepare(where))
			_exit(1);
		found = (struct found){ ticks_of(path), refusal_of(path) };
		_exit(write(fds[1], &found, sizeof(found)) == sizeof(found) ? 0 : 2);
	}
	close(fds[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		found.ticks = INT64_MIN;
	else
		assert_int_equal(read(fds[0], &found, sizeof(found)), sizeof(found));
	close(fds[0]);
	return found;
}

/* The folder in a mount namespace of its own, read-only there. */
static bool mount_read_only(const char *where)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount(where, where, NULL, MS_BIND, NULL) == 0 &&
	       mount(where, where, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0;
}

static bool become_stranger(const char *where)
{
	(void)where;
	return setgroups(0, NULL) == 0 && setgid(STRANGER) == 0 && setuid(STRANGER) == 0;
}

static const char *sub_folder(const char *name)
{
	const char *path = in_folder(name);

	assert_int_equal(mkdir(path, 0755), 0);
	return path;
}

/* A store in `where`/store that was closed in order, or left by a killed recorder. */
static const char *store_in(const char *where, bool killed)
{
	static char path[192];
	struct writer_options o;

	snprintf(path, sizeof(path), "%s/store", where);
	o = usual(path);
	if (killed)
		leave_store(path, 175);
	else
		write_ticks(&o, 0, 175, 0);
	return path;
}

static void remove_beside(const char *path, const char *end)
{
	char beside[256];

	snprintf(beside, sizeof(beside), "%s%s", path, end);
	remove(beside);
}

static void a_closed_store_is_read_on_read_only_media(void **state)
{
	const char *where = sub_folder("closed"), *path = store_in(where, false);
	struct found f;

	(void)state;
	if (geteuid() != 0)
		cannot_run("a_closed_store_is_read_on_read_only_media", "needs root for a mount");
	f = in_child(mount_read_only, where, path);
	if (f.ticks == INT64_MIN)
		cannot_run(
			"a_closed_store_is_read_on_read_only_media", "nothing can be mounted here");
	assert_int_equal(f.ticks, 175);
	assert_true(f.refusal == -EROFS || f.refusal == -EACCES);
}

static void a_log_is_read_on_read_only_media(void **state)
{
	const char *where = sub_folder("killed"), *path = store_in(where, true);
	struct found f;

	(void)state;
	if (geteuid() != 0)
		cannot_run("a_log_is_read_on_read_only_media", "needs root for a mount");
	f = in_child(mount_read_only, where, path);
	if (f.ticks == INT64_MIN)
		cannot_run("a_log_is_read_on_read_only_media", "nothing can be mounted here");
	assert_int_equal(f.ticks, 175);
	/* copied without what SQLite makes anew: nothing is to be missing without a word */
	remove_beside(path, "-shm");
	f = in_child(mount_read_only, where, path);
	assert_true(f.ticks == -EACCES || f.ticks == -EROFS);
}

static void a_stranger_reads_what_he_may(void **state)
{
	const char *where = sub_folder("foreign"), *path = store_in(where, false);
	struct found f;

	(void)state;
	if (geteuid() != 0)
		cannot_run("a_stranger_reads_what_he_may", "needs root to become somebody else");
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(chmod(path, 0644), 0);
	f = in_child(become_stranger, where, path);
	assert_int_equal(f.ticks, 175);
	assert_true(f.refusal == -EACCES || f.refusal == -EROFS);
	assert_int_equal(chmod(path, 0600), 0);
	f = in_child(become_stranger, where, path);
	assert_int_equal(f.ticks, -EACCES);
	assert_int_equal(f.refusal, -EACCES);
}

static void a_stranger_reads_while_the_recorder_works(void **state)
{
	const char *where = sub_folder("working");
	struct made_ticks m;
	struct writer *w;
	char path[192];
	struct writer_options o;
	struct found f;

	(void)state;
	if (geteuid() != 0)
		cannot_run("a_stranger_reads_while_the_recorder_works",
			"needs root to become somebody else");
	snprintf(path, sizeof(path), "%s/store", where);
	o = usual(path);
	w = open_writer(&o);
	made_open(&m, 5, 0);
	put_ticks(&m, w, 0, 120);
	while (writer_status(w)->committed_mono_ns < made_mono(&m, 119))
		usleep(100);
	assert_int_equal(chmod(path, 0644), 0);
	f = in_child(become_stranger, where, path);
	assert_int_equal(f.ticks, 120);
	put_ticks(&m, w, 120, 200);
	assert_int_equal(writer_close(w), 0);
	made_close(&m);
	assert_int_equal(ticks_of(path), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_closed_store_is_read_on_read_only_media),
		cmocka_unit_test(a_log_is_read_on_read_only_media),
		cmocka_unit_test(a_stranger_reads_what_he_may),
		cmocka_unit_test(a_stranger_reads_while_the_recorder_works),
	};

	return closing_line((int)(sizeof(tests) / sizeof(*tests)),
		cmocka_run_group_tests(tests, make_folder, remove_folder));
}
