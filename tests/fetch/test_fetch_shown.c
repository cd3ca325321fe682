/* Secrets in what is no URL: found by the fuzzer. */
#include <string.h>

#include "fetch/url.h"
#include "tests/cmocka.h"

static void expect_shown(const char *url, const char *expected)
{
	char shown[FETCH_SHOWN_TEXT];

	assert_string_equal(fetch_url_shown(url, shown), expected);
}

static void a_query_with_an_at_sign_is_not_shown_where_the_url_is_malformed(void **state)
{
	(void)state;
	/* The blank makes it malformed; the query's secret stood behind its last '@'. */
	expect_shown("http://ho st/path?a@b&token=Hush", "...");
	expect_shown("http://ho st/path#a@b=Hush", "...");
	expect_shown("http://me:a?b@c@ho st/path", "...");
}

static void what_is_no_url_is_shown_behind_its_user(void **state)
{
	(void)state;
	expect_shown("http://me:Hush@ho st/path?token=Hush", "...ho st/path");
	expect_shown("http://ho st/path?token=Hush", "http://ho st/path");
}

/* A mistyped port, or slash, makes a path of the password. */
static void a_path_is_shown_behind_its_last_at_sign(void **state)
{
	(void)state;
	expect_shown("http://me:12/Hush@host/dir/a.bin", "http://me:12/...host/dir/a.bin");
	expect_shown("http:/me:Hush@host/a.bin", "http://host/a.bin");
}

static void what_may_be_a_file_is_shown_whole_unless_it_may_be_a_url(void **state)
{
	char shown[FETCH_SHOWN_TEXT];

	(void)state;
	assert_string_equal(fetch_location_shown("/srv/a?b#c.bin", shown), "/srv/a?b#c.bin");
	assert_string_equal(fetch_location_shown("me:Hush@host/a.bin", shown), "...host/a.bin");
	assert_string_equal(fetch_location_shown("//me:Hush@host/a.bin", shown), "...host/a.bin");
	assert_string_equal(fetch_location_shown("ftp:me:Hush@host/a.bin", shown), "...host/a.bin");
	assert_string_equal(fetch_location_shown("ftp://me:Hush@host/a.bin", shown),
			    "ftp://host/a.bin");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_with_an_at_sign_is_not_shown_where_the_url_is_malformed),
		cmocka_unit_test(what_is_no_url_is_shown_behind_its_user),
		cmocka_unit_test(a_path_is_shown_behind_its_last_at_sign),
		cmocka_unit_test(what_may_be_a_file_is_shown_whole_unless_it_may_be_a_url),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
