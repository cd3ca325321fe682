/* Versions. */
#include <string.h>

#include "tests/cmocka.h"
#include "uxm/version.h"

static struct uxm_version read_version(const char *text)
{
	struct uxm_version version;

	assert_true(uxm_version_parse(text, strlen(text), &version));
	return version;
}

static void reads_one_to_four_numbers(void **state)
{
	struct uxm_version version = read_version("10.1.64.14");

	(void)state;
	assert_int_equal(version.part[0], 10);
	assert_int_equal(version.part[1], 1);
	assert_int_equal(version.part[2], 64);
	assert_int_equal(version.part[3], 14);
	version = read_version("65535");
	assert_int_equal(version.part[0], 65535);
	assert_int_equal(version.part[1], 0);
}

static void refuses_what_is_no_version(void **state)
{
	static const char *const wrong[] = {
		"",      ".",     "1.",      ".1",      "1..2",  "1.2.3.4.5", "1.2.3.4.",
		"65536", "99999", "1.65536", "1.6.1-r", "1.6.a", "-1.2.3",    "+1",
		" 1",    "1 ",    "1.6 1",   "000001",  "0x10",
	};
	struct uxm_version version = {{7, 7, 7, 7}};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (uxm_version_parse(wrong[i], strlen(wrong[i]), &version))
			fail_msg("'%s' was read as a version", wrong[i]);
	}
	assert_int_equal(version.part[0], 7);
}

static void reads_no_further_than_the_length(void **state)
{
	struct uxm_version version;

	(void)state;
	assert_true(uxm_version_parse("1.6.1-r.bin", 5, &version));
	assert_int_equal(version.part[2], 1);
}

static void orders_by_number_and_not_by_text(void **state)
{
	static const char *const rising[] = {"0",     "0.0.0.1", "1",    "1.0.0.1", "1.6",
					     "1.6.1", "1.6.10",  "1.10", "2.0.1",   "10"};
	size_t count = sizeof(rising) / sizeof(rising[0]);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			struct uxm_version a = read_version(rising[i]);
			struct uxm_version b = read_version(rising[j]);
			int order = uxm_version_compare(&a, &b);

			assert_int_equal(i < j ? -1 : (i > j), (order > 0) - (order < 0));
		}
	}
}

static void numbers_that_are_not_given_are_zero(void **state)
{
	struct uxm_version a = read_version("1.6");
	struct uxm_version b = read_version("1.6.0.0");

	(void)state;
	assert_int_equal(uxm_version_compare(&a, &b), 0);
}

static void writes_three_numbers_or_four(void **state)
{
	char text[UXM_VERSION_TEXT];
	struct uxm_version version = read_version("2");

	(void)state;
	assert_string_equal(uxm_version_text(&version, text), "2.0.0");
	version = read_version("10.1.64.14");
	assert_string_equal(uxm_version_text(&version, text), "10.1.64.14");
	version = read_version("65535.65535.65535.65535");
	assert_string_equal(uxm_version_text(&version, text), "65535.65535.65535.65535");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_to_four_numbers),
		cmocka_unit_test(refuses_what_is_no_version),
		cmocka_unit_test(reads_no_further_than_the_length),
		cmocka_unit_test(orders_by_number_and_not_by_text),
		cmocka_unit_test(numbers_that_are_not_given_are_zero),
		cmocka_unit_test(writes_three_numbers_or_four),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
