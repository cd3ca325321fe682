/* Streaming on a desk, after a transfer or request failed: where the stream goes on, and when it no
 * longer does. */
#include "tests/uxm/trial.h"

static void small_chunks(struct desk_options *options)
{
	options->module.largest_chunk = UXM_WIRE_CHUNK_LEAST;
}

static void full_speed(struct desk_options *options)
{
	options->bus_rate = 1216000;
}

static const struct trial_row rows[] = {
	/* Recovery: one transfer, one request. */
	{
		.sentence = "goes_on_after_a_transfer_that_broke_in_the_middle",
		.events = {{.when = DESK_AT_MOVED, .value = TRIAL_MIDDLE, .what = DESK_BREAK}},
	},
	{
		.sentence = "goes_on_after_a_transfer_that_broke_at_its_first_byte",
		.events = {{.when = DESK_AT_MOVED, .value = 1, .what = DESK_BREAK}},
	},
	{
		.sentence = "goes_on_after_a_transfer_that_broke_behind_its_chunks_header",
		.events = {{.when = DESK_AT_MOVED,
			    .value = UXM_WIRE_CHUNK_SIZE,
			    .what = DESK_BREAK}},
	},
	{
		.sentence = "goes_on_after_the_endpoint_halted_between_two_chunks",
		.events = {{.when = DESK_AT_MOVED, .value = UXM_PIPE_TRANSFER, .what = DESK_HALT}},
	},
	{
		.sentence = "goes_on_after_the_endpoint_halted_behind_the_last_byte",
		.events = {{.when = DESK_AT_MOVED,
			    .value = TRIAL_SIZE + 4 * UXM_WIRE_CHUNK_SIZE,
			    .what = DESK_HALT}},
	},
	{
		.sentence = "goes_on_after_a_status_that_was_stalled_while_streaming",
		.arrange = full_speed,
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = 4,
			    .what = DESK_REFUSE}},
	},
	{
		.sentence = "pauses_although_the_first_attempt_did_not_learn_where_the_module_was",
		.arrange = full_speed,
		.image = {.size = 600000},
		.events = {{.when = DESK_AT_MOVED, .value = 200000, .what = DESK_BREAK},
			   {.when = DESK_AT_REQUEST,
			    .value = DESK_CLEAR_FEATURE,
			    .what = DESK_LOSE_ANSWER},
			   {.when = DESK_AT_MOVED, .value = 220000, .what = DESK_BREAK}},
	},
	{
		.sentence = "goes_on_after_a_status_that_was_garbled_while_streaming",
		.arrange = full_speed,
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = 4,
			    .what = DESK_GARBLE}},
	},
	{
		.sentence = "goes_on_after_a_status_that_was_cut_short_while_streaming",
		.arrange = full_speed,
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = 4,
			    .what = DESK_CUT}},
	},
	{
		.sentence = "fails_when_status_is_no_longer_answered_while_streaming",
		.arrange = full_speed,
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = 4,
			    .times = 1000,
			    .what = DESK_LOSE_REQUEST}},
		.image = {.size = TRIAL_CAPACITY, .rate = 100000},
		.result = UXM_TRANSFER_FAILED,
		.says = {"fell silent", "of 2000000 bytes", "5000 ms"},
		.within = 11000,
	},
	{
		.sentence = "fails_when_the_halt_cannot_be_cleared",
		.faults = {"stall@250000"},
		.events = {{.when = DESK_AT_REQUEST,
			    .value = DESK_CLEAR_FEATURE,
			    .times = 1000,
			    .what = DESK_LOSE_REQUEST}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"did not end within 5000 ms"},
	},
	{
		.sentence = "clears_the_halt_again_when_the_first_request_for_it_is_lost",
		.faults = {"stall@250000"},
		.events = {{.when = DESK_AT_REQUEST,
			    .value = DESK_CLEAR_FEATURE,
			    .what = DESK_LOSE_REQUEST}},
		.within = 9000,
	},
	{
		.sentence = "asks_a_module_once_that_falls_silent_while_it_recovers",
		.faults = {"stall@250000"},
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = 3,
			    .times = 1000,
			    .what = DESK_LOSE_REQUEST}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"did not answer within 5000 ms"},
		.within = 8000,
	},
	{
		.sentence = "goes_on_from_the_chunks_that_are_held_where_the_image_cannot_seek",
		.faults = {"stall@0", "drop@130000", "corrupt@250000", "stall@400000",
			   "drop@500000"},
		.image.cannot_seek = true,
	},
	{
		.sentence = "goes_back_in_the_image_when_the_module_goes_back",
		.faults = {"stall@400000"},
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = 3,
			    .times = 2,
			    .what = DESK_FORGET}},
	},
	{
		.sentence = "takes_every_byte_into_the_digest_once_when_the_module_goes_back",
		.faults = {"stall@300000"},
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = 3,
			    .times = 2,
			    .what = DESK_FORGET}},
		.image.pauses = {{420001, 1000}},
	},
	{
		.sentence = "fails_when_the_module_goes_back_and_the_image_cannot_seek",
		.faults = {"stall@400000"},
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = 3,
			    .times = 2,
			    .what = DESK_FORGET}},
		.image.cannot_seek = true,
		.result = UXM_FETCH_FAILED,
		.says = {"cannot go to byte 2048"},
	},
	/* Recovery: how often. */
	{
		.sentence = "goes_on_after_five_recoveries_without_a_new_byte",
		.faults = {"stall@250000", "stall@250000", "stall@250000", "stall@250000",
			   "stall@250000"},
	},
	{
		.sentence = "gives_up_when_five_recoveries_at_the_first_byte_brought_none",
		.faults = {"stall@0", "stall@0", "stall@0", "stall@0", "stall@0", "stall@0"},
		.result = UXM_TRANSFER_FAILED,
		.says = {"1-1", "refused bulk transfer 0", "stall"},
	},
	/* What was accepted before is only known after the first recovery, which then does not
	 * count. */
	{
		.sentence = "gives_up_when_recoveries_in_the_middle_bring_no_new_byte",
		.faults = {"stall@250000", "stall@250000", "stall@250000", "stall@250000",
			   "stall@250000", "stall@250000", "stall@250000"},
		.result = UXM_TRANSFER_FAILED,
		.says = {"1-1", "stall"},
	},
	{
		.sentence = "gives_up_when_recoveries_at_the_last_byte_bring_no_new_one",
		.faults = {"stall@500000", "stall@500000", "stall@500000", "stall@500000",
			   "stall@500000", "stall@500000", "stall@500000"},
		.result = UXM_TRANSFER_FAILED,
		.says = {"stall"},
	},
	{
		.sentence = "goes_on_after_many_recoveries_with_64_KiB_in_between",
		.arrange = small_chunks,
		.faults = {"stall@1000", "stall@70000", "drop@140000", "stall@210000",
			   "corrupt@280000", "stall@350000", "stall@420000", "drop@490000",
			   "stall@560000", "stall@630000", "corrupt@700000", "stall@770000"},
		.image = {.size = 900000},
	},
	{
		.sentence = "goes_on_after_many_recoveries_in_large_chunks",
		.faults = {"stall@1000", "stall@140000", "drop@270000", "stall@400000",
			   "corrupt@530000", "stall@660000", "stall@790000", "drop@920000",
			   "stall@1050000", "stall@1180000", "corrupt@1310000", "stall@1440000"},
		.image = {.size = 1500000, .cannot_seek = true},
	},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/*
 * Wherever the module fails to take a transfer, and however far those behind it had got when they
 * were cancelled: the module installs the image and nothing else.
 */
static void goes_on_wherever_the_stream_breaks(void **state)
{
	const struct trial *trial = *state;

	for (unsigned i = 0; i < 60; i++) {
		struct desk_options options;
		struct desk_run run = {
			.image = {.size = 300000, .seed = i + 1, .cannot_seek = (i & 1) != 0},
			.events = {{.when = DESK_AT_MOVED, .value = i * 5021, .what = DESK_BREAK},
				   {.when = DESK_AT_MOVED,
				    .value = i * 5021 + i * 977,
				    .what = i % 3 == 0 ? DESK_HALT : DESK_BREAK}},
			.limit = 100000,
		};
		struct uxm_failure why;

		desk_defaults(&options);
		options.seed = i;
		options.module.largest_chunk = UXM_WIRE_CHUNK_LEAST + i * 2000;
		assert_true(desk_reset(trial->desk, &options));
		desk_start(trial->desk, &run);
		if (trial_update(trial->desk, TRIAL_FILE, &why) != UXM_UPDATED)
			fail_msg("%u: %s", i, why.text);
		assert_true(desk_runs_image(trial->desk, 0));
		trial_check_conduct(trial->desk);
	}
}
int main(void)
{
	struct desk *desk = trial_desk();
	struct trial trials[ROWS + 1] = {[ROWS] = {.desk = desk}};
	struct CMUnitTest tests[ROWS + 1] = {
		[ROWS] = cmocka_unit_test_prestate(goes_on_wherever_the_stream_breaks,
						   &trials[ROWS]),
	};
	int failed;

	trial_list(tests, trials, desk, rows, ROWS);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	desk_free(desk);
	return failed;
}
