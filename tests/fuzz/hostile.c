/* The bus: devices, transfers and their ends, the world around it. */
#include "tests/fuzz/hostile.h"

#include "uxm/io.h"

/* "For ever", in milliseconds and in turns: far beyond all deadlines together. */
#define FOR_EVER   UINT64_C(864000000)
#define TURNS_MOST 1000000u

static const struct bus_interface update_interface = {
	.number = 2,
	.class_code = UXM_WIRE_CLASS,
	.subclass = UXM_WIRE_SUBCLASS,
	.protocol = UXM_WIRE_PROTOCOL,
	.endpoints = 1,
	.bulk_out = 0x03,
};

void hostile_init(struct hostile *hostile, struct feed *feed)
{
	memset(hostile, 0, sizeof(*hostile));
	hostile->feed = feed;
	hostile->now = 1000;
	hostile->opened = -1;
	hostile->ports[0] = (struct hostile_port){.present = true, .address = 1};
	hostile->addresses = 1;
	hostile->identity = (struct uxm_identity){
		.protocol = UXM_WIRE_VERSION,
		.model = "D7C",
		.running = {{1, 5, 3, 0}},
		.largest_image = 1000000,
		.largest_chunk = UXM_WIRE_CHUNK_LEAST,
		.silence = 1000,
	};
}

static void plug(struct hostile *hostile, size_t port)
{
	if (hostile->ports[port].present)
		return;
	hostile->ports[port] =
		(struct hostile_port){.present = true, .address = ++hostile->addresses};
	hostile->arrivals++;
}

static void unplug(struct hostile *hostile, size_t port)
{
	hostile->ports[port].present = false;
	if (port == 0) {
		hostile->status = (struct uxm_status){.state = UXM_WIRE_IDLE};
		hostile->leaves_at = 0;
	}
	if (hostile->opened != (int)port)
		return;
	hostile->left = true;
	for (size_t i = 0; i < HOSTILE_URBS; i++) {
		struct hostile_urb *urb = &hostile->urbs[i];

		if (!urb->queued || urb->ended)
			continue;
		urb->ended = true;
		urb->status = BUS_GONE;
		urb->moved = 0;
	}
}

/* Something befalls the module, or the person in front of it. */
static void befall(struct hostile *hostile)
{
	switch (feed_byte(hostile->feed)) {
	case 1:
		unplug(hostile, 0);
		break;
	case 2:
		unplug(hostile, 0);
		plug(hostile, 0);
		break;
	case 3:
		unplug(hostile, 0);
		plug(hostile, 1);
		break;
	case 4:
		plug(hostile, 0);
		break;
	case 5:
		plug(hostile, 2);
		break;
	case 6:
		unplug(hostile, 1);
		unplug(hostile, 2);
		break;
	case 7:
		hostile->stop = UXM_STOP_SOON;
		break;
	case 8:
		hostile->stop = UXM_STOP_NOW;
		break;
	case 9:
		hostile->now += feed_number(hostile->feed) % 200000;
		break;
	case 10:
		hostile->identity.running = hostile->version;
		break;
	case 11:
		hostile->status.state =
			(enum uxm_wire_state)(feed_byte(hostile->feed) % UXM_WIRE_STATES);
		break;
	default:
		break;
	}
}

/* What is due by time alone: the reboot. */
static bool run_due(struct hostile *hostile)
{
	if (hostile->leaves_at != 0 && hostile->now >= hostile->leaves_at) {
		unplug(hostile, 0);
		hostile->identity.running = hostile->begin.version;
		hostile->returns_at = hostile->now + 3000;
		return true;
	}
	if (hostile->returns_at != 0 && hostile->now >= hostile->returns_at) {
		hostile->returns_at = 0;
		plug(hostile, 0);
		return true;
	}
	return false;
}

static struct hostile_urb *oldest(struct hostile *hostile, bool bulk)
{
	struct hostile_urb *found = NULL;

	for (size_t i = 0; i < HOSTILE_URBS; i++) {
		struct hostile_urb *urb = &hostile->urbs[i];

		if (urb->queued && !urb->ended && !urb->stuck &&
		    (urb->transfer->endpoint != 0) == bulk &&
		    (found == NULL || urb->number < found->number))
			found = urb;
	}
	return found;
}

static bool give_back(struct hostile *hostile)
{
	bool any = false;

	for (size_t i = 0; i < HOSTILE_URBS; i++) {
		struct hostile_urb *urb = &hostile->urbs[i];

		if (!urb->queued || !urb->ended)
			continue;
		urb->queued = false;
		urb->transfer->under_way = false;
		urb->transfer->status = urb->status;
		urb->transfer->moved = urb->moved;
		any = true;
	}
	return any;
}

void hostile_turn(struct hostile *hostile, uint64_t until)
{
	struct hostile_urb *urb = NULL;
	uint64_t due = until;
	bool any = false;

	befall(hostile);
	any = run_due(hostile);
	for (unsigned kind = 0; kind < 2; kind++) {
		while ((urb = oldest(hostile, kind == 1)) != NULL) {
			if (!hostile_answer(hostile, urb))
				break;
		}
	}
	any = give_back(hostile) || any;
	if (hostile->leaves_at > hostile->now && hostile->leaves_at < due)
		due = hostile->leaves_at;
	if (hostile->returns_at > hostile->now && hostile->returns_at < due)
		due = hostile->returns_at;
	hostile->now = any || due <= hostile->now ? hostile->now + 1 : due;
	hold(hostile->now < FOR_EVER && ++hostile->turns < TURNS_MOST, "the update ends");
}

static enum bus_status bus_enumerate(void *self, bus_seen *seen, void *context)
{
	struct hostile *hostile = self;
	uint8_t how = feed_byte(hostile->feed);

	if (how == 1 || how == 2)
		return how == 1 ? BUS_NO_MEMORY : BUS_ERROR;
	hostile->listed = 0;
	for (uint8_t i = 0; i < HOSTILE_PORTS; i++) {
		struct bus_device device = {
			.bus = 1,
			.address = hostile->ports[i].address,
			.port_count = 2,
			.ports = {1, (uint8_t)(i + 1)},
			.vendor = USB_DEFAULT_VENDOR,
			.product = USB_DEFAULT_PRODUCT,
			.serial_index = how == 3 ? 0 : 3,
			.interface_count = 1,
			.interfaces = &update_interface,
		};

		if (!hostile->ports[i].present)
			continue;
		hostile->listed++;
		seen(context, &device);
	}
	return BUS_OK;
}

static unsigned bus_arrivals(void *self)
{
	struct hostile *hostile = self;

	return hostile->arrivals;
}

static enum bus_status bus_open(void *self, uint8_t bus, uint8_t address)
{
	static const enum bus_status says[] = {BUS_OK, BUS_GONE, BUS_DENIED, BUS_NO_MEMORY,
					       BUS_ERROR};
	struct hostile *hostile = self;
	uint8_t how = feed_byte(hostile->feed);

	hold(hostile->opened < 0 && bus == 1, "one device is open at a time");
	if (how > 0 && how < sizeof(says) / sizeof(says[0]))
		return says[how];
	for (int i = 0; i < HOSTILE_PORTS; i++) {
		if (hostile->ports[i].present && hostile->ports[i].address == address) {
			hostile->opened = i;
			hostile->left = false;
			return BUS_OK;
		}
	}
	return BUS_GONE;
}

static void bus_close(void *self)
{
	struct hostile *hostile = self;

	hold(hostile->opened >= 0, "what is closed was open");
	hold(!hostile->claimed, "an interface is released before the module is closed");
	hostile->opened = -1;
	for (size_t i = 0; i < HOSTILE_URBS; i++) {
		struct hostile_urb *urb = &hostile->urbs[i];

		hold(!urb->queued || urb->stuck, "no transfer is under way when it is closed");
		urb->queued = false;
		if (urb->transfer != NULL)
			urb->transfer->under_way = false;
	}
}

static bool bus_left(void *self)
{
	struct hostile *hostile = self;

	return hostile->left;
}

static enum bus_status bus_claim(void *self, uint8_t interface_number)
{
	static const enum bus_status says[] = {BUS_OK, BUS_BUSY, BUS_DENIED, BUS_GONE, BUS_ERROR};
	struct hostile *hostile = self;
	uint8_t how = feed_byte(hostile->feed);

	hold(hostile->opened >= 0 && interface_number == update_interface.number &&
		     !hostile->claimed,
	     "the update interface is claimed once");
	hold(hostile->listed == 1, "nothing is claimed unless there is one module");
	if (how > 0 && how < sizeof(says) / sizeof(says[0]))
		return says[how];
	hostile->claimed = true;
	return BUS_OK;
}

static void bus_release(void *self, uint8_t interface_number)
{
	struct hostile *hostile = self;

	hold(hostile->claimed && interface_number == update_interface.number,
	     "what is released was claimed");
	hostile->claimed = false;
}

static enum bus_status bus_clear_halt(void *self, uint8_t endpoint)
{
	static const enum bus_status says[] = {BUS_OK, BUS_GONE, BUS_ERROR};
	struct hostile *hostile = self;
	uint8_t how = feed_byte(hostile->feed);

	hold(hostile->claimed && endpoint == update_interface.bulk_out,
	     "a halt is cleared where something was claimed");
	if (how > 0 && how < sizeof(says) / sizeof(says[0]))
		return says[how];
	hostile->status.halted = false;
	return BUS_OK;
}

static struct bus_transfer *bus_transfer_new(void *self, size_t room)
{
	struct hostile *hostile = self;
	struct bus_transfer *transfer = calloc(1, sizeof(*transfer));

	hold(transfer != NULL && hostile->alive < HOSTILE_URBS, "there is room for a transfer");
	transfer->buffer = malloc(room);
	transfer->room = room;
	hold(transfer->buffer != NULL, "there is memory for a transfer");
	hostile->urbs[hostile->alive++].transfer = transfer;
	return transfer;
}

static struct hostile_urb *urb_of(struct hostile *hostile, const struct bus_transfer *transfer)
{
	for (size_t i = 0; i < HOSTILE_URBS; i++) {
		if (hostile->urbs[i].transfer == transfer)
			return &hostile->urbs[i];
	}
	hold(false, "a transfer was made here");
	return NULL;
}

static void bus_transfer_free(void *self, struct bus_transfer *transfer)
{
	struct hostile *hostile = self;

	if (transfer == NULL)
		return;
	hold(!transfer->under_way, "no transfer is freed under way");
	urb_of(hostile, transfer)->transfer = NULL;
	hostile->alive--;
	free(transfer->buffer);
	free(transfer);
}

/* Bulk: a chunk, and in it nothing but the image's bytes at their place. */
static void check_bulk(const struct hostile *hostile, const struct bus_transfer *transfer)
{
	struct uxm_chunk chunk;

	hold(hostile->claimed && !hostile->committed, "chunks are sent between BEGIN and COMMIT");
	hold(transfer->endpoint == update_interface.bulk_out, "they go to the bulk endpoint");
	hold(transfer->length > UXM_WIRE_CHUNK_SIZE, "a chunk has a payload");
	uxm_wire_read_chunk(transfer->buffer, &chunk);
	hold(transfer->length == UXM_WIRE_CHUNK_SIZE + (size_t)chunk.length,
	     "a transfer is a chunk");
	hold(chunk.offset <= hostile->size && chunk.length <= hostile->size - chunk.offset,
	     "a chunk lies within the image");
	hold(memcmp(transfer->buffer + UXM_WIRE_CHUNK_SIZE, hostile->payload + chunk.offset,
		    chunk.length) == 0,
	     "a chunk has the image's bytes");
	hold(chunk.crc == uxm_wire_crc(transfer->buffer + UXM_WIRE_CHUNK_SIZE, chunk.length),
	     "its CRC is right");
}

static void check_control(struct hostile *hostile, const struct bus_transfer *transfer)
{
	const uint8_t *setup = transfer->buffer;
	size_t length = (size_t)(setup[6] | setup[7] << 8);

	hold(transfer->length == BUS_SETUP_SIZE + length && length <= BUS_CONTROL_MOST,
	     "wLength is the data's");
	if (setup[0] == 0x80 || (setup[0] == UXM_WIRE_IN && setup[1] == UXM_WIRE_IDENTITY))
		return;
	hold(hostile->claimed, "more than IDENTITY is sent only to what was claimed");
	if (setup[0] == 0x02 || (setup[0] == UXM_WIRE_IN && setup[1] == UXM_WIRE_STATUS))
		return;
	hold(setup[0] == UXM_WIRE_OUT, "nothing else is asked");
	if (setup[1] == UXM_WIRE_COMMIT) {
		hold(hostile->committed || hostile->said_all,
		     "the commit follows when all has been accepted");
		hostile->committed = true;
		return;
	}
	hold(!hostile->committed, "after the commit nothing is begun or aborted");
	hostile->said_all = hostile->said_all && setup[1] != UXM_WIRE_BEGIN;
}

static enum bus_status bus_submit(void *self, struct bus_transfer *transfer)
{
	static const enum bus_status says[] = {BUS_OK, BUS_GONE, BUS_NO_MEMORY, BUS_ERROR};
	struct hostile *hostile = self;
	struct hostile_urb *urb = urb_of(hostile, transfer);
	uint8_t how = 0;

	hold(hostile->opened >= 0 && !transfer->under_way && transfer->length <= transfer->room,
	     "a transfer is submitted that can be");
	if (transfer->endpoint == 0) {
		check_control(hostile, transfer);
	} else {
		check_bulk(hostile, transfer);
	}
	if (hostile->left)
		return BUS_GONE;
	how = feed_byte(hostile->feed);
	if (how > 0 && how < sizeof(says) / sizeof(says[0]))
		return says[how];
	transfer->under_way = true;
	*urb = (struct hostile_urb){
		.transfer = transfer, .queued = true, .number = ++hostile->submitted};
	return BUS_OK;
}

static void bus_cancel(void *self, struct bus_transfer *transfer)
{
	struct hostile *hostile = self;
	struct hostile_urb *urb = urb_of(hostile, transfer);

	hold(transfer->under_way, "what is cancelled is under way");
	if (urb->ended)
		return;
	urb->ended = true;
	urb->status = BUS_CANCELLED;
	switch (feed_byte(hostile->feed)) {
	case 1:
		urb->moved = transfer->length;
		break;
	case 2:
		/* The module had taken it, but nobody says so. */
		if (transfer->endpoint != 0)
			(void)hostile_take(hostile, transfer->buffer, transfer->length);
		break;
	case 3:
		urb->status = BUS_OK;
		urb->moved = transfer->length;
		break;
	case 4:
		urb->ended = false;
		urb->stuck = true;
		break;
	default:
		break;
	}
}

static size_t bus_pollfds(void *self, struct pollfd *fds, size_t room)
{
	(void)self;
	(void)fds;
	(void)room;
	return 0;
}

static int bus_timeout(void *self)
{
	(void)self;
	return -1;
}

static void bus_events(void *self, unsigned wait)
{
	struct hostile *hostile = self;

	hostile_turn(hostile, hostile->now + wait);
}

static uint64_t bus_now(void *self)
{
	struct hostile *hostile = self;

	return hostile->now;
}

static void bus_free(void *self)
{
	struct hostile *hostile = self;

	hold(hostile->opened < 0 && hostile->alive == 0, "all was given back");
}

const struct bus_ops hostile_bus_ops = {
	.enumerate = bus_enumerate,
	.arrivals = bus_arrivals,
	.open = bus_open,
	.close = bus_close,
	.left = bus_left,
	.claim = bus_claim,
	.release = bus_release,
	.clear_halt = bus_clear_halt,
	.transfer_new = bus_transfer_new,
	.transfer_free = bus_transfer_free,
	.submit = bus_submit,
	.cancel = bus_cancel,
	.pollfds = bus_pollfds,
	.timeout = bus_timeout,
	.events = bus_events,
	.now = bus_now,
	.free = bus_free,
};
