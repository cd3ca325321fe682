/* USB/IP frames as a host sends them, also one that means harm or does not read. */
#include <string.h>
#include <sys/socket.h>

#include "tests/cmocka.h"
#include "tests/module/connection.h"

static void endpoints_that_do_not_exist_are_stalled(void **state)
{
	struct connection *c = *state;
	uint8_t header[48];

	make_submit(header, 1, 1, 1, 512); /* bulk IN */
	connection_send(c, header, sizeof(header));
	make_submit(header, 2, 1, 2, 64);
	put32(header + 32, 2); /* isochronous: two descriptors follow */
	connection_send(c, header, sizeof(header));
	connection_send(c, (const uint8_t[32]){0}, 32);
	make_submit(header, 3, 0, 15, 0);
	put32(header + 32, UINT32_MAX); /* not isochronous, as the document says it */
	connection_send(c, header, sizeof(header));
	c->endpoint0.configuration = 0;
	make_submit(header, 4, 0, 1, 0);
	connection_send(c, header, sizeof(header));
	assert_int_equal(connection_hear(c), LINK_AGAIN);
	connection_move(c);
	for (uint32_t seqnum = 1; seqnum <= 4; seqnum++)
		expect(c, 3, seqnum, STATUS_STALLED, 0);
	expect_nothing(c);
}

static void a_control_transfer_whose_lengths_differ_is_stalled(void **state)
{
	static const uint8_t abort_session[8] = {UXM_WIRE_OUT, UXM_WIRE_ABORT, 0, 0, 0, 0, 4, 0};
	struct connection *c = *state;
	uint32_t seqnum = submit_control(c, abort_session, 0);

	assert_int_equal(connection_hear(c), LINK_AGAIN);
	connection_move(c);
	expect(c, 3, seqnum, STATUS_STALLED, 0);
	assert_int_equal(rig_status(c->rig).state, UXM_WIRE_RECEIVING);
}

static void frames_may_come_byte_by_byte(void **state)
{
	struct connection *c = *state;
	uint8_t bytes[48 + UXM_WIRE_CHUNK_SIZE + 100];
	size_t length = 48 + rig_chunk(c->rig, 0, 100, bytes + 48);

	make_submit(bytes, 7, 0, 1, (uint32_t)(length - 48));
	for (size_t i = 0; i < length; i++) {
		connection_send(c, bytes + i, 1);
		assert_int_equal(connection_hear(c), LINK_AGAIN);
	}
	connection_move(c);
	expect(c, 3, 7, 0, (uint32_t)(length - 48));
}

static void the_host_closing_is_noticed_also_within_a_frame(void **state)
{
	struct connection *c = *state;
	uint8_t header[48];

	make_submit(header, 1, 0, 1, 1000);
	connection_send(c, header, sizeof(header));
	connection_send(c, header, 20);
	assert_int_equal(shutdown(c->host, SHUT_WR), 0);
	assert_int_equal(connection_hear(c), LINK_ENDED);
}

/* One header, with one field changed. */
static void refuses_frame(void **state, size_t at, uint32_t value)
{
	struct connection *c;
	uint8_t header[48];

	connection_tear_down(state);
	connection_set_up(state);
	c = *state;
	make_submit(header, 1, 0, 1, 16);
	put32(header + at, value);
	connection_send(c, header, sizeof(header));
	assert_int_equal(connection_hear(c), LINK_BROKEN);
}

static void frames_that_cannot_be_break_the_connection(void **state)
{
	refuses_frame(state, 0, 0);
	refuses_frame(state, 0, 3);
	refuses_frame(state, 0, 0x01000000);
	refuses_frame(state, 12, 2);
	refuses_frame(state, 16, 16);
	refuses_frame(state, 24, 1024 * 1024 + 1);
	refuses_frame(state, 24, 0x80000000);
	refuses_frame(state, 24, UINT32_MAX);
	refuses_frame(state, 32, 1025);
	refuses_frame(state, 32, 0x7FFFFFFF);
}

static void more_than_16_mib_pending_break_the_connection(void **state)
{
	struct connection *c = *state;
	static uint8_t bytes[1024 * 1024];
	uint8_t header[48];
	enum link_event event = LINK_AGAIN;
	const char *why = "";

	for (unsigned i = 0; i < 17; i++) {
		size_t sent = 0;

		make_submit(header, i, 0, 1, sizeof(bytes));
		connection_send(c, header, sizeof(header));
		while (sent < sizeof(bytes) && event != LINK_BROKEN) {
			ssize_t some = send(c->host, bytes + sent, sizeof(bytes) - sent, 0);
			sent += some > 0 ? (size_t)some : 0;
			event = link_read(&c->link, c->rig->now, &why);
		}
		assert_int_equal(event == LINK_BROKEN, i == 16);
	}
	assert_non_null(strstr(why, "16 MiB"));
}

static void answers_wait_for_a_host_that_does_not_read(void **state)
{
	static const uint8_t get_device[8] = {0x80, 6, 0, 1, 0, 0, 18, 0};
	struct connection *c = *state;
	uint32_t asked = 0;
	uint32_t answered = 0;
	uint8_t bytes[48 + 18];
	const char *why;

	/* until neither the module's buffer nor the sockets take any more */
	while (asked < 100000) {
		uint8_t header[48];

		make_submit(header, asked, 1, 0, 18);
		memcpy(header + 40, get_device, 8);
		if (send(c->host, header, sizeof(header), 0) != sizeof(header))
			break;
		asked++;
		(void)link_read(&c->link, c->rig->now, &why);
		assert_true(link_flush(&c->link));
	}
	assert_in_range(asked, 100, 99999);
	assert_true(link_waits(&c->link));
	while (answered < asked) {
		(void)connection_hear(c);
		assert_true(link_flush(&c->link));
		while (recv(c->host, bytes, sizeof(bytes), 0) == sizeof(bytes)) {
			assert_int_equal(get32(bytes + 4), answered);
			assert_int_equal(bytes[48], 18);
			answered++;
		}
	}
	assert_false(link_waits(&c->link));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, connection_set_up, connection_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(endpoints_that_do_not_exist_are_stalled),
		TEST(a_control_transfer_whose_lengths_differ_is_stalled),
		TEST(frames_may_come_byte_by_byte),
		TEST(the_host_closing_is_noticed_also_within_a_frame),
		TEST(frames_that_cannot_be_break_the_connection),
		TEST(more_than_16_mib_pending_break_the_connection),
		TEST(answers_wait_for_a_host_that_does_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
