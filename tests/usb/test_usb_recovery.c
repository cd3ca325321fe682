/* The pipe of bulk transfers after a failure: settle, resubmit, forget. */
#include <string.h>

#include "tests/cmocka.h"
#include "tests/usb/pipe_test.h"

static const struct uxm_module_ops *const ops = &usb_module_ops;

static void cancels_the_newest_first(void **state)
{
	struct pipe_test *test = *state;

	/* Beyond the end of the buffers, where order and place differ. */
	pipe_test_send_many(test, 0, 5);
	for (size_t i = 0; i < 5; i++)
		pipe_test_end_oldest(test, BUS_OK);
	ops->release(test->module, 5);
	pipe_test_send_many(test, 5, 5);
	pipe_test_end_oldest(test, BUS_OK);
	fake_bus_forget_calls(&test->fake);
	assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_AGAIN);
	assert_string_equal(test->fake.calls, "cancel-2 cancel-1 cancel-0 cancel-6 ");
	assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_AGAIN);
	assert_string_equal(test->fake.calls, "cancel-2 cancel-1 cancel-0 cancel-6 ");
}

static void clears_the_halt_only_when_all_has_been_reaped(void **state)
{
	struct pipe_test *test = *state;

	pipe_test_send_many(test, 0, 2);
	test->fake.slow = 3;
	fake_bus_forget_calls(&test->fake);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_AGAIN);
		usb_module_events(test->module);
	}
	assert_string_equal(test->fake.calls, "cancel-1 cancel-0 ");
	usb_module_events(test->module);
	assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_AGAIN);
	assert_string_equal(test->fake.calls, "cancel-1 cancel-0 submit-7 ");
	usb_module_events(test->module);
	assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_OK);
	assert_string_equal(test->fake.calls, "cancel-1 cancel-0 submit-7 clear ");
}

static void asks_a_module_to_clear_the_halt_without_waiting_for_it(void **state)
{
	static const uint8_t wire[] = {0x02, 0x01, 0, 0, 0x03, 0, 0, 0};
	struct pipe_test *test = *state;
	struct fake_urb *clear = &test->fake.urbs[7];

	test->fake.silent = true;
	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_AGAIN);
		usb_module_events(test->module);
	}
	assert_string_equal(test->fake.calls, "submit-7 ");
	assert_int_equal(clear->transfer->length, sizeof(wire));
	assert_memory_equal(clear->transfer->buffer, wire, sizeof(wire));
	clear->ended = true;
	clear->status = BUS_OK;
	usb_module_events(test->module);
	assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_OK);
	assert_string_equal(test->fake.calls, "submit-7 clear ");
}

static void settles_again_after_a_halt_that_could_not_be_cleared(void **state)
{
	struct pipe_test *test = *state;

	test->fake.clear_status = BUS_ERROR;
	assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_AGAIN);
	usb_module_events(test->module);
	assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_FAILED);
	assert_int_equal(test->why.result, UXM_TRANSFER_FAILED);
	assert_int_equal(ops->resubmit(test->module, 0, &test->why), UXM_IO_FAILED);
	test->fake.clear_status = BUS_OK;
	pipe_test_settle(test);
	pipe_test_settle(test);
	test->fake.submits_until = 0;
	test->fake.submit_status = BUS_NO_MEMORY;
	assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_FAILED);
	test->fake.submits_until = FAKE_NEVER;
	pipe_test_settle(test);
}

static void sends_again_the_same_bytes(void **state)
{
	struct pipe_test *test = *state;
	const struct fake_submission *submissions = test->fake.submissions;

	pipe_test_send_many(test, 0, 6);
	pipe_test_end_oldest(test, BUS_OK);
	pipe_test_end_oldest(test, BUS_OK);
	pipe_test_end_oldest(test, BUS_ERROR);
	pipe_test_end_oldest(test, BUS_OK);
	assert_int_equal(pipe_test_completed(test, UXM_IO_BROKEN), 2);
	pipe_test_settle(test);
	/* The module's count says that the one before the failure was lost, too. */
	assert_int_equal(ops->resubmit(test->module, 1, &test->why), UXM_IO_OK);
	assert_int_equal(pipe_test_completed(test, UXM_IO_OK), 1);
	/* Number 6 was endpoint 0's. */
	assert_int_equal(test->fake.submission_count, 6 + 1 + 5);
	assert_memory_equal(&submissions[7], &submissions[1], 5 * sizeof(submissions[0]));
	for (size_t i = 0; i < 5; i++)
		pipe_test_end_oldest(test, BUS_OK);
	assert_int_equal(pipe_test_completed(test, UXM_IO_OK), 6);
}

static void goes_on_behind_the_last_one_when_all_arrived(void **state)
{
	struct pipe_test *test = *state;
	uint8_t *buffer = NULL;

	pipe_test_send_many(test, 0, UXM_PIPE_DEPTH);
	pipe_test_settle(test);
	fake_bus_forget_calls(&test->fake);
	assert_int_equal(ops->resubmit(test->module, UXM_PIPE_DEPTH, &test->why), UXM_IO_OK);
	assert_string_equal(test->fake.calls, "");
	assert_int_equal(pipe_test_completed(test, UXM_IO_OK), UXM_PIPE_DEPTH);
	ops->release(test->module, UXM_PIPE_DEPTH);
	assert_int_equal(ops->reserve(test->module, &buffer), UXM_IO_OK);
	pipe_test_send(test, 1, 1);
	pipe_test_end_oldest(test, BUS_OK);
	assert_int_equal(pipe_test_completed(test, UXM_IO_OK), UXM_PIPE_DEPTH + 1);
}

static void refuses_to_send_again_what_it_does_not_hold(void **state)
{
	struct pipe_test *test = *state;

	pipe_test_send_many(test, 0, 3);
	assert_int_equal(ops->resubmit(test->module, 0, &test->why), UXM_IO_FAILED);
	pipe_test_end_oldest(test, BUS_OK);
	ops->release(test->module, 1);
	pipe_test_settle(test);
	assert_int_equal(ops->resubmit(test->module, 0, &test->why), UXM_IO_FAILED);
	assert_int_equal(test->why.result, UXM_INTERNAL);
	assert_int_equal(ops->resubmit(test->module, 4, &test->why), UXM_IO_FAILED);
	assert_int_equal(ops->resubmit(test->module, 3, &test->why), UXM_IO_OK);
}

static void keeps_the_reserved_buffer_through_a_recovery(void **state)
{
	struct pipe_test *test = *state;
	uint8_t *before = NULL;
	uint8_t *after = NULL;

	pipe_test_send_many(test, 0, 3);
	assert_int_equal(ops->reserve(test->module, &before), UXM_IO_OK);
	pipe_test_end_oldest(test, BUS_STALL);
	pipe_test_settle(test);
	assert_int_equal(ops->resubmit(test->module, 0, &test->why), UXM_IO_OK);
	assert_int_equal(ops->reserve(test->module, &after), UXM_IO_OK);
	assert_ptr_equal(before, after);
	pipe_test_settle(test);
	ops->forget(test->module);
	assert_int_equal(ops->reserve(test->module, &after), UXM_IO_OK);
	assert_ptr_equal(before, after);
}

static void begins_at_zero_when_all_is_forgotten(void **state)
{
	struct pipe_test *test = *state;

	pipe_test_send_many(test, 0, UXM_PIPE_DEPTH);
	pipe_test_end_oldest(test, BUS_OK);
	pipe_test_end_oldest(test, BUS_STALL);
	pipe_test_settle(test);
	ops->forget(test->module);
	assert_int_equal(pipe_test_completed(test, UXM_IO_OK), 0);
	pipe_test_send_many(test, 0, UXM_PIPE_DEPTH);
	assert_int_equal(test->fake.queue_length, UXM_PIPE_DEPTH);
	pipe_test_end_oldest(test, BUS_OK);
	assert_int_equal(pipe_test_completed(test, UXM_IO_OK), 1);
}

static void forgets_nothing_that_is_under_way(void **state)
{
	struct pipe_test *test = *state;

	pipe_test_send_many(test, 0, 2);
	pipe_test_end_oldest(test, BUS_OK);
	ops->forget(test->module);
	assert_int_equal(pipe_test_completed(test, UXM_IO_OK), 1);
	pipe_test_end_oldest(test, BUS_OK);
	ops->forget(test->module);
	assert_int_equal(pipe_test_completed(test, UXM_IO_OK), 0);
}

static void sends_nothing_behind_one_that_could_not_be_sent_again(void **state)
{
	struct pipe_test *test = *state;

	pipe_test_send_many(test, 0, 4);
	pipe_test_settle(test);
	test->fake.submits_until = 2;
	test->fake.submit_status = BUS_ERROR;
	fake_bus_forget_calls(&test->fake);
	assert_int_equal(ops->resubmit(test->module, 0, &test->why), UXM_IO_FAILED);
	assert_string_equal(test->fake.calls, "submit-0 submit-1 submit-2 ");
	test->fake.submits_until = FAKE_NEVER;
	pipe_test_send(test, 4, 4);
	assert_int_equal(test->fake.queue_length, 2);
	pipe_test_settle(test);
	assert_int_equal(ops->resubmit(test->module, 0, &test->why), UXM_IO_OK);
	assert_int_equal(test->fake.queue_length, 5);
}

#define WITH_MODULE(test) cmocka_unit_test_setup_teardown(test, pipe_test_begin, pipe_test_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MODULE(cancels_the_newest_first),
		WITH_MODULE(clears_the_halt_only_when_all_has_been_reaped),
		WITH_MODULE(asks_a_module_to_clear_the_halt_without_waiting_for_it),
		WITH_MODULE(settles_again_after_a_halt_that_could_not_be_cleared),
		WITH_MODULE(sends_again_the_same_bytes),
		WITH_MODULE(goes_on_behind_the_last_one_when_all_arrived),
		WITH_MODULE(refuses_to_send_again_what_it_does_not_hold),
		WITH_MODULE(keeps_the_reserved_buffer_through_a_recovery),
		WITH_MODULE(begins_at_zero_when_all_is_forgotten),
		WITH_MODULE(forgets_nothing_that_is_under_way),
		WITH_MODULE(sends_nothing_behind_one_that_could_not_be_sent_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
