/* Verify, install, done; what a loss of power leaves, wherever it comes; what the screen shows. */
#include <string.h>

#include "tests/cmocka.h"
#include "tests/module/rig.h"

#define SIZE 50000u

static int set_up(void **state)
{
	struct device_options options;

	rig_options(&options);
	*state = rig_new(&options);
	return 0;
}

static int tear_down(void **state)
{
	rig_free(*state);
	return 0;
}

static bool runs_new(const struct rig *rig)
{
	return device_version(rig->device).part[1] == 6;
}

/* The bank that runs, if it is the new one, holds the payload. */
static void what_runs_is_whole(const struct rig *rig)
{
	const struct record *record = device_record(rig->device);

	if (!runs_new(rig)) {
		assert_int_equal(record->bank, 0);
		assert_int_equal(device_version(rig->device).part[1], 5);
		return;
	}
	assert_int_equal(record->bank, 1);
	assert_memory_equal(rig->bank[1], rig->payload, SIZE);
}

static void an_update_goes_through_its_steps_and_reboots(void **state)
{
	struct rig *rig = *state;
	struct uxm_status status;

	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
	rig_send_all(rig, 0, SIZE);
	assert_int_equal(rig_commit(rig, SIZE), DEVICE_ANSWERED);
	assert_int_equal(rig_status(rig).state, UXM_WIRE_VERIFYING);
	assert_int_equal(rig_status(rig).verify, 0);
	rig_run_to(rig, UXM_WIRE_INSTALLING);
	assert_int_equal(rig_status(rig).verify, 100);
	assert_int_equal(rig_status(rig).install, 0);
	assert_false(runs_new(rig));
	rig_run_to(rig, UXM_WIRE_DONE);
	status = rig_status(rig);
	assert_int_equal(status.install, 100);
	assert_true(status.accepted == SIZE && status.durable == SIZE);
	assert_true(runs_new(rig));
	rig_pass(rig, 1999999);
	assert_int_equal(device_leaving(rig->device), DEVICE_STAYS);
	rig_pass(rig, 1);
	assert_int_equal(device_leaving(rig->device), DEVICE_REBOOTS);
	assert_int_equal(device_return(rig->device), 0);
	rig_power_cycle(rig);
	assert_int_equal(rig_status(rig).state, UXM_WIRE_IDLE);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_NONE);
	what_runs_is_whole(rig);
	assert_true(runs_new(rig));
	/* and the next one goes to the other bank */
	rig_update(rig, SIZE, true);
	assert_int_equal(device_leaving(rig->device), DEVICE_REBOOTS);
	assert_int_equal(device_record(rig->device)->bank, 0);
	assert_memory_equal(rig->bank[0], rig->payload, SIZE);
}

static void each_step_takes_its_time(void **state)
{
	struct device_options options;
	struct rig *rig;
	uint64_t began;

	tear_down(state);
	rig_options(&options);
	options.verify_rate = 1000000;
	options.install_time = 333;
	rig = rig_new(&options);
	*state = rig;
	assert_int_equal(rig_begin(rig, 200000, true), DEVICE_ANSWERED);
	rig_send_all(rig, 0, 200000);
	began = rig->now;
	assert_int_equal(rig_commit(rig, 200000), DEVICE_ANSWERED);
	rig_pass(rig, 131072 + 10);
	assert_int_equal(rig_status(rig).verify, 65); /* four slices of 32 KiB */
	rig_run_to(rig, UXM_WIRE_INSTALLING);
	assert_true(rig->now == began + 200000);
	rig_pass(rig, 333000 / 2);
	assert_in_range(rig_status(rig).install, 49, 50);
	rig_run_to(rig, UXM_WIRE_DONE);
	assert_true(rig->now == began + 533000);
}

static void percents_only_rise_and_again_is_worth_it(void **state)
{
	struct rig *rig = *state;
	unsigned before = 0;

	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
	rig_send_all(rig, 0, SIZE);
	assert_int_equal(rig_commit(rig, SIZE), DEVICE_ANSWERED);
	for (struct uxm_status status = rig_status(rig); status.state != UXM_WIRE_DONE;
	     status = rig_status(rig)) {
		unsigned sum = status.verify + status.install;
		assert_true(sum >= before && status.verify <= 100 && status.install <= 100);
		assert_in_range(status.again, 1, 1000);
		before = sum;
		rig_pass(rig, 1000);
	}
	assert_int_equal(before / 100, 1);
	assert_in_range(rig_status(rig).again, 1900, 2100);
}

static void a_flash_that_lost_a_byte_is_found_by_verify(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
	rig_send_all(rig, 0, SIZE);
	rig->bank[1][12345] ^= 4;
	assert_int_equal(rig_commit(rig, SIZE), DEVICE_ANSWERED);
	rig_run_to(rig, UXM_WIRE_FAILED);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_DIGEST);
	assert_false(runs_new(rig));
	/* what was kept is thrown away */
	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
	assert_true(rig_status(rig).accepted == 0);
}

static void verify_waits_for_the_flash_to_have_everything(void **state)
{
	struct device_options options;
	struct rig *rig;

	tear_down(state);
	rig_options(&options);
	options.flash_rate = 1000000;
	rig = rig_new(&options);
	*state = rig;
	assert_int_equal(rig_begin(rig, 16384, true), DEVICE_ANSWERED);
	rig_send_all(rig, 0, 16384);
	assert_int_equal(rig_commit(rig, 16384), DEVICE_ANSWERED);
	assert_int_equal(rig_status(rig).verify, 0);
	rig_run_to(rig, UXM_WIRE_DONE);
	assert_true(runs_new(rig));
	assert_memory_equal(rig->bank[1], rig->payload, 16384);
}

static void begin_opens_another_session_each_time(void **state)
{
	struct rig *rig = *state;
	struct uxm_status status = rig_status(rig);
	uint32_t before;

	assert_int_equal(status.session, 0);
	assert_int_equal(rig_begin(rig, SIZE, false), DEVICE_ANSWERED);
	before = rig_status(rig).session;
	assert_int_not_equal(before, 0);
	assert_int_equal(rig_begin(rig, SIZE, false), DEVICE_ANSWERED);
	assert_int_not_equal(rig_status(rig).session, before);
	before = rig_status(rig).session;
	/* not even a loss of power brings an old number back */
	rig_power_cycle(rig);
	assert_int_equal(rig_status(rig).session, before);
	assert_int_equal(rig_begin(rig, SIZE, false), DEVICE_ANSWERED);
	assert_int_not_equal(rig_status(rig).session, before);
}

static void a_session_number_is_never_zero(void **state)
{
	struct rig *rig = *state;
	struct record record = *device_record(rig->device);

	record.session = UINT32_MAX;
	record_write(&record, rig->record);
	rig->has_record = true;
	rig_power_cycle(rig);
	assert_int_equal(rig_begin(rig, SIZE, false), DEVICE_ANSWERED);
	assert_int_equal(rig_status(rig).session, 1);
}

static void a_partial_payload_survives_a_loss_of_power(void **state)
{
	struct rig *rig = *state;
	uint64_t durable;

	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
	rig_send_all(rig, 0, 32000);
	durable = rig_status(rig).durable;
	assert_in_range(durable, 32000 - 2 * 8192, 32000);
	rig_power_cycle(rig);
	assert_int_equal(rig_status(rig).state, UXM_WIRE_IDLE);
	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
	assert_true(rig_status(rig).accepted == durable);
	assert_true(rig_status(rig).durable == durable);
	rig_send_all(rig, durable, SIZE);
	assert_int_equal(rig_commit(rig, SIZE), DEVICE_ANSWERED);
	rig_run_to(rig, UXM_WIRE_DONE);
	what_runs_is_whole(rig);
}

static void begin_goes_on_only_with_the_same_id_and_size(void **state)
{
	for (unsigned other = 0; other < 4; other++) {
		struct rig *rig;

		tear_down(state);
		set_up(state);
		rig = *state;
		assert_int_equal(rig_begin(rig, SIZE, other != 3), DEVICE_ANSWERED);
		rig_send_all(rig, 0, 30000);
		assert_int_equal(rig_abort(rig), DEVICE_ANSWERED);
		if (other == 1)
			rig->payload[0] ^= 1;
		assert_int_equal(rig_begin(rig, other == 2 ? SIZE - 1 : SIZE, other != 3),
				 DEVICE_ANSWERED);
		assert_true(rig_status(rig).accepted == (other == 0 ? 30000 : 0));
		/* starting from zero has discarded what was kept */
		rig_power_cycle(rig);
		rig->payload[0] = 1;
		assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
		assert_true(rig_status(rig).accepted == (other == 0 ? 30000 : 0));
	}
}

static void a_failed_install_keeps_the_verified_payload(void **state)
{
	struct rig *rig = *state;

	rig_faults(rig, (const char *const[]){"fail@install:50", NULL});
	rig_update(rig, SIZE, true);
	assert_int_equal(rig_status(rig).state, UXM_WIRE_FAILED);
	assert_false(runs_new(rig));
	rig_update(rig, SIZE, true);
	assert_true(runs_new(rig));
}

/*
 * Power is lost after a number of bytes and records written, spread over the whole update and one
 * by one around its end, where the banks are switched; then the module runs the old or the new
 * version, whole, and another update succeeds.
 */
static void power_lost_at_any_write_leaves_the_old_or_the_new_version(void **state)
{
	struct rig *rig = *state;
	uint64_t writes;
	unsigned old = 0;
	unsigned new = 0;

	rig_update(rig, SIZE, true);
	writes = rig->used;
	for (uint64_t power = 0; power <= writes; power += power + 97 < writes ? 97 : 1) {
		tear_down(state);
		set_up(state);
		rig = *state;
		rig->power = power;
		rig_update(rig, SIZE, true);
		rig_power_cycle(rig);
		what_runs_is_whole(rig);
		old += !runs_new(rig);
		new += runs_new(rig);
		rig_update(rig, SIZE, true);
		assert_int_equal(device_leaving(rig->device), DEVICE_REBOOTS);
		rig_power_cycle(rig);
		assert_true(runs_new(rig));
	}
	assert_true(old > 100);
	assert_true(new >= 1);
}

static void power_lost_at_any_moment_of_a_step_leaves_the_old_or_the_new_version(void **state)
{
	bool switched = false;

	for (uint64_t moment = 0; moment < 2200000; moment += moment < 120000 ? 499 : 99991) {
		struct rig *rig;

		tear_down(state);
		set_up(state);
		rig = *state;
		assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
		rig_send_all(rig, 0, SIZE);
		assert_int_equal(rig_commit(rig, SIZE), DEVICE_ANSWERED);
		rig_pass(rig, moment);
		rig_power_cycle(rig);
		what_runs_is_whole(rig);
		/* one switch, and never back */
		assert_true(runs_new(rig) || !switched);
		switched = runs_new(rig);
		if (switched)
			continue;
		/* everything is there still: nothing need be sent again */
		assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
		assert_true(rig_status(rig).accepted == SIZE);
	}
	assert_true(switched);
}

static void the_screen_shows_each_step(void **state)
{
	struct rig *rig = *state;
	char text[DEVICE_SCREEN_TEXT];

	assert_int_equal(device_screen(rig->device, text), DEVICE_SCREEN_NORMAL);
	assert_memory_equal(text, "D7C 1.5.3 ", 10);
	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
	rig_send_all(rig, 0, 10000);
	assert_int_equal(device_screen(rig->device, text), DEVICE_SCREEN_RECEIVING);
	assert_string_equal(text, "Receiving 10000 of 50000 bytes");
	rig_send_all(rig, 10000, SIZE);
	assert_int_equal(rig_commit(rig, SIZE), DEVICE_ANSWERED);
	assert_int_equal(device_screen(rig->device, text), DEVICE_SCREEN_VERIFY);
	assert_string_equal(text, "Update in progress: verify 0 %");
	rig_run_to(rig, UXM_WIRE_INSTALLING);
	rig_pass(rig, 80000);
	assert_int_equal(device_screen(rig->device, text), DEVICE_SCREEN_INSTALL);
	assert_string_equal(text, "Update in progress: install 80 %");
	rig_run_to(rig, UXM_WIRE_DONE);
	assert_int_equal(device_screen(rig->device, text), DEVICE_SCREEN_SUCCESS);
	assert_string_equal(text, "Update successful, rebooting...");
}

/* What the session before had written was taken for a part of the new payload. */
static void a_begin_that_could_not_discard_keeps_nothing(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_begin(rig, 50000, true), DEVICE_ANSWERED);
	rig_send_all(rig, 0, 50000);
	/* Power for the new record, and then none. */
	rig->power = 1;
	assert_int_equal(rig_begin(rig, 2, true), DEVICE_STALLED);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_FLASH);
	rig->power = UINT64_MAX;
	assert_int_equal(rig_begin(rig, 2, true), DEVICE_ANSWERED);
	assert_int_equal(rig_status(rig).accepted, 0);
}

static void the_screen_names_the_failure_and_not_a_later_refusal(void **state)
{
	struct rig *rig = *state;
	char text[DEVICE_SCREEN_TEXT];

	rig_faults(rig, (const char *const[]){"corrupt-flash@100", NULL});
	rig_update(rig, SIZE, true);
	assert_int_equal(device_screen(rig->device, text), DEVICE_SCREEN_FAILED);
	assert_string_equal(text, "Update failed: digest");
	assert_int_equal(rig_commit(rig, SIZE), DEVICE_STALLED);
	assert_int_equal(device_screen(rig->device, text), DEVICE_SCREEN_FAILED);
	assert_string_equal(text, "Update failed: digest");
}

static void a_reset_module_is_as_new(void **state)
{
	struct rig *rig = *state;
	struct device_options options = rig->options;

	rig_faults(rig, (const char *const[]){"unplug@begin", NULL});
	options.largest_chunk++;
	assert_false(device_reset(rig->device, &options, rig_storage(rig)));
	options.largest_chunk--;
	options.version.part[1] = 4;
	assert_true(device_reset(rig->device, &options, rig_storage(rig)));
	/* it has no power yet */
	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_SILENT);
	device_power_on(rig->device, rig->now);
	assert_int_equal(device_version(rig->device).part[1], 4);
	/* and no faults any more */
	rig_update(rig, SIZE, true);
	assert_int_equal(device_leaving(rig->device), DEVICE_REBOOTS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_update_goes_through_its_steps_and_reboots),
		TEST(each_step_takes_its_time),
		TEST(percents_only_rise_and_again_is_worth_it),
		TEST(a_flash_that_lost_a_byte_is_found_by_verify),
		TEST(verify_waits_for_the_flash_to_have_everything),
		TEST(begin_opens_another_session_each_time),
		TEST(a_session_number_is_never_zero),
		TEST(a_partial_payload_survives_a_loss_of_power),
		TEST(begin_goes_on_only_with_the_same_id_and_size),
		TEST(a_failed_install_keeps_the_verified_payload),
		TEST(power_lost_at_any_write_leaves_the_old_or_the_new_version),
		TEST(power_lost_at_any_moment_of_a_step_leaves_the_old_or_the_new_version),
		TEST(the_screen_shows_each_step),
		TEST(a_begin_that_could_not_discard_keeps_nothing),
		TEST(the_screen_names_the_failure_and_not_a_later_refusal),
		TEST(a_reset_module_is_as_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
