/* phone/provisioner_judge.c: offers beside what users do: updates by hand, modules that are plugged
 * in one after another, answers. */
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

static void an_update_by_hand_is_not_undone_before_the_next_look(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_end(work, UXM_UPDATED, false);
	clockwork_by_hand(work, LATER_URL);
	assert_int_equal(work->updates, 1);
	assert_true(clockwork_says(work, "updated by hand"));
	clockwork_pass(work, 3600);
	assert_int_equal(work->updates, 1);
	assert_int_equal(work->lists, 0);
	clockwork_pass(work, DAY);
	assert_int_equal(work->updates, 2);
	assert_string_equal(work->update, NEW_URL);
}

static void what_was_installed_by_hand_stays_in_firmware_uxm_until_the_next_look(void **state)
{
	static const char by_hand[] = "http://other/snomD7C-1.6.1-r.bin";
	struct clockwork *work = *state;
	struct uxm_failure why;

	clockwork_set(work, PHONE_UPDATE_POLICY, "ask_for_update");
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_by_hand(work, by_hand);
	/* The same version, from elsewhere. */
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_UXM), by_hand);
	assert_false(work->state.provision.asking);
	assert_true(clockwork_says(work, "because the module was updated by hand"));
	clockwork_pass(work, 3600);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_UXM), by_hand);
	assert_int_equal(work->lists, 0);
	assert_true(provisioner_look_now(work->provisioner, &why));
	clockwork_pass(work, 0);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_UXM), NEW_URL);
	assert_int_equal(work->updates, 0);
}

static void an_update_by_hand_is_waited_for(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	state_begin(&work->state, LATER_URL, "S1", "");
	clockwork_start(work);
	clockwork_pass(work, 600);
	assert_int_equal(work->updates, 0);
	assert_int_equal(work->lists, 0);
	state_end(&work->state, UXM_FETCH_FAILED, "", CLOCKWORK_START);
	provisioner_due(work->provisioner);
	assert_int_equal(work->updates, 1);
}

static void after_an_update_by_hand_the_old_list_counts_for_nothing(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	state_begin(&work->state, LATER_URL, "S1", "");
	clockwork_start(work);
	state_end(&work->state, UXM_NOT_BACK_YET, "", CLOCKWORK_START);
	provisioner_updated(work->provisioner, UXM_NOT_BACK_YET, false, "Not back yet.");
	assert_int_equal(work->updates, 0);
	assert_true(clockwork_says(work, "being listed"));
	clockwork_unplug(work, "S1");
	assert_int_equal(work->updates, 0);
	clockwork_plug(work, "S1", "D7C", "1.5.3");
	assert_int_equal(work->updates, 1);
	/* No try of it was counted before. */
	clockwork_end(work, UXM_TRANSFER_FAILED, false);
	assert_true(clockwork_says(work, "try 1 of 5"));
}

static void an_update_by_hand_of_what_is_offered_is_done(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_UPDATE_POLICY, "ask_for_update");
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	assert_true(work->state.provision.asking);
	clockwork_by_hand(work, NEW_URL);
	assert_false(work->state.provision.asking);
	assert_true(clockwork_says(work, "what was installed last"));
}

static void clearing_firmware_uxm_updates_the_next_module_of_a_batch(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_end(work, UXM_UPDATED, false);
	clockwork_unplug(work, "S1");
	clockwork_plug(work, "S2", "D7C", "1.5.3");
	clockwork_pass(work, 120);
	assert_int_equal(work->updates, 1);
	clockwork_save(work, PHONE_FIRMWARE_UXM, "");
	assert_int_equal(work->updates, 2);
	assert_string_equal(work->state.update.serial, "S2");
}

static void a_page_that_clears_firmware_uxm_among_others_starts_over_too(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_UXM_PER_MODULE, "on");
	clockwork_offer(work, RUNS_URL);
	clockwork_start(work);
	clockwork_offer(work, "");
	clockwork_pass(work, 2 * DAY);
	assert_non_null(record_find(provisioner_record(work->provisioner), "S1"));
	clockwork_set(work, PHONE_FIRMWARE_UXM, "");
	provisioner_settings_changed(work->provisioner);
	assert_null(record_find(provisioner_record(work->provisioner), "S1"));
}

static void per_module_one_after_another_is_updated_once(void **state)
{
	static const char *const serials[] = {"S1", "S2", "S3"};
	struct clockwork *work = *state;
	const struct record *record = provisioner_record(work->provisioner);

	clockwork_set(work, PHONE_UXM_PER_MODULE, "on");
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	for (unsigned i = 0; i < ROWS(serials); i++) {
		if (i > 0)
			clockwork_plug(work, serials[i], "D7C", "1.5.3");
		assert_int_equal(work->updates, i + 1);
		assert_string_equal(work->state.update.serial, serials[i]);
		clockwork_end(work, UXM_UPDATED, false);
		assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_UXM), NEW_URL);
		assert_string_equal(record_module(record, 0)->serial, serials[i]);
		clockwork_unplug(work, serials[i]);
	}
	/* The first again. */
	clockwork_plug(work, "S1", "D7C", "1.6.1");
	clockwork_pass(work, 2 * DAY);
	assert_int_equal(work->updates, 3);
	assert_true(clockwork_says(work, "serial number S1 is done"));
	assert_null(record_module(record, 3));
	clockwork_save(work, PHONE_FIRMWARE_UXM, "");
	/* It runs it already. */
	assert_int_equal(work->updates, 3);
	assert_null(record_module(record, 0));
	clockwork_unplug(work, "S1");
	clockwork_plug(work, "S1", "D7C", "1.6.1");
	assert_int_equal(work->updates, 3);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_UXM), NEW_URL);
	assert_null(record_module(record, 1));
}

static void asked_the_user_says_now(void **state)
{
	struct clockwork *work = *state;
	struct uxm_failure why;

	clockwork_set(work, PHONE_UPDATE_POLICY, "ask_for_update");
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_pass(work, 5 * DAY);
	assert_int_equal(work->updates, 0);
	assert_true(work->state.provision.asking);
	assert_string_equal(work->state.provision.offer, NEW_URL);
	assert_false(provisioner_answer(work->provisioner, true, "nothing", &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_int_equal(work->updates, 0);
	assert_true(
		provisioner_answer(work->provisioner, true, work->state.provision.question, &why));
	assert_int_equal(work->updates, 1);
	assert_false(work->state.provision.asking);
	assert_false(
		provisioner_answer(work->provisioner, true, work->state.provision.question, &why));
	/* What was agreed to is tried again without asking. */
	clockwork_end(work, UXM_FETCH_FAILED, false);
	clockwork_pass(work, 500);
	assert_int_equal(work->updates, 2);
	/* Who cancels agrees no longer. */
	clockwork_end(work, UXM_CANCELLED, false);
	clockwork_pass(work, DAY);
	assert_int_equal(work->updates, 2);
	assert_true(work->state.provision.asking);
}

static void asked_the_user_says_later(void **state)
{
	struct clockwork *work = *state;
	struct uxm_failure why;

	clockwork_set(work, PHONE_UPDATE_POLICY, "ask_for_update");
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_pass(work, DAY / 2);
	assert_true(
		provisioner_answer(work->provisioner, false, work->state.provision.question, &why));
	assert_false(work->state.provision.asking);
	assert_true(clockwork_says(work, "asked for again at"));
	clockwork_pass(work, PROVISIONER_LATER - 1);
	assert_false(work->state.provision.asking);
	clockwork_pass(work, 1);
	assert_true(work->state.provision.asking);
	/* A look asks again, too. */
	assert_true(
		provisioner_answer(work->provisioner, false, work->state.provision.question, &why));
	assert_true(provisioner_look_now(work->provisioner, &why));
	clockwork_pass(work, 0);
	assert_true(work->state.provision.asking);
	/* And one may think better of it. */
	assert_true(
		provisioner_answer(work->provisioner, false, work->state.provision.question, &why));
	assert_true(
		provisioner_answer(work->provisioner, true, work->state.provision.question, &why));
	assert_int_equal(work->updates, 1);
}

static void what_was_said_during_a_look_outlasts_it(void **state)
{
	struct clockwork *work = *state;
	struct uxm_failure why;

	clockwork_set(work, PHONE_UPDATE_POLICY, "ask_for_update");
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	work->slow = true;
	assert_true(provisioner_look_now(work->provisioner, &why));
	assert_true(
		provisioner_answer(work->provisioner, false, work->state.provision.question, &why));
	clockwork_answer(work);
	assert_false(work->state.provision.asking);
	assert_true(clockwork_says(work, "asked for again at"));
	/* The next one asks again. */
	assert_true(provisioner_look_now(work->provisioner, &why));
	clockwork_answer(work);
	assert_true(work->state.provision.asking);
	/* So with an update that is cancelled. */
	assert_true(
		provisioner_answer(work->provisioner, true, work->state.provision.question, &why));
	assert_int_equal(work->updates, 1);
	assert_true(provisioner_look_now(work->provisioner, &why));
	clockwork_end(work, UXM_CANCELLED, false);
	clockwork_answer(work);
	assert_false(work->state.provision.asking);
	assert_true(clockwork_says(work, "because its update was cancelled"));
	assert_true(provisioner_look_now(work->provisioner, &why));
	clockwork_answer(work);
	assert_true(work->state.provision.asking);
	/* And with one by hand. */
	clockwork_save(work, PHONE_UPDATE_POLICY, "auto_update");
	assert_int_equal(work->updates, 2);
	clockwork_end(work, UXM_CANCELLED, false);
	assert_true(provisioner_look_now(work->provisioner, &why));
	clockwork_by_hand(work, LATER_URL);
	clockwork_answer(work);
	assert_int_equal(work->updates, 2);
	assert_true(clockwork_says(work, "because the module was updated by hand"));
}

static void what_was_agreed_to_is_agreed_to_for_that_offer_and_module(void **state)
{
	struct clockwork *work = *state;
	struct uxm_failure why;

	clockwork_set(work, PHONE_UPDATE_POLICY, "ask_for_update");
	clockwork_set(work, PHONE_UXM_PER_MODULE, "on");
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	assert_true(
		provisioner_answer(work->provisioner, true, work->state.provision.question, &why));
	clockwork_end(work, UXM_UPDATED, false);
	clockwork_unplug(work, "S1");
	clockwork_plug(work, "S2", "D7C", "1.5.3");
	clockwork_pass(work, 0);
	assert_int_equal(work->updates, 1);
	assert_true(work->state.provision.asking);
	assert_true(
		provisioner_answer(work->provisioner, true, work->state.provision.question, &why));
	clockwork_end(work, UXM_UPDATED, false);
	clockwork_offer(work, LATER_URL);
	clockwork_pass(work, 2 * DAY);
	assert_int_equal(work->updates, 2);
	assert_true(work->state.provision.asking);
}

static void nothing_is_asked_while_nothing_is_offered(void **state)
{
	struct clockwork *work = *state;
	struct uxm_failure why;

	clockwork_set(work, PHONE_UPDATE_POLICY, "ask_for_update");
	clockwork_offer(work, "");
	clockwork_start(work);
	assert_false(work->state.provision.asking);
	assert_string_equal(work->state.provision.offer, "");
	assert_false(provisioner_answer(work->provisioner, true, "", &why));
	assert_int_equal(why.result, UXM_USAGE);
}

static void a_full_disk_begins_nothing_that_could_not_be_counted(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	/* No file can be renamed to where a folder is. */
	assert_int_equal(mkdir(folder_at(&work->folder, "record.json"), 0700), 0);
	clockwork_start(work);
	clockwork_pass(work, DAY / 2);
	assert_int_equal(work->updates, 0);
	assert_true(clockwork_says(work, "record.json"));
	assert_int_equal(rmdir(folder_at(&work->folder, "record.json")), 0);
	clockwork_pass(work, PROVISIONER_PAUSE);
	assert_int_equal(work->updates, 1);
}

static void no_password_is_shown(void **state)
{
	static const char secret[] = "http://u:geheim@s/snomD7C-1.6.1-r.bin?geheim";
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_UPDATE_POLICY, "ask_for_update");
	clockwork_offer(work, secret);
	clockwork_start(work);
	assert_true(work->state.provision.asking);
	assert_null(strstr(work->state.provision.offer, "geheim"));
	assert_null(strstr(work->state.provision.text, "geheim"));
	assert_true(
		provisioner_answer(work->provisioner, true, work->state.provision.question, NULL));
	assert_string_equal(work->update, secret);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, clockwork_make, clockwork_unmake)
		TEST(an_update_by_hand_is_not_undone_before_the_next_look),
		TEST(what_was_installed_by_hand_stays_in_firmware_uxm_until_the_next_look),
		TEST(an_update_by_hand_is_waited_for),
		TEST(after_an_update_by_hand_the_old_list_counts_for_nothing),
		TEST(an_update_by_hand_of_what_is_offered_is_done),
		TEST(clearing_firmware_uxm_updates_the_next_module_of_a_batch),
		TEST(a_page_that_clears_firmware_uxm_among_others_starts_over_too),
		TEST(per_module_one_after_another_is_updated_once),
		TEST(asked_the_user_says_now),
		TEST(asked_the_user_says_later),
		TEST(what_was_said_during_a_look_outlasts_it),
		TEST(what_was_agreed_to_is_agreed_to_for_that_offer_and_module),
		TEST(nothing_is_asked_while_nothing_is_offered),
		TEST(a_full_disk_begins_nothing_that_could_not_be_counted),
		TEST(no_password_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
