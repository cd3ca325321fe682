/* phone/record.c and record_file.c: what is remembered over restarts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record_scene.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Another fingerprint. */
#define OTHER 8u

static void fails(const char *url, const char *serial, enum uxm_result result, uint32_t drawn)
{
	assert_true(record_begin(record, url, serial, PRINT, NOW));
	record_fail(record, url, serial, result, false, "Because.", NOW, drawn);
}

static void a_module_is_found_by_its_serial_number_after_a_restart(void **state)
{
	const struct record_module *module;

	(void)state;
	assert_null(record_find(record, "S1"));
	assert_true(record_done(record, "S1", "D7C", URL, NOW));
	record_again();
	module = record_find(record, "S1");
	assert_non_null(module);
	assert_string_equal(module->serial, "S1");
	assert_string_equal(module->model, "D7C");
	assert_string_equal(module->url, URL);
	assert_int_equal(module->when, NOW);
	assert_null(record_find(record, "S"));
}

static void a_module_without_a_serial_number_is_not_remembered(void **state)
{
	(void)state;
	assert_true(record_done(record, "", "D7C", URL, NOW));
	assert_null(record_find(record, ""));
	assert_null(record_module(record, 0));
}

static void a_module_stands_there_once_and_the_latest_comes_first(void **state)
{
	(void)state;
	assert_true(record_done(record, "S1", "D7C", "http://s/1", NOW));
	assert_true(record_done(record, "S2", "D7C", "http://s/1", NOW + 1));
	assert_true(record_done(record, "S1", "D7C", URL, NOW + 2));
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(record_module(record, 0)->serial, "S1");
		assert_string_equal(record_module(record, 0)->url, URL);
		assert_string_equal(record_module(record, 1)->serial, "S2");
		assert_null(record_module(record, 2));
		record_again();
	}
}

static void of_too_many_modules_the_oldest_is_forgotten(void **state)
{
	char serial[16];

	(void)state;
	for (unsigned i = 0; i <= RECORD_MODULES; i++) {
		snprintf(serial, sizeof(serial), "S%u", i);
		assert_true(record_done(record, serial, "D7C", URL, NOW + i));
	}
	record_again();
	assert_null(record_find(record, "S0"));
	assert_non_null(record_find(record, "S1"));
	assert_string_equal(record_module(record, 0)->serial, serial);
	assert_string_equal(record_module(record, RECORD_MODULES - 1)->serial, "S1");
	assert_null(record_module(record, RECORD_MODULES));
}

static void the_pauses_grow_and_chance_moves_them_by_half(void **state)
{
	static const int64_t pauses[] = {300, 1200, 4800, 19200};
	const struct record_failure *failure;

	(void)state;
	for (unsigned i = 0; i < ROWS(pauses); i++) {
		int64_t pause = pauses[i];
		const struct {
			uint32_t drawn;
			int64_t pause;
		} rows[] = {{0, pause / 2},
			    {(uint32_t)pause, pause / 2 + pause},
			    {(uint32_t)pause + 1, pause / 2},
			    {UINT32_MAX, pause / 2 + (int64_t)UINT32_MAX % (pause + 1)}};

		assert_true(record_begin(record, URL, "S1", PRINT, NOW));
		for (size_t j = 0; j < ROWS(rows); j++) {
			record_fail(record, URL, "S1", UXM_FETCH_FAILED, false, "Because.", NOW,
				    rows[j].drawn);
			failure = record_failure(record, URL, "S1", PRINT);
			assert_int_equal(failure->tries, i + 1);
			assert_int_equal(failure->pause.next - NOW, rows[j].pause);
		}
	}
	fails(URL, "S1", UXM_FETCH_FAILED, 0);
	failure = record_failure(record, URL, "S1", PRINT);
	assert_int_equal(failure->tries, RECORD_TRIES);
	assert_int_equal(failure->pause.next - NOW, RECORD_PAUSE_MOST / 2);
}

static void tries_are_kept_over_a_restart(void **state)
{
	const struct record_failure *failure;

	(void)state;
	fails(URL, "S1", UXM_CANCELLED, 0);
	record_again();
	fails(URL, "S1", UXM_TRANSFER_FAILED, 0);
	record_again();
	failure = record_failure(record, URL, "S1", PRINT);
	assert_non_null(failure);
	assert_int_equal(failure->tries, 2);
	assert_int_equal(failure->result, UXM_TRANSFER_FAILED);
	assert_string_equal(failure->text, "Because.");
	assert_int_equal(failure->pause.next, NOW + 600);
	assert_false(failure->refused);
	/* Those are tried again whatever the settings are. */
	assert_non_null(record_failure(record, URL, "S1", OTHER));
	assert_null(record_failure(record, URL, "S2", PRINT));
	assert_null(record_failure(record, URL "?", "S1", PRINT));
}

static void what_was_begun_counts_even_when_nobody_saw_its_end(void **state)
{
	/* The first is tried again at once. */
	static const int64_t pauses[] = {0, 300, 1200, 4800, 19200};
	const struct record_failure *failure;

	(void)state;
	for (unsigned i = 0; i < ROWS(pauses); i++) {
		assert_true(record_begin(record, URL, "S1", PRINT, NOW));
		record_again();
		failure = record_failure(record, URL, "S1", PRINT);
		assert_int_equal(failure->tries, i + 1);
		assert_int_equal(failure->pause.next, NOW + pauses[i]);
		assert_string_equal(failure->text, "");
	}
}

static void what_could_not_begin_is_no_try(void **state)
{
	(void)state;
	assert_true(record_begin(record, URL, "S1", PRINT, NOW));
	record_withdraw(record, URL, "S1");
	assert_null(record_failure(record, URL, "S1", PRINT));
	record_withdraw(record, URL, "S1");
	fails(URL, "S1", UXM_FETCH_FAILED, 0);
	assert_true(record_begin(record, URL, "S1", PRINT, NOW));
	record_withdraw(record, URL, "S1");
	assert_int_equal(record_failure(record, URL, "S1", PRINT)->tries, 1);
	assert_true(record_failure(record, URL, "S1", PRINT)->pause.next <= NOW);
}

static void a_refused_one_holds_while_the_fingerprint_does(void **state)
{
	(void)state;
	fails(URL, "S1", UXM_IMAGE_REFUSED, 0);
	record_again();
	assert_true(record_failure(record, URL, "S1", PRINT)->refused);
	assert_null(record_failure(record, URL, "S1", OTHER));
	/* Begun under other settings it starts to count anew. */
	assert_true(record_begin(record, URL, "S1", OTHER, NOW));
	assert_int_equal(record_failure(record, URL, "S1", OTHER)->tries, 1);
	assert_false(record_failure(record, URL, "S1", OTHER)->refused);
	record_fail(record, URL, "S1", UXM_FETCH_FAILED, true, "No such file.", NOW, 0);
	assert_true(record_failure(record, URL, "S1", OTHER)->refused);
	assert_null(record_failure(record, URL, "S1", PRINT));
}

static void success_forgets_the_failure_of_that_url_and_module(void **state)
{
	(void)state;
	fails(URL, "S1", UXM_FETCH_FAILED, 0);
	fails(URL, "S2", UXM_FETCH_FAILED, 0);
	fails("http://s/2", "S1", UXM_FETCH_FAILED, 0);
	fails(URL, "", UXM_FETCH_FAILED, 0);
	assert_true(record_done(record, "S1", "D7C", URL, NOW));
	assert_null(record_failure(record, URL, "S1", PRINT));
	assert_non_null(record_failure(record, URL, "S2", PRINT));
	assert_non_null(record_failure(record, "http://s/2", "S1", PRINT));
	assert_true(record_done(record, "", "D7C", URL, NOW));
	assert_null(record_failure(record, URL, "", PRINT));
}

static void of_too_many_failures_the_oldest_is_forgotten(void **state)
{
	char serial[16];

	(void)state;
	for (unsigned i = 0; i <= RECORD_FAILURES; i++) {
		snprintf(serial, sizeof(serial), "S%u", i);
		fails(URL, serial, UXM_FETCH_FAILED, 0);
	}
	record_again();
	assert_null(record_failure(record, URL, "S0", PRINT));
	assert_non_null(record_failure(record, URL, "S1", PRINT));
	assert_non_null(record_failure(record, URL, serial, PRINT));
	fails(URL, "another", UXM_FETCH_FAILED, 0);
	assert_null(record_failure(record, URL, "S1", PRINT));
	assert_non_null(record_failure(record, URL, "S2", PRINT));
}

static void clearing_forgets_all_of_it(void **state)
{
	(void)state;
	assert_true(record_done(record, "S1", "D7C", URL, NOW));
	fails(URL, "S2", UXM_IMAGE_REFUSED, 0);
	assert_true(record_phone_begin(record, "http://s/phone.bin", "10.1.64.14", NOW));
	record_clear(record);
	record_again();
	assert_null(record_find(record, "S1"));
	assert_null(record_failure(record, URL, "S2", PRINT));
	assert_null(record_phone(record, "http://s/phone.bin"));
}

static void the_phones_own_update_is_counted_before_it_begins(void **state)
{
	static const char url[] = "http://s/phone.bin";
	const struct record_phone *phone;

	(void)state;
	assert_null(record_phone(record, url));
	assert_null(record_phone(record, ""));
	for (unsigned tries = 1; tries <= RECORD_TRIES; tries++) {
		assert_true(record_phone_begin(record, url, "10.1.64.14", NOW));
		record_again();
		phone = record_phone(record, url);
		assert_non_null(phone);
		assert_int_equal(phone->tries, tries);
		assert_true(phone->begun);
		assert_string_equal(phone->version, "10.1.64.14");
	}
	record_phone_fail(record, "It ended with 1.", NOW, 0);
	record_again();
	phone = record_phone(record, url);
	assert_false(phone->begun);
	assert_string_equal(phone->text, "It ended with 1.");
	assert_int_equal(phone->pause.next, NOW + RECORD_PAUSE_MOST / 2);
	/* Another URL starts anew. */
	assert_true(record_phone_begin(record, "http://s/other.bin", NULL, NOW));
	assert_null(record_phone(record, url));
	assert_int_equal(record_phone(record, "http://s/other.bin")->tries, 1);
	record_phone_withdraw(record);
	assert_null(record_phone(record, "http://s/other.bin"));
	for (unsigned i = 0; i < 2; i++)
		assert_true(record_phone_begin(record, url, "", NOW));
	record_phone_withdraw(record);
	assert_int_equal(record_phone(record, url)->tries, 1);
	assert_false(record_phone(record, url)->begun);
	record_phone_done(record);
	assert_null(record_phone(record, url));
}

static void each_part_of_the_fingerprint_makes_it_another(void **state)
{
	static const struct {
		enum phone_id id;
		const char *value;
	} rows[] = {{PHONE_UXM_ALLOW_OLDER, "off"},
		    {PHONE_UXM_KEYS, "/k.pem"},
		    {PHONE_UXM_REQUIRE_SIGNATURE, "on"},
		    {PHONE_UXM_CA_FILE, "/k.pem"},
		    {PHONE_UXM_MODULE_IDS, "1209:0002"}};
	struct phone_settings *settings = phone_settings_new();
	uint32_t seen[ROWS(rows) + 3];
	size_t count = 0;

	(void)state;
	assert_non_null(settings);
	seen[count++] = record_fingerprint(settings, NULL, "");
	seen[count++] = record_fingerprint(settings, "1.5.3", "");
	seen[count++] = record_fingerprint(settings, "", "1.5.3");
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *initial = phone_setting(rows[i].id)->initial;

		assert_int_equal(phone_settings_set(settings, rows[i].id, rows[i].value,
						    PHONE_BY_UXMD, &why),
				 UXM_UPDATED);
		seen[count++] = record_fingerprint(settings, "", NULL);
		assert_int_equal(
			phone_settings_set(settings, rows[i].id, initial, PHONE_BY_UXMD, &why),
			UXM_UPDATED);
	}
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(seen[i], seen[j]);
	}
	assert_int_equal(record_fingerprint(settings, "", NULL), seen[0]);
	phone_settings_free(settings);
}

static void a_text_that_is_too_long_is_not_remembered(void **state)
{
	char *url = malloc(JOURNAL_SOURCE + 1);

	(void)state;
	assert_non_null(url);
	memset(url, 'u', JOURNAL_SOURCE);
	url[JOURNAL_SOURCE] = '\0';
	assert_false(record_done(record, "S1", "D7C", url, NOW));
	assert_false(record_begin(record, url, "S1", PRINT, NOW));
	assert_false(record_phone_begin(record, url, "", NOW));
	assert_null(record_find(record, "S1"));
	url[JOURNAL_SOURCE - 1] = '\0';
	assert_true(record_done(record, "S1", "D7C", url, NOW));
	assert_true(record_begin(record, url, "S2", PRINT, NOW));
	assert_true(record_phone_begin(record, url, "", NOW));
	record_again();
	assert_string_equal(record_find(record, "S1")->url, url);
	assert_non_null(record_failure(record, url, "S2", PRINT));
	free(url);
}

static void a_file_that_cannot_be_used_is_set_aside_and_nothing_is_known(void **state)
{
	static const char module[] =
		"{\"serial\":\"S1\",\"model\":\"D7C\",\"url\":\"u\",\"when\":1}";
	static const char *const broken[] = {
		"",
		"{",
		"[]",
		"{\"modules\":[]}",
		"{\"modules\":{},\"failures\":[]}",
		"{\"modules\":[%s,{\"serial\":\"\",\"model\":\"D7C\",\"url\":\"u\",\"when\":1}],"
		"\"failures\":[]}",
		"{\"modules\":[%s,{\"serial\":\"S\",\"model\":\"D7C\",\"url\":\"u\"}],"
		"\"failures\":[]}",
		"{\"modules\":[%s],\"failures\":[{\"url\":\"u\"}]}",
		"{\"modules\":[%s],\"failures\":[{\"url\":\"u\",\"serial\":\"S\",\"tries\":6,"
		"\"refused\":false,\"fingerprint\":1,\"next\":1,\"result\":6,\"text\":\"\"}]}",
		"{\"modules\":[%s],\"failures\":[{\"url\":\"u\",\"serial\":\"S\",\"tries\":0,"
		"\"refused\":false,\"fingerprint\":1,\"next\":1,\"result\":6,\"text\":\"\"}]}",
		"{\"modules\":[%s],\"failures\":[{\"url\":\"u\",\"serial\":\"S\",\"tries\":1,"
		"\"refused\":false,\"fingerprint\":-1,\"next\":1,\"result\":6,\"text\":\"\"}]}",
		"{\"modules\":[%s],\"failures\":[{\"url\":\"u\",\"serial\":\"S\",\"tries\":1,"
		"\"refused\":false,\"fingerprint\":1,\"next\":1e300,\"result\":6,\"text\":\"\"}]}",
		"{\"modules\":[%s],\"failures\":[{\"url\":\"u\",\"serial\":\"S\",\"tries\":1,"
		"\"refused\":false,\"fingerprint\":1,\"next\":1,\"pause\":99999,\"result\":6,"
		"\"text\":\"\"}]}",
		"{\"modules\":[%s],\"failures\":[],\"phone\":1}",
		"{\"modules\":[%s],\"failures\":[],\"phone\":{\"url\":\"u\\n\",\"version\":\"\","
		"\"tries\":1,\"begun\":true,\"next\":1,\"text\":\"\"}}",
	};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < ROWS(broken); i++) {
		const char *place = strstr(broken[i], "%s");
		int before = place != NULL ? (int)(place - broken[i]) : (int)strlen(broken[i]);

		snprintf(text, sizeof(text), "%.*s%s%s", before, broken[i],
			 place != NULL ? module : "", place != NULL ? place + 2 : "");
		folder_put(&folder, "record", text);
		assert_true(record_done(record, "S9", "D7C", URL, NOW));
		assert_false(record_load(record, folder_at(&folder, "record"), &why));
		assert_non_null(strstr(why.text, "set aside"));
		assert_null(record_module(record, 0));
		assert_null(record_phone(record, "u"));
		assert_true(folder_holds(&folder, "record.bad", text));
		assert_null(folder_get(&folder, "record"));
	}
	assert_true(record_load(record, folder_at(&folder, "record"), &why));
}

static void a_folder_that_is_gone_is_said(void **state)
{
	(void)state;
	assert_false(record_save(record, folder_at(&folder, "none/record"), &why));
	assert_int_equal(why.result, UXM_INTERNAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, record_make, record_unmake)
		TEST(a_module_is_found_by_its_serial_number_after_a_restart),
		TEST(a_module_without_a_serial_number_is_not_remembered),
		TEST(a_module_stands_there_once_and_the_latest_comes_first),
		TEST(of_too_many_modules_the_oldest_is_forgotten),
		TEST(the_pauses_grow_and_chance_moves_them_by_half),
		TEST(tries_are_kept_over_a_restart),
		TEST(what_was_begun_counts_even_when_nobody_saw_its_end),
		TEST(what_could_not_begin_is_no_try),
		TEST(a_refused_one_holds_while_the_fingerprint_does),
		TEST(success_forgets_the_failure_of_that_url_and_module),
		TEST(of_too_many_failures_the_oldest_is_forgotten),
		TEST(clearing_forgets_all_of_it),
		TEST(the_phones_own_update_is_counted_before_it_begins),
		TEST(each_part_of_the_fingerprint_makes_it_another),
		TEST(a_text_that_is_too_long_is_not_remembered),
		TEST(a_file_that_cannot_be_used_is_set_aside_and_nothing_is_known),
		TEST(a_folder_that_is_gone_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
