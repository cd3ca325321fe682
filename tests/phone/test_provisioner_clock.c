/* Updates by provisioning when the wall clock jumps: a phone that starts before its clock is set,
 * and one whose clock goes back. */
#include "clockwork.h"
#include "tests/cmocka.h"

#define DAY 86400u

/* A phone without a battery for its clock starts anew, and has it set after so many seconds. */
static void boot(struct clockwork *work, uint64_t seconds)
{
	int64_t now = work->wall + (int64_t)(work->clock / 1000);

	work->wall = 100 - (int64_t)(work->clock / 1000);
	clockwork_cut(work);
	clockwork_pass(work, seconds);
	work->wall = now;
	provisioner_due(work->provisioner);
}

static void boots_before_the_clock_is_set_use_up_no_tries(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	for (unsigned tries = 1; tries < RECORD_TRIES; tries++) {
		assert_int_equal(work->updates, tries);
		clockwork_end(work, UXM_FETCH_FAILED, false);
		for (unsigned i = 0; i < 4; i++)
			boot(work, 10);
		clockwork_pass(work, 100);
		assert_int_equal(work->updates, tries);
		clockwork_pass(work, RECORD_PAUSE_MOST + 900);
	}
	assert_int_equal(work->updates, RECORD_TRIES);
}

static void a_failure_before_the_clock_is_set_is_not_tried_again_when_it_is(void **state)
{
	struct clockwork *work = *state;

	work->wall = 100;
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_end(work, UXM_FETCH_FAILED, false);
	work->wall = CLOCKWORK_START;
	clockwork_pass(work, 100);
	assert_int_equal(work->updates, 1);
	provisioner_due(work->provisioner);
	assert_true(clockwork_says(work, "tried again at 2027-"));
	clockwork_cut(work);
	assert_int_equal(work->updates, 1);
	clockwork_pass(work, RECORD_PAUSE);
	assert_int_equal(work->updates, 2);
}

static void a_pause_that_was_written_down_by_a_wrong_clock_is_no_longer_than_it_was(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_end(work, UXM_FETCH_FAILED, false);
	work->wall = 100;
	clockwork_cut(work);
	assert_int_equal(work->updates, 1);
	assert_true(clockwork_says(work, "tried again at a time not known yet"));
	clockwork_pass(work, RECORD_PAUSE + 1);
	assert_int_equal(work->updates, 2);
}

static void a_pause_ends_soon_after_the_clock_was_set(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_end(work, UXM_FETCH_FAILED, false);
	work->wall = 100;
	clockwork_cut(work);
	clockwork_pass(work, 60);
	assert_int_equal(work->updates, 1);
	work->wall = CLOCKWORK_START + 2 * DAY;
	clockwork_pass(work, 900);
	assert_int_equal(work->updates, 2);
}

static void a_setting_is_saved_again_when_it_was_due_though_the_clock_goes_back(void **state)
{
	struct clockwork *work = *state;

	work->has_phone_command = true;
	clockwork_serve(work, FIRMWARE_URL,
			"<firmware-settings><firmware>" PHONE_URL
			"</firmware><firmware_uxm>" NEW_URL "</firmware_uxm></firmware-settings>");
	clockwork_cut(work);
	work->disk_full = true;
	provisioner_phone_updated(work->provisioner, NULL);
	assert_true(clockwork_says(work, "will be again at 2027-01-15 08:01:00 UTC"));
	work->wall = CLOCKWORK_START - 300 * (int64_t)DAY;
	provisioner_due(work->provisioner);
	assert_true(clockwork_says(work, "will be again at 2026-03-21 08:01:00 UTC"));
	work->disk_full = false;
	clockwork_pass(work, PROVISIONER_PAUSE - 1);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE), "");
	clockwork_pass(work, 1);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE), PHONE_URL);
	assert_int_equal(work->updates, 1);
}

static void the_times_of_the_looks_follow_the_clock(void **state)
{
	struct clockwork *work = *state;
	const struct state_provision *said = &work->state.provision;
	unsigned changes;

	work->wall = 100;
	clockwork_offer(work, "");
	clockwork_start(work);
	assert_int_equal(said->looked, 100);
	clockwork_pass(work, 50);
	work->wall = CLOCKWORK_START;
	provisioner_due(work->provisioner);
	assert_int_equal(said->looked, CLOCKWORK_START);
	assert_true(said->next > CLOCKWORK_START && said->next <= CLOCKWORK_START + (int64_t)DAY);
	/* The clocks do not tick together: that is no change. */
	changes = work->changes;
	work->clock += 999;
	provisioner_due(work->provisioner);
	assert_int_equal(work->changes, changes);
	work->wall = 100;
	provisioner_due(work->provisioner);
	assert_int_equal(said->looked, 100);
	assert_int_equal(work->looks, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, clockwork_make, clockwork_unmake)
		TEST(boots_before_the_clock_is_set_use_up_no_tries),
		TEST(a_failure_before_the_clock_is_set_is_not_tried_again_when_it_is),
		TEST(a_pause_that_was_written_down_by_a_wrong_clock_is_no_longer_than_it_was),
		TEST(a_pause_ends_soon_after_the_clock_was_set),
		TEST(the_times_of_the_looks_follow_the_clock),
		TEST(a_setting_is_saved_again_when_it_was_due_though_the_clock_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
