/* Entities are spelled as the contract says. */
#include "test.h"

#include "model/entity.h"

static void spellings_follow_scope_and_namespace(void **state)
{
	static const struct {
		enum scope scope;
		const char *ns, *name, *text;
	} cases[] = {
		{ HOST, "", "", "host" },
		{ HOST, "pod", "", "host:@pod" },
		{ NETDEV, "", "eth0", "netdev:eth0" },
		{ NETDEV, "pod", "eth0", "netdev:@pod/eth0" },
		{ PCI, "", "0000:04:00.0", "pci:0000:04:00.0" },
		{ CGROUP, "", "/system.slice/x.service", "cgroup:/system.slice/x.service" },
	};
	struct entities es;

	(void)state;
	assert_int_equal(entities_open(&es), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint32_t id = entity_add(&es, cases[i].scope, cases[i].ns, str_of(cases[i].name));

		assert_str(entity_text(&es, id), cases[i].text);
		assert_int_equal(entity_parse(&es, str_of(cases[i].text)), id);
		assert_int_equal(entity_scope(&es, id), cases[i].scope);
	}
	assert_str(entity_name(&es, entity_parse(&es, STR("pci:0000:04:00.0"))), "0000:04:00.0");
	assert_str(entity_name(&es, entity_parse(&es, STR("host"))), "");
	assert_int_equal(entity_scope(&es, entity_parse(&es, STR("martian:x"))), SCOPES);
	entities_close(&es);
}

static void a_name_that_is_too_long_is_refused_and_counted(void **state)
{
	static char longest[ENTITY_NAME + 1];
	struct entities es;

	(void)state;
	memset(longest, 'x', sizeof(longest));
	assert_int_equal(entities_open(&es), 0);
	assert_int_equal(
		entity_add(&es, CGROUP, "", (str){ longest, sizeof(longest) }), ENTITY_NONE);
	assert_int_equal(es.names.dropped, 1);
	assert_int_not_equal(
		entity_add(&es, CGROUP, "", (str){ longest, ENTITY_NAME - 7 }), ENTITY_NONE);
	assert_int_equal(
		entity_add(&es, CGROUP, "", (str){ longest, ENTITY_NAME - 6 }), ENTITY_NONE);
	assert_str(entity_text(&es, ENTITY_NONE), "");
	entities_close(&es);
}

static void a_full_table_never_gives_another_ones_number(void **state)
{
	struct entities es;
	char name[16];

	(void)state;
	assert_int_equal(entities_open(&es), 0);
	for (unsigned i = 0; i < ENTITY_LIMIT; i++) {
		snprintf(name, sizeof(name), "%u", i);
		assert_int_equal(entity_add(&es, CPU, "", str_of(name)), i);
	}
	assert_int_equal(entity_add(&es, CPU, "", STR("one more")), ENTITY_NONE);
	assert_int_equal(es.names.dropped, 1);
	entities_close(&es);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spellings_follow_scope_and_namespace),
		cmocka_unit_test(a_name_that_is_too_long_is_refused_and_counted),
		cmocka_unit_test(a_full_table_never_gives_another_ones_number),
	};

	return RUN_TESTS(tests);
}
