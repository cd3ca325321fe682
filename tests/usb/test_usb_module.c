/* The module object: scan, open, claim, close, unplug. */
#include <string.h>

#include "tests/cmocka.h"
#include "tests/usb/fake_bus.h"

static const struct uxm_module_ops *const ops = &usb_module_ops;

struct test {
	struct fake_bus fake;
	struct usb_module *module;
	struct uxm_candidate candidate;
	struct uxm_failure why;
};

static struct test test_state;

static int make_module(void **state)
{
	struct test *test = &test_state;

	memset(test, 0, sizeof(*test));
	fake_bus_init(&test->fake);
	test->candidate = fake_bus_candidate();
	test->module = usb_module_over(&fake_bus_ops, &test->fake, NULL, 0);
	*state = test;
	return test->module != NULL ? 0 : -1;
}

static int free_module(void **state)
{
	struct test *test = *state;

	usb_module_free(test->module);
	return test->fake.frees == 1 && test->fake.releases == test->fake.claims &&
			       test->fake.transfers_alive == 0
		       ? 0
		       : -1;
}

static enum uxm_io open_it(struct test *test)
{
	return ops->open(test->module, &test->candidate, &test->why);
}

static void open_and_claim(struct test *test)
{
	assert_int_equal(open_it(test), UXM_IO_OK);
	assert_int_equal(ops->claim(test->module, &test->why), UXM_IO_OK);
}

static void send_three(struct test *test)
{
	for (size_t i = 0; i < 3; i++) {
		uint8_t *buffer = NULL;

		assert_int_equal(ops->reserve(test->module, &buffer), UXM_IO_OK);
		memset(buffer, 1, 64);
		assert_int_equal(ops->submit(test->module, 64, &test->why), UXM_IO_OK);
	}
}

static enum uxm_io ask(struct test *test)
{
	struct uxm_setup setup = {.request_type = 0xC1, .request = 1};
	uint8_t data[48];
	uint16_t length = sizeof(data);

	return ops->control(test->module, &setup, data, &length, &test->why);
}

static void finds_no_candidate_on_an_empty_bus(void **state)
{
	struct test *test = *state;
	size_t count = 99;

	test->fake.device_count = 0;
	assert_int_equal(ops->scan(test->module, NULL, 0, &count, &test->why), UXM_IO_OK);
	assert_int_equal(count, 0);
}

static void lists_the_candidates_by_port_path_and_counts_all(void **state)
{
	struct test *test = *state;
	struct uxm_candidate found[2];
	size_t count = 0;

	for (size_t i = 1; i < 5; i++)
		test->fake.devices[i] = test->fake.devices[0];
	test->fake.device_count = 5;
	test->fake.devices[0].ports[1] = 10;
	test->fake.devices[1].vendor = 0x1D6B;
	test->fake.devices[2].port_count = 1;
	test->fake.devices[3].ports[1] = 9;
	assert_int_equal(ops->scan(test->module, found, 2, &count, &test->why), UXM_IO_OK);
	assert_int_equal(count, 4);
	assert_string_equal(found[0].port_path, "1-1");
	assert_string_equal(found[1].port_path, "1-1.4");
}

static void opens_and_claims_nothing_in_a_scan(void **state)
{
	struct test *test = *state;
	struct uxm_candidate found[2];
	size_t count = 0;

	test->fake.devices[1] = test->fake.devices[0];
	test->fake.device_count = 2;
	assert_int_equal(ops->scan(test->module, found, 2, &count, &test->why), UXM_IO_OK);
	assert_string_equal(test->fake.calls, "enumerate ");
}

static void says_that_the_bus_cannot_be_listed(void **state)
{
	struct test *test = *state;
	size_t count = 99;

	test->fake.enumerate_status = BUS_ERROR;
	assert_int_equal(ops->scan(test->module, NULL, 0, &count, &test->why), UXM_IO_FAILED);
	assert_int_equal(test->why.result, UXM_INTERNAL);
	test->fake.enumerate_status = BUS_NO_MEMORY;
	assert_int_equal(ops->scan(test->module, NULL, 0, &count, &test->why), UXM_IO_FAILED);
	assert_non_null(strstr(test->why.text, "memory"));
	assert_int_equal(count, 99);
}

static void opens_one_device_at_a_time(void **state)
{
	struct test *test = *state;

	assert_int_equal(open_it(test), UXM_IO_OK);
	assert_int_equal(open_it(test), UXM_IO_FAILED);
	assert_int_equal(test->why.result, UXM_INTERNAL);
	ops->close(test->module);
	ops->close(test->module);
	assert_int_equal(open_it(test), UXM_IO_OK);
	assert_string_equal(test->fake.calls, "open close open ");
}

static void expect_open(struct test *test, enum bus_status status, enum uxm_io io,
			enum uxm_result result, const char *says)
{
	test->fake.open_status = status;
	assert_int_equal(open_it(test), io);
	assert_int_equal(test->why.result, result);
	assert_non_null(strstr(test->why.text, says));
	assert_int_equal(ask(test), UXM_IO_FAILED);
}

static void says_why_a_module_cannot_be_opened(void **state)
{
	struct test *test = *state;

	expect_open(test, BUS_DENIED, UXM_IO_FAILED, UXM_NOT_PERMITTED, "/dev/bus/usb/001/007");
	expect_open(test, BUS_GONE, UXM_IO_GONE, UXM_TRANSFER_FAILED, "has left");
	expect_open(test, BUS_ERROR, UXM_IO_FAILED, UXM_INTERNAL, "1-1.4 cannot be opened");
	expect_open(test, BUS_NO_MEMORY, UXM_IO_FAILED, UXM_INTERNAL, "memory");
	assert_int_equal(test->fake.closes, 0);
}

static void expect_claim(struct test *test, enum bus_status status, enum uxm_io io,
			 enum uxm_result result)
{
	test->fake.claim_status = status;
	assert_int_equal(ops->claim(test->module, &test->why), io);
	assert_int_equal(test->why.result, result);
}

static void says_why_the_interface_cannot_be_claimed(void **state)
{
	struct test *test = *state;

	assert_int_equal(open_it(test), UXM_IO_OK);
	expect_claim(test, BUS_BUSY, UXM_IO_FAILED, UXM_BUSY);
	assert_non_null(strstr(test->why.text, "in use by another program"));
	expect_claim(test, BUS_DENIED, UXM_IO_FAILED, UXM_NOT_PERMITTED);
	expect_claim(test, BUS_ERROR, UXM_IO_FAILED, UXM_TRANSFER_FAILED);
	expect_claim(test, BUS_GONE, UXM_IO_GONE, UXM_TRANSFER_FAILED);
	ops->close(test->module);
	assert_int_equal(test->fake.releases, 0);
}

static void claims_again_only_when_nothing_is_under_way(void **state)
{
	struct test *test = *state;
	uint64_t count = 99;

	open_and_claim(test);
	send_three(test);
	assert_int_equal(ops->claim(test->module, &test->why), UXM_IO_FAILED);
	assert_int_equal(test->why.result, UXM_INTERNAL);
	for (size_t i = 0; i < 3; i++)
		fake_bus_end(&test->fake, BUS_OK);
	usb_module_events(test->module);
	assert_int_equal(ops->claim(test->module, &test->why), UXM_IO_OK);
	assert_int_equal(ops->completed(test->module, &count, &test->why), UXM_IO_OK);
	assert_int_equal(count, 0);
	test->fake.releases++; /* two claims of one interface are released once */
}

static void refuses_what_is_not_possible_before_the_claim(void **state)
{
	struct test *test = *state;
	uint64_t count = 99;

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(ops->submit(test->module, 1, &test->why), UXM_IO_FAILED);
		assert_int_equal(test->why.result, UXM_INTERNAL);
		assert_int_equal(ops->completed(test->module, &count, &test->why), UXM_IO_FAILED);
		assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_FAILED);
		assert_int_equal(ops->resubmit(test->module, 0, &test->why), UXM_IO_FAILED);
		assert_int_equal(test->why.result, UXM_INTERNAL);
		if (i == 0)
			assert_int_equal(open_it(test), UXM_IO_OK);
	}
	assert_int_equal(count, 99);
}

static void closes_with_everything_in_flight(void **state)
{
	struct test *test = *state;

	open_and_claim(test);
	send_three(test);
	test->fake.silent = true;
	assert_int_equal(ask(test), UXM_IO_AGAIN);
	test->fake.slow = 2;
	fake_bus_forget_calls(&test->fake);
	ops->close(test->module);
	assert_string_equal(test->fake.calls, "cancel-8 cancel-2 cancel-1 cancel-0 release close ");
	assert_int_equal(test->fake.queue_length, 0);
	ops->close(test->module);
	assert_int_equal(test->fake.releases, 1);
}

static void closes_while_the_halt_is_being_cleared(void **state)
{
	struct test *test = *state;

	open_and_claim(test);
	test->fake.silent = true;
	assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_AGAIN);
	fake_bus_forget_calls(&test->fake);
	ops->close(test->module);
	assert_string_equal(test->fake.calls, "cancel-7 release close ");
}

static void closes_within_a_second_whatever_the_kernel_does(void **state)
{
	struct test *test = *state;

	open_and_claim(test);
	send_three(test);
	test->fake.stuck = true;
	ops->close(test->module);
	assert_int_equal(test->fake.now, 1000);
	assert_int_equal(test->fake.closes, 1);
	/* And another one can be opened and used. */
	test->fake.stuck = false;
	open_and_claim(test);
	send_three(test);
	assert_int_equal(test->fake.queue_length, 3);
}

static void says_gone_at_every_call_once_the_module_is_unplugged(void **state)
{
	struct test *test = *state;
	uint8_t *buffer = NULL;
	uint64_t count = 99;

	open_and_claim(test);
	send_three(test);
	fake_bus_end(&test->fake, BUS_OK);
	usb_module_events(test->module);
	test->fake.gone = true;
	usb_module_events(test->module);
	assert_int_equal(ops->completed(test->module, &count, &test->why), UXM_IO_GONE);
	assert_int_equal(count, 1);
	assert_string_equal(test->why.text, "The module at 1-1.4 has left the bus.");
	fake_bus_forget_calls(&test->fake);
	assert_int_equal(ops->reserve(test->module, &buffer), UXM_IO_OK);
	assert_int_equal(ops->submit(test->module, 1, &test->why), UXM_IO_GONE);
	assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_GONE);
	assert_int_equal(ops->resubmit(test->module, 0, &test->why), UXM_IO_GONE);
	assert_int_equal(ops->claim(test->module, &test->why), UXM_IO_GONE);
	assert_int_equal(ask(test), UXM_IO_GONE);
	assert_string_equal(test->fake.calls, "");
	ops->close(test->module);
	assert_string_equal(test->fake.calls, "release close ");
}

static void finds_out_by_any_call_that_the_module_is_gone(void **state)
{
	struct test *test = *state;

	open_and_claim(test);
	test->fake.gone = true;
	assert_int_equal(ask(test), UXM_IO_GONE);
	ops->close(test->module);
	test->fake.gone = false;
	open_and_claim(test);
	test->fake.gone = true;
	assert_int_equal(ops->submit(test->module, 1, &test->why), UXM_IO_GONE);
	ops->close(test->module);
	test->fake.gone = false;
	open_and_claim(test);
	test->fake.gone = true;
	assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_GONE);
	ops->close(test->module);
	test->fake.gone = false;
	open_and_claim(test);
	test->fake.clear_status = BUS_GONE;
	assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_AGAIN);
	usb_module_events(test->module);
	assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_GONE);
}

static void notices_an_unplug_with_nothing_in_flight(void **state)
{
	struct test *test = *state;
	uint64_t count = 99;

	open_and_claim(test);
	assert_int_equal(ops->completed(test->module, &count, &test->why), UXM_IO_OK);
	test->fake.left = true;
	assert_int_equal(ops->completed(test->module, &count, &test->why), UXM_IO_GONE);
	assert_int_equal(count, 0);
	ops->close(test->module);
	/* The next one is another one. */
	test->fake.left = false;
	open_and_claim(test);
	assert_int_equal(ops->completed(test->module, &count, &test->why), UXM_IO_OK);
}

static void passes_on_what_is_to_be_polled(void **state)
{
	struct test *test = *state;
	struct pollfd fds[1] = {{.fd = -1}};

	assert_int_equal(usb_module_pollfds(test->module, NULL, 0), 2);
	assert_int_equal(usb_module_pollfds(test->module, fds, 1), 2);
	assert_int_equal(fds[0].fd, 5);
	assert_int_equal(fds[0].events, POLLOUT);
	assert_int_equal(usb_module_timeout(test->module), 17);
	assert_int_equal(ops->arrivals(test->module), 42);
}

static void knows_the_ids_that_it_was_given(void **state)
{
	struct usb_id ids[] = {{0x0483, 0xDF11}};
	struct fake_bus fake;
	struct usb_module *module = NULL;
	struct uxm_failure why;
	size_t count = 0;

	(void)state;
	fake_bus_init(&fake);
	fake.devices[0].vendor = 0x0483;
	fake.devices[0].product = 0xDF11;
	module = usb_module_over(&fake_bus_ops, &fake, ids, 1);
	ids[0].vendor = 0;
	assert_int_equal(ops->scan(module, NULL, 0, &count, &why), UXM_IO_OK);
	assert_int_equal(count, 1);
	usb_module_free(module);
}

static void has_nothing_to_poll_before_the_first_look_at_the_bus(void **state)
{
	struct usb_module *module = usb_module_new(NULL, 0);
	struct uxm_candidate candidate = fake_bus_candidate();
	struct uxm_failure why;

	(void)state;
	assert_non_null(module);
	assert_int_equal(usb_module_pollfds(module, NULL, 0), 0);
	assert_int_equal(usb_module_timeout(module), -1);
	usb_module_events(module);
	assert_int_equal(ops->arrivals(module), 0);
	assert_int_equal(ops->open(module, &candidate, &why), UXM_IO_GONE);
	ops->close(module);
	usb_module_free(module);
}

#define WITH_MODULE(test) cmocka_unit_test_setup_teardown(test, make_module, free_module)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MODULE(finds_no_candidate_on_an_empty_bus),
		WITH_MODULE(lists_the_candidates_by_port_path_and_counts_all),
		WITH_MODULE(opens_and_claims_nothing_in_a_scan),
		WITH_MODULE(says_that_the_bus_cannot_be_listed),
		WITH_MODULE(opens_one_device_at_a_time),
		WITH_MODULE(says_why_a_module_cannot_be_opened),
		WITH_MODULE(says_why_the_interface_cannot_be_claimed),
		WITH_MODULE(claims_again_only_when_nothing_is_under_way),
		WITH_MODULE(refuses_what_is_not_possible_before_the_claim),
		WITH_MODULE(closes_with_everything_in_flight),
		WITH_MODULE(closes_while_the_halt_is_being_cleared),
		WITH_MODULE(closes_within_a_second_whatever_the_kernel_does),
		WITH_MODULE(says_gone_at_every_call_once_the_module_is_unplugged),
		WITH_MODULE(finds_out_by_any_call_that_the_module_is_gone),
		WITH_MODULE(notices_an_unplug_with_nothing_in_flight),
		WITH_MODULE(passes_on_what_is_to_be_polled),
		cmocka_unit_test(knows_the_ids_that_it_was_given),
		cmocka_unit_test(has_nothing_to_poll_before_the_first_look_at_the_bus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
