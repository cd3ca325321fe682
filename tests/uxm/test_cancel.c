/* Somebody wants the update to end, at any moment of it. */
#include "tests/uxm/trial.h"

#define CANCELLED "was cancelled; the module runs what it ran"
#define FOLLOWED  "The update can no longer be stopped."

static void full_speed(struct desk_options *options)
{
	options->bus_rate = 1216000;
}

/* The first STATUS behind the commit of an image of one chunk, by its number. */
#define COMMITTED_STATUS 4

static const struct trial_row rows[] = {
	{
		.sentence = "cancels_before_anything_was_asked",
		.events = {{.when = DESK_AT_TIME, .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
		.within = 1,
	},
	{
		.sentence = "cancels_while_the_serial_number_is_asked",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = DESK_GET_DESCRIPTOR,
			    .nth = 2,
			    .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
	},
	{
		.sentence = "cancels_while_identity_is_asked",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_IDENTITY,
			    .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
	},
	{
		.sentence = "cancels_while_identity_is_asked_again",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_IDENTITY,
			    .nth = 2,
			    .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
	},
	{
		.sentence = "cancels_while_a_device_that_is_not_configured_yet_is_waited_for",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_IDENTITY,
			    .times = 9,
			    .what = DESK_REFUSE},
			   {.when = DESK_AT_TIME, .value = 900, .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.within = 901,
	},
	{
		.sentence = "cancels_after_the_claim",
		.events = {{.when = DESK_AT_REQUEST, .value = UXM_WIRE_STATUS, .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
	},
	{
		.sentence = "cancels_while_the_server_is_asked",
		.image.delay = DESK_FOREVER,
		.events = {{.when = DESK_AT_TIME, .value = 10000, .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
		.within = 10010,
	},
	{
		.sentence = "cancels_while_begin_is_under_way",
		.events = {{.when = DESK_AT_REQUEST, .value = UXM_WIRE_BEGIN, .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
	},
	{
		.sentence = "cancels_after_begin",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = 2,
			    .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
	},
	{
		.sentence = "cancels_at_the_first_byte",
		.events = {{.when = DESK_AT_MOVED, .value = 1, .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
	},
	{
		.sentence = "cancels_in_the_middle",
		.arrange = full_speed,
		.events = {{.when = DESK_AT_MOVED, .value = TRIAL_MIDDLE, .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
		.within = 260,
	},
	{
		.sentence = "cancels_at_the_last_byte",
		.events = {{.when = DESK_AT_MOVED, .value = TRIAL_SIZE, .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
	},
	{
		.sentence = "cancels_while_the_server_pauses",
		.image.pauses = {{TRIAL_MIDDLE, 50000}},
		.events = {{.when = DESK_AT_TIME, .value = 20000, .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
		.within = 20010,
	},
	{
		.sentence = "cancels_while_the_end_is_not_confirmed",
		.image.pauses = {{TRIAL_SIZE, 50000}},
		.events = {{.when = DESK_AT_TIME, .value = 20000, .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
		.within = 20010,
	},
	{
		.sentence = "cancels_while_the_halt_is_cleared",
		.faults = {"stall@250000"},
		.events = {{.when = DESK_AT_REQUEST,
			    .value = DESK_CLEAR_FEATURE,
			    .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
	},
	{
		.sentence = "cancels_before_the_stream_goes_on_again",
		.faults = {"stall@250000"},
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = 4,
			    .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
	},
	{
		.sentence = "cancels_in_the_pause_between_two_attempts",
		.faults = {"stall@0", "stall@0", "stall@0", "stall@0", "stall@0"},
		/* The pauses before the second to the fifth: 50, 100, 200, 400. */
		.events = {{.when = DESK_AT_TIME, .value = 500, .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
		.within = 510,
	},
	{
		.sentence = "cancels_although_the_abort_is_not_answered",
		.events = {{.when = DESK_AT_MOVED, .value = TRIAL_MIDDLE, .what = DESK_STOP},
			   {.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_ABORT,
			    .what = DESK_LOSE_ANSWER}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
		.within = 2100,
	},
	{
		.sentence = "cancels_although_the_module_has_fallen_silent",
		.faults = {"silence@250000"},
		.events = {{.when = DESK_AT_TIME, .value = 1000, .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
		.within = 3100,
	},
	{
		.sentence = "does_not_even_wait_for_the_abort_when_asked_twice",
		.faults = {"silence@250000"},
		.events = {{.when = DESK_AT_TIME, .value = 1000, .what = DESK_STOP},
			   {.when = DESK_AT_TIME, .value = 1100, .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {CANCELLED},
		.within = 1110,
	},
	/* From the commit on. */
	{
		.sentence = "is_followed_to_the_end_when_asked_once_at_the_commit",
		.events = {{.when = DESK_AT_REQUEST, .value = UXM_WIRE_COMMIT, .what = DESK_STOP}},
		.says = {"to 1.6.1"},
		.notes = FOLLOWED,
	},
	{
		.sentence = "is_followed_to_the_end_when_asked_once_at_a_commit_that_is_lost",
		.events = {{.when = DESK_AT_REQUEST, .value = UXM_WIRE_COMMIT, .what = DESK_STOP},
			   {.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_COMMIT,
			    .what = DESK_LOSE_REQUEST}},
		.says = {"to 1.6.1"},
		.notes = FOLLOWED,
	},
	{
		.sentence =
			"is_followed_to_the_end_when_asked_once_before_the_commit_that_was_told",
		.events = {{.when = DESK_AT_STEP, .value = UXM_STEP_COMMIT, .what = DESK_STOP}},
		.says = {"to 1.6.1"},
		.notes = FOLLOWED,
	},
	{
		.sentence = "is_followed_to_the_end_when_asked_once_while_verifying",
		.events = {{.when = DESK_AT_STEP, .value = UXM_STEP_VERIFY, .what = DESK_STOP}},
		.says = {"to 1.6.1"},
		.notes = FOLLOWED,
	},
	{
		.sentence = "is_followed_to_the_end_when_asked_once_while_installing",
		.events = {{.when = DESK_AT_STEP, .value = UXM_STEP_INSTALL, .what = DESK_STOP}},
		.says = {"to 1.6.1"},
		.notes = FOLLOWED,
	},
	{
		.sentence = "is_followed_to_the_end_when_asked_once_before_the_reboot",
		.events = {{.when = DESK_AT_STEP, .value = UXM_STEP_REBOOT, .what = DESK_STOP}},
		.says = {"to 1.6.1"},
		.notes = FOLLOWED,
	},
	{
		.sentence = "is_followed_to_the_end_when_asked_once_while_it_is_away",
		.events = {{.when = DESK_AT_STEP, .value = UXM_STEP_RETURN, .what = DESK_STOP}},
		.says = {"to 1.6.1"},
		.notes = FOLLOWED,
	},
	{
		.sentence = "stops_waiting_when_asked_twice_at_the_commit",
		.events = {{.when = DESK_AT_REQUEST, .value = UXM_WIRE_COMMIT, .what = DESK_STOP},
			   {.when = DESK_AT_REQUEST, .value = UXM_WIRE_COMMIT, .what = DESK_STOP}},
		.result = UXM_NOT_BACK_YET,
		.says = {"Stopped waiting after the commit", "uxm list"},
		.notes = FOLLOWED,
	},
	{
		.sentence =
			"stops_waiting_when_asked_twice_while_a_commit_that_is_lost_is_looked_up",
		.image = {.size = 1000},
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_COMMIT,
			    .what = DESK_LOSE_REQUEST},
			   {.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = COMMITTED_STATUS,
			    .times = 1000,
			    .what = DESK_LOSE_REQUEST},
			   {.when = DESK_AT_TIME, .value = 7000, .what = DESK_STOP},
			   {.when = DESK_AT_TIME, .value = 7001, .what = DESK_STOP}},
		.result = UXM_NOT_BACK_YET,
		.says = {"Stopped waiting after the commit"},
		.notes = FOLLOWED,
		.within = 7002,
	},
	{
		.sentence = "a_commit_that_is_refused_is_the_modules_failure_whyever",
		.image = {.size = 1000},
		.events = {{.when = DESK_AT_REQUEST, .value = UXM_WIRE_COMMIT, .what = DESK_REFUSE},
			   {.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = COMMITTED_STATUS,
			    .what = DESK_CUT}},
		.result = UXM_MODULE_FAILED,
		.says = {"refused to install the image, and does not say why"},
		.left_busy = true,
	},
	{
		.sentence = "stops_waiting_when_asked_twice_while_installing",
		.events = {{.when = DESK_AT_STEP, .value = UXM_STEP_VERIFY, .what = DESK_STOP},
			   {.when = DESK_AT_STEP, .value = UXM_STEP_INSTALL, .what = DESK_STOP}},
		.result = UXM_NOT_BACK_YET,
		.says = {"Stopped waiting after the commit"},
		.notes = FOLLOWED,
	},
	{
		.sentence = "stops_waiting_when_asked_twice_before_the_reboot",
		.events = {{.when = DESK_AT_STEP, .value = UXM_STEP_VERIFY, .what = DESK_STOP},
			   {.when = DESK_AT_STEP, .value = UXM_STEP_REBOOT, .what = DESK_STOP}},
		.result = UXM_NOT_BACK_YET,
		.says = {"Stopped waiting after the commit"},
		.notes = FOLLOWED,
		.runs = TRIAL_NEW,
	},
	{
		.sentence = "stops_waiting_when_asked_twice_while_the_one_that_is_back_is_asked",
		.events = {{.when = DESK_AT_STEP, .value = UXM_STEP_VERIFY, .what = DESK_STOP},
			   {.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_IDENTITY,
			    .nth = 3,
			    .what = DESK_STOP}},
		.result = UXM_NOT_BACK_YET,
		.says = {"Stopped waiting after the commit", "uxm list"},
		.notes = FOLLOWED,
		.runs = TRIAL_NEW,
	},
	{
		.sentence = "stops_waiting_when_asked_twice_while_it_is_away",
		.events = {{.when = DESK_AT_STEP, .value = UXM_STEP_VERIFY, .what = DESK_STOP},
			   {.when = DESK_AT_STEP, .value = UXM_STEP_RETURN, .what = DESK_STOP}},
		.result = UXM_NOT_BACK_YET,
		.says = {"Stopped waiting after the commit"},
		.notes = FOLLOWED,
		.runs = TRIAL_NEW,
	},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Every second millisecond of the update up to the reboot. */
static void ends_truthfully_whenever_it_is_asked(void **state)
{
	const struct trial *trial = *state;
	unsigned cancelled = 0;
	unsigned updated = 0;

	for (unsigned i = 0; i < 200; i++) {
		struct desk_options options;
		struct desk_run run = {
			.image = {.size = 200000, .seed = i + 1},
			.events = {{.when = DESK_AT_TIME,
				    .value = i * UINT64_C(2),
				    .what = DESK_STOP}},
			.limit = 10000,
		};
		struct uxm_failure why;

		desk_defaults(&options);
		options.seed = i;
		options.bus_rate = 2000000;
		options.module.verify_rate = 10000000;
		assert_true(desk_reset(trial->desk, &options));
		desk_start(trial->desk, &run);
		(void)trial_update(trial->desk, TRIAL_FILE, &why);
		trial_check_conduct(trial->desk);
		trial_check_truth(trial->desk, TRIAL_FILE, why.result);
		cancelled += why.result == UXM_CANCELLED ? 1 : 0;
		updated += why.result == UXM_UPDATED ? 1 : 0;
	}
	assert_int_equal(cancelled + updated, 200);
	assert_true(cancelled > 50 && updated > 50);
}

int main(void)
{
	struct desk *desk = trial_desk();
	struct trial trials[ROWS + 1] = {[ROWS] = {.desk = desk}};
	struct CMUnitTest tests[ROWS + 1] = {
		[ROWS] = cmocka_unit_test_prestate(ends_truthfully_whenever_it_is_asked,
						   &trials[ROWS]),
	};
	int failed;

	trial_list(tests, trials, desk, rows, ROWS);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	desk_free(desk);
	return failed;
}
