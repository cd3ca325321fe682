/* What the tests of the pipe share. */
#include "tests/usb/pipe_test.h"

#include <string.h>

#include "tests/cmocka.h"

static const struct uxm_module_ops *const ops = &usb_module_ops;

static struct pipe_test test_state;

int pipe_test_begin(void **state)
{
	struct uxm_candidate candidate = fake_bus_candidate();
	struct pipe_test *test = &test_state;

	memset(test, 0, sizeof(*test));
	fake_bus_init(&test->fake);
	test->module = usb_module_over(&fake_bus_ops, &test->fake, NULL, 0);
	*state = test;
	if (ops->open(test->module, &candidate, &test->why) != UXM_IO_OK ||
	    ops->claim(test->module, &test->why) != UXM_IO_OK)
		return -1;
	fake_bus_forget_calls(&test->fake);
	return 0;
}

int pipe_test_end(void **state)
{
	struct pipe_test *test = *state;

	usb_module_free(test->module);
	return test->fake.frees == 1 && test->fake.releases == test->fake.claims &&
			       test->fake.transfers_alive == 0
		       ? 0
		       : -1;
}

void pipe_test_send(struct pipe_test *test, uint8_t fill, size_t length)
{
	uint8_t *buffer = NULL;

	assert_int_equal(ops->reserve(test->module, &buffer), UXM_IO_OK);
	memset(buffer, fill, length);
	assert_int_equal(ops->submit(test->module, length, &test->why), UXM_IO_OK);
}

void pipe_test_send_many(struct pipe_test *test, uint8_t first, size_t count)
{
	for (size_t i = 0; i < count; i++)
		pipe_test_send(test, (uint8_t)(first + i), 1000 + first + i);
}

uint64_t pipe_test_completed(struct pipe_test *test, enum uxm_io io)
{
	uint64_t count = UINT64_MAX;

	assert_int_equal(ops->completed(test->module, &count, &test->why), io);
	return count;
}

void pipe_test_end_oldest(struct pipe_test *test, enum bus_status status)
{
	fake_bus_end(&test->fake, status);
	usb_module_events(test->module);
}

void pipe_test_settle(struct pipe_test *test)
{
	enum uxm_io io = UXM_IO_AGAIN;

	for (size_t i = 0; i < 3 && io == UXM_IO_AGAIN; i++) {
		io = ops->settle(test->module, &test->why);
		usb_module_events(test->module);
	}
	assert_int_equal(io, UXM_IO_OK);
}
