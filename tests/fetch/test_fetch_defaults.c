/* fetch/defaults.c: stored download defaults and a file's name become a URL. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "fetch/defaults.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

#define FTP   FETCH_METHOD_FTP
#define FTPS  FETCH_METHOD_FTPS
#define HTTP  FETCH_METHOD_HTTP
#define HTTPS FETCH_METHOD_HTTPS

/* Whether libcurl itself, which will fetch it, understands the URL as it was meant. */
static void assert_parses(const char *url, const struct fetch_defaults *defaults)
{
	CURLU *parsed = curl_url();
	char *user = NULL;
	char *port = NULL;
	char expected[8];

	assert_int_equal(curl_url_set(parsed, CURLUPART_URL, url, 0), CURLUE_OK);
	assert_int_equal(curl_url_get(parsed, CURLUPART_USER, &user, 0), CURLUE_NO_USER);
	assert_int_equal(curl_url_get(parsed, CURLUPART_QUERY, &user, 0), CURLUE_NO_QUERY);
	if (defaults->port != 0 && defaults->base_url == NULL) {
		assert_int_equal(curl_url_get(parsed, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT),
				 CURLUE_OK);
		snprintf(expected, sizeof(expected), "%u", defaults->port);
		assert_string_equal(port, expected);
	}
	curl_free(port);
	curl_url_cleanup(parsed);
}

static void a_file_name_becomes_a_url(void **state)
{
	static const struct {
		struct fetch_defaults defaults;
		const char *name;
		const char *url;
	} rows[] = {
		/* Methods, ports, servers. */
		{{FTP, .server = "h"}, "a.bin", "ftp://h/a.bin"},
		{{FTPS, .server = "h"}, "a.bin", "ftps://h/a.bin"},
		{{HTTP, .server = "h"}, "a.bin", "http://h/a.bin"},
		{{HTTPS, .server = "h"}, "a.bin", "https://h/a.bin"},
		{{FTP, .server = "h", .port = 21}, "a.bin", "ftp://h:21/a.bin"},
		{{HTTP, .server = "h", .port = 1}, "a.bin", "http://h:1/a.bin"},
		{{HTTPS, .server = "h", .port = 65535}, "a.bin", "https://h:65535/a.bin"},
		{{HTTP, .server = "192.0.2.1", .port = 8080}, "a", "http://192.0.2.1:8080/a"},
		{{HTTP, .server = "files.Example-1.net."}, "a", "http://files.Example-1.net./a"},
		{{HTTP, .server = "b\xc3\xbc"
				  "cher.example"},
		 "a",
		 "http://b\xc3\xbc"
		 "cher.example/a"},
		{{FTP, .server = "2001:db8::1"}, "a", "ftp://[2001:db8::1]/a"},
		{{FTP, .server = "[2001:db8::1]"}, "a", "ftp://[2001:db8::1]/a"},
		{{FTP, .server = "::1", .port = 2121}, "a", "ftp://[::1]:2121/a"},
		{{FTP, .server = "fe80::1%eth0"}, "a", "ftp://[fe80::1%eth0]/a"},
		{{FTP, .server = "[fe80::1%25eth0]"}, "a", "ftp://[fe80::1%25eth0]/a"},
		/* Paths. An FTP path from the root on begins with an encoded '/'. */
		{{FTP, .server = "h", .path = ""}, "a", "ftp://h/a"},
		{{FTP, .server = "h", .path = "pub"}, "a", "ftp://h/pub/a"},
		{{FTP, .server = "h", .path = "pub/fw/"}, "a", "ftp://h/pub/fw/a"},
		{{FTP, .server = "h", .path = "/pub"}, "a", "ftp://h/%2Fpub/a"},
		{{FTPS, .server = "h", .path = "/pub//fw//"}, "a", "ftps://h/%2Fpub/fw/a"},
		{{FTP, .server = "h", .path = "/"}, "a", "ftp://h/%2Fa"},
		{{HTTP, .server = "h", .path = "/"}, "a", "http://h/a"},
		{{HTTP, .server = "h", .path = "/pub//fw/"}, "a", "http://h/pub/fw/a"},
		{{HTTP, .server = "h", .path = "pub/fw"}, "a", "http://h/pub/fw/a"},
		{{HTTP, .server = "h", .path = ".../.a/..b"}, "a", "http://h/.../.a/..b/a"},
		/* Names and paths are no URLs yet. */
		{{HTTP, .server = "h", .path = "a b/c%20d"},
		 "1?2#3%4.bin",
		 "http://h/a%20b/c%2520d/1%3F2%233%254.bin"},
		{{HTTP, .server = "h"}, "A-z0_9~!$&'()*+,=:@", "http://h/A-z0_9~!$&'()*+,=:@"},
		{{FTP, .server = "h"}, "a;type=a", "ftp://h/a%3Btype=a"},
		{{HTTP, .server = "h"},
		 "\"<>\\^`{|}[]",
		 "http://h/%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D"},
		{{HTTP, .server = "h"}, "\xc3\xbc\xff", "http://h/%C3%BC%FF"},
		{{HTTP, .server = "h"}, "...", "http://h/..."},
		{{HTTP, .server = "h"}, "http:", "http://h/http:"},
		/* The MAC's place stays. */
		{{HTTP, .server = "h", .path = "{mac}/x{MAC}"},
		 "{mac}{mac",
		 "http://h/{mac}/x{MAC}/{mac}%7Bmac"},
		{{HTTP, .base_url = "http://h/{mac}/"}, "{mac}.xml", "http://h/{mac}/{mac}.xml"},
		/* Base URLs. */
		{{HTTP, .base_url = "http://h"}, "a", "http://h/a"},
		{{HTTP, .base_url = "http://h/"}, "a", "http://h/a"},
		{{HTTPS, .base_url = "https://h:8443/x/y"}, "a b", "https://h:8443/x/y/a%20b"},
		{{HTTPS, .base_url = "HTTPS://h/x%20y/"}, "a", "https://h/x%20y/a"},
		{{HTTPS, .server = "unseen", .port = 1, .path = "/unseen/..",
		  .base_url = "https://h/x"},
		 "a",
		 "https://h/x/a"},
		{{HTTP, .base_url = "http://[::1]:80/x"}, "a", "http://[::1]:80/x/a"},
		/* FTP has none. */
		{{FTP, .server = "h", .base_url = "https://g/x"}, "a", "ftp://h/a"},
		{{FTPS, .server = "h", .base_url = "what ever"}, "a", "ftps://h/a"},
		{{HTTP, .server = "h", .base_url = ""}, "a", "http://h/a"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char url[FETCH_URL_TEXT];
		struct fetch_access access = {.user = "before"};
		struct uxm_failure why = {.text = ""};

		if (!fetch_defaults_url(&rows[i].defaults, rows[i].name, url, &access, &why))
			fail_msg("%s: %s", rows[i].url, why.text);
		assert_string_equal(url, rows[i].url);
		assert_parses(url, &rows[i].defaults);
		assert_string_equal(access.user, "");
		assert_string_equal(access.password, "");
		assert_string_equal(access.account, "");
	}
}

static void what_is_missing_or_wrong_is_named(void **state)
{
	static const struct {
		struct fetch_defaults defaults;
		const char *name;
		const char *says;
	} rows[] = {
		{{FTP}, "a", "name no server for ftp; name one"},
		{{HTTPS, .server = ""}, "a", "name no server for https"},
		{{FTP, .base_url = "http://h/"}, "a", "name no server for ftp"},
		{{FTP, .server = "h:21"},
		 "a",
		 "The server 'h:21' of the download defaults is neither"},
		{{FTP, .server = "h/x"}, "a", "neither a name nor an address"},
		{{FTP, .server = "http://u:secret@h/"}, "a", "The server 'http://h/' of"},
		{{FTP, .server = "u:secret@h"}, "a", "neither a name nor an address"},
		{{FTP, .server = "a b"}, "a", "neither a name nor an address"},
		{{FTP, .server = "h%2fx"}, "a", "neither a name nor an address"},
		{{FTP, .server = "h?x"}, "a", "neither a name nor an address"},
		{{FTP, .server = "{mac}.h"}, "a", "neither a name nor an address"},
		{{FTP, .server = "["}, "a", "neither a name nor an address"},
		{{FTP, .server = "]"}, "a", "neither a name nor an address"},
		{{FTP, .server = "[]"}, "a", "neither a name nor an address"},
		{{FTP, .server = "[::1"}, "a", "neither a name nor an address"},
		{{FTP, .server = "::1]"}, "a", "neither a name nor an address"},
		{{FTP, .server = "[::1]:21"}, "a", "neither a name nor an address"},
		{{FTP, .server = "[192.0.2.1]"}, "a", "neither a name nor an address"},
		{{FTP, .server = "2001:db8"}, "a", "neither a name nor an address"},
		{{FTP, .server = "fe80::1%"}, "a", "neither a name nor an address"},
		{{FTP, .server = "fe80::1%/x"}, "a", "neither a name nor an address"},
		{{FTP, .server = "fe80::1%25x%2f"}, "a", "neither a name nor an address"},
		{{HTTP, .server = "h", .path = "a/../b"}, "a", "The path 'a/../b' of the download"},
		{{FTP, .server = "h", .path = ".."}, "a", "holds '.' or '..'"},
		{{FTP, .server = "h", .path = "/./b"}, "a", "holds '.' or '..'"},
		{{HTTP, .base_url = "https://h/"},
		 "a",
		 "https://h/ of the download defaults is not one for the method http"},
		{{HTTPS, .base_url = "http://u:secret@h/"}, "a", "http://h/ of the download"},
		{{HTTPS, .base_url = "ftp://h/"}, "a", "not one for the method https"},
		{{HTTP, .base_url = "file:///etc"}, "a", "not one for the method http"},
		{{HTTP, .base_url = "h/x"}, "a", "is not a URL"},
		{{HTTP, .base_url = "http://"}, "a", "is not a URL"},
		{{HTTP, .base_url = "http://u:secret@h h/"}, "a", "is not a URL"},
		{{HTTP, .base_url = "http://h:99999/"}, "a", "is not a URL"},
		{{HTTP, .base_url = "http://u%00:secret@h/"}, "a", "is not a URL"},
		{{HTTP, .base_url = "http://u:secret@h/x?secret"},
		 "a",
		 "http://h/x?... of the download defaults has a query"},
		{{HTTP, .base_url = "http://h/x?"}, "a", "has a query or a fragment"},
		{{HTTP, .base_url = "http://h/x#secret"},
		 "a",
		 "http://h/x of the download defaults has"},
		{{HTTP, .server = "h"}, "", "'' is neither the name of a file nor a URL"},
		{{HTTP, .server = "h"}, ".", "'.' is neither the name"},
		{{HTTP, .server = "h"}, "..", "'..' is neither the name"},
		{{HTTP, .server = "h"}, "x/a", "'x/a' is neither the name"},
		{{HTTP, .server = "h"}, "/a", "'/a' is neither the name"},
		{{HTTP, .server = "h"}, "u:secret@h/a", "'...h/a' is neither the name"},
		/* Control characters. */
		{{HTTP, .server = "h"}, "a\n", "The file name holds a control character"},
		{{HTTP, .server = "h"}, "a\x7f", "The file name holds a control character"},
		{{HTTP, .server = "h"}, "http://h/\x01", "The URL holds a control character"},
		{{HTTP, .server = "h\r"},
		 "a",
		 "The server of the download defaults holds a control"},
		{{HTTP, .server = "h", .path = "\t"},
		 "a",
		 "The path of the download defaults holds a"},
		{{HTTP, .server = "h", .user = "u\n"},
		 "a",
		 "The user of the download defaults holds"},
		{{HTTP, .server = "h", .password = "secret\r\nQUIT"},
		 "a",
		 "The password of the download"},
		{{FTP, .server = "h", .account = "x\x1f"},
		 "a",
		 "The account of the download defaults"},
		{{HTTP, .base_url = "http://h/\n"},
		 "a",
		 "The base URL of the download defaults holds"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char url[FETCH_URL_TEXT] = "kept";
		struct fetch_access access = {.user = "kept"};
		struct uxm_failure why = {.text = ""};

		if (fetch_defaults_url(&rows[i].defaults, rows[i].name, url, &access, &why))
			fail_msg("%s: taken as %s", rows[i].says, url);
		if (strstr(why.text, rows[i].says) == NULL)
			fail_msg("expected ...%s...\nsaid %s", rows[i].says, why.text);
		assert_int_equal(why.result, UXM_USAGE);
		assert_null(strstr(why.text, "secret"));
		assert_string_equal(url, "kept");
		assert_string_equal(access.user, "kept");
	}
}

static void a_complete_url_stands_for_itself(void **state)
{
	static const char *const names[] = {"http://u:p@g/x?y#z", "ftp://g/%2Fa;type=i",
					    "tftp://g/a", "HTTPS://g", "x://"};
	const struct fetch_defaults defaults = {.server = "h", .user = "u", .password = "p"};
	const struct fetch_defaults none = {.server = NULL};

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		char url[FETCH_URL_TEXT];
		struct fetch_access access = {.user = "before", .account = "before"};
		struct uxm_failure why;

		assert_true(fetch_defaults_url(&defaults, names[i], url, &access, &why));
		assert_string_equal(url, names[i]);
		assert_string_equal(access.user, "");
		assert_string_equal(access.password, "");
		assert_string_equal(access.account, "");
		assert_true(fetch_defaults_url(&none, names[i], url, &access, &why));
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

static void what_is_too_long_is_refused_and_what_just_fits_is_taken(void **state)
{
	char text[FETCH_URL_TEXT + 16];
	char url[FETCH_URL_TEXT];
	struct fetch_access access;
	struct uxm_failure why = {.text = ""};
	struct fetch_defaults defaults = {.method = HTTP, .server = "h", .path = "x"};

	(void)state;
	/* "http://h/x/" are 11. */
	assert_true(fetch_defaults_url(&defaults, long_text("", FETCH_URL_TEXT - 1 - 11, text), url,
				       &access, &why));
	assert_int_equal(strlen(url), FETCH_URL_TEXT - 1);
	assert_false(fetch_defaults_url(&defaults, long_text("", FETCH_URL_TEXT - 11, text), url,
					&access, &why));
	assert_non_null(strstr(why.text, "longer than 8191 characters"));
	/* Encoding makes it longer. */
	assert_false(fetch_defaults_url(&defaults, long_text(" ", FETCH_URL_TEXT - 1 - 11, text),
					url, &access, &why));
	assert_false(fetch_defaults_url(&defaults, long_text("", FETCH_URL_TEXT, text), url,
					&access, &why));
	assert_non_null(strstr(why.text, "The file name is longer than 8191"));
	assert_true(fetch_defaults_url(&defaults, long_text("http://", FETCH_URL_TEXT - 1, text),
				       url, &access, &why));
	assert_false(fetch_defaults_url(&defaults, long_text("http://", FETCH_URL_TEXT, text), url,
					&access, &why));
	assert_non_null(strstr(why.text, "The URL is longer than 8191"));
	defaults.path = long_text("", FETCH_URL_TEXT - 1, text);
	assert_false(fetch_defaults_url(&defaults, "a", url, &access, &why));
	assert_non_null(strstr(why.text, "The URL by the download defaults is longer"));
	defaults.path = NULL;
	defaults.server = long_text("", FETCH_URL_TEXT - 1, text);
	assert_false(fetch_defaults_url(&defaults, "a", url, &access, &why));
	defaults.base_url = long_text("http://h/", FETCH_URL_TEXT - 1, text);
	defaults.server = NULL;
	assert_false(fetch_defaults_url(&defaults, "a", url, &access, &why));
	assert_non_null(strstr(why.text, "The URL by the download defaults is longer"));
	assert_int_equal(why.result, UXM_USAGE);
}

static void methods_have_their_schemes_for_names(void **state)
{
	static const char *const wrong[] = {"", "ftpx", "tftp", "file", "http ", "sftp"};
	enum fetch_method method = HTTPS;

	(void)state;
	for (int i = 0; i < FETCH_METHODS; i++) {
		assert_true(fetch_method_parse(fetch_method_name((enum fetch_method)i), &method));
		assert_int_equal(method, i);
	}
	assert_true(fetch_method_parse("FtPs", &method));
	assert_int_equal(method, FTPS);
	for (size_t i = 0; i < ROWS(wrong); i++)
		assert_false(fetch_method_parse(wrong[i], &method));
	assert_int_equal(method, FTPS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_name_becomes_a_url),
		cmocka_unit_test(what_is_missing_or_wrong_is_named),
		cmocka_unit_test(a_complete_url_stands_for_itself),
		cmocka_unit_test(what_is_too_long_is_refused_and_what_just_fits_is_taken),
		cmocka_unit_test(methods_have_their_schemes_for_names),
	};

	return cmocka_run_group_tests_name("fetch/defaults", tests, NULL, NULL);
}
