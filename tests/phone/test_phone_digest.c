/* The example of RFC 7616, section 3.9.1, and what is not like it. */
#include "phone/digest.h"

#include <stdio.h>
#include <string.h>

#include "tests/cmocka.h"

#define REALM "http-auth@example.org"
#define SAID                                                                                       \
	"Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", "   \
	"algorithm=SHA-256, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "              \
	"nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, "         \
	"response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\", "          \
	"opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""

static bool is_right(const char *said, const char *method, const char *password)
{
	return digest_is_right(said, method, REALM, "Mufasa", password);
}

static void the_examples_answer_is_right(void **state)
{
	(void)state;
	assert_true(is_right(SAID, "GET", "Circle of Life"));
	/* Blanks and the order are the client's affair, and so is what is quoted. */
	assert_true(is_right(
		"digest response=753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1,"
		"cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\",a=\"x, nc=2\" ,\t"
		"NC=\"00000001\",  uri=\"/dir/index.html\","
		"nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\"",
		"GET", "Circle of Life"));
}

static void any_other_answer_is_wrong(void **state)
{
	(void)state;
	assert_false(is_right(SAID, "GET", "Circle of life"));
	assert_false(is_right(SAID, "GET", ""));
	assert_false(is_right(SAID, "POST", "Circle of Life"));
	assert_false(digest_is_right(SAID, "GET", "uxm", "Mufasa", "Circle of Life"));
	assert_false(digest_is_right(SAID, "GET", REALM, "Simba", "Circle of Life"));
}

static void what_lacks_a_field_or_is_cut_off_is_wrong(void **state)
{
	static const char *const names[] = {"uri=", "nonce=", "nc=", "cnonce=", "response="};
	char text[sizeof(SAID)];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char name[16];
		char *at;

		memcpy(text, SAID, sizeof(SAID));
		snprintf(name, sizeof(name), " %s", names[i]);
		at = strstr(text, name);
		assert_non_null(at);
		at[1] = 'x';
		assert_false(is_right(text, "GET", "Circle of Life"));
	}
	for (size_t length = 0; length < (size_t)(strstr(SAID, "cb6c1") - SAID); length++) {
		memcpy(text, SAID, length);
		text[length] = '\0';
		assert_false(is_right(text, "GET", "Circle of Life"));
	}
}

static void a_user_that_libmicrohttpd_does_not_read_as_it_was_sent_is_none_for_digest(void **state)
{
	static const char *const fine[] = {"a", "a b", "\xc3\xbc", "a,b=c", "a'b", " "};
	static const char *const not_fine[] = {"", "\"", "a\"b", "\\", "a\\", "a:b", ":"};
	char text[257];

	(void)state;
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		assert_true(digest_can_carry(fine[i]));
	for (size_t i = 0; i < sizeof(not_fine) / sizeof(not_fine[0]); i++)
		assert_false(digest_can_carry(not_fine[i]));
	for (size_t length = 1; length < sizeof(text); length++) {
		memset(text, 'a', length);
		text[length] = '\0';
		assert_int_equal(digest_can_carry(text), length <= 127);
	}
}

static void what_is_too_long_is_wrong(void **state)
{
	char text[DIGEST_FIELD + 64];

	(void)state;
	snprintf(text, sizeof(text), "Digest uri=\"%0*d\", nonce=\"x\"", (int)DIGEST_FIELD, 0);
	assert_false(is_right(text, "GET", "Circle of Life"));
	assert_false(is_right("Digest", "GET", "Circle of Life"));
	assert_false(is_right("Digest ,,, ,", "GET", "Circle of Life"));
	assert_false(is_right("Digest uri", "GET", "Circle of Life"));
	assert_false(is_right("Digest uri=", "GET", "Circle of Life"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples_answer_is_right),
		cmocka_unit_test(any_other_answer_is_wrong),
		cmocka_unit_test(what_lacks_a_field_or_is_cut_off_is_wrong),
		cmocka_unit_test(what_is_too_long_is_wrong),
		cmocka_unit_test(
			a_user_that_libmicrohttpd_does_not_read_as_it_was_sent_is_none_for_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
