/*
 * The module over USB: finds the candidates, opens one, asks it and streams to it. The calls are
 * those of struct uxm_module_ops (uxm/io.h); here is what stands around them: making the object,
 * which devices it looks for, and how it takes part in the one wait of its program.
 */
#ifndef USB_USB_H
#define USB_USB_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uxm/io.h"

/* A device's ids: idVendor and idProduct (USB 2.0, table 9-8). */
struct usb_id {
	uint16_t vendor;
	uint16_t product;
};

/* The ids that are always in the table: pid.codes' test id, this project's virtual module. */
#define USB_DEFAULT_VENDOR  0x1209
#define USB_DEFAULT_PRODUCT 0x0001

/* No module object ever has more descriptors to poll than this. */
#define USB_POLLFDS_MOST 16

/* The udev rule that lets others than root open a module, by its file name. */
#define USB_RULE "70-uxm.rules"

/*
 * Reads ids as lsusb prints them, "1209:0001": two hexadecimal numbers of one to four digits and a
 * colon, nothing else. Returns whether it was that; *id is set only then.
 */
bool usb_id_parse(const char *text, struct usb_id *id);

struct usb_module;

/*
 * Makes the `self` of usb_module_ops, over libusb. A candidate's ids are the default ones or one of
 * the `count` in `more`, which are copied. Allocates and touches all buffers that there will ever
 * be, and does not look at the bus yet. NULL when there is no memory.
 */
struct usb_module *usb_module_new(const struct usb_id *more, size_t count);

/* Closes what is open and frees all. NULL is ignored. */
void usb_module_free(struct usb_module *module);

/*
 * What uxm/io.h leaves to this table:
 * - A scan is made in a libusb context of its own, for lists of a context that is in use go stale
 *   (libusb/libusb#1571). It reads descriptors out of sysfs and opens no device.
 * - `claim` selects the alternate setting, and `settle` clears the halt, by calls that wait in the
 *   kernel: not at all for a module that answers, 5 s at most for one that does not. `settle` asks
 *   a module first, without waiting, and makes that call once it has answered.
 * - `cancel`, and with it control_cancel, settle and close, waits for the host controller, not for
 *   the module. control_cancel and close then handle events for at most one second.
 * - Between a failed transfer and the `resubmit` or `forget` after its `settle`, `submit` takes
 *   transfers and holds them back, for nothing may be sent behind a hole; `resubmit` sends them.
 * - `release` stops at what has completed; `forget` does nothing while anything is under way.
 * - A call that is not possible (nothing open, not claimed, nothing reserved) is FAILED with
 *   UXM_INTERNAL; so is a `scan` that libusb cannot make. A claim that fails for another reason
 *   than io.h names is FAILED with UXM_TRANSFER_FAILED.
 */
extern const struct uxm_module_ops usb_module_ops;

/*
 * Writes what is to be polled on the module's behalf into `fds`, at most `room` of them, and
 * returns how many there are. To be asked anew before each wait, for they come and go.
 */
size_t usb_module_pollfds(struct usb_module *module, struct pollfd *fds, size_t room);

/* Milliseconds after which usb_module_events wants to be called although nothing is ready; -1 for
 * no such limit. */
int usb_module_timeout(struct usb_module *module);

/*
 * Handles what is ready, without waiting. To be called after each wait: the table's calls only look
 * at what this has seen.
 */
void usb_module_events(struct usb_module *module);

#endif
