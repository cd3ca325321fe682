/* The bus as the host sees it. */
#include <stdlib.h>
#include <string.h>

#include "tests/uxm/desk_inside.h"
#include "tools/module/descriptor.h"

/* So long the kernel's own requests wait for a device, in microseconds. */
#define KERNEL_WAITS     UINT64_C(5000000)
/* Where a buffer begins, as those of usbfs do. */
#define PAGE             4096u
#define SERIAL_INDEX     3
#define INTERFACE_NUMBER 0

static const struct bus_interface update_interface = {
	.number = INTERFACE_NUMBER,
	.class_code = UXM_WIRE_CLASS,
	.subclass = UXM_WIRE_SUBCLASS,
	.protocol = UXM_WIRE_PROTOCOL,
	.endpoints = 1,
	.bulk_out = DESCRIPTOR_ENDPOINT,
};

#define MAY(status) (1u << BUS_##status)

/* A call that is to fail does so in a way that usb/bus.h knows of it. */
static enum bus_status call_may_fail(struct desk *desk, const char *name, unsigned may)
{
	enum bus_status refusal = desk_call(desk, name);

	if (refusal == BUS_OK)
		return refusal;
	desk->happened |= UINT32_C(1) << desk->refuses;
	return (may & 1u << refusal) != 0 ? refusal : BUS_ERROR;
}

static enum bus_status bus_enumerate(void *self, bus_seen *seen, void *context)
{
	struct desk *desk = self;
	enum bus_status refusal = call_may_fail(desk, "enumerate", MAY(NO_MEMORY));

	if (refusal != BUS_OK)
		return refusal;
	desk->enumerated = 0;
	for (size_t i = 0; i < DESK_MODULES; i++) {
		const struct desk_slot *slot = &desk->slot[i];
		struct bus_device device = {
			.bus = 1,
			.address = slot->address,
			.port_count = 1,
			.ports = {slot->port},
			.vendor = USB_DEFAULT_VENDOR,
			.product = USB_DEFAULT_PRODUCT,
			.serial_index = desk->options.without_serial ? 0 : SERIAL_INDEX,
			.interface_count = 1,
			.interfaces = &update_interface,
		};

		if (!slot->plugged)
			continue;
		desk->enumerated++;
		seen(context, &device);
	}
	return BUS_OK;
}

static unsigned bus_arrivals(void *self)
{
	const struct desk *desk = self;

	return desk->arrivals;
}

static enum bus_status bus_open(void *self, uint8_t bus, uint8_t address)
{
	struct desk *desk = self;
	enum bus_status refusal = call_may_fail(desk, "open", MAY(DENIED) | MAY(NO_MEMORY));

	if (refusal != BUS_OK)
		return refusal;
	if (desk->opened != DESK_NONE || bus != 1) {
		desk_blame(desk, DESK_MISUSED_BUS);
		return BUS_ERROR;
	}
	for (unsigned i = 0; i < DESK_MODULES; i++) {
		const struct desk_slot *slot = &desk->slot[i];

		if (!slot->plugged || slot->address != address)
			continue;
		if (desk->now < slot->open_at) {
			desk_patience_refused(desk, slot);
			return BUS_DENIED;
		}
		desk->opened = i;
		/* Of several it looks at the others, too: it does not wait for the one that left.
		 */
		if (desk->enumerated > 1)
			desk->left_at = DEVICE_NEVER;
		desk->claimed = false;
		desk->gone = false;
		desk->left = false;
		return BUS_OK;
	}
	return BUS_GONE;
}

static void bus_close(void *self)
{
	struct desk *desk = self;

	if (desk->dead)
		return;
	(void)desk_call(desk, "close");
	if (desk->opened == DESK_NONE)
		desk_blame(desk, DESK_MISUSED_BUS);
	if (desk->begun && !desk->committed && !desk->aborted && !desk->gone)
		desk_blame(desk, DESK_LEFT_SESSION);
	if (desk->claimed)
		desk_blame(desk, DESK_CLOSED_CLAIMED);
	for (size_t i = 0; i < DESK_TRANSFERS; i++) {
		struct desk_transfer *transfer = &desk->transfer[i];

		if (transfer->queued || transfer->ended)
			desk_blame(desk, DESK_CLOSED_UNDER_WAY);
		transfer->queued = false;
		transfer->ended = false;
		transfer->seen.under_way = false;
	}
	desk->control.count = 0;
	desk->bulk.count = 0;
	desk->control.due = DEVICE_NEVER;
	desk->bulk.due = DEVICE_NEVER;
	desk->naked = false;
	desk->ended = 0;
	desk->opened = DESK_NONE;
	desk->claimed = false;
	desk->begun = false;
	desk->begins = false;
	desk->aborted = false;
}

static bool bus_left(void *self)
{
	const struct desk *desk = self;

	return desk->opened != DESK_NONE && desk->left;
}

/* A request of the kernel's own to the open device, during which the caller sleeps. */
static enum bus_status ask_in_kernel(struct desk *desk)
{
	struct device *device = desk->slot[desk->opened].device;

	if (desk->gone)
		return BUS_GONE;
	desk_pass(desk, device_silent(device) && desk_is_plugged(desk, desk->opened)
				? KERNEL_WAITS
				: desk->options.latency);
	if (desk->gone)
		return BUS_GONE;
	if (device_silent(device) || !desk_is_plugged(desk, desk->opened))
		return BUS_ERROR;
	device_clear_halt(device);
	desk->hole = false;
	desk->toggled = false;
	return BUS_OK;
}

/* The module that the run is about is the first that the host decides for. */
static void note_taken(struct desk *desk, const struct desk_slot *slot)
{
	if (desk->took)
		return;
	desk->took = true;
	desk->took_port = slot->port;
	memcpy(desk->took_serial, slot->serial, sizeof(desk->took_serial));
}

static enum bus_status bus_claim(void *self, uint8_t interface_number)
{
	struct desk *desk = self;
	enum bus_status status = call_may_fail(desk, "claim", MAY(BUSY) | MAY(DENIED));

	if (status != BUS_OK)
		return status;
	if (desk->opened == DESK_NONE || desk->claimed || interface_number != INTERFACE_NUMBER) {
		desk_blame(desk, DESK_MISUSED_BUS);
		return BUS_ERROR;
	}
	note_taken(desk, &desk->slot[desk->opened]);
	/* By what it has seen: nobody can know of a module that comes in this moment. */
	if (desk->enumerated != 1)
		desk_blame(desk, DESK_CLAIMED_ONE_OF_SEVERAL);
	if (desk->slot[desk->opened].occupied)
		return BUS_BUSY;
	status = ask_in_kernel(desk);
	desk->claimed = status == BUS_OK;
	desk_patience_claimed(desk);
	desk_live(desk);
	return status;
}

static void bus_release(void *self, uint8_t interface_number)
{
	struct desk *desk = self;

	if (desk->dead)
		return;
	(void)desk_call(desk, "release");
	if (!desk->claimed || interface_number != INTERFACE_NUMBER)
		desk_blame(desk, DESK_MISUSED_BUS);
	if (desk->bulk.count > 0)
		desk_blame(desk, DESK_CLOSED_UNDER_WAY);
	desk->claimed = false;
}

static enum bus_status bus_clear_halt(void *self, uint8_t endpoint)
{
	struct desk *desk = self;
	enum bus_status status = call_may_fail(desk, "clear_halt", 0);

	if (status != BUS_OK)
		return status;
	if (!desk->claimed || endpoint != DESCRIPTOR_ENDPOINT || desk->bulk.count > 0) {
		desk_blame(desk, DESK_MISUSED_BUS);
		return BUS_ERROR;
	}
	desk_patience_recovers(desk);
	desk->strayed = false;
	status = ask_in_kernel(desk);
	desk_live(desk);
	return status;
}

static struct bus_transfer *bus_transfer_new(void *self, size_t room)
{
	struct desk *desk = self;
	size_t whole = (room + PAGE - 1) / PAGE * PAGE;

	for (size_t i = 0; i < DESK_TRANSFERS; i++) {
		struct desk_transfer *transfer = &desk->transfer[i];

		if (transfer->made)
			continue;
		*transfer = (struct desk_transfer){.made = true};
		transfer->seen.buffer = aligned_alloc(PAGE, whole);
		transfer->seen.room = room;
		if (transfer->seen.buffer == NULL)
			break;
		return &transfer->seen;
	}
	return NULL;
}

static struct desk_transfer *transfer_of(struct desk *desk, const struct bus_transfer *seen)
{
	for (size_t i = 0; i < DESK_TRANSFERS; i++) {
		if (&desk->transfer[i].seen == seen)
			return &desk->transfer[i];
	}
	abort();
}

static void bus_transfer_free(void *self, struct bus_transfer *seen)
{
	struct desk *desk = self;

	if (seen == NULL)
		return;
	free(seen->buffer);
	transfer_of(desk, seen)->made = false;
}

static enum bus_status bus_submit(void *self, struct bus_transfer *seen)
{
	struct desk *desk = self;
	struct desk_transfer *transfer = transfer_of(desk, seen);
	enum bus_status refusal;

	if (desk->dead)
		return BUS_GONE;
	refusal = call_may_fail(desk, desk_transfer_name(seen), MAY(NO_MEMORY));
	/* Who asked for it has done what can be done. */
	if (refusal != BUS_OK && desk_is_order(seen, UXM_WIRE_ABORT))
		desk->aborted = true;
	desk->begins = desk->begins || desk_is_order(seen, UXM_WIRE_BEGIN);
	desk->commits = desk->commits || desk_is_order(seen, UXM_WIRE_COMMIT);
	if (desk_is_order(seen, UXM_WIRE_COMMIT) && desk->told_stop)
		desk_blame(desk, DESK_COMMITTED_AFTER_STOP);
	if (desk_is_order(seen, UXM_WIRE_COMMIT) && desk->progress.step != UXM_STEP_COMMIT)
		desk_blame(desk, DESK_COMMITTED_UNTOLD);
	if (refusal != BUS_OK)
		return refusal;
	if (desk->opened == DESK_NONE || seen->under_way || seen->length > seen->room ||
	    (seen->endpoint != 0 && seen->endpoint != DESCRIPTOR_ENDPOINT) ||
	    (seen->endpoint == 0 && seen->length < BUS_SETUP_SIZE)) {
		desk_blame(desk, DESK_MISUSED_BUS);
		return BUS_ERROR;
	}
	/* Whose it is, is known even where it has just left. */
	if (desk_is_order(seen, UXM_WIRE_COMMIT) && !desk->committed)
		desk->committed_slot = desk->opened;
	if (desk->gone)
		return BUS_GONE;
	seen->under_way = true;
	desk_queue_push(desk, transfer);
	return BUS_OK;
}

static void bus_cancel(void *self, struct bus_transfer *seen)
{
	struct desk *desk = self;
	struct desk_transfer *transfer = transfer_of(desk, seen);

	if (desk->dead)
		return;
	(void)desk_call(desk, "cancel");
	if (!seen->under_way)
		desk_blame(desk, DESK_MISUSED_BUS);
	/* Its place would be taken by the next one (uxm/PROTOCOL.md, "How a host recovers"). */
	if (transfer->queued && seen->endpoint != 0 &&
	    desk->bulk.transfer[desk->bulk.count - 1] != transfer)
		desk_blame(desk, DESK_CANCELLED_OLDER_FIRST);
	transfer->unwanted = true;
	if (transfer->queued)
		desk_transfer_cancel(desk, transfer);
}

/* There is nothing to poll: the desk's own clock waits. */
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
	struct desk *desk = self;

	if (desk->dead)
		return;
	(void)desk_call(desk, "events");
	desk_sleep(desk, desk->now + wait * UINT64_C(1000));
	for (size_t i = 0; desk->ended > 0 && i < DESK_TRANSFERS; i++) {
		struct desk_transfer *transfer = &desk->transfer[i];

		if (!transfer->ended)
			continue;
		transfer->ended = false;
		transfer->seen.status = transfer->status;
		transfer->seen.moved = transfer->moved;
		transfer->seen.under_way = false;
		desk_spoil_seen(desk, transfer);
		desk->ended--;
	}
	desk->left = desk->gone;
	desk->arrivals = desk->arrived;
	desk->news = false;
	desk_live(desk);
}

static uint64_t bus_now(void *self)
{
	const struct desk *desk = self;

	return desk->now / 1000;
}

/* The desk is older than the bus that it is. */
static void bus_free(void *self)
{
	struct desk *desk = self;

	if (desk->opened != DESK_NONE && !desk->dead)
		desk_blame(desk, DESK_LEFT_OPEN);
}

const struct bus_ops desk_bus_ops = {
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
