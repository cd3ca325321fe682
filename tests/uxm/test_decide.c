/* May this module have this image? */
#include <string.h>

#include "tests/cmocka.h"
#include "uxm/decide.h"

static const struct uxm_identity d7c = {.model = "D7C", .largest_image = 1000};

static void takes_an_image_of_the_modules_model_and_size(void **state)
{
	struct uxm_name name;
	struct uxm_failure why = {.text = "unchanged"};

	(void)state;
	assert_true(uxm_name_parse("snomD7C-1.6.1-r.bin", &name));
	assert_true(uxm_decide_name(&name, &d7c, &why));
	assert_true(uxm_decide_size(&name, 1000, &d7c, &why));
	assert_string_equal(why.text, "unchanged");
}

static void refuses_an_image_of_another_model_by_name(void **state)
{
	struct uxm_name name;
	struct uxm_failure why;

	(void)state;
	assert_true(uxm_name_parse("snomD8C-1.6.1-r.bin", &name));
	assert_false(uxm_decide_name(&name, &d7c, &why));
	assert_int_equal(why.result, UXM_IMAGE_REFUSED);
	assert_non_null(strstr(why.text, "D8C"));
	assert_non_null(strstr(why.text, "D7C"));
}

static void refuses_an_image_that_the_module_cannot_hold(void **state)
{
	struct uxm_name name;
	struct uxm_failure why;

	(void)state;
	assert_true(uxm_name_parse("snomD7C-1.6.1-r.bin", &name));
	assert_false(uxm_decide_size(&name, 1001, &d7c, &why));
	assert_int_equal(why.result, UXM_IMAGE_REFUSED);
	assert_non_null(strstr(why.text, "1001"));
	assert_non_null(strstr(why.text, "1000"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_an_image_of_the_modules_model_and_size),
		cmocka_unit_test(refuses_an_image_of_another_model_by_name),
		cmocka_unit_test(refuses_an_image_that_the_module_cannot_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
