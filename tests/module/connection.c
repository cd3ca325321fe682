/*
 * The host's end of a module's connection.
 */
#include "tests/module/connection.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/cmocka.h"

/* An answer as the host reads it. */
struct answer {
	uint32_t command;
	uint32_t seqnum;
	int32_t status;
	uint32_t actual;
};

void put32(uint8_t *bytes, uint32_t value)
{
	value = htonl(value);
	memcpy(bytes, &value, 4);
}

uint32_t get32(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, 4);
	return ntohl(value);
}

static void connect_pair(struct connection *c, enum pace_bus bus)
{
	struct pace pace;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	pace_init(&pace, bus, 0);
	link_open(&c->link, ends[0], &c->endpoint0, &pace);
	c->host = ends[1];
}

int connection_set_up(void **state)
{
	struct connection *c = calloc(1, sizeof(*c));
	struct descriptor_facts facts = {.speed = DESCRIPTOR_HIGH};
	struct device_options options;

	rig_options(&options);
	options.largest_chunk = 65536;
	c->rig = rig_new(&options);
	endpoint0_reset(&c->endpoint0, c->rig->device, &facts);
	c->endpoint0.configuration = 1;
	connect_pair(c, PACE_NONE);
	assert_int_equal(rig_begin(c->rig, 200000, true), DEVICE_ANSWERED);
	*state = c;
	return 0;
}

int connection_tear_down(void **state)
{
	struct connection *c = *state;

	link_close(&c->link);
	assert_int_equal(c->link.pool.pending_count, 0);
	assert_int_equal(c->link.pool.pending_bytes, 0);
	close(c->host);
	rig_free(c->rig);
	free(c);
	return 0;
}

void connection_renew(struct connection *c, enum pace_bus bus)
{
	close(c->host);
	link_close(&c->link);
	connect_pair(c, bus);
}

void connection_send(struct connection *c, const void *bytes, size_t length)
{
	assert_int_equal(send(c->host, bytes, length, 0), (ssize_t)length);
}

/* Reads everything that the host has sent; the event that ended it. */
enum link_event connection_hear(struct connection *c)
{
	const char *why = NULL;
	enum link_event event;

	do {
		event = link_read(&c->link, c->rig->now, &why);
	} while (event == LINK_FRAME);
	assert_true((why != NULL) == (event == LINK_BROKEN));
	return event;
}

void make_submit(uint8_t header[48], uint32_t seqnum, uint32_t direction, uint32_t endpoint,
		 uint32_t length)
{
	memset(header, 0, 48);
	put32(header, 1);
	put32(header + 4, seqnum);
	put32(header + 8, 0x10002);
	put32(header + 12, direction);
	put32(header + 16, endpoint);
	put32(header + 24, length);
}

/* Submits a bulk transfer of these bytes; returns its seqnum. */
uint32_t submit_bulk(struct connection *c, const uint8_t *bytes, uint32_t length)
{
	uint8_t header[48];

	make_submit(header, ++c->seqnum, 0, 1, length);
	connection_send(c, header, sizeof(header));
	if (length > 0)
		connection_send(c, bytes, length);
	assert_int_equal(connection_hear(c), LINK_AGAIN);
	return c->seqnum;
}

/* Submits a chunk of the payload as one transfer. */
uint32_t submit_chunk(struct connection *c, uint64_t offset, uint32_t length)
{
	uint8_t *bytes = malloc(UXM_WIRE_CHUNK_SIZE + length);
	uint32_t seqnum = submit_bulk(c, bytes, (uint32_t)rig_chunk(c->rig, offset, length, bytes));

	free(bytes);
	return seqnum;
}

uint32_t submit_control(struct connection *c, const uint8_t setup[8], uint32_t length)
{
	uint8_t header[48];

	make_submit(header, ++c->seqnum, setup[0] >> 7, 0, length);
	memcpy(header + 40, setup, 8);
	connection_send(c, header, sizeof(header));
	return c->seqnum;
}

uint32_t submit_unlink(struct connection *c, uint32_t victim)
{
	uint8_t header[48] = {0};

	put32(header, 2);
	put32(header + 4, ++c->seqnum);
	put32(header + 20, victim);
	connection_send(c, header, sizeof(header));
	assert_int_equal(connection_hear(c), LINK_AGAIN);
	return c->seqnum;
}

void connection_move(struct connection *c)
{
	while (link_move(&c->link, c->rig->now))
		;
	assert_true(link_flush(&c->link));
}

/* The next answer that the host gets; false when there is none. */
static bool next_answer(struct connection *c, struct answer *answer)
{
	uint8_t header[48];
	ssize_t got = recv(c->host, header, sizeof(header), 0);

	if (got < 0)
		return false;
	assert_int_equal(got, sizeof(header));
	answer->command = get32(header);
	answer->seqnum = get32(header + 4);
	answer->status = (int32_t)get32(header + 20);
	answer->actual = get32(header + 24);
	return true;
}

void expect(struct connection *c, uint32_t command, uint32_t seqnum, int32_t status,
	    uint32_t actual)
{
	struct answer answer = {0};

	assert_true(next_answer(c, &answer));
	assert_int_equal(answer.command, command);
	assert_int_equal(answer.seqnum, seqnum);
	assert_int_equal(answer.status, status);
	assert_int_equal(answer.actual, actual);
}

void expect_nothing(struct connection *c)
{
	struct answer answer;

	assert_false(next_answer(c, &answer));
}
