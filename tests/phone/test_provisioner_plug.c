/* phone/provisioner.c: modules that are plugged in are a reason to look. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clockwork.h"
#include "tests/cmocka.h"

#define MINUTE UINT64_C(60000)

static void a_module_that_is_plugged_in_does_not_break_the_servers_pause(void **state)
{
	struct clockwork *work = *state;

	work->down = true;
	work->retry_after = 7200;
	work->drawn = 0;
	clockwork_start(work);
	clockwork_unplug(work, "S1");
	clockwork_plug(work, "S2", "D7C", "1.5.3");
	clockwork_pass(work, 7199);
	assert_int_equal(work->looks, 1);
	/* Who asks by hand does. */
	assert_true(provisioner_look_now(work->provisioner, NULL));
	assert_int_equal(work->looks, 2);
	clockwork_pass(work, 0);
	/* And the start-up procedure begins anew in this, too. */
	work->down = false;
	clockwork_offer(work, "");
	provisioner_start(work->provisioner, true);
	clockwork_pass(work, 0);
	clockwork_plug(work, "S3", "D7C", "1.5.3");
	clockwork_pass(work, PROVISIONER_PLUG);
	assert_int_equal(work->looks, 4);
}

static void a_module_that_is_plugged_in_is_a_look_but_not_more_than_one_a_minute(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, "");
	clockwork_start(work);
	clockwork_pass(work, 3600);
	for (unsigned i = 0; i < 10; i++) {
		clockwork_unplug(work, "S1");
		clockwork_pass(work, 1);
		clockwork_plug(work, "S1", "D7C", "1.5.3");
		clockwork_pass(work, 1);
	}
	assert_int_equal(work->looks, 2);
	clockwork_pass(work, 60);
	assert_int_equal(work->looks, 3);
	clockwork_pass(work, 3600);
	assert_int_equal(work->looks, 3);
	assert_true(work->looked[2] - work->looked[1] >= MINUTE);
}

static void modules_without_a_serial_number_are_told_apart_by_their_ports(void **state)
{
	struct clockwork *work = *state;

	clockwork_unplug(work, "S1");
	clockwork_plug(work, "", "D7C", "1.5.3");
	clockwork_offer(work, "");
	clockwork_start(work);
	clockwork_list(work);
	clockwork_pass(work, 3600);
	assert_int_equal(work->looks, 1);
	clockwork_plug(work, "", "D7C", "1.5.3");
	clockwork_pass(work, 0);
	assert_int_equal(work->looks, 2);
}

static void a_module_that_is_there_at_the_start_or_unplugged_makes_no_look(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_FIRMWARE_SPREAD, "600");
	clockwork_offer(work, "");
	clockwork_start(work);
	clockwork_plug(work, "S2", "D7C", "1.5.3");
	clockwork_pass(work, 200);
	assert_int_equal(work->looks, 0);
	clockwork_pass(work, 200);
	assert_int_equal(work->looks, 1);
	clockwork_unplug(work, "S2");
	clockwork_pass(work, 3600);
	assert_int_equal(work->looks, 1);
}

static void a_module_that_was_updated_and_is_back_makes_no_look(void **state)
{
	struct clockwork *work = *state;
	struct state_list list;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_pass(work, 600);
	assert_true(work->updating);
	list = work->state.list;
	work->state.list.count = 0;
	clockwork_list(work);
	work->state.list = list;
	clockwork_list(work);
	clockwork_end(work, UXM_UPDATED, false);
	clockwork_pass(work, 3600);
	assert_int_equal(work->looks, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, clockwork_make, clockwork_unmake)
		TEST(a_module_that_is_plugged_in_does_not_break_the_servers_pause),
		TEST(a_module_that_is_plugged_in_is_a_look_but_not_more_than_one_a_minute),
		TEST(modules_without_a_serial_number_are_told_apart_by_their_ports),
		TEST(a_module_that_is_there_at_the_start_or_unplugged_makes_no_look),
		TEST(a_module_that_was_updated_and_is_back_makes_no_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
