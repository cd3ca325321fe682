/* The pipe of bulk transfers, through the table's calls: order and failure. */
#include <string.h>

#include "tests/cmocka.h"
#include "tests/usb/pipe_test.h"

static const struct uxm_module_ops *const ops = &usb_module_ops;

static void sends_the_very_buffer_that_was_reserved(void **state)
{
	struct pipe_test *test = *state;
	uint8_t *buffer = NULL;
	uint8_t *again = NULL;

	assert_int_equal(ops->reserve(test->module, &buffer), UXM_IO_OK);
	assert_int_equal(ops->reserve(test->module, &again), UXM_IO_OK);
	assert_ptr_equal(buffer, again);
	memset(buffer, 1, UXM_PIPE_TRANSFER);
	assert_int_equal(ops->submit(test->module, UXM_PIPE_TRANSFER, &test->why), UXM_IO_OK);
	assert_int_equal(test->fake.queue_length, 1);
	assert_ptr_equal(test->fake.queue[0]->buffer, buffer);
	assert_int_equal(test->fake.queue[0]->length, UXM_PIPE_TRANSFER);
	assert_int_equal(test->fake.queue[0]->endpoint, 0x03);
	assert_int_equal(ops->reserve(test->module, &again), UXM_IO_OK);
	assert_ptr_not_equal(buffer, again);
}

static void counts_only_what_events_have_seen(void **state)
{
	struct pipe_test *test = *state;

	pipe_test_send_many(test, 0, 3);
	assert_int_equal(pipe_test_completed(test, UXM_IO_OK), 0);
	fake_bus_end(&test->fake, BUS_OK);
	assert_int_equal(pipe_test_completed(test, UXM_IO_OK), 0);
	usb_module_events(test->module);
	assert_int_equal(pipe_test_completed(test, UXM_IO_OK), 1);
	fake_bus_end(&test->fake, BUS_OK);
	fake_bus_end(&test->fake, BUS_OK);
	usb_module_events(test->module);
	assert_int_equal(pipe_test_completed(test, UXM_IO_OK), 3);
}

static void has_no_buffer_until_one_is_released(void **state)
{
	struct pipe_test *test = *state;
	uint8_t *buffer = NULL;

	pipe_test_send_many(test, 0, UXM_PIPE_DEPTH);
	assert_int_equal(ops->reserve(test->module, &buffer), UXM_IO_AGAIN);
	assert_null(buffer);
	assert_int_equal(ops->submit(test->module, 10, &test->why), UXM_IO_FAILED);
	assert_int_equal(test->why.result, UXM_INTERNAL);
	pipe_test_end_oldest(test, BUS_OK);
	assert_int_equal(ops->reserve(test->module, &buffer), UXM_IO_AGAIN);
	ops->release(test->module, 1);
	assert_int_equal(ops->reserve(test->module, &buffer), UXM_IO_OK);
	assert_ptr_equal(buffer, test->fake.urbs[0].transfer->buffer);
}

static void releases_nothing_that_has_not_completed(void **state)
{
	struct pipe_test *test = *state;
	uint8_t *buffer = NULL;

	pipe_test_send_many(test, 0, UXM_PIPE_DEPTH);
	pipe_test_end_oldest(test, BUS_OK);
	ops->release(test->module, UXM_PIPE_DEPTH);
	ops->release(test->module, 0);
	pipe_test_send(test, 9, 9);
	assert_int_equal(ops->reserve(test->module, &buffer), UXM_IO_AGAIN);
}

static void goes_round_many_times(void **state)
{
	struct pipe_test *test = *state;
	uint64_t sent = 0;

	for (uint64_t done = 1; done <= 40; done++) {
		while (sent < done + 2 && sent < 40)
			pipe_test_send(test, (uint8_t)sent++, 500);
		pipe_test_end_oldest(test, BUS_OK);
		assert_int_equal(pipe_test_completed(test, UXM_IO_OK), done);
		ops->release(test->module, done);
	}
	assert_int_equal(test->fake.submission_count, 40);
	assert_int_equal(test->fake.queue_length, 0);
}

static void refuses_an_impossible_length(void **state)
{
	struct pipe_test *test = *state;
	uint8_t *buffer = NULL;

	assert_int_equal(ops->reserve(test->module, &buffer), UXM_IO_OK);
	assert_int_equal(ops->submit(test->module, 0, &test->why), UXM_IO_FAILED);
	assert_int_equal(ops->submit(test->module, UXM_PIPE_TRANSFER + 1, &test->why),
			 UXM_IO_FAILED);
	assert_int_equal(test->why.result, UXM_INTERNAL);
	assert_int_equal(test->fake.submission_count, 0);
}

static void stops_counting_at_the_first_that_failed(void **state)
{
	struct pipe_test *test = *state;

	pipe_test_send_many(test, 0, 5);
	fake_bus_end(&test->fake, BUS_OK);
	fake_bus_end(&test->fake, BUS_STALL);
	/* The kernel goes on with those behind it; the module drops what they bring. */
	fake_bus_end(&test->fake, BUS_OK);
	fake_bus_end(&test->fake, BUS_OK);
	usb_module_events(test->module);
	assert_int_equal(pipe_test_completed(test, UXM_IO_STALL), 1);
	assert_non_null(strstr(test->why.text, "refused bulk transfer 1 (stall)"));
	assert_int_equal(pipe_test_completed(test, UXM_IO_STALL), 1);
	ops->release(test->module, 5);
	pipe_test_settle(test);
	assert_int_equal(pipe_test_completed(test, UXM_IO_STALL), 1);
}

static void finds_a_transfer_broken_that_moved_only_a_part(void **state)
{
	struct pipe_test *test = *state;

	pipe_test_send_many(test, 0, 2);
	fake_bus_end_short(&test->fake, 512);
	fake_bus_end(&test->fake, BUS_OK);
	usb_module_events(test->module);
	assert_int_equal(pipe_test_completed(test, UXM_IO_BROKEN), 0);
	assert_non_null(strstr(test->why.text, "only a part"));
}

static void says_what_befell_a_transfer(void **state)
{
	static const enum bus_status broken[] = {BUS_ERROR, BUS_TIME, BUS_OVERFLOW, BUS_CANCELLED};
	struct pipe_test *test = *state;

	for (size_t i = 0; i < 4; i++) {
		pipe_test_send(test, 1, 100);
		pipe_test_end_oldest(test, broken[i]);
		assert_int_equal(pipe_test_completed(test, UXM_IO_BROKEN), 0);
		pipe_test_settle(test);
		ops->forget(test->module);
	}
	pipe_test_send(test, 1, 100);
	pipe_test_end_oldest(test, BUS_GONE);
	assert_int_equal(pipe_test_completed(test, UXM_IO_GONE), 0);
}

static void holds_back_what_is_submitted_behind_a_failure(void **state)
{
	struct pipe_test *test = *state;

	pipe_test_send_many(test, 0, 2);
	pipe_test_end_oldest(test, BUS_STALL);
	pipe_test_send(test, 2, 77);
	assert_int_equal(test->fake.submission_count, 2);
	pipe_test_settle(test);
	pipe_test_send(test, 3, 78);
	fake_bus_forget_calls(&test->fake);
	assert_int_equal(ops->resubmit(test->module, 0, &test->why), UXM_IO_OK);
	assert_string_equal(test->fake.calls, "submit-0 submit-1 submit-2 submit-3 ");
	for (size_t i = 0; i < 4; i++)
		fake_bus_end(&test->fake, BUS_OK);
	usb_module_events(test->module);
	assert_int_equal(pipe_test_completed(test, UXM_IO_OK), 4);
}

static void says_which_limit_a_transfer_met(void **state)
{
	struct pipe_test *test = *state;
	uint8_t *before = NULL;
	uint8_t *after = NULL;

	pipe_test_send(test, 0, 10);
	assert_int_equal(ops->reserve(test->module, &before), UXM_IO_OK);
	test->fake.submits_until = 0;
	test->fake.submit_status = BUS_NO_MEMORY;
	assert_int_equal(ops->submit(test->module, 10, &test->why), UXM_IO_FAILED);
	assert_int_equal(test->why.result, UXM_TRANSFER_FAILED);
	assert_non_null(strstr(test->why.text, "usbfs_memory_mb"));
	/* It was not taken. */
	assert_int_equal(ops->reserve(test->module, &after), UXM_IO_OK);
	assert_ptr_equal(before, after);
	test->fake.submits_until = FAKE_NEVER;
	assert_int_equal(ops->submit(test->module, 10, &test->why), UXM_IO_OK);
	pipe_test_end_oldest(test, BUS_OK);
	pipe_test_end_oldest(test, BUS_OK);
	assert_int_equal(pipe_test_completed(test, UXM_IO_OK), 2);
}

#define WITH_MODULE(test) cmocka_unit_test_setup_teardown(test, pipe_test_begin, pipe_test_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MODULE(sends_the_very_buffer_that_was_reserved),
		WITH_MODULE(counts_only_what_events_have_seen),
		WITH_MODULE(has_no_buffer_until_one_is_released),
		WITH_MODULE(releases_nothing_that_has_not_completed),
		WITH_MODULE(goes_round_many_times),
		WITH_MODULE(refuses_an_impossible_length),
		WITH_MODULE(stops_counting_at_the_first_that_failed),
		WITH_MODULE(finds_a_transfer_broken_that_moved_only_a_part),
		WITH_MODULE(says_what_befell_a_transfer),
		WITH_MODULE(holds_back_what_is_submitted_behind_a_failure),
		WITH_MODULE(says_which_limit_a_transfer_met),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
