/* After the commit: the module's steps, its leaving and its return; and modules that are found in
 * the midst of another program's update. */
#include "tests/uxm/trial.h"

#define FOLLOWS "still busy with another update"

static const struct uxm_version other_version = TRIAL_OTHERS;

/* Verifying what other_host has sent takes 700 ms. */
#define OTHER_SIZE 70000u

static void slow_verify(struct desk_options *options)
{
	options->module.verify_rate = 100000;
}

static void slow_verify_of_it_all(struct desk_options *options)
{
	options->module.verify_rate = 20000;
}

/* Announces nearly nothing, and takes a tenth of a second for each answer. */
static void promises_much(struct desk_options *options)
{
	options->module.silence = 1;
	options->latency = 100000;
}

static void without_serial(struct desk_options *options)
{
	options->without_serial = true;
}

static void away_for_59_seconds(struct desk_options *options)
{
	options->reboot = 59000;
}

static void away_for_61_seconds(struct desk_options *options)
{
	options->reboot = 61000;
}

static void udev_lags(struct desk_options *options)
{
	options->open_after = 1800;
}

static void udev_never_comes(struct desk_options *options)
{
	options->open_after = DESK_FOREVER;
}

/* A percent in each four of the five seconds of silence. */
static void slow_install(struct desk_options *options)
{
	options->module.install_time = 400000;
}

static void too_slow_install(struct desk_options *options)
{
	options->module.install_time = 700000;
}

static void too_slow_install_announced(struct desk_options *options)
{
	options->module.install_time = 700000;
	options->module.silence = 8000;
}

/* Announces more than a host bears. */
static void silent_for_an_hour(struct desk_options *options)
{
	options->module.silence = 3600000;
}

static void never_reboots(struct desk_options *options)
{
	options->module.done_time = 600000;
}

/* As short as it may be, after an install at the module's slowest pace for STATUS. */
static void is_done_for_its_least_time(struct desk_options *options)
{
	options->module.install_time = 30000;
	options->module.done_time = UXM_WIRE_DONE_LEAST;
}

static void other_host_sent(struct desk *desk)
{
	assert_true(desk_other_host(desk, 0, OTHER_SIZE, other_version, UXM_WIRE_RECEIVING, false));
}

static void other_host_verifies(struct desk *desk)
{
	assert_true(desk_other_host(desk, 0, OTHER_SIZE, other_version, UXM_WIRE_VERIFYING, false));
}

static void other_host_installs(struct desk *desk)
{
	assert_true(
		desk_other_host(desk, 0, OTHER_SIZE, other_version, UXM_WIRE_INSTALLING, false));
}

static void other_host_is_done(struct desk *desk)
{
	assert_true(desk_other_host(desk, 0, OTHER_SIZE, other_version, UXM_WIRE_DONE, false));
}

static void other_host_spoiled_it(struct desk *desk)
{
	assert_true(desk_other_host(desk, 0, OTHER_SIZE, other_version, UXM_WIRE_VERIFYING, true));
}

static const struct trial_row rows[] = {
	/* The steps. */
	{
		.sentence = "follows_a_verify_of_25_seconds_that_gets_on",
		.arrange = slow_verify_of_it_all,
	},
	{
		.sentence = "sees_the_shortest_success_where_the_version_was_the_same_before",
		.arrange = is_done_for_its_least_time,
		.file = "snomD7C-1.5.3-r.bin",
		.says = {"was given 1.5.3 once more"},
	},
	{
		.sentence = "grants_five_seconds_for_an_answer_whatever_the_module_announces",
		.arrange = promises_much,
	},
	{
		.sentence = "follows_an_install_of_a_percent_in_four_seconds",
		.arrange = slow_install,
		.within = 410000,
	},
	{
		.sentence = "fails_when_the_install_takes_longer_for_a_percent_than_its_silence",
		.arrange = too_slow_install,
		.result = UXM_MODULE_FAILED,
		.says = {"stopped getting on (last seen installing)", "old or the new version"},
		.within = 10000,
	},
	{
		.sentence = "follows_an_install_as_slow_as_was_announced",
		.arrange = too_slow_install_announced,
		.within = 710000,
	},
	{
		.sentence = "does_not_wait_for_an_hour_whatever_the_module_announces",
		.arrange = silent_for_an_hour,
		.faults = {"silence@install:50"},
		.result = UXM_MODULE_FAILED,
		.says = {"stopped getting on (last seen installing)"},
		.within = 250000,
	},
	{
		.sentence = "says_so_when_the_module_reports_success_and_does_not_reboot",
		.arrange = never_reboots,
		.result = UXM_NOT_BACK_YET,
		.says = {"reported success, but has not rebooted within 5 s"},
		.runs = TRIAL_NEW,
		.within = 10000,
	},
	{
		.sentence = "follows_on_after_a_status_that_was_lost",
		.image = {.size = 1000},
		.arrange = slow_verify,
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = 5,
			    .what = DESK_LOSE_ANSWER}},
	},
	{
		.sentence = "follows_on_after_a_status_that_was_stalled",
		.image = {.size = 1000},
		.arrange = slow_verify,
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = 5,
			    .times = 3,
			    .what = DESK_REFUSE}},
	},
	/* Its silence is over before it leaves: 5 s for COMMIT, 5 s for STATUS. */
	{
		.sentence = "follows_a_module_that_leaves_right_after_it_could_not_be_asked",
		.faults = {"silence@commit"},
		.events = {{.when = DESK_AT_TIME, .value = 10200, .what = DESK_CYCLE}},
		.result = UXM_OTHER_VERSION,
		.says = {"back with version 1.5.3 instead of 1.6.1"},
		.within = 12000,
	},
	/* The return. */
	{
		.sentence = "knows_it_again_at_another_port_by_its_serial_number",
		.faults = {"other-port@reboot"},
		.says = {"serial SN-0001, port 1-4", "to 1.6.1"},
	},
	{
		.sentence = "does_not_know_it_again_at_another_port_without_serial_number",
		.arrange = without_serial,
		.faults = {"other-port@reboot"},
		.result = UXM_NOT_BACK_YET,
		.says = {"serial none, port 1-1", "not back yet after 60 s"},
		.runs = TRIAL_NEW,
	},
	{
		.sentence = "says_so_when_another_module_comes_back_at_its_port",
		.faults = {"other-module@reboot"},
		.result = UXM_OTHER_MODULE,
		.says = {"port 1-1", "(serial OTHER)", "(serial SN-0001)"},
		.runs = TRIAL_NEW,
	},
	{
		.sentence = "waits_59_seconds_for_the_return",
		.arrange = away_for_59_seconds,
		.within = 65000,
	},
	{
		.sentence = "does_not_wait_for_longer_than_60_seconds_for_the_return",
		.arrange = away_for_61_seconds,
		.result = UXM_NOT_BACK_YET,
		.says = {"SN-0001", "not back yet after 60 s", "uxm list"},
		.runs = TRIAL_NEW,
		.within = 64000,
	},
	{
		.sentence = "opens_it_again_when_udev_lags",
		.arrange = udev_lags,
	},
	{
		.sentence = "says_not_permitted_when_it_cannot_be_opened_after_the_return",
		.arrange = udev_never_comes,
		.result = UXM_NOT_PERMITTED,
		.says = {"No permission", "1-1"},
		.runs = TRIAL_NEW,
		.within = 6000,
	},
	{
		.sentence = "says_so_when_it_is_pulled_while_it_is_away",
		.events = {{.when = DESK_AT_STEP, .value = UXM_STEP_RETURN, .what = DESK_UNPLUG}},
		.result = UXM_NOT_BACK_YET,
		.says = {"not back yet after 60 s"},
		.runs = TRIAL_NEW,
	},
	{
		.sentence = "is_not_misled_by_another_module_that_comes_while_it_is_away",
		.events = {{.when = DESK_AT_STEP,
			    .value = UXM_STEP_RETURN,
			    .what = DESK_PLUG,
			    .module = 1},
			   {.when = DESK_AT_STEP,
			    .value = UXM_STEP_RETURN,
			    .what = DESK_PLUG,
			    .module = 2}},
		.says = {"serial SN-0001, port 1-1"},
	},
	{
		.sentence = "is_not_misled_by_another_module_that_cannot_be_opened",
		.arrange = away_for_59_seconds,
		.events = {{.when = DESK_AT_STEP,
			    .value = UXM_STEP_RETURN,
			    .what = DESK_PLUG,
			    .module = 1},
			   {.when = DESK_AT_STEP,
			    .value = UXM_STEP_RETURN,
			    .what = DESK_DENY,
			    .module = 1}},
		.says = {"serial SN-0001, port 1-1"},
	},
	{
		.sentence = "looks_again_when_the_first_identity_after_the_return_is_lost",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_IDENTITY,
			    .nth = 3,
			    .what = DESK_LOSE_REQUEST}},
	},
	{
		.sentence = "looks_again_when_it_leaves_once_more_while_it_is_asked",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_IDENTITY,
			    .nth = 3,
			    .what = DESK_CYCLE}},
	},
	{
		.sentence = "says_so_when_it_is_back_but_never_tells_its_version",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_IDENTITY,
			    .nth = 3,
			    .times = 1000,
			    .what = DESK_LOSE_REQUEST}},
		.result = UXM_NOT_BACK_YET,
		.says = {"not back yet after 60 s"},
		.runs = TRIAL_NEW,
	},
	/* Another program's update. */
	{
		.sentence = "takes_over_a_session_that_another_program_left",
		.prepare = other_host_sent,
		.says = {"from 1.5.3 to 1.6.1"},
	},
	{
		.sentence = "follows_an_update_that_verifies_then_makes_its_own",
		.arrange = slow_verify,
		.prepare = other_host_verifies,
		.says = {"from 1.5.9 to 1.6.1"},
		.notes = FOLLOWS,
	},
	{
		.sentence = "follows_an_update_that_installs_then_makes_its_own",
		.prepare = other_host_installs,
		.says = {"from 1.5.9 to 1.6.1"},
		.notes = FOLLOWS,
	},
	{
		.sentence = "follows_an_update_that_is_done_then_makes_its_own",
		.prepare = other_host_is_done,
		.says = {"from 1.5.9 to 1.6.1"},
		.notes = FOLLOWS,
	},
	{
		.sentence = "makes_its_own_update_after_the_one_that_it_followed_failed",
		.arrange = slow_verify,
		.prepare = other_host_spoiled_it,
		.says = {"from 1.5.3 to 1.6.1"},
		.notes = FOLLOWS,
	},
	{
		.sentence = "cancels_while_it_follows_another_update",
		.arrange = slow_verify,
		.prepare = other_host_verifies,
		.events = {{.when = DESK_AT_TIME, .value = 100, .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {"Cancelled before the update began"},
		.notes = FOLLOWS,
		.left_busy = true,
		.within = 110,
	},
	{
		.sentence = "says_so_when_the_module_is_pulled_during_the_other_update",
		.arrange = slow_verify,
		.prepare = other_host_verifies,
		.events = {{.when = DESK_AT_TIME, .value = 100, .what = DESK_UNPLUG}},
		.result = UXM_BUSY,
		.says = {"busy with another update", "did not come back"},
		.notes = FOLLOWS,
	},
	{
		.sentence = "refuses_when_a_second_module_comes_during_the_other_update",
		.arrange = slow_verify,
		.prepare = other_host_verifies,
		.events = {{.when = DESK_AT_TIME, .value = 100, .what = DESK_PLUG, .module = 2}},
		.result = UXM_SEVERAL_MODULES,
		.says = {"2 expansion modules", "SN-0001", "SN-0003"},
		.notes = FOLLOWS,
		.runs = TRIAL_OTHER,
	},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

int main(void)
{
	struct desk *desk = trial_desk();
	struct trial trials[ROWS];
	struct CMUnitTest tests[ROWS];
	int failed;

	trial_list(tests, trials, desk, rows, ROWS);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	desk_free(desk);
	return failed;
}
