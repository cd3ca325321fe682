/* phone/settings_file.c: round trips, and files that are not what they ought to be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "phone/settings.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

#define HEAD  "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
#define BEGIN "<settings><phone-settings>"
#define END   "</phone-settings></settings>"

#define INSTEAD "the defaults are used"

static struct folder folder;

static int make(void **state)
{
	folder_make(&folder);
	*state = phone_settings_new();
	return *state == NULL;
}

static int release(void **state)
{
	folder_remove(&folder);
	phone_settings_free(*state);
	return 0;
}

static bool parse(struct phone_settings *settings, const char *text, struct uxm_failure *why)
{
	size_t unknown = 0;

	return phone_settings_parse(settings, text, strlen(text), &unknown, why);
}

/* Saves the settings and reads them into new ones. */
static struct phone_settings *again(const struct phone_settings *settings)
{
	struct phone_settings *read = phone_settings_new();
	struct uxm_failure why = {.text = ""};
	size_t unknown = 1;

	assert_non_null(read);
	if (!phone_settings_save(settings, folder_at(&folder, "settings.xml"), &why) ||
	    !phone_settings_load(read, folder_at(&folder, "settings.xml"), INSTEAD, &unknown, &why))
		fail_msg("%s", why.text);
	assert_int_equal(unknown, 0);
	return read;
}

static void every_character_comes_back_as_it_was(void **state)
{
	static const char *const values[] = {
		"&<>\"'",       "&amp;&lt;&#65;",   "]]>",          "<![CDATA[x]]>",
		"<!-- x -->",   " blanks ",         "   ",          "\xc3\xbc",
		"\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xef\xbf\xbd", "http://u:p@h/a?b=c&d=e#f",
		"\xc2\xa0",     "\xe2\x80\xa8",     "{mac}"};
	struct uxm_failure why;

	for (size_t i = 0; i < ROWS(values); i++) {
		struct phone_settings *read;

		assert_int_equal(phone_settings_set(*state, PHONE_DOWNLOAD_PASSWORD, values[i],
						    PHONE_BY_USER, &why),
				 UXM_UPDATED);
		read = again(*state);
		assert_string_equal(phone_settings_text(read, PHONE_DOWNLOAD_PASSWORD), values[i]);
		phone_settings_free(read);
	}
	for (unsigned c = ' '; c < 0x7F; c++) {
		const char value[] = {(char)c, 'x', (char)c, '\0'};
		struct phone_settings *read;

		assert_int_equal(
			phone_settings_set(*state, PHONE_DOWNLOAD_USER, value, PHONE_BY_USER, &why),
			UXM_UPDATED);
		read = again(*state);
		assert_string_equal(phone_settings_text(read, PHONE_DOWNLOAD_USER), value);
		phone_settings_free(read);
	}
}

static void values_permissions_and_what_is_the_users_come_back(void **state)
{
	struct phone_settings *read;
	struct uxm_failure why;
	char longest[8192];

	memset(longest, '&', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	phone_settings_restore(*state, PHONE_FIRMWARE_UXM, longest, PHONE_PERM_WRITE, false, &why);
	phone_settings_provision(*state, PHONE_HTTP_USER, "a", PHONE_PERM_OWN, &why);
	phone_settings_set(*state, PHONE_HTTP_USER, "mine", PHONE_BY_USER, &why);
	phone_settings_provision(*state, PHONE_DOWNLOAD_PATH, "", PHONE_PERM_READ, &why);
	phone_settings_provision(*state, PHONE_HIDDEN_TAGS, "on", PHONE_PERM_VOLATILE, &why);
	phone_settings_set(*state, PHONE_UXM_KEYS, "/etc/k.pem", PHONE_BY_UXMD, &why);
	phone_settings_provision(*state, PHONE_UPDATE_POLICY, "never_update", PHONE_PERM_OWN, &why);
	read = again(*state);
	assert_string_equal(phone_settings_text(read, PHONE_FIRMWARE_UXM), longest);
	assert_string_equal(phone_settings_text(read, PHONE_HTTP_USER), "mine");
	assert_int_equal(phone_settings_perm(read, PHONE_HTTP_USER), PHONE_PERM_OWN);
	assert_true(phone_settings_is_own(read, PHONE_HTTP_USER));
	assert_int_equal(phone_settings_perm(read, PHONE_DOWNLOAD_PATH), PHONE_PERM_READ);
	assert_string_equal(phone_settings_text(read, PHONE_UXM_KEYS), "/etc/k.pem");
	assert_false(phone_settings_is_own(read, PHONE_UPDATE_POLICY));
	assert_string_equal(phone_settings_text(read, PHONE_UPDATE_POLICY), "never_update");
	/* Volatile ones do not outlast a restart. */
	assert_string_equal(phone_settings_text(read, PHONE_HIDDEN_TAGS), "off");
	assert_int_equal(phone_settings_perm(read, PHONE_HIDDEN_TAGS), PHONE_PERM_WRITE);
	phone_settings_free(read);
}

static void what_comes_under_v_leaves_in_the_file_what_stood_there(void **state)
{
	struct phone_settings *read;
	struct phone_settings *copy;
	struct uxm_failure why;

	phone_settings_provision(*state, PHONE_FIRMWARE_STATUS, "http://a/", PHONE_PERM_READ, &why);
	phone_settings_provision(*state, PHONE_HTTP_PASS, "a", PHONE_PERM_OWN, &why);
	phone_settings_set(*state, PHONE_HTTP_PASS, "mine", PHONE_BY_USER, &why);
	phone_settings_set(*state, PHONE_FIRMWARE, "http://p/1", PHONE_BY_UXMD, &why);
	for (unsigned i = 0; i < 2; i++) {
		phone_settings_provision(*state, PHONE_FIRMWARE_STATUS, i == 0 ? "http://b/" : "",
					 PHONE_PERM_VOLATILE, &why);
		phone_settings_provision(*state, PHONE_HTTP_PASS, "b", PHONE_PERM_VOLATILE, &why);
		phone_settings_provision(*state, PHONE_FIRMWARE, "http://p/1", PHONE_PERM_VOLATILE,
					 &why);
	}
	phone_settings_set(*state, PHONE_HTTP_PASS, "c", PHONE_BY_USER, &why);
	/* What runs is known for good. */
	phone_settings_set(*state, PHONE_FIRMWARE, "http://p/2", PHONE_BY_UXMD, &why);
	phone_settings_provision(*state, PHONE_SETTING_SERVER, "http://s/", PHONE_PERM_VOLATILE,
				 &why);
	assert_string_equal(phone_settings_text(*state, PHONE_FIRMWARE_STATUS), "");
	assert_string_equal(phone_settings_text(*state, PHONE_HTTP_PASS), "c");
	copy = phone_settings_copy(*state);
	read = again(copy);
	phone_settings_free(copy);
	assert_string_equal(phone_settings_text(read, PHONE_FIRMWARE_STATUS), "http://a/");
	assert_int_equal(phone_settings_perm(read, PHONE_FIRMWARE_STATUS), PHONE_PERM_READ);
	assert_string_equal(phone_settings_text(read, PHONE_HTTP_PASS), "mine");
	assert_true(phone_settings_is_own(read, PHONE_HTTP_PASS));
	assert_string_equal(phone_settings_text(read, PHONE_FIRMWARE), "http://p/2");
	assert_string_equal(phone_settings_text(read, PHONE_SETTING_SERVER), "http://s/");
	phone_settings_free(read);
	/* Under another permission it is for good again. */
	phone_settings_provision(*state, PHONE_FIRMWARE_STATUS, "http://c/", PHONE_PERM_WRITE,
				 &why);
	read = again(*state);
	assert_string_equal(phone_settings_text(read, PHONE_FIRMWARE_STATUS), "http://c/");
	phone_settings_free(read);
}

static void the_file_is_for_its_owner_alone_and_nothing_is_left_beside_it(void **state)
{
	struct stat about;
	struct uxm_failure why;

	folder_put(&folder, "settings.xml.new", "left by a power cut");
	assert_int_equal(chmod(folder_at(&folder, "settings.xml.new"), 0644), 0);
	assert_true(phone_settings_save(*state, folder_at(&folder, "settings.xml"), &why));
	assert_int_equal(stat(folder_at(&folder, "settings.xml"), &about), 0);
	assert_int_equal(about.st_mode & 0777, 0600);
	assert_int_equal(folder_count(&folder), 1);
	assert_true(folder_holds(&folder, "settings.xml",
				 HEAD "<settings>\n<phone-settings>\n</phone-settings>\n"
				      "</settings>\n"));
}

static void a_file_that_is_not_there_means_the_defaults(void **state)
{
	struct uxm_failure why;
	size_t unknown = 7;

	assert_true(phone_settings_load(*state, folder_at(&folder, "none.xml"), INSTEAD, &unknown,
					&why));
	assert_int_equal(unknown, 0);
	assert_int_equal(phone_settings_changes(*state), 0);
	assert_int_equal(folder_count(&folder), 0);
}

static void other_elements_and_names_are_passed_over_and_counted(void **state)
{
	static const char text[] = HEAD
		"<!-- x --><settings x=\"y\"><?pi?><firmware-settings e=\"2\"><firmware_uxm>a"
		"</firmware_uxm></firmware-settings><http_user>b</http_user><phone-settings>"
		"ignored<http_user perm=\"&amp;\">c<!-- d -->e&#x46;<![CDATA[<g>]]></http_user>"
		"<unheard_of idx=\"1\"><http_pass>h</http_pass></unheard_of><led/><other>x"
		"</other></phone-settings></settings>\n";
	struct uxm_failure why = {.text = ""};
	size_t unknown = 0;

	if (!phone_settings_parse(*state, text, strlen(text), &unknown, &why))
		fail_msg("%s", why.text);
	assert_string_equal(phone_settings_text(*state, PHONE_HTTP_USER), "ceF<g>");
	assert_int_equal(phone_settings_perm(*state, PHONE_HTTP_USER), PHONE_PERM_READ);
	assert_string_equal(phone_settings_text(*state, PHONE_HTTP_PASS), "");
	assert_string_equal(phone_settings_text(*state, PHONE_FIRMWARE_UXM), "");
	assert_int_equal(unknown, 2);
}

static void a_file_replaces_all_that_was_set_before(void **state)
{
	struct uxm_failure why;
	uint64_t changes;

	phone_settings_set(*state, PHONE_HTTP_USER, "before", PHONE_BY_USER, &why);
	changes = phone_settings_changes(*state);
	assert_true(parse(*state, BEGIN "<led>x</led>" END, &why));
	assert_string_equal(phone_settings_text(*state, PHONE_HTTP_USER), "");
	assert_string_equal(phone_settings_text(*state, PHONE_LED), "x");
	assert_true(phone_settings_changes(*state) > changes);
}

static void what_cannot_be_understood_is_refused_and_changes_nothing(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} rows[] = {
		{"", "no element found"},
		{"settings", "line 1"},
		{BEGIN "\n<http_user>a", "line 2"},
		{BEGIN "<http_user>a</http_use>" END, "mismatched tag"},
		{BEGIN "<http_user>a & b</http_user>" END, "not well-formed"},
		{BEGIN END "x", "junk"},
		{BEGIN "<http_user>\xff</http_user>" END, "not well-formed"},
		{BEGIN "<http_user>\x01</http_user>" END, "not well-formed"},
		{BEGIN "<http_user>&#10;</http_user>" END, "http_user must be UTF-8 without"},
		{BEGIN "<http_user>\n</http_user>" END, "http_user must be UTF-8 without"},
		{"<phone-settings/>", "outermost element is not settings"},
		{BEGIN "<http_user>a<b/></http_user>" END, "must not hold an element"},
		{BEGIN "<hidden_tags>yes</hidden_tags>" END, "hidden_tags is either on or off"},
		{BEGIN "<firmware_interval>0</firmware_interval>" END, "a number from 1"},
		{BEGIN "<led>&unheard;</led>" END, "undefined entity"},
		{"<!DOCTYPE settings>" BEGIN END, "no doctype"},
		{"<!DOCTYPE settings SYSTEM \"file:///etc/passwd\">" BEGIN END, "no doctype"},
		{"<!DOCTYPE s [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>" BEGIN
		 "<led>&x;</led>" END,
		 "no doctype"},
		{"<?xml version=\"1.0\" encoding=\"EBCDIC-X\"?>" BEGIN END, "unknown encoding"},
		{"<<<<<<< HEAD\n" BEGIN END, "not well-formed"},
	};
	struct uxm_failure why;

	phone_settings_set(*state, PHONE_HTTP_USER, "kept", PHONE_BY_USER, &why);
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint64_t changes = phone_settings_changes(*state);

		why.text[0] = '\0';
		if (parse(*state, rows[i].text, &why))
			fail_msg("taken: %s", rows[i].text);
		if (strstr(why.text, rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].text, why.text);
		assert_int_equal(why.result, UXM_USAGE);
		assert_string_equal(phone_settings_text(*state, PHONE_HTTP_USER), "kept");
		assert_int_equal(phone_settings_changes(*state), changes);
	}
}

static void a_billion_laughs_are_not_laughed(void **state)
{
	char text[4096] = "<!DOCTYPE s [<!ENTITY l0 \"lol\">";
	struct uxm_failure why;
	size_t used = strlen(text);

	for (int i = 1; i < 10; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "<!ENTITY l%d \"&l%d;&l%d;&l%d;&l%d;&l%d;&l%d;&l%d;&l%d;"
					 "&l%d;&l%d;\">",
					 i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1,
					 i - 1, i - 1);
	snprintf(text + used, sizeof(text) - used, "]>" BEGIN "<led>&l9;</led>" END);
	assert_false(parse(*state, text, &why));
	assert_non_null(strstr(why.text, "no doctype"));
}

static void elements_stand_sixteen_deep_and_no_deeper(void **state)
{
	for (int depth = PHONE_SETTINGS_FILE_DEEP; depth <= PHONE_SETTINGS_FILE_DEEP + 1; depth++) {
		char text[512] = "<settings>";
		size_t used = strlen(text);
		struct uxm_failure why = {.text = ""};

		for (int i = 1; i < depth; i++)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "<a>");
		for (int i = 1; i < depth; i++)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "</a>");
		snprintf(text + used, sizeof(text) - used, "</settings>");
		assert_int_equal(parse(*state, text, &why), depth == PHONE_SETTINGS_FILE_DEEP);
		if (depth > PHONE_SETTINGS_FILE_DEEP)
			assert_non_null(strstr(why.text, "too deep"));
	}
}

static void an_unreadable_file_is_set_aside_said_and_defaults_are_used(void **state)
{
	struct uxm_failure why = {.text = ""};
	size_t unknown = 7;

	folder_put(&folder, "s.xml.bad", "older");
	folder_put(&folder, "s.xml", "garbage");
	assert_false(
		phone_settings_load(*state, folder_at(&folder, "s.xml"), INSTEAD, &unknown, &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_non_null(strstr(why.text, "s.xml.bad; the defaults are used: line 1"));
	assert_int_equal(unknown, 7);
	assert_true(folder_holds(&folder, "s.xml.bad", "garbage"));
	assert_int_equal(folder_count(&folder), 1);
	assert_true(
		phone_settings_load(*state, folder_at(&folder, "s.xml"), INSTEAD, &unknown, &why));
	/* A value that the table does not allow, too. */
	folder_put(&folder, "s.xml", BEGIN "<download_port>70000</download_port>" END);
	assert_false(
		phone_settings_load(*state, folder_at(&folder, "s.xml"), INSTEAD, &unknown, &why));
	assert_non_null(strstr(why.text, "download_port"));
	assert_int_equal(folder_count(&folder), 1);
}

static void one_that_cannot_be_set_aside_stays_and_that_is_said(void **state)
{
	struct uxm_failure why = {.text = ""};
	size_t unknown = 7;

	/* No file takes the place of a folder. */
	assert_int_equal(mkdir(folder_at(&folder, "s.xml.bad"), 0700), 0);
	folder_put(&folder, "s.xml", "garbage");
	assert_false(
		phone_settings_load(*state, folder_at(&folder, "s.xml"), INSTEAD, &unknown, &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_null(strstr(why.text, "was set aside"));
	assert_non_null(strstr(why.text, "the defaults are used: line 1"));
	assert_non_null(strstr(why.text, "It could not be set aside either: "));
	assert_true(folder_holds(&folder, "s.xml", "garbage"));
	assert_int_equal(rmdir(folder_at(&folder, "s.xml.bad")), 0);
}

static void what_is_no_file_or_larger_than_a_mebibyte_is_set_aside_too(void **state)
{
	struct uxm_failure why = {.text = ""};
	size_t unknown;

	folder_put(&folder, "s.xml", BEGIN END);
	assert_int_equal(truncate(folder_at(&folder, "s.xml"), PHONE_SETTINGS_FILE_MOST + 1), 0);
	assert_false(
		phone_settings_load(*state, folder_at(&folder, "s.xml"), INSTEAD, &unknown, &why));
	assert_non_null(strstr(why.text, "no file of at most 1048576 bytes"));
	assert_int_equal(unlink(folder_at(&folder, "s.xml.bad")), 0);
	assert_int_equal(mkfifo(folder_at(&folder, "s.xml"), 0600), 0);
	assert_false(
		phone_settings_load(*state, folder_at(&folder, "s.xml"), INSTEAD, &unknown, &why));
	assert_int_equal(folder_count(&folder), 1);
}

static void what_cannot_be_written_is_said(void **state)
{
	struct uxm_failure why = {.text = ""};

	assert_false(phone_settings_save(*state, folder_at(&folder, "none/s.xml"), &why));
	assert_int_equal(why.result, UXM_INTERNAL);
	assert_non_null(strstr(why.text, "none/s.xml cannot be written: No such file"));
	assert_int_equal(mkdir(folder_at(&folder, "s.xml"), 0700), 0);
	assert_false(phone_settings_save(*state, folder_at(&folder, "s.xml"), &why));
	assert_int_equal(folder_count(&folder), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, release)
		TEST(every_character_comes_back_as_it_was),
		TEST(what_comes_under_v_leaves_in_the_file_what_stood_there),
		TEST(values_permissions_and_what_is_the_users_come_back),
		TEST(the_file_is_for_its_owner_alone_and_nothing_is_left_beside_it),
		TEST(a_file_that_is_not_there_means_the_defaults),
		TEST(other_elements_and_names_are_passed_over_and_counted),
		TEST(a_file_replaces_all_that_was_set_before),
		TEST(what_cannot_be_understood_is_refused_and_changes_nothing),
		TEST(a_billion_laughs_are_not_laughed),
		TEST(elements_stand_sixteen_deep_and_no_deeper),
		TEST(an_unreadable_file_is_set_aside_said_and_defaults_are_used),
		TEST(one_that_cannot_be_set_aside_stays_and_that_is_said),
		TEST(what_is_no_file_or_larger_than_a_mebibyte_is_set_aside_too),
		TEST(what_cannot_be_written_is_said),
#undef TEST
	};

	return cmocka_run_group_tests_name("phone/settings_file", tests, NULL, NULL);
}
