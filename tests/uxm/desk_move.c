/* Transfers as the kernel and the modules see them. */
#include <string.h>

#include "tests/uxm/desk_inside.h"

/* bmRequestType's type (USB 2.0, table 9-2). */
#define TYPE_MASK         0x60
#define TYPE_VENDOR       0x40
/* USB 2.0, tables 9-4 to 9-6. */
#define TO_ENDPOINT       0x02
#define CLEAR_FEATURE     1
#define GET_DESCRIPTOR    6
#define STRING_DESCRIPTOR 3
#define ENGLISH           0x0409
/* Where BEGIN has the payload's id (uxm/PROTOCOL.md). */
#define BEGIN_ID          8

static const char *const status_names[] = {
	"well",     "stall",    "gone",      "busy",  "denied", "no memory",
	"too late", "overflow", "cancelled", "short", "error",
};

static struct desk_queue *queue_of(struct desk *desk, const struct desk_transfer *transfer)
{
	return transfer->seen.endpoint == 0 ? &desk->control : &desk->bulk;
}

/* How much the oldest bulk transfer moves next; an event at a byte is met exactly. */
static size_t bulk_slice(const struct desk *desk)
{
	const struct desk_transfer *transfer = desk->bulk.transfer[0];
	uint64_t slice = desk_least(DESK_SLICE, transfer->seen.length - transfer->moved);

	if (desk->moved_due > desk->moved)
		slice = desk_least(slice, desk->moved_due - desk->moved);
	return (size_t)slice;
}

static void schedule(struct desk *desk, struct desk_queue *queue)
{
	if (queue->count == 0)
		queue->due = DEVICE_NEVER;
	else if (queue == &desk->control)
		queue->due = desk->now + desk->options.latency;
	else
		queue->due = desk->now + desk_time(bulk_slice(desk), desk->options.bus_rate);
}

/* With a serial number that tells, without one the port (design.md, decision 6). */
static bool is_taken_one(const struct desk *desk)
{
	const struct desk_slot *slot = &desk->slot[desk->opened];

	if (desk->options.without_serial)
		return slot->port == desk->took_port;
	return strcmp(slot->serial, desk->took_serial) == 0;
}

/* Whether the first BEGIN names the payload, at byte 8 (uxm/PROTOCOL.md). */
static void note_begin(struct desk *desk, const uint8_t *setup)
{
	static const uint8_t zeros[UXM_WIRE_DIGEST_SIZE];
	const uint8_t *id = setup + BUS_SETUP_SIZE + BEGIN_ID;

	if (!desk->begun_once)
		desk->begun_unnamed = memcmp(id, zeros, sizeof(zeros)) == 0;
	desk->begun_once = true;
}

/* Before the claim: STATUS is harmless, but what is not the only module is asked who it is, and
 * nothing else (design.md, "What must always hold", 3). */
static bool may_be_asked(const struct desk *desk, bool vendor, uint8_t request)
{
	if (desk->claimed)
		return true;
	if (!vendor)
		return request == GET_DESCRIPTOR;
	return request == UXM_WIRE_IDENTITY ||
	       (request == UXM_WIRE_STATUS && (desk->enumerated == 1 || desk->run.lists));
}

/* What a host may ask of a module depends on what it has done before. */
static void judge_vendor_request(struct desk *desk, const uint8_t *setup)
{
	uint8_t request = setup[1];

	if (request == UXM_WIRE_IDENTITY || request == UXM_WIRE_STATUS)
		return;
	if (!desk->claimed)
		desk_blame(desk, DESK_ACTED_UNCLAIMED);
	switch (request) {
	case UXM_WIRE_BEGIN:
		/* Nobody can know of a module that comes in this very call; one that comes later
		 * is no reason to end what was begun. */
		if (desk->plugged > 1 && !desk->begun)
			desk_blame(desk, DESK_BEGAN_ONE_OF_SEVERAL);
		desk->begun = true;
		desk->strayed = false;
		note_begin(desk, setup);
		break;
	case UXM_WIRE_COMMIT:
		if (desk->took && !is_taken_one(desk))
			desk_blame(desk, DESK_COMMITTED_ANOTHER);
		desk->committed = true;
		break;
	case UXM_WIRE_ABORT:
		if (!desk->begins)
			desk_blame(desk, DESK_ABORTED_NOTHING);
		if (desk->committed)
			desk_blame(desk, DESK_ABORTED_AFTER_COMMIT);
		break;
	default:
		desk_blame(desk, DESK_MISUSED_BUS);
		break;
	}
}

void desk_queue_push(struct desk *desk, struct desk_transfer *transfer)
{
	struct desk_queue *queue = queue_of(desk, transfer);
	const uint8_t *setup = transfer->seen.buffer;
	bool vendor;

	transfer->queued = true;
	transfer->since = desk->now;
	transfer->delivered = false;
	transfer->moved = 0;
	transfer->mishap = DESK_NOTHING;
	transfer->late = 0;
	transfer->unwanted = false;
	queue->transfer[queue->count++] = transfer;
	if (queue->count == 1) {
		desk->naked = queue == &desk->bulk ? false : desk->naked;
		schedule(desk, queue);
	}
	if (queue == &desk->bulk) {
		if (!desk->claimed || !desk->begun)
			desk_blame(desk, DESK_ACTED_UNCLAIMED);
		if (desk->hole)
			desk_blame(desk, DESK_SENT_BEHIND_HOLE);
		if (desk->toggled)
			desk_blame(desk, DESK_WRONG_TOGGLE);
		if (desk->committed)
			desk_blame(desk, DESK_SENT_AFTER_COMMIT);
		return;
	}
	vendor = (setup[0] & TYPE_MASK) == TYPE_VENDOR;
	if (vendor && setup[1] == UXM_WIRE_STATUS)
		desk->patience.unasked = 0;
	if (!may_be_asked(desk, vendor, setup[1]))
		desk_blame(desk, DESK_ASKED_TOO_MUCH);
	if (vendor)
		judge_vendor_request(desk, setup);
	desk_happen(desk, DESK_AT_REQUEST, setup[1] | (vendor ? 0 : DESK_STANDARD), transfer);
}

void desk_transfer_end(struct desk *desk, struct desk_transfer *transfer, enum bus_status status)
{
	struct desk_queue *queue = queue_of(desk, transfer);
	bool oldest = queue->transfer[0] == transfer;
	size_t at = 0;

	if (desk->trace != NULL)
		desk_trace(desk, "  %s ends: %s, %zu moved",
			   queue == &desk->bulk ? "bulk transfer" : "request", status_names[status],
			   transfer->moved);

	while (queue->transfer[at] != transfer)
		at++;
	queue->count--;
	for (; at < queue->count; at++)
		queue->transfer[at] = queue->transfer[at + 1];
	desk_patience_ended(desk, transfer, status);
	transfer->queued = false;
	transfer->ended = true;
	transfer->status = status;
	desk->ended++;
	if (oldest) {
		if (queue == &desk->bulk)
			desk->naked = false;
		schedule(desk, queue);
	}
}

void desk_transfers_end(struct desk *desk, enum bus_status status)
{
	while (desk->control.count > 0)
		desk_transfer_end(desk, desk->control.transfer[desk->control.count - 1], status);
	while (desk->bulk.count > 0)
		desk_transfer_end(desk, desk->bulk.transfer[desk->bulk.count - 1], status);
}

/* Nobody is there to whom anything could move, and the hub has not told of it. */
static bool nobody_answers(const struct desk *desk)
{
	return desk->slot[desk->opened].gone_at != DEVICE_NEVER;
}

/* String descriptors: the languages and the serial number (USB 2.0, section 9.6.7). */
static size_t string_descriptor(const struct desk_slot *slot, uint8_t index, uint8_t bytes[255])
{
	size_t length = 2;

	if (index == 0) {
		bytes[length++] = ENGLISH & 0xFF;
		bytes[length++] = ENGLISH >> 8;
	}
	for (const char *c = slot->serial; index != 0 && *c != '\0'; c++) {
		bytes[length++] = (uint8_t)*c;
		bytes[length++] = 0;
	}
	bytes[0] = (uint8_t)length;
	bytes[1] = STRING_DESCRIPTOR;
	return length;
}

static enum device_answer standard_request(struct desk_slot *slot, const struct uxm_setup *setup,
					   uint8_t *reply, size_t room, size_t *replied)
{
	uint8_t bytes[255];

	if (device_silent(slot->device))
		return DEVICE_SILENT;
	if (setup->request_type == TO_ENDPOINT && setup->request == CLEAR_FEATURE) {
		device_clear_halt(slot->device);
		slot->desk->toggled = true;
		return DEVICE_ANSWERED;
	}
	if (setup->request_type != DESK_DIRECTION_IN || setup->request != GET_DESCRIPTOR ||
	    setup->value >> 8 != STRING_DESCRIPTOR)
		return DEVICE_STALLED;
	*replied = string_descriptor(slot, (uint8_t)(setup->value & 0xFF), bytes);
	*replied = *replied < room ? *replied : room;
	memcpy(reply, bytes, *replied);
	return DEVICE_ANSWERED;
}

static bool commits_too_early(const struct device *device)
{
	struct uxm_status status;
	uint64_t began_at;

	device_status(device, &status);
	return status.state == UXM_WIRE_RECEIVING &&
	       status.accepted < device_payload(device, &began_at);
}

/* The module gets the request. */
static enum device_answer deliver(struct desk *desk, struct desk_transfer *transfer)
{
	struct desk_slot *slot = &desk->slot[desk->opened];
	uint8_t *bytes = transfer->seen.buffer;
	uint8_t *data = bytes + BUS_SETUP_SIZE;
	size_t length = transfer->seen.length - BUS_SETUP_SIZE;
	bool in = (bytes[0] & DESK_DIRECTION_IN) != 0;
	struct uxm_setup setup = {
		.request_type = bytes[0],
		.request = bytes[1],
		.value = (uint16_t)(bytes[2] | bytes[3] << 8),
		.index = (uint16_t)(bytes[4] | bytes[5] << 8),
	};
	enum device_answer answer;

	transfer->delivered = true;
	if ((setup.request_type & TYPE_MASK) != TYPE_VENDOR) {
		answer = standard_request(slot, &setup, data, length, &transfer->moved);
	} else {
		if (setup.request == UXM_WIRE_COMMIT && commits_too_early(slot->device))
			desk_blame(desk, DESK_COMMITTED_TOO_EARLY);
		answer = device_request(slot->device, desk->now, &setup, data, in ? 0 : length,
					data, in ? length : 0, &transfer->moved);
	}
	if (!in && answer == DEVICE_ANSWERED)
		transfer->moved = length;
	if (setup.request_type == UXM_WIRE_OUT && setup.request == UXM_WIRE_BEGIN &&
	    answer == DEVICE_ANSWERED) {
		desk->begins_seen++;
		(void)device_payload(slot->device, &desk->resumed_at);
	}
	desk_slot_mind(desk, slot);
	return answer;
}

void desk_move_control(struct desk *desk)
{
	struct desk_transfer *transfer = desk->control.transfer[0];
	enum device_answer answer;

	/* It hangs, unless something is said below. */
	desk->control.due = DEVICE_NEVER;
	if (nobody_answers(desk)) {
		desk_transfer_end(desk, transfer, BUS_ERROR);
		return;
	}
	if (transfer->mishap == DESK_LOSE_REQUEST)
		return;
	if (transfer->mishap == DESK_LATE) {
		transfer->mishap = DESK_NOTHING;
		desk->control.due = desk->now + transfer->late;
		return;
	}
	if (transfer->mishap == DESK_REFUSE) {
		desk_transfer_end(desk, transfer, BUS_STALL);
		return;
	}
	/* It ends well, and the module has not had all of it. */
	if (transfer->mishap == DESK_CUT && (transfer->seen.buffer[0] & DESK_DIRECTION_IN) == 0) {
		transfer->moved = (transfer->seen.length - BUS_SETUP_SIZE) / 2;
		desk_transfer_end(desk, transfer, BUS_OK);
		return;
	}
	answer = deliver(desk, transfer);
	if (!transfer->queued || answer == DEVICE_SILENT || transfer->mishap == DESK_LOSE_ANSWER)
		return;
	desk_spoil_answer(transfer);
	desk_transfer_end(desk, transfer, answer == DEVICE_ANSWERED ? BUS_OK : BUS_STALL);
}

/* The module is offered so many bytes of the transfer. Returns how many it took. */
static size_t give(struct desk *desk, struct desk_transfer *transfer, size_t length)
{
	struct desk_slot *slot = &desk->slot[desk->opened];
	bool takes = !slot->deaf && slot->awake_at == DEVICE_NEVER && !nobody_answers(desk);
	size_t took = !takes ? 0
			     : device_bulk(slot->device, desk->now,
					   transfer->seen.buffer + transfer->moved, length);

	transfer->moved += took;
	desk->moved += took;
	desk_slot_mind(desk, slot);
	if (desk->moved >= desk->moved_due)
		desk_happen(desk, DESK_AT_MOVED, desk->moved, NULL);
	return took;
}

void desk_move_bulk(struct desk *desk)
{
	struct desk_transfer *transfer = desk->bulk.transfer[0];
	const struct device *device = desk->slot[desk->opened].device;
	size_t length = bulk_slice(desk);
	size_t took;

	desk->bulk.due = DEVICE_NEVER;
	if (nobody_answers(desk)) {
		desk_transfer_end(desk, transfer, BUS_ERROR);
		return;
	}
	took = give(desk, transfer, length);
	if (!transfer->queued)
		return;
	if (transfer->moved == transfer->seen.length)
		desk_transfer_end(desk, transfer, BUS_OK);
	else if (device_halted(device))
		desk_transfer_end(desk, transfer, BUS_STALL);
	else if (took < length)
		desk->naked = true;
	else
		schedule(desk, &desk->bulk);
}

void desk_bulk_wake(struct desk *desk)
{
	if (!desk->naked)
		return;
	desk->naked = false;
	schedule(desk, &desk->bulk);
}

void desk_transfer_cancel(struct desk *desk, struct desk_transfer *transfer)
{
	struct desk_queue *queue = queue_of(desk, transfer);
	uint64_t chance = desk_chance(&desk->random);
	bool oldest = queue->transfer[0] == transfer;

	/* It is cancelled in the very moment in which it moves. */
	if (oldest && queue == &desk->bulk)
		(void)give(desk, transfer, (size_t)(chance >> 8) % (bulk_slice(desk) + 1));
	else if (oldest && !transfer->delivered && transfer->mishap == DESK_NOTHING &&
		 !nobody_answers(desk) && (chance & 1) != 0)
		(void)deliver(desk, transfer);
	if (!transfer->queued)
		return;
	if ((chance & 2) != 0)
		transfer->moved = 0;
	desk_transfer_end(desk, transfer, BUS_CANCELLED);
}
