/* The words of the signal tables. */
#include "test.h"

#include "model/signal.h"

static void every_enum_value_has_a_name(void **state)
{
	(void)state;
	for (int i = 0; i < KINDS; i++)
		assert_true(kind_names[i] && *kind_names[i]);
	for (int i = 0; i < UNITS; i++)
		assert_true(unit_names[i] && *unit_names[i]);
	for (int i = 0; i < SCOPES; i++)
		assert_true(scope_names[i] && *scope_names[i]);
	for (int i = 0; i < COSTS; i++)
		assert_true(cost_names[i] && *cost_names[i]);
	for (int i = 0; i < SUBS; i++)
		assert_true(sub_names[i] && *sub_names[i]);
	assert_string_equal(unit_names[TEXT], "text");
	assert_string_equal(scope_names[SENSOR], "sensor");
}

static void layers_are_found_by_name(void **state)
{
	struct signal signal = { .name = "pcie.aer.correctable" };

	(void)state;
	assert_str(signal_layer(&signal), "pcie");
	for (int i = 0; i < LAYERS; i++)
		assert_int_equal(layer_find(str_of(layer_names[i])), i);
	assert_int_equal(layer_find(STR("self")), -1);
	assert_int_equal(layer_find(STR("")), -1);
}

static void subs_are_spelled_as_the_contract_says(void **state)
{
	char out[SUB_TEXT];

	(void)state;
	assert_string_equal(sub_format(NONE, 0, out), "-");
	assert_string_equal(sub_format(BY_CPU, 3, out), "cpu=3");
	assert_string_equal(sub_format(BY_PRIORITY, 7, out), "prio=7");
	assert_string_equal(sub_format(BY_COR_BIT, 0, out), "bit=RxErr");
	assert_string_equal(sub_format(BY_UNCOR_BIT, 18, out), "bit=MalfTLP");
	assert_string_equal(sub_format(BY_COR_BIT, 9, out), "bit=9");
	assert_string_equal(sub_format(BY_COR_BIT, UINT32_MAX, out), "bit=4294967295");
	assert_string_equal(sub_format(BY_QP_STATE, 0, out), "state=RESET");
	assert_string_equal(sub_format(BY_QP_STATE, 6, out), "state=ERR");
	assert_string_equal(sub_format(BY_QP_STATE, 7, out), "state=7");
	assert_string_equal(sub_format(BY_CM_STATE, 10, out), "state=DESTROYING");
	assert_string_equal(sub_format(BY_CM_STATE, 11, out), "state=11");
	assert_string_equal(sub_format(BY_LANE, 8, out), "lane=8");
	assert_string_equal(sub_format(BY_CONTEXT, 1, out), "context=1");
	assert_string_equal(sub_format(BY_COUNTER, 3, out), "counter=3");
}

static void aer_bits_are_known_by_new_old_and_numbered_names(void **state)
{
	(void)state;
	assert_int_equal(aer_bit(BY_COR_BIT, STR("RxErr")), 0);
	assert_int_equal(aer_bit(BY_COR_BIT, STR("BadTLP")), 6);
	assert_int_equal(aer_bit(BY_COR_BIT, STR("Bad TLP")), 6);
	assert_int_equal(aer_bit(BY_UNCOR_BIT, STR("CmpltTO")), 14);
	assert_int_equal(aer_bit(BY_UNCOR_BIT, STR("Completion Timeout")), 14);
	assert_int_equal(aer_bit(BY_COR_BIT, STR("Completion Timeout")), -1);
	assert_int_equal(aer_bit(BY_COR_BIT, STR("dev_cor_errs_bit[9]")), 9);
	assert_int_equal(aer_bit(BY_COR_BIT, STR("dev_cor_errs_bit[32]")), -1);
	assert_int_equal(aer_bit(BY_COR_BIT, STR("dev_cor_errs_bit[]")), -1);
	assert_int_equal(aer_bit(BY_COR_BIT, STR("[")), -1);
	assert_int_equal(aer_bit(BY_COR_BIT, STR("")), -1);
	assert_int_equal(aer_bit(BY_COR_BIT, STR("TOTAL_ERR_COR")), -1);
}

static void the_printed_bit_reads_back_as_itself(void **state)
{
	char out[SUB_TEXT];

	(void)state;
	for (enum sub sub = BY_COR_BIT; sub <= BY_UNCOR_BIT; sub++)
		for (unsigned bit = 0; bit < 32; bit++) {
			sub_format(sub, bit, out);
			if (out[4] < '0' || out[4] > '9')
				assert_int_equal(aer_bit(sub, str_of(out + 4)), bit);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_enum_value_has_a_name),
		cmocka_unit_test(layers_are_found_by_name),
		cmocka_unit_test(subs_are_spelled_as_the_contract_says),
		cmocka_unit_test(aer_bits_are_known_by_new_old_and_numbered_names),
		cmocka_unit_test(the_printed_bit_reads_back_as_itself),
	};

	return RUN_TESTS(tests);
}
