/* phone/order.c: what a job is told. */
#include <fcntl.h>
#include <unistd.h>

#include "scene.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static void an_order_says_what_is_set_and_nothing_else(void **state)
{
	static const struct order plain = {.source = URL};
	static const struct order all = {
		.source = URL, .override = true, .allow_older = true, .serial = "A"};
	static const struct order upload = {.source = "snomD7C-1.6.1-r.bin", .upload_size = 9};
	static const struct order named = {.source = "snomD7C-1.6.1-r.bin"};
	static const struct {
		const struct order *order;
		bool set;
		const char *json;
	} rows[] = {
		{&plain, false, "{\"url\":\"" URL "\",\"mac\":\"000413aabbcc\"}"},
		{&upload, false,
		 "{\"upload\":{\"name\":\"snomD7C-1.6.1-r.bin\",\"size\":9},"
		 "\"mac\":\"000413aabbcc\"}"},
		{&all, true,
		 "{\"url\":\"" URL "\",\"mac\":\"000413aabbcc\",\"override\":true,"
		 "\"allow_older\":true,\"serial\":\"A\",\"require_signature\":true,\"keys\":[\"/k/"
		 "a\",\"/k/b\"],"
		 "\"ca_file\":\"/c\",\"module_ids\":[\"1234:5678\"]}"},
		{&named, true,
		 "{\"file\":\"snomD7C-1.6.1-r.bin\",\"defaults\":{\"method\":\"https\","
		 "\"port\":8443,\"password\":\"p\",\"base_url\":\"https://h/\"},"
		 "\"mac\":\"000413aabbcc\",\"require_signature\":true,\"keys\":[\"/k/a\","
		 "\"/k/b\"],\"ca_file\":\"/c\",\"module_ids\":[\"1234:5678\"]}"},
	};
	static const struct {
		enum phone_id id;
		const char *value;
	} values[] = {
		{PHONE_UXM_KEYS, "/k/a  /k/b"},
		{PHONE_UXM_REQUIRE_SIGNATURE, "on"},
		{PHONE_UXM_CA_FILE, "/c"},
		{PHONE_UXM_MODULE_IDS, "1234:5678"},
		{PHONE_DOWNLOAD_USE_DEFAULTS, "on"},
		{PHONE_DOWNLOAD_METHOD, "https"},
		{PHONE_DOWNLOAD_PORT, "8443"},
		{PHONE_DOWNLOAD_PASSWORD, "p"},
		{PHONE_DOWNLOAD_BASE_URL, "https://h/"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct uxm_failure why;
		struct uxm_name name;
		cJSON *object;
		char *text;

		for (size_t j = 0; rows[i].set && j < ROWS(values); j++)
			assert_int_equal(phone_settings_set(scene.settings, values[j].id,
							    values[j].value, PHONE_BY_UXMD, &why),
					 UXM_UPDATED);
		object = order_make(rows[i].order, scene.settings, "000413aabbcc", &name, &why);
		assert_non_null(object);
		text = cJSON_PrintUnformatted(object);
		assert_string_equal(text, rows[i].json);
		assert_string_equal(name.model, "D7C");
		cJSON_free(text);
		order_forget(object);
	}
}

static void an_upload_goes_through_the_jobs_standard_input(void **state)
{
	const struct order order = {.source = "snomD7C-1.6.1-r.bin", .upload_size = 5};
	struct uxm_failure why;
	int both[2];

	(void)state;
	assert_int_equal(pipe2(both, O_CLOEXEC), 0);
	folder_put(&folder, "update", "cat >uploaded\n" PROGRESS("verify") RESULT("0", "true"));
	assert_true(updater_start(scene.updater, &order, both[0], &why));
	close(both[0]);
	assert_int_equal(write(both[1], "image", 5), 5);
	close(both[1]);
	scene_run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_UPDATED);
	assert_true(folder_holds(&folder, "uploaded", "image"));
	assert_true(scene_is_kept("snomD7C-1.6.1-r.bin"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_make, scene_release)
		TEST(an_order_says_what_is_set_and_nothing_else),
		TEST(an_upload_goes_through_the_jobs_standard_input),
#undef TEST
	};

	return cmocka_run_group_tests_name("phone/order", tests, NULL, NULL);
}
