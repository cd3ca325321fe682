/* fetch/mac.c: the phone's MAC in URLs. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

#include "fetch/mac.h"

static void reads_a_mac_with_any_separator_or_none(void **state)
{
	static const char *const texts[] = {"00:1A:e8:00:9f:0B", "00-1a-e8-00-9f-0b",
					    "00.1A.E8.00.9F.0B", "001ae8009f0b", "001AE8009F0B"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char mac[FETCH_MAC_TEXT] = "";

		assert_true(fetch_mac_parse(texts[i], mac));
		assert_string_equal(mac, "001ae8009f0b");
	}
}

static void refuses_what_is_no_mac(void **state)
{
	static const char *const texts[] = {
		"",
		"0",
		"00",
		"00:",
		"00:1a:e8:00:9f",
		"00:1a:e8:00:9f:",
		"00:1a:e8:00:9f:0",
		"00:1a:e8:00:9f:0b:",
		"00:1a:e8:00:9f:0b:0c",
		"001ae8009f0",
		"001ae8009f0b0",
		"00:1a-e8:00:9f:0b",
		"00:1ae8009f0b",
		"001a:e8009f0b",
		"001a.e800.9f0b",
		"00 1a e8 00 9f 0b",
		" 001ae8009f0b",
		"001ae8009f0b ",
		"001ae8009f0g",
		"0x1ae8009f0b",
		"/01ae8009f0b",
		":01ae8009f0b",
		"@01ae8009f0b",
		"G01ae8009f0b",
		"`01ae8009f0b",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char mac[FETCH_MAC_TEXT] = "kept";

		if (fetch_mac_parse(texts[i], mac))
			fail_msg("'%s' was taken", texts[i]);
		assert_string_equal(mac, "kept");
	}
}

static void puts_the_mac_in_every_place(void **state)
{
	static const struct {
		const char *url;
		const char *filled;
	} rows[] = {
		{"http://h/{mac}.xml", "http://h/001ae8009f0b.xml"},
		{"http://h/{MAC}/{Mac}{mac}", "http://h/001ae8009f0b/001ae8009f0b001ae8009f0b"},
		{"http://{mac}.h/a?id={mac}", "http://001ae8009f0b.h/a?id=001ae8009f0b"},
		{"http://h/{mac", "http://h/{mac"},
		{"http://h/mac}", "http://h/mac}"},
		{"http://h/{ma c}{mac2}", "http://h/{ma c}{mac2}"},
		{"http://h/{{mac}}", "http://h/{001ae8009f0b}"},
		{"{mac}", "001ae8009f0b"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char filled[FETCH_URL_TEXT];
		struct uxm_failure why;

		assert_true(fetch_mac_put(rows[i].url, "001ae8009f0b", filled, &why));
		assert_string_equal(filled, rows[i].filled);
	}
}

static void a_mac_that_is_not_known_is_missed_only_where_it_is_asked_for(void **state)
{
	char filled[FETCH_URL_TEXT] = "kept";
	struct uxm_failure why = {.text = ""};

	(void)state;
	assert_false(fetch_mac_put("http://u:secret@h/{Mac}.xml", "", filled, &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_string_equal(why.text, "http://h/{Mac}.xml holds {mac}, but the phone's MAC is not "
				      "known; give it: --mac for uxm, mac in "
				      "/etc/uxm/uxmd.conf for uxmd.");
	assert_string_equal(filled, "kept");
	assert_true(fetch_mac_put("http://h/a.xml", "", filled, &why));
	assert_string_equal(filled, "http://h/a.xml");
}

static void a_url_that_becomes_too_long_is_refused(void **state)
{
	char url[FETCH_URL_TEXT + 8];
	char filled[FETCH_URL_TEXT] = "kept";
	struct uxm_failure why = {.text = ""};

	(void)state;
	/* The longest: the place is 5 characters, the MAC 12. */
	memset(url, 'a', sizeof(url));
	memcpy(url, "http://h/{mac}", 14);
	url[FETCH_URL_TEXT - 1 - 7] = '\0';
	assert_true(fetch_mac_put(url, "001ae8009f0b", filled, &why));
	assert_int_equal(strlen(filled), FETCH_URL_TEXT - 1);
	url[FETCH_URL_TEXT - 1 - 7] = 'a';
	url[FETCH_URL_TEXT - 1 - 6] = '\0';
	strcpy(filled, "kept");
	assert_false(fetch_mac_put(url, "001ae8009f0b", filled, &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_non_null(strstr(why.text, "longer than 8191 characters"));
	assert_string_equal(filled, "kept");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_mac_with_any_separator_or_none),
		cmocka_unit_test(refuses_what_is_no_mac),
		cmocka_unit_test(puts_the_mac_in_every_place),
		cmocka_unit_test(a_mac_that_is_not_known_is_missed_only_where_it_is_asked_for),
		cmocka_unit_test(a_url_that_becomes_too_long_is_refused),
	};

	return cmocka_run_group_tests_name("fetch/mac", tests, NULL, NULL);
}
