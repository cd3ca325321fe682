/* Requests on endpoint 0, through the table's calls. */
#include <string.h>

#include "tests/cmocka.h"
#include "tests/usb/fake_bus.h"

static const struct uxm_module_ops *const ops = &usb_module_ops;
static const struct uxm_setup in = {
	.request_type = 0xC1, .request = 3, .value = 0x1234, .index = 2};
static const struct uxm_setup out = {.request_type = 0x41, .request = 2, .index = 2};

struct test {
	struct fake_bus fake;
	struct usb_module *module;
	struct uxm_failure why;
	uint8_t data[BUS_CONTROL_MOST + 1];
	uint16_t length;
};

static struct test test_state;

static int open_module(void **state)
{
	struct uxm_candidate candidate = fake_bus_candidate();
	struct test *test = &test_state;

	memset(test, 0, sizeof(*test));
	fake_bus_init(&test->fake);
	test->module = usb_module_over(&fake_bus_ops, &test->fake, NULL, 0);
	test->length = 32;
	*state = test;
	return ops->open(test->module, &candidate, &test->why) == UXM_IO_OK ? 0 : -1;
}

static int free_module(void **state)
{
	struct test *test = *state;

	usb_module_free(test->module);
	return test->fake.frees == 1 && test->fake.transfers_alive == 0 ? 0 : -1;
}

static enum uxm_io control(struct test *test, const struct uxm_setup *setup)
{
	return ops->control(test->module, setup, test->data, &test->length, &test->why);
}

static void answer_with(struct test *test, size_t length)
{
	test->fake.answer_length = length;
	for (size_t i = 0; i < length; i++)
		test->fake.answer[i] = (uint8_t)(i + 1);
}

static void brings_what_the_module_answered(void **state)
{
	struct test *test = *state;

	answer_with(test, 20);
	assert_int_equal(control(test, &in), UXM_IO_AGAIN);
	assert_int_equal(control(test, &in), UXM_IO_AGAIN);
	usb_module_events(test->module);
	assert_int_equal(control(test, &in), UXM_IO_OK);
	assert_int_equal(test->length, 20);
	assert_memory_equal(test->data, test->fake.answer, 20);
	assert_int_equal(test->data[20], 0);
	assert_int_equal(test->fake.submission_count, 1);
	assert_int_equal(test->fake.submissions[0].length, 8 + 32);
}

static void sends_the_setup_and_the_data_as_they_are_on_the_wire(void **state)
{
	static const uint8_t wire[] = {0x41, 2, 0, 0, 2, 0, 3, 0, 'a', 'b', 'c'};
	struct test *test = *state;
	const struct bus_transfer *request = test->fake.urbs[8].transfer;

	memcpy(test->data, "abcd", 4);
	test->length = 3;
	assert_int_equal(control(test, &out), UXM_IO_AGAIN);
	assert_int_equal(request->length, sizeof(wire));
	assert_memory_equal(request->buffer, wire, sizeof(wire));
	usb_module_events(test->module);
	assert_int_equal(control(test, &out), UXM_IO_OK);
	assert_int_equal(test->length, 3);
}

static void sends_a_request_without_data(void **state)
{
	struct test *test = *state;

	test->length = 0;
	assert_int_equal(ops->control(test->module, &out, NULL, &test->length, &test->why),
			 UXM_IO_AGAIN);
	usb_module_events(test->module);
	assert_int_equal(ops->control(test->module, &out, NULL, &test->length, &test->why),
			 UXM_IO_OK);
}

static void takes_4096_bytes_and_refuses_more(void **state)
{
	struct test *test = *state;

	test->length = BUS_CONTROL_MOST + 1;
	assert_int_equal(control(test, &out), UXM_IO_FAILED);
	assert_int_equal(test->why.result, UXM_INTERNAL);
	assert_int_equal(test->fake.submission_count, 0);
	test->length = BUS_CONTROL_MOST;
	assert_int_equal(control(test, &out), UXM_IO_AGAIN);
	usb_module_events(test->module);
	assert_int_equal(control(test, &out), UXM_IO_OK);
}

static void expect_end(struct test *test, enum bus_status status, enum uxm_io io, const char *says)
{
	test->fake.answer_status = status;
	test->length = 32;
	assert_int_equal(control(test, &in), UXM_IO_AGAIN);
	usb_module_events(test->module);
	assert_int_equal(control(test, &in), io);
	assert_int_equal(test->length, 32);
	assert_int_equal(test->why.result, UXM_TRANSFER_FAILED);
	assert_non_null(strstr(test->why.text, says));
}

static void says_how_a_request_ended(void **state)
{
	struct test *test = *state;

	expect_end(test, BUS_STALL, UXM_IO_STALL, "refused the request 0x03 (stall)");
	expect_end(test, BUS_ERROR, UXM_IO_BROKEN, "the request 0x03 failed on the bus");
	expect_end(test, BUS_TIME, UXM_IO_BROKEN, "not answered in time");
	expect_end(test, BUS_OVERFLOW, UXM_IO_BROKEN, "more than was asked for");
	expect_end(test, BUS_GONE, UXM_IO_GONE, "has left the bus");
	/* That one is remembered. */
	assert_int_equal(control(test, &in), UXM_IO_GONE);
}

static void does_not_believe_a_bus_that_moved_more_than_there_is_room_for(void **state)
{
	struct test *test = *state;

	answer_with(test, 33);
	assert_int_equal(control(test, &in), UXM_IO_AGAIN);
	usb_module_events(test->module);
	assert_int_equal(control(test, &in), UXM_IO_BROKEN);
	assert_int_equal(test->data[0], 0);
}

static void finds_data_broken_that_was_not_taken_whole(void **state)
{
	struct test *test = *state;

	assert_int_equal(control(test, &out), UXM_IO_AGAIN);
	test->fake.urbs[8].moved = 31;
	usb_module_events(test->module);
	assert_int_equal(control(test, &out), UXM_IO_BROKEN);
}

static void says_why_a_request_cannot_be_started(void **state)
{
	struct test *test = *state;

	test->fake.submits_until = 0;
	test->fake.submit_status = BUS_NO_MEMORY;
	assert_int_equal(control(test, &in), UXM_IO_FAILED);
	assert_int_equal(test->why.result, UXM_TRANSFER_FAILED);
	assert_non_null(strstr(test->why.text, "usbfs_memory_mb"));
	test->fake.submit_status = BUS_ERROR;
	assert_int_equal(control(test, &in), UXM_IO_BROKEN);
	test->fake.submits_until = FAKE_NEVER;
	assert_int_equal(control(test, &in), UXM_IO_AGAIN);
}

static void starts_anew_after_a_cancel(void **state)
{
	struct test *test = *state;

	test->fake.silent = true;
	assert_int_equal(control(test, &in), UXM_IO_AGAIN);
	usb_module_events(test->module);
	assert_int_equal(control(test, &in), UXM_IO_AGAIN);
	fake_bus_forget_calls(&test->fake);
	ops->control_cancel(test->module);
	assert_string_equal(test->fake.calls, "cancel-8 ");
	assert_int_equal(test->fake.now, 0);
	test->fake.silent = false;
	answer_with(test, 5);
	assert_int_equal(control(test, &in), UXM_IO_AGAIN);
	usb_module_events(test->module);
	assert_int_equal(control(test, &in), UXM_IO_OK);
	assert_int_equal(test->length, 5);
}

static void drops_an_answer_that_nobody_fetched(void **state)
{
	struct test *test = *state;

	answer_with(test, 9);
	assert_int_equal(control(test, &in), UXM_IO_AGAIN);
	usb_module_events(test->module);
	ops->control_cancel(test->module);
	assert_int_equal(control(test, &in), UXM_IO_AGAIN);
	assert_int_equal(test->fake.submission_count, 2);
}

static void cancels_nothing_where_there_is_nothing(void **state)
{
	struct test *test = *state;

	fake_bus_forget_calls(&test->fake);
	ops->control_cancel(test->module);
	ops->close(test->module);
	ops->control_cancel(test->module);
	assert_string_equal(test->fake.calls, "close ");
}

static void waits_a_second_at_most_for_a_cancelled_request(void **state)
{
	struct test *test = *state;
	struct fake_urb *urb = &test->fake.urbs[8];

	test->fake.silent = true;
	test->fake.stuck = true;
	assert_int_equal(control(test, &in), UXM_IO_AGAIN);
	ops->control_cancel(test->module);
	assert_int_equal(test->fake.now, 1000);
	/* Not a second one on top of it. */
	assert_int_equal(control(test, &in), UXM_IO_AGAIN);
	assert_int_equal(test->fake.submission_count, 1);
	/* It ends after all: its result is nobody's. */
	urb->ended = true;
	urb->status = BUS_STALL;
	test->fake.silent = false;
	answer_with(test, 4);
	usb_module_events(test->module);
	assert_int_equal(control(test, &in), UXM_IO_AGAIN);
	assert_int_equal(test->fake.submission_count, 2);
	usb_module_events(test->module);
	assert_int_equal(control(test, &in), UXM_IO_OK);
	assert_int_equal(test->length, 4);
}

static void gives_an_answer_that_came_before_the_module_left(void **state)
{
	struct test *test = *state;

	answer_with(test, 6);
	assert_int_equal(control(test, &in), UXM_IO_AGAIN);
	usb_module_events(test->module);
	test->fake.left = true;
	assert_int_equal(control(test, &in), UXM_IO_OK);
	assert_int_equal(test->length, 6);
	assert_int_equal(control(test, &in), UXM_IO_GONE);
}

#define WITH_MODULE(test) cmocka_unit_test_setup_teardown(test, open_module, free_module)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MODULE(brings_what_the_module_answered),
		WITH_MODULE(sends_the_setup_and_the_data_as_they_are_on_the_wire),
		WITH_MODULE(sends_a_request_without_data),
		WITH_MODULE(takes_4096_bytes_and_refuses_more),
		WITH_MODULE(says_how_a_request_ended),
		WITH_MODULE(does_not_believe_a_bus_that_moved_more_than_there_is_room_for),
		WITH_MODULE(finds_data_broken_that_was_not_taken_whole),
		WITH_MODULE(says_why_a_request_cannot_be_started),
		WITH_MODULE(starts_anew_after_a_cancel),
		WITH_MODULE(drops_an_answer_that_nobody_fetched),
		WITH_MODULE(cancels_nothing_where_there_is_nothing),
		WITH_MODULE(waits_a_second_at_most_for_a_cancelled_request),
		WITH_MODULE(gives_an_answer_that_came_before_the_module_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
