/* phone/provisioner_found.c: what the findings of a look change. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clockwork.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))
#define DAY        86400u

#define SETTINGS(inside) "<settings><phone-settings>" inside "</phone-settings></settings>"

static void the_settings_file_names_the_firmware_file(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_FIRMWARE_STATUS, "");
	clockwork_set(work, PHONE_SETTING_SERVER, SETTINGS_URL);
	clockwork_serve(work, SETTINGS_URL,
			SETTINGS("<firmware_status perm=\"R\">" FIRMWARE_URL
				 "</firmware_status><update_policy>auto_update</update_policy>"));
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	assert_int_equal(work->looks, 1);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_STATUS), FIRMWARE_URL);
	assert_string_equal(phone_settings_text(work->saved, PHONE_FIRMWARE_STATUS), FIRMWARE_URL);
	assert_int_equal(phone_settings_perm(work->settings, PHONE_FIRMWARE_STATUS),
			 PHONE_PERM_READ);
	assert_string_equal(work->update, NEW_URL);
}

static void settings_that_stay_are_not_written_again(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_SETTING_SERVER, SETTINGS_URL);
	clockwork_serve(work, SETTINGS_URL, SETTINGS("<http_user>admin</http_user>"));
	clockwork_offer(work, "");
	clockwork_start(work);
	assert_int_equal(work->keeps, 1);
	provisioner_start(work->provisioner, true);
	clockwork_pass(work, 3 * DAY);
	assert_true(work->looks >= 4);
	assert_int_equal(work->keeps, 1);
}

static void a_setting_that_the_user_changed_is_set_back_unless_it_is_his_own(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_SETTING_SERVER, SETTINGS_URL);
	clockwork_serve(work, SETTINGS_URL,
			SETTINGS("<http_user perm=\"!\">a</http_user>"
				 "<download_server perm=\"RW\">a</download_server>"));
	clockwork_offer(work, "");
	clockwork_start(work);
	clockwork_save(work, PHONE_HTTP_USER, "b");
	clockwork_save(work, PHONE_DOWNLOAD_SERVER, "b");
	/* Unchanged on the server, too. */
	clockwork_pass(work, DAY + 3600);
	assert_true(work->unchanged > 0);
	assert_string_equal(clockwork_get(work, PHONE_HTTP_USER), "b");
	assert_string_equal(clockwork_get(work, PHONE_DOWNLOAD_SERVER), "a");
}

static void a_firmware_file_that_is_the_users_own_is_not_asked_for_twice(void **state)
{
	struct clockwork *work = *state;
	struct uxm_failure why;

	clockwork_set(work, PHONE_SETTING_SERVER, SETTINGS_URL);
	assert_int_equal(phone_settings_restore(work->settings, PHONE_FIRMWARE_STATUS, FIRMWARE_URL,
						PHONE_PERM_OWN, true, &why),
			 UXM_UPDATED);
	clockwork_serve(work, SETTINGS_URL,
			SETTINGS("<firmware_status perm=\"!\">http://other/</firmware_status>"));
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	assert_int_equal(work->looks, 1);
	assert_int_equal(work->updates, 1);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_STATUS), FIRMWARE_URL);
	/* It holds as long as it is named. */
	clockwork_pass(work, DAY + 3600);
	assert_int_equal(work->looks, 2);
	assert_int_equal(work->unchanged, 2);
}

static void a_server_that_is_down_sets_no_setting_back(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_SETTING_SERVER, SETTINGS_URL);
	clockwork_serve(work, SETTINGS_URL, SETTINGS("<http_user perm=\"RW\">a</http_user>"));
	clockwork_offer(work, "");
	clockwork_start(work);
	clockwork_save(work, PHONE_HTTP_USER, "b");
	work->down = true;
	clockwork_pass(work, 2 * DAY);
	assert_true(work->looks > 2);
	assert_string_equal(clockwork_get(work, PHONE_HTTP_USER), "b");
	work->down = false;
	clockwork_pass(work, 2 * DAY);
	assert_string_equal(clockwork_get(work, PHONE_HTTP_USER), "a");
}

static void an_empty_tag_takes_no_server_and_no_password_away_but_empties_a_text(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_SETTING_SERVER, SETTINGS_URL);
	clockwork_set(work, PHONE_HTTP_USER, "admin");
	clockwork_set(work, PHONE_HTTP_PASS, "secret");
	clockwork_set(work, PHONE_DOWNLOAD_PASSWORD, "secret");
	clockwork_set(work, PHONE_DOWNLOAD_PATH, "path");
	clockwork_serve(work, SETTINGS_URL,
			SETTINGS("<setting_server/><http_user/><http_pass/><download_password/>"
				 "<download_path/><firmware_interval/>"));
	clockwork_offer(work, "");
	clockwork_start(work);
	assert_string_equal(clockwork_get(work, PHONE_SETTING_SERVER), SETTINGS_URL);
	assert_string_equal(clockwork_get(work, PHONE_HTTP_USER), "admin");
	assert_string_equal(clockwork_get(work, PHONE_HTTP_PASS), "secret");
	assert_string_equal(clockwork_get(work, PHONE_DOWNLOAD_PASSWORD), "secret");
	assert_string_equal(clockwork_get(work, PHONE_DOWNLOAD_PATH), "");
	assert_int_equal(phone_settings_number(work->settings, PHONE_FIRMWARE_INTERVAL), 1440);
}

static void a_server_named_under_v_is_known_after_a_restart(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_FIRMWARE_STATUS, "");
	clockwork_set(work, PHONE_SETTING_SERVER, SETTINGS_URL);
	clockwork_serve(work, SETTINGS_URL,
			SETTINGS("<setting_server perm=\"V\">" SETTINGS_URL "</setting_server>"));
	clockwork_start(work);
	clockwork_cut(work);
	assert_string_equal(clockwork_get(work, PHONE_SETTING_SERVER), SETTINGS_URL);
	assert_int_equal(work->looks, 2);
}

static void settings_are_taken_whatever_the_policy_is(void **state)
{
	static const char *const policies[] = {"settings_only", "never_update", "never_update_firm",
					       "never_update_boot"};
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_SETTING_SERVER, SETTINGS_URL);
	clockwork_serve(work, SETTINGS_URL, SETTINGS("<update_policy>auto_update</update_policy>"));
	clockwork_offer(work, "");
	for (size_t i = 0; i < ROWS(policies); i++) {
		clockwork_set(work, PHONE_UPDATE_POLICY, policies[i]);
		clockwork_cut(work);
		assert_string_equal(clockwork_get(work, PHONE_UPDATE_POLICY), "auto_update");
	}
}

static void a_settings_file_may_lead_to_another_one_at_once(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_SETTING_SERVER, SETTINGS_URL);
	clockwork_serve(work, SETTINGS_URL,
			SETTINGS("<setting_server>http://other/</setting_server>"));
	clockwork_serve(work, "http://other/", SETTINGS("<http_user>other</http_user>"));
	clockwork_offer(work, "");
	clockwork_start(work);
	assert_int_equal(work->looks, 2);
	assert_string_equal(clockwork_get(work, PHONE_HTTP_USER), "other");
	clockwork_pass(work, 3600);
	assert_int_equal(work->looks, 2);
}

static void settings_files_may_lead_elsewhere_again_and_again_in_time(void **state)
{
	static const char *const urls[] = {SETTINGS_URL, "http://other/"};
	static const char *const leads[] = {
		SETTINGS("<setting_server>" SETTINGS_URL "</setting_server>"),
		SETTINGS("<setting_server>http://other/</setting_server>")};
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_SETTING_SERVER, SETTINGS_URL);
	clockwork_offer(work, "");
	for (unsigned i = 0; i < 2 * PROVISIONER_HOPS; i++) {
		clockwork_serve(work, urls[0], leads[(i + 1) % 2]);
		clockwork_serve(work, urls[1], leads[(i + 1) % 2]);
		if (i == 0)
			clockwork_start(work);
		else
			clockwork_pass(work, DAY + 3600);
		assert_string_equal(clockwork_get(work, PHONE_SETTING_SERVER), urls[(i + 1) % 2]);
		assert_int_equal(work->looks, 2 * (i + 1));
	}
}

static void settings_files_that_lead_to_each_other_do_not_do_so_for_ever(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_SETTING_SERVER, SETTINGS_URL);
	clockwork_serve(work, SETTINGS_URL,
			SETTINGS("<setting_server>http://other/</setting_server>"));
	clockwork_serve(work, "http://other/",
			SETTINGS("<setting_server>" SETTINGS_URL "</setting_server>"));
	clockwork_offer(work, "");
	clockwork_start(work);
	assert_int_equal(work->looks, 1 + PROVISIONER_HOPS);
	clockwork_pass(work, DAY / 2);
	assert_int_equal(work->looks, 1 + PROVISIONER_HOPS);
	clockwork_pass(work, DAY);
	assert_int_equal(work->looks, 2 * (1 + PROVISIONER_HOPS));
}

static void a_firmware_file_that_is_gone_takes_no_settings_away(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_SETTING_SERVER, SETTINGS_URL);
	clockwork_serve(work, SETTINGS_URL, SETTINGS("<http_user>admin</http_user>"));
	clockwork_start(work);
	assert_string_equal(clockwork_get(work, PHONE_HTTP_USER), "admin");
	assert_true(clockwork_says(work, FIRMWARE_URL " cannot be had"));
	clockwork_pass(work, 61);
	assert_int_equal(work->looks, 2);
}

static void a_broken_settings_file_changes_nothing_and_an_offer_holds(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_SETTING_SERVER, SETTINGS_URL);
	clockwork_set(work, PHONE_UPDATE_POLICY, "ask_for_update");
	clockwork_serve(work, SETTINGS_URL, SETTINGS("<http_user>admin</http_user>"));
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_serve(work, SETTINGS_URL, SETTINGS("<http_user>other</http_us>"));
	clockwork_pass(work, DAY + 3600);
	assert_true(work->looks > 1);
	assert_string_equal(clockwork_get(work, PHONE_HTTP_USER), "admin");
	assert_true(clockwork_says(work, "line 1"));
	assert_true(work->state.provision.asking);
}

static void a_look_that_ends_without_a_result_counts_for_nothing(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_SETTING_SERVER, SETTINGS_URL);
	clockwork_serve(work, SETTINGS_URL, SETTINGS("<http_user>admin</http_user>"));
	clockwork_offer(work, NEW_URL);
	work->slow = true;
	clockwork_start(work);
	assert_true(work->state.provision.looking);
	work->pending.has_result = false;
	clockwork_answer(work);
	assert_false(work->state.provision.looking);
	assert_string_equal(clockwork_get(work, PHONE_HTTP_USER), "");
	assert_int_equal(work->updates, 0);
	assert_true(clockwork_says(work, "without a result"));
	work->slow = false;
	clockwork_pass(work, 61);
	assert_int_equal(work->updates, 1);
}

static void settings_that_cannot_be_saved_are_not_in_force_and_are_fetched_again(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_SETTING_SERVER, SETTINGS_URL);
	clockwork_serve(work, SETTINGS_URL, SETTINGS("<http_user>admin</http_user>"));
	clockwork_offer(work, NEW_URL);
	work->disk_full = true;
	clockwork_start(work);
	assert_string_equal(clockwork_get(work, PHONE_HTTP_USER), "");
	assert_true(clockwork_says(work, "The disk is full"));
	assert_int_equal(work->updates, 0);
	work->disk_full = false;
	clockwork_pass(work, 61);
	assert_int_equal(work->unchanged, 0);
	assert_string_equal(clockwork_get(work, PHONE_HTTP_USER), "admin");
	assert_int_equal(work->updates, 1);
}

static void a_look_under_which_the_server_is_changed_counts_for_nothing(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_SETTING_SERVER, SETTINGS_URL);
	clockwork_serve(work, SETTINGS_URL,
			SETTINGS("<setting_server>" SETTINGS_URL "</setting_server>"));
	clockwork_serve(work, "http://other/", SETTINGS("<http_user>other</http_user>"));
	clockwork_offer(work, "");
	work->slow = true;
	clockwork_start(work);
	clockwork_save(work, PHONE_SETTING_SERVER, "http://other/");
	clockwork_answer(work);
	assert_int_equal(work->looks, 2);
	clockwork_answer(work);
	assert_string_equal(clockwork_get(work, PHONE_SETTING_SERVER), "http://other/");
	assert_string_equal(clockwork_get(work, PHONE_HTTP_USER), "other");
}

static void
what_a_superseded_file_offers_is_not_installed_before_its_successor_is_read(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_FIRMWARE_STATUS, "");
	clockwork_set(work, PHONE_SETTING_SERVER, SETTINGS_URL);
	clockwork_serve(work, SETTINGS_URL,
			SETTINGS("<setting_server>http://other/</setting_server>"
				 "<firmware_uxm>" NEW_URL "</firmware_uxm>"));
	clockwork_serve(work, "http://other/",
			SETTINGS("<firmware_uxm>http://s/snomD7C-1.7.0-r.bin</firmware_uxm>"));
	work->slow = true;
	clockwork_start(work);
	clockwork_answer(work);
	assert_int_equal(work->looks, 2);
	assert_int_equal(work->updates, 0);
	clockwork_answer(work);
	assert_int_equal(work->updates, 1);
	assert_string_equal(work->update, "http://s/snomD7C-1.7.0-r.bin");
}

static void looking_now_is_one_look_at_a_time(void **state)
{
	struct clockwork *work = *state;
	struct uxm_failure why;

	clockwork_offer(work, "");
	work->slow = true;
	clockwork_start(work);
	assert_true(work->looking);
	assert_false(provisioner_look_now(work->provisioner, &why));
	assert_int_equal(why.result, UXM_BUSY);
	clockwork_answer(work);
	assert_true(provisioner_look_now(work->provisioner, &why));
	assert_int_equal(work->looks, 2);
}

static void the_user_agent_counts_the_modules(void **state)
{
	struct clockwork *work = *state;

	clockwork_plug(work, "S2", "D7C", "1.5.3");
	clockwork_offer(work, "");
	clockwork_start(work);
	assert_non_null(strstr(work->agent, "snomD785"));
	assert_non_null(strstr(work->agent, "10.1.64.14"));
	assert_non_null(strstr(work->agent, "000413aabbcc"));
	assert_non_null(strstr(work->agent, "UXM:2"));
}

static void the_next_look_is_shown_and_nothing_is_told_twice(void **state)
{
	struct clockwork *work = *state;
	unsigned changes;
	uint64_t revision;

	work->drawn = UINT32_MAX;
	clockwork_offer(work, "");
	clockwork_start(work);
	assert_int_equal(work->state.provision.looked, CLOCKWORK_START);
	assert_true(work->state.provision.next >= CLOCKWORK_START + DAY - 1 &&
		    work->state.provision.next <= CLOCKWORK_START + DAY + 1);
	changes = work->changes;
	revision = work->state.revision;
	for (unsigned i = 0; i < 100; i++) {
		clockwork_pass(work, 7);
		provisioner_due(work->provisioner);
	}
	assert_int_equal(work->changes, changes);
	assert_int_equal(work->state.revision, revision);
}

static void a_wall_clock_that_jumps_does_not_move_the_looks(void **state)
{
	struct clockwork *work = *state;

	work->drawn = UINT32_MAX;
	work->wall = 100;
	clockwork_offer(work, "");
	clockwork_start(work);
	clockwork_pass(work, DAY / 2);
	work->wall = CLOCKWORK_START;
	clockwork_pass(work, DAY / 2 - 10);
	assert_int_equal(work->looks, 1);
	clockwork_pass(work, 20);
	assert_int_equal(work->looks, 2);
	work->wall = 100;
	clockwork_pass(work, DAY + 10);
	assert_int_equal(work->looks, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, clockwork_make, clockwork_unmake)
		TEST(the_settings_file_names_the_firmware_file),
		TEST(settings_that_stay_are_not_written_again),
		TEST(a_setting_that_the_user_changed_is_set_back_unless_it_is_his_own),
		TEST(a_firmware_file_that_is_the_users_own_is_not_asked_for_twice),
		TEST(a_server_that_is_down_sets_no_setting_back),
		TEST(an_empty_tag_takes_no_server_and_no_password_away_but_empties_a_text),
		TEST(a_server_named_under_v_is_known_after_a_restart),
		TEST(settings_are_taken_whatever_the_policy_is),
		TEST(a_settings_file_may_lead_to_another_one_at_once),
		TEST(settings_files_may_lead_elsewhere_again_and_again_in_time),
		TEST(settings_files_that_lead_to_each_other_do_not_do_so_for_ever),
		TEST(a_firmware_file_that_is_gone_takes_no_settings_away),
		TEST(a_broken_settings_file_changes_nothing_and_an_offer_holds),
		TEST(a_look_that_ends_without_a_result_counts_for_nothing),
		TEST(settings_that_cannot_be_saved_are_not_in_force_and_are_fetched_again),
		TEST(a_look_under_which_the_server_is_changed_counts_for_nothing),
		TEST(what_a_superseded_file_offers_is_not_installed_before_its_successor_is_read),
		TEST(looking_now_is_one_look_at_a_time),
		TEST(the_user_agent_counts_the_modules),
		TEST(the_next_look_is_shown_and_nothing_is_told_twice),
		TEST(a_wall_clock_that_jumps_does_not_move_the_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
