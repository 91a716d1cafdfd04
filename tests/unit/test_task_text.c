/* Texts about tasks and the memory of their cgroups: good, cut, hostile and odd ones. */
#include "test.h"

#include <errno.h>

#include "collect/task_text.h"

static void odd_texts(void **state)
{
	static const char *const stats[] = {
		"", "1", "1 (a", "1 (a) S 1 1",
		"1 (a) S 1 1 1 0 -1 4194304 0 0 0 0 x 1 0 0 20 0 1 0 50 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0\n",
		"1 (a) S 1 1 1 0 -1 4194304 0 0 0 0 1 -1 0 0 20 0 1 0 50 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0\n",
		"1 (a) S 1 1 1 0 -1 4194304 0 0 0 0 1 1 0 0 20 0 1 0 50 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 8192 0\n",
		"1 (a) S 1 1 1 0 -1 4194304 0 0 0 0 1 9223372036854775807 0 0 20 0 1 0 50 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0\n"
	};
	static const char *const memories[] = { "", "file N0=1\n", "anon N0\n", "anon M0=1\n",
		"anon N0=-1\n", "anon N0=9223372036854775807\n", "anon\n", "anon N64=1\n" };
	struct task_stat stat = { .cpu = 77 };
	struct node_memory found = { .has = 77 };
	struct cpus cpus = { { 77 } };

	(void)state;
	for (size_t i = 0; i < sizeof(stats) / sizeof(*stats); i++)
		assert_int_equal(task_text_stat(str_of(stats[i]), &stat), -EBADMSG);
	assert_int_equal(stat.cpu, 77);
	for (size_t i = 0; i < sizeof(memories) / sizeof(*memories); i++)
		assert_int_equal(task_text_memory(str_of(memories[i]), &found), -EBADMSG);
	assert_int_equal(found.has, 77);
	assert_int_equal(task_text_allowed(STR("Cpus_allowed:\tff\n"), &cpus), -EBADMSG);
	assert_int_equal(task_text_allowed(STR("Cpus_allowed_list:\t1-\n"), &cpus), -EBADMSG);
	assert_int_equal(task_text_allowed(STR("Cpus_allowed_list:\t\n"), &cpus), -EBADMSG);
	assert_int_equal(cpus.bits[0], 77);
	assert_int_equal(
		task_text_stat(
			STR("1 (a) (b) S 1 1 1 0 -1 4194304 0 0 0 0 3 4 0 0 20 0 1 0 50 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 5"),
			&stat),
		0);
	assert_string_equal(stat.comm, "a) (b");
	assert_int_equal(stat.ticks, 7);
	assert_int_equal(stat.start, 50);
	assert_int_equal(stat.cpu, 5);
	assert_int_equal(task_text_memory(STR("anon N0=1 N63=2\nshmem N63=3\n"), &found), 0);
	assert_int_equal(found.bytes[63], 5);
	assert_int_equal(found.has, UINT64_C(1) << 63 | 1);
}

static void where_groups_are(void **state)
{
	char path[TASK_PATH];

	(void)state;
	task_text_cgroup(STR("4:memory:/a\n0::/x y\n"), path);
	assert_string_equal(path, "/x y");
	task_text_cgroup(STR("4:memory:/a\n"), path);
	assert_string_equal(path, "");
	task_text_cgroup(STR("0::/../other\n"), path);
	assert_string_equal(path, "");
	task_text_cgroup(STR("0::/x (deleted)\n"), path);
	assert_string_equal(path, "");
	task_text_mount(STR("cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n"), path);
	assert_string_equal(path, "");
	task_text_mount(STR("none /a cgroup2 rw 0 0\nnone /b cgroup2 rw 0 0\n"), path);
	assert_string_equal(path, "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(odd_texts),
		cmocka_unit_test(where_groups_are),
	};

	return RUN_TESTS(tests);
}
