/*
 * Every wait has a deadline (uxm/deadline.h), and none ends early: for each, how it is met, what is
 * said then, and between which times.
 */
#include "tests/uxm/trial.h"

/* Whether it was a pull is looked at before a failed transfer is said, in milliseconds. */
#define LEAVE 500

static void announces_8_seconds(struct desk_options *options)
{
	options->module.silence = 8000;
}

static void announces_an_hour(struct desk_options *options)
{
	options->module.silence = 3600000;
}

static void announces_a_millisecond(struct desk_options *options)
{
	options->module.silence = 1;
}

/* Answers, but takes 4096 bytes in 8.2 s. */
static void flash_too_slow(struct desk_options *options)
{
	options->module.flash_rate = 500;
	options->module.largest_chunk = UXM_WIRE_CHUNK_LEAST;
}

/* Two chunks, which this module takes together, in 7.4 of the 8 s that were announced. */
static void flash_as_slow_as_announced(struct desk_options *options)
{
	options->module.silence = 8000;
	options->module.flash_rate = 1100;
	options->module.largest_chunk = UXM_WIRE_CHUNK_LEAST;
}

/* A chunk takes 16 s, and 4096 bytes of it 1 s. */
static void flash_in_small_steps(struct desk_options *options)
{
	options->module.silence = 8000;
	options->module.flash_rate = 4000;
	options->module.record_step = 512;
	options->module.largest_chunk = 65536;
}

static void away_for_ever(struct desk_options *options)
{
	options->reboot = 3600000;
}

static void never_to_be_opened(struct desk_options *options)
{
	options->open_after = DESK_FOREVER;
}

static void stays_after_success(struct desk_options *options)
{
	options->module.done_time = 3600000;
}

#define NEVER_ANSWERS(name)                                                                        \
	{                                                                                          \
		.when = DESK_AT_REQUEST, .value = (name), .times = 100000,                         \
		.what = DESK_LOSE_REQUEST,                                                         \
	}

static const struct trial_row rows[] = {
	/* None of them ends early. */
	{
		.sentence = "an_answer_may_take_most_of_the_silence_that_was_announced",
		.arrange = announces_8_seconds,
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_BEGIN,
			    .what = DESK_LATE,
			    .amount = 95}},
		.after = 7600,
		.within = 12000,
	},
	{
		.sentence = "an_answer_may_take_long_while_the_module_gets_on",
		.arrange = flash_in_small_steps,
		.image = {.size = 200000},
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = 28,
			    .what = DESK_LATE,
			    .amount = 95}},
	},
	{
		.sentence = "the_next_4096_bytes_may_take_most_of_the_silence_that_was_announced",
		.arrange = announces_8_seconds,
		.events = {{.when = DESK_AT_MOVED,
			    .value = TRIAL_SIZE / 2,
			    .what = DESK_DOZE,
			    .amount = 95}},
		.after = 7000,
		.within = 12000,
	},
	/* answer */
	{
		.sentence = "a_serial_number_is_waited_for_5_seconds",
		.events = {NEVER_ANSWERS(DESK_GET_DESCRIPTOR)},
		.result = UXM_TRANSFER_FAILED,
		.says = {"did not answer within 5000 ms"},
		.after = 5000 + LEAVE,
		.within = 5010 + LEAVE,
	},
	{
		.sentence = "an_identity_is_waited_for_5_seconds_whatever_was_announced",
		.arrange = announces_an_hour,
		.events = {NEVER_ANSWERS(UXM_WIRE_IDENTITY)},
		.result = UXM_TRANSFER_FAILED,
		.says = {"did not answer within 5000 ms"},
		.after = 5000 + LEAVE,
		.within = 5010 + LEAVE,
	},
	/* the announced silence: raised, taken, and cut */
	{
		.sentence = "a_status_is_waited_for_5_seconds_where_less_was_announced",
		.arrange = announces_a_millisecond,
		.events = {NEVER_ANSWERS(UXM_WIRE_STATUS)},
		.result = UXM_TRANSFER_FAILED,
		.says = {"did not answer within 5000 ms"},
		.after = 5000 + LEAVE,
		.within = 5010 + LEAVE,
	},
	{
		.sentence = "a_status_is_waited_for_as_long_as_was_announced",
		.arrange = announces_8_seconds,
		.events = {NEVER_ANSWERS(UXM_WIRE_STATUS)},
		.result = UXM_TRANSFER_FAILED,
		.says = {"did not answer within 8000 ms"},
		.after = 8000 + LEAVE,
		.within = 8010 + LEAVE,
	},
	{
		.sentence = "a_status_is_waited_for_120_seconds_at_most",
		.arrange = announces_an_hour,
		.events = {NEVER_ANSWERS(UXM_WIRE_STATUS)},
		.result = UXM_TRANSFER_FAILED,
		.says = {"did not answer within 120000 ms"},
		.after = 120000 + LEAVE,
		.within = 120010 + LEAVE,
	},
	/* BEGIN, and with it the 2 seconds of an ABORT that is not answered */
	{
		.sentence = "begin_is_waited_for_as_long_as_was_announced_and_the_abort_2_seconds",
		.arrange = announces_8_seconds,
		.events = {NEVER_ANSWERS(UXM_WIRE_BEGIN), NEVER_ANSWERS(UXM_WIRE_ABORT)},
		.result = UXM_TRANSFER_FAILED,
		.says = {"did not answer within 8000 ms"},
		.after = 10000 + LEAVE,
		.within = 10010 + LEAVE,
	},
	/* streaming */
	{
		.sentence = "a_module_that_takes_4096_bytes_too_slowly_is_given_up",
		.arrange = flash_too_slow,
		.image = {.size = 200000},
		.result = UXM_TRANSFER_FAILED,
		.says = {"fell silent", "within 5000 ms"},
		.after = 5000,
		.within = 20000,
	},
	{
		.sentence = "a_module_that_takes_4096_bytes_as_slowly_as_announced_is_waited_for",
		.arrange = flash_as_slow_as_announced,
		.image = {.size = 30000},
		.after = 20000,
		.within = 40000,
	},
	{
		.sentence = "a_module_that_falls_silent_while_streaming_is_given_up",
		.arrange = announces_8_seconds,
		.faults = {"silence@250000"},
		.result = UXM_TRANSFER_FAILED,
		.says = {"fell silent", "within 8000 ms"},
		.after = 8000 + LEAVE,
		.within = 10200 + LEAVE,
	},
	{
		.sentence = "a_module_that_falls_silent_before_the_halt_is_cleared_is_given_up",
		.faults = {"stall@250000"},
		.events = {NEVER_ANSWERS(DESK_CLEAR_FEATURE)},
		.result = UXM_TRANSFER_FAILED,
		.says = {"did not end within 5000 ms"},
		.after = 5000,
		/* Five attempts. */
		.within = 30000,
	},
	{
		.sentence = "a_server_that_does_not_begin_is_given_up_after_60_seconds",
		.image = {.delay = DESK_FOREVER},
		.result = UXM_FETCH_FAILED,
		.says = {"did not begin to send", "within 60 s"},
		.after = 60000,
		.within = 60010,
	},
	{
		.sentence = "a_server_that_stops_is_given_up_after_60_seconds",
		.image = {.pauses = {{TRIAL_MIDDLE, DESK_FOREVER}}},
		.result = UXM_FETCH_FAILED,
		.says = {"stalled"},
		.after = 60000,
		.within = 60500,
	},
	/* from the commit on */
	{
		.sentence = "a_commit_that_never_arrives_is_sent_six_times",
		.events = {NEVER_ANSWERS(UXM_WIRE_COMMIT)},
		.result = UXM_MODULE_FAILED,
		.says = {"did not confirm the commit"},
		.after = 30000,
		/* And half a second for its leaving. */
		.within = 30600,
	},
	{
		.sentence = "a_module_that_falls_silent_at_the_commit_is_given_up",
		.faults = {"silence@commit"},
		.result = UXM_MODULE_FAILED,
		.says = {"no longer answers"},
		.after = 10000,
		.within = 10600,
	},
	{
		.sentence = "a_module_that_falls_silent_while_it_installs_is_given_up",
		.arrange = announces_8_seconds,
		.faults = {"silence@install:50"},
		.result = UXM_MODULE_FAILED,
		.says = {"stopped getting on (last seen installing) for 8 s"},
		.after = 8000,
		.within = 16600,
	},
	{
		.sentence = "a_module_that_does_not_reboot_is_given_up",
		.arrange = stays_after_success,
		.result = UXM_NOT_BACK_YET,
		.says = {"has not rebooted within 5 s"},
		.runs = TRIAL_NEW,
		.after = 5000,
		.within = 6500,
	},
	{
		.sentence = "a_module_that_does_not_return_is_waited_for_60_seconds",
		.arrange = away_for_ever,
		.result = UXM_NOT_BACK_YET,
		.says = {"not back yet after 60 s"},
		.runs = TRIAL_NEW,
		.after = 60000,
		.within = 63000,
	},
	{
		.sentence = "a_module_that_returned_and_cannot_be_opened_is_tried_for_2_seconds",
		.arrange = never_to_be_opened,
		.result = UXM_NOT_PERMITTED,
		.says = {"No permission"},
		.runs = TRIAL_NEW,
		/* Installing, success and reboot take 2.8 s. */
		.after = 4800,
		.within = 5200,
	},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Else an update to the same version could not be told from one that failed (PROTOCOL.md, states).
 */
static void no_success_is_so_short_that_it_is_missed(void **state)
{
	static const struct uxm_deadlines deadlines = UXM_DEADLINES;

	(void)state;
	assert_true(deadlines.status_most < UXM_WIRE_DONE_LEAST);
	assert_true(UXM_WIRE_DONE_LEAST < UXM_WIRE_DONE_TIME);
}

int main(void)
{
	struct desk *desk = trial_desk();
	struct trial trials[ROWS];
	struct CMUnitTest tests[ROWS + 1];
	int failed;

	trial_list(tests, trials, desk, rows, ROWS);
	tests[ROWS] = (struct CMUnitTest)cmocka_unit_test(no_success_is_so_short_that_it_is_missed);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	desk_free(desk);
	return failed;
}
