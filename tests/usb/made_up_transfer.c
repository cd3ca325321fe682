/* The made-up libusb: the open device, its transfers, and events. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/usb/made_up.h"

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
	size_t used = strlen(made_up.calls);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(made_up.calls + used, sizeof(made_up.calls) - used, format, arguments);
	va_end(arguments);
}

void made_up_start(void)
{
	/* What an earlier test abandoned is libusb's own, which is this. */
	for (size_t i = 0; i < made_up.transfers; i++)
		free(made_up.transfer[i].usb);
	memset(&made_up, 0, sizeof(made_up));
}

void made_up_end(enum libusb_transfer_status status, int moved)
{
	for (size_t i = 0; i < made_up.queued; i++) {
		struct made_up_transfer *transfer = &made_up.transfer[made_up.queue[i]];

		if (transfer->ended)
			continue;
		transfer->ended = true;
		transfer->usb->status = status;
		transfer->usb->actual_length = moved;
		return;
	}
	made_up_check(false, "there is no transfer to end");
}

static struct made_up_transfer *find(const struct libusb_transfer *usb)
{
	for (size_t i = 0; i < made_up.transfers; i++) {
		if (made_up.transfer[i].usb == usb)
			return &made_up.transfer[i];
	}
	made_up_check(false, "a transfer is none of libusb's");
	return &made_up.transfer[0];
}

/* A list to poll, which ends with NULL, and what it points to. */
struct made_up_pollfds {
	const struct libusb_pollfd *list[MADE_UP_POLLFDS + 1]; /* first: it is what is freed */
	struct libusb_pollfd fd[MADE_UP_POLLFDS];
};

/* The names of its parameters are libusb's own affair.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name,readability-non-const-parameter)
 */
libusb_device *libusb_get_device(libusb_device_handle *handle)
{
	return handle->device;
}

void libusb_close(libusb_device_handle *handle)
{
	made_up_check(handle->device != NULL, "a device is closed twice");
	note("close ");
	handle->device = NULL;
	/* Whatever is under way is forgotten: no callback is called for it any more. */
	made_up.queued = 0;
}

int libusb_claim_interface(libusb_device_handle *handle, int number)
{
	(void)handle;
	note("claim:%d ", number);
	return made_up.claim_error;
}

int libusb_release_interface(libusb_device_handle *handle, int number)
{
	(void)handle;
	note("release:%d ", number);
	return LIBUSB_SUCCESS;
}

int libusb_set_interface_alt_setting(libusb_device_handle *handle, int number, int setting)
{
	(void)handle;
	note("setting:%d:%d ", number, setting);
	return made_up.setting_error;
}

int libusb_clear_halt(libusb_device_handle *handle, unsigned char endpoint)
{
	(void)handle;
	note("clear:%02x ", endpoint);
	return made_up.clear_error;
}

struct libusb_transfer *libusb_alloc_transfer(int packets)
{
	struct libusb_transfer *usb = NULL;

	made_up_check(packets == 0, "a transfer has isochronous packets");
	if (made_up.no_transfers || made_up.transfers == MADE_UP_TRANSFERS)
		return NULL;
	usb = calloc(1, sizeof(*usb));
	made_up.transfer[made_up.transfers++] = (struct made_up_transfer){.usb = usb};
	return usb;
}

void libusb_free_transfer(struct libusb_transfer *usb)
{
	struct made_up_transfer *transfer = NULL;

	if (usb == NULL)
		return;
	transfer = find(usb);
	made_up_check(!transfer->queued, "a transfer is freed that has not ended");
	free(usb);
	transfer->usb = NULL;
}

int libusb_submit_transfer(struct libusb_transfer *usb)
{
	struct made_up_transfer *transfer = find(usb);

	made_up_check(!transfer->queued, "a transfer is submitted twice");
	made_up_check(usb->dev_handle->device != NULL,
		      "a transfer is submitted to a closed device");
	made_up_check(usb->timeout == 0, "a transfer has a time limit");
	if (made_up.submit_error != 0)
		return made_up.submit_error;
	note("%s:%02x:%d ", usb->type == LIBUSB_TRANSFER_TYPE_CONTROL ? "control" : "bulk",
	     usb->endpoint, usb->length);
	*transfer = (struct made_up_transfer){.usb = usb, .queued = true};
	made_up.queue[made_up.queued++] = (size_t)(transfer - made_up.transfer);
	return LIBUSB_SUCCESS;
}

int libusb_cancel_transfer(struct libusb_transfer *usb)
{
	struct made_up_transfer *transfer = find(usb);

	if (!transfer->queued || transfer->ended)
		return LIBUSB_ERROR_NOT_FOUND;
	note("cancel:%02x ", usb->endpoint);
	if (made_up.deaf)
		return LIBUSB_SUCCESS;
	transfer->ended = true;
	usb->status = LIBUSB_TRANSFER_CANCELLED;
	return LIBUSB_SUCCESS;
}

int libusb_handle_events_timeout_completed(libusb_context *context, struct timeval *most,
					   int *completed)
{
	size_t kept = 0;

	made_up_check(context->lives, "events of a context that is gone");
	made_up_check(completed == NULL, "events until something has completed");
	context->waited = *most;
	if (made_up.handle.context != context)
		return LIBUSB_SUCCESS;
	for (size_t i = 0; i < made_up.queued; i++) {
		struct made_up_transfer *transfer = &made_up.transfer[made_up.queue[i]];

		if (transfer->ended) {
			transfer->queued = false;
			transfer->usb->callback(transfer->usb);
		} else {
			made_up.queue[kept++] = made_up.queue[i];
		}
	}
	made_up.queued = kept;
	return LIBUSB_SUCCESS;
}

int libusb_get_next_timeout(libusb_context *context, struct timeval *left)
{
	if (!context->has_timeout)
		return 0;
	*left = context->timeout;
	return 1;
}

const struct libusb_pollfd **libusb_get_pollfds(libusb_context *context)
{
	struct made_up_pollfds *made = NULL;
	int first = (int)(context - made_up.context) * 10;

	if (made_up.no_pollfds)
		return NULL;
	made = calloc(1, sizeof(*made));
	for (int i = 0; i < MADE_UP_POLLFDS; i++) {
		made->fd[i] = (struct libusb_pollfd){.fd = first + i, .events = (short)(1 << i)};
		made->list[i] = &made->fd[i];
	}
	return made->list;
}

void libusb_free_pollfds(const struct libusb_pollfd **list)
{
	free(list);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name,readability-non-const-parameter) */
