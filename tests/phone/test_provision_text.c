/* phone/provision.c: texts that no fixture has: references, limits, and what is half there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone/provision.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static bool read_text(const char *text, enum provision_kind kind, struct provision *found,
		      struct uxm_failure *why)
{
	return provision_read(found, kind, text, strlen(text), why);
}

static void is_refused(const char *text, const char *part)
{
	struct provision found;
	struct uxm_failure why;

	assert_false(read_text(text, PROVISION_SETTINGS, &found, &why));
	if (strstr(why.text, part) == NULL)
		fail_msg("%s: %s", text, why.text);
}

static void an_ampersand_that_begins_no_reference_is_meant(void **state)
{
	static const char *const bare[] = {"&",      "&&",     "&amp",  "&#;",    "&#x;",
					   "&#xg1;", "&#12a;", "&AMP;", "&nbsp;", "&a;b&c;",
					   "&#",     "&lt",    "&quot", "&#x26",  "&#38"};
	char text[256];

	(void)state;
	for (size_t i = 0; i < ROWS(bare); i++) {
		struct provision found;
		struct uxm_failure why;

		snprintf(text, sizeof(text),
			 "<firmware-settings><firmware>x%sy</firmware>"
			 "</firmware-settings>",
			 bare[i]);
		if (!read_text(text, PROVISION_FIRMWARE, &found, &why))
			fail_msg("%s: %s", bare[i], why.text);
		snprintf(text, sizeof(text), "x%sy", bare[i]);
		assert_string_equal(found.of[PHONE_FIRMWARE].value, text);
		assert_true(found.ampersands >= 1);
		provision_release(&found);
	}
}

static void a_reference_that_is_one_is_not_counted(void **state)
{
	struct provision found;
	struct uxm_failure why;

	(void)state;
	assert_true(read_text("<!--&--><settings a='&amp;'><phone-settings><firmware>"
			      "&amp;&lt;&gt;&quot;&apos;&#65;&#x42;&#x6d;<![CDATA[&]]]>"
			      "</firmware></phone-settings></settings>",
			      PROVISION_SETTINGS, &found, &why));
	assert_string_equal(found.of[PHONE_FIRMWARE].value, "&<>\"'ABm&]");
	assert_int_equal(found.ampersands, 0);
	provision_release(&found);
	is_refused(
		"<settings><phone-settings><firmware>&#0;</firmware></phone-settings></settings>",
		"line 1, column 37: reference to invalid character number.");
}

static void a_password_keeps_its_blanks_and_is_in_no_sentence(void **state)
{
	struct provision found;
	struct uxm_failure why;

	(void)state;
	assert_true(read_text("<settings><phone-settings><http_pass> se&cret </http_pass>"
			      "</phone-settings></settings>",
			      PROVISION_SETTINGS, &found, &why));
	assert_string_equal(found.of[PHONE_HTTP_PASS].value, " se&cret ");
	provision_release(&found);
	assert_false(read_text("<settings><phone-settings><http_pass>sec\nret</http_pass>"
			       "</phone-settings></settings>",
			       PROVISION_SETTINGS, &found, &why));
	assert_null(strstr(why.text, "ret"));
}

static void a_password_in_the_text_form_begins_behind_one_blank(void **state)
{
	static const struct {
		const char *line;
		const char *password;
	} rows[] = {
		{"http_pass:secret\n", "secret"},
		{"http_pass: secret\n", "secret"},
		{"http_pass:\tsecret\n", "secret"},
		{"http_pass:  se cret \n", " se cret "},
		{"http_pass!: secret  \r\n", "secret  "},
		{"http_pass:  secret", " secret"},
		{" http_pass:   \r\n", "  "},
		{"http_pass: \n", ""},
		{"http_pass:\r\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[128];
		struct provision found;
		struct uxm_failure why;

		snprintf(text, sizeof(text), "<html><pre>\nled:  a b \r\n%s", rows[i].line);
		if (!read_text(text, PROVISION_SETTINGS, &found, &why))
			fail_msg("%s: %s", rows[i].line, why.text);
		assert_string_equal(found.of[PHONE_HTTP_PASS].value, rows[i].password);
		assert_string_equal(found.of[PHONE_LED].value, "a b");
		provision_release(&found);
	}
}

static void refuses_what_is_deeper_or_larger_than_allowed(void **state)
{
	static const char deep[] =
		"<settings><b><c><d><e><f><g><h><i><j><k><l><m><n><o><p/></o></n>"
		"</m></l></k></j></i></h></g></f></e></d></c></b></settings>";
	static const char begin[] = "<settings>";
	static const char end[] = "</settings>";
	char *large = malloc(PROVISION_FILE_MOST + 1);
	struct provision found;
	struct uxm_failure why;

	(void)state;
	assert_non_null(large);
	assert_true(read_text(deep, PROVISION_SETTINGS, &found, &why));
	provision_release(&found);
	memset(large, ' ', PROVISION_FILE_MOST + 1);
	assert_true(provision_read(&found, PROVISION_SETTINGS, large, PROVISION_FILE_MOST, &why));
	assert_true(found.empty);
	provision_release(&found);
	assert_false(
		provision_read(&found, PROVISION_SETTINGS, large, PROVISION_FILE_MOST + 1, &why));
	assert_string_equal(why.text, "there are more than 1048576 bytes.");
	/* All of it "&": still one pass, and a bounded copy. */
	memset(large, '&', PROVISION_FILE_MOST);
	for (size_t i = 0; i < sizeof(begin) - 1; i++)
		large[i] = begin[i];
	for (size_t i = 0; i < sizeof(end) - 1; i++)
		large[PROVISION_FILE_MOST - (sizeof(end) - 1) + i] = end[i];
	assert_true(provision_read(&found, PROVISION_SETTINGS, large, PROVISION_FILE_MOST, &why));
	assert_int_equal(found.ampersands, PROVISION_FILE_MOST - 21);
	provision_release(&found);
	free(large);
}

static void only_whole_lines_are_marks_of_a_conflict(void **state)
{
	struct provision found;
	struct uxm_failure why;

	(void)state;
	assert_true(read_text("<settings>\n<!--\n======= \n>>>>>>>> eight\n >>>>>>> inside\n-->\n"
			      "</settings>",
			      PROVISION_SETTINGS, &found, &why));
	provision_release(&found);
	is_refused("<settings>\n</settings>\n>>>>>>>", "line 3, column 1: there is a mark");
	is_refused("<settings>\n<<<<<<<\r\n</settings>\n", "line 2, column 1: there is a mark");
	is_refused("<html><pre>\n<<<<<<< HEAD\nled: a\n", "line 2, column 1: there is a mark");
}

static void half_a_character_of_utf16_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
	} wrong[] = {{"\xFE\xFF\0<\0", 5},
		     {"\xFE\xFF\xD8\x3D\0<", 6},
		     {"\xFE\xFF\xDC\0\xDC\0", 6},
		     {"\xFF\xFE\x3D\xD8", 4},
		     {"<\0a", 3}};
	struct provision found;
	struct uxm_failure why;

	(void)state;
	for (size_t i = 0; i < ROWS(wrong); i++) {
		assert_false(provision_read(&found, PROVISION_SETTINGS, wrong[i].bytes,
					    wrong[i].length, &why));
		assert_string_equal(why.text, "it begins as UTF-16 does, and is none.");
	}
	assert_true(provision_read(&found, PROVISION_SETTINGS, "\xFF\xFE \0\n\0", 6, &why));
	assert_true(found.empty);
	provision_release(&found);
}

static void nothing_is_read_beyond_the_end(void **state)
{
	static const char *const pieces[] = {"<",
					     "<?",
					     "<!-",
					     "<!--",
					     "<![CDATA[",
					     "&",
					     "&#",
					     "&#x",
					     "&#x4",
					     "&am",
					     "<<<<<<<",
					     "<htm",
					     "<html>",
					     "<html> <pre",
					     "<html><pre>\nfirmware",
					     "<html><pre>\nfirmware_uxm:"};

	(void)state;
	for (size_t i = 0; i < ROWS(pieces); i++) {
		size_t length = strlen(pieces[i]);
		/* No zero behind it: the sanitizer sees every byte too many. */
		char *exact = malloc(length);
		struct provision found;
		struct uxm_failure why;

		assert_non_null(exact);
		memcpy(exact, pieces[i], length);
		if (provision_read(&found, PROVISION_SETTINGS, exact, length, &why))
			provision_release(&found);
		free(exact);
	}
}

static void a_name_of_any_length_in_the_text_form_is_only_unknown(void **state)
{
	char text[512];
	struct provision found;
	struct uxm_failure why;

	(void)state;
	for (int letters = 60; letters < 300; letters++) {
		snprintf(text, sizeof(text), "<html><pre>\n%0*d: x\nled: y\n", letters, 0);
		assert_true(read_text(text, PROVISION_SETTINGS, &found, &why));
		assert_int_equal(found.unknown, 1);
		assert_string_equal(found.of[PHONE_LED].value, "y");
		provision_release(&found);
	}
}

static void a_zero_byte_is_refused(void **state)
{
	static const char xml[] = "<settings>\0</settings>";
	static const char lines[] = "<html><pre>\nled: a\0b\n";
	struct provision found;
	struct uxm_failure why;

	(void)state;
	assert_false(provision_read(&found, PROVISION_SETTINGS, xml, sizeof(xml) - 1, &why));
	assert_string_equal(why.text, "line 1, column 11: not well-formed (invalid token).");
	assert_false(provision_read(&found, PROVISION_SETTINGS, lines, sizeof(lines) - 1, &why));
	assert_string_equal(why.text, "line 2, column 1: there is a zero byte.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ampersand_that_begins_no_reference_is_meant),
		cmocka_unit_test(a_reference_that_is_one_is_not_counted),
		cmocka_unit_test(a_password_keeps_its_blanks_and_is_in_no_sentence),
		cmocka_unit_test(a_password_in_the_text_form_begins_behind_one_blank),
		cmocka_unit_test(refuses_what_is_deeper_or_larger_than_allowed),
		cmocka_unit_test(only_whole_lines_are_marks_of_a_conflict),
		cmocka_unit_test(half_a_character_of_utf16_is_refused),
		cmocka_unit_test(nothing_is_read_beyond_the_end),
		cmocka_unit_test(a_name_of_any_length_in_the_text_form_is_only_unknown),
		cmocka_unit_test(a_zero_byte_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
