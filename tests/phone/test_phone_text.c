/* phone/text.c: texts from outside are cleaned, cut and shown without secrets. */
#include <string.h>

#include "phone/text.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static void clean_texts_are_utf_8_without_controls(void **state)
{
	static const struct {
		const char *text;
		bool clean;
	} rows[] = {
		{"", true},
		{" ~", true},
		{"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80", true},
		{"\xc2\xa0", true},
		{"\xed\x9f\xbf", true},
		{"\xf4\x8f\xbf\xbf", true},
		{"a\tb", false},
		{"a\n", false},
		{"\x7f", false},
		{"\xc2\x80", false},
		{"\xc2\x9f", false},
		{"\xc0\xaf", false},
		{"\xc1\xbf", false},
		{"\xe0\x80\x80", false},
		{"\xed\xa0\x80", false},
		{"\xf0\x80\x80\x80", false},
		{"\xf4\x90\x80\x80", false},
		{"\xf5\x80\x80\x80", false},
		{"\x80", false},
		{"\xe2\x82", false},
		{"\xff", false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		if (text_is_clean(rows[i].text) != rows[i].clean)
			fail_msg("row %zu: '%s'", i, rows[i].text);
	}
}

static void what_is_taken_is_cleaned_and_cut_between_characters(void **state)
{
	static const struct {
		const char *from;
		size_t room;
		const char *to;
	} rows[] = {
		{"abc", 4, "abc"},
		{"abc", 3, "ab"},
		{"abc", 1, ""},
		{NULL, 4, ""},
		{"a\nb\x7f", 8, "a?b?"},
		{"\xc2\x85x", 8, "?x"},
		{"\xff\xfe", 8, "??"},
		{"\xc3\xbc\xc3\xbc", 4, "\xc3\xbc"},
		{"\xc3\xbc\xc3\xbc", 5, "\xc3\xbc\xc3\xbc"},
		{"\xe2\x82", 8, "??"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char to[9];

		memset(to, 'x', sizeof(to));
		assert_ptr_equal(text_take(to, rows[i].room, rows[i].from), to);
		assert_string_equal(to, rows[i].to);
		assert_true(text_is_clean(to));
	}
}

static void a_url_is_shown_without_user_password_query_and_fragment(void **state)
{
	static const struct {
		const char *url;
		const char *shown;
	} rows[] = {
		{"http://h/snomD7C-1.6.1-r.bin", "http://h/snomD7C-1.6.1-r.bin"},
		{"http://u:secret@h/a", "http://h/a"},
		{"http://u:secret@h:8080/a", "http://h:8080/a"},
		{"http://u@secret@h/a", "http://h/a"},
		{"http://u:secret@[::1]:80/a", "http://[::1]:80/a"},
		{"http://[::1]/a", "http://[::1]/a"},
		{"http://h/a@b", "http://h/a@b"},
		{"http://h/a?secret", "http://h/a?..."},
		{"http://h/a?secret#secret", "http://h/a?..."},
		{"http://h/a#secret", "http://h/a"},
		{"http://h/a#secret?secret", "http://h/a"},
		{"http://h?u:secret@x", "http://h?..."},
		/* A password with what ends a host: half of it stands where the host ought to. */
		{"http://u:secret/x@h/a", "http://..."},
		{"http://u:secret?x@h/a", "http://..."},
		{"http://u:secret#x@h/a", "http://..."},
		{"http://x\\u:secret@h/a", "http://h/a"},
		{"snomD7C-1.6.1-r.bin", "snomD7C-1.6.1-r.bin"},
		{"u:secret@h/a", "...h/a"},
		{"h/a?x://u:secret@h", "...h"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char shown[64];

		assert_ptr_equal(text_url_shown(rows[i].url, shown, sizeof(shown)), shown);
		assert_string_equal(shown, rows[i].shown);
	}
}

static void a_long_url_is_cut_and_shows_no_more_than_a_short_one(void **state)
{
	char url[9000];
	char shown[32];

	(void)state;
	memset(url, 'a', sizeof(url));
	memcpy(url, "http://u:secret@h/", 18);
	url[sizeof(url) - 1] = '\0';
	assert_string_equal(text_url_shown(url, shown, sizeof(shown)),
			    "http://h/aaaaaaaaaaaaaaaaaaaaaa");
	memset(url, 'u', sizeof(url) - 1);
	memcpy(url, "http://", 7);
	memcpy(url + sizeof(url) - 5, "@h/a", 5);
	assert_string_equal(text_url_shown(url, shown, sizeof(shown)), "http://h/a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_texts_are_utf_8_without_controls),
		cmocka_unit_test(what_is_taken_is_cleaned_and_cut_between_characters),
		cmocka_unit_test(a_url_is_shown_without_user_password_query_and_fragment),
		cmocka_unit_test(a_long_url_is_cut_and_shows_no_more_than_a_short_one),
	};

	return cmocka_run_group_tests_name("phone/text", tests, NULL, NULL);
}
