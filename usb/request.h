/*
 * One request on endpoint 0 at a time, as the calls of uxm/io.h want it: started by the first call,
 * ended by a later one.
 */
#ifndef USB_REQUEST_H
#define USB_REQUEST_H

#include "usb/bus.h"

enum usb_request_state {
	USB_REQUEST_NONE,
	USB_REQUEST_STARTED,
	USB_REQUEST_CANCELLED, /* given up; its result is nobody's */
};

struct usb_request {
	const struct bus_ops *bus;
	void *bus_self;
	struct bus_transfer *transfer;
	struct uxm_candidate candidate;
	enum usb_request_state state;
};

/* Allocates the transfer; `request` is all zeros. Returns whether there was memory; in either case
 * usb_request_free frees what there is. */
bool usb_request_init(struct usb_request *request, const struct bus_ops *bus, void *bus_self);

/* Frees the transfer; it is not under way. */
void usb_request_free(struct usb_request *request);

/* Begins anew for a module; nothing is under way. */
void usb_request_start(struct usb_request *request, const struct uxm_candidate *candidate);

/* Whether a request, also one that was cancelled, is still on the bus. */
bool usb_request_under_way(const struct usb_request *request);

/* Whether a request has ended and its result waits for usb_request_do. */
bool usb_request_ended(const struct usb_request *request);

/* As `control` in io.h. A request after one that was cancelled starts when that has ended. */
enum uxm_io usb_request_do(struct usb_request *request, const struct uxm_setup *setup, void *data,
			   uint16_t *length, struct uxm_failure *why);

/* Cancels the request, if there is one; usb_request_under_way tells when it has ended. */
void usb_request_cancel(struct usb_request *request);

#endif
