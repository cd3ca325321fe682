/* The bulk endpoint against PROTOCOL.md: framing, gaps, what counts, RAM and flash. */
#include <stdlib.h>
#include <string.h>

#include "tests/cmocka.h"
#include "tests/module/rig.h"

#define SIZE  50000u
#define CHUNK 10000u

static int set_up(void **state)
{
	struct device_options options;
	struct rig *rig;

	rig_options(&options);
	rig = rig_new(&options);
	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	rig_free(*state);
	return 0;
}

static void whole_chunks_move_the_count(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_send(rig, 0, CHUNK), CHUNK + UXM_WIRE_CHUNK_SIZE);
	assert_true(rig_status(rig).accepted == CHUNK);
	assert_int_equal(rig_status(rig).receive, 20);
	assert_int_equal(rig_send(rig, CHUNK, 1), 1 + UXM_WIRE_CHUNK_SIZE);
	assert_true(rig_status(rig).accepted == CHUNK + 1);
	rig_send_all(rig, CHUNK + 1, SIZE);
	assert_true(rig_status(rig).accepted == SIZE);
	assert_int_equal(rig_status(rig).receive, 100);
	assert_memory_equal(rig->bank[1], rig->payload, SIZE);
}

static void packets_of_any_length_make_a_chunk(void **state)
{
	static const size_t lengths[] = {1, 2, 3, 7, 19, 20, 21, 511, 512, 513};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		uint8_t bytes[UXM_WIRE_CHUNK_SIZE + CHUNK];
		struct rig *rig;
		size_t length;

		tear_down(state);
		set_up(state);
		rig = *state;
		length = rig_chunk(rig, 0, CHUNK, bytes);
		for (size_t at = 0; at < length; at += lengths[i]) {
			size_t some = length - at < lengths[i] ? length - at : lengths[i];
			assert_true(rig_status(rig).accepted == 0);
			assert_int_equal(device_bulk(rig->device, rig->now, bytes + at, some),
					 some);
			/* a zero-length packet means nothing */
			assert_int_equal(device_bulk(rig->device, rig->now, bytes, 0), 0);
		}
		assert_true(rig_status(rig).accepted == CHUNK);
	}
}

static void several_chunks_come_in_one_piece(void **state)
{
	struct rig *rig = *state;
	uint8_t bytes[2 * (UXM_WIRE_CHUNK_SIZE + CHUNK)];
	size_t length = rig_chunk(rig, 0, CHUNK, bytes);

	length += rig_chunk(rig, CHUNK, CHUNK, bytes + length);
	assert_int_equal(device_bulk(rig->device, rig->now, bytes, length), length);
	assert_true(rig_status(rig).accepted == 2 * CHUNK);
}

/* Sends a chunk whose header was changed; the module must halt as soon as it has the header. */
static void refuses_header(struct rig *rig, const struct uxm_chunk *chunk)
{
	uint8_t bytes[UXM_WIRE_CHUNK_SIZE + 512] = {0};
	struct uxm_status status;
	uint64_t accepted = rig_status(rig).accepted;

	uxm_wire_write_chunk(chunk, bytes);
	assert_int_equal(device_bulk(rig->device, rig->now, bytes, 19), 19);
	assert_false(device_halted(rig->device));
	assert_int_equal(device_bulk(rig->device, rig->now, bytes + 19, 500), 1);
	status = rig_status(rig);
	assert_true(status.halted);
	assert_int_equal(status.reason, UXM_WIRE_GAP);
	assert_int_equal(status.state, UXM_WIRE_RECEIVING);
	assert_true(status.accepted == accepted);
	/* halted: not a byte more */
	assert_int_equal(device_bulk(rig->device, rig->now, bytes, 100), 0);
	device_clear_halt(rig->device);
	assert_false(rig_status(rig).halted);
}

static void a_header_that_does_not_fit_halts_the_endpoint(void **state)
{
	struct rig *rig = *state;
	struct uxm_chunk good;
	struct uxm_chunk bad;

	rig_send_all(rig, 0, CHUNK);
	good = (struct uxm_chunk){
		.session = rig_status(rig).session, .length = 4096, .offset = CHUNK};
	bad = good;
	bad.session++;
	refuses_header(rig, &bad);
	bad = good;
	bad.session = 0;
	refuses_header(rig, &bad);
	bad = good;
	bad.length = 0;
	refuses_header(rig, &bad);
	bad = good;
	bad.length = 16385;
	refuses_header(rig, &bad);
	bad = good;
	bad.length = UINT32_MAX;
	refuses_header(rig, &bad);
	bad = good;
	bad.offset = 0;
	refuses_header(rig, &bad);
	bad = good;
	bad.offset = CHUNK + 1;
	refuses_header(rig, &bad);
	bad = good;
	bad.offset = UINT64_MAX - 1;
	refuses_header(rig, &bad);
	/* and the right one still fits */
	rig_send_all(rig, CHUNK, SIZE);
}

static void a_chunk_that_reaches_over_the_payloads_end_halts(void **state)
{
	struct rig *rig = *state;
	struct uxm_chunk chunk = {.session = rig_status(rig).session, .offset = 40000};

	rig_send_all(rig, 0, 40000);
	chunk.length = 10001;
	refuses_header(rig, &chunk);
	rig_send_all(rig, 40000, SIZE);
	chunk.offset = SIZE;
	chunk.length = 1;
	refuses_header(rig, &chunk);
}

static void a_wrong_crc_drops_the_chunk(void **state)
{
	struct rig *rig = *state;
	uint8_t bytes[UXM_WIRE_CHUNK_SIZE + CHUNK];
	size_t length = rig_chunk(rig, 0, CHUNK, bytes);

	bytes[length - 1] ^= 1;
	assert_int_equal(device_bulk(rig->device, rig->now, bytes, length), length);
	assert_true(rig_status(rig).halted);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_GAP);
	assert_true(rig_status(rig).accepted == 0);
	device_clear_halt(rig->device);
	rig_send_all(rig, 0, SIZE);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_NONE);
	assert_memory_equal(rig->bank[1], rig->payload, SIZE);
}

static void a_hole_halts_and_the_chunks_behind_it_do_not_count(void **state)
{
	struct rig *rig = *state;

	rig_send_all(rig, 0, CHUNK);
	assert_int_equal(rig_send(rig, 2 * CHUNK, CHUNK), UXM_WIRE_CHUNK_SIZE);
	assert_int_equal(rig_send(rig, 3 * CHUNK, CHUNK), 0);
	assert_true(rig_status(rig).accepted == CHUNK);
	assert_true(rig_status(rig).halted);
}

static void clearing_the_halt_expects_a_beginning_halted_or_not(void **state)
{
	struct rig *rig = *state;
	uint8_t bytes[UXM_WIRE_CHUNK_SIZE + CHUNK];
	size_t length = rig_chunk(rig, 0, CHUNK, bytes);

	assert_int_equal(device_bulk(rig->device, rig->now, bytes, 5), 5);
	device_clear_halt(rig->device);
	assert_int_equal(device_bulk(rig->device, rig->now, bytes, length - 1), length - 1);
	device_clear_halt(rig->device);
	assert_true(rig_status(rig).accepted == 0);
	assert_int_equal(device_bulk(rig->device, rig->now, bytes, length), length);
	assert_true(rig_status(rig).accepted == CHUNK);
}

static void begin_drops_an_unfinished_chunk_but_leaves_the_halt(void **state)
{
	struct rig *rig = *state;
	uint8_t bytes[UXM_WIRE_CHUNK_SIZE + CHUNK];
	size_t length = rig_chunk(rig, 0, CHUNK, bytes);

	assert_int_equal(device_bulk(rig->device, rig->now, bytes, length / 2), length / 2);
	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
	rig_send_all(rig, 0, CHUNK);
	/* an old session's chunk */
	assert_int_equal(device_bulk(rig->device, rig->now, bytes, length), UXM_WIRE_CHUNK_SIZE);
	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
	assert_true(rig_status(rig).halted);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_NONE);
}

static void a_slow_flash_is_waited_for(void **state)
{
	struct device_options options;
	struct rig *rig;

	tear_down(state);
	rig_options(&options);
	options.flash_rate = 1000000; /* a block of 16 KiB takes 16,384 us */
	options.largest_image = RIG_BANK;
	rig = rig_new(&options);
	*state = rig;
	assert_int_equal(rig_begin(rig, 200000, true), DEVICE_ANSWERED);
	assert_int_equal(rig_send(rig, 0, 16384), 16384 + UXM_WIRE_CHUNK_SIZE);
	assert_int_equal(rig_send(rig, 16384, 16384), 16384 + UXM_WIRE_CHUNK_SIZE);
	/* RAM holds two largest chunks and no byte more: NAK */
	assert_int_equal(rig_send(rig, 32768, 16384), UXM_WIRE_CHUNK_SIZE);
	assert_false(device_halted(rig->device));
	assert_true(rig_status(rig).accepted == 32768);
	assert_true(rig_status(rig).durable == 0);
	assert_true(device_next(rig->device) == rig->now + 16384);
	rig_pass(rig, 16383);
	assert_true(rig_status(rig).durable == 0);
	rig_pass(rig, 1);
	assert_true(rig_status(rig).durable == 16384);
	assert_int_equal(device_bulk(rig->device, rig->now, rig->payload + 32768, 16384), 16384);
	assert_true(rig_status(rig).accepted == 49152);
}

static void the_flashes_rate_is_kept_though_it_is_looked_at_late(void **state)
{
	struct device_options options;
	struct rig *rig;
	uint64_t began;

	tear_down(state);
	rig_options(&options);
	options.flash_rate = 1000000;
	options.verify_rate = 0;
	rig = rig_new(&options);
	*state = rig;
	assert_int_equal(rig_begin(rig, 163840, true), DEVICE_ANSWERED);
	began = rig->now;
	for (uint64_t at = 0; at < 163840; at += 16384) {
		assert_int_equal(rig_send(rig, at, 16384), 16384 + UXM_WIRE_CHUNK_SIZE);
		/* 10 ms late each time, with something always waiting */
		if (at > 0) {
			rig->now = device_next(rig->device) + 10000;
			device_run(rig->device, rig->now);
		}
	}
	assert_int_equal(rig_commit(rig, 163840), DEVICE_ANSWERED);
	while (rig_status(rig).durable < 163840) {
		rig->now = device_next(rig->device);
		device_run(rig->device, rig->now);
	}
	assert_true(rig->now == began + 163840);
}

static void durable_follows_in_steps_and_reaches_the_end(void **state)
{
	struct rig *rig = *state;

	/* every 8 KiB a record, where a block ends */
	assert_int_equal(rig_send(rig, 0, 5000), 5000 + UXM_WIRE_CHUNK_SIZE);
	assert_true(rig_status(rig).accepted == 5000);
	assert_true(rig_status(rig).durable == 0);
	assert_int_equal(rig_send(rig, 5000, 5000), 5000 + UXM_WIRE_CHUNK_SIZE);
	assert_true(rig_status(rig).durable == 10000);
	rig_send_all(rig, 10000, SIZE);
	assert_true(rig_status(rig).durable == SIZE);
}

static void a_payload_without_an_id_shows_what_was_written_too(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_begin(rig, SIZE, false), DEVICE_ANSWERED);
	assert_true(rig_status(rig).durable == 0);
	rig_send_all(rig, 0, SIZE);
	assert_true(rig_status(rig).accepted == SIZE);
	assert_true(rig_status(rig).durable == SIZE);
}

static void a_flash_that_cannot_write_fails_the_update(void **state)
{
	struct rig *rig = *state;

	rig->power = 15000;
	assert_int_equal(rig_send(rig, 0, CHUNK), CHUNK + UXM_WIRE_CHUNK_SIZE);
	(void)rig_send(rig, CHUNK, CHUNK);
	assert_int_equal(rig_status(rig).state, UXM_WIRE_FAILED);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_FLASH);
	assert_int_equal(rig_send(rig, 2 * CHUNK, CHUNK), 0);
	assert_true(device_halted(rig->device));
}

/* Nothing that a host sends may do more than halt the endpoint. */
static void takes_any_bytes_without_harm(void **state)
{
	struct rig *rig = *state;
	uint32_t seed = 12345;

	for (unsigned round = 0; round < 20000; round++) {
		uint8_t bytes[600];
		size_t length;

		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = (uint8_t)(seed >> 24);
		}
		/* half of them begin as a chunk that fits */
		if (round % 2 == 0)
			(void)rig_chunk(rig, rig_status(rig).accepted, 100, bytes);
		length = seed % sizeof(bytes);
		(void)device_bulk(rig->device, rig->now, bytes, length);
		if (device_halted(rig->device))
			device_clear_halt(rig->device);
		if (rig_status(rig).accepted > SIZE - 200)
			assert_int_equal(rig_begin(rig, SIZE, false), DEVICE_ANSWERED);
	}
	assert_int_equal(rig_status(rig).state, UXM_WIRE_RECEIVING);
	assert_memory_equal(rig->bank[1], rig->payload, rig_status(rig).accepted);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whole_chunks_move_the_count),
		TEST(packets_of_any_length_make_a_chunk),
		TEST(several_chunks_come_in_one_piece),
		TEST(a_header_that_does_not_fit_halts_the_endpoint),
		TEST(a_chunk_that_reaches_over_the_payloads_end_halts),
		TEST(a_wrong_crc_drops_the_chunk),
		TEST(a_hole_halts_and_the_chunks_behind_it_do_not_count),
		TEST(clearing_the_halt_expects_a_beginning_halted_or_not),
		TEST(begin_drops_an_unfinished_chunk_but_leaves_the_halt),
		TEST(a_slow_flash_is_waited_for),
		TEST(the_flashes_rate_is_kept_though_it_is_looked_at_late),
		TEST(durable_follows_in_steps_and_reaches_the_end),
		TEST(a_payload_without_an_id_shows_what_was_written_too),
		TEST(a_flash_that_cannot_write_fails_the_update),
		TEST(takes_any_bytes_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
