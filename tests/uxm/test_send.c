/* Streaming on a desk: servers that fail, stall, lie or dawdle, modules that are slow or go wrong,
 * and others that come meanwhile. */
#include "tests/uxm/trial.h"

static void full_speed(struct desk_options *options)
{
	options->bus_rate = 1216000;
}

/* The next 4096 bytes go every 205 ms, far within the silence, a chunk of 128 KiB in 6.6 s. */
static void very_slow_bus(struct desk_options *options)
{
	options->bus_rate = 20000;
}

/* Answers, but takes the next 4096 bytes in 41 s. */
static void far_too_slow_flash(struct desk_options *options)
{
	options->module.flash_rate = 100;
}

/* Two chunks in 8.2 of the 10 s of silence: 64 KiB in more than a minute. */
static void slowest_flash(struct desk_options *options)
{
	options->module.silence = 10000;
	options->module.flash_rate = 1000;
	options->module.largest_chunk = UXM_WIRE_CHUNK_LEAST;
}

static void slow_answers(struct desk_options *options)
{
	options->latency = 20000;
}

/* Full-speed bytes come in a trickle of 64: one packet. */
static void trickle(struct desk_options *options)
{
	options->bus_rate = 64000;
	options->module.largest_chunk = UXM_WIRE_CHUNK_LEAST;
}

static const struct trial_row rows[] = {
	/* The server. */
	{
		.sentence = "fails_when_the_server_breaks_off_at_the_first_byte",
		.image = {.fails = true},
		.result = UXM_FETCH_FAILED,
		.says = {"broke off at byte 0"},
	},
	{
		.sentence = "fails_when_the_server_breaks_off_in_the_middle",
		.image = {.fails = true, .fails_at = TRIAL_MIDDLE},
		.result = UXM_FETCH_FAILED,
		.says = {"broke off at byte 250000"},
	},
	{
		.sentence = "fails_when_the_server_breaks_off_at_the_last_byte",
		.image = {.fails = true, .fails_at = TRIAL_SIZE - 1},
		.result = UXM_FETCH_FAILED,
		.says = {"broke off at byte 500000"},
	},
	{
		.sentence = "fails_when_nothing_comes_for_60_seconds_at_the_first_byte",
		.image.pauses = {{0, DESK_FOREVER}},
		.result = UXM_FETCH_FAILED,
		.says = {"did not begin to send", "snomD7C-1.6.1-r.bin", "60 s"},
		.within = 61000,
	},
	{
		.sentence = "fails_when_nothing_comes_for_60_seconds_in_the_middle",
		.image.pauses = {{TRIAL_MIDDLE, DESK_FOREVER}},
		.result = UXM_FETCH_FAILED,
		.says = {"server stalled"},
		.within = 61000,
	},
	{
		.sentence = "fails_when_nothing_comes_for_60_seconds_before_the_last_byte",
		.image.pauses = {{TRIAL_SIZE - 1, DESK_FOREVER}},
		.result = UXM_FETCH_FAILED,
		.says = {"server stalled"},
		.within = 61000,
	},
	{
		.sentence = "fails_when_the_end_is_not_confirmed_for_60_seconds",
		.image.pauses = {{TRIAL_SIZE, DESK_FOREVER}},
		.result = UXM_FETCH_FAILED,
		.says = {"server stalled"},
		.within = 61000,
	},
	{
		.sentence = "commits_only_when_the_end_is_confirmed",
		.image.pauses = {{TRIAL_SIZE, 59000}},
	},
	{
		.sentence = "waits_59_seconds_for_the_server_in_several_places",
		.image.pauses = {{0, 59000}, {100000, 59000}, {200000, 59000}},
		.within = 180000,
	},
	{
		.sentence = "fails_when_the_image_ends_one_byte_early",
		.image = {.size = TRIAL_SIZE - 1, .announced = TRIAL_SIZE},
		.result = UXM_FETCH_FAILED,
		.says = {"ended too early"},
	},
	{
		.sentence = "fails_when_the_image_is_empty_against_what_was_announced",
		.image = {.size = 1, .announced = TRIAL_SIZE},
		.result = UXM_FETCH_FAILED,
		.says = {"ended too early"},
	},
	{
		.sentence = "fails_when_the_image_is_one_byte_longer_than_announced",
		.image = {.size = TRIAL_SIZE, .announced = TRIAL_SIZE - 1},
		.result = UXM_FETCH_FAILED,
		.says = {"longer than was announced"},
	},
	{
		.sentence = "fails_when_the_image_is_twice_as_long_as_announced",
		.image = {.size = TRIAL_SIZE, .announced = TRIAL_MIDDLE},
		.result = UXM_FETCH_FAILED,
		.says = {"longer than was announced"},
	},
	{
		.sentence = "goes_on_with_a_server_that_sends_three_bytes_at_a_time",
		.image = {.size = 30000, .rate = 6000, .piece = 3},
	},
	{
		.sentence = "goes_on_with_a_server_that_sends_64_KiB_in_a_bit_less_than_60_seconds",
		.image = {.rate = 1100, .piece = 110},
		.within = 500000,
	},
	{
		.sentence = "fails_when_64_KiB_take_a_bit_more_than_60_seconds",
		.image = {.rate = 1080, .piece = 108},
		.result = UXM_FETCH_FAILED,
		.says = {"server stalled"},
		.within = 70000,
	},
	/* The module's deadline: 4096 bytes in one silence. */
	{
		.sentence = "waits_for_a_module_that_takes_4096_bytes_within_its_silence",
		.arrange = very_slow_bus,
	},
	{
		.sentence = "does_not_take_a_slow_bus_for_a_silent_module",
		.arrange = trickle,
		.image = {.size = 300000},
	},
	{
		.sentence = "does_not_take_a_slow_module_for_a_stalled_server",
		.arrange = full_speed,
		.image = {.size = TRIAL_CAPACITY, .rate = 100000000},
	},
	{
		.sentence = "does_not_take_the_slowest_module_for_a_stalled_server",
		.arrange = slowest_flash,
		.image = {.size = 150000},
		.within = 160000,
	},
	{
		.sentence = "fails_when_the_module_answers_but_takes_nothing",
		.arrange = far_too_slow_flash,
		.image = {.size = 900000},
		.result = UXM_TRANSFER_FAILED,
		.says = {"fell silent", "5000 ms"},
	},
	{
		.sentence = "fails_when_the_flash_of_the_module_is_worn_out",
		.events = {{.when = DESK_AT_TIME, .what = DESK_WEAR, .amount = TRIAL_MIDDLE}},
		.result = UXM_MODULE_FAILED,
		.says = {"ended the update after", "flash could not be written"},
	},
	{
		.sentence = "fails_when_the_module_counts_more_than_was_sent",
		.arrange = full_speed,
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = 4,
			    .what = DESK_BOAST}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"counts", "but only", "were sent"},
	},
	{
		.sentence = "fails_when_the_module_is_in_another_session",
		.arrange = full_speed,
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = 4,
			    .what = DESK_STRAY}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"no longer in this update"},
	},
	{
		.sentence = "commits_when_the_end_is_confirmed_while_status_is_asked",
		.arrange = slow_answers,
		.image.pauses = {{TRIAL_SIZE, 1003}},
	},
	{
		.sentence = "goes_on_when_a_second_module_comes_while_streaming",
		.arrange = full_speed,
		.events =
			{{.when = DESK_AT_MOVED, .value = 100000, .what = DESK_PLUG, .module = 1}},
		.notes = "Another module was plugged in; the update of the first one goes on",
	},
	{
		.sentence = "remarks_on_it_once_when_two_more_modules_come_while_streaming",
		.arrange = full_speed,
		.events =
			{{.when = DESK_AT_MOVED, .value = 100000, .what = DESK_PLUG, .module = 1},
			 {.when = DESK_AT_MOVED, .value = 200000, .what = DESK_PLUG, .module = 2}},
		.notes = "Another module was plugged in",
	},
	{
		.sentence = "makes_no_remark_when_the_other_module_is_gone_again",
		.arrange = full_speed,
		.events = {{.when = DESK_AT_MOVED, .value = 100000, .what = DESK_PLUG, .module = 1},
			   {.when = DESK_AT_MOVED,
			    .value = 100000,
			    .what = DESK_UNPLUG,
			    .module = 1}},
	},
	{
		.sentence = "goes_on_when_a_second_module_comes_in_the_moment_of_begin",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_BEGIN,
			    .what = DESK_PLUG,
			    .module = 1}},
		.notes = "Another module was plugged in",
	},
	{
		.sentence = "fails_when_the_module_loses_its_power_in_the_middle",
		.events = {{.when = DESK_AT_MOVED, .value = TRIAL_MIDDLE, .what = DESK_CYCLE}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"unplugged after", "of 500001 bytes", "keeps version 1.5.3"},
	},
	{
		.sentence = "sees_an_unplug_at_once_while_the_server_pauses",
		.image.pauses = {{TRIAL_MIDDLE, 50000}},
		.events = {{.when = DESK_AT_TIME, .value = 5000, .what = DESK_UNPLUG}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"unplugged after 250000 of 500001 bytes"},
		.within = 5100,
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
