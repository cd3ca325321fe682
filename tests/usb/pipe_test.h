/*
 * A test of the pipe: the module over the fake bus, opened and claimed, and what such a test does
 * time and again.
 */
#ifndef TESTS_USB_PIPE_TEST_H
#define TESTS_USB_PIPE_TEST_H

#include "tests/usb/fake_bus.h"

struct pipe_test {
	struct fake_bus fake;
	struct usb_module *module;
	struct uxm_failure why;
};

/* Before and after each test: *state is a struct pipe_test. */
int pipe_test_begin(void **state);
int pipe_test_end(void **state);

/* Reserves a buffer, fills `length` bytes of it with `fill`, submits it. */
void pipe_test_send(struct pipe_test *test, uint8_t fill, size_t length);

/* Sends `count` transfers, each with a fill and a length of its own, counted from `first`. */
void pipe_test_send_many(struct pipe_test *test, uint8_t first, size_t count);

/* Expects `completed` to say `io`, and returns its count. */
uint64_t pipe_test_completed(struct pipe_test *test, enum uxm_io io);

/* The oldest transfer ends, and that is seen. */
void pipe_test_end_oldest(struct pipe_test *test, enum bus_status status);

/* Settles a module that answers: once to cancel, once to ask it, once to clear the halt. */
void pipe_test_settle(struct pipe_test *test);

#endif
