/* The update from start to end, on a desk: every way in which it can end. */
#include "tests/uxm/trial.h"

static void no_module(struct desk_options *options)
{
	options->modules = 0;
}

static void two_modules(struct desk_options *options)
{
	options->modules = 2;
}

static void three_modules(struct desk_options *options)
{
	options->modules = 3;
}

static void without_serial(struct desk_options *options)
{
	options->without_serial = true;
}

static void small_chunks(struct desk_options *options)
{
	options->module.largest_chunk = UXM_WIRE_CHUNK_LEAST;
}

static void odd_chunks(struct desk_options *options)
{
	options->module.largest_chunk = 5003;
}

static void full_speed(struct desk_options *options)
{
	/* USB 2.0, table 5-9. */
	options->bus_rate = 1216000;
}

static void no_time_at_all(struct desk_options *options)
{
	options->bus_rate = 0;
	options->latency = 0;
	options->module.verify_rate = 0;
	options->module.install_time = 0;
}

static void slow_flash(struct desk_options *options)
{
	options->module.flash_rate = 200000;
}

static void small_bank(struct desk_options *options)
{
	options->module.largest_image = TRIAL_SIZE - 1;
}

static void exact_bank(struct desk_options *options)
{
	options->module.largest_image = TRIAL_SIZE;
}

static const struct trial_row rows[] = {
	/* UXM_UPDATED */
	{
		.sentence = "updates_the_one_module",
		.says = {"D7C", "serial SN-0001, port 1-1", "from 1.5.3 to 1.6.1"},
		.within = 4000,
	},
	{
		.sentence = "updates_a_module_without_serial_number",
		.arrange = without_serial,
		.says = {"serial none, port 1-1"},
	},
	{
		.sentence = "updates_a_module_that_takes_4096_bytes_in_a_chunk",
		.arrange = small_chunks,
	},
	{
		.sentence = "updates_a_module_that_takes_odd_chunks",
		.arrange = odd_chunks,
	},
	{
		.sentence = "updates_at_full_speed",
		.arrange = full_speed,
	},
	{
		.sentence = "updates_where_nothing_takes_time",
		.arrange = no_time_at_all,
	},
	{
		.sentence = "updates_a_module_whose_flash_is_slower_than_the_bus",
		.arrange = slow_flash,
	},
	{
		.sentence = "updates_with_an_image_of_one_byte",
		.image = {.size = 1},
	},
	{
		.sentence = "updates_with_an_image_of_four_times_the_pipe",
		.image = {.size = TRIAL_CAPACITY},
		.image.rate = 20000000,
	},
	{
		.sentence = "updates_with_an_image_as_large_as_the_module_holds",
		.arrange = exact_bank,
	},
	{
		.sentence = "commits_again_when_only_a_part_of_the_commit_arrived",
		.events = {{.when = DESK_AT_REQUEST, .value = UXM_WIRE_COMMIT, .what = DESK_CUT}},
	},
	{
		.sentence = "updates_when_the_first_commit_is_answered_but_the_answer_is_lost",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_COMMIT,
			    .what = DESK_LOSE_ANSWER}},
	},
	{
		.sentence = "commits_again_when_the_commit_never_arrived",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_COMMIT,
			    .what = DESK_LOSE_REQUEST}},
	},
	{
		.sentence = "commits_again_after_the_fifth_that_never_arrived",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_COMMIT,
			    .times = 5,
			    .what = DESK_LOSE_REQUEST}},
	},
	/* UXM_NO_MODULE */
	{
		.sentence = "refuses_when_no_module_is_present",
		.arrange = no_module,
		.result = UXM_NO_MODULE,
		.says = {"No expansion module", "plug in"},
	},
	/* UXM_SEVERAL_MODULES */
	{
		.sentence = "refuses_when_two_modules_are_present",
		.arrange = two_modules,
		.result = UXM_SEVERAL_MODULES,
		.says = {"2 expansion modules", "1-1 (D7C, serial SN-0001, version 1.5.3)",
			 "1-2 (D7C, serial SN-0002", "unplug"},
	},
	{
		.sentence = "refuses_when_three_modules_are_present",
		.arrange = three_modules,
		.result = UXM_SEVERAL_MODULES,
		.says = {"3 expansion modules", "1-3 (D7C, serial SN-0003"},
	},
	{
		.sentence = "refuses_when_a_second_module_comes_after_the_claim",
		.image.delay = 500,
		.events = {{.when = DESK_AT_TIME, .value = 300, .what = DESK_PLUG, .module = 1}},
		.result = UXM_SEVERAL_MODULES,
		.says = {"Another expansion module", "now 2", "unplug"},
	},
	{
		.sentence = "refuses_when_a_second_module_comes_between_two_looks",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_IDENTITY,
			    .nth = 2,
			    .what = DESK_PLUG,
			    .module = 1}},
		.result = UXM_SEVERAL_MODULES,
		.says = {"Another expansion module"},
	},
	/* UXM_IMAGE_REFUSED */
	{
		.sentence = "refuses_an_image_for_another_model",
		.file = "snomD8C-1.6.1-r.bin",
		.result = UXM_IMAGE_REFUSED,
		.says = {"snomD8C-1.6.1-r.bin", "for a D8C", "is a D7C"},
	},
	{
		.sentence = "refuses_an_image_that_the_module_cannot_hold",
		.arrange = small_bank,
		.result = UXM_IMAGE_REFUSED,
		.says = {"500001 bytes", "at most 500000"},
	},
	/* UXM_FETCH_FAILED; more of it in test_send.c */
	{
		.sentence = "fails_when_the_server_does_not_know_the_image",
		.image.open_fails = true,
		.result = UXM_FETCH_FAILED,
		.says = {"server does not know the image"},
	},
	{
		.sentence = "waits_59_seconds_for_the_server_to_begin",
		.image.delay = 59000,
	},
	{
		.sentence = "fails_when_the_server_does_not_begin_in_60_seconds",
		.image.delay = DESK_FOREVER,
		.result = UXM_FETCH_FAILED,
		.says = {"did not begin to send snomD7C-1.6.1-r.bin within 60 s"},
		.within = 61000,
	},
	/* UXM_TRANSFER_FAILED; more of it in test_send.c and test_recover.c */
	{
		.sentence = "asks_again_when_the_module_knows_no_interface_yet",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_IDENTITY,
			    .times = 4,
			    .what = DESK_REFUSE}},
		.within = 5000,
	},
	{
		.sentence = "fails_when_identity_is_not_what_the_protocol_allows",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_IDENTITY,
			    .what = DESK_GARBLE}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"IDENTITY", "protocol"},
	},
	{
		.sentence = "fails_when_status_is_never_answered",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .times = 1000,
			    .what = DESK_LOSE_REQUEST}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"did not answer within 5000 ms"},
		.within = 6000,
	},
	{
		.sentence = "fails_when_begin_is_never_answered_and_aborts",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_BEGIN,
			    .what = DESK_LOSE_ANSWER}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"did not answer within 5000 ms"},
	},
	{
		.sentence = "fails_when_the_module_is_unplugged_while_the_server_is_asked",
		.image.delay = 500,
		.events = {{.when = DESK_AT_TIME, .value = 300, .what = DESK_UNPLUG}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"unplugged before anything was sent", "keeps version 1.5.3"},
	},
	{
		.sentence = "sees_an_unplug_at_once_while_the_server_is_asked",
		.image.delay = 30000,
		.events = {{.when = DESK_AT_TIME, .value = 5000, .what = DESK_UNPLUG}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"unplugged before anything was sent"},
		.within = 5100,
	},
	{
		.sentence = "fails_when_the_module_is_unplugged_while_it_is_looked_at",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_IDENTITY,
			    .what = DESK_UNPLUG}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"left while it was looked at"},
	},
	{
		.sentence = "does_not_name_a_version_that_it_has_not_read",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_IDENTITY,
			    .nth = 2,
			    .what = DESK_UNPLUG}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"left while it was looked at"},
	},
	/* UXM_MODULE_FAILED; more of it in test_follow.c and test_faults.c */
	{
		.sentence = "fails_when_the_module_refuses_to_begin",
		.faults = {"refuse@begin"},
		.result = UXM_MODULE_FAILED,
		.says = {"refused to begin"},
	},
	{
		.sentence = "fails_when_no_commit_ever_arrives",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_COMMIT,
			    .times = 1000,
			    .what = DESK_LOSE_REQUEST}},
		.result = UXM_MODULE_FAILED,
		.says = {"after the commit", "old or the new version"},
	},
	{
		.sentence = "fails_when_the_commit_is_refused",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_COMMIT,
			    .what = DESK_REFUSE}},
		.result = UXM_MODULE_FAILED,
		.says = {"refused to install the image"},
	},
	/* UXM_BUSY, UXM_NOT_PERMITTED */
	{
		.sentence = "says_busy_when_another_program_has_the_interface",
		.events = {{.when = DESK_AT_TIME, .what = DESK_OCCUPY}},
		.result = UXM_BUSY,
		.says = {"1-1", "in use by another program"},
	},
	{
		.sentence = "says_not_permitted_when_the_module_cannot_be_opened",
		.events = {{.when = DESK_AT_TIME, .what = DESK_DENY}},
		.result = UXM_NOT_PERMITTED,
		.says = {"No permission", "1-1", "udev"},
	},
};

/*
 * Any request at all, at any place, may get lost, be stalled, or be answered with nonsense: the
 * result is true, and nothing is done that must never be done.
 */
static void tells_the_truth_whatever_befalls_a_request(void **state)
{
	static const unsigned requests[] = {UXM_WIRE_IDENTITY, UXM_WIRE_BEGIN, UXM_WIRE_STATUS,
					    UXM_WIRE_COMMIT,   UXM_WIRE_ABORT, DESK_GET_DESCRIPTOR};
	static const enum desk_what mishaps[] = {DESK_LOSE_REQUEST, DESK_LOSE_ANSWER, DESK_REFUSE,
						 DESK_GARBLE,       DESK_CUT,         DESK_FORGET,
						 DESK_UNPLUG,       DESK_CYCLE};
	const struct trial *trial = *state;
	struct desk *desk = trial->desk;
	unsigned ends[UXM_NOT_PERMITTED + 1] = {0};

	for (unsigned i = 0; i < 6 * 8 * 12; i++) {
		struct desk_options options;
		struct desk_run run = {
			.image = {.size = 200000,
				  .seed = i + 1,
				  .fails = i % 5 == 0,
				  .fails_at = 150000},
			.events = {{.when = DESK_AT_REQUEST,
				    .value = requests[i % 6],
				    .nth = i / 48 + 1,
				    .times = i % 7 == 0 ? 3 : 1,
				    .what = mishaps[i / 6 % 8]}},
			.limit = 400000,
		};
		struct uxm_failure why;

		desk_defaults(&options);
		options.seed = i;
		assert_true(desk_reset(desk, &options));
		desk_start(desk, &run);
		ends[trial_update(desk, TRIAL_FILE, &why)]++;
		trial_check_conduct(desk);
		trial_check_truth(desk, TRIAL_FILE, why.result);
	}
	/* It was not all for nothing. */
	assert_true(ends[UXM_UPDATED] > 100 && ends[UXM_TRANSFER_FAILED] > 50);
	assert_true(ends[UXM_FETCH_FAILED] > 20 && ends[UXM_OTHER_VERSION] > 0);
	assert_int_equal(ends[UXM_INTERNAL], 0);
}

#define ROWS (sizeof(rows) / sizeof(rows[0]))

int main(void)
{
	struct desk *desk = trial_desk();
	struct trial trials[ROWS + 1] = {[ROWS] = {.desk = desk}};
	struct CMUnitTest tests[ROWS + 1] = {
		[ROWS] = cmocka_unit_test_prestate(tells_the_truth_whatever_befalls_a_request,
						   &trials[ROWS]),
	};
	int failed;

	trial_list(tests, trials, desk, rows, ROWS);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	desk_free(desk);
	return failed;
}
