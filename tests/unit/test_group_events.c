/* Event files of control groups: what is read of them, and what has come to them. */
#include "test.h"

#include <errno.h>

#include "listen/cgroup.h"

#define SIX_LINES "low 1\nhigh 20\nmax 300\noom 4\noom_kill 5\noom_group_kill 6\n"

static unsigned key_of(enum group_file file, const char *name)
{
	for (unsigned i = 0; i < GROUP_KEYS; i++)
		if (group_keys[i].file == file && strcmp(group_keys[i].key, name) == 0)
			return i;
	fail_msg("no key %s", name);
	return 0;
}

static struct group_values values_of(enum group_file file, const char *text)
{
	struct group_values v = { 0 };

	assert_int_equal(group_values_read(file, str_of(text), &v), 0);
	return v;
}

static void keys_of_the_file_are_read(void **state)
{
	static const char *const names[] = { "low", "high", "max", "oom", "oom_kill",
		"oom_group_kill" };
	static const uint64_t expected[] = { 1, 20, 300, 4, 5, 6 };
	struct group_values v = values_of(MEMORY_EVENTS, SIX_LINES "newer 7\n");

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		unsigned key = key_of(MEMORY_EVENTS, names[i]);

		assert_true(v.known >> key & 1);
		assert_int_equal(v.value[key], expected[i]);
	}
	assert_int_equal(__builtin_popcount(v.known), 6);
	/* "max" is a key of two files */
	v = values_of(PIDS_EVENTS, "max 9\n");
	assert_int_equal(v.value[key_of(PIDS_EVENTS, "max")], 9);
	assert_int_equal(__builtin_popcount(v.known), 1);
}

static void damage_loses_its_key_only(void **state)
{
	struct group_values v = values_of(
		MEMORY_EVENTS, "low -1\nhigh\nmax 3x\n\noom 4\noom_kill 18446744073709551616\nlow");

	(void)state;
	assert_int_equal(v.known, 1u << key_of(MEMORY_EVENTS, "oom"));
	assert_int_equal(group_values_read(MEMORY_EVENTS, STR(""), &v), -EBADMSG);
	assert_int_equal(group_values_read(MEMORY_EVENTS, STR("oom_kill 12"), &v), -EBADMSG);
	assert_int_equal(group_values_read(GROUP_EVENTS, STR(SIX_LINES), &v), -EBADMSG);
}

/* Cut anywhere, no key has another number than the whole has. */
static void cut_text_has_no_other_numbers(void **state)
{
	struct group_values whole = values_of(MEMORY_EVENTS, SIX_LINES);

	(void)state;
	for (size_t n = 0; n < sizeof(SIX_LINES); n++) {
		struct group_values v = { 0 };

		group_values_read(MEMORY_EVENTS, (str){ SIX_LINES, n }, &v);
		for (unsigned key = 0; key < GROUP_KEYS; key++)
			if (v.known >> key & 1)
				assert_int_equal(v.value[key], whole.value[key]);
	}
}

static void what_came_is_the_difference(void **state)
{
	struct group_values before = values_of(MEMORY_EVENTS, "max 3\noom 4\nhigh 5\n");
	struct group_values after = values_of(MEMORY_EVENTS, "max 10\noom 4\nhigh 2\nlow 7\n");

	(void)state;
	assert_int_equal(group_key_grown(key_of(MEMORY_EVENTS, "max"), &before, &after), 7);
	assert_int_equal(group_key_grown(key_of(MEMORY_EVENTS, "oom"), &before, &after), 0);
	/* it went back, and it was not there before: neither tells how much came */
	assert_int_equal(group_key_grown(key_of(MEMORY_EVENTS, "high"), &before, &after), 0);
	assert_int_equal(group_key_grown(key_of(MEMORY_EVENTS, "low"), &before, &after), 0);
	assert_int_equal(group_key_grown(key_of(MEMORY_EVENTS, "low"), &after, &before), 0);
}

static void a_state_changes_in_both_directions(void **state)
{
	struct group_values empty = values_of(GROUP_EVENTS, "populated 0\nfrozen 0\n");
	struct group_values used = values_of(GROUP_EVENTS, "populated 1\nfrozen 0\n");
	unsigned populated = key_of(GROUP_EVENTS, "populated");

	(void)state;
	assert_int_equal(group_key_grown(populated, &empty, &used), 1);
	assert_int_equal(group_key_grown(populated, &used, &empty), 1);
	assert_int_equal(group_key_grown(populated, &used, &used), 0);
	assert_int_equal(group_key_grown(key_of(GROUP_EVENTS, "frozen"), &empty, &used), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_the_file_are_read),
		cmocka_unit_test(damage_loses_its_key_only),
		cmocka_unit_test(cut_text_has_no_other_numbers),
		cmocka_unit_test(what_came_is_the_difference),
		cmocka_unit_test(a_state_changes_in_both_directions),
	};

	return RUN_TESTS(tests);
}
