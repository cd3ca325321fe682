/* Requests on endpoint 0: started, looked at, ended. */
#include "usb/request.h"

#include <stdio.h>
#include <string.h>

#include "usb/failure.h"

/* Room for a request's name in a sentence. */
#define NAME_TEXT 32

bool usb_request_init(struct usb_request *request, const struct bus_ops *bus, void *bus_self)
{
	request->bus = bus;
	request->bus_self = bus_self;
	request->transfer = bus->transfer_new(bus_self, BUS_SETUP_SIZE + BUS_CONTROL_MOST);
	return request->transfer != NULL;
}

void usb_request_free(struct usb_request *request)
{
	if (request->bus != NULL)
		request->bus->transfer_free(request->bus_self, request->transfer);
}

void usb_request_start(struct usb_request *request, const struct uxm_candidate *candidate)
{
	request->candidate = *candidate;
	request->state = USB_REQUEST_NONE;
}

bool usb_request_under_way(const struct usb_request *request)
{
	return request->transfer->under_way;
}

bool usb_request_ended(const struct usb_request *request)
{
	return request->state == USB_REQUEST_STARTED && !request->transfer->under_way;
}

/* A setup packet: USB 2.0, section 9.3; little-endian. */
static void write_setup(const struct uxm_setup *setup, uint16_t length,
			uint8_t bytes[BUS_SETUP_SIZE])
{
	bytes[0] = setup->request_type;
	bytes[1] = setup->request;
	bytes[2] = (uint8_t)(setup->value & 0xFF);
	bytes[3] = (uint8_t)(setup->value >> 8);
	bytes[4] = (uint8_t)(setup->index & 0xFF);
	bytes[5] = (uint8_t)(setup->index >> 8);
	bytes[6] = (uint8_t)(length & 0xFF);
	bytes[7] = (uint8_t)(length >> 8);
}

/* bmRequestType's bit 7 is the direction (USB 2.0, table 9-2). */
static bool is_in(const struct uxm_setup *setup)
{
	return (setup->request_type & 0x80) != 0;
}

static enum uxm_io fail(const struct usb_request *request, const struct uxm_setup *setup,
			enum bus_status status, struct uxm_failure *why)
{
	char name[NAME_TEXT];

	snprintf(name, sizeof(name), "the request 0x%02x", setup->request);
	return usb_failure(&request->candidate, name, status, why);
}

static enum uxm_io begin(struct usb_request *request, const struct uxm_setup *setup,
			 const void *data, uint16_t length, struct uxm_failure *why)
{
	struct bus_transfer *transfer = request->transfer;
	enum bus_status status = BUS_OK;

	if (length > BUS_CONTROL_MOST)
		return usb_misuse("A request has more data than the kernel takes.", why);
	write_setup(setup, length, transfer->buffer);
	if (!is_in(setup) && length > 0)
		memcpy(transfer->buffer + BUS_SETUP_SIZE, data, length);
	transfer->endpoint = 0;
	transfer->length = BUS_SETUP_SIZE + (size_t)length;
	status = request->bus->submit(request->bus_self, transfer);
	if (status != BUS_OK)
		return fail(request, setup, status, why);
	request->state = USB_REQUEST_STARTED;
	return UXM_IO_AGAIN;
}

static enum uxm_io end(struct usb_request *request, const struct uxm_setup *setup, void *data,
		       uint16_t *length, struct uxm_failure *why)
{
	const struct bus_transfer *transfer = request->transfer;
	enum bus_status status = transfer->status;

	request->state = USB_REQUEST_NONE;
	if (status == BUS_OK && transfer->moved > *length)
		status = BUS_OVERFLOW;
	if (status == BUS_OK && !is_in(setup) && transfer->moved != *length)
		status = BUS_SHORT;
	if (status != BUS_OK)
		return fail(request, setup, status, why);
	if (is_in(setup)) {
		if (transfer->moved > 0)
			memcpy(data, transfer->buffer + BUS_SETUP_SIZE, transfer->moved);
		*length = (uint16_t)transfer->moved;
	}
	return UXM_IO_OK;
}

enum uxm_io usb_request_do(struct usb_request *request, const struct uxm_setup *setup, void *data,
			   uint16_t *length, struct uxm_failure *why)
{
	if (request->transfer->under_way)
		return UXM_IO_AGAIN;
	if (request->state == USB_REQUEST_STARTED)
		return end(request, setup, data, length, why);
	return begin(request, setup, data, *length, why);
}

void usb_request_cancel(struct usb_request *request)
{
	if (request->transfer->under_way) {
		request->bus->cancel(request->bus_self, request->transfer);
		request->state = USB_REQUEST_CANCELLED;
	} else {
		request->state = USB_REQUEST_NONE;
	}
}
