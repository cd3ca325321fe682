/* The module on the hostile bus: what it says and what it takes. */
#include "tests/fuzz/hostile.h"

/* Standard requests (USB 2.0, table 9-4). */
#define STANDARD_IN   0x80
#define CLEAR_FEATURE 0x02
#define REPLY_ROOM    256u

struct reply {
	enum bus_status status;
	size_t length;
	uint8_t bytes[REPLY_ROOM];
};

enum bus_status hostile_take(struct hostile *hostile, const uint8_t *bytes, size_t length)
{
	struct uxm_status *status = &hostile->status;
	struct uxm_chunk chunk;

	if (status->state != UXM_WIRE_RECEIVING || status->halted) {
		status->halted = true;
		return BUS_STALL;
	}
	uxm_wire_read_chunk(bytes, &chunk);
	if (chunk.session != status->session || chunk.offset != status->accepted ||
	    chunk.length != length - UXM_WIRE_CHUNK_SIZE) {
		status->halted = true;
		status->reason = UXM_WIRE_GAP;
		return BUS_STALL;
	}
	status->accepted += chunk.length;
	status->received = status->accepted;
	status->durable = status->accepted;
	return BUS_OK;
}

/* Each STATUS finds the module a step further. */
static void step(struct hostile *hostile)
{
	struct uxm_status *status = &hostile->status;

	if (status->state == UXM_WIRE_VERIFYING) {
		status->verify = (uint8_t)(status->verify >= 100 ? 100 : status->verify + 50);
		if (status->verify == 100)
			status->state = UXM_WIRE_INSTALLING;
	} else if (status->state == UXM_WIRE_INSTALLING) {
		status->install = 100;
		status->state = UXM_WIRE_DONE;
	} else if (status->state == UXM_WIRE_DONE && hostile->leaves_at == 0) {
		hostile->leaves_at = hostile->now + UXM_WIRE_DONE_TIME;
	}
}

static void begin(struct hostile *hostile, const uint8_t *data, size_t length)
{
	struct uxm_status *status = &hostile->status;
	uint32_t session = status->session + 1;

	hold(uxm_wire_read_begin(data, length, &hostile->begin), "BEGIN is well-formed");
	hold(hostile->begin.size == hostile->size, "BEGIN has the image's size");
	*status = (struct uxm_status){
		.state = UXM_WIRE_RECEIVING, .session = session, .halted = status->halted};
	/* It may have kept a part. */
	if (feed_byte(hostile->feed) == 1) {
		status->accepted = feed_number(hostile->feed) % (hostile->size + 1);
		status->durable = status->accepted;
		status->received = status->accepted;
	}
}

static void commit(struct hostile *hostile, const uint8_t *data, size_t length, struct reply *reply)
{
	struct uxm_status *status = &hostile->status;
	struct uxm_commit read;

	hold(uxm_wire_read_commit(data, length, &read) && read.size == hostile->size,
	     "COMMIT is well-formed");
	if (status->state != UXM_WIRE_RECEIVING || status->accepted != hostile->size) {
		status->reason = UXM_WIRE_INCOMPLETE;
		reply->status = BUS_STALL;
		return;
	}
	status->state = UXM_WIRE_VERIFYING;
}

/* As a module should. */
static void answer_well(struct hostile *hostile, const uint8_t *setup, struct reply *reply)
{
	size_t length = (size_t)(setup[6] | setup[7] << 8);

	*reply = (struct reply){.status = BUS_OK};
	if (setup[0] == STANDARD_IN) {
		static const uint8_t language[] = {4, 3, 0x09, 0x04};
		const uint8_t serial[] = {6, 3, 'H', 0, (uint8_t)('1' + hostile->opened), 0};

		reply->length = setup[2] == 0 ? sizeof(language) : sizeof(serial);
		memcpy(reply->bytes, setup[2] == 0 ? language : serial, reply->length);
	} else if (setup[0] == CLEAR_FEATURE) {
		hostile->status.halted = false;
	} else if (setup[1] == UXM_WIRE_IDENTITY) {
		uxm_wire_write_identity(&hostile->identity, reply->bytes);
		reply->length = UXM_WIRE_IDENTITY_SIZE;
	} else if (setup[1] == UXM_WIRE_STATUS) {
		step(hostile);
		uxm_wire_write_status(&hostile->status, reply->bytes);
		reply->length = UXM_WIRE_STATUS_SIZE;
	} else if (setup[1] == UXM_WIRE_BEGIN) {
		begin(hostile, setup + BUS_SETUP_SIZE, length);
	} else if (setup[1] == UXM_WIRE_COMMIT) {
		commit(hostile, setup + BUS_SETUP_SIZE, length, reply);
	} else {
		hostile->status.state = UXM_WIRE_IDLE;
	}
	if ((setup[0] & 0x80) != 0 && reply->length > length)
		reply->length = length;
}

/* Well-formed, and anything in it. */
static void compose_status(struct hostile *hostile, struct reply *reply)
{
	struct feed *feed = hostile->feed;
	struct uxm_status status = {
		.state = (enum uxm_wire_state)(feed_byte(feed) % UXM_WIRE_STATES),
		.reason = (enum uxm_wire_reason)(feed_byte(feed) % UXM_WIRE_REASONS),
		.session = hostile->status.session + feed_byte(feed),
		.durable = feed_number(feed),
		.verify = feed_byte(feed) % 101,
		.install = feed_byte(feed) % 101,
		.halted = feed_byte(feed) % 2 == 1,
		.again = (uint32_t)feed_number(feed),
	};

	status.accepted = feed_byte(feed) % 2 == 0 ? hostile->status.accepted : feed_number(feed);
	if (status.durable > status.accepted)
		status.durable = status.accepted;
	status.received = status.accepted;
	uxm_wire_write_status(&status, reply->bytes);
}

static void compose_identity(struct hostile *hostile, struct reply *reply)
{
	struct feed *feed = hostile->feed;
	struct uxm_identity identity = hostile->identity;

	identity.flags = feed_byte(feed) % 2;
	identity.hardware_level = (uint16_t)feed_number(feed);
	identity.largest_image = feed_number(feed);
	identity.largest_chunk = (uint32_t)feed_number(feed);
	identity.silence = (uint32_t)feed_number(feed);
	for (size_t i = 0; i < 4; i++)
		identity.running.part[i] = (uint16_t)feed_number(feed);
	uxm_wire_write_identity(&identity, reply->bytes);
}

/* The reply, changed. */
static void spoil(struct hostile *hostile, const uint8_t *setup, uint8_t how, struct reply *reply)
{
	struct feed *feed = hostile->feed;
	size_t length = (size_t)(setup[6] | setup[7] << 8);
	bool in = (setup[0] & 0x80) != 0;

	switch (how) {
	case 3:
		reply->status = BUS_ERROR;
		break;
	case 4:
		reply->length = feed_byte(feed) % (reply->length + 1);
		break;
	case 5:
		reply->bytes[feed_byte(feed)] = feed_byte(feed);
		break;
	case 6:
		reply->length = feed_byte(feed);
		feed_fill(feed, reply->bytes, reply->length);
		break;
	case 7:
		if (in && setup[1] == UXM_WIRE_STATUS)
			compose_status(hostile, reply);
		if (in && setup[1] == UXM_WIRE_IDENTITY)
			compose_identity(hostile, reply);
		break;
	case 8:
		reply->length = length + 1 + feed_byte(feed);
		break;
	default:
		break;
	}
}

/* What the host will have read. */
static void note(struct hostile *hostile, const uint8_t *setup, const struct reply *reply)
{
	struct uxm_status status;

	if (reply->status != BUS_OK || setup[0] != UXM_WIRE_IN)
		return;
	if (setup[1] == UXM_WIRE_IDENTITY)
		hostile->says_identity =
			uxm_wire_read_identity(reply->bytes, reply->length, &hostile->said);
	if (setup[1] == UXM_WIRE_STATUS && reply->length <= UXM_WIRE_STATUS_SIZE &&
	    uxm_wire_read_status(reply->bytes, reply->length, &status) &&
	    status.state == UXM_WIRE_RECEIVING && status.accepted == hostile->size)
		hostile->said_all = true;
}

static void end_control(struct hostile_urb *urb, const struct reply *reply)
{
	uint8_t *setup = urb->transfer->buffer;
	size_t room = urb->transfer->length - BUS_SETUP_SIZE;
	bool in = (setup[0] & 0x80) != 0;

	urb->ended = true;
	urb->status = reply->status;
	urb->moved = in ? reply->length : room;
	if (in && reply->length > 0)
		memcpy(setup + BUS_SETUP_SIZE, reply->bytes,
		       reply->length < room ? reply->length : room);
}

static bool answer_control(struct hostile *hostile, struct hostile_urb *urb)
{
	static const enum bus_status ends[] = {BUS_STALL, BUS_ERROR, BUS_TIME, BUS_OVERFLOW};
	const uint8_t *setup = urb->transfer->buffer;
	uint8_t how = feed_byte(hostile->feed);
	struct reply reply;

	if (how == 1)
		return false;
	if (how == 2) {
		reply = (struct reply){.status = ends[feed_byte(hostile->feed) % 4]};
	} else {
		answer_well(hostile, setup, &reply);
		spoil(hostile, setup, how, &reply);
	}
	if (how == 9)
		urb->stuck = true;
	note(hostile, setup, &reply);
	if (!urb->stuck)
		end_control(urb, &reply);
	return true;
}

static bool answer_bulk(struct hostile *hostile, struct hostile_urb *urb)
{
	const struct bus_transfer *transfer = urb->transfer;
	uint8_t how = feed_byte(hostile->feed);

	if (how == 1)
		return false;
	urb->ended = true;
	urb->moved = transfer->length;
	switch (how) {
	case 2:
		hostile->status.halted = true;
		urb->status = BUS_STALL;
		urb->moved = 0;
		break;
	case 3:
		urb->status = BUS_ERROR;
		urb->moved = feed_number(hostile->feed) % (transfer->length + 1);
		break;
	case 4:
		urb->status = BUS_OK;
		urb->moved = feed_number(hostile->feed);
		break;
	case 5:
		/* Acknowledged, and dropped. */
		urb->status = BUS_OK;
		break;
	case 6:
		/* Taken, and denied. */
		(void)hostile_take(hostile, transfer->buffer, transfer->length);
		urb->status = BUS_TIME;
		break;
	case 7:
		urb->ended = false;
		urb->stuck = true;
		break;
	default:
		urb->status = hostile_take(hostile, transfer->buffer, transfer->length);
		break;
	}
	return true;
}

bool hostile_answer(struct hostile *hostile, struct hostile_urb *urb)
{
	return urb->transfer->endpoint == 0 ? answer_control(hostile, urb)
					    : answer_bulk(hostile, urb);
}
