/*
 * The bus over libusb. Each look at the bus has a context of its own; the last one is kept, for a
 * device is opened out of the list in which it was found, and so is the one with the open device.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "usb/look.h"

/* A transfer's buffer begins on a page, so that the kernel copies whole ones. */
#define PAGE 4096u

struct usb_bus {
	struct usb_look *found;  /* the last look; may be the same as `opened` */
	struct usb_look *opened; /* the look that the open device came from */
	libusb_device_handle *handle;
	unsigned arrivals;
	bool left;
	struct usb_transfer *transfers; /* all there are, so that close finds those under way */
};

struct usb_transfer {
	struct bus_transfer bus;
	struct libusb_transfer *usb; /* made by the first submit to a device; NULL before */
	struct usb_transfer *next;
};

static struct usb_transfer *usb_transfer_of(struct bus_transfer *transfer)
{
	/* The first member: every transfer of this bus was made by transfer_new below. */
	return (struct usb_transfer *)transfer;
}

static enum bus_status status_of_transfer(enum libusb_transfer_status status)
{
	switch (status) {
	case LIBUSB_TRANSFER_COMPLETED:
		return BUS_OK;
	case LIBUSB_TRANSFER_STALL:
		return BUS_STALL;
	case LIBUSB_TRANSFER_NO_DEVICE: /* ENODEV and ESHUTDOWN alike */
		return BUS_GONE;
	case LIBUSB_TRANSFER_CANCELLED:
		return BUS_CANCELLED;
	case LIBUSB_TRANSFER_TIMED_OUT:
		return BUS_TIME;
	case LIBUSB_TRANSFER_OVERFLOW:
		return BUS_OVERFLOW;
	default:
		return BUS_ERROR;
	}
}

static int LIBUSB_CALL plugged(libusb_context *context, libusb_device *device,
			       libusb_hotplug_event event, void *self)
{
	struct usb_bus *bus = self;

	/* Two contexts may live at a time, and both are told. */
	if (event == LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED && context == bus->found->usb)
		bus->arrivals++;
	if (event == LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT && bus->handle != NULL &&
	    device == libusb_get_device(bus->handle))
		bus->left = true;
	return 0;
}

static enum bus_status bus_enumerate(void *self, bus_seen *seen, void *context)
{
	struct usb_bus *bus = self;
	struct usb_look *look = NULL;
	enum bus_status status = usb_look_new(plugged, bus, &look);

	if (status != BUS_OK)
		return status;
	if (bus->found != bus->opened)
		usb_look_free(bus->found);
	bus->found = look;
	usb_look_show(look, seen, context);
	return BUS_OK;
}

static unsigned bus_arrivals(void *self)
{
	struct usb_bus *bus = self;

	return bus->arrivals;
}

static enum bus_status bus_open(void *self, uint8_t number, uint8_t address)
{
	struct usb_bus *bus = self;
	enum bus_status status = BUS_GONE;

	if (bus->found != NULL)
		status = usb_look_open(bus->found, number, address, &bus->handle);
	if (status != BUS_OK)
		return status;
	bus->opened = bus->found;
	bus->left = false;
	return BUS_OK;
}

/*
 * A transfer that has not ended although it was cancelled. libusb forbids freeing it, and its
 * usbfs requests would be lost with it, so it stays libusb's for ever: some hundred bytes, when a
 * kernel breaks its word. The buffer is ours again as soon as the node is closed: the kernel copied
 * it when it was submitted, and writes into it only while the node's transfers are reaped.
 */
static void abandon(struct usb_transfer *transfer)
{
	transfer->usb->user_data = NULL;
	transfer->usb = NULL;
	transfer->bus.under_way = false;
	transfer->bus.status = BUS_CANCELLED;
	transfer->bus.moved = 0;
}

static void bus_close(void *self)
{
	struct usb_bus *bus = self;

	/* Takes whatever is under way off libusb's list; the kernel ends it as the node closes. */
	libusb_close(bus->handle);
	bus->handle = NULL;
	for (struct usb_transfer *transfer = bus->transfers; transfer != NULL;
	     transfer = transfer->next) {
		if (transfer->bus.under_way)
			abandon(transfer);
		/* A libusb transfer keeps the device that it was last used with, and with it
		 * that device's context, which is about to go: submit makes another one. */
		libusb_free_transfer(transfer->usb);
		transfer->usb = NULL;
	}
	if (bus->opened != bus->found)
		usb_look_free(bus->opened);
	bus->opened = NULL;
}

static bool bus_left(void *self)
{
	struct usb_bus *bus = self;

	return bus->left;
}

static enum bus_status bus_claim(void *self, uint8_t interface_number)
{
	struct usb_bus *bus = self;
	int error = libusb_claim_interface(bus->handle, interface_number);

	if (error != LIBUSB_SUCCESS)
		return usb_status_of_error(error);
	error = libusb_set_interface_alt_setting(bus->handle, interface_number, 0);
	if (error != LIBUSB_SUCCESS)
		libusb_release_interface(bus->handle, interface_number);
	return usb_status_of_error(error);
}

static void bus_release(void *self, uint8_t interface_number)
{
	struct usb_bus *bus = self;

	/* Of a device that has left nothing is to be released. */
	(void)libusb_release_interface(bus->handle, interface_number);
}

static enum bus_status bus_clear_halt(void *self, uint8_t endpoint)
{
	struct usb_bus *bus = self;

	return usb_status_of_error(libusb_clear_halt(bus->handle, endpoint));
}

static struct bus_transfer *bus_transfer_new(void *self, size_t room)
{
	struct usb_bus *bus = self;
	struct usb_transfer *transfer = calloc(1, sizeof(*transfer));
	size_t pages = (room + PAGE - 1) / PAGE * PAGE;

	if (transfer == NULL)
		return NULL;
	transfer->bus.buffer = aligned_alloc(PAGE, pages);
	if (transfer->bus.buffer == NULL || room > INT_MAX)
		goto fail;
	/* Touched, so that no update runs out of memory half way. */
	memset(transfer->bus.buffer, 0, pages);
	transfer->bus.room = room;
	transfer->next = bus->transfers;
	bus->transfers = transfer;
	return &transfer->bus;
fail:
	free(transfer->bus.buffer);
	free(transfer);
	return NULL;
}

static void bus_transfer_free(void *self, struct bus_transfer *freed)
{
	struct usb_bus *bus = self;
	struct usb_transfer **at = &bus->transfers;

	if (freed == NULL)
		return;
	while (*at != usb_transfer_of(freed))
		at = &(*at)->next;
	*at = (*at)->next;
	libusb_free_transfer(usb_transfer_of(freed)->usb);
	free(freed->buffer);
	free(usb_transfer_of(freed));
}

static void LIBUSB_CALL ended(struct libusb_transfer *usb)
{
	struct usb_transfer *transfer = usb->user_data;

	if (transfer == NULL)
		return;
	transfer->bus.status = status_of_transfer(usb->status);
	transfer->bus.moved = usb->actual_length > 0 ? (size_t)usb->actual_length : 0;
	transfer->bus.under_way = false;
}

static enum bus_status bus_submit(void *self, struct bus_transfer *submitted)
{
	struct usb_bus *bus = self;
	struct usb_transfer *transfer = usb_transfer_of(submitted);
	int error = 0;

	if (transfer->usb == NULL)
		transfer->usb = libusb_alloc_transfer(0);
	if (transfer->usb == NULL)
		return BUS_NO_MEMORY;
	transfer->usb->dev_handle = bus->handle;
	transfer->usb->endpoint = submitted->endpoint;
	transfer->usb->type =
		submitted->endpoint == 0 ? LIBUSB_TRANSFER_TYPE_CONTROL : LIBUSB_TRANSFER_TYPE_BULK;
	transfer->usb->timeout = 0;
	transfer->usb->buffer = submitted->buffer;
	transfer->usb->length = (int)submitted->length;
	transfer->usb->callback = ended;
	transfer->usb->user_data = transfer;
	error = libusb_submit_transfer(transfer->usb);
	if (error != LIBUSB_SUCCESS)
		return usb_status_of_error(error);
	submitted->under_way = true;
	return BUS_OK;
}

static void bus_cancel(void *self, struct bus_transfer *cancelled)
{
	(void)self;
	/* One that has ended already is only waiting to be reaped. */
	(void)libusb_cancel_transfer(usb_transfer_of(cancelled)->usb);
}

static size_t look_pollfds(const struct usb_look *look, struct pollfd *fds, size_t room)
{
	const struct libusb_pollfd **list = NULL;
	size_t count = 0;

	if (look == NULL)
		return 0;
	list = libusb_get_pollfds(look->usb);
	for (; list != NULL && list[count] != NULL; count++) {
		if (count < room) {
			fds[count].fd = list[count]->fd;
			fds[count].events = list[count]->events;
			fds[count].revents = 0;
		}
	}
	libusb_free_pollfds(list);
	return count;
}

static size_t bus_pollfds(void *self, struct pollfd *fds, size_t room)
{
	struct usb_bus *bus = self;
	size_t count = look_pollfds(bus->opened, fds, room);

	if (bus->found != bus->opened) {
		size_t used = count < room ? count : room;

		count += look_pollfds(bus->found, fds + used, room - used);
	}
	return count;
}

static int look_timeout(const struct usb_look *look)
{
	struct timeval left;

	if (look == NULL || libusb_get_next_timeout(look->usb, &left) != 1)
		return -1;
	if (left.tv_sec >= INT_MAX / 1000)
		return INT_MAX;
	/* Rounded up: a millisecond too early there would be nothing to do. */
	return (int)left.tv_sec * 1000 + (int)(left.tv_usec + 999) / 1000;
}

static int bus_timeout(void *self)
{
	struct usb_bus *bus = self;
	int opened = look_timeout(bus->opened);
	int found = look_timeout(bus->found);

	if (opened < 0 || found < 0)
		return opened < 0 ? found : opened;
	return opened < found ? opened : found;
}

static void look_events(const struct usb_look *look, unsigned wait)
{
	struct timeval most = {.tv_sec = (time_t)(wait / 1000),
			       .tv_usec = (suseconds_t)(wait % 1000) * 1000};

	/* A failure here shows as transfers that do not end, and those have deadlines. */
	(void)libusb_handle_events_timeout_completed(look->usb, &most, NULL);
}

static void bus_events(void *self, unsigned wait)
{
	struct usb_bus *bus = self;

	if (bus->found != NULL && bus->found != bus->opened)
		look_events(bus->found, bus->opened == NULL ? wait : 0);
	if (bus->opened != NULL)
		look_events(bus->opened, wait);
}

static uint64_t bus_now(void *self)
{
	struct timespec now;

	(void)self;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void bus_free(void *self)
{
	struct usb_bus *bus = self;

	usb_look_free(bus->found);
	free(bus);
}

static const struct bus_ops libusb_ops = {
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

struct usb_module *usb_module_new(const struct usb_id *more, size_t count)
{
	struct usb_bus *bus = calloc(1, sizeof(*bus));

	if (bus == NULL)
		return NULL;
	return usb_module_over(&libusb_ops, bus, more, count);
}
