/* What is said of a module that answers BEGIN wrongly, or leaves before it is known to be done. */
#include "tests/uxm/trial.h"

static void without_serial(struct desk_options *options)
{
	options->without_serial = true;
}

/* The first STATUS behind the commit of an image of one chunk, by its number. */
#define COMMITTED_STATUS 4

static const struct trial_row rows[] = {
	{
		.sentence = "fails_when_begin_is_answered_with_bytes_that_nobody_sent",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = 2,
			    .what = DESK_BOAST}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"did not open a session as it should"},
	},
	{
		.sentence =
			"says_so_when_it_left_before_success_and_runs_the_same_version_as_before",
		.file = "snomD7C-1.5.3-r.bin",
		.faults = {"power-loss@install:50"},
		.result = UXM_MODULE_FAILED,
		.says = {"(serial SN-0001, port 1-1) left before it reported success", "1.5.3"},
	},
	{
		.sentence = "says_so_of_a_module_without_serial_number_too",
		.arrange = without_serial,
		.file = "snomD7C-1.5.3-r.bin",
		.faults = {"power-loss@install:50"},
		.result = UXM_MODULE_FAILED,
		.says = {"(serial none, port 1-1) left before it reported success", "1.5.3"},
	},
	{
		.sentence = "says_what_a_module_without_serial_number_is_back_with",
		.arrange = without_serial,
		.faults = {"power-loss@install:50"},
		.result = UXM_OTHER_VERSION,
		.says = {"serial none, port 1-1", "with version 1.5.3 instead of 1.6.1"},
	},
	{
		.sentence = "says_so_when_the_reason_of_a_refusal_is_never_told",
		.faults = {"refuse@begin"},
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = 2,
			    .times = 1000,
			    .what = DESK_LOSE_REQUEST}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"did not answer within 5000 ms"},
	},
	{
		.sentence = "says_that_it_was_unplugged_where_a_request_failed_before",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_BEGIN,
			    .what = DESK_LOSE_REQUEST},
			   {.when = DESK_AT_TIME, .value = 5300, .what = DESK_UNPLUG}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"was unplugged after 0 of 500001 bytes; it keeps version 1.5.3"},
	},
	{
		.sentence = "is_cancelled_where_it_was_to_be_seen_whether_it_leaves",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_BEGIN,
			    .what = DESK_LOSE_REQUEST},
			   {.when = DESK_AT_TIME, .value = 5300, .what = DESK_STOP}},
		.result = UXM_CANCELLED,
		.says = {"The update was cancelled"},
	},
	{
		.sentence = "says_that_it_was_unplugged_before_anything_was_sent",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .what = DESK_UNPLUG}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"The module at port 1-1 was unplugged before anything was sent; it keeps "
			 "version 1.5.3."},
	},
	{
		.sentence = "says_that_it_left_where_a_request_failed_before_it_was_known",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_IDENTITY,
			    .what = DESK_LOSE_REQUEST},
			   {.when = DESK_AT_TIME, .value = 5300, .what = DESK_UNPLUG}},
		.result = UXM_TRANSFER_FAILED,
		.says = {"The module left while it was looked at."},
	},
	{
		.sentence = "follows_a_module_that_is_pulled_at_its_commit",
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_COMMIT,
			    .what = DESK_UNPLUG}},
		.result = UXM_NOT_BACK_YET,
		.says = {"SN-0001", "not back yet after 60 s"},
	},
	{
		.sentence = "follows_a_module_that_is_pulled_while_its_commit_is_looked_up",
		.image = {.size = 1000},
		.events = {{.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_COMMIT,
			    .what = DESK_LOSE_REQUEST},
			   {.when = DESK_AT_REQUEST,
			    .value = UXM_WIRE_STATUS,
			    .nth = COMMITTED_STATUS,
			    .what = DESK_UNPLUG}},
		.result = UXM_NOT_BACK_YET,
		.says = {"SN-0001", "not back yet after 60 s"},
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
