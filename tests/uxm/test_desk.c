/* The desk itself: it sees each thing that a host must never do. */
#include <string.h>

#include "tests/uxm/desk_inside.h"
#include "tests/uxm/trial.h"

static struct desk *set_up(void **state, size_t modules)
{
	const struct trial *trial = *state;
	struct desk_options options;
	const struct desk_run run = {.image = {.size = 1000}, .limit = 1000};

	desk_defaults(&options);
	options.modules = modules;
	assert_true(desk_reset(trial->desk, &options));
	desk_start(trial->desk, &run);
	return trial->desk;
}

static void scan_and_open(struct desk *desk)
{
	struct uxm_module module = desk_module(desk);
	struct uxm_candidate found[DESK_MODULES];
	struct uxm_failure why;
	size_t count;

	assert_int_equal(module.ops->scan(module.self, found, DESK_MODULES, &count, &why),
			 UXM_IO_OK);
	assert_int_equal(module.ops->open(module.self, &found[0], &why), UXM_IO_OK);
}

static void claim(struct desk *desk)
{
	struct uxm_module module = desk_module(desk);
	struct uxm_failure why;

	assert_int_equal(module.ops->claim(module.self, &why), UXM_IO_OK);
}

static enum uxm_io request(struct desk *desk, uint8_t request, const uint8_t *bytes,
			   uint16_t length)
{
	struct uxm_module module = desk_module(desk);
	struct uxm_clock clock = desk_clock(desk);
	struct uxm_setup setup = {.request_type = UXM_WIRE_OUT, .request = request};
	uint8_t data[64] = {0};
	struct uxm_failure why;
	enum uxm_io io;

	if (length > 0)
		memcpy(data, bytes, length);
	while ((io = module.ops->control(module.self, &setup, data, &length, &why)) == UXM_IO_AGAIN)
		(void)clock.ops->wait(clock.self, clock.ops->now(clock.self) + 1000);
	return io;
}

static enum uxm_io begin(struct desk *desk)
{
	struct uxm_begin begin = {.size = 1000, .version = {{1, 6, 1, 0}}};
	uint8_t bytes[UXM_WIRE_BEGIN_SIZE];

	uxm_wire_write_begin(&begin, bytes);
	return request(desk, UXM_WIRE_BEGIN, bytes, sizeof(bytes));
}

static enum uxm_io commit(struct desk *desk)
{
	struct uxm_commit commit = {.size = 1000};
	uint8_t bytes[UXM_WIRE_COMMIT_SIZE];

	uxm_wire_write_commit(&commit, bytes);
	return request(desk, UXM_WIRE_COMMIT, bytes, sizeof(bytes));
}

static void send_something(struct desk *desk)
{
	struct uxm_module module = desk_module(desk);
	struct uxm_failure why;
	uint8_t *buffer;

	assert_int_equal(module.ops->reserve(module.self, &buffer), UXM_IO_OK);
	memset(buffer, 0, UXM_WIRE_CHUNK_SIZE);
	(void)module.ops->submit(module.self, UXM_WIRE_CHUNK_SIZE, &why);
}

/* Hosts that do wrong, each in its own way. */

static void claims_one_of_two(struct desk *desk)
{
	scan_and_open(desk);
	claim(desk);
}

static void begins_although_another_came(struct desk *desk)
{
	scan_and_open(desk);
	claim(desk);
	desk_plug(desk, 1);
	(void)begin(desk);
}

static void begins_without_claim(struct desk *desk)
{
	scan_and_open(desk);
	(void)begin(desk);
}

static void sends_before_begin(struct desk *desk)
{
	scan_and_open(desk);
	claim(desk);
	send_something(desk);
}

static void aborts_nothing(struct desk *desk)
{
	scan_and_open(desk);
	claim(desk);
	(void)request(desk, UXM_WIRE_ABORT, NULL, 0);
}

static void commits_too_early(struct desk *desk)
{
	scan_and_open(desk);
	claim(desk);
	assert_int_equal(begin(desk), UXM_IO_OK);
	(void)commit(desk);
}

static void aborts_after_commit(struct desk *desk)
{
	commits_too_early(desk);
	(void)request(desk, UXM_WIRE_ABORT, NULL, 0);
}

static void sends_after_commit(struct desk *desk)
{
	commits_too_early(desk);
	send_something(desk);
}

static void leaves_it_open(struct desk *desk)
{
	scan_and_open(desk);
}

static void closes_under_way(struct desk *desk)
{
	scan_and_open(desk);
	claim(desk);
	assert_int_equal(begin(desk), UXM_IO_OK);
	send_something(desk);
	desk_bus_ops.release(desk, 0);
	desk_bus_ops.close(desk);
}

static void closes_claimed(struct desk *desk)
{
	scan_and_open(desk);
	claim(desk);
	desk_bus_ops.close(desk);
}

static void opens_twice(struct desk *desk)
{
	scan_and_open(desk);
	(void)desk_bus_ops.open(desk, 1, 1);
}

static void tells_of_more_than_was_accepted(struct desk *desk)
{
	const struct uxm_progress progress = {.step = UXM_STEP_SEND, .accepted = 1, .size = 1000};
	struct uxm_watch watch = desk_watch(desk);

	scan_and_open(desk);
	claim(desk);
	assert_int_equal(begin(desk), UXM_IO_OK);
	watch.tell(watch.self, &progress);
}

static void tells_backwards(struct desk *desk)
{
	struct uxm_progress progress = {.step = UXM_STEP_VERIFY, .percent = 10};
	struct uxm_watch watch = desk_watch(desk);

	watch.tell(watch.self, &progress);
	progress.percent = 9;
	watch.tell(watch.self, &progress);
}

static void spins(struct desk *desk)
{
	struct uxm_clock clock = desk_clock(desk);

	for (unsigned i = 0; i < 30000; i++)
		(void)clock.ops->wait(clock.self, 0);
}

static void runs_for_too_long(struct desk *desk)
{
	struct uxm_clock clock = desk_clock(desk);
	uint64_t until = clock.ops->now(clock.self) + 1001;

	while (clock.ops->wait(clock.self, until) != UXM_STOP_NOW)
		assert_true(clock.ops->now(clock.self) < until);
}

/* It does not arrive at once, and is not waited for. */
static void aborts_in_passing(struct desk *desk)
{
	struct uxm_setup setup = {.request_type = UXM_WIRE_OUT, .request = UXM_WIRE_ABORT};
	struct uxm_module module = desk_module(desk);
	struct uxm_failure why;
	uint16_t length = 0;

	scan_and_open(desk);
	claim(desk);
	assert_int_equal(begin(desk), UXM_IO_OK);
	assert_int_equal(module.ops->control(module.self, &setup, NULL, &length, &why),
			 UXM_IO_AGAIN);
	desk->control.transfer[0]->mishap = DESK_LOSE_REQUEST;
	module.ops->close(module.self);
}

/* Neither a byte nor anything else, for longer than the 5 s of its silence. */
static void waits_for_what_does_not_get_on(struct desk *desk)
{
	struct uxm_clock clock = desk_clock(desk);

	scan_and_open(desk);
	claim(desk);
	assert_int_equal(begin(desk), UXM_IO_OK);
	(void)clock.ops->wait(clock.self, clock.ops->now(clock.self) + 7000);
}

static void sees_each_thing_that_a_host_must_never_do(void **state)
{
	static const struct {
		void (*host)(struct desk *desk);
		size_t modules;
		enum desk_wrong wrong;
	} hosts[] = {
		{claims_one_of_two, 2, DESK_CLAIMED_ONE_OF_SEVERAL},
		{begins_although_another_came, 1, DESK_BEGAN_ONE_OF_SEVERAL},
		{begins_without_claim, 1, DESK_ACTED_UNCLAIMED},
		{sends_before_begin, 1, DESK_ACTED_UNCLAIMED},
		{aborts_nothing, 1, DESK_ABORTED_NOTHING},
		{commits_too_early, 1, DESK_COMMITTED_TOO_EARLY},
		{aborts_after_commit, 1, DESK_ABORTED_AFTER_COMMIT},
		{sends_after_commit, 1, DESK_SENT_AFTER_COMMIT},
		{leaves_it_open, 1, DESK_LEFT_OPEN},
		{closes_under_way, 1, DESK_CLOSED_UNDER_WAY},
		{closes_claimed, 1, DESK_CLOSED_CLAIMED},
		{opens_twice, 1, DESK_MISUSED_BUS},
		{tells_of_more_than_was_accepted, 1, DESK_TOLD_TOO_MUCH},
		{tells_backwards, 1, DESK_TOLD_BACKWARDS},
		{spins, 1, DESK_SPINS},
		{runs_for_too_long, 1, DESK_RAN_TOO_LONG},
		{aborts_in_passing, 1, DESK_LEFT_SESSION},
		{waits_for_what_does_not_get_on, 1, DESK_WAITED_FOR_PROGRESS},
	};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct desk *desk = set_up(state, hosts[i].modules);

		assert_int_equal(desk_wrongs(desk), 0);
		hosts[i].host(desk);
		if ((desk_wrongs(desk) & UINT32_C(1) << hosts[i].wrong) == 0)
			fail_msg("unseen: %s", desk_wrong_name(hosts[i].wrong));
		/* The module object may be left open: it has a device of its own to close. */
		if (desk->opened == DESK_NONE) {
			struct uxm_module module = desk_module(desk);

			module.ops->close(module.self);
		}
	}
}

int main(void)
{
	struct desk *desk = trial_desk();
	struct trial trial = {.desk = desk};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(sees_each_thing_that_a_host_must_never_do, &trial),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	desk_free(desk);
	return failed;
}
