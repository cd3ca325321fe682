/* phone/provisioner_phone.c: the phone's own update, which comes before the module's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clockwork.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))
#define DAY        86400u

#define BOTH(phone, module)                                                                        \
	"<firmware-settings><firmware>" phone "</firmware><firmware_uxm>" module                   \
	"</firmware_uxm></firmware-settings>"

static struct uxm_failure failed = {.result = UXM_INTERNAL, .text = "It ended with 1."};

/* A command is configured, and both are offered. */
static int make(void **state)
{
	struct clockwork *work;

	if (clockwork_make(state) != 0)
		return -1;
	work = *state;
	work->has_phone_command = true;
	clockwork_serve(work, FIRMWARE_URL, BOTH(PHONE_URL, NEW_URL));
	clockwork_cut(work);
	/* What that has begun is not looked at. */
	return 0;
}

static void the_phone_is_updated_first_and_the_module_then(void **state)
{
	struct clockwork *work = *state;

	assert_int_equal(work->phones, 1);
	assert_string_equal(work->phone, PHONE_URL);
	clockwork_pass(work, 3600);
	assert_int_equal(work->updates, 0);
	assert_true(clockwork_says(work, "updates itself to " PHONE_URL " first"));
	assert_true(clockwork_says(work, NEW_URL " for the module follows."));
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE), "");
	provisioner_phone_updated(work->provisioner, NULL);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE), PHONE_URL);
	assert_string_equal(phone_settings_text(work->saved, PHONE_FIRMWARE), PHONE_URL);
	assert_null(record_phone(provisioner_record(work->provisioner), PHONE_URL));
	assert_int_equal(work->updates, 1);
	clockwork_end(work, UXM_UPDATED, false);
	clockwork_pass(work, 5 * DAY);
	assert_int_equal(work->phones, 1);
	assert_int_equal(work->updates, 1);
}

static void a_command_that_fails_is_tried_five_times_and_then_the_module_follows(void **state)
{
	struct clockwork *work = *state;

	for (unsigned tries = 1; tries <= RECORD_TRIES; tries++) {
		assert_int_equal(work->phones, tries);
		assert_int_equal(work->updates, 0);
		provisioner_phone_updated(work->provisioner, &failed);
		assert_true(clockwork_says(work, "It ended with 1."));
		clockwork_pass(work, 100);
		assert_int_equal(work->phones, tries);
		clockwork_pass(work, DAY);
	}
	assert_int_equal(work->phones, RECORD_TRIES);
	assert_int_equal(work->updates, 1);
	assert_true(clockwork_says(work, "failed 5 times"));
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE), "");
}

static void a_command_that_reboots_the_phone_does_not_do_so_for_ever(void **state)
{
	struct clockwork *work = *state;

	for (unsigned i = 0; i < 20; i++) {
		clockwork_cut(work);
		clockwork_pass(work, DAY);
	}
	assert_int_equal(work->phones, RECORD_TRIES);
	assert_true(work->updates > 0);
}

static void a_phone_that_runs_another_version_after_the_reboot_is_updated(void **state)
{
	struct clockwork *work = *state;

	work->state.phone_version = "10.1.99.1";
	clockwork_cut(work);
	assert_int_equal(work->phones, 1);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE), PHONE_URL);
	assert_int_equal(work->updates, 1);
}

/* uxmd was started anew, and the command of before goes on. */
static void one_that_still_runs_is_waited_for_and_not_run_twice(void **state)
{
	struct clockwork *work = *state;
	const struct record_phone *known;

	work->phone_answer = false;
	work->phone_busy = true;
	clockwork_cut(work);
	clockwork_pass(work, DAY);
	known = record_phone(provisioner_record(work->provisioner), PHONE_URL);
	assert_non_null(known);
	assert_int_equal(known->tries, 1);
	assert_true(known->begun);
	assert_int_equal(work->updates, 0);
	assert_true(clockwork_says(work, "its end was not seen"));
	work->phone_answer = true;
	work->phones = 0;
	work->state.phone_version = "10.1.99.1";
	clockwork_cut(work);
	assert_int_equal(work->phones, 0);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE), PHONE_URL);
	assert_int_equal(work->updates, 1);
}

/* That the phone comes back with another version says nothing of this one then. */
static void one_of_another_url_that_still_runs_is_waited_for(void **state)
{
	struct clockwork *work = *state;

	work->phone_answer = false;
	work->phone_busy = true;
	clockwork_serve(work, FIRMWARE_URL, BOTH("http://s/other.bin", NEW_URL));
	clockwork_cut(work);
	assert_true(clockwork_says(work, "waits. One of before still runs."));
	work->phones = 0;
	work->phone_answer = true;
	work->state.phone_version = "10.1.99.1";
	clockwork_cut(work);
	assert_int_equal(work->phones, 1);
	assert_string_equal(work->phone, "http://s/other.bin");
	assert_int_equal(record_phone(provisioner_record(work->provisioner), work->phone)->tries,
			 1);
}

static void without_a_command_it_is_said_and_skipped(void **state)
{
	struct clockwork *work = *state;

	work->has_phone_command = false;
	work->phones = 0;
	clockwork_cut(work);
	assert_int_equal(work->phones, 0);
	assert_int_equal(work->updates, 1);
	assert_true(clockwork_says(work, "no command for that is configured"));
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE), "");
}

static void a_command_that_cannot_be_run_pauses(void **state)
{
	struct clockwork *work = *state;

	provisioner_phone_updated(work->provisioner, &failed);
	work->phone_answer = false;
	clockwork_pass(work, 5 * DAY);
	assert_int_equal(work->phones, RECORD_TRIES);
	assert_true(clockwork_says(work, "The command cannot be run."));
	assert_int_equal(work->updates, 1);
}

static void what_the_setting_says_already_is_not_run(void **state)
{
	struct clockwork *work = *state;

	work->phones = 0;
	clockwork_set(work, PHONE_FIRMWARE, PHONE_URL);
	clockwork_cut(work);
	assert_int_equal(work->phones, 0);
	assert_int_equal(work->updates, 1);
}

static void no_policy_but_auto_and_ask_lets_the_phone_update_itself(void **state)
{
	static const char *const policies[] = {"settings_only", "never_update", "never_update_firm",
					       "never_update_boot"};
	struct clockwork *work = *state;

	work->phones = 0;
	for (size_t i = 0; i < ROWS(policies); i++) {
		clockwork_set(work, PHONE_UPDATE_POLICY, policies[i]);
		clockwork_cut(work);
		clockwork_pass(work, DAY);
		assert_int_equal(work->phones, 0);
		assert_int_equal(work->updates, 0);
	}
}

static void what_the_user_set_himself_is_left_alone(void **state)
{
	struct clockwork *work = *state;
	struct uxm_failure why;

	work->phones = 0;
	assert_int_equal(phone_settings_restore(work->saved, PHONE_FIRMWARE, "http://s/mine.bin",
						PHONE_PERM_OWN, true, &why),
			 UXM_UPDATED);
	clockwork_serve(work, FIRMWARE_URL,
			"<firmware-settings><firmware perm=\"!\">" PHONE_URL
			"</firmware></firmware-settings>");
	clockwork_cut(work);
	assert_int_equal(work->phones, 0);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE), "http://s/mine.bin");
}

static void both_are_asked_for_once(void **state)
{
	struct clockwork *work = *state;
	struct uxm_failure why;

	work->phones = 0;
	clockwork_set(work, PHONE_UPDATE_POLICY, "ask_for_update");
	clockwork_cut(work);
	clockwork_pass(work, 60);
	assert_int_equal(work->phones, 0);
	assert_true(work->state.provision.asking);
	assert_true(clockwork_says(work, PHONE_URL));
	assert_true(clockwork_says(work, NEW_URL));
	assert_string_equal(work->state.provision.offer, NEW_URL);
	assert_true(
		provisioner_answer(work->provisioner, false, work->state.provision.question, &why));
	assert_false(work->state.provision.asking);
	clockwork_pass(work, PROVISIONER_LATER);
	assert_true(work->state.provision.asking);
	assert_true(
		provisioner_answer(work->provisioner, true, work->state.provision.question, &why));
	assert_int_equal(work->phones, 1);
	assert_false(work->state.provision.asking);
	provisioner_phone_updated(work->provisioner, NULL);
	assert_int_equal(work->updates, 1);
}

static void the_phone_alone_is_asked_for_too(void **state)
{
	struct clockwork *work = *state;
	struct uxm_failure why;

	work->phones = 0;
	clockwork_set(work, PHONE_UPDATE_POLICY, "ask_for_update");
	clockwork_set(work, PHONE_FIRMWARE_UXM, NEW_URL);
	clockwork_cut(work);
	assert_true(work->state.provision.asking);
	assert_string_equal(work->state.provision.offer, PHONE_URL);
	assert_false(provisioner_answer(work->provisioner, true, NEW_URL, &why));
	assert_true(
		provisioner_answer(work->provisioner, true, work->state.provision.question, &why));
	assert_int_equal(work->phones, 1);
}

static void a_phone_whose_module_is_being_updated_is_not_rebooted(void **state)
{
	struct clockwork *work = *state;

	provisioner_phone_updated(work->provisioner, NULL);
	assert_true(work->updating);
	clockwork_serve(work, FIRMWARE_URL, BOTH("http://s/other.bin", NEW_URL));
	provisioner_start(work->provisioner, true);
	clockwork_pass(work, 600);
	assert_int_equal(work->phones, 1);
	clockwork_end(work, UXM_UPDATED, false);
	assert_int_equal(work->phones, 2);
	assert_string_equal(work->phone, "http://s/other.bin");
	/* Nor under an update by hand. */
	provisioner_phone_updated(work->provisioner, NULL);
	state_begin(&work->state, NEW_URL, "S1", "");
	clockwork_serve(work, FIRMWARE_URL, BOTH("http://s/third.bin", NEW_URL));
	provisioner_start(work->provisioner, true);
	clockwork_pass(work, 600);
	assert_int_equal(work->phones, 2);
	assert_true(clockwork_says(work, "an update is running"));
}

static void the_phones_offer_does_not_need_a_module(void **state)
{
	struct clockwork *work = *state;

	provisioner_phone_updated(work->provisioner, &failed);
	clockwork_unplug(work, "S1");
	clockwork_pass(work, DAY);
	assert_int_equal(work->phones, 2);
}

static void a_mac_address_is_put_in_for_the_command_alone(void **state)
{
	struct clockwork *work = *state;

	clockwork_serve(work, FIRMWARE_URL, BOTH("http://s/{mac}/phone.bin?{MAC}", NEW_URL));
	clockwork_cut(work);
	assert_string_equal(work->phone, "http://s/000413aabbcc/phone.bin?000413aabbcc");
	provisioner_phone_updated(work->provisioner, NULL);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE), "http://s/{mac}/phone.bin?{MAC}");
	assert_int_equal(work->phones, 2);
	work->mac = "";
	clockwork_set(work, PHONE_FIRMWARE, "");
	clockwork_cut(work);
	assert_string_equal(work->phone, "http://s/{mac}/phone.bin?{MAC}");
}

static void a_record_that_cannot_be_written_reboots_no_phone(void **state)
{
	struct clockwork *work = *state;

	provisioner_phone_updated(work->provisioner, NULL);
	clockwork_end(work, UXM_UPDATED, false);
	clockwork_serve(work, FIRMWARE_URL, BOTH("http://s/other.bin", NEW_URL));
	assert_int_equal(unlink(folder_at(&work->folder, "record.json")), 0);
	assert_int_equal(mkdir(folder_at(&work->folder, "record.json"), 0700), 0);
	clockwork_pass(work, 2 * DAY);
	assert_int_equal(work->phones, 1);
	assert_true(clockwork_says(work, "record.json"));
	assert_int_equal(rmdir(folder_at(&work->folder, "record.json")), 0);
	clockwork_pass(work, PROVISIONER_PAUSE);
	assert_int_equal(work->phones, 2);
}

static void
a_setting_that_cannot_be_saved_is_saved_later_and_the_command_not_run_again(void **state)
{
	struct clockwork *work = *state;

	work->disk_full = true;
	provisioner_phone_updated(work->provisioner, NULL);
	clockwork_pass(work, DAY);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE), "");
	assert_true(clockwork_says(work, "could not be saved"));
	assert_int_equal(work->phones, 1);
	assert_int_equal(work->updates, 0);
	work->disk_full = false;
	clockwork_pass(work, PROVISIONER_PAUSE);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE), PHONE_URL);
	assert_int_equal(work->phones, 1);
	assert_int_equal(work->updates, 1);
}

static void an_end_that_nobody_waits_for_is_ignored(void **state)
{
	struct clockwork *work = *state;

	provisioner_phone_updated(work->provisioner, NULL);
	clockwork_set(work, PHONE_FIRMWARE, "");
	provisioner_phone_updated(work->provisioner, NULL);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clockwork_unmake)
		TEST(the_phone_is_updated_first_and_the_module_then),
		TEST(a_command_that_fails_is_tried_five_times_and_then_the_module_follows),
		TEST(a_command_that_reboots_the_phone_does_not_do_so_for_ever),
		TEST(a_phone_that_runs_another_version_after_the_reboot_is_updated),
		TEST(one_that_still_runs_is_waited_for_and_not_run_twice),
		TEST(one_of_another_url_that_still_runs_is_waited_for),
		TEST(without_a_command_it_is_said_and_skipped),
		TEST(a_command_that_cannot_be_run_pauses),
		TEST(what_the_setting_says_already_is_not_run),
		TEST(no_policy_but_auto_and_ask_lets_the_phone_update_itself),
		TEST(what_the_user_set_himself_is_left_alone),
		TEST(both_are_asked_for_once),
		TEST(the_phone_alone_is_asked_for_too),
		TEST(a_phone_whose_module_is_being_updated_is_not_rebooted),
		TEST(the_phones_offer_does_not_need_a_module),
		TEST(a_mac_address_is_put_in_for_the_command_alone),
		TEST(a_record_that_cannot_be_written_reboots_no_phone),
		TEST(a_setting_that_cannot_be_saved_is_saved_later_and_the_command_not_run_again),
		TEST(an_end_that_nobody_waits_for_is_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
