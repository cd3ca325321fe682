/* An update that waits for its module: at the start, and after an unplug. */
#include <string.h>

#include "tests/uxm/desk_inside.h"
#include "tests/uxm/trial.h"

#define AT_MIDDLE   .when = DESK_AT_MOVED, .value = TRIAL_MIDDLE
#define AFTER(time) .when = DESK_AT_TIME, .value = (time)

#define UNPLUGGED "was unplugged after"
#define AGAIN     "(serial SN-0001) to be plugged in again."

static void none(struct desk_options *options)
{
	options->modules = 0;
}

static void two(struct desk_options *options)
{
	options->modules = 2;
}

static void without_serial(struct desk_options *options)
{
	options->without_serial = true;
}

static void full_speed(struct desk_options *options)
{
	options->bus_rate = 1216000;
}

static void udev_lags(struct desk_options *options)
{
	options->open_after = 1800;
}

static void udev_never_comes(struct desk_options *options)
{
	options->open_after = DESK_FOREVER;
}

static const struct trial_row rows[] = {
	/* At the start. */
	{
		.sentence = "waits_for_a_module_where_there_is_none",
		.waits = true,
		.arrange = none,
		.events = {{AFTER(900000), .what = DESK_PLUG}},
		.story = {"No expansion module is attached; waiting for one to be plugged in."},
		.within = 904000,
	},
	{
		.sentence = "does_not_wait_where_it_was_not_asked_to",
		.events = {{AFTER(0), .what = DESK_UNPLUG}, {AFTER(100), .what = DESK_PLUG}},
		.result = UXM_NO_MODULE,
		.says = {"No expansion module is attached"},
		.within = 1,
	},
	{
		.sentence = "refuses_several_modules_although_it_waits",
		.waits = true,
		.arrange = two,
		.result = UXM_SEVERAL_MODULES,
		.says = {"2 expansion modules"},
		.within = 10,
	},
	{
		.sentence = "refuses_two_modules_that_come_together_while_it_waits",
		.waits = true,
		.arrange = none,
		.events = {{AFTER(500), .what = DESK_PLUG},
			   {AFTER(500), .what = DESK_PLUG, .module = 1}},
		.story = {"waiting for one to be plugged in"},
		.result = UXM_SEVERAL_MODULES,
		.says = {"2 expansion modules"},
		.within = 2000,
	},
	{
		.sentence = "says_not_permitted_when_the_module_that_came_cannot_be_opened",
		.waits = true,
		.arrange = none,
		.events = {{AFTER(500), .what = DESK_PLUG}, {AFTER(500), .what = DESK_DENY}},
		.story = {"waiting for one to be plugged in"},
		.result = UXM_NOT_PERMITTED,
		.says = {"No permission"},
		.within = 4000,
	},
	{
		.sentence = "fails_when_the_module_that_came_never_says_what_it_is",
		.waits = true,
		.arrange = none,
		.events = {{AFTER(500), .what = DESK_PLUG},
			   {.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_IDENTITY,
			    .times = 100,
			    .what = DESK_LOSE_REQUEST}},
		.story = {"waiting for one to be plugged in"},
		.result = UXM_TRANSFER_FAILED,
		.says = {"did not answer"},
		.within = 12000,
	},
	{
		.sentence = "ends_at_once_when_asked_to_while_it_waits_for_a_first_module",
		.waits = true,
		.arrange = none,
		.events = {{AFTER(100000), .what = DESK_STOP}},
		.story = {"waiting for one to be plugged in"},
		.result = UXM_CANCELLED,
		.says = {"Cancelled while a module was waited for"},
		.within = 100001,
	},
	/* After an unplug. */
	{
		.sentence = "goes_on_where_it_stopped_when_the_module_is_plugged_in_again",
		.waits = true,
		.knows = true,
		.arrange = full_speed,
		.events = {{AT_MIDDLE, .what = DESK_UNPLUG}, {AFTER(90000), .what = DESK_PLUG}},
		.story = {AGAIN, "Continuing at "},
		.within = 94000,
	},
	{
		.sentence = "gives_the_server_its_whole_time_again_after_a_return",
		.waits = true,
		.knows = true,
		.arrange = full_speed,
		.image = {.delay = 40000, .rate = 100000, .pauses = {{60000, 40000}}},
		.events = {{.when = DESK_AT_MOVED, .value = 20000, .what = DESK_UNPLUG},
			   {AFTER(50000), .what = DESK_PLUG}},
		.story = {AGAIN},
		.within = 100000,
	},
	{
		.sentence =
			"starts_over_when_the_module_is_plugged_in_again_and_no_digest_is_known",
		.waits = true,
		.events = {{AT_MIDDLE, .what = DESK_UNPLUG}, {AFTER(5000), .what = DESK_PLUG}},
		.story = {AGAIN},
		.within = 9000,
	},
	{
		.sentence = "bears_a_udev_rule_that_lags_behind_the_plug",
		.waits = true,
		.arrange = udev_lags,
		.events = {{AT_MIDDLE, .what = DESK_CYCLE}},
		.story = {AGAIN},
		.within = 8000,
	},
	{
		.sentence = "says_not_permitted_when_it_cannot_be_opened_again",
		.waits = true,
		.arrange = udev_never_comes,
		.events = {{AT_MIDDLE, .what = DESK_CYCLE}},
		.story = {AGAIN},
		.result = UXM_NOT_PERMITTED,
		.says = {"No permission"},
		.within = 4000,
	},
	{
		.sentence = "fails_at_once_after_an_unplug_without_being_asked_to_wait",
		.knows = true,
		.events = {{AT_MIDDLE, .what = DESK_UNPLUG}, {AFTER(5000), .what = DESK_PLUG}},
		.result = UXM_TRANSFER_FAILED,
		.says = {UNPLUGGED},
		.within = 100,
	},
	{
		.sentence = "goes_on_after_three_unplugs",
		.waits = true,
		.knows = true,
		.events = {{.when = DESK_AT_MOVED, .value = 200000, .what = DESK_UNPLUG},
			   {AFTER(3000), .what = DESK_PLUG},
			   {.when = DESK_AT_MOVED, .value = 400000, .what = DESK_CYCLE},
			   {.when = DESK_AT_MOVED, .value = 550000, .what = DESK_CYCLE}},
		.story = {AGAIN, "Continuing at", AGAIN, "Continuing at", AGAIN, "Continuing at"},
	},
	{
		.sentence = "waits_for_a_module_that_leaves_before_it_was_known",
		.waits = true,
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_IDENTITY,
			    .what = DESK_CYCLE}},
		.story = {"waiting for one to be plugged in"},
	},
	{
		.sentence = "waits_for_a_module_that_leaves_at_the_claim",
		.waits = true,
		.events = {{.when = DESK_AT_REQUEST, .value = UXM_WIRE_STATUS, .what = DESK_CYCLE}},
		.story = {AGAIN},
	},
	{
		.sentence = "waits_for_a_module_that_leaves_while_the_server_is_asked",
		.waits = true,
		.image = {.delay = 5000},
		.events = {{AFTER(1000), .what = DESK_CYCLE}},
		.story = {AGAIN},
		.within = 9000,
	},
	{
		.sentence = "waits_for_a_module_that_leaves_at_begin",
		.waits = true,
		.events = {{.when = DESK_AT_REQUEST, .value = UXM_WIRE_BEGIN, .what = DESK_CYCLE}},
		.story = {AGAIN},
	},
	{
		.sentence = "waits_for_a_module_that_leaves_before_its_last_byte_is_confirmed",
		.waits = true,
		.knows = true,
		.image = {.pauses = {{TRIAL_SIZE, 2000}}},
		.events = {{AFTER(1000), .what = DESK_CYCLE}},
		.story = {AGAIN, "Continuing at"},
	},
	{
		.sentence =
			"takes_failed_transfers_for_an_unplug_when_the_module_leaves_right_after",
		.waits = true,
		.faults = {"stall@0", "stall@0", "stall@0", "stall@0", "stall@0", "stall@0"},
		/* The attempts are used up after 750 ms of pauses. */
		.events = {{AFTER(1000), .what = DESK_CYCLE}},
		.story = {AGAIN},
		.within = 6000,
	},
	{
		.sentence = "does_not_try_again_after_failed_transfers_when_the_module_stays",
		.waits = true,
		.faults = {"stall@0", "stall@0", "stall@0", "stall@0", "stall@0", "stall@0"},
		.events = {{AFTER(3000), .what = DESK_CYCLE}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"stall"},
		.within = 1500,
	},
	{
		.sentence = "does_not_try_again_when_the_module_refuses",
		.waits = true,
		.faults = {"refuse@begin"},
		.result = UXM_MODULE_FAILED,
		.says = {"refused to begin"},
		.within = 10,
	},
	{
		.sentence = "does_not_try_again_when_the_server_fails",
		.waits = true,
		.image = {.fails = true, .fails_at = TRIAL_MIDDLE},
		.result = UXM_FETCH_FAILED,
		.says = {"broke off"},
		.within = 100,
	},
	{
		.sentence = "does_not_begin_anew_after_the_commit",
		.waits = true,
		.faults = {"unplug@install:50"},
		.events = {{AFTER(50000), .what = DESK_PLUG}},
		.result = UXM_OTHER_VERSION,
		.says = {"back with version 1.5.3 instead of 1.6.1"},
		.within = 51000,
	},
	{
		.sentence = "leaves_another_module_alone_that_is_plugged_in_instead",
		.waits = true,
		.events = {{AT_MIDDLE, .what = DESK_UNPLUG},
			   {AFTER(2000), .what = DESK_PLUG, .module = 1},
			   {AFTER(60000), .what = DESK_UNPLUG, .module = 1},
			   {AFTER(70000), .what = DESK_PLUG}},
		.story = {AGAIN,
			  "Another module (serial SN-0002) was plugged in at port 1-2 and is "
			  "left alone; still waiting for the one that left (serial SN-0001, "
			  "port 1-1)."},
		.says = {"serial SN-0001, port 1-1"},
		.within = 74000,
	},
	{
		.sentence = "leaves_another_module_alone_when_the_first_left_before_it_was_claimed",
		.waits = true,
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_IDENTITY,
			    .nth = 2,
			    .what = DESK_UNPLUG},
			   {AFTER(2000), .what = DESK_PLUG, .module = 1},
			   {AFTER(60000), .what = DESK_UNPLUG, .module = 1},
			   {AFTER(70000), .what = DESK_PLUG}},
		.story = {AGAIN, "still waiting for the one that left (serial SN-0001"},
		.says = {"serial SN-0001, port 1-1"},
		.within = 74000,
	},
	{
		.sentence =
			"leaves_a_module_at_another_port_alone_where_there_are_no_serial_numbers",
		.waits = true,
		.arrange = without_serial,
		.events = {{AT_MIDDLE, .what = DESK_UNPLUG},
			   {AFTER(2000), .what = DESK_PLUG, .module = 1},
			   {AFTER(3000), .what = DESK_UNPLUG, .module = 1},
			   {AFTER(4000), .what = DESK_PLUG}},
		.story = {"(serial none) to be plugged in again.",
			  "still waiting for the one that left (serial none, port 1-1)"},
		.says = {"serial none, port 1-1"},
	},
	{
		.sentence = "refuses_when_another_module_is_there_besides_the_one_that_came_back",
		.waits = true,
		.events = {{AT_MIDDLE, .what = DESK_UNPLUG},
			   {AFTER(2000), .what = DESK_PLUG, .module = 1},
			   {AFTER(4000), .what = DESK_PLUG}},
		.story = {AGAIN, "Another module"},
		.result = UXM_SEVERAL_MODULES,
		.says = {"2 expansion modules", "SN-0001", "SN-0002"},
	},
	{
		.sentence = "aborts_nothing_that_was_not_begun_after_the_module_came_back",
		.waits = true,
		/* The second time it is looked at for the second time; before that it was found. */
		.events = {{AT_MIDDLE, .what = DESK_CYCLE},
			   {.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_IDENTITY,
			    .nth = 5,
			    .what = DESK_PLUG,
			    .module = 1}},
		.story = {AGAIN},
		.result = UXM_SEVERAL_MODULES,
		.says = {"Another expansion module was plugged in"},
	},
	{
		.sentence = "ends_at_once_when_asked_to_while_it_waits",
		.waits = true,
		.events = {{AT_MIDDLE, .what = DESK_UNPLUG}, {AFTER(40000), .what = DESK_STOP}},
		.story = {AGAIN},
		.result = UXM_CANCELLED,
		.says = {"Cancelled while a module was waited for"},
		.within = 40001,
	},
	{
		.sentence = "cancels_after_the_module_came_back_too",
		.waits = true,
		.knows = true,
		.image = {.size = TRIAL_CAPACITY, .pauses = {{TRIAL_CAPACITY - 1, 50000}}},
		.events = {{AT_MIDDLE, .what = DESK_CYCLE}, {AFTER(20000), .what = DESK_STOP}},
		.story = {AGAIN, "Continuing at"},
		.result = UXM_CANCELLED,
		.says = {"was cancelled; the module runs what it ran"},
		.within = 20010,
	},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* The last byte is there, its end is not yet known: unplugged just before, at and after that
 * moment, when the digest is computed, the module is waited for and the update comes to its end. */
static void comes_to_an_end_whenever_the_module_is_unplugged(void **state)
{
	const struct trial *trial = *state;
	struct desk *desk = trial->desk;

	for (uint32_t at = 1; at < 400; at++) {
		struct desk_run run = {
			.image = {.size = 20000, .pauses = {{.at = 20000, .time = 100}}},
			.events = {{AFTER(at), .what = DESK_UNPLUG},
				   {AFTER(at + 2000), .what = DESK_PLUG}},
			.limit = 1000000,
		};
		struct desk_options options;
		struct uxm_order order;
		struct uxm_failure why;
		enum uxm_result result;

		desk_defaults(&options);
		/* All that happens, happens at whole milliseconds. */
		options.latency = 1000;
		options.bus_rate = 0;
		assert_true(desk_reset(desk, &options));
		desk_start(desk, &run);
		trial_order(desk, TRIAL_FILE, true, &order);
		order.wait = true;
		result = trial_obey(desk, &order, &why);
		/* Unplugged after the commit it may have come back with the old version. */
		if (result != UXM_UPDATED && (!desk->committed || (result != UXM_OTHER_VERSION &&
								   result != UXM_MODULE_FAILED)))
			fail_msg("unplugged after %u ms: %s", at, why.text);
		trial_check_conduct(desk);
	}
}

/* Nor with a wait: it is there to stay. */
static void another_module_than_was_ordered_is_asked_who_it_is_and_nothing_else(void **state)
{
	const struct trial *trial = *state;
	struct desk *desk = trial->desk;

	for (unsigned waits = 0; waits < 2; waits++) {
		struct desk_options options;
		struct desk_run run = {
			.image.size = TRIAL_SIZE,
			.events = {{.when = DESK_AT_REQUEST,
				    .value = UXM_WIRE_STATUS,
				    .what = DESK_REFUSE},
				   {.when = DESK_AT_REQUEST,
				    .value = UXM_WIRE_BEGIN,
				    .what = DESK_REFUSE}},
			.limit = 100000,
		};
		struct uxm_failure why;
		struct uxm_order order;

		desk_defaults(&options);
		assert_true(desk_reset(desk, &options));
		desk_start(desk, &run);
		trial_order(desk, TRIAL_FILE, true, &order);
		order.wait = waits != 0;
		order.serial = "SN-0002";
		assert_int_equal(trial_obey(desk, &order, &why), UXM_NO_MODULE);
		assert_string_equal(why.text,
				    "The module that is present has serial number SN-0001, not "
				    "SN-0002; plug in the one with serial number SN-0002.");
		assert_false(desk_has_happened(desk, 0));
		assert_false(desk_has_happened(desk, 1));
		trial_check_conduct(desk);
		trial_check_truth(desk, TRIAL_FILE, UXM_NO_MODULE);
		/* The one that is meant, and any. */
		for (unsigned named = 0; named < 2; named++) {
			run.events[0].when = DESK_NOT;
			run.events[1].when = DESK_NOT;
			desk_start(desk, &run);
			order.serial = named != 0 ? "SN-0001" : "";
			assert_int_equal(trial_obey(desk, &order, &why), UXM_UPDATED);
		}
	}
}

int main(void)
{
	struct desk *desk = trial_desk();
	struct trial trials[ROWS];
	struct CMUnitTest tests[ROWS + 2];
	struct trial whenever = {.desk = desk};
	int failed;

	trial_list(tests, trials, desk, rows, ROWS);
	tests[ROWS] = (struct CMUnitTest){
		.name = "comes_to_an_end_whenever_the_module_is_unplugged",
		.test_func = comes_to_an_end_whenever_the_module_is_unplugged,
		.initial_state = &whenever,
	};
	tests[ROWS + 1] = (struct CMUnitTest){
		.name = "another_module_than_was_ordered_is_asked_who_it_is_and_nothing_else",
		.test_func = another_module_than_was_ordered_is_asked_who_it_is_and_nothing_else,
		.initial_state = &whenever,
	};
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	desk_free(desk);
	return failed;
}
