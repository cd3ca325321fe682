/* Redirects, and who is told who asks: fetch/hops.h. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/hops.h"
#include "fetch/url.h"

static const struct fetch_access access_data = {
	.user = "phone", .password = "secret", .account = "desk"};

static bool follow(struct fetch_hops *hops, const char *location, struct uxm_failure *why)
{
	struct fetch_response *response = calloc(1, sizeof(*response));
	bool followed;

	assert_non_null(response);
	response->status = 302;
	snprintf(response->location, sizeof(response->location), "%s", location);
	followed = fetch_hops_follow(hops, response, why);
	free(response);
	return followed;
}

static void knows_what_a_redirect_is(void **state)
{
	static const unsigned statuses[] = {301, 302, 303, 307, 308};

	(void)state;
	for (unsigned status = 200; status < 600; status++) {
		bool is = false;

		for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
			is = is || statuses[i] == status;
		assert_int_equal(fetch_is_redirect(status), is);
	}
}

static void follows_five_and_starts_over(void **state)
{
	struct uxm_failure why = {.result = UXM_UPDATED};
	struct fetch_hops hops;

	(void)state;
	fetch_hops_init(&hops, "http://server/a", NULL);
	assert_string_equal(hops.current, "http://server/a");
	for (int round = 0; round < 2; round++) {
		assert_true(follow(&hops, "/1", &why));
		assert_true(follow(&hops, "2?x", &why));
		assert_true(follow(&hops, "//mirror:81/3", &why));
		assert_true(follow(&hops, "https://mirror/4", &why));
		assert_true(follow(&hops, "5", &why));
		assert_string_equal(hops.current, "https://mirror/5");
		assert_false(follow(&hops, "6", &why));
		assert_int_equal(why.result, UXM_FETCH_FAILED);
		assert_string_equal(why.text,
				    "The server redirects http://server/a more than 5 times.");
		assert_string_equal(hops.current, "https://mirror/5");
		fetch_hops_restart(&hops);
		assert_string_equal(hops.current, "http://server/a");
	}
}

static void stays_where_it_is_when_a_redirect_is_refused(void **state)
{
	static const struct {
		const char *location;
		const char *says;
	} rows[] = {
		{"", "no URL"},
		{"http://", "no URL"},
		{"http://server/y", "from https to http"},
		{"ftp://server/y", "to ftp:, which is not followed"},
		{"FTPS://server/y", "to ftps:"},
		{"file:///etc/passwd", "to file:"},
		{"tftp://server/y", "to tftp:"},
		{"gopher://server/y", "to gopher:"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct uxm_failure why = {.result = UXM_UPDATED};
		struct fetch_hops hops;

		fetch_hops_init(&hops, "https://u:hidden@server/x", NULL);
		assert_false(follow(&hops, rows[i].location, &why));
		assert_int_equal(why.result, UXM_FETCH_FAILED);
		assert_non_null(strstr(why.text, rows[i].says));
		assert_null(strstr(why.text, "hidden"));
		assert_string_equal(hops.current, "https://u:hidden@server/x");
		assert_int_equal(hops.count, 0);
	}
}

static void refuses_a_location_that_was_cut(void **state)
{
	struct fetch_response *response = calloc(1, sizeof(*response));
	struct uxm_failure why = {.result = UXM_UPDATED};
	struct fetch_hops hops;

	(void)state;
	assert_non_null(response);
	response->status = 301;
	response->bad_location = true;
	memcpy(response->location, "/x", 3);
	fetch_hops_init(&hops, "http://server/a", NULL);
	assert_false(fetch_hops_follow(&hops, response, &why));
	assert_non_null(strstr(why.text, "no URL"));
	free(response);
}

enum who { NOBODY, ACCESS, NETRC };

/* Who would ask where `hops` stands. */
static enum who who(const struct fetch_hops *hops)
{
	struct fetch_request request = {.url = hops->current};

	fetch_hops_who(hops, &request);
	assert_true(request.access == NULL || request.access == &hops->access);
	if (request.access != NULL)
		return ACCESS;
	return request.netrc ? NETRC : NOBODY;
}

/* Scheme, host and port are those of the first URL, or nobody is told. */
static void tells_who_asks_to_the_first_server_alone(void **state)
{
	static const struct {
		const char *url;
		const char *location;
		bool told;
	} rows[] = {
		{"http://server/a", "/b", true},
		{"http://server/a", "http://server:80/b", true},
		{"http://server/a", "HTTP://SERVER/b", true},
		{"https://server:443/a", "https://server/b", true},
		{"http://server:8080/a", "http://server:8080/b", true},
		{"http://server/a", "http://other@server/b", true},
		{"http://server/a", "https://server/b", false},
		{"http://server/a", "https://server:80/b", false},
		{"http://server/a", "http://server:81/b", false},
		{"http://server/a", "http://server.example/b", false},
		{"http://server/a", "http://xserver/b", false},
		{"http://server/a", "//mirror/b", false},
		{"http://127.0.0.1/a", "http://127.0.0.2/b", false},
		{"http://[::1]/a", "http://[::2]/b", false},
		{"http://[::1]/a", "/b", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct uxm_failure why;
		struct fetch_hops hops;

		fetch_hops_init(&hops, rows[i].url, &access_data);
		assert_true(who(&hops) == ACCESS);
		assert_true(follow(&hops, rows[i].location, &why));
		if (who(&hops) != (rows[i].told ? ACCESS : NOBODY))
			fail_msg("%s to %s", rows[i].url, rows[i].location);
		fetch_hops_restart(&hops);
		assert_true(who(&hops) == ACCESS);
		/* Nobody was named: the file of passwords counts for the same servers. */
		fetch_hops_init(&hops, rows[i].url, NULL);
		assert_true(who(&hops) == NETRC);
		assert_true(follow(&hops, rows[i].location, &why));
		assert_true(who(&hops) == (rows[i].told ? NETRC : NOBODY));
	}
}

static void what_is_no_url_is_no_server(void **state)
{
	(void)state;
	assert_true(fetch_url_same_server("http://a/", "http://a:80/x"));
	assert_false(fetch_url_same_server("http://", "http://"));
	assert_false(fetch_url_same_server("nonsense here", "nonsense here"));
	assert_false(fetch_url_same_server("http://a/", "http://"));
	assert_false(fetch_url_same_server("http://", "http://a/"));
	assert_false(fetch_url_same_server("ftp://a/", "ftps://a/"));
	assert_true(fetch_url_same_server("ftp://a/", "ftp://a:21/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_what_a_redirect_is),
		cmocka_unit_test(follows_five_and_starts_over),
		cmocka_unit_test(stays_where_it_is_when_a_redirect_is_refused),
		cmocka_unit_test(refuses_a_location_that_was_cut),
		cmocka_unit_test(tells_who_asks_to_the_first_server_alone),
		cmocka_unit_test(what_is_no_url_is_no_server),
	};

	return cmocka_run_group_tests_name("fetch/hops", tests, NULL, NULL);
}
