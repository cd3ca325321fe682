/* phone/provisioner_look.c: when the server is looked at, and what a look changes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clockwork.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))
#define DAY        86400u
#define MINUTE     UINT64_C(60000)

static void the_first_look_comes_at_random_within_the_spread(void **state)
{
	static const struct {
		uint32_t drawn;
		uint64_t at;
	} rows[] = {{0, 0}, {UINT32_MAX, 600000}, {UINT32_MAX / 4, 150000}};
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_FIRMWARE_SPREAD, "600");
	clockwork_offer(work, "");
	for (size_t i = 0; i < ROWS(rows); i++) {
		work->drawn = rows[i].drawn;
		work->looks = 0;
		clockwork_cut(work);
		if (rows[i].at > 0) {
			clockwork_pass(work, rows[i].at / 1000 - 1);
			assert_int_equal(work->looks, 0);
		}
		clockwork_pass(work, 2);
		assert_int_equal(work->looks, 1);
		assert_true(work->looked[0] >= rows[i].at && work->looked[0] <= rows[i].at + 1);
	}
}

static void somebody_who_asks_again_waits_for_no_spread(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_FIRMWARE_SPREAD, "600");
	clockwork_offer(work, "");
	clockwork_start(work);
	assert_int_equal(work->looks, 0);
	provisioner_start(work->provisioner, true);
	clockwork_pass(work, 0);
	assert_int_equal(work->looks, 1);
}

static void looks_come_every_interval_or_up_to_a_fifth_earlier(void **state)
{
	static const struct {
		uint32_t drawn;
		uint64_t least; /* minutes */
	} rows[] = {{0, 48}, {UINT32_MAX / 2, 54}, {UINT32_MAX, 60}};
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_FIRMWARE_INTERVAL, "60");
	clockwork_offer(work, "");
	for (size_t i = 0; i < ROWS(rows); i++) {
		work->drawn = rows[i].drawn;
		work->looks = 0;
		clockwork_cut(work);
		clockwork_pass(work, DAY);
		assert_int_equal(work->looks, 1 + 24 * 60 / rows[i].least);
		assert_true(work->looked[1] - work->looked[0] >= rows[i].least * MINUTE - 1);
		assert_true(work->looked[1] - work->looked[0] <= rows[i].least * MINUTE + 1);
	}
	assert_int_equal(work->state.provision.looked,
			 work->wall + (int64_t)(work->looked[work->looks - 1] / 1000));
}

static void without_a_server_nothing_is_looked_at(void **state)
{
	struct clockwork *work = *state;
	struct uxm_failure why;

	clockwork_set(work, PHONE_FIRMWARE_STATUS, "");
	clockwork_set(work, PHONE_FIRMWARE_SPREAD, "600");
	work->drawn = UINT32_MAX;
	clockwork_start(work);
	assert_int_equal(work->state.provision.next, 0);
	clockwork_pass(work, 30 * DAY);
	assert_int_equal(work->looks, 0);
	assert_int_equal(work->state.provision.next, 0);
	assert_false(work->state.provision.configured);
	assert_true(clockwork_says(work, "No provisioning server is set"));
	assert_false(provisioner_look_now(work->provisioner, &why));
	assert_int_equal(why.result, UXM_USAGE);
}

static void a_server_that_is_set_by_hand_is_looked_at_at_once(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_FIRMWARE_STATUS, "");
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_save(work, PHONE_FIRMWARE_STATUS, FIRMWARE_URL);
	clockwork_pass(work, 0);
	assert_int_equal(work->looks, 1);
	assert_true(work->state.provision.configured);
	assert_int_equal(work->updates, 1);
}

static void another_setting_makes_no_look(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, "");
	clockwork_start(work);
	clockwork_save(work, PHONE_HTTP_USER, "admin");
	clockwork_save(work, PHONE_UPDATE_POLICY, "never_update");
	clockwork_pass(work, 60);
	assert_int_equal(work->looks, 1);
	/* Nor before the first one. */
	clockwork_set(work, PHONE_FIRMWARE_SPREAD, "600");
	clockwork_cut(work);
	clockwork_save(work, PHONE_HTTP_USER, "other");
	clockwork_pass(work, 200);
	assert_int_equal(work->looks, 1);
}

static void what_an_old_server_offered_does_not_hold_for_another(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_UPDATE_POLICY, "ask_for_update");
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	assert_true(work->state.provision.asking);
	clockwork_save(work, PHONE_FIRMWARE_STATUS, "http://other/firmware.xml");
	assert_false(work->state.provision.asking);
	assert_string_equal(work->state.provision.offer, "");
	clockwork_pass(work, 0);
	assert_int_equal(work->looks, 2);
	assert_false(work->state.provision.asking);
}

static void an_interval_that_is_changed_counts_from_the_last_look(void **state)
{
	struct clockwork *work = *state;

	work->drawn = UINT32_MAX;
	clockwork_offer(work, "");
	clockwork_start(work);
	clockwork_pass(work, 600);
	clockwork_save(work, PHONE_FIRMWARE_INTERVAL, "20");
	clockwork_pass(work, 590);
	assert_int_equal(work->looks, 1);
	clockwork_pass(work, 11);
	assert_int_equal(work->looks, 2);
	/* One that would have been over by now is over. */
	clockwork_pass(work, 600);
	clockwork_save(work, PHONE_FIRMWARE_INTERVAL, "1");
	clockwork_pass(work, 0);
	assert_int_equal(work->looks, 3);
}

static void a_server_that_is_down_is_asked_less_and_less_often(void **state)
{
	/* Seconds of each pause, at the middle of chance's part. */
	static const uint64_t pauses[] = {60, 240, 960, 3840, 15360, 61440, 86400, 86400};
	struct clockwork *work = *state;

	work->down = true;
	clockwork_start(work);
	clockwork_pass(work, 5 * DAY);
	assert_true(work->looks > ROWS(pauses));
	for (size_t i = 0; i < ROWS(pauses); i++) {
		uint64_t pause = work->looked[i + 1] - work->looked[i];

		assert_true(pause <= pauses[i] * 1000 + 1000);
		assert_true(pause + 1000 >= pauses[i] * 1000);
	}
	assert_true(clockwork_says(work, "cannot be had"));
}

static void pauses_after_failures_are_never_longer_than_the_interval(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_FIRMWARE_INTERVAL, "5");
	work->drawn = UINT32_MAX;
	work->down = true;
	clockwork_start(work);
	clockwork_pass(work, DAY / 8);
	for (size_t i = 2; i < work->looks; i++)
		assert_true(work->looked[i] - work->looked[i - 1] <= 300001);
	assert_true(work->looks >= 36);
}

static void a_look_that_cannot_begin_has_failed(void **state)
{
	struct clockwork *work = *state;

	work->broken = true;
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_pass(work, 310);
	assert_int_equal(work->looks, 3);
	assert_false(work->state.provision.looking);
	assert_true(clockwork_says(work, "The program cannot be run."));
	work->broken = false;
	clockwork_pass(work, 1000);
	assert_int_equal(work->updates, 1);
}

static void findings_that_nobody_asked_for_are_not_taken(void **state)
{
	struct clockwork *work = *state;
	struct look look = {.has_result = true};

	clockwork_offer(work, "");
	clockwork_start(work);
	look.of[PROVISION_FIRMWARE].what = LOOK_CAME;
	look.of[PROVISION_FIRMWARE].found.of[PHONE_FIRMWARE_UXM].named = true;
	look.of[PROVISION_FIRMWARE].found.of[PHONE_FIRMWARE_UXM].value = strdup(NEW_URL);
	provisioner_looked(work->provisioner, &look);
	assert_int_equal(work->updates, 0);
	assert_null(look.of[PROVISION_FIRMWARE].found.of[PHONE_FIRMWARE_UXM].value);
}

static void a_server_that_is_back_is_looked_at_by_the_interval_again(void **state)
{
	struct clockwork *work = *state;
	unsigned looks;

	work->down = true;
	clockwork_start(work);
	/* Three looks. */
	clockwork_pass(work, 310);
	assert_int_equal(work->looks, 3);
	assert_int_equal(work->updates, 0);
	work->drawn = UINT32_MAX;
	work->down = false;
	clockwork_offer(work, NEW_URL);
	clockwork_pass(work, 1000);
	assert_int_equal(work->looks, 4);
	assert_int_equal(work->updates, 1);
	assert_string_equal(work->state.provision.look, "");
	/* And the next failure is the first one again. */
	looks = work->looks;
	work->down = true;
	clockwork_pass(work, DAY + 100);
	assert_int_equal(work->looks, looks + 2);
}

static void a_server_that_asks_for_a_pause_gets_it(void **state)
{
	static const struct {
		uint32_t retry_after;
		uint32_t drawn;
		uint64_t pause; /* seconds */
	} rows[] = {{7200, 0, 7200},
		    {7200, UINT32_MAX, 7920},
		    {10, 0, 30},
		    {DAY, 0, DAY},
		    {DAY, UINT32_MAX, DAY + DAY / 10}};
	struct clockwork *work = *state;

	work->down = true;
	for (size_t i = 0; i < ROWS(rows); i++) {
		work->retry_after = rows[i].retry_after;
		work->drawn = rows[i].drawn;
		work->looks = 0;
		clockwork_cut(work);
		clockwork_pass(work, rows[i].pause - 1);
		assert_int_equal(work->looks, 1);
		clockwork_pass(work, 2);
		assert_int_equal(work->looks, 2);
	}
}

static void an_interval_that_is_changed_leaves_the_servers_pause(void **state)
{
	struct clockwork *work = *state;

	work->drawn = 0;
	clockwork_offer(work, "");
	work->slow = true;
	clockwork_start(work);
	/* Well, and the server is busy nevertheless. */
	work->pending.retry_after = 7200;
	clockwork_answer(work);
	clockwork_save(work, PHONE_FIRMWARE_INTERVAL, "1");
	clockwork_pass(work, 7199);
	assert_int_equal(work->looks, 1);
	clockwork_pass(work, 1);
	assert_int_equal(work->looks, 2);
}

static void a_file_that_is_unchanged_is_not_fetched_again_and_holds(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_UPDATE_POLICY, "settings_only");
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_pass(work, 2 * DAY + 3600);
	assert_int_equal(work->looks, 3);
	assert_int_equal(work->unchanged, 2);
	assert_int_equal(work->updates, 0);
	clockwork_save(work, PHONE_UPDATE_POLICY, "auto_update");
	assert_int_equal(work->updates, 1);
	assert_string_equal(work->update, NEW_URL);
}

static void a_start_during_a_look_makes_another_one(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	work->slow = true;
	clockwork_start(work);
	provisioner_start(work->provisioner, true);
	clockwork_answer(work);
	assert_int_equal(work->looks, 2);
	assert_int_equal(work->updates, 0);
	clockwork_answer(work);
	assert_int_equal(work->updates, 1);
}

static void the_start_up_procedure_fetches_all_anew(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, "");
	clockwork_start(work);
	provisioner_start(work->provisioner, true);
	clockwork_pass(work, 0);
	assert_int_equal(work->looks, 2);
	assert_int_equal(work->unchanged, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, clockwork_make, clockwork_unmake)
		TEST(the_first_look_comes_at_random_within_the_spread),
		TEST(somebody_who_asks_again_waits_for_no_spread),
		TEST(looks_come_every_interval_or_up_to_a_fifth_earlier),
		TEST(without_a_server_nothing_is_looked_at),
		TEST(a_server_that_is_set_by_hand_is_looked_at_at_once),
		TEST(another_setting_makes_no_look),
		TEST(what_an_old_server_offered_does_not_hold_for_another),
		TEST(an_interval_that_is_changed_counts_from_the_last_look),
		TEST(a_server_that_is_down_is_asked_less_and_less_often),
		TEST(pauses_after_failures_are_never_longer_than_the_interval),
		TEST(a_look_that_cannot_begin_has_failed),
		TEST(findings_that_nobody_asked_for_are_not_taken),
		TEST(a_server_that_is_back_is_looked_at_by_the_interval_again),
		TEST(a_server_that_asks_for_a_pause_gets_it),
		TEST(an_interval_that_is_changed_leaves_the_servers_pause),
		TEST(a_file_that_is_unchanged_is_not_fetched_again_and_holds),
		TEST(a_start_during_a_look_makes_another_one),
		TEST(the_start_up_procedure_fetches_all_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
