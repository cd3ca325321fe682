/* fetch/defaults.c: who asks, by stored download defaults. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <string.h>

#include "fetch/defaults.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

#define FTP  FETCH_METHOD_FTP
#define FTPS FETCH_METHOD_FTPS
#define HTTP FETCH_METHOD_HTTP

static void user_and_password_go_beside_the_url(void **state)
{
	static const struct {
		struct fetch_defaults defaults;
		const char *user;
		const char *password;
		const char *account;
	} rows[] = {
		{{FTP, "h", .user = "u", .password = "p", .account = "x"}, "u", "p", "x"},
		{{FTPS, "h", .user = "", .password = "", .account = ""}, "", "", ""},
		{{FTP, "h", .account = "x"}, "", "", "x"},
		/* Accounts are FTP's. */
		{{HTTP, "h", .user = "u", .password = "p", .account = "x"}, "u", "p", ""},
		{{HTTP, "h", .user = "@:/?#%41", .password = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"},
		 "@:/?#%41",
		 " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
		 ""},
		{{HTTP, "h", .user = "\xc3\xbc", .password = "\x80\xff"},
		 "\xc3\xbc",
		 "\x80\xff",
		 ""},
		/* In the base URL, encoded. */
		{{HTTP, .base_url = "http://u%40x:p%2Fw%20@h/"}, "u@x", "p/w ", ""},
		{{HTTP, .base_url = "http://u@h/"}, "u", "", ""},
		{{HTTP, .base_url = "http://u:p@h/", .password = "q"}, "u", "q", ""},
		/* The base URL's password is not sent for another user. */
		{{HTTP, .base_url = "http://u:p@h/", .user = "v"}, "v", "", ""},
		{{HTTP, .base_url = "http://u:p@h/", .user = "v", .password = "q"}, "v", "q", ""},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char url[FETCH_URL_TEXT];
		char expected[32];
		struct fetch_access access;
		struct uxm_failure why = {.text = ""};

		if (!fetch_defaults_url(&rows[i].defaults, "a", url, &access, &why))
			fail_msg("row %zu: %s", i, why.text);
		snprintf(expected, sizeof(expected), "%s://h/a",
			 fetch_method_name(rows[i].defaults.method));
		assert_string_equal(url, expected);
		assert_string_equal(access.user, rows[i].user);
		assert_string_equal(access.password, rows[i].password);
		assert_string_equal(access.account, rows[i].account);
	}
}

/* A text of so many 'a', with `prefix` for its beginning. */
static const char *long_text(const char *prefix, size_t length, char text[FETCH_URL_TEXT + 16])
{
	memset(text, 'a', length);
	memcpy(text, prefix, strlen(prefix));
	text[length] = '\0';
	return text;
}

static void who_asks_has_at_most_255_characters(void **state)
{
	char text[FETCH_URL_TEXT + 16];
	char base[FETCH_URL_TEXT + 32];
	char url[FETCH_URL_TEXT];
	struct fetch_access access;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		static const char *const says[] = {"The user of", "The password of",
						   "The account of"};
		struct fetch_defaults defaults = {.server = "h"};
		const char **texts[] = {&defaults.user, &defaults.password, &defaults.account};
		struct uxm_failure why = {.text = ""};

		*texts[i] = long_text("", FETCH_ACCESS_TEXT - 1, text);
		assert_true(fetch_defaults_url(&defaults, "a", url, &access, &why));
		assert_int_equal(strlen(access.user) + strlen(access.password) +
					 strlen(access.account),
				 255);
		long_text("", FETCH_ACCESS_TEXT, text);
		assert_false(fetch_defaults_url(&defaults, "a", url, &access, &why));
		assert_non_null(strstr(why.text, says[i]));
		assert_non_null(strstr(why.text, "longer than 255 characters"));
	}
	for (size_t length = 255; length <= 256; length++) {
		const struct fetch_defaults defaults = {.method = HTTP, .base_url = base};
		struct uxm_failure why = {.text = ""};

		snprintf(base, sizeof(base), "http://u:%s@h/", long_text("", length, text));
		assert_int_equal(fetch_defaults_url(&defaults, "a", url, &access, &why),
				 length == 255);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(user_and_password_go_beside_the_url),
		cmocka_unit_test(who_asks_has_at_most_255_characters),
	};

	return cmocka_run_group_tests_name("fetch/defaults, access", tests, NULL, NULL);
}
