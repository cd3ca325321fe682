/*
 * Which devices are modules, and in which order they are listed.
 */
#ifndef USB_CANDIDATE_H
#define USB_CANDIDATE_H

#include "usb/bus.h"

/*
 * Whether a device is a module: its ids are the default ones or one of the `count` in `more`, and
 * one of its interfaces is an update interface (uxm/PROTOCOL.md, "The module on the bus"). Nothing
 * is one by its class or by its ids alone. Sets *candidate only then; of several update interfaces
 * the first one counts.
 */
bool usb_candidate_read(const struct bus_device *device, const struct usb_id *more, size_t count,
			struct uxm_candidate *candidate);

/* Returns less than, equal to or more than 0 as port path `a` comes before, is or comes after `b`:
 * by its numbers, a hub's port before what hangs on it. */
int usb_port_path_compare(const char *a, const char *b);

/*
 * Puts a candidate at its place among the `count` that came before, of which the first `room` by
 * port path are in `found`. The caller counts on.
 */
void usb_candidate_insert(struct uxm_candidate *found, size_t room, size_t count,
			  const struct uxm_candidate *candidate);

#endif
