/* Pressure files and mounts, as the listeners of pressure read them. */
#include "test.h"

#include <errno.h>

#include "listen/groups.h"
#include "listen/psi.h"

#define BOTH                                                                                       \
	"some avg10=4.05 avg60=0.82 avg300=0.17 total=610350\n"                                    \
	"full avg10=0.00 avg60=0.00 avg300=0.00 total=17\n"

static void assert_total(str text, const char *line, int result, uint64_t expected)
{
	uint64_t total = 99;

	assert_int_equal(psi_total(text, line, &total), result);
	assert_int_equal(total, result < 0 ? 99 : expected);
}

static void each_line_has_its_total(void **state)
{
	(void)state;
	assert_total(STR(BOTH), "some", 0, 610350);
	assert_total(STR(BOTH), "full", 0, 17);
	assert_total(STR("full avg10=0.00 total=5\n"), "some", -ENOENT, 0);
	assert_total(STR(""), "some", -ENOENT, 0);
	assert_total(STR("some total=18446744073709551615 newer=1\n"), "some", 0, UINT64_MAX);
}

static void damage_is_no_total(void **state)
{
	(void)state;
	assert_total(STR("some avg10=4.05 avg60\n"), "some", -EBADMSG, 0);
	assert_total(STR("some total=\n"), "some", -EBADMSG, 0);
	assert_total(STR("some total=12x\n"), "some", -EBADMSG, 0);
	assert_total(STR("some total=-1\n"), "some", -EBADMSG, 0);
	assert_total(STR("some total=18446744073709551616\n"), "some", -EBADMSG, 0);
}

/* Every beginning of the text: a number that is not followed by the line's end was cut. */
static void cut_text_is_no_shorter_number(void **state)
{
	str text = STR(BOTH);
	uint64_t total;

	(void)state;
	for (size_t n = 0; n < text.n; n++) {
		total = 610350;
		psi_total((str){ text.p, n }, "some", &total);
		assert_int_equal(total, 610350);
	}
}

static void the_mount_is_found(void **state)
{
	char root[GROUP_PATH] = "as it was";

	(void)state;
	assert_false(groups_find(
		STR("tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n"),
		root));
	assert_false(groups_find(STR("cgroup2 / cgroup2 rw 0 0\ncgroup2\ncgroup2 x"), root));
	assert_string_equal(root, "as it was");
	assert_true(groups_find(STR("proc /proc proc rw 0 0\n"
				    "cgroup2 /sys/fs/cgroup/unified cgroup2 rw,nosuid 0 0\n"
				    "cgroup2 /elsewhere cgroup2 rw 0 0\n"),
		root));
	assert_string_equal(root, "sys/fs/cgroup/unified");
}

static void groups_are_named_from_the_mount_on(void **state)
{
	struct session s;
	str root = STR("sys/fs/cgroup");

	(void)state;
	assert_int_equal(session_open(&s), 0);
	assert_str(entity_text(&s.entities, groups_entity(&s, root, STR("sys/fs/cgroup"))),
		"cgroup:/");
	assert_str(entity_text(&s.entities,
			   groups_entity(&s, root, STR("sys/fs/cgroup/system.slice/x.service"))),
		"cgroup:/system.slice/x.service");
	session_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_has_its_total),
		cmocka_unit_test(damage_is_no_total),
		cmocka_unit_test(cut_text_is_no_shorter_number),
		cmocka_unit_test(the_mount_is_found),
		cmocka_unit_test(groups_are_named_from_the_mount_on),
	};

	return RUN_TESTS(tests);
}
