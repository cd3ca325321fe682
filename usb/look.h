/*
 * One look at the bus: a libusb context that was made for it and the devices that were there then.
 */
#ifndef USB_LOOK_H
#define USB_LOOK_H

#include <libusb.h>

#include "usb/bus.h"

struct usb_look {
	libusb_context *usb;
	libusb_device **devices;
	size_t count;
};

/* What one of libusb's error numbers (0 or less) is for bus.h. */
enum bus_status usb_status_of_error(int error);

/*
 * Looks. From then on `plugged` is called with `self`, out of the context's events, for what
 * arrives and leaves, where libusb can tell. BUS_OK, and only then *made is set; NO_MEMORY, ERROR.
 */
enum bus_status usb_look_new(libusb_hotplug_callback_fn plugged, void *self,
			     struct usb_look **made);

/* Frees it; no device of it is open. NULL is ignored. */
void usb_look_free(struct usb_look *look);

/* Calls `seen` for each device whose descriptors can be read. */
void usb_look_show(const struct usb_look *look, bus_seen *seen, void *context);

/*
 * Opens the device of the look that has this bus and address. BUS_OK, and only then *handle is set;
 * GONE, also when there was none; DENIED, NO_MEMORY, ERROR.
 */
enum bus_status usb_look_open(const struct usb_look *look, uint8_t bus, uint8_t address,
			      libusb_device_handle **handle);

#endif
