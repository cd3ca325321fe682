/* phone/settings.c: every rule of the table, permissions and authors. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone/settings.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static int make(void **state)
{
	*state = phone_settings_new();
	return *state == NULL;
}

static int release(void **state)
{
	phone_settings_free(*state);
	return 0;
}

/* Sets as uxmd itself, whom neither permission nor reach stops. */
static enum uxm_result set(struct phone_settings *settings, enum phone_id id, const char *value)
{
	struct uxm_failure why = {.text = ""};

	return phone_settings_set(settings, id, value, PHONE_BY_UXMD, &why);
}

static void every_row_of_the_table_is_whole_and_allows_its_own_default(void **state)
{
	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		const struct phone_setting *row = phone_setting((enum phone_id)i);
		enum phone_id found = PHONE_SETTINGS;

		assert_non_null(row->name);
		assert_true(row->label[0] != '\0');
		assert_true(phone_setting_find(row->name, &found));
		assert_int_equal(found, i);
		assert_int_equal(row->kind == PHONE_CHOICE, row->choices != NULL);
		assert_string_equal(phone_settings_text(*state, found), row->initial);
		assert_int_equal(set(*state, found, row->initial), UXM_UPDATED);
		assert_int_equal(phone_settings_perm(*state, found), PHONE_PERM_WRITE);
		assert_int_equal(phone_settings_may_change(*state, found),
				 row->reach == PHONE_REACH_WEB);
	}
	assert_int_equal(phone_settings_changes(*state), 0);
}

static void unknown_names_are_not_found(void **state)
{
	static const char *const names[] = {"", "firmware_ux", "firmware_uxm ", "FIRMWARE_UXM"};
	enum phone_id id = PHONE_LED;

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++)
		assert_false(phone_setting_find(names[i], &id));
	assert_int_equal(id, PHONE_LED);
}

static void what_nothing_else_decides_has_the_documented_default(void **state)
{
	static const struct {
		const char *name;
		const char *initial;
	} rows[] = {
		{"update_policy", "settings_only"},
		{"firmware_interval", "1440"},
		{"download_method", "ftp"},
		{"download_port", "0"},
		{"hidden_tags", "off"},
		{"uxm_allow_older", "on"},
		{"uxm_require_signature", "off"},
		{"firmware_uxm", ""},
		{"http_pass", ""},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		enum phone_id id = PHONE_SETTINGS;

		assert_true(phone_setting_find(rows[i].name, &id));
		assert_string_equal(phone_settings_text(*state, id), rows[i].initial);
	}
	assert_int_equal(phone_settings_number(*state, PHONE_FIRMWARE_INTERVAL), 1440);
	assert_false(phone_settings_is_on(*state, PHONE_HIDDEN_TAGS));
}

static void values_are_taken_or_refused_by_their_kind(void **state)
{
	static const struct {
		enum phone_id id;
		const char *value;
		const char *says; /* NULL: taken */
	} rows[] = {
		{PHONE_HIDDEN_TAGS, "on", NULL},
		{PHONE_HIDDEN_TAGS, "off", NULL},
		{PHONE_HIDDEN_TAGS, "ON", "hidden_tags is either on or off"},
		{PHONE_HIDDEN_TAGS, "", "either on or off"},
		{PHONE_HIDDEN_TAGS, "on off", "either on or off"},
		{PHONE_HIDDEN_TAGS, "o", "either on or off"},
		{PHONE_FIRMWARE_INTERVAL, "1", NULL},
		{PHONE_FIRMWARE_INTERVAL, "525600", NULL},
		{PHONE_FIRMWARE_INTERVAL, "0", "a number from 1 to 525600"},
		{PHONE_FIRMWARE_INTERVAL, "525601", "a number from 1 to 525600"},
		{PHONE_FIRMWARE_INTERVAL, "", "a number"},
		{PHONE_FIRMWARE_INTERVAL, "1x", "a number"},
		{PHONE_FIRMWARE_INTERVAL, "+1", "a number"},
		{PHONE_FIRMWARE_INTERVAL, " 1", "a number"},
		{PHONE_FIRMWARE_INTERVAL, "18446744073709551617", "a number"},
		{PHONE_DOWNLOAD_PORT, "0", NULL},
		{PHONE_DOWNLOAD_PORT, "65535", NULL},
		{PHONE_DOWNLOAD_PORT, "65536", "a number from 0 to 65535"},
		{PHONE_UPDATE_POLICY, "auto_update", NULL},
		{PHONE_UPDATE_POLICY, "ask_for_update", NULL},
		{PHONE_UPDATE_POLICY, "never_update", NULL},
		{PHONE_UPDATE_POLICY, "never_update_firm", NULL},
		{PHONE_UPDATE_POLICY, "never_update_boot", NULL},
		{PHONE_UPDATE_POLICY, "", "update_policy must be one of: auto_update"},
		{PHONE_UPDATE_POLICY, "auto", "one of"},
		{PHONE_UPDATE_POLICY, "auto_update ask_for_update", "one of"},
		{PHONE_DOWNLOAD_METHOD, "ftps", NULL},
		{PHONE_DOWNLOAD_METHOD, "http", NULL},
		{PHONE_DOWNLOAD_METHOD, "https", NULL},
		{PHONE_DOWNLOAD_METHOD, "tftp", "one of: ftp ftps http https"},
		{PHONE_HTTP_USER, "J\xc3\xbcrgen <&>\"'", NULL},
		{PHONE_HTTP_USER, "\xff", "must be UTF-8"},
		{PHONE_HTTP_USER, "a:b", "must be without a colon"},
		{PHONE_HTTP_USER, "a\nb", "must be UTF-8 without control"},
		{PHONE_FIRMWARE_UXM, "http://h/a?b=c&d", NULL},
		{PHONE_FIRMWARE_UXM, "", NULL},
		{PHONE_FIRMWARE_UXM, "http://h/\x01", "control"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct uxm_failure why = {.text = ""};
		char before[64];
		uint64_t changes = phone_settings_changes(*state);

		snprintf(before, sizeof(before), "%s", phone_settings_text(*state, rows[i].id));
		assert_int_equal(
			phone_settings_set(*state, rows[i].id, rows[i].value, PHONE_BY_USER, &why),
			rows[i].says == NULL ? UXM_UPDATED : UXM_USAGE);
		if (rows[i].says == NULL) {
			assert_string_equal(phone_settings_text(*state, rows[i].id), rows[i].value);
			continue;
		}
		assert_int_equal(why.result, UXM_USAGE);
		if (strstr(why.text, rows[i].says) == NULL)
			fail_msg("row %zu: %s", i, why.text);
		assert_string_equal(phone_settings_text(*state, rows[i].id), before);
		assert_int_equal(phone_settings_changes(*state), changes);
	}
}

static void a_user_with_a_colon_comes_from_the_file_alone(void **state)
{
	struct uxm_failure why;

	assert_int_equal(
		phone_settings_provision(*state, PHONE_HTTP_USER, ":", PHONE_PERM_VOLATILE, &why),
		UXM_USAGE);
	assert_non_null(strstr(why.text, "http_user must be without a colon"));
	assert_string_equal(phone_settings_text(*state, PHONE_HTTP_USER), "");
	assert_int_equal(phone_settings_restore(*state, PHONE_HTTP_USER, "a:b", PHONE_PERM_WRITE,
						false, &why),
			 UXM_UPDATED);
	assert_string_equal(phone_settings_text(*state, PHONE_HTTP_USER), "a:b");
	/* The others may have one. */
	assert_int_equal(set(*state, PHONE_HTTP_PASS, "a:b"), UXM_UPDATED);
}

static void texts_have_their_longest_and_secrets_are_not_quoted(void **state)
{
	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		const struct phone_setting *row = phone_setting((enum phone_id)i);
		struct uxm_failure why = {.text = ""};
		char *value;

		if (row->kind != PHONE_TEXT && row->kind != PHONE_URL && row->kind != PHONE_SECRET)
			continue;
		value = malloc(row->most + 2);
		assert_non_null(value);
		memset(value, 'v', row->most + 1);
		value[row->most] = '\0';
		assert_int_equal(set(*state, (enum phone_id)i, value), UXM_UPDATED);
		value[row->most] = 'v';
		value[row->most + 1] = '\0';
		assert_int_equal(
			phone_settings_set(*state, (enum phone_id)i, value, PHONE_BY_UXMD, &why),
			UXM_USAGE);
		assert_non_null(strstr(why.text, row->name));
		assert_null(strstr(why.text, "vvv"));
		assert_int_equal(strlen(phone_settings_text(*state, (enum phone_id)i)), row->most);
		free(value);
	}
}

static void who_may_change_what_is_decided_by_reach_and_permission(void **state)
{
	static const struct {
		enum phone_id id;
		enum phone_perm perm;
		bool user;
		bool provisioning;
		const char *says;
	} rows[] = {
		{PHONE_HTTP_USER, PHONE_PERM_WRITE, true, true, NULL},
		{PHONE_HTTP_USER, PHONE_PERM_OWN, true, true, NULL},
		{PHONE_HTTP_USER, PHONE_PERM_VOLATILE, true, true, NULL},
		{PHONE_HTTP_USER, PHONE_PERM_READ, false, true, "http_user is read-only"},
		{PHONE_LED, PHONE_PERM_WRITE, false, true,
		 "by provisioning, or in the settings file, only"},
		{PHONE_UXM_KEYS, PHONE_PERM_WRITE, false, false, "on the phone itself only"},
		{PHONE_UXM_CA_FILE, PHONE_PERM_WRITE, false, false, "on the phone itself"},
		{PHONE_UXM_MODULE_IDS, PHONE_PERM_WRITE, false, false, "on the phone itself"},
	};
	struct uxm_failure why;

	for (size_t i = 0; i < ROWS(rows); i++) {
		enum phone_id id = rows[i].id;

		why.text[0] = '\0';
		assert_int_equal(phone_settings_restore(*state, id, "0", rows[i].perm, false, &why),
				 UXM_UPDATED);
		assert_int_equal(phone_settings_may_change(*state, id), rows[i].user);
		assert_int_equal(phone_settings_set(*state, id, "1", PHONE_BY_USER, &why),
				 rows[i].user ? UXM_UPDATED : UXM_NOT_PERMITTED);
		if (rows[i].says != NULL && strstr(why.text, rows[i].says) == NULL)
			fail_msg("row %zu: %s", i, why.text);
		assert_string_equal(phone_settings_text(*state, id), rows[i].user ? "1" : "0");
		assert_int_equal(set(*state, id, "2"), UXM_UPDATED);
		assert_int_equal(phone_settings_restore(*state, id, "3", rows[i].perm, false, &why),
				 UXM_UPDATED);
		assert_int_equal(phone_settings_provision(*state, id, "4", rows[i].perm, &why),
				 rows[i].provisioning ? UXM_UPDATED : UXM_NOT_PERMITTED);
		assert_string_equal(phone_settings_text(*state, id),
				    rows[i].provisioning ? "4" : "3");
		assert_int_equal(phone_settings_set(*state, id, "5", PHONE_BY_PROVISIONING, &why),
				 rows[i].provisioning ? UXM_UPDATED : UXM_NOT_PERMITTED);
	}
	assert_int_equal(phone_settings_provision(*state, PHONE_UXM_REQUIRE_SIGNATURE, "off",
						  PHONE_PERM_WRITE, &why),
			 UXM_NOT_PERMITTED);
}

static void provisioning_leaves_alone_what_the_user_changed_under_an_exclamation_mark(void **state)
{
	struct uxm_failure why = {.text = ""};
	enum phone_id id = PHONE_DOWNLOAD_SERVER;

	assert_int_equal(phone_settings_provision(*state, id, "a", PHONE_PERM_OWN, &why),
			 UXM_UPDATED);
	assert_int_equal(phone_settings_provision(*state, id, "b", PHONE_PERM_OWN, &why),
			 UXM_UPDATED);
	/* The user did not change it so far, and does not by saving what is there. */
	assert_int_equal(phone_settings_set(*state, id, "b", PHONE_BY_USER, &why), UXM_UPDATED);
	assert_false(phone_settings_is_own(*state, id));
	assert_int_equal(phone_settings_provision(*state, id, "c", PHONE_PERM_OWN, &why),
			 UXM_UPDATED);
	assert_string_equal(phone_settings_text(*state, id), "c");
	assert_int_equal(phone_settings_set(*state, id, "mine", PHONE_BY_USER, &why), UXM_UPDATED);
	assert_true(phone_settings_is_own(*state, id));
	why.text[0] = '\0';
	assert_int_equal(phone_settings_provision(*state, id, "d", PHONE_PERM_OWN, &why),
			 UXM_UPDATED);
	assert_string_equal(phone_settings_text(*state, id), "mine");
	assert_non_null(strstr(why.text, "download_server was left as the user has it"));
	assert_int_equal(phone_settings_set(*state, id, "d", PHONE_BY_PROVISIONING, &why),
			 UXM_UPDATED);
	assert_string_equal(phone_settings_text(*state, id), "mine");
	/* The administrator takes it back. */
	assert_int_equal(phone_settings_provision(*state, id, "e", PHONE_PERM_WRITE, &why),
			 UXM_UPDATED);
	assert_string_equal(phone_settings_text(*state, id), "e");
	assert_false(phone_settings_is_own(*state, id));
}

static void under_other_permissions_provisioning_overwrites_the_user(void **state)
{
	static const enum phone_perm perms[] = {PHONE_PERM_WRITE, PHONE_PERM_VOLATILE};
	struct uxm_failure why;

	for (size_t i = 0; i < ROWS(perms); i++) {
		assert_int_equal(
			phone_settings_provision(*state, PHONE_HTTP_USER, "a", perms[i], &why),
			UXM_UPDATED);
		assert_int_equal(
			phone_settings_set(*state, PHONE_HTTP_USER, "mine", PHONE_BY_USER, &why),
			UXM_UPDATED);
		assert_int_equal(
			phone_settings_provision(*state, PHONE_HTTP_USER, "b", perms[i], &why),
			UXM_UPDATED);
		assert_string_equal(phone_settings_text(*state, PHONE_HTTP_USER), "b");
	}
}

static void permissions_are_read_carefully_and_written_back(void **state)
{
	static const struct {
		const char *text;
		enum phone_perm perm;
		const char *written;
	} rows[] = {
		{"", PHONE_PERM_WRITE, ""},  {"RW", PHONE_PERM_WRITE, ""},
		{"$", PHONE_PERM_WRITE, ""}, {"!", PHONE_PERM_OWN, "!"},
		{"R", PHONE_PERM_READ, "R"}, {"&", PHONE_PERM_READ, "R"},
		{" ", PHONE_PERM_READ, "R"}, {"V", PHONE_PERM_VOLATILE, "V"},
		{"x", PHONE_PERM_READ, "R"}, {"!!", PHONE_PERM_READ, "R"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(phone_perm_parse(rows[i].text), rows[i].perm);
		assert_string_equal(phone_perm_text(rows[i].perm), rows[i].written);
	}
}

static void changes_are_counted_when_something_changed(void **state)
{
	struct uxm_failure why;
	uint64_t changes = phone_settings_changes(*state);

	assert_int_equal(set(*state, PHONE_HTTP_USER, "a"), UXM_UPDATED);
	assert_true(phone_settings_changes(*state) > changes);
	changes = phone_settings_changes(*state);
	assert_int_equal(set(*state, PHONE_HTTP_USER, "a"), UXM_UPDATED);
	assert_int_equal(phone_settings_changes(*state), changes);
	assert_int_equal(
		phone_settings_provision(*state, PHONE_HTTP_USER, "a", PHONE_PERM_READ, &why),
		UXM_UPDATED);
	assert_true(phone_settings_changes(*state) > changes);
	changes = phone_settings_changes(*state);
	assert_int_equal(set(*state, PHONE_HTTP_USER, ""), UXM_UPDATED);
	assert_true(phone_settings_changes(*state) > changes);
}

static void a_copy_has_it_all_and_changes_alone(void **state)
{
	struct phone_settings *settings = phone_settings_new();
	struct phone_settings *copy;
	struct uxm_failure why;

	(void)state;
	assert_non_null(settings);
	assert_int_equal(
		phone_settings_provision(settings, PHONE_LED, "green", PHONE_PERM_READ, &why),
		UXM_UPDATED);
	assert_int_equal(phone_settings_restore(settings, PHONE_FIRMWARE_UXM, "http://s/1",
						PHONE_PERM_OWN, true, &why),
			 UXM_UPDATED);
	copy = phone_settings_copy(settings);
	assert_non_null(copy);
	assert_string_equal(phone_settings_text(copy, PHONE_LED), "green");
	assert_int_equal(phone_settings_perm(copy, PHONE_LED), PHONE_PERM_READ);
	assert_true(phone_settings_is_own(copy, PHONE_FIRMWARE_UXM));
	assert_true(phone_settings_changes(copy) == phone_settings_changes(settings));
	assert_int_equal(phone_settings_set(copy, PHONE_LED, "red", PHONE_BY_UXMD, &why),
			 UXM_UPDATED);
	assert_string_equal(phone_settings_text(settings, PHONE_LED), "green");
	phone_settings_free(settings);
	assert_string_equal(phone_settings_text(copy, PHONE_FIRMWARE_UXM), "http://s/1");
	phone_settings_free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, release)
		TEST(every_row_of_the_table_is_whole_and_allows_its_own_default),
		TEST(unknown_names_are_not_found),
		TEST(what_nothing_else_decides_has_the_documented_default),
		TEST(values_are_taken_or_refused_by_their_kind),
		TEST(a_user_with_a_colon_comes_from_the_file_alone),
		TEST(texts_have_their_longest_and_secrets_are_not_quoted),
		TEST(who_may_change_what_is_decided_by_reach_and_permission),
		TEST(provisioning_leaves_alone_what_the_user_changed_under_an_exclamation_mark),
		TEST(under_other_permissions_provisioning_overwrites_the_user),
		TEST(permissions_are_read_carefully_and_written_back),
		TEST(changes_are_counted_when_something_changed),
#undef TEST
		cmocka_unit_test(a_copy_has_it_all_and_changes_alone),
	};

	return cmocka_run_group_tests_name("phone/settings", tests, NULL, NULL);
}
