/* Requests on endpoint 0, waited for. */
#include "uxm/request.h"

#include <stdio.h>
#include <string.h>

#include "uxm/wire.h"

/* USB 2.0, tables 9-3 to 9-5: standard, device, in; GET_DESCRIPTOR; descriptor type STRING. */
#define REQUEST_STANDARD_IN    0x80
#define REQUEST_GET_DESCRIPTOR 6
#define DESCRIPTOR_STRING      3

/* "~" and a CRC-32. */
#define MARK_TEXT sizeof("~01234567")

uint64_t uxm_link_now(const struct uxm_link *link)
{
	return link->clock.ops->now(link->clock.self);
}

enum uxm_io uxm_link_present(const struct uxm_link *link, struct uxm_failure *why)
{
	uint64_t ignored;
	enum uxm_io io = link->module.ops->completed(link->module.self, &ignored, why);

	return io == UXM_IO_GONE ? io : UXM_IO_OK;
}

enum uxm_io uxm_link_wait(struct uxm_link *link, uint64_t until, struct uxm_failure *why)
{
	link->stop = link->clock.ops->wait(link->clock.self, until);
	if (link->committed && link->stop != UXM_STOP_NO && !link->too_late_told) {
		link->too_late_told = true;
		uxm_tell_note(link->teller, "The update can no longer be stopped.");
	}
	if (link->stop < link->give_up)
		return UXM_IO_OK;
	uxm_fail(why, UXM_CANCELLED, "The update was cancelled; the module runs what it ran.");
	return UXM_IO_FAILED;
}

enum uxm_io uxm_link_request(struct uxm_link *link, const struct uxm_setup *setup, void *data,
			     uint16_t *length, uint32_t patience, struct uxm_failure *why)
{
	const struct uxm_module_ops *ops = link->module.ops;
	uint64_t until = uxm_link_now(link) + patience;
	enum uxm_io io;

	for (;;) {
		io = ops->control(link->module.self, setup, data, length, why);
		if (io != UXM_IO_AGAIN)
			return io;
		if (uxm_link_now(link) >= until) {
			uxm_fail(why, UXM_TRANSFER_FAILED,
				 "The module did not answer within %u ms.", patience);
			io = UXM_IO_BROKEN;
			break;
		}
		io = uxm_link_wait(link, until, why);
		if (io != UXM_IO_OK)
			break;
	}
	ops->control_cancel(link->module.self);
	return io;
}

static enum uxm_io string_descriptor(struct uxm_link *link, uint8_t index, uint16_t language,
				     uint8_t bytes[255], uint16_t *length, struct uxm_failure *why)
{
	struct uxm_setup setup = {
		.request_type = REQUEST_STANDARD_IN,
		.request = REQUEST_GET_DESCRIPTOR,
		.value = (uint16_t)(DESCRIPTOR_STRING << 8 | index),
		.index = language,
	};
	enum uxm_io io;

	*length = 255;
	io = uxm_link_request(link, &setup, bytes, length, link->deadlines.answer, why);
	if (io != UXM_IO_OK)
		return io;
	if (*length < 2 || bytes[1] != DESCRIPTOR_STRING || bytes[0] > *length || bytes[0] < 2) {
		uxm_fail(why, UXM_TRANSFER_FAILED, "The module's string descriptor is malformed.");
		return UXM_IO_BROKEN;
	}
	*length = bytes[0];
	return UXM_IO_OK;
}

enum uxm_io uxm_link_string(struct uxm_link *link, uint8_t index, char text[UXM_SERIAL_TEXT],
			    struct uxm_failure *why)
{
	uint8_t bytes[255];
	uint16_t length;
	uint16_t language = 0;
	bool replaced = false;
	size_t used = 0;
	enum uxm_io io;

	io = string_descriptor(link, 0, 0, bytes, &length, why);
	if (io != UXM_IO_OK)
		return io;
	if (length >= 4)
		language = (uint16_t)(bytes[2] | bytes[3] << 8);
	io = string_descriptor(link, index, language, bytes, &length, why);
	if (io != UXM_IO_OK)
		return io;
	for (size_t i = 2; i + 1 < length && used + 1 < UXM_SERIAL_TEXT; i += 2) {
		bool plain = bytes[i + 1] == 0 && bytes[i] > ' ' && bytes[i] < 0x7F;

		text[used++] = plain ? (char)bytes[i] : '?';
		replaced = replaced || !plain;
	}
	text[used] = '\0';
	if (replaced) {
		if (used > UXM_SERIAL_TEXT - MARK_TEXT)
			used = UXM_SERIAL_TEXT - MARK_TEXT;
		snprintf(text + used, MARK_TEXT, "~%08x",
			 (unsigned)uxm_wire_crc(bytes + 2, (size_t)length - 2));
	}
	return UXM_IO_OK;
}
