/* Entries of the journal: who may say what, about which unit. */
#include "test.h"

#include "listen/journal.h"

struct heard {
	char text[256];
	unsigned n;
};

static void hear(void *self, const struct notice *n)
{
	struct heard *h = self;

	h->n++;
	snprintf(h->text, sizeof(h->text), "%u %s %s:%.*s %u %.*s", n->row,
		event_severity_names[n->severity], scope_names[n->scope], STR_ARG(n->name),
		n->count, STR_ARG(n->text));
}

static void assert_heard(const struct journal_entry *entry, const char *expected)
{
	struct heard h = { .text = "nothing" };
	struct notices out = { .give = hear, .self = &h };

	journal_understand(entry, &out);
	assert_string_equal(h.text, expected);
	assert_in_range(h.n, 0, 1);
}

#define OOMD_SAYS                                                                                  \
	"Killed /system.slice/myapp.service due to memory pressure for /system.slice being 89.45% > 60.00% for > 30s with reclaim activity"

static void oomd_gives_its_reason(void **state)
{
	struct journal_entry e = { .fields = {
					   [MESSAGE] = STR(OOMD_SAYS),
					   [TRUSTED_PID] = STR("301"),
					   [TRUSTED_UNIT] = STR("systemd-oomd.service"),
				   } };

	(void)state;
	assert_heard(&e, "0 critical cgroup:/system.slice/myapp.service 0 " OOMD_SAYS);
	e.fields[MESSAGE] = STR("Marked /a for killing due to memory used (1) / total (2)");
	assert_heard(&e,
		"0 critical cgroup:/a 0 Marked /a for killing due to memory used (1) / total (2)");
	e.fields[MESSAGE] = STR(
		"Failed to kill any cgroups under /b based on pressure: Operation not permitted");
	assert_heard(&e,
		"1 warning cgroup:/b 0 Failed to kill any cgroups under /b based on pressure: Operation not permitted");
	e.fields[MESSAGE] = STR("Failed to kill any cgroups based on swap: Device busy");
	assert_heard(&e, "1 warning host: 0 Failed to kill any cgroups based on swap: Device busy");
	e.fields[MESSAGE] = STR("Swap is currently not detected");
	assert_heard(&e, "nothing");
}

static void anybody_may_write_the_same_words(void **state)
{
	struct journal_entry e = { .fields = {
					   [MESSAGE] = STR(OOMD_SAYS),
					   [TRUSTED_PID] = STR("4711"),
					   [TRUSTED_UNIT] = STR("web.service"),
				   } };

	(void)state;
	assert_heard(&e, "nothing");
	e.fields[MESSAGE_ID] = STR("d9b373ed55a64feb8242e02dbe79a49c");
	e.fields[UNIT] = STR("ssh.service");
	assert_heard(&e, "nothing");
	e.fields[TRUSTED_PID] = STR("1");
	assert_heard(&e, "4 warning cgroup:/system.slice/ssh.service 0 " OOMD_SAYS);
}

static void what_process_1_says_of_a_unit(void **state)
{
	struct journal_entry e = { .fields = {
					   [MESSAGE] = STR("x"),
					   [MESSAGE_ID] = STR("98e322203f7a4ed290d09fe03c09fe15"),
					   [UNIT] = STR("app.service"),
					   [EXIT_CODE] = STR("exited"),
					   [EXIT_STATUS] = STR("3"),
					   [TRUSTED_PID] = STR("1"),
				   } };

	(void)state;
	assert_heard(&e, "5 warning cgroup:/system.slice/app.service 0 x");
	e.fields[EXIT_STATUS] = STR("0");
	assert_heard(&e, "5 info cgroup:/system.slice/app.service 0 x");
	e.fields[EXIT_CODE] = STR("killed");
	assert_heard(&e, "5 warning cgroup:/system.slice/app.service 0 x");
	e.fields[MESSAGE_ID] = STR("d989611b15e44c9dbf31e3c81256e4ed");
	e.fields[N_PROCESSES] = STR("3");
	assert_heard(&e, "2 critical cgroup:/system.slice/app.service 3 x");
	e.fields[N_PROCESSES] = STR("three");
	assert_heard(&e, "2 critical cgroup:/system.slice/app.service 0 x");
	e.fields[MESSAGE_ID] = STR("fe6faa94e7774663a0da52717891d8ef");
	e.fields[UNIT] = STR("session-3.scope");
	assert_heard(&e, "3 critical host: 0 x");
	/* a service was started */
	e.fields[MESSAGE_ID] = STR("39f53479d3a045ac8e11786248231fbf");
	assert_heard(&e, "nothing");
}

static void assert_group(const char *unit, const char *expected)
{
	char out[64];

	assert_str((str){ out, journal_group(str_of(unit), out, sizeof(out)) }, expected);
}

static void where_units_are(void **state)
{
	(void)state;
	assert_group("ssh.service", "/system.slice/ssh.service");
	assert_group("getty@tty1.service", "/system.slice/system-getty.slice/getty@tty1.service");
	assert_group("a-b@1.service", "/system.slice/system-a\\x2db.slice/a-b@1.service");
	assert_group("data.mount", "/system.slice/data.mount");
	assert_group("user.slice", "");
	assert_group("run-1.scope", "");
	assert_group("daily.timer", "");
	assert_group("", "");
	assert_group("../../x.service", "");
	assert_group("a-name-that-is-a-good-deal-longer-than-there-is-room.service", "");
	assert_group("a-name-that-is-longer-than-room@.service", "");
}

static void garbage_says_nothing(void **state)
{
	struct heard h = { 0 };
	struct notices out = { .give = hear, .self = &h };
	char bytes[64];

	(void)state;
	random_seed("garbage_says_nothing");
	for (unsigned i = 0; i < 20000; i++) {
		struct journal_entry e = { 0 };

		for (unsigned k = 0; k < sizeof(bytes); k++)
			bytes[k] = (char)random_next();
		for (unsigned k = 0; k < JOURNAL_FIELDS; k++)
			if (random_below(3))
				e.fields[k] = (str){ bytes, random_below(sizeof(bytes)) };
		e.fields[TRUSTED_PID] = random_below(2) ? STR("1") : STR("7");
		e.fields[TRUSTED_UNIT] = STR("systemd-oomd.service");
		journal_understand(&e, &out);
	}
	assert_int_equal(h.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(oomd_gives_its_reason),
		cmocka_unit_test(anybody_may_write_the_same_words),
		cmocka_unit_test(what_process_1_says_of_a_unit),
		cmocka_unit_test(where_units_are),
		cmocka_unit_test(garbage_says_nothing),
	};

	return RUN_TESTS(tests);
}
