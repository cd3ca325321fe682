/* Waiting for one module after another. */
#include <string.h>

#include "tests/uxm/trial.h"
#include "uxm/await.h"

#define AT(time) .when = DESK_AT_TIME, .value = (time)

static struct desk *desk;
static struct uxm_teller teller;
static struct uxm_link link_to;
static struct uxm_failure why;

/* A desk with so many modules, on which this happens. */
static void arrange(size_t modules, const struct desk_event *events, size_t count)
{
	struct desk_run run = {.waits = true, .limit = 1000000};
	struct desk_options options;

	desk_defaults(&options);
	options.modules = modules;
	assert_true(desk_reset(desk, &options));
	memcpy(run.events, events, count * sizeof(events[0]));
	desk_start(desk, &run);
	teller = (struct uxm_teller){.watch = desk_watch(desk)};
	link_to = (struct uxm_link){
		.module = desk_module(desk),
		.clock = desk_clock(desk),
		.deadlines = UXM_DEADLINES,
		.give_up = UXM_STOP_SOON,
	};
}
#define ARRANGE(modules, ...)                                                                      \
	arrange((modules), (const struct desk_event[]){__VA_ARGS__},                               \
		sizeof((const struct desk_event[]){__VA_ARGS__}) / sizeof(struct desk_event))

/* The modules that are there, as a scan has them. */
static struct uxm_candidate candidate(size_t number)
{
	struct uxm_candidate found[UXM_SURVEY_MOST];
	size_t count = 0;

	assert_int_equal(
		link_to.module.ops->scan(link_to.module.self, found, UXM_SURVEY_MOST, &count, &why),
		UXM_IO_OK);
	assert_true(number < count);
	return found[number];
}

static enum uxm_io next(const struct uxm_candidate *done)
{
	enum uxm_io io = uxm_await_next(&link_to, &teller, done, &why);

	assert_int_equal(desk_wrongs(desk), 0);
	return io;
}

static uint64_t milliseconds(void)
{
	return desk_elapsed(desk) / 1000;
}

static void takes_the_module_that_is_there(void **state)
{
	(void)state;
	ARRANGE(1, {.when = DESK_NOT});
	assert_int_equal(next(NULL), UXM_IO_OK);
	assert_true(milliseconds() < 100);
	assert_string_equal(desk_notes(desk), "");
}

static void waits_for_one_for_as_long_as_it_takes(void **state)
{
	(void)state;
	ARRANGE(0, {AT(900000), .what = DESK_PLUG});
	assert_int_equal(next(NULL), UXM_IO_OK);
	assert_in_range(milliseconds(), 900000, 901500);
}

static void leaves_the_one_that_is_done_alone_until_it_is_unplugged(void **state)
{
	struct uxm_candidate done;

	(void)state;
	ARRANGE(1, {AT(50000), .what = DESK_UNPLUG}, {AT(60000), .what = DESK_PLUG});
	done = candidate(0);
	assert_int_equal(next(&done), UXM_IO_OK);
	assert_in_range(milliseconds(), 60000, 61500);
}

static void takes_another_one_as_soon_as_the_one_that_is_done_has_left(void **state)
{
	struct uxm_candidate done;

	(void)state;
	ARRANGE(1, {AT(5000), .what = DESK_PLUG, .module = 1}, {AT(9000), .what = DESK_UNPLUG});
	done = candidate(0);
	assert_int_equal(next(&done), UXM_IO_OK);
	assert_in_range(milliseconds(), 9000, 10500);
	assert_string_not_equal(candidate(0).port_path, done.port_path);
	assert_string_equal(desk_notes(desk),
			    "2 expansion modules are attached; leave plugged in only the one to be "
			    "updated.\n");
}

static void remarks_once_on_several_and_waits_until_one_is_left(void **state)
{
	(void)state;
	ARRANGE(2, {AT(7000), .what = DESK_UNPLUG, .module = 1});
	assert_int_equal(next(NULL), UXM_IO_OK);
	assert_in_range(milliseconds(), 7000, 8500);
	assert_string_equal(desk_notes(desk),
			    "2 expansion modules are attached; leave plugged in only the one to be "
			    "updated.\n");
}

static void bears_a_udev_rule_that_lags_and_then_leaves_the_refusal_to_the_update(void **state)
{
	(void)state;
	ARRANGE(0, {AT(500), .what = DESK_PLUG}, {AT(500), .what = DESK_DENY});
	assert_int_equal(next(NULL), UXM_IO_OK);
	assert_in_range(milliseconds(), 2500, 4000);
}

static void ends_at_once_when_asked_to(void **state)
{
	struct uxm_candidate done;

	(void)state;
	ARRANGE(1, {AT(40000), .what = DESK_STOP});
	done = candidate(0);
	assert_int_equal(next(&done), UXM_IO_FAILED);
	assert_int_equal(why.result, UXM_CANCELLED);
	assert_in_range(milliseconds(), 40000, 40001);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_module_that_is_there),
		cmocka_unit_test(waits_for_one_for_as_long_as_it_takes),
		cmocka_unit_test(leaves_the_one_that_is_done_alone_until_it_is_unplugged),
		cmocka_unit_test(takes_another_one_as_soon_as_the_one_that_is_done_has_left),
		cmocka_unit_test(remarks_once_on_several_and_waits_until_one_is_left),
		cmocka_unit_test(
			bears_a_udev_rule_that_lags_and_then_leaves_the_refusal_to_the_update),
		cmocka_unit_test(ends_at_once_when_asked_to),
	};
	int failed;

	desk = trial_desk();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	desk_free(desk);
	return failed;
}
