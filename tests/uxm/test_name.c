/* File names of images, out of URLs and paths. */
#include <string.h>

#include "tests/cmocka.h"
#include "uxm/name.h"

static void check(const char *location, const char *model, const char *version_text)
{
	struct uxm_name name;
	char text[UXM_VERSION_TEXT];

	if (!uxm_name_parse(location, &name))
		fail_msg("'%s' was not understood", location);
	assert_string_equal(name.model, model);
	assert_string_equal(uxm_version_text(&name.version, text), version_text);
}

static void reads_the_three_forms(void **state)
{
	(void)state;
	check("snomD7C-1.6.1-r.bin", "D7C", "1.6.1");
	check("snomD8C-1.6.1-r.bin", "D8C", "1.6.1");
	check("snomUXM-2.1.1.bin", "UXM", "2.1.1");
	check("snomD7C-10.1.64.14-r.bin", "D7C", "10.1.64.14");
}

static void takes_the_last_segment_of_a_path(void **state)
{
	(void)state;
	check("/srv/images/snomD7C-1.6.1-r.bin", "D7C", "1.6.1");
	check("./snomUXM-2.1.1.bin", "UXM", "2.1.1");
	check("a?b#c/snomUXM-2.1.1.bin", "UXM", "2.1.1");
}

static void takes_the_last_segment_of_a_url_without_query_and_fragment(void **state)
{
	(void)state;
	check("http://example.org/snomD7C-1.6.1-r.bin", "D7C", "1.6.1");
	check("https://u:p@example.org:8443/a/b/snomD8C-1.6.1-r.bin?mac=0004/13#x/y", "D8C",
	      "1.6.1");
	check("http://example.org/snomD7C-1.6.1-r.bin#snomD7C-9.9.9-r.bin", "D7C", "1.6.1");
	check("http://example.org/snomD7C-1.6.1-r.bin?f=/snomD7C-9.9.9-r.bin", "D7C", "1.6.1");
}

static void undoes_percent_encoding_in_urls_alone(void **state)
{
	struct uxm_name name;

	(void)state;
	check("http://example.org/snom%44%37C%2d1%2E6%2e1-r.bin", "D7C", "1.6.1");
	assert_false(uxm_name_parse("/srv/snom%44%37C-1.6.1-r.bin", &name));
}

static void refuses_other_names(void **state)
{
	static const char *const wrong[] = {
		"",
		"http://example.org",
		"http://example.org/",
		"http://example.org/snomD7C-1.6.1-r.bin/",
		"http://example.org/?file=snomD7C-1.6.1-r.bin",
		"snomD7C-1.6.1.bin",
		"snomUXM-2.1.1-r.bin",
		"snomD9C-1.6.1-r.bin",
		"snomd7c-1.6.1-r.bin",
		"snomD7C-r.bin",
		"snomD7C--r.bin",
		"snomD7C-1.6.x-r.bin",
		"snomD7C-1.6.1-r.bin.gz",
		"xsnomD7C-1.6.1-r.bin",
		"snomD7C-1.6.1-r.bin ",
		"http://example.org/snomD7C-1.6.1-r.bin%",
		"http://example.org/snomD7C-1.6.1-r.bin%0",
		"http://example.org/snomD7C-1.6.1-r.bin%00",
		"http://example.org/snomD7C-1.6.1-r.bin%0g",
		"http://example.org/snomD7C-1.6.1-r.bin%0!",
		"http://example.org/snomD7C-1.6.1-r.bin%0:",
		"http://example.org/snomD7C-1.6.1-r.bin%0G",
		"http://example.org/snomD7C-1.6.1-r.bin%7F",
		"http://example.org/a%2FsnomD7C-1.6.1-r.bin",
		"snomD7C-1.6.1-r.bin\x80",
		"http://example.org/x%2FsnomD7C-1.6.1-r.bin",
		"snomD7C-1.6.1\n-r.bin",
		"snomD7C-000000000000000000000000000000000000000000000000000001.6.1-r.bin",
	};
	struct uxm_name name = {.file = "unchanged"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (uxm_name_parse(wrong[i], &name))
			fail_msg("'%s' was taken for %s", wrong[i], name.model);
	}
	assert_string_equal(name.file, "unchanged");
}

static void makes_the_names_that_it_reads(void **state)
{
	struct uxm_version version = {{1, 6, 1, 0}};
	char file[UXM_NAME_TEXT];

	(void)state;
	assert_true(uxm_name_make("D7C", &version, file));
	assert_string_equal(file, "snomD7C-1.6.1-r.bin");
	assert_true(uxm_name_make("UXM", &version, file));
	assert_string_equal(file, "snomUXM-1.6.1.bin");
	assert_false(uxm_name_make("D9C", &version, file));
	assert_non_null(strstr(uxm_name_forms(), "snomD7C-<version>-r.bin"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_three_forms),
		cmocka_unit_test(takes_the_last_segment_of_a_path),
		cmocka_unit_test(takes_the_last_segment_of_a_url_without_query_and_fragment),
		cmocka_unit_test(undoes_percent_encoding_in_urls_alone),
		cmocka_unit_test(refuses_other_names),
		cmocka_unit_test(makes_the_names_that_it_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
