/* A module's transfers: their order, halts, unlink, silence, the bus's pace. */
#include <sys/socket.h>

#include "tests/cmocka.h"
#include "tests/module/connection.h"

static void transfers_are_answered_in_order(void **state)
{
	struct connection *c = *state;
	uint32_t first = submit_chunk(c, 0, 50000);
	uint32_t second = submit_chunk(c, 50000, 60000);

	connection_move(c);
	expect(c, 3, first, 0, 50020);
	expect(c, 3, second, 0, 60020);
	expect_nothing(c);
	assert_true(rig_status(c->rig).accepted == 110000);
}

static void a_chunk_may_be_spread_over_transfers(void **state)
{
	struct connection *c = *state;
	uint8_t bytes[UXM_WIRE_CHUNK_SIZE + 3000];
	uint32_t length = (uint32_t)rig_chunk(c->rig, 0, 3000, bytes);

	(void)submit_bulk(c, bytes, 10);
	(void)submit_bulk(c, bytes, 0);
	(void)submit_bulk(c, bytes + 10, 1000);
	(void)submit_bulk(c, bytes + 1010, length - 1010);
	connection_move(c);
	expect(c, 3, 1, 0, 10);
	expect(c, 3, 2, 0, 0);
	expect(c, 3, 3, 0, 1000);
	expect(c, 3, 4, 0, length - 1010);
	assert_true(rig_status(c->rig).accepted == 3000);
}

static void a_control_request_overtakes_bulk_bytes_that_wait(void **state)
{
	static const uint8_t get_status[8] = {UXM_WIRE_IN, UXM_WIRE_STATUS, 0, 0, 0, 0, 64, 0};
	struct connection *c = *state;
	uint8_t reply[UXM_WIRE_STATUS_SIZE];
	uint32_t control;

	connection_renew(c, PACE_HIGH);
	(void)submit_chunk(c, 0, 50000);
	connection_move(c);
	control = submit_control(c, get_status, 64);
	assert_int_equal(connection_hear(c), LINK_AGAIN);
	connection_move(c);
	expect(c, 3, control, 0, UXM_WIRE_STATUS_SIZE);
	assert_int_equal(recv(c->host, reply, sizeof(reply), 0), sizeof(reply));
	assert_int_equal(reply[0], UXM_WIRE_RECEIVING);
	expect_nothing(c);
}

static void a_halt_ends_its_transfer_and_each_one_behind_it(void **state)
{
	struct connection *c = *state;
	uint32_t first = submit_chunk(c, 0, 10000);
	uint32_t hole = submit_chunk(c, 20000, 10000);
	uint32_t behind = submit_chunk(c, 10000, 10000);
	uint32_t empty = submit_bulk(c, NULL, 0);
	static const uint8_t clear_halt[8] = {0x02, 1, 0, 0, 1, 0, 0, 0};
	uint32_t clear;

	connection_move(c);
	expect(c, 3, first, 0, 10020);
	expect(c, 3, hole, STATUS_STALLED, 0);
	expect(c, 3, behind, STATUS_STALLED, 0);
	expect(c, 3, empty, STATUS_STALLED, 0);
	assert_true(rig_status(c->rig).accepted == 10000);
	clear = submit_control(c, clear_halt, 0);
	assert_int_equal(connection_hear(c), LINK_AGAIN);
	first = submit_chunk(c, 10000, 10000);
	connection_move(c);
	expect(c, 3, clear, 0, 0);
	expect(c, 3, first, 0, 10020);
	assert_true(rig_status(c->rig).accepted == 20000);
}

static void a_stall_in_the_middle_reports_the_packets_before_it(void **state)
{
	struct connection *c = *state;
	uint32_t seqnum;

	rig_faults(c->rig, (const char *const[]){"stall@1500", NULL});
	seqnum = submit_chunk(c, 0, 10000);
	connection_move(c);
	/* 20 + 1500 bytes, of which two packets of 512 were whole */
	expect(c, 3, seqnum, STATUS_STALLED, 1024);
}

static void a_transfer_that_halts_with_its_last_byte_is_complete(void **state)
{
	struct connection *c = *state;
	uint32_t first;
	uint32_t second;

	rig_faults(c->rig, (const char *const[]){"corrupt@9999", NULL});
	first = submit_chunk(c, 0, 10000);
	second = submit_chunk(c, 10000, 10000);
	connection_move(c);
	expect(c, 3, first, 0, 10020);
	expect(c, 3, second, STATUS_STALLED, 0);
	assert_true(rig_status(c->rig).accepted == 0);
}

static void an_unlinked_transfer_gets_no_other_answer(void **state)
{
	struct connection *c = *state;
	uint32_t first;
	uint32_t second;
	uint32_t unlink_second;
	uint32_t unlink_first;

	connection_renew(c, PACE_HIGH);
	first = submit_chunk(c, 0, 50000);
	second = submit_chunk(c, 50000, 50000);
	connection_move(c);
	unlink_second = submit_unlink(c, second);
	unlink_first = submit_unlink(c, first);
	c->rig->now += 1000000;
	connection_move(c);
	expect(c, 4, unlink_second, STATUS_UNLINKED, 0);
	expect(c, 4, unlink_first, STATUS_UNLINKED, 0);
	expect_nothing(c);
	assert_int_equal(c->link.pool.pending_count, 0);
}

static void a_cancelled_transfer_may_have_moved_part_of_its_bytes(void **state)
{
	struct connection *c = *state;
	uint32_t first;

	connection_renew(c, PACE_HIGH);
	first = submit_chunk(c, 0, 50000);
	connection_move(c);
	c->rig->now += 250;
	connection_move(c);
	(void)submit_unlink(c, first);
	connection_move(c);
	/* the module is inside that chunk: what comes now as a beginning is taken for its rest */
	(void)submit_chunk(c, 0, 50000);
	c->rig->now += 1000;
	connection_move(c);
	c->rig->now += 1000000;
	connection_move(c);
	assert_true(device_halted(c->rig->device));
	assert_true(rig_status(c->rig).accepted == 0);
}

static void an_unlink_that_comes_too_late_says_so(void **state)
{
	struct connection *c = *state;
	uint32_t first = submit_chunk(c, 0, 50000);
	uint32_t unlink;

	connection_move(c);
	unlink = submit_unlink(c, first);
	assert_true(link_flush(&c->link));
	expect(c, 3, first, 0, 50020);
	expect(c, 4, unlink, 0, 0);
}

static void a_silent_module_answers_only_unlinks(void **state)
{
	static const uint8_t get_status[8] = {0x80, 0, 0, 0, 0, 0, 2, 0};
	struct connection *c = *state;
	uint32_t bulk;
	uint32_t control;
	uint32_t unlink_control;
	uint32_t unlink_bulk;

	rig_faults(c->rig, (const char *const[]){"silence@0", NULL});
	bulk = submit_chunk(c, 0, 10000);
	connection_move(c);
	control = submit_control(c, get_status, 2);
	assert_int_equal(connection_hear(c), LINK_AGAIN);
	connection_move(c);
	expect_nothing(c);
	assert_true(link_next(&c->link, c->rig->now) == DEVICE_NEVER);
	unlink_control = submit_unlink(c, control);
	unlink_bulk = submit_unlink(c, bulk);
	connection_move(c);
	expect(c, 4, unlink_control, STATUS_UNLINKED, 0);
	expect(c, 4, unlink_bulk, STATUS_UNLINKED, 0);
	expect_nothing(c);
}

static void where_the_module_was_pulled_only_what_a_kernel_waits_for_is_answered(void **state)
{
	static const uint8_t get_status[8] = {UXM_WIRE_IN, UXM_WIRE_STATUS, 0, 0, 0, 0, 64, 0};
	static const uint8_t set_interface[8] = {0x01, 11, 0, 0, 0, 0, 0, 0};
	static const uint8_t get_descriptor[8] = {0x80, 6, 0, 1, 0, 0, 18, 0};
	struct connection *c = *state;
	uint32_t waiting;
	uint32_t vendor;
	uint32_t kernels[2];
	uint32_t unlink_vendor;
	uint32_t unlink_waiting;

	connection_renew(c, PACE_HIGH);
	waiting = submit_chunk(c, 0, 50000);
	connection_move(c);
	link_pull(&c->link);
	c->rig->now += 1000000;
	assert_true(link_next(&c->link, c->rig->now) == DEVICE_NEVER);
	vendor = submit_control(c, get_status, 64);
	kernels[0] = submit_control(c, set_interface, 0);
	kernels[1] = submit_control(c, get_descriptor, 18);
	assert_int_equal(connection_hear(c), LINK_AGAIN);
	connection_move(c);
	expect(c, 3, kernels[0], STATUS_NOBODY, 0);
	expect(c, 3, kernels[1], STATUS_NOBODY, 0);
	expect_nothing(c);
	unlink_vendor = submit_unlink(c, vendor);
	unlink_waiting = submit_unlink(c, waiting);
	connection_move(c);
	expect(c, 4, unlink_vendor, STATUS_UNLINKED, 0);
	expect(c, 4, unlink_waiting, STATUS_UNLINKED, 0);
	expect_nothing(c);
	assert_int_equal(c->link.pool.pending_count, 0);
	assert_true(rig_status(c->rig).accepted == 0);
}

static void the_bus_takes_its_time(void **state)
{
	struct connection *c = *state;
	uint32_t seqnum;
	uint64_t began;
	unsigned looks = 0;

	connection_renew(c, PACE_HIGH);
	c->rig->now = 1000000;
	began = c->rig->now;
	seqnum = submit_chunk(c, 0, 65536 - UXM_WIRE_CHUNK_SIZE);
	connection_move(c);
	while (c->link.bulk.first != NULL) {
		uint64_t next = link_next(&c->link, c->rig->now);
		expect_nothing(c);
		assert_true(next > c->rig->now && next != DEVICE_NEVER);
		c->rig->now = next;
		connection_move(c);
		looks++;
	}
	expect(c, 3, seqnum, 0, 65536);
	/* 128 packets, 13 in a microframe: ten of them */
	assert_true(c->rig->now == began + 10 * 125);
	assert_in_range(looks, 1, 4);
	assert_true(link_next(&c->link, c->rig->now) == DEVICE_NEVER);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, connection_set_up, connection_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(transfers_are_answered_in_order),
		TEST(a_chunk_may_be_spread_over_transfers),
		TEST(a_control_request_overtakes_bulk_bytes_that_wait),
		TEST(a_halt_ends_its_transfer_and_each_one_behind_it),
		TEST(a_stall_in_the_middle_reports_the_packets_before_it),
		TEST(a_transfer_that_halts_with_its_last_byte_is_complete),
		TEST(an_unlinked_transfer_gets_no_other_answer),
		TEST(a_cancelled_transfer_may_have_moved_part_of_its_bytes),
		TEST(an_unlink_that_comes_too_late_says_so),
		TEST(a_silent_module_answers_only_unlinks),
		TEST(where_the_module_was_pulled_only_what_a_kernel_waits_for_is_answered),
		TEST(the_bus_takes_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
