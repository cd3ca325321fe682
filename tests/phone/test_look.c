/* phone/look.c: the lines between uxmd and the look at the server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone/look.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

#define D7C  "http://u:p@example.org/snomD7C-1.6.1-r.bin"
#define CAME "{\"event\":\"file\",\"file\":\"firmware\",\"state\":\"came\"}"

static bool take(struct look *look, const char *text)
{
	cJSON *line = cJSON_Parse(text);
	bool taken;

	assert_non_null(line);
	taken = look_take_line(look, line);
	cJSON_Delete(line);
	return taken;
}

static int make(void **state)
{
	*state = calloc(1, sizeof(struct look));
	return *state == NULL;
}

static int release(void **state)
{
	look_release(*state);
	free(*state);
	return 0;
}

static void a_whole_look_is_taken(void **state)
{
	struct look *look = *state;
	const struct provision *firmware = &look->of[PROVISION_FIRMWARE].found;

	assert_true(take(look, "{\"event\":\"file\",\"file\":\"settings\",\"state\":\"unchanged\","
			       "\"url\":\"http://a/s.xml\",\"etag\":\"W/\\\"1\\\"\"}"));
	assert_true(take(look, "{\"event\":\"file\",\"file\":\"firmware\",\"state\":\"came\","
			       "\"url\":\"http://a/f.xml\",\"last_modified\":\"today\"}"));
	assert_true(take(look, "{\"event\":\"setting\",\"file\":\"firmware\","
			       "\"name\":\"firmware_uxm\",\"value\":\"" D7C "\",\"perm\":\"!\"}"));
	assert_true(take(look, "{\"event\":\"note\",\"text\":\"1 setting is unknown.\\n\"}"));
	assert_true(take(look, "{\"event\":\"result\",\"result\":\"fetch-failed\",\"code\":6,"
			       "\"text\":\"Later.\",\"retry_after\":3600}"));
	assert_int_equal(look->of[PROVISION_SETTINGS].what, LOOK_UNCHANGED);
	assert_string_equal(look->of[PROVISION_SETTINGS].known.url, "http://a/s.xml");
	assert_string_equal(look->of[PROVISION_SETTINGS].known.etag, "W/\"1\"");
	assert_string_equal(look->of[PROVISION_SETTINGS].known.last_modified, "");
	assert_int_equal(look->of[PROVISION_FIRMWARE].what, LOOK_CAME);
	assert_string_equal(look->of[PROVISION_FIRMWARE].known.last_modified, "today");
	assert_true(firmware->of[PHONE_FIRMWARE_UXM].named);
	assert_string_equal(firmware->of[PHONE_FIRMWARE_UXM].value, D7C);
	assert_int_equal(firmware->of[PHONE_FIRMWARE_UXM].perm, PHONE_PERM_OWN);
	assert_false(firmware->of[PHONE_FIRMWARE].named);
	assert_int_equal(look->remark_count, 1);
	assert_string_equal(look->remarks[0], "1 setting is unknown.?");
	assert_true(look->has_result);
	assert_int_equal(look->result, UXM_FETCH_FAILED);
	assert_string_equal(look->text, "Later.");
	assert_int_equal(look->retry_after, 3600);
	/* The result is the last line. */
	assert_false(take(look, CAME));
}

static void each_state_of_a_file_is_told_apart(void **state)
{
	static const struct {
		const char *name;
		enum look_file what;
	} states[] = {{"not_asked", LOOK_NOT_ASKED},
		      {"unchanged", LOOK_UNCHANGED},
		      {"empty", LOOK_EMPTY},
		      {"came", LOOK_CAME}};
	struct look *look = *state;
	char line[128];

	for (size_t i = 0; i < ROWS(states); i++) {
		snprintf(line, sizeof(line),
			 "{\"event\":\"file\",\"file\":\"settings\",\"state\":\"%s\"}",
			 states[i].name);
		assert_true(take(look, line));
		assert_int_equal(look->of[PROVISION_SETTINGS].what, states[i].what);
		assert_int_equal(look->of[PROVISION_SETTINGS].found.empty,
				 states[i].what == LOOK_EMPTY);
		assert_int_equal(look->of[PROVISION_FIRMWARE].what, LOOK_NOT_ASKED);
	}
}

static void a_file_that_comes_again_forgets_what_came_before(void **state)
{
	struct look *look = *state;

	assert_true(take(look, CAME));
	assert_true(take(look, "{\"event\":\"setting\",\"file\":\"firmware\","
			       "\"name\":\"firmware\",\"value\":\"http://a/b\",\"perm\":\"\"}"));
	assert_true(take(look, "{\"event\":\"setting\",\"file\":\"firmware\","
			       "\"name\":\"firmware\",\"value\":\"http://a/c\",\"perm\":\"\"}"));
	assert_string_equal(look->of[PROVISION_FIRMWARE].found.of[PHONE_FIRMWARE].value,
			    "http://a/c");
	assert_true(take(look, CAME));
	assert_false(look->of[PROVISION_FIRMWARE].found.of[PHONE_FIRMWARE].named);
}

static void what_is_no_such_line_changes_nothing(void **state)
{
	static const char *const wrong[] = {
		"{}",
		"[]",
		"7",
		"{\"event\":7}",
		"{\"event\":\"progress\"}",
		"{\"event\":\"file\"}",
		"{\"event\":\"file\",\"file\":\"other\",\"state\":\"came\"}",
		"{\"event\":\"file\",\"file\":\"settings\",\"state\":\"gone\"}",
		"{\"event\":\"file\",\"file\":\"settings\",\"state\":\"came\",\"url\":\"a\\nb\"}",
		"{\"event\":\"file\",\"file\":\"settings\",\"state\":\"came\",\"etag\":"
		"\"\\u007f\"}",
		/* The file did not come. */
		"{\"event\":\"setting\",\"file\":\"settings\",\"name\":\"led\",\"value\":\"a\","
		"\"perm\":\"\"}",
		"{\"event\":\"setting\",\"file\":\"firmware\",\"name\":\"firmware_uxm\"}",
		"{\"event\":\"setting\",\"file\":\"firmware\",\"name\":\"firmware_uxm\","
		"\"value\":\"a\"}",
		"{\"event\":\"setting\",\"file\":\"firmware\",\"name\":\"firmware_uxm\","
		"\"value\":7,\"perm\":\"\"}",
		"{\"event\":\"setting\",\"file\":\"firmware\",\"name\":\"firmware_uxm\","
		"\"value\":\"a\\u0001\",\"perm\":\"\"}",
		"{\"event\":\"setting\",\"file\":\"firmware\",\"name\":\"other\",\"value\":\"a\","
		"\"perm\":\"\"}",
		/* Not what a firmware file sets. */
		"{\"event\":\"setting\",\"file\":\"firmware\",\"name\":\"led\",\"value\":\"a\","
		"\"perm\":\"\"}",
		"{\"event\":\"note\"}",
		"{\"event\":\"result\",\"result\":\"updated\",\"code\":0}",
		"{\"event\":\"result\",\"result\":\"updated\",\"code\":6,\"text\":\"\"}",
		"{\"event\":\"result\",\"result\":\"unknown\",\"code\":15,\"text\":\"\"}",
		"{\"event\":\"result\",\"result\":\"updated\",\"code\":-1,\"text\":\"\"}",
		"{\"event\":\"result\",\"result\":\"updated\",\"code\":\"0\",\"text\":\"\"}",
		"{\"event\":\"result\",\"result\":\"updated\",\"code\":0,\"text\":\"\","
		"\"retry_after\":1e9}",
		"{\"event\":\"result\",\"result\":\"updated\",\"code\":0,\"text\":\"\","
		"\"retry_after\":-1}",
	};
	struct look *look = *state;
	struct look before;

	assert_true(take(look, CAME));
	before = *look;
	for (size_t i = 0; i < ROWS(wrong); i++) {
		if (take(look, wrong[i]))
			fail_msg("taken: %s", wrong[i]);
		assert_memory_equal(look, &before, sizeof(before));
	}
}

static void settings_of_this_machine_are_not_taken_from_a_job(void **state)
{
	struct look *look = *state;

	assert_true(take(look, "{\"event\":\"file\",\"file\":\"settings\",\"state\":\"came\"}"));
	assert_false(take(look,
			  "{\"event\":\"setting\",\"file\":\"settings\",\"name\":\"uxm_keys\","
			  "\"value\":\"/tmp/k\",\"perm\":\"\"}"));
	assert_false(take(look, "{\"event\":\"setting\",\"file\":\"settings\",\"name\":"
				"\"firmware_interval\",\"value\":\"0\",\"perm\":\"\"}"));
	assert_true(take(look, "{\"event\":\"setting\",\"file\":\"settings\",\"name\":"
			       "\"firmware_interval\",\"value\":\"9\",\"perm\":\"R\"}"));
}

static void more_remarks_than_there_is_room_for_are_harmless(void **state)
{
	struct look *look = *state;

	for (size_t i = 0; i < 2 * LOOK_REMARKS; i++)
		assert_true(take(look, "{\"event\":\"note\",\"text\":\"once more\"}"));
	assert_int_equal(look->remark_count, LOOK_REMARKS);
}

static void an_order_says_only_what_there_is(void **state)
{
	struct phone_settings *settings = phone_settings_new();
	struct look_known known[2];
	struct look_order order = {.settings = settings, .known = known, .mac = ""};
	struct uxm_failure why;
	cJSON *made;
	char *text;

	(void)state;
	memset(known, 0, sizeof(known));
	order.user_agent = "";
	made = look_order_json(&order);
	text = cJSON_PrintUnformatted(made);
	assert_string_equal(text, "{}");
	free(text);
	cJSON_Delete(made);

	phone_settings_set(settings, PHONE_SETTING_SERVER, "http://a/{mac}.xml", PHONE_BY_USER,
			   &why);
	phone_settings_restore(settings, PHONE_FIRMWARE_STATUS, "http://b/f.xml", PHONE_PERM_OWN,
			       true, &why);
	phone_settings_set(settings, PHONE_UXM_CA_FILE, "/ca.pem", PHONE_BY_UXMD, &why);
	order.mac = "000413aabbcc";
	order.user_agent = "ua";
	strcpy(known[PROVISION_SETTINGS].url, "http://a/{mac}.xml");
	strcpy(known[PROVISION_SETTINGS].etag, "\"1\"");
	/* Without a validator nothing can be asked. */
	strcpy(known[PROVISION_FIRMWARE].url, "http://b/f.xml");
	made = look_order_json(&order);
	text = cJSON_PrintUnformatted(made);
	assert_string_equal(text, "{\"setting_server\":\"http://a/{mac}.xml\",\"firmware_status\":"
				  "\"http://b/f.xml\",\"firmware_status_own\":true,\"mac\":"
				  "\"000413aabbcc\",\"user_agent\":\"ua\",\"ca_file\":\"/ca.pem\","
				  "\"settings_known\":{\"url\":\"http://a/{mac}.xml\",\"etag\":"
				  "\"\\\"1\\\"\"}}");
	free(text);
	cJSON_Delete(made);
	phone_settings_free(settings);
}

static void a_phone_names_itself_and_its_modules(void **state)
{
	char text[160];
	char small[40];

	(void)state;
	assert_string_equal(
		look_user_agent(text, sizeof(text), "D785", "10.1.64.14", "000413aabbcc", 1),
		"Mozilla/4.0 (compatible; snomD785-SIP 10.1.64.14 000413aabbcc SXM:0 UXM:1)");
	assert_string_equal(look_user_agent(text, sizeof(text), "snomD785", "", "", 12),
			    "Mozilla/4.0 (compatible; snomD785-SIP SXM:0 UXM:12)");
	assert_string_equal(look_user_agent(text, sizeof(text), "", "", "", 0),
			    "Mozilla/4.0 (compatible; SXM:0 UXM:0)");
	assert_string_equal(look_user_agent(text, sizeof(text), "\n", "1\r\n2)", "\xC3\xBC", 0),
			    "Mozilla/4.0 (compatible; 12 SXM:0 UXM:0)");
	assert_string_equal(look_user_agent(small, sizeof(small), "D785", "10.1.64.14", "", 1),
			    "Mozilla/4.0 (compatible; snomD785-SIP 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_whole_look_is_taken, make, release),
		cmocka_unit_test_setup_teardown(each_state_of_a_file_is_told_apart, make, release),
		cmocka_unit_test_setup_teardown(a_file_that_comes_again_forgets_what_came_before,
						make, release),
		cmocka_unit_test_setup_teardown(what_is_no_such_line_changes_nothing, make,
						release),
		cmocka_unit_test_setup_teardown(settings_of_this_machine_are_not_taken_from_a_job,
						make, release),
		cmocka_unit_test_setup_teardown(more_remarks_than_there_is_room_for_are_harmless,
						make, release),
		cmocka_unit_test(an_order_says_only_what_there_is),
		cmocka_unit_test(a_phone_names_itself_and_its_modules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
