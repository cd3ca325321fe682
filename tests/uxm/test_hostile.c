/* Modules that mean no good: whatever they answer, the update comes to an end. */
#include <string.h>

#include "tests/cmocka.h"
#include "uxm/update.h"

/* A day of virtual time is "for ever". */
#define FOR_EVER UINT64_C(86400000)

/* What the module says to the nth STATUS; false: it leaves the bus instead. */
typedef bool answer_status(unsigned nth, struct uxm_status *status);

struct hostile {
	answer_status *status;
	uint64_t now; /* milliseconds */
	unsigned asked;
	bool gone;
	unsigned begun;
};

static enum uxm_io scan(void *self, struct uxm_candidate *found, size_t room, size_t *count,
			struct uxm_failure *why)
{
	static const struct uxm_candidate one = {
		.port_path = "1-1", .bus = 1, .address = 2, .endpoint = 1};

	(void)self;
	(void)why;
	*count = 1;
	if (room > 0)
		found[0] = one;
	return UXM_IO_OK;
}

static unsigned arrivals(void *self)
{
	(void)self;
	return 0;
}

static enum uxm_io open_module(void *self, const struct uxm_candidate *candidate,
			       struct uxm_failure *why)
{
	struct hostile *hostile = self;

	(void)candidate;
	(void)why;
	hostile->gone = false;
	return UXM_IO_OK;
}

static void nothing(void *self)
{
	(void)self;
}

static enum uxm_io control(void *self, const struct uxm_setup *setup, void *data, uint16_t *length,
			   struct uxm_failure *why)
{
	static const struct uxm_identity identity = {
		.protocol = UXM_WIRE_VERSION,
		.model = "D7C",
		.running = {{1, 5, 3, 0}},
		.largest_image = 1000000,
		.largest_chunk = UXM_WIRE_CHUNK_LEAST,
		.silence = UINT32_MAX,
	};
	struct hostile *hostile = self;
	struct uxm_status status = {.state = UXM_WIRE_IDLE};

	if (setup->request == UXM_WIRE_IDENTITY) {
		uxm_wire_write_identity(&identity, data);
		*length = UXM_WIRE_IDENTITY_SIZE;
	} else if (setup->request == UXM_WIRE_STATUS) {
		if (!hostile->status(hostile->asked++, &status))
			hostile->gone = true;
		uxm_wire_write_status(&status, data);
		*length = UXM_WIRE_STATUS_SIZE;
	} else if (setup->request == UXM_WIRE_BEGIN) {
		hostile->begun++;
	}
	if (!hostile->gone)
		return UXM_IO_OK;
	uxm_fail(why, UXM_TRANSFER_FAILED, "It left.");
	return UXM_IO_GONE;
}

static enum uxm_io claim(void *self, struct uxm_failure *why)
{
	(void)self;
	(void)why;
	return UXM_IO_OK;
}

static enum uxm_io completed(void *self, uint64_t *count, struct uxm_failure *why)
{
	const struct hostile *hostile = self;

	(void)why;
	*count = 0;
	return hostile->gone ? UXM_IO_GONE : UXM_IO_OK;
}

static const struct uxm_module_ops module_ops = {
	.scan = scan,
	.arrivals = arrivals,
	.open = open_module,
	.close = nothing,
	.control = control,
	.control_cancel = nothing,
	.claim = claim,
	.completed = completed,
	.forget = nothing,
};

/* The table's type. NOLINTNEXTLINE(readability-non-const-parameter) */
static enum uxm_io no_image(void *self, uint64_t *size, struct uxm_failure *why)
{
	(void)self;
	(void)size;
	uxm_fail(why, UXM_FETCH_FAILED, "There is no image here.");
	return UXM_IO_FAILED;
}

static const struct uxm_image_ops image_ops = {.open = no_image};

static uint64_t now(void *self)
{
	const struct hostile *hostile = self;

	return hostile->now;
}

static enum uxm_stop wait_until(void *self, uint64_t until)
{
	struct hostile *hostile = self;

	if (until > hostile->now)
		hostile->now = until;
	if (hostile->now > FOR_EVER)
		fail_msg("the update goes on for ever");
	return UXM_STOP_NO;
}

static const struct uxm_clock_ops clock_ops = {.now = now, .wait = wait_until};

static void ignore(void *self, const struct uxm_progress *progress)
{
	(void)self;
	(void)progress;
}

static void comes_to_an_end(answer_status *status, enum uxm_result expected)
{
	struct hostile hostile = {.status = status};
	struct uxm_module module = {.ops = &module_ops, .self = &hostile};
	struct uxm_image image = {.ops = &image_ops, .self = &hostile};
	struct uxm_clock clock = {.ops = &clock_ops, .self = &hostile};
	struct uxm_watch watch = {.tell = ignore};
	struct uxm_order order = {.deadlines = UXM_DEADLINES};
	static struct uxm_update update;
	struct uxm_failure why;

	assert_true(uxm_name_parse("snomD7C-1.6.1-r.bin", &order.name));
	assert_true(uxm_update_init(&update, &order, module, image, clock, watch, &why));
	assert_int_equal(uxm_update_run(&update, &why), expected);
	assert_int_equal(hostile.begun, 0);
	uxm_update_release(&update);
}

static bool percent_to_and_fro(unsigned nth, struct uxm_status *status)
{
	status->state = UXM_WIRE_VERIFYING;
	status->verify = (uint8_t)(nth % 2);
	return true;
}

static bool states_to_and_fro(unsigned nth, struct uxm_status *status)
{
	status->state = nth % 2 == 0 ? UXM_WIRE_VERIFYING : UXM_WIRE_INSTALLING;
	return true;
}

static bool busy_again_after_each_reboot(unsigned nth, struct uxm_status *status)
{
	status->state = UXM_WIRE_INSTALLING;
	return nth % 5 != 4;
}

static bool fails_each_time(unsigned nth, struct uxm_status *status)
{
	status->state = nth % 2 == 0 ? UXM_WIRE_VERIFYING : UXM_WIRE_FAILED;
	return true;
}

static bool counts_on_for_ever(unsigned nth, struct uxm_status *status)
{
	status->state = UXM_WIRE_VERIFYING;
	status->accepted = nth * UINT64_C(4096);
	status->received = status->accepted;
	status->durable = status->accepted;
	return true;
}

static bool idle(unsigned nth, struct uxm_status *status)
{
	(void)nth;
	(void)status;
	return true;
}

static void a_percentage_that_goes_to_and_fro_is_no_progress(void **state)
{
	(void)state;
	comes_to_an_end(percent_to_and_fro, UXM_BUSY);
}

static void a_state_that_goes_to_and_fro_is_no_progress(void **state)
{
	(void)state;
	comes_to_an_end(states_to_and_fro, UXM_BUSY);
}

static void more_than_it_can_hold_is_no_progress(void **state)
{
	(void)state;
	comes_to_an_end(counts_on_for_ever, UXM_BUSY);
}

static void a_module_that_is_always_busy_is_given_up(void **state)
{
	(void)state;
	comes_to_an_end(busy_again_after_each_reboot, UXM_BUSY);
	comes_to_an_end(fails_each_time, UXM_BUSY);
}

static void one_that_is_idle_gets_its_image(void **state)
{
	(void)state;
	comes_to_an_end(idle, UXM_FETCH_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_percentage_that_goes_to_and_fro_is_no_progress),
		cmocka_unit_test(a_state_that_goes_to_and_fro_is_no_progress),
		cmocka_unit_test(more_than_it_can_hold_is_no_progress),
		cmocka_unit_test(a_module_that_is_always_busy_is_given_up),
		cmocka_unit_test(one_that_is_idle_gets_its_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
