/* The desk itself: that it sees what a host must never do, that its bus behaves as the kernel's,
 * and that the same happens again from the same options. */
#include <string.h>

#include "tests/uxm/desk_inside.h"
#include "tests/uxm/trial.h"

static struct desk *set_up(void **state, size_t modules, const struct desk_event *event)
{
	const struct trial *trial = *state;
	struct desk_options options;
	struct desk_run run = {.image = {.size = 1000}, .limit = 1000};

	desk_defaults(&options);
	options.modules = modules;
	assert_true(desk_reset(trial->desk, &options));
	if (event != NULL)
		run.events[0] = *event;
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
	};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct desk *desk = set_up(state, hosts[i].modules, NULL);

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

/* Bulk transfers straight on the bus; each holds one chunk of 100 bytes. */
#define PIECES 4

struct pieces {
	struct desk *desk;
	struct bus_transfer *transfer[PIECES];
};

static struct pieces submit_pieces(struct desk *desk)
{
	struct pieces pieces = {.desk = desk};

	scan_and_open(desk);
	claim(desk);
	assert_int_equal(begin(desk), UXM_IO_OK);
	for (unsigned i = 0; i < PIECES; i++) {
		/* The module's own; nobody else uses them here. */
		struct bus_transfer *transfer = &desk->transfer[i].seen;
		struct uxm_chunk chunk = {
			.session = device_record(desk_device(desk, 0))->session,
			.length = 100,
			.offset = i * UINT64_C(100),
		};

		chunk.crc = uxm_wire_crc(desk->payload + chunk.offset, chunk.length);
		uxm_wire_write_chunk(&chunk, transfer->buffer);
		memcpy(transfer->buffer + UXM_WIRE_CHUNK_SIZE, desk->payload + chunk.offset,
		       chunk.length);
		transfer->endpoint = 0x01;
		transfer->length = UXM_WIRE_CHUNK_SIZE + chunk.length;
		assert_int_equal(desk_bus_ops.submit(desk, transfer), BUS_OK);
		pieces.transfer[i] = transfer;
	}
	return pieces;
}

static void check_pieces(const struct pieces *pieces, const enum bus_status expected[PIECES],
			 uint64_t accepted)
{
	struct uxm_status status;

	for (unsigned i = 0; i < 20; i++)
		desk_bus_ops.events(pieces->desk, 1);
	for (size_t i = 0; i < PIECES; i++) {
		assert_false(pieces->transfer[i]->under_way);
		assert_int_equal(pieces->transfer[i]->status, expected[i]);
	}
	device_status(desk_device(pieces->desk, 0), &status);
	assert_int_equal(status.accepted, accepted);
	desk_bus_ops.release(pieces->desk, 0);
	assert_int_equal(pieces->desk->bulk.count, 0);
	pieces->desk->claimed = true;
}

static void moves_transfers_in_order_and_shows_it_in_events_alone(void **state)
{
	const enum bus_status all_well[PIECES] = {BUS_OK, BUS_OK, BUS_OK, BUS_OK};
	struct desk *desk = set_up(state, 1, NULL);
	struct pieces pieces = submit_pieces(desk);

	desk_pass(desk, 1000);
	for (size_t i = 0; i < PIECES; i++)
		assert_true(pieces.transfer[i]->under_way);
	check_pieces(&pieces, all_well, 400);
}

static void goes_on_with_those_behind_one_that_fails(void **state)
{
	const struct desk_event event = {
		.when = DESK_AT_MOVED, .value = 120 + 60, .what = DESK_BREAK};
	/* The module has 60 bytes of the second chunk, takes 60 of the third for the rest of it,
	 * and finds the CRC wrong. */
	const enum bus_status expected[PIECES] = {BUS_OK, BUS_ERROR, BUS_STALL, BUS_STALL};
	struct desk *desk = set_up(state, 1, &event);
	struct pieces pieces = submit_pieces(desk);

	check_pieces(&pieces, expected, 100);
	assert_int_equal(pieces.transfer[1]->moved, 60);
	assert_int_equal(pieces.transfer[2]->moved, 60);
	assert_int_equal(pieces.transfer[3]->moved, 0);
}

static void moves_what_is_behind_a_cancelled_one(void **state)
{
	/* Nothing may be sent behind a hole, so the module halts. */
	struct desk *desk = set_up(state, 1, NULL);
	struct pieces pieces = submit_pieces(desk);
	const enum bus_status expected[PIECES] = {BUS_OK, BUS_CANCELLED, BUS_STALL, BUS_STALL};

	desk_bus_ops.cancel(desk, pieces.transfer[1]);
	assert_true(pieces.transfer[1]->under_way);
	check_pieces(&pieces, expected, 100);
}

static void ends_all_with_gone_when_it_is_unplugged(void **state)
{
	const struct desk_event event = {.when = DESK_AT_MOVED, .value = 150, .what = DESK_UNPLUG};
	const enum bus_status expected[PIECES] = {BUS_OK, BUS_GONE, BUS_GONE, BUS_GONE};
	struct desk *desk = set_up(state, 1, &event);
	struct pieces pieces = submit_pieces(desk);

	assert_false(desk_bus_ops.left(desk));
	check_pieces(&pieces, expected, 100);
	assert_true(desk_bus_ops.left(desk));
	assert_int_equal(desk_bus_ops.submit(desk, pieces.transfer[0]), BUS_GONE);
	assert_false(desk_is_plugged(desk, 0));
}

static void a_cancelled_transfer_may_have_moved_any_part_of_its_bytes(void **state)
{
	const struct trial *trial = *state;
	unsigned moved_some = 0;
	unsigned said_nothing = 0;

	for (unsigned i = 0; i < 40; i++) {
		struct desk *desk = set_up(state, 1, NULL);
		struct pieces pieces;
		uint64_t before;

		trial->desk->random = i;
		pieces = submit_pieces(desk);
		before = desk->moved;
		for (size_t k = PIECES; k-- > 0;)
			desk_bus_ops.cancel(desk, pieces.transfer[k]);
		desk_bus_ops.events(desk, 0);
		assert_int_equal(pieces.transfer[0]->status, BUS_CANCELLED);
		moved_some += desk->moved > before ? 1 : 0;
		said_nothing += pieces.transfer[0]->moved == 0 && desk->moved > before ? 1 : 0;
	}
	assert_in_range(moved_some, 20, 40);
	assert_in_range(said_nothing, 5, 35);
}

static void does_the_same_again_from_the_same_options(void **state)
{
	const struct trial *trial = *state;
	uint64_t elapsed[2];
	char sentence[2][UXM_SENTENCE];

	for (unsigned i = 0; i < 2; i++) {
		struct desk_options options;
		struct desk_run run = {
			.image = {.size = 700000, .rate = 9000000, .piece = 1777},
			.events = {{.when = DESK_AT_MOVED, .value = 300000, .what = DESK_BREAK}},
			.limit = 100000};
		struct uxm_failure why;

		desk_defaults(&options);
		options.seed = 5;
		assert_true(desk_reset(trial->desk, &options));
		desk_start(trial->desk, &run);
		assert_int_equal(trial_update(trial->desk, TRIAL_FILE, &why), UXM_UPDATED);
		elapsed[i] = desk_elapsed(trial->desk);
		memcpy(sentence[i], why.text, sizeof(sentence[i]));
	}
	assert_int_equal(elapsed[0], elapsed[1]);
	assert_string_equal(sentence[0], sentence[1]);
}

static void takes_as_long_for_a_transfer_as_the_bus_does(void **state)
{
	struct desk *desk = set_up(state, 1, NULL);
	uint64_t before;
	struct pieces pieces;

	desk->options.bus_rate = 120000; /* a millisecond for each */
	pieces = submit_pieces(desk);
	before = desk_now(desk);
	while (pieces.transfer[PIECES - 1]->under_way)
		desk_bus_ops.events(desk, 1000);
	assert_int_equal(desk_now(desk) - before, PIECES * 1000);
}

int main(void)
{
	struct desk *desk = trial_desk();
	struct trial trial = {.desk = desk};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(sees_each_thing_that_a_host_must_never_do, &trial),
		cmocka_unit_test_prestate(moves_transfers_in_order_and_shows_it_in_events_alone,
					  &trial),
		cmocka_unit_test_prestate(goes_on_with_those_behind_one_that_fails, &trial),
		cmocka_unit_test_prestate(moves_what_is_behind_a_cancelled_one, &trial),
		cmocka_unit_test_prestate(ends_all_with_gone_when_it_is_unplugged, &trial),
		cmocka_unit_test_prestate(a_cancelled_transfer_may_have_moved_any_part_of_its_bytes,
					  &trial),
		cmocka_unit_test_prestate(does_the_same_again_from_the_same_options, &trial),
		cmocka_unit_test_prestate(takes_as_long_for_a_transfer_as_the_bus_does, &trial),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	desk_free(desk);
	return failed;
}
