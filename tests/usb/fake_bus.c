/* The fake bus. */
#include "tests/usb/fake_bus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "uxm/wire.h"

const struct bus_interface fake_update_interface = {
	.number = 2,
	.class_code = UXM_WIRE_CLASS,
	.subclass = UXM_WIRE_SUBCLASS,
	.protocol = UXM_WIRE_PROTOCOL,
	.endpoints = 1,
	.bulk_out = 0x03,
};

void fake_bus_init(struct fake_bus *fake)
{
	memset(fake, 0, sizeof(*fake));
	fake->submits_until = FAKE_NEVER;
	fake->transfers_until = FAKE_NEVER;
	fake->device_count = 1;
	fake->devices[0] = (struct bus_device){
		.bus = 1,
		.address = 7,
		.port_count = 2,
		.ports = {1, 4},
		.vendor = USB_DEFAULT_VENDOR,
		.product = USB_DEFAULT_PRODUCT,
		.serial_index = 3,
		.interface_count = 1,
		.interfaces = &fake_update_interface,
	};
}

struct uxm_candidate fake_bus_candidate(void)
{
	return (struct uxm_candidate){
		.port_path = "1-1.4",
		.bus = 1,
		.address = 7,
		.vendor = USB_DEFAULT_VENDOR,
		.product = USB_DEFAULT_PRODUCT,
		.serial_index = 3,
		.interface_number = 2,
		.endpoint = 0x03,
	};
}

static void note(struct fake_bus *fake, const char *call)
{
	size_t at = strlen(fake->calls);

	snprintf(fake->calls + at, sizeof(fake->calls) - at, "%s ", call);
}

static void note_transfer(struct fake_bus *fake, const char *call, size_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%s-%zu", call, number);
	note(fake, text);
}

void fake_bus_forget_calls(struct fake_bus *fake)
{
	fake->calls[0] = '\0';
}

static struct fake_urb *urb_of(struct fake_bus *fake, const struct bus_transfer *transfer)
{
	for (size_t i = 0; i < FAKE_TRANSFERS; i++) {
		if (fake->urbs[i].transfer == transfer)
			return &fake->urbs[i];
	}
	abort();
}

static size_t number_of(struct fake_bus *fake, const struct bus_transfer *transfer)
{
	return (size_t)(urb_of(fake, transfer) - fake->urbs);
}

static void end_urb(struct fake_urb *urb, enum bus_status status, size_t moved)
{
	urb->ended = true;
	urb->status = status;
	urb->moved = moved;
}

static void end_oldest(struct fake_bus *fake, enum bus_status status, size_t moved, bool all)
{
	for (size_t i = 0; i < fake->queue_length; i++) {
		struct fake_urb *urb = urb_of(fake, fake->queue[i]);

		if (urb->ended)
			continue;
		end_urb(urb, status, all ? urb->transfer->length : moved);
		return;
	}
	abort();
}

void fake_bus_end(struct fake_bus *fake, enum bus_status status)
{
	end_oldest(fake, status, 0, status == BUS_OK);
}

void fake_bus_end_short(struct fake_bus *fake, size_t moved)
{
	end_oldest(fake, BUS_OK, moved, false);
}

static enum bus_status fake_enumerate(void *self, bus_seen *seen, void *context)
{
	struct fake_bus *fake = self;

	note(fake, "enumerate");
	if (fake->enumerate_status != BUS_OK)
		return fake->enumerate_status;
	for (size_t i = 0; i < fake->device_count; i++)
		seen(context, &fake->devices[i]);
	return BUS_OK;
}

static unsigned fake_arrivals(void *self)
{
	(void)self;
	return 42;
}

static enum bus_status fake_open(void *self, uint8_t bus, uint8_t address)
{
	struct fake_bus *fake = self;

	note(fake, "open");
	if (fake->opened || bus != 1 || address != 7)
		abort();
	fake->opened = fake->open_status == BUS_OK;
	return fake->open_status;
}

static void fake_close(void *self)
{
	struct fake_bus *fake = self;

	if (!fake->opened)
		abort();
	note(fake, "close");
	fake->opened = false;
	fake->closes++;
	fake->queue_length = 0;
	for (size_t i = 0; i < FAKE_TRANSFERS; i++) {
		if (fake->urbs[i].transfer != NULL)
			fake->urbs[i].transfer->under_way = false;
		fake->urbs[i].queued = false;
	}
}

static bool fake_left(void *self)
{
	struct fake_bus *fake = self;

	return fake->left;
}

static enum bus_status fake_claim(void *self, uint8_t interface_number)
{
	struct fake_bus *fake = self;

	if (!fake->opened || interface_number != 2)
		abort();
	note(fake, "claim");
	if (fake->claim_status == BUS_OK)
		fake->claims++;
	return fake->claim_status;
}

static void fake_release(void *self, uint8_t interface_number)
{
	struct fake_bus *fake = self;

	if (!fake->opened || interface_number != 2)
		abort();
	note(fake, "release");
	fake->releases++;
}

static enum bus_status fake_clear_halt(void *self, uint8_t endpoint)
{
	struct fake_bus *fake = self;

	if (!fake->opened || endpoint != 0x03)
		abort();
	note(fake, "clear");
	return fake->clear_status;
}

static struct bus_transfer *fake_transfer_new(void *self, size_t room)
{
	struct fake_bus *fake = self;
	struct bus_transfer *transfer = NULL;

	if (fake->transfers_until == 0)
		return NULL;
	if (fake->transfers_until > 0)
		fake->transfers_until--;
	transfer = (struct bus_transfer *)malloc(sizeof(*transfer));
	if (transfer == NULL)
		abort();
	*transfer = (struct bus_transfer){.buffer = malloc(room), .room = room};
	if (transfer->buffer == NULL || fake->transfers_alive == FAKE_TRANSFERS)
		abort();
	fake->urbs[fake->transfers_alive++].transfer = transfer;
	return transfer;
}

static void fake_transfer_free(void *self, struct bus_transfer *transfer)
{
	struct fake_bus *fake = self;

	if (transfer == NULL)
		return;
	if (transfer->under_way)
		abort();
	urb_of(fake, transfer)->transfer = NULL;
	fake->transfers_alive--;
	free(transfer->buffer);
	free(transfer);
}

static void note_submission(struct fake_bus *fake, const struct bus_transfer *transfer)
{
	struct fake_submission *submission = &fake->submissions[fake->submission_count];
	uint64_t digest = 14695981039346656037u; /* FNV-1a */

	if (fake->submission_count++ == FAKE_SUBMISSIONS)
		abort();
	for (size_t i = 0; i < transfer->length; i++)
		digest = (digest ^ transfer->buffer[i]) * 1099511628211u;
	*submission = (struct fake_submission){transfer->endpoint, transfer->length, digest};
}

/* A module that answers does so at once; what is sent to endpoint 0 is taken as it is. */
static void answer(struct fake_bus *fake, struct fake_urb *urb)
{
	struct bus_transfer *transfer = urb->transfer;
	size_t moved = transfer->length - BUS_SETUP_SIZE;

	if ((transfer->buffer[0] & 0x80) != 0) {
		if (fake->answer_length < moved)
			moved = fake->answer_length;
		memcpy(transfer->buffer + BUS_SETUP_SIZE, fake->answer, moved);
		if (fake->answer_status == BUS_OK)
			moved = fake->answer_length;
	}
	end_urb(urb, fake->answer_status, moved);
}

static enum bus_status fake_submit(void *self, struct bus_transfer *transfer)
{
	struct fake_bus *fake = self;
	struct fake_urb *urb = urb_of(fake, transfer);

	if (!fake->opened || transfer->under_way || transfer->length > transfer->room)
		abort();
	note_transfer(fake, "submit", number_of(fake, transfer));
	if (fake->gone)
		return BUS_GONE;
	if (fake->submits_until == 0)
		return fake->submit_status;
	if (fake->submits_until > 0)
		fake->submits_until--;
	note_submission(fake, transfer);
	transfer->under_way = true;
	urb->queued = true;
	urb->ended = false;
	if (transfer->endpoint != 0) {
		fake->queue[fake->queue_length++] = transfer;
	} else if (!fake->silent) {
		answer(fake, urb);
	}
	return BUS_OK;
}

static void fake_cancel(void *self, struct bus_transfer *transfer)
{
	struct fake_bus *fake = self;
	struct fake_urb *urb = urb_of(fake, transfer);

	if (!transfer->under_way)
		abort();
	note_transfer(fake, "cancel", number_of(fake, transfer));
	/* Any number may be reported as moved, even all. */
	if (!urb->ended && !fake->stuck)
		end_urb(urb, BUS_CANCELLED, transfer->length);
}

static size_t fake_pollfds(void *self, struct pollfd *fds, size_t room)
{
	(void)self;
	if (room > 0)
		fds[0] = (struct pollfd){.fd = 5, .events = POLLOUT};
	return 2;
}

static int fake_timeout(void *self)
{
	(void)self;
	return 17;
}

static bool give_back(struct fake_urb *urb)
{
	if (!urb->queued || !urb->ended)
		return false;
	urb->queued = false;
	urb->transfer->under_way = false;
	urb->transfer->status = urb->status;
	urb->transfer->moved = urb->moved;
	return true;
}

static void fake_events(void *self, unsigned wait)
{
	struct fake_bus *fake = self;
	size_t kept = 0;
	bool any = false;

	if (fake->slow > 0) {
		fake->slow--;
		fake->now += wait;
		return;
	}
	for (size_t i = 0; i < FAKE_TRANSFERS; i++) {
		if (fake->gone && fake->urbs[i].queued && !fake->urbs[i].ended)
			end_urb(&fake->urbs[i], BUS_GONE, 0);
		any = give_back(&fake->urbs[i]) || any;
	}
	for (size_t i = 0; i < fake->queue_length; i++) {
		if (fake->queue[i]->under_way)
			fake->queue[kept++] = fake->queue[i];
	}
	fake->queue_length = kept;
	if (!any)
		fake->now += wait;
}

static uint64_t fake_now(void *self)
{
	struct fake_bus *fake = self;

	return fake->now;
}

static void fake_free(void *self)
{
	struct fake_bus *fake = self;

	if (fake->opened)
		abort();
	fake->frees++;
}

const struct bus_ops fake_bus_ops = {
	.enumerate = fake_enumerate,
	.arrivals = fake_arrivals,
	.open = fake_open,
	.close = fake_close,
	.left = fake_left,
	.claim = fake_claim,
	.release = fake_release,
	.clear_halt = fake_clear_halt,
	.transfer_new = fake_transfer_new,
	.transfer_free = fake_transfer_free,
	.submit = fake_submit,
	.cancel = fake_cancel,
	.pollfds = fake_pollfds,
	.timeout = fake_timeout,
	.events = fake_events,
	.now = fake_now,
	.free = fake_free,
};
