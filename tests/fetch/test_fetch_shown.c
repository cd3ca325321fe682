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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_with_an_at_sign_is_not_shown_where_the_url_is_malformed),
		cmocka_unit_test(what_is_no_url_is_shown_behind_its_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
