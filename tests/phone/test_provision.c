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
		/* Judged where they are asked for. */
		{.name = "settings-wrong-urls.xml",
		 .wanted = {{PHONE_SETTING_SERVER, "htp://www.example.com/x.xml", PHONE_PERM_READ},
			    {PHONE_FIRMWARE_STATUS, "example.org/firmware.xml", PHONE_PERM_READ},
			    {PHONE_UPDATE_POLICY, "auto_update", PHONE_PERM_WRITE}}},
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_form_of_a_settings_file),
		cmocka_unit_test(reads_the_older_text_form),
		cmocka_unit_test(reads_every_form_of_a_firmware_file),
		cmocka_unit_test(refuses_broken_files_with_line_and_column),
		cmocka_unit_test(one_level_too_deep_is_refused_even_where_it_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
