/* fetch/url.c: what is fetched, what is shown, and the lines of fetch/headers.c at their limits. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <string.h>

#include "fetch/headers.h"
#include "fetch/url.h"

static void shows_a_url_without_its_secrets(void **state)
{
	static const struct {
		const char *url;
		const char *shown;
	} rows[] = {
		{"http://host/a.bin", "http://host/a.bin"},
		{"https://user@host:8443/a.bin", "https://host:8443/a.bin"},
		{"http://user:pass@host/a.bin?token=1#key", "http://host/a.bin?..."},
		{"ftp://user:pass@host/a", "ftp://host/a"},
		{"http://[::1]:80/a", "http://[::1]:80/a"},
		{"http://u%40:p%2f@host/a%20b", "http://host/a%20b"},
		/* No URLs: the least that may be shown. */
		{"http://user:pa ss@host/a", "...host/a"},
		{"http://user:p@ss@ho st/a?x", "...ho st/a"},
		{"http://user:pa?ss@ho st/a", "..."},
		{"plain text", "plain text"},
		{"", ""},
	};
	char shown[FETCH_SHOWN_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(fetch_url_shown(rows[i].url, shown), rows[i].shown);
}

static void cuts_a_long_url_when_it_is_shown(void **state)
{
	char url[2000];
	char shown[FETCH_SHOWN_TEXT];

	(void)state;
	memset(url, 'a', sizeof(url));
	memcpy(url, "http://user:pass@host/", 22);
	url[sizeof(url) - 1] = '\0';
	fetch_url_shown(url, shown);
	assert_int_equal(strlen(shown), FETCH_SHOWN_TEXT - 1);
	assert_memory_equal(shown, "http://host/aaa", 15);
	assert_string_equal(shown + FETCH_SHOWN_TEXT - 5, "a...");
}

static void refuses_urls_that_are_not_fetched(void **state)
{
	static const struct {
		const char *url;
		const char *says;
	} rows[] = {
		{"tftp://user:secret@host/a", "tftp://host/a is not fetched: only http, https, "
					      "ftp and ftps are, not tftp."},
		{"file:///etc/passwd", "not file."},
		{"scp://user:secret@host/a", "not scp."},
		{"sftp://host/a", "not sftp."},
		{"ftpx://host/a", "not ftpx."},
		{"http://us%0aer:secret@host/a", "'http://host/a' is not a URL"},
		{"http://user:sec%0d%0aret@host/a", "'http://host/a' is not a URL"},
		{"http://user:sec%00ret@host/a", "'http://host/a' is not a URL"},
		{"ftp://host/a%0D%0aDELE%20b", "is not a URL"},
		{"ftps://host/%7f", "is not a URL"},
		{"http://ho%7fst/a", "is not a URL"},
		{"host/a.bin", "'host/a.bin' is not a URL"},
		{"http://:80/a.bin", "is not a URL"},
		{"http://", "is not a URL"},
		{"http://user:sec ret@host:port/a", "'...host:port/a' is not a URL"},
		{"", "'' is not a URL"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct uxm_failure why = {.text = ""};

		assert_false(fetch_url_check(rows[i].url, &why));
		assert_int_equal(why.result, UXM_USAGE);
		if (strstr(why.text, rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].url, why.text);
		assert_null(strstr(why.text, "sec"));
	}
}

static void takes_the_four_schemes(void **state)
{
	static const struct {
		const char *url;
		bool ftp;
		bool secure;
	} rows[] = {
		{"http://user:secret@host/a%0ab", false, false},
		{"https://host:1/a", false, true},
		{"ftp://user:se%20cret%zz%4@host/%2Fa", true, false},
		{"FTPS://[::1]/a;type=i", true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct uxm_failure why = {.text = ""};
		bool secure;

		if (!fetch_url_check(rows[i].url, &why))
			fail_msg("%s: %s", rows[i].url, why.text);
		assert_int_equal(fetch_url_is_ftp(rows[i].url, NULL), rows[i].ftp);
		assert_int_equal(fetch_url_is_ftp(rows[i].url, &secure), rows[i].ftp);
		assert_int_equal(secure, rows[i].secure);
	}
}

static void limits_the_length_of_a_url(void **state)
{
	static char url[FETCH_URL_TEXT + 1];
	struct uxm_failure why = {.text = ""};

	(void)state;
	memset(url, 'a', sizeof(url));
	memcpy(url, "http://host/", 12);
	url[FETCH_URL_TEXT - 1] = '\0';
	assert_true(fetch_url_check(url, &why));
	url[FETCH_URL_TEXT - 1] = 'a';
	url[FETCH_URL_TEXT] = '\0';
	assert_false(fetch_url_check(url, &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_non_null(strstr(why.text, "longer than 8191"));
}

static void keeps_a_password_within_its_server(void **state)
{
	static const struct {
		const char *url;
		const char *location;
		enum fetch_hop hop;
		const char *next;
	} rows[] = {
		{"http://u:p@h/a", "http://u:p%0a@g/b", FETCH_HOP_BAD, ""},
		{"http://u:p@h/a", "http://g%7f/b", FETCH_HOP_BAD, ""},
		{"http://u:p@h/a", "b", FETCH_HOP_OK, "http://u:p@h/b"},
		{"http://u:p@h/a", "http://h/b", FETCH_HOP_OK, "http://u:p@h/b"},
		{"http://u@h/a", "http://H/b", FETCH_HOP_OK, "http://u@H/b"},
		/* An IPv4 address, of which a digit is percent-encoded. */
		{"http://u:p@888888%361/a", "b", FETCH_HOP_OK, "http://u:p@5.76.86.29/b"},
		{"http://u:p@h/a", "http://h:81/b", FETCH_HOP_OK, "http://h:81/b"},
		{"http://u:p@h:81/a", "https://h:81/b", FETCH_HOP_OK, "https://h:81/b"},
		{"http://u:p@h/a", "https://h/b", FETCH_HOP_OK, "https://h/b"},
		{"http://u:p@h/a", "http://v:q@h/b", FETCH_HOP_OK, "http://v:q@h/b"},
		{"http://u:p@h/a", "http://v@h/b", FETCH_HOP_OK, "http://v@h/b"},
		{"http://u:p@h/a", "//other/b", FETCH_HOP_OK, "http://other/b"},
		{"https://h/a", "http://h/b", FETCH_HOP_INSECURE, ""},
		{"https://h/a", "gopher://h/b", FETCH_HOP_SCHEME, ""},
		{"https://h/a", "http://:x:y/", FETCH_HOP_BAD, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char next[FETCH_URL_TEXT] = "";
		char scheme[FETCH_SCHEME_TEXT] = "";

		assert_int_equal(fetch_url_follow(rows[i].url, rows[i].location, next, scheme),
				 rows[i].hop);
		assert_string_equal(next, rows[i].next);
		assert_string_equal(scheme, rows[i].hop == FETCH_HOP_SCHEME ? "gopher" : "");
	}
}

static void names_the_file_beside_another(void **state)
{
	static const struct {
		const char *url;
		const char *beside;
		const char *path;
	} rows[] = {
		{"http://h/a.bin", "http://h/a.bin.sha256", "/a.bin"},
		{"https://u:p@h:81/d/a.bin?t=1&u=a/b#f",
		 "https://u:p@h:81/d/a.bin.sha256?t=1&u=a/b#f", "/d/a.bin"},
		/* libcurl writes the digits in small letters, which is the same (RFC 3986,
		 * section 6.2.2.1). */
		{"http://h/d%2Fe/a%20b%3F.bin", "http://h/d%2fe/a%20b%3f.bin.sha256",
		 "/d/e/a b?.bin"},
		{"http://h", "http://h/.sha256", "/"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static char beside[FETCH_URL_TEXT];
		static char path[FETCH_URL_TEXT];
		struct uxm_failure why = {.text = ""};

		if (!fetch_url_beside(rows[i].url, ".sha256", beside, path, &why))
			fail_msg("%s: %s", rows[i].url, why.text);
		assert_string_equal(beside, rows[i].beside);
		assert_string_equal(path, rows[i].path);
	}
}

static void refuses_a_file_beside_that_has_no_url(void **state)
{
	static char url[FETCH_URL_TEXT];
	static char beside[FETCH_URL_TEXT] = "unchanged";
	static char path[FETCH_URL_TEXT] = "unchanged";
	struct uxm_failure why = {.text = ""};

	(void)state;
	assert_false(fetch_url_beside("http://h/a%00.bin", ".sha256", beside, path, &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_non_null(strstr(why.text, "a .sha256 file beside http://h/"));
	memset(url, 'a', sizeof(url));
	memcpy(url, "http://host/", 12);
	url[FETCH_URL_TEXT - 7] = '\0';
	assert_false(fetch_url_beside(url, ".sha256", beside, path, &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_string_equal(beside, "unchanged");
	assert_string_equal(path, "unchanged");
	url[FETCH_URL_TEXT - 8] = '\0';
	assert_true(fetch_url_beside(url, ".sha256", beside, path, &why));
	assert_int_equal(strlen(beside), FETCH_URL_TEXT - 1);
}

static void refuses_headers_that_are_too_large_together(void **state)
{
	static struct fetch_headers headers;
	static char line[1024];
	size_t lines = 0;

	(void)state;
	memset(line, 'x', sizeof(line));
	fetch_headers_clear(&headers);
	assert_int_equal(fetch_headers_line(&headers, "HTTP/1.1 100\n", 13), FETCH_LINE_MORE);
	while (fetch_headers_line(&headers, line, sizeof(line)) == FETCH_LINE_MORE)
		lines++;
	assert_int_equal(lines, FETCH_HEADERS / sizeof(line) - 1);
	/* Another response does not start the count over. */
	assert_int_equal(fetch_headers_line(&headers, line, sizeof(line)), FETCH_LINE_TOO_LARGE);
	assert_int_equal(fetch_headers_line(&headers, line, sizeof(line) - 13), FETCH_LINE_MORE);
	assert_int_equal(fetch_headers_line(&headers, "\n", 1), FETCH_LINE_TOO_LARGE);
}

static void marks_a_location_that_has_no_room(void **state)
{
	static struct fetch_headers headers;
	static char line[FETCH_URL_TEXT + 32];
	int length;

	(void)state;
	fetch_headers_clear(&headers);
	fetch_headers_line(&headers, "HTTP/1.1 302", 12);
	length = snprintf(line, sizeof(line), "Location: %0*d", FETCH_URL_TEXT - 1, 1);
	fetch_headers_line(&headers, line, (size_t)length);
	assert_false(headers.response.bad_location);
	assert_int_equal(strlen(headers.response.location), FETCH_URL_TEXT - 1);
	length = snprintf(line, sizeof(line), "Location: %0*d", FETCH_URL_TEXT, 1);
	fetch_headers_line(&headers, line, (size_t)length);
	assert_true(headers.response.bad_location);
	fetch_headers_line(&headers, "Location: http://a\0b/", 21);
	assert_true(headers.response.bad_location);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_a_url_without_its_secrets),
		cmocka_unit_test(cuts_a_long_url_when_it_is_shown),
		cmocka_unit_test(refuses_urls_that_are_not_fetched),
		cmocka_unit_test(takes_the_four_schemes),
		cmocka_unit_test(limits_the_length_of_a_url),
		cmocka_unit_test(keeps_a_password_within_its_server),
		cmocka_unit_test(names_the_file_beside_another),
		cmocka_unit_test(refuses_a_file_beside_that_has_no_url),
		cmocka_unit_test(refuses_headers_that_are_too_large_together),
		cmocka_unit_test(marks_a_location_that_has_no_room),
	};

	return cmocka_run_group_tests_name("fetch/url", tests, NULL, NULL);
}
