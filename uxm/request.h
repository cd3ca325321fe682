/*
 * Talking to the module that is open: one request at a time, waited for with a deadline.
 */
#ifndef UXM_REQUEST_H
#define UXM_REQUEST_H

#include "uxm/deadline.h"
#include "uxm/io.h"
#include "uxm/progress.h"

/* The module, the clock to wait with, and what may end a wait. */
struct uxm_link {
	struct uxm_module module;
	struct uxm_clock clock;
	struct uxm_deadlines deadlines;
	struct uxm_teller *teller; /* is told that it is too late to stop; or NULL */
	bool committed;            /* there is no way back */
	bool too_late_told;
	enum uxm_stop stop;    /* as last heard from the clock */
	enum uxm_stop give_up; /* a wait ends when `stop` has reached this */
};

/* Milliseconds of the link's clock. */
uint64_t uxm_link_now(const struct uxm_link *link);

/* Whether the open module is still on the bus: OK, or GONE. Sends nothing. */
enum uxm_io uxm_link_present(const struct uxm_link *link, struct uxm_failure *why);

/*
 * Sleeps until something happens or the clock shows `until`. OK; FAILED with UXM_CANCELLED when
 * somebody asked to stop. After the commit the first to ask is told that it is too late.
 */
enum uxm_io uxm_link_wait(struct uxm_link *link, uint64_t until, struct uxm_failure *why);

/*
 * One control request (uxm_module_ops.control), waited for during at most `patience` milliseconds.
 * OK, STALL, GONE, BROKEN (also when time ran out: the request was cancelled, whether it took
 * effect is not known), FAILED (UXM_CANCELLED among others).
 */
enum uxm_io uxm_link_request(struct uxm_link *link, const struct uxm_setup *setup, void *data,
			     uint16_t *length, uint32_t patience, struct uxm_failure *why);

/*
 * Reads the string descriptor `index` of the open device into `text` as ASCII (USB 2.0, section
 * 9.6.7; the first language that the device names). Other characters become '?', and then "~" and
 * the descriptor's CRC-32 in hexadecimal follow, so that two that differ differ here too. As
 * uxm_link_request, and BROKEN for a malformed descriptor.
 */
enum uxm_io uxm_link_string(struct uxm_link *link, uint8_t index, char text[UXM_SERIAL_TEXT],
			    struct uxm_failure *why);

#endif
