/* Looking at the bus, on a desk: who is there, what each says, and that nothing is left behind. */
#include <string.h>

#include "tests/uxm/desk_inside.h"
#include "tests/uxm/trial.h"

static struct uxm_link make_link(struct desk *desk)
{
	return (struct uxm_link){
		.module = desk_module(desk),
		.clock = desk_clock(desk),
		.deadlines = UXM_DEADLINES,
		.give_up = UXM_STOP_SOON,
	};
}

/* A desk with this many modules, on which this happens. */
static struct desk *set_up(void **state, size_t modules, const struct desk_event *event)
{
	const struct trial *trial = *state;
	struct desk_options options;
	struct desk_run run = {.image.size = 1, .lists = true, .limit = 100000};

	desk_defaults(&options);
	options.modules = modules;
	assert_true(desk_reset(trial->desk, &options));
	if (event != NULL)
		run.events[0] = *event;
	desk_start(trial->desk, &run);
	return trial->desk;
}

static enum uxm_io survey(struct desk *desk, bool with_status, struct uxm_survey *survey,
			  struct uxm_failure *why)
{
	struct uxm_link link = make_link(desk);
	enum uxm_io io = uxm_survey(&link, with_status, survey, why);

	trial_check_conduct(desk);
	return io;
}

static void finds_nothing_on_an_empty_bus(void **state)
{
	struct desk *desk = set_up(state, 0, NULL);
	struct uxm_survey seen;
	struct uxm_failure why;

	assert_int_equal(survey(desk, true, &seen, &why), UXM_IO_OK);
	assert_int_equal(seen.count, 0);
	assert_false(uxm_survey_is_one(&seen, &why));
	assert_int_equal(why.result, UXM_NO_MODULE);
}

static void lists_every_module_with_what_it_says_of_itself(void **state)
{
	struct desk *desk = set_up(state, 3, NULL);
	struct uxm_survey seen;
	struct uxm_failure why;

	assert_true(desk_other_host(desk, 1, 1000, (struct uxm_version){{9, 9, 9, 0}},
				    UXM_WIRE_RECEIVING, false));
	assert_int_equal(survey(desk, true, &seen, &why), UXM_IO_OK);
	assert_int_equal(seen.count, 3);
	for (unsigned i = 0; i < 3; i++) {
		const struct uxm_found *found = &seen.found[i];
		char port[] = "1-1";
		char serial[] = "SN-0001";

		port[2] = (char)('1' + i);
		serial[6] = (char)('1' + i);
		assert_int_equal(found->io, UXM_IO_OK);
		assert_string_equal(found->candidate.port_path, port);
		assert_string_equal(found->serial, serial);
		assert_string_equal(found->identity.model, "D7C");
		assert_int_equal(found->identity.running.part[1], 5);
		assert_int_equal(found->status.state, i == 1 ? UXM_WIRE_RECEIVING : UXM_WIRE_IDLE);
	}
	assert_int_equal(seen.found[1].status.accepted, 1000);
	assert_false(uxm_survey_is_one(&seen, &why));
	assert_int_equal(why.result, UXM_SEVERAL_MODULES);
}

/* The desk's serial numbers are one UTF-16 unit a character, so that these are Latin-1. */
static void tells_serial_numbers_apart_that_are_not_ascii(void **state)
{
	struct desk *desk = set_up(state, 2, NULL);
	struct uxm_survey seen;
	struct uxm_failure why;

	memcpy(desk->slot[0].serial, "SN-\xE9", sizeof("SN-\xE9"));
	memcpy(desk->slot[1].serial, "SN-\xE8", sizeof("SN-\xE8"));
	assert_int_equal(survey(desk, false, &seen, &why), UXM_IO_OK);
	assert_int_equal(strncmp(seen.found[0].serial, "SN-?~", 5), 0);
	assert_int_equal(strncmp(seen.found[1].serial, "SN-?~", 5), 0);
	assert_int_equal(strlen(seen.found[0].serial), 13);
	assert_string_not_equal(seen.found[0].serial, seen.found[1].serial);
}

/* What befalls the first of two modules, and what its entry then says. */
static const struct {
	struct desk_event event;
	enum uxm_io io;
	enum uxm_result result;
	const char *says;
	uint32_t within;
} mishaps[] = {
	{{.when = DESK_AT_TIME, .what = DESK_DENY}, UXM_IO_FAILED, UXM_NOT_PERMITTED, "udev", 10},
	{{.when = DESK_AT_REQUEST, .value = UXM_WIRE_IDENTITY, .what = DESK_LOSE_REQUEST},
	 UXM_IO_BROKEN,
	 UXM_TRANSFER_FAILED,
	 "did not answer within 5000 ms",
	 5010},
	/* As long as a device may take to be configured. It is tried eight times. */
	{{.when = DESK_AT_REQUEST, .value = UXM_WIRE_IDENTITY, .times = 9, .what = DESK_REFUSE},
	 UXM_IO_STALL,
	 UXM_TRANSFER_FAILED,
	 "stall",
	 2100},
	{{.when = DESK_AT_REQUEST, .value = UXM_WIRE_IDENTITY, .what = DESK_CUT},
	 UXM_IO_BROKEN,
	 UXM_TRANSFER_FAILED,
	 "IDENTITY",
	 10},
	{{.when = DESK_AT_REQUEST, .value = UXM_WIRE_IDENTITY, .what = DESK_UNPLUG},
	 UXM_IO_GONE,
	 UXM_TRANSFER_FAILED,
	 "left the bus",
	 10},
	{{.when = DESK_AT_REQUEST, .value = UXM_WIRE_STATUS, .what = DESK_GARBLE},
	 UXM_IO_BROKEN,
	 UXM_TRANSFER_FAILED,
	 "STATUS",
	 10},
	{{.when = DESK_AT_REQUEST, .value = DESK_GET_DESCRIPTOR, .what = DESK_GARBLE},
	 UXM_IO_BROKEN,
	 UXM_TRANSFER_FAILED,
	 "string descriptor is malformed",
	 10},
	{{.when = DESK_AT_REQUEST, .value = DESK_GET_DESCRIPTOR, .nth = 2, .what = DESK_CUT},
	 UXM_IO_BROKEN,
	 UXM_TRANSFER_FAILED,
	 "string descriptor is malformed",
	 10},
	{{.when = DESK_AT_REQUEST, .value = DESK_GET_DESCRIPTOR, .nth = 2, .what = DESK_REFUSE},
	 UXM_IO_STALL,
	 UXM_TRANSFER_FAILED,
	 "stall",
	 10},
};

static void names_what_befell_one_module_and_asks_the_other_all_the_same(void **state)
{
	for (size_t i = 0; i < sizeof(mishaps) / sizeof(mishaps[0]); i++) {
		struct desk *desk = set_up(state, 2, &mishaps[i].event);
		struct uxm_survey seen;
		struct uxm_failure why;

		assert_int_equal(survey(desk, true, &seen, &why), UXM_IO_OK);
		assert_int_equal(seen.count, 2);
		assert_int_equal(seen.found[0].io, mishaps[i].io);
		assert_int_equal(seen.found[0].why.result, mishaps[i].result);
		if (strstr(seen.found[0].why.text, mishaps[i].says) == NULL)
			fail_msg("%zu: %s", i, seen.found[0].why.text);
		assert_string_equal(seen.found[0].candidate.port_path, "1-1");
		assert_int_equal(seen.found[1].io, UXM_IO_OK);
		assert_string_equal(seen.found[1].serial, "SN-0002");
		assert_in_range(desk_elapsed(desk) / 1000, 0, mishaps[i].within);
		/* It still counts: two are there. */
		assert_false(uxm_survey_is_one(&seen, &why));
		assert_non_null(strstr(why.text, "1-1 ("));
		assert_non_null(strstr(why.text, "does not say what it is"));
		assert_non_null(strstr(why.text, "1-2 (D7C, serial SN-0002, version 1.5.3)"));
	}
}

static void asks_for_status_only_where_it_is_wanted(void **state)
{
	const struct desk_event silence = {
		.when = DESK_AT_REQUEST, .value = UXM_WIRE_STATUS, .what = DESK_LOSE_REQUEST};
	struct desk *desk = set_up(state, 1, &silence);
	struct uxm_survey seen;
	struct uxm_failure why;

	assert_int_equal(survey(desk, false, &seen, &why), UXM_IO_OK);
	assert_int_equal(seen.found[0].io, UXM_IO_OK);
	assert_true(uxm_survey_is_one(&seen, &why));
	assert_int_equal(survey(desk, true, &seen, &why), UXM_IO_OK);
	assert_int_equal(seen.found[0].io, UXM_IO_BROKEN);
}

static void ends_at_once_when_it_is_cancelled(void **state)
{
	const struct desk_event stop = {
		.when = DESK_AT_REQUEST, .value = UXM_WIRE_IDENTITY, .nth = 2, .what = DESK_STOP};
	struct desk *desk = set_up(state, 3, &stop);
	struct uxm_survey seen;
	struct uxm_failure why;

	assert_int_equal(survey(desk, true, &seen, &why), UXM_IO_FAILED);
	assert_int_equal(why.result, UXM_CANCELLED);
	assert_in_range(desk_elapsed(desk), 0, 10000);
}

static void leaves_a_module_in_the_midst_of_an_update_as_it_is(void **state)
{
	struct desk *desk = set_up(state, 1, NULL);
	const struct uxm_version version = {{1, 5, 9, 0}};
	struct uxm_status before;
	struct uxm_status after;
	struct uxm_survey seen;
	struct uxm_failure why;

	assert_true(desk_other_host(desk, 0, 5000, version, UXM_WIRE_RECEIVING, false));
	device_status(desk_device(desk, 0), &before);
	assert_int_equal(survey(desk, true, &seen, &why), UXM_IO_OK);
	device_status(desk_device(desk, 0), &after);
	assert_int_equal(after.state, UXM_WIRE_RECEIVING);
	assert_int_equal(after.session, before.session);
	assert_int_equal(after.accepted, before.accepted);
	assert_int_equal(seen.found[0].status.accepted, 5000);
}

int main(void)
{
	struct desk *desk = trial_desk();
	struct trial trial = {.desk = desk};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(finds_nothing_on_an_empty_bus, &trial),
		cmocka_unit_test_prestate(tells_serial_numbers_apart_that_are_not_ascii, &trial),
		cmocka_unit_test_prestate(lists_every_module_with_what_it_says_of_itself, &trial),
		cmocka_unit_test_prestate(
			names_what_befell_one_module_and_asks_the_other_all_the_same, &trial),
		cmocka_unit_test_prestate(asks_for_status_only_where_it_is_wanted, &trial),
		cmocka_unit_test_prestate(ends_at_once_when_it_is_cancelled, &trial),
		cmocka_unit_test_prestate(leaves_a_module_in_the_midst_of_an_update_as_it_is,
					  &trial),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	desk_free(desk);
	return failed;
}
