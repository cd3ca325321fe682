/*
 * What the bus says, as one sentence for people and one answer for the update.
 */
#ifndef USB_FAILURE_H
#define USB_FAILURE_H

#include "usb/bus.h"

/*
 * Sets *why for anything but BUS_OK and says what it is for the update: STALL, GONE, BROKEN (the
 * transfer did not work out, another one may), or FAILED with UXM_BUSY, UXM_NOT_PERMITTED or, for
 * memory, UXM_TRANSFER_FAILED. `what` is what was tried, as in "the request 0x03".
 */
enum uxm_io usb_failure(const struct uxm_candidate *candidate, const char *what,
			enum bus_status status, struct uxm_failure *why);

/* The same for calls to which io.h leaves GONE and FAILED: everything else becomes FAILED. */
enum uxm_io usb_failure_at_once(const struct uxm_candidate *candidate, const char *what,
				enum bus_status status, struct uxm_failure *why);

/* Sets *why to UXM_INTERNAL: a call that is not possible now. Returns FAILED. */
enum uxm_io usb_misuse(const char *sentence, struct uxm_failure *why);

#endif
