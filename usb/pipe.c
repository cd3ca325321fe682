/* The pipe of bulk transfers: order, failure without a hole, and sending again. */
#include "usb/pipe.h"

#include <inttypes.h>
#include <stdio.h>

#include "usb/failure.h"

/* CLEAR_FEATURE(ENDPOINT_HALT) (USB 2.0, section 9.4.1 and tables 9-4 and 9-6). */
#define CLEAR_REQUEST_TYPE 0x02
#define CLEAR_REQUEST      0x01

/* Room for a transfer's name in a sentence. */
#define NAME_TEXT 64

static size_t slot(const struct usb_pipe *pipe, uint64_t number)
{
	return (size_t)((pipe->first + number) % UXM_PIPE_DEPTH);
}

bool usb_pipe_init(struct usb_pipe *pipe, const struct bus_ops *bus, void *bus_self)
{
	pipe->bus = bus;
	pipe->bus_self = bus_self;
	for (size_t i = 0; i < UXM_PIPE_DEPTH; i++) {
		pipe->transfer[i] = bus->transfer_new(bus_self, UXM_PIPE_TRANSFER);
		if (pipe->transfer[i] == NULL)
			return false;
	}
	pipe->clear = bus->transfer_new(bus_self, BUS_SETUP_SIZE);
	return pipe->clear != NULL;
}

void usb_pipe_free(struct usb_pipe *pipe)
{
	for (size_t i = 0; i < UXM_PIPE_DEPTH; i++)
		pipe->bus->transfer_free(pipe->bus_self, pipe->transfer[i]);
	pipe->bus->transfer_free(pipe->bus_self, pipe->clear);
}

void usb_pipe_start(struct usb_pipe *pipe, const struct uxm_candidate *candidate)
{
	const uint8_t setup[BUS_SETUP_SIZE] = {
		CLEAR_REQUEST_TYPE, CLEAR_REQUEST, 0, 0, candidate->endpoint, 0, 0, 0};

	pipe->candidate = *candidate;
	pipe->state = USB_PIPE_RUNNING;
	pipe->first = 0;
	pipe->released = 0;
	pipe->completed = 0;
	pipe->submitted = 0;
	for (size_t i = 0; i < UXM_PIPE_DEPTH; i++) {
		pipe->transfer[i]->endpoint = candidate->endpoint;
		pipe->held[i] = false;
	}
	for (size_t i = 0; i < BUS_SETUP_SIZE; i++)
		pipe->clear->buffer[i] = setup[i];
	pipe->clear->endpoint = 0;
	pipe->clear->length = BUS_SETUP_SIZE;
}

static bool transfers_under_way(const struct usb_pipe *pipe)
{
	for (size_t i = 0; i < UXM_PIPE_DEPTH; i++) {
		if (pipe->transfer[i]->under_way)
			return true;
	}
	return false;
}

bool usb_pipe_under_way(const struct usb_pipe *pipe)
{
	return pipe->clear->under_way || transfers_under_way(pipe);
}

static void cancel_transfers(struct usb_pipe *pipe)
{
	for (uint64_t number = pipe->submitted; number-- > pipe->completed;) {
		struct bus_transfer *transfer = pipe->transfer[slot(pipe, number)];

		if (transfer->under_way)
			pipe->bus->cancel(pipe->bus_self, transfer);
	}
}

void usb_pipe_cancel_clear(struct usb_pipe *pipe)
{
	if (pipe->clear->under_way)
		pipe->bus->cancel(pipe->bus_self, pipe->clear);
	if (pipe->state == USB_PIPE_CLEARING)
		pipe->state = USB_PIPE_STOPPED;
}

void usb_pipe_cancel(struct usb_pipe *pipe)
{
	usb_pipe_cancel_clear(pipe);
	cancel_transfers(pipe);
}

enum uxm_io usb_pipe_reserve(struct usb_pipe *pipe, uint8_t **buffer)
{
	if (pipe->submitted - pipe->released >= UXM_PIPE_DEPTH)
		return UXM_IO_AGAIN;
	*buffer = pipe->transfer[slot(pipe, pipe->submitted)]->buffer;
	return UXM_IO_OK;
}

/* Counts what has completed; what befell the first transfer that failed, BUS_OK if none has. */
static enum bus_status count_completed(struct usb_pipe *pipe)
{
	for (; pipe->completed < pipe->submitted; pipe->completed++) {
		size_t at = slot(pipe, pipe->completed);
		const struct bus_transfer *transfer = pipe->transfer[at];

		if (pipe->held[at] || transfer->under_way)
			return BUS_OK;
		if (transfer->status != BUS_OK)
			return transfer->status;
		if (transfer->moved != transfer->length)
			return BUS_SHORT;
	}
	return BUS_OK;
}

static const char *transfer_name(uint64_t number, char text[NAME_TEXT])
{
	snprintf(text, NAME_TEXT, "bulk transfer %" PRIu64, number);
	return text;
}

static enum uxm_io send_transfer(struct usb_pipe *pipe, uint64_t number, struct uxm_failure *why)
{
	size_t at = slot(pipe, number);
	enum bus_status status = pipe->bus->submit(pipe->bus_self, pipe->transfer[at]);
	char name[NAME_TEXT];

	pipe->held[at] = status != BUS_OK;
	if (status == BUS_OK)
		return UXM_IO_OK;
	return usb_failure_at_once(&pipe->candidate, transfer_name(number, name), status, why);
}

enum uxm_io usb_pipe_submit(struct usb_pipe *pipe, size_t length, struct uxm_failure *why)
{
	size_t at = slot(pipe, pipe->submitted);
	enum uxm_io io = UXM_IO_OK;

	if (pipe->submitted - pipe->released >= UXM_PIPE_DEPTH)
		return usb_misuse("A transfer was submitted without a reserved buffer.", why);
	if (length == 0 || length > UXM_PIPE_TRANSFER)
		return usb_misuse("A transfer of an impossible length was submitted.", why);
	pipe->transfer[at]->length = length;
	/* Behind a transfer that failed the module could only drop this one. */
	pipe->held[at] = pipe->state != USB_PIPE_RUNNING || count_completed(pipe) != BUS_OK;
	if (!pipe->held[at])
		io = send_transfer(pipe, pipe->submitted, why);
	if (io == UXM_IO_OK)
		pipe->submitted++;
	return io;
}

enum uxm_io usb_pipe_completed(struct usb_pipe *pipe, uint64_t *count, struct uxm_failure *why)
{
	enum bus_status status = count_completed(pipe);
	char name[NAME_TEXT];

	*count = pipe->completed;
	if (status == BUS_OK)
		return UXM_IO_OK;
	return usb_failure(&pipe->candidate, transfer_name(pipe->completed, name), status, why);
}

void usb_pipe_release(struct usb_pipe *pipe, uint64_t upto)
{
	(void)count_completed(pipe);
	if (upto > pipe->completed)
		upto = pipe->completed;
	if (upto > pipe->released)
		pipe->released = upto;
}

static enum uxm_io cannot_clear(struct usb_pipe *pipe, enum bus_status status,
				struct uxm_failure *why)
{
	pipe->state = USB_PIPE_STOPPED;
	return usb_failure_at_once(&pipe->candidate, "clearing the halt", status, why);
}

/* Once the module has answered, the kernel's own call will not wait for it. */
static enum uxm_io clear_halt(struct usb_pipe *pipe, struct uxm_failure *why)
{
	enum bus_status status = pipe->clear->status;

	if (status != BUS_GONE)
		status = pipe->bus->clear_halt(pipe->bus_self, pipe->candidate.endpoint);
	if (status != BUS_OK)
		return cannot_clear(pipe, status, why);
	pipe->state = USB_PIPE_SETTLED;
	return UXM_IO_OK;
}

enum uxm_io usb_pipe_settle(struct usb_pipe *pipe, struct uxm_failure *why)
{
	enum bus_status status = BUS_OK;

	if (pipe->state != USB_PIPE_REAPING && pipe->state != USB_PIPE_CLEARING) {
		(void)count_completed(pipe);
		cancel_transfers(pipe);
		pipe->state = USB_PIPE_REAPING;
	}
	if (pipe->state == USB_PIPE_REAPING) {
		if (transfers_under_way(pipe))
			return UXM_IO_AGAIN;
		status = pipe->bus->submit(pipe->bus_self, pipe->clear);
		if (status != BUS_OK)
			return cannot_clear(pipe, status, why);
		pipe->state = USB_PIPE_CLEARING;
	}
	if (pipe->clear->under_way)
		return UXM_IO_AGAIN;
	return clear_halt(pipe, why);
}

enum uxm_io usb_pipe_resubmit(struct usb_pipe *pipe, uint64_t from, struct uxm_failure *why)
{
	if (pipe->state != USB_PIPE_SETTLED)
		return usb_misuse("Transfers were to be sent again before they had ended.", why);
	if (from < pipe->released || from > pipe->submitted)
		return usb_misuse("Transfers were to be sent again that are not held.", why);
	pipe->completed = from;
	for (uint64_t number = from; number < pipe->submitted; number++)
		pipe->held[slot(pipe, number)] = true;
	for (uint64_t number = from; number < pipe->submitted; number++) {
		enum uxm_io io = send_transfer(pipe, number, why);

		if (io != UXM_IO_OK) {
			pipe->state = USB_PIPE_STOPPED;
			return io;
		}
	}
	pipe->state = USB_PIPE_RUNNING;
	return UXM_IO_OK;
}

void usb_pipe_forget(struct usb_pipe *pipe)
{
	if (usb_pipe_under_way(pipe))
		return;
	/* A buffer that is reserved stays so: it gets the number 0. */
	pipe->first = slot(pipe, pipe->submitted);
	pipe->released = 0;
	pipe->completed = 0;
	pipe->submitted = 0;
	for (size_t i = 0; i < UXM_PIPE_DEPTH; i++)
		pipe->held[i] = false;
	pipe->state = USB_PIPE_RUNNING;
}
