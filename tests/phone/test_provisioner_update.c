/* phone/provisioner_judge.c: what is done about an image that is offered for the module. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clockwork.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))
#define DAY        86400u
#define LATER_URL  "http://s/snomD7C-1.7.0-r.bin"
#define OLDER_URL  "http://s/snomD7C-1.1.1-r.bin"
#define RUNS_URL   "http://s/snomD7C-1.5.3-r.bin"

static void a_changed_firmware_file_updates_the_module_once(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, "");
	clockwork_start(work);
	clockwork_pass(work, 3600);
	assert_int_equal(work->updates, 0);
	clockwork_offer(work, NEW_URL);
	clockwork_pass(work, DAY);
	assert_int_equal(work->updates, 1);
	assert_string_equal(work->update, NEW_URL);
	assert_true(clockwork_says(work, NEW_URL " is being installed."));
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_UXM), "");
	clockwork_end(work, UXM_UPDATED, false);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_UXM), NEW_URL);
	assert_true(clockwork_says(work, "what was installed last"));
	clockwork_pass(work, 30 * DAY);
	assert_int_equal(work->updates, 1);
	/* And the next one. */
	clockwork_offer(work, LATER_URL);
	clockwork_pass(work, 2 * DAY);
	assert_int_equal(work->updates, 2);
	assert_string_equal(work->update, LATER_URL);
}

static void an_offer_that_changes_during_an_update_follows_it(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_offer(work, LATER_URL);
	provisioner_start(work->provisioner, true);
	clockwork_pass(work, 0);
	assert_int_equal(work->updates, 1);
	clockwork_end(work, UXM_UPDATED, false);
	assert_int_equal(work->updates, 2);
	assert_string_equal(work->update, LATER_URL);
}

static void what_runs_already_is_taken_without_a_download(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, RUNS_URL);
	clockwork_start(work);
	assert_int_equal(work->updates, 0);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_UXM), RUNS_URL);
	assert_string_equal(phone_settings_text(work->saved, PHONE_FIRMWARE_UXM), RUNS_URL);
	assert_non_null(record_find(provisioner_record(work->provisioner), "S1"));
}

static void what_runs_already_is_taken_as_soon_as_it_can_be_saved(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, RUNS_URL);
	work->disk_full = true;
	clockwork_start(work);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_UXM), "");
	work->disk_full = false;
	clockwork_pass(work, 61);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_UXM), RUNS_URL);
	assert_int_equal(work->updates, 0);
}

static void a_forbidden_update_begins_when_the_policy_allows_it(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_UPDATE_POLICY, "settings_only");
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_pass(work, 5 * DAY);
	assert_int_equal(work->updates, 0);
	assert_true(clockwork_says(work, "update_policy is settings_only"));
	clockwork_save(work, PHONE_UPDATE_POLICY, "auto_update");
	assert_int_equal(work->updates, 1);
}

static void of_two_modules_none_is_updated_until_one_is_removed(void **state)
{
	struct clockwork *work = *state;
	unsigned looks;

	clockwork_plug(work, "S2", "D7C", "1.5.3");
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_pass(work, 3600);
	assert_int_equal(work->updates, 0);
	assert_true(clockwork_says(work, "2 expansion modules are attached"));
	looks = work->looks;
	clockwork_unplug(work, "S1");
	assert_int_equal(work->updates, 1);
	assert_string_equal(work->state.update.serial, "S2");
	/* The offer was known. */
	assert_int_equal(work->looks, looks);
}

static void a_module_that_is_busy_is_listed_until_it_is_at_rest(void **state)
{
	struct clockwork *work = *state;
	struct state_module *module = &work->state.list.modules[0];

	snprintf(module->status, sizeof(module->status), "installing");
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_pass(work, 60);
	assert_int_equal(work->updates, 0);
	assert_int_equal(work->lists, 60 / PROVISIONER_SOON);
	snprintf(module->status, sizeof(module->status), "idle");
	clockwork_pass(work, PROVISIONER_SOON);
	assert_int_equal(work->updates, 1);
}

static void a_module_that_does_not_answer_is_listed_once_a_minute(void **state)
{
	struct clockwork *work = *state;
	struct state_module *module = &work->state.list.modules[0];

	snprintf(module->error, sizeof(module->error), "Permission denied.");
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_pass(work, 600);
	assert_int_equal(work->lists, 10);
	assert_true(clockwork_says(work, "Permission denied."));
}

static void without_an_offer_nothing_is_listed(void **state)
{
	struct clockwork *work = *state;

	snprintf(work->state.list.modules[0].status, 32, "installing");
	clockwork_offer(work, "");
	clockwork_start(work);
	clockwork_pass(work, DAY / 2);
	assert_int_equal(work->lists, 0);
}

static void an_older_image_is_ordered_as_older(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, OLDER_URL);
	clockwork_start(work);
	assert_string_equal(work->update, OLDER_URL);
	assert_true(work->update_older);
	clockwork_end(work, UXM_UPDATED, false);
	clockwork_save(work, PHONE_UXM_ALLOW_OLDER, "off");
	clockwork_offer(work, "http://s/snomD7C-1.0.0-r.bin");
	clockwork_pass(work, 2 * DAY);
	assert_int_equal(work->updates, 1);
	assert_true(clockwork_says(work, "uxm_allow_older is off"));
	clockwork_offer(work, NEW_URL);
	clockwork_pass(work, 2 * DAY);
	assert_int_equal(work->updates, 2);
	assert_false(work->update_older);
}

static void a_failure_is_tried_again_five_times_in_all(void **state)
{
	/* Seconds of the pauses, as little as chance makes them. */
	static const uint64_t pauses[] = {150, 600, 2400, 9600};
	struct clockwork *work = *state;

	work->drawn = 0;
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	for (size_t i = 0; i < ROWS(pauses); i++) {
		assert_int_equal(work->updates, i + 1);
		clockwork_end(work, UXM_FETCH_FAILED, false);
		assert_true(clockwork_says(work, "is tried again at"));
		clockwork_pass(work, pauses[i] - 1);
		assert_int_equal(work->updates, i + 1);
		clockwork_pass(work, 1);
	}
	assert_int_equal(work->updates, RECORD_TRIES);
	clockwork_end(work, UXM_FETCH_FAILED, false);
	clockwork_pass(work, 30 * DAY);
	assert_int_equal(work->updates, RECORD_TRIES);
	assert_true(clockwork_says(work, "failed 5 times"));
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_UXM), "");
	/* Another URL is another matter. */
	clockwork_offer(work, NEW_URL "?");
	clockwork_pass(work, 2 * DAY);
	assert_int_equal(work->updates, RECORD_TRIES + 1);
}

static void an_image_that_fails_twice_and_then_works_is_taken(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_end(work, UXM_FETCH_FAILED, false);
	clockwork_pass(work, 500);
	clockwork_end(work, UXM_TRANSFER_FAILED, false);
	clockwork_pass(work, 2000);
	clockwork_end(work, UXM_UPDATED, false);
	assert_int_equal(work->updates, 3);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_UXM), NEW_URL);
}

static void given_up_it_starts_over_when_firmware_uxm_is_cleared(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	for (unsigned i = 0; i < RECORD_TRIES; i++) {
		clockwork_end(work, UXM_TRANSFER_FAILED, false);
		clockwork_pass(work, DAY);
	}
	assert_int_equal(work->updates, RECORD_TRIES);
	/* It is empty already, and is cleared nevertheless. */
	clockwork_save(work, PHONE_FIRMWARE_UXM, "");
	assert_int_equal(work->updates, RECORD_TRIES + 1);
}

static void a_refused_image_waits_for_a_setting_that_bears_on_it(void **state)
{
	static const struct {
		enum uxm_result result;
		bool lasting;
	} rows[] = {{UXM_IMAGE_REFUSED, false}, {UXM_FETCH_FAILED, true}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct clockwork *work = *state;
		unsigned before = work->updates;

		clockwork_offer(work, i == 0 ? NEW_URL : LATER_URL);
		provisioner_start(work->provisioner, true);
		clockwork_pass(work, 0);
		assert_int_equal(work->updates, before + 1);
		clockwork_end(work, rows[i].result, rows[i].lasting);
		assert_true(clockwork_says(work, "It ended so."));
		clockwork_pass(work, 30 * DAY);
		clockwork_save(work, PHONE_HTTP_USER, i == 0 ? "a" : "b");
		assert_int_equal(work->updates, before + 1);
		clockwork_set(work, PHONE_UXM_KEYS, i == 0 ? "/a.pem" : "/b.pem");
		provisioner_settings_changed(work->provisioner);
		assert_int_equal(work->updates, before + 2);
		clockwork_end(work, rows[i].result, rows[i].lasting);
	}
}

static void another_module_is_another_try(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_end(work, UXM_IMAGE_REFUSED, false);
	clockwork_unplug(work, "S1");
	clockwork_plug(work, "S2", "D7C", "1.5.3");
	assert_int_equal(work->updates, 2);
	clockwork_end(work, UXM_IMAGE_REFUSED, false);
	/* The first one's refusal is not forgotten for it. */
	clockwork_unplug(work, "S2");
	clockwork_plug(work, "S1", "D7C", "1.5.3");
	clockwork_pass(work, 300);
	assert_int_equal(work->updates, 2);
}

static void an_update_that_cannot_begin_in_passing_is_no_try(void **state)
{
	static const struct {
		enum uxm_result result;
		unsigned seconds;
	} rows[] = {{UXM_BUSY, PROVISIONER_SOON},
		    {UXM_NO_MODULE, PROVISIONER_SOON},
		    {UXM_SEVERAL_MODULES, PROVISIONER_SOON},
		    {UXM_INTERNAL, PROVISIONER_PAUSE}};
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	for (size_t i = 0; i < ROWS(rows); i++) {
		work->update_answer = rows[i].result;
		work->lists = 0;
		provisioner_start(work->provisioner, true);
		clockwork_pass(work, 120);
		assert_int_equal(work->lists, 120 / rows[i].seconds);
		assert_int_equal(work->updates, 0);
		assert_true(clockwork_says(work, "is offered and waits. It cannot begin."));
	}
	work->update_answer = UXM_UPDATED;
	clockwork_pass(work, PROVISIONER_PAUSE);
	assert_int_equal(work->updates, 1);
	clockwork_end(work, UXM_FETCH_FAILED, false);
	assert_true(clockwork_says(work, "try 1 of 5"));
}

static void an_update_that_is_refused_before_it_begins_is_not_tried_again(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	work->update_answer = UXM_IMAGE_REFUSED;
	clockwork_start(work);
	assert_true(clockwork_says(work, "not tried again until"));
	assert_true(clockwork_says(work, "It cannot begin."));
	clockwork_offer(work, "http://s/snomD7C-1.8.0-r.bin");
	work->update_answer = UXM_USAGE;
	clockwork_pass(work, 2 * DAY);
	assert_true(clockwork_says(work, "1.8.0-r.bin is not tried again until"));
}

static void a_module_that_comes_back_late_is_taken_when_it_does(void **state)
{
	struct clockwork *work = *state;
	struct state_list list;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	list = work->state.list;
	work->state.list.count = 0;
	clockwork_end(work, UXM_NOT_BACK_YET, false);
	assert_true(clockwork_says(work, "No expansion module is attached"));
	clockwork_pass(work, 20);
	/* The journal settles it before the list is told. */
	work->state.list = list;
	snprintf(work->state.list.modules[0].version, 24, "1.6.1");
	clockwork_set(work, PHONE_FIRMWARE_UXM, NEW_URL);
	provisioner_took(work->provisioner, "S1", "D7C", NEW_URL);
	clockwork_list(work);
	clockwork_pass(work, DAY);
	assert_int_equal(work->updates, 1);
	assert_true(clockwork_says(work, "what was installed last"));
}

static void a_module_that_is_back_with_another_version_is_tried_again_later(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_end(work, UXM_OTHER_VERSION, false);
	clockwork_pass(work, 140);
	assert_int_equal(work->updates, 1);
	clockwork_pass(work, 400);
	assert_int_equal(work->updates, 2);
}

static void an_update_whose_setting_could_not_be_saved_is_not_made_again(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	/* It ended well, and nobody took it. */
	work->updating = false;
	state_end(&work->state, UXM_UPDATED, "", CLOCKWORK_START);
	provisioner_updated(work->provisioner, UXM_UPDATED, false, "Updated.");
	assert_int_equal(work->updates, 1);
	snprintf(work->state.list.modules[0].version, 24, "1.6.1");
	clockwork_list(work);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_UXM), NEW_URL);
	clockwork_pass(work, DAY);
	assert_int_equal(work->updates, 1);
}

static void after_an_update_the_modules_are_listed_before_the_next_one(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	/* The failure is forgotten before it is one. */
	clockwork_save(work, PHONE_FIRMWARE_UXM, "");
	work->updating = false;
	state_end(&work->state, UXM_TRANSFER_FAILED, "", CLOCKWORK_START);
	provisioner_updated(work->provisioner, UXM_TRANSFER_FAILED, false, "It ended so.");
	clockwork_pass(work, PROVISIONER_SOON - 1);
	assert_int_equal(work->updates, 1);
	assert_int_equal(work->lists, 0);
	clockwork_pass(work, 1);
	assert_int_equal(work->lists, 1);
	assert_int_equal(work->updates, 2);
}

static void an_update_whose_end_was_not_told_yet_still_runs(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	state_end(&work->state, UXM_TRANSFER_FAILED, "", CLOCKWORK_START);
	clockwork_offer(work, LATER_URL);
	provisioner_start(work->provisioner, true);
	clockwork_pass(work, 60);
	assert_int_equal(work->updates, 1);
	clockwork_end(work, UXM_TRANSFER_FAILED, false);
	assert_int_equal(work->updates, 2);
}

static void what_a_module_ran_already_is_remembered_over_a_restart(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_UXM_PER_MODULE, "on");
	clockwork_offer(work, RUNS_URL);
	clockwork_start(work);
	clockwork_cut(work);
	assert_true(clockwork_says(work, "serial number S1 is done"));
	assert_int_equal(work->keeps, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, clockwork_make, clockwork_unmake)
		TEST(a_changed_firmware_file_updates_the_module_once),
		TEST(an_offer_that_changes_during_an_update_follows_it),
		TEST(what_runs_already_is_taken_without_a_download),
		TEST(what_runs_already_is_taken_as_soon_as_it_can_be_saved),
		TEST(a_forbidden_update_begins_when_the_policy_allows_it),
		TEST(of_two_modules_none_is_updated_until_one_is_removed),
		TEST(a_module_that_is_busy_is_listed_until_it_is_at_rest),
		TEST(a_module_that_does_not_answer_is_listed_once_a_minute),
		TEST(without_an_offer_nothing_is_listed),
		TEST(an_older_image_is_ordered_as_older),
		TEST(a_failure_is_tried_again_five_times_in_all),
		TEST(an_image_that_fails_twice_and_then_works_is_taken),
		TEST(given_up_it_starts_over_when_firmware_uxm_is_cleared),
		TEST(a_refused_image_waits_for_a_setting_that_bears_on_it),
		TEST(another_module_is_another_try),
		TEST(an_update_that_cannot_begin_in_passing_is_no_try),
		TEST(an_update_that_is_refused_before_it_begins_is_not_tried_again),
		TEST(a_module_that_comes_back_late_is_taken_when_it_does),
		TEST(a_module_that_is_back_with_another_version_is_tried_again_later),
		TEST(an_update_whose_setting_could_not_be_saved_is_not_made_again),
		TEST(after_an_update_the_modules_are_listed_before_the_next_one),
		TEST(an_update_whose_end_was_not_told_yet_still_runs),
		TEST(what_a_module_ran_already_is_remembered_over_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
