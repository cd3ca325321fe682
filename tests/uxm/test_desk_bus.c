/* The desk's bus: transfers run, fail, are cancelled and end as the kernel's do, and the same
 * happens again from the same options. */
#include <string.h>

#include "tests/uxm/desk_inside.h"
#include "tests/uxm/trial.h"

static struct desk *set_up(void **state, const struct desk_event *event)
{
	const struct trial *trial = *state;
	struct desk_options options;
	struct desk_run run = {.image = {.size = 1000}, .limit = 1000};

	desk_defaults(&options);
	assert_true(desk_reset(trial->desk, &options));
	if (event != NULL)
		run.events[0] = *event;
	desk_start(trial->desk, &run);
	return trial->desk;
}

static void open_and_claim(struct desk *desk)
{
	struct uxm_module module = desk_module(desk);
	struct uxm_candidate found[DESK_MODULES];
	struct uxm_failure why;
	size_t count;

	assert_int_equal(module.ops->scan(module.self, found, DESK_MODULES, &count, &why),
			 UXM_IO_OK);
	assert_int_equal(module.ops->open(module.self, &found[0], &why), UXM_IO_OK);
	assert_int_equal(module.ops->claim(module.self, &why), UXM_IO_OK);
}

/* Opens a session in which it may send. */
static void begin(struct desk *desk)
{
	struct uxm_module module = desk_module(desk);
	struct uxm_begin begin = {.size = 1000, .version = {{1, 6, 1, 0}}};
	struct uxm_setup setup = {.request_type = UXM_WIRE_OUT, .request = UXM_WIRE_BEGIN};
	uint8_t bytes[UXM_WIRE_BEGIN_SIZE];
	uint16_t length = sizeof(bytes);
	struct uxm_failure why;

	uxm_wire_write_begin(&begin, bytes);
	while (module.ops->control(module.self, &setup, bytes, &length, &why) != UXM_IO_OK)
		desk_bus_ops.events(desk, 1);
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

	open_and_claim(desk);
	begin(desk);
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
	struct desk *desk = set_up(state, NULL);
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
	struct desk *desk = set_up(state, &event);
	struct pieces pieces = submit_pieces(desk);

	check_pieces(&pieces, expected, 100);
	assert_int_equal(pieces.transfer[1]->moved, 60);
	assert_int_equal(pieces.transfer[2]->moved, 60);
	assert_int_equal(pieces.transfer[3]->moved, 0);
}

static void moves_what_is_behind_a_cancelled_one(void **state)
{
	/* Nothing may be sent behind a hole, so the module halts. */
	struct desk *desk = set_up(state, NULL);
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
	struct desk *desk = set_up(state, &event);
	struct pieces pieces = submit_pieces(desk);

	assert_false(desk_bus_ops.left(desk));
	check_pieces(&pieces, expected, 100);
	assert_true(desk_bus_ops.left(desk));
	assert_int_equal(desk_bus_ops.submit(desk, pieces.transfer[0]), BUS_GONE);
	assert_false(desk_is_plugged(desk, 0));
}

static void fails_all_of_who_left_until_the_hub_tells(void **state)
{
	const struct desk_event event = {.when = DESK_AT_MOVED, .value = 150, .what = DESK_UNPLUG};
	const enum bus_status expected[PIECES] = {BUS_OK, BUS_ERROR, BUS_ERROR, BUS_ERROR};
	struct desk *desk = set_up(state, &event);
	struct pieces pieces;

	desk->options.hub = 1000000;
	pieces = submit_pieces(desk);
	check_pieces(&pieces, expected, 100);
	assert_false(desk_is_plugged(desk, 0));
	assert_false(desk_bus_ops.left(desk));
	assert_int_equal(desk_bus_ops.submit(desk, pieces.transfer[0]), BUS_OK);
	desk_bus_ops.events(desk, 1);
	assert_int_equal(pieces.transfer[0]->status, BUS_ERROR);
	assert_int_equal(pieces.transfer[0]->moved, 0);
	desk_pass(desk, 1000000);
	desk_bus_ops.events(desk, 0);
	assert_true(desk_bus_ops.left(desk));
	assert_int_equal(desk_bus_ops.submit(desk, pieces.transfer[0]), BUS_GONE);
}

static void stays_when_it_is_plugged_in_before_the_hub_told_that_it_had_left(void **state)
{
	struct desk *desk = set_up(state, NULL);

	desk->options.hub = 1000000;
	desk_unplug(desk, 0);
	desk_plug(desk, 0);
	desk_pass(desk, 2000000);
	assert_true(desk_is_plugged(desk, 0));
	desk_unplug(desk, 0);
	desk_make_usual(desk);
	desk_pass(desk, 2000000);
	assert_int_equal(desk_count_plugged(desk), 0);
}

static void a_cancelled_transfer_may_have_moved_any_part_of_its_bytes(void **state)
{
	const struct trial *trial = *state;
	unsigned moved_some = 0;
	unsigned said_nothing = 0;

	for (unsigned i = 0; i < 40; i++) {
		struct desk *desk = set_up(state, NULL);
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
	struct desk *desk = set_up(state, NULL);
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
		cmocka_unit_test_prestate(moves_transfers_in_order_and_shows_it_in_events_alone,
					  &trial),
		cmocka_unit_test_prestate(goes_on_with_those_behind_one_that_fails, &trial),
		cmocka_unit_test_prestate(moves_what_is_behind_a_cancelled_one, &trial),
		cmocka_unit_test_prestate(ends_all_with_gone_when_it_is_unplugged, &trial),
		cmocka_unit_test_prestate(fails_all_of_who_left_until_the_hub_tells, &trial),
		cmocka_unit_test_prestate(
			stays_when_it_is_plugged_in_before_the_hub_told_that_it_had_left, &trial),
		cmocka_unit_test_prestate(a_cancelled_transfer_may_have_moved_any_part_of_its_bytes,
					  &trial),
		cmocka_unit_test_prestate(does_the_same_again_from_the_same_options, &trial),
		cmocka_unit_test_prestate(takes_as_long_for_a_transfer_as_the_bus_does, &trial),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	desk_free(desk);
	return failed;
}
