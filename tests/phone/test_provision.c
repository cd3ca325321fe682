/* phone/provision.c: every form of a provisioning file that is seen in the field, and the wrong
 * ones; fixtures/provisioning has them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone/provision.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

#define D7C     "http://example.org/snomD7C-1.6.1-r.bin"
#define PHONE   "http://example.org/phone.bin"
#define STATUS  "http://example.org/firmware.xml"
#define SMILING "\xF0\x9F\x98\x80"

struct wanted {
	enum phone_id id;
	const char *value;
	enum phone_perm perm;
};

struct file {
	const char *name;
	size_t unknown;
	size_t kept_out;
	size_t ampersands;
	struct wanted wanted[10]; /* those without a value: no more */
	enum provision_kind kind;
	bool empty;
};

/* A file of fixtures/provisioning, to be freed. */
static char *read_fixture(const char *name, size_t *length)
{
	char path[1024];
	char *text = malloc(PROVISION_FILE_MOST);
	FILE *file;

	snprintf(path, sizeof(path), UXM_FIXTURES "/provisioning/%s", name);
	file = fopen(path, "r");
	if (file == NULL || text == NULL)
		fail_msg("%s cannot be read", path);
	*length = fread(text, 1, PROVISION_FILE_MOST, file);
	fclose(file);
	return text;
}

static const struct wanted *find(const struct file *file, enum phone_id id)
{
	for (size_t i = 0; i < ROWS(file->wanted) && file->wanted[i].value != NULL; i++) {
		if (file->wanted[i].id == id)
			return &file->wanted[i];
	}
	return NULL;
}

static void expect(const struct file *file)
{
	size_t length = 0;
	char *text = read_fixture(file->name, &length);
	struct provision found;
	struct uxm_failure why;

	if (!provision_read(&found, file->kind, text, length, &why))
		fail_msg("%s: %s", file->name, why.text);
	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		const struct wanted *wanted = find(file, (enum phone_id)i);
		const char *value = found.of[i].named ? found.of[i].value : "(not named)";

		if (wanted == NULL && !found.of[i].named && found.of[i].value == NULL)
			continue;
		if (wanted == NULL || strcmp(value, wanted->value) != 0 ||
		    found.of[i].perm != wanted->perm)
			fail_msg("%s: %s is '%s', perm '%s'", file->name,
				 phone_setting((enum phone_id)i)->name, value,
				 phone_perm_text(found.of[i].perm));
	}
	if (found.unknown != file->unknown || found.kept_out != file->kept_out ||
	    found.ampersands != file->ampersands || found.empty != file->empty)
		fail_msg("%s: %zu unknown, %zu kept out, %zu ampersands, empty %d", file->name,
			 found.unknown, found.kept_out, found.ampersands, found.empty);
	provision_release(&found);
	free(text);
}

static void reads_every_form_of_a_settings_file(void **state)
{
	static const struct file files[] = {
		{.name = "settings.xml",
		 .wanted = {{PHONE_FIRMWARE_STATUS, STATUS, PHONE_PERM_WRITE},
			    {PHONE_UPDATE_POLICY, "auto_update", PHONE_PERM_WRITE},
			    {PHONE_FIRMWARE_INTERVAL, "60", PHONE_PERM_WRITE}}},
		{.name = "settings-no-perm.xml",
		 .wanted = {{PHONE_FIRMWARE_STATUS, STATUS, PHONE_PERM_WRITE}}},
		{.name = "settings-empty-tags.xml",
		 .wanted = {{PHONE_FIRMWARE_STATUS, "", PHONE_PERM_WRITE},
			    {PHONE_FIRMWARE_UXM, "", PHONE_PERM_WRITE}}},
		{.name = "settings-permissions.xml",
		 .wanted = {{PHONE_SETTING_SERVER, "http://example.org/own.xml", PHONE_PERM_OWN},
			    {PHONE_FIRMWARE_STATUS, "http://example.org/read.xml", PHONE_PERM_READ},
			    {PHONE_FIRMWARE_INTERVAL, "61", PHONE_PERM_READ},
			    {PHONE_FIRMWARE_SPREAD, "62", PHONE_PERM_READ},
			    {PHONE_UXM_ALLOW_OLDER, "off", PHONE_PERM_WRITE},
			    {PHONE_UXM_PER_MODULE, "on", PHONE_PERM_WRITE},
			    {PHONE_UPDATE_POLICY, "ask_for_update", PHONE_PERM_VOLATILE},
			    {PHONE_HTTP_USER, "somebody", PHONE_PERM_READ}}},
		{.name = "settings-tag-inside.xml",
		 .wanted = {{PHONE_FIRMWARE_STATUS, STATUS, PHONE_PERM_WRITE},
			    {PHONE_FIRMWARE_UXM, D7C, PHONE_PERM_WRITE}}},
		{.name = "settings-nested-block.xml",
		 .kept_out = 1,
		 .wanted = {{PHONE_UPDATE_POLICY, "auto_update", PHONE_PERM_WRITE},
			    {PHONE_FIRMWARE, PHONE, PHONE_PERM_WRITE},
			    {PHONE_FIRMWARE_UXM, D7C, PHONE_PERM_WRITE}}},
		{.name = "settings-mac.xml",
		 .wanted = {{PHONE_SETTING_SERVER, "http://example.org/settings.php?mac={mac}",
			     PHONE_PERM_WRITE},
			    {PHONE_FIRMWARE_STATUS, "http://example.org/{mac}/firmware.xml",
			     PHONE_PERM_WRITE}}},
		{.name = "settings-other-phones.xml",
		 .unknown = 3,
		 .wanted = {{PHONE_FIRMWARE_STATUS, STATUS, PHONE_PERM_WRITE}}},
		{.name = "settings-this-machine.xml",
		 .kept_out = 4,
		 .wanted = {{PHONE_FIRMWARE_STATUS, STATUS, PHONE_PERM_WRITE}}},
		{.name = "settings-twice.xml",
		 .wanted = {{PHONE_FIRMWARE_STATUS, "http://example.org/last.xml",
			     PHONE_PERM_WRITE}}},
		{.name = "settings-policy-never.xml",
		 .wanted = {{PHONE_UPDATE_POLICY, "never_update", PHONE_PERM_READ}}},
		{.name = "empty.xml", .empty = true},
		{.name = "blank.xml", .empty = true},
		/* One address for both files. */
		{.name = "firmware.xml",
		 .wanted = {{PHONE_FIRMWARE, PHONE, PHONE_PERM_WRITE},
			    {PHONE_FIRMWARE_UXM, D7C, PHONE_PERM_WRITE}}},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(files); i++)
		expect(&files[i]);
}

static void reads_the_older_text_form(void **state)
{
	static const struct file files[] = {
		{.name = "settings-text.htm",
		 .wanted = {{PHONE_FIRMWARE_STATUS, STATUS, PHONE_PERM_WRITE},
			    {PHONE_UPDATE_POLICY, "auto_update", PHONE_PERM_WRITE},
			    {PHONE_FIRMWARE_INTERVAL, "60", PHONE_PERM_READ}}},
		{.name = "settings-text-flags.htm",
		 .unknown = 2,
		 .kept_out = 1,
		 .wanted = {{PHONE_SETTING_SERVER, "http://example.org/own.htm", PHONE_PERM_OWN},
			    {PHONE_FIRMWARE_STATUS, "http://example.org/read.xml", PHONE_PERM_READ},
			    {PHONE_FIRMWARE_INTERVAL, "61", PHONE_PERM_READ},
			    {PHONE_FIRMWARE_SPREAD, "62", PHONE_PERM_READ},
			    {PHONE_UXM_ALLOW_OLDER, "off", PHONE_PERM_WRITE},
			    {PHONE_UXM_PER_MODULE, "on", PHONE_PERM_WRITE},
			    {PHONE_UPDATE_POLICY, "ask_for_update", PHONE_PERM_VOLATILE},
			    {PHONE_HTTP_USER, "", PHONE_PERM_WRITE},
			    {PHONE_FIRMWARE_UXM, D7C "?a=1&b=2#c", PHONE_PERM_WRITE}}},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(files); i++)
		expect(&files[i]);
}

#define UXM_IS(text) .wanted = {{PHONE_FIRMWARE_UXM, text, PHONE_PERM_WRITE}}

static void reads_every_form_of_a_firmware_file(void **state)
{
	static const struct file files[] = {
		{.name = "firmware.xml",
		 .wanted = {{PHONE_FIRMWARE, PHONE, PHONE_PERM_WRITE},
			    {PHONE_FIRMWARE_UXM, D7C, PHONE_PERM_WRITE}}},
		{.name = "firmware-uxm-alone.xml", UXM_IS(D7C)},
		{.name = "firmware-older.xml", UXM_IS("http://example.org/snomD7C-1.4.0-r.bin")},
		{.name = "firmware-no-perm.xml", UXM_IS(D7C)},
		{.name = "firmware-empty-tag.xml",
		 .wanted = {{PHONE_FIRMWARE, "", PHONE_PERM_WRITE},
			    {PHONE_FIRMWARE_UXM, "", PHONE_PERM_WRITE}}},
		{.name = "firmware-no-tags.xml"},
		{.name = "firmware-in-settings.xml", UXM_IS(D7C)},
		{.name = "firmware-mac.xml", UXM_IS(D7C "?mac={mac}")},
		{.name = "firmware-query.xml", UXM_IS(D7C "?a=1&mac={mac}&b=2")},
		{.name = "firmware-bare-ampersand.xml",
		 .ampersands = 3,
		 UXM_IS(D7C "?a=1&mac={mac}&copy=1&b=<&")},
		{.name = "firmware-comments.xml", UXM_IS(D7C)},
		{.name = "firmware-cdata.xml", UXM_IS(D7C "?a=1&amp;b=2&c=3")},
		{.name = "firmware-bom.xml", UXM_IS(D7C)},
		{.name = "firmware-utf16.xml",
		 .ampersands = 1,
		 UXM_IS("http://example.org/\xC3\xBC/snomD7C-1.6.1-r.bin?a=1&b=" SMILING)},
		{.name = "firmware-latin1.xml",
		 .ampersands = 1,
		 UXM_IS("http://example.org/\xC3\xBC/snomD7C-1.6.1-r.bin?a=1&b=2")},
		{.name = "firmware-white-space.xml", UXM_IS(D7C)},
		{.name = "firmware-with-status.xml", .kept_out = 1, .unknown = 1, UXM_IS(D7C)},
		/* A firmware file sets nothing else. */
		{.name = "settings.xml", .kept_out = 3},
		{.name = "empty.xml", .empty = true},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(files); i++) {
		struct file file = files[i];

		file.kind = PROVISION_FIRMWARE;
		expect(&file);
	}
}

static void refuses_broken_files_with_line_and_column(void **state)
{
	static const struct {
		const char *name;
		enum provision_kind kind;
		const char *sentence;
	} files[] = {
		{"settings-bad-value.xml", PROVISION_SETTINGS,
		 "line 5, column 5: The setting update_policy must be one of: "},
		{"settings-element-inside.xml", PROVISION_SETTINGS,
		 "line 4, column 30: a setting must not hold an element."},
		{"settings-text-no-setting.htm", PROVISION_SETTINGS,
		 "line 3, column 1: there is no setting, \"name: value\"."},
		{"settings-text.htm", PROVISION_FIRMWARE,
		 "line 1, column 1: this is a web page (HTML)."},
		{"error-page.htm", PROVISION_SETTINGS,
		 "line 1, column 1: this is a web page (HTML)."},
		{"error-page.htm", PROVISION_FIRMWARE,
		 "line 1, column 1: this is a web page (HTML)."},
		{"login-page.htm", PROVISION_FIRMWARE,
		 "line 1, column 15: this is a web page (HTML)."},
		{"firmware-conflict.xml", PROVISION_FIRMWARE,
		 "line 3, column 1: there is a mark of a merge conflict that nobody resolved."},
		{"firmware-truncated.xml", PROVISION_FIRMWARE,
		 "line 4, column 1: no element found."},
		/* Two "&" before it do not count as five characters each. */
		{"firmware-wrong-end.xml", PROVISION_FIRMWARE,
		 "line 3, column 58: mismatched tag."},
		{"firmware-doctype.xml", PROVISION_FIRMWARE,
		 "line 2, column 69: there must be no doctype."},
		{"firmware-entities.xml", PROVISION_FIRMWARE,
		 "line 2, column 13: there must be no doctype."},
		{"firmware-not-utf8.xml", PROVISION_FIRMWARE,
		 "line 3, column 44: not well-formed (invalid token)."},
		{"firmware-line-end-inside.xml", PROVISION_FIRMWARE,
		 "line 3, column 3: The setting firmware_uxm must be UTF-8 without control "},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(files); i++) {
		size_t length = 0;
		char *text = read_fixture(files[i].name, &length);
		struct provision found = {.unknown = 77};
		struct uxm_failure why = {.text = ""};

		if (provision_read(&found, files[i].kind, text, length, &why))
			fail_msg("%s was read", files[i].name);
		if (strncmp(why.text, files[i].sentence, strlen(files[i].sentence)) != 0 ||
		    why.result != UXM_FETCH_FAILED)
			fail_msg("%s: code %d, %s", files[i].name, why.result, why.text);
		assert_int_equal(found.unknown, 77);
		free(text);
	}
}

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

static void one_level_too_deep_is_refused_even_where_it_is_passed_over(void **state)
{
	size_t length = 0;
	char *text = read_fixture("firmware-too-deep.xml", &length);
	struct provision found;
	struct uxm_failure why;

	(void)state;
	assert_false(provision_read(&found, PROVISION_FIRMWARE, text, length, &why));
	assert_string_equal(why.text,
			    "line 2, column 56: the elements stand too deep in each other.");
	free(text);
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
		cmocka_unit_test(reads_every_form_of_a_settings_file),
		cmocka_unit_test(reads_the_older_text_form),
		cmocka_unit_test(reads_every_form_of_a_firmware_file),
		cmocka_unit_test(refuses_broken_files_with_line_and_column),
		cmocka_unit_test(an_ampersand_that_begins_no_reference_is_meant),
		cmocka_unit_test(a_reference_that_is_one_is_not_counted),
		cmocka_unit_test(a_password_keeps_its_blanks_and_is_in_no_sentence),
		cmocka_unit_test(refuses_what_is_deeper_or_larger_than_allowed),
		cmocka_unit_test(one_level_too_deep_is_refused_even_where_it_is_passed_over),
		cmocka_unit_test(only_whole_lines_are_marks_of_a_conflict),
		cmocka_unit_test(half_a_character_of_utf16_is_refused),
		cmocka_unit_test(nothing_is_read_beyond_the_end),
		cmocka_unit_test(a_name_of_any_length_in_the_text_form_is_only_unknown),
		cmocka_unit_test(a_zero_byte_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
