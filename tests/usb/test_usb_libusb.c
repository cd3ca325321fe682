/* The module object on a made-up libusb: what is called, what becomes of transfers, and what is
 * given back. */
#include <limits.h>
#include <string.h>

#include "tests/cmocka.h"
#include "tests/usb/made_up.h"
#include "usb/usb.h"

static const struct uxm_module_ops *const ops = &usb_module_ops;

static const struct libusb_interface_descriptor update_setting = {
	.bInterfaceNumber = 2,
	.bInterfaceClass = 0xFF,
	.bInterfaceSubClass = 0x55,
	.bInterfaceProtocol = 0x01,
	.bNumEndpoints = 1,
	.endpoint =
		&(const struct libusb_endpoint_descriptor){
			.bEndpointAddress = 0x03, .bmAttributes = LIBUSB_TRANSFER_TYPE_BULK},
};

static const struct libusb_interface update_interface = {.altsetting = &update_setting,
							 .num_altsetting = 1};

struct test {
	struct usb_module *module;
	struct uxm_candidate candidate;
	struct uxm_failure why;
};

static struct test test_state;

static void add_module(uint8_t address)
{
	made_up.device[made_up.count++] = (struct libusb_device){
		.descriptor = {.idVendor = USB_DEFAULT_VENDOR, .idProduct = USB_DEFAULT_PRODUCT},
		.config = {.bNumInterfaces = 1, .interface = &update_interface},
		.ports = {1, address},
		.port_count = 2,
		.bus = 1,
		.address = address,
		.has_descriptor = true,
		.has_active = true,
	};
}

static int start(void **state)
{
	struct test *test = &test_state;

	made_up_start();
	add_module(7);
	*test = (struct test){.module = usb_module_new(NULL, 0)};
	*state = test;
	return test->module != NULL ? 0 : -1;
}

static int finish(void **state)
{
	struct test *test = *state;

	usb_module_free(test->module);
	made_up_finish();
	if (made_up.wrong == NULL)
		return 0;
	print_error("wrong: %s\n", made_up.wrong);
	return -1;
}

/* Looks, and finds so many. */
static void scan(struct test *test, size_t expected)
{
	size_t count = 99;

	assert_int_equal(ops->scan(test->module, &test->candidate, 1, &count, &test->why),
			 UXM_IO_OK);
	assert_int_equal(count, expected);
}

static void open_and_claim(struct test *test)
{
	scan(test, made_up.count);
	assert_int_equal(ops->open(test->module, &test->candidate, &test->why), UXM_IO_OK);
	assert_int_equal(ops->claim(test->module, &test->why), UXM_IO_OK);
	made_up.calls[0] = '\0';
}

static void send(struct test *test, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t *buffer = NULL;

		assert_int_equal(ops->reserve(test->module, &buffer), UXM_IO_OK);
		memset(buffer, 1, 64);
		assert_int_equal(ops->submit(test->module, 64, &test->why), UXM_IO_OK);
	}
}

static enum uxm_io ask(struct test *test, uint8_t data[4], uint16_t *length)
{
	const struct uxm_setup setup = {.request_type = 0xC1, .request = 3};

	*length = 4;
	return ops->control(test->module, &setup, data, length, &test->why);
}

static void claims_the_update_interface_at_its_setting_0(void **state)
{
	struct test *test = *state;

	scan(test, 1);
	assert_string_equal(test->candidate.port_path, "1-1.7");
	assert_int_equal(test->candidate.endpoint, 0x03);
	assert_int_equal(ops->open(test->module, &test->candidate, &test->why), UXM_IO_OK);
	assert_string_equal(made_up.calls, "");
	assert_int_equal(ops->claim(test->module, &test->why), UXM_IO_OK);
	ops->close(test->module);
	assert_string_equal(made_up.calls, "claim:2 setting:2:0 release:2 close ");
}

static void undoes_a_claim_that_fails_half_way(void **state)
{
	struct test *test = *state;

	scan(test, 1);
	assert_int_equal(ops->open(test->module, &test->candidate, &test->why), UXM_IO_OK);
	made_up.setting_error = LIBUSB_ERROR_NO_DEVICE;
	assert_int_equal(ops->claim(test->module, &test->why), UXM_IO_GONE);
	ops->close(test->module);
	assert_string_equal(made_up.calls, "claim:2 setting:2:0 release:2 close ");
}

static void says_busy_when_another_program_has_the_interface(void **state)
{
	struct test *test = *state;

	scan(test, 1);
	assert_int_equal(ops->open(test->module, &test->candidate, &test->why), UXM_IO_OK);
	made_up.claim_error = LIBUSB_ERROR_BUSY;
	assert_int_equal(ops->claim(test->module, &test->why), UXM_IO_FAILED);
	assert_int_equal(test->why.result, UXM_BUSY);
	ops->close(test->module);
	assert_string_equal(made_up.calls, "claim:2 close ");
}

static void says_so_when_the_bus_cannot_be_looked_at(void **state)
{
	struct test *test = *state;
	size_t count = 99;

	made_up.init_error = LIBUSB_ERROR_OTHER;
	assert_int_equal(ops->scan(test->module, NULL, 0, &count, &test->why), UXM_IO_FAILED);
	assert_int_equal(test->why.result, UXM_INTERNAL);
	assert_non_null(strstr(test->why.text, "cannot be listed (with LIBUSB_DEBUG=4"));
	assert_int_equal(count, 99);
}

static void opens_nothing_before_the_first_look(void **state)
{
	struct test *test = *state;
	const struct uxm_candidate candidate = {.port_path = "1-1.7", .bus = 1, .address = 7};

	assert_int_equal(ops->open(test->module, &candidate, &test->why), UXM_IO_GONE);
	made_up.open_error = LIBUSB_ERROR_ACCESS;
	scan(test, 1);
	assert_int_equal(ops->open(test->module, &candidate, &test->why), UXM_IO_FAILED);
	assert_int_equal(test->why.result, UXM_NOT_PERMITTED);
}

static void brings_the_answer_to_a_request(void **state)
{
	struct test *test = *state;
	uint8_t data[4] = {0};
	uint16_t length = 0;

	open_and_claim(test);
	assert_int_equal(ask(test, data, &length), UXM_IO_AGAIN);
	assert_string_equal(made_up.calls, "control:00:12 ");
	memcpy(made_up.transfer[0].usb->buffer + LIBUSB_CONTROL_SETUP_SIZE, "abc", 3);
	made_up_end(LIBUSB_TRANSFER_COMPLETED, 3);
	assert_int_equal(ask(test, data, &length), UXM_IO_AGAIN);
	usb_module_events(test->module);
	assert_int_equal(ask(test, data, &length), UXM_IO_OK);
	assert_int_equal(length, 3);
	assert_memory_equal(data, "abc", 3);
}

/* How a transfer may end, and what that is to the update. */
static const struct {
	enum libusb_transfer_status status;
	enum uxm_io io;
	const char *says;
} ends[] = {
	{LIBUSB_TRANSFER_STALL, UXM_IO_STALL, "stall"},
	{LIBUSB_TRANSFER_NO_DEVICE, UXM_IO_GONE, "left the bus"},
	{LIBUSB_TRANSFER_CANCELLED, UXM_IO_BROKEN, "was cancelled"},
	{LIBUSB_TRANSFER_TIMED_OUT, UXM_IO_BROKEN, "not answered in time"},
	{LIBUSB_TRANSFER_OVERFLOW, UXM_IO_BROKEN, "brought more than was asked for"},
	{LIBUSB_TRANSFER_ERROR, UXM_IO_BROKEN, "failed on the bus"},
};

static void tells_how_a_transfer_ended(void **state)
{
	struct test *test = *state;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		uint64_t count = 99;

		open_and_claim(test);
		send(test, 2);
		assert_string_equal(made_up.calls, "bulk:03:64 bulk:03:64 ");
		made_up_end(LIBUSB_TRANSFER_COMPLETED, 64);
		made_up_end(ends[i].status, -1);
		usb_module_events(test->module);
		assert_int_equal(ops->completed(test->module, &count, &test->why), ends[i].io);
		assert_int_equal(count, 1);
		if (strstr(test->why.text, ends[i].says) == NULL)
			fail_msg("%zu: %s", i, test->why.text);
		ops->close(test->module);
	}
}

static void takes_a_part_for_no_whole(void **state)
{
	struct test *test = *state;
	uint64_t count = 99;

	open_and_claim(test);
	send(test, 1);
	made_up_end(LIBUSB_TRANSFER_COMPLETED, 63);
	usb_module_events(test->module);
	assert_int_equal(ops->completed(test->module, &count, &test->why), UXM_IO_BROKEN);
	assert_int_equal(count, 0);
}

static void says_why_a_transfer_cannot_be_started(void **state)
{
	struct test *test = *state;
	uint8_t *buffer = NULL;

	open_and_claim(test);
	made_up.no_transfers = true;
	assert_int_equal(ops->reserve(test->module, &buffer), UXM_IO_OK);
	assert_int_equal(ops->submit(test->module, 1, &test->why), UXM_IO_FAILED);
	assert_non_null(strstr(test->why.text, "no memory"));
	made_up.no_transfers = false;
	made_up.submit_error = LIBUSB_ERROR_NO_MEM;
	assert_int_equal(ops->submit(test->module, 1, &test->why), UXM_IO_FAILED);
	assert_non_null(strstr(test->why.text, "usbfs_memory_mb"));
	made_up.submit_error = LIBUSB_ERROR_NO_DEVICE;
	assert_int_equal(ops->submit(test->module, 1, &test->why), UXM_IO_GONE);
}

static void clears_the_halt_once_all_is_cancelled_and_the_module_answers(void **state)
{
	struct test *test = *state;

	open_and_claim(test);
	send(test, 3);
	made_up_end(LIBUSB_TRANSFER_STALL, 0);
	usb_module_events(test->module);
	made_up.calls[0] = '\0';
	assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_AGAIN);
	assert_string_equal(made_up.calls, "cancel:03 cancel:03 ");
	usb_module_events(test->module);
	assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_AGAIN);
	made_up_end(LIBUSB_TRANSFER_COMPLETED, 2);
	usb_module_events(test->module);
	assert_null(strstr(made_up.calls, "clear"));
	assert_int_equal(ops->settle(test->module, &test->why), UXM_IO_OK);
	assert_non_null(strstr(made_up.calls, "clear:03 "));
}

static void counts_an_arrival_once_though_two_contexts_are_told(void **state)
{
	struct test *test = *state;

	open_and_claim(test);
	scan(test, 1);
	assert_int_equal(made_up_contexts(), 2);
	assert_int_equal(ops->arrivals(test->module), 0);
	add_module(8);
	made_up_tell(&made_up.device[1], LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED);
	assert_int_equal(ops->arrivals(test->module), 1);
	made_up_tell(&made_up.device[1], LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT);
	assert_int_equal(ops->arrivals(test->module), 1);
}

static void notices_that_the_open_module_left_and_no_other(void **state)
{
	struct test *test = *state;
	uint64_t count = 99;

	add_module(8);
	made_up_tell(&made_up.device[0], LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT);
	open_and_claim(test);
	made_up_tell(&made_up.device[1], LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT);
	assert_int_equal(ops->completed(test->module, &count, &test->why), UXM_IO_OK);
	made_up_tell(&made_up.device[0], LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT);
	assert_int_equal(ops->completed(test->module, &count, &test->why), UXM_IO_GONE);
	ops->close(test->module);
	/* The next one that is opened has not left. */
	open_and_claim(test);
	assert_int_equal(ops->completed(test->module, &count, &test->why), UXM_IO_OK);
}

static void keeps_the_context_of_the_open_module_and_that_of_the_last_look(void **state)
{
	struct test *test = *state;

	scan(test, 1);
	scan(test, 1);
	assert_int_equal(made_up_contexts(), 1);
	open_and_claim(test);
	assert_int_equal(made_up_contexts(), 1);
	scan(test, 1);
	scan(test, 1);
	assert_int_equal(made_up_contexts(), 2);
	ops->close(test->module);
	assert_int_equal(made_up_contexts(), 1);
}

static void handles_the_events_of_both_contexts(void **state)
{
	struct test *test = *state;
	uint64_t count = 99;

	usb_module_events(test->module);
	open_and_claim(test);
	scan(test, 1);
	send(test, 1);
	made_up_end(LIBUSB_TRANSFER_COMPLETED, 64);
	usb_module_events(test->module);
	assert_int_equal(ops->completed(test->module, &count, &test->why), UXM_IO_OK);
	assert_int_equal(count, 1);
}

static void gives_up_what_the_kernel_does_not_give_back(void **state)
{
	struct test *test = *state;
	uint64_t count = 99;
	size_t allocated = 0;

	open_and_claim(test);
	send(test, 1);
	made_up.deaf = true;
	ops->close(test->module);
	assert_string_equal(made_up.calls, "bulk:03:64 cancel:03 release:2 close ");
	/* For one second at most that was waited for. */
	assert_in_range(made_up.context[0].waited.tv_sec * 1000 +
				made_up.context[0].waited.tv_usec / 1000,
			0, 1000);
	made_up.deaf = false;
	allocated = made_up.transfers;
	/* Its buffer is sent by another one. */
	open_and_claim(test);
	send(test, 1);
	assert_int_equal(made_up.transfers, allocated + 1);
	/* And its callback, should it be called ever, does not end that. */
	made_up.transfer[0].usb->callback(made_up.transfer[0].usb);
	assert_int_equal(ops->completed(test->module, &count, &test->why), UXM_IO_OK);
	assert_int_equal(count, 0);
	made_up_end(LIBUSB_TRANSFER_COMPLETED, 64);
	usb_module_events(test->module);
	assert_int_equal(ops->completed(test->module, &count, &test->why), UXM_IO_OK);
	assert_int_equal(count, 1);
}

static void polls_for_both_contexts_as_far_as_there_is_room(void **state)
{
	struct test *test = *state;
	struct pollfd fds[4] = {{.fd = -1}, {.fd = -1}, {.fd = -1}, {.fd = -1}};

	assert_int_equal(usb_module_pollfds(test->module, fds, 4), 0);
	open_and_claim(test);
	assert_int_equal(usb_module_pollfds(test->module, fds, 4), 2);
	scan(test, 1);
	assert_int_equal(usb_module_pollfds(test->module, fds, 3), 4);
	assert_int_equal(fds[0].fd, 0);
	assert_int_equal(fds[0].events, 1);
	assert_int_equal(fds[1].fd, 1);
	assert_int_equal(fds[1].events, 2);
	assert_int_equal(fds[2].fd, 10);
	assert_int_equal(fds[3].fd, -1);
	assert_int_equal(usb_module_pollfds(test->module, fds, 1), 4);
	assert_int_equal(fds[1].fd, 1);
	made_up.no_pollfds = true;
	assert_int_equal(usb_module_pollfds(test->module, fds, 4), 0);
}

/* The time that is left by each context, and what comes of them; seconds below 0: none. */
static const struct {
	struct timeval found;
	struct timeval opened;
	int expected;
} timeouts[] = {
	{{-1, 0}, {-1, 0}, -1},
	{{-1, 0}, {0, 0}, 0},
	{{1, 500}, {-1, 0}, 1001},
	{{2, 1000}, {1, 999999}, 2000},
	{{1, 0}, {2, 0}, 1000},
	{{0, 1}, {0, 1001}, 1},
	{{-1, 0}, {INT_MAX / 1000, 0}, INT_MAX},
	{{-1, 0}, {INT_MAX / 1000 - 1, 0}, (INT_MAX / 1000 - 1) * 1000},
};

static void set_timeout(struct libusb_context *context, struct timeval left)
{
	context->has_timeout = left.tv_sec >= 0;
	context->timeout = left;
}

static void wants_to_be_called_when_the_first_of_them_does_and_not_before(void **state)
{
	struct test *test = *state;

	assert_int_equal(usb_module_timeout(test->module), -1);
	open_and_claim(test);
	scan(test, 1);
	for (size_t i = 0; i < sizeof(timeouts) / sizeof(timeouts[0]); i++) {
		set_timeout(&made_up.context[0], timeouts[i].opened);
		set_timeout(&made_up.context[1], timeouts[i].found);
		assert_int_equal(usb_module_timeout(test->module), timeouts[i].expected);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(claims_the_update_interface_at_its_setting_0),
		TEST(undoes_a_claim_that_fails_half_way),
		TEST(says_busy_when_another_program_has_the_interface),
		TEST(says_so_when_the_bus_cannot_be_looked_at),
		TEST(opens_nothing_before_the_first_look),
		TEST(brings_the_answer_to_a_request),
		TEST(tells_how_a_transfer_ended),
		TEST(takes_a_part_for_no_whole),
		TEST(says_why_a_transfer_cannot_be_started),
		TEST(clears_the_halt_once_all_is_cancelled_and_the_module_answers),
		TEST(counts_an_arrival_once_though_two_contexts_are_told),
		TEST(notices_that_the_open_module_left_and_no_other),
		TEST(keeps_the_context_of_the_open_module_and_that_of_the_last_look),
		TEST(handles_the_events_of_both_contexts),
		TEST(gives_up_what_the_kernel_does_not_give_back),
		TEST(polls_for_both_contexts_as_far_as_there_is_room),
		TEST(wants_to_be_called_when_the_first_of_them_does_and_not_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
