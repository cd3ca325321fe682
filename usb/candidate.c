/* Candidates: ids, the update interface, port paths. */
#include "usb/candidate.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "uxm/wire.h"

/* Reads one to four hexadecimal digits; returns what follows, NULL if there are none or more. */
static const char *read_hex(const char *text, uint16_t *number)
{
	unsigned read = 0;
	size_t digits = 0;

	for (; isxdigit((unsigned char)text[digits]) != 0; digits++) {
		int c = tolower((unsigned char)text[digits]);

		if (digits == 4)
			return NULL;
		read = read * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	if (digits == 0)
		return NULL;
	*number = (uint16_t)read;
	return text + digits;
}

bool usb_id_parse(const char *text, struct usb_id *id)
{
	struct usb_id read;

	text = read_hex(text, &read.vendor);
	if (text == NULL || *text != ':')
		return false;
	text = read_hex(text + 1, &read.product);
	if (text == NULL || *text != '\0')
		return false;
	*id = read;
	return true;
}

static bool has_id(const struct bus_device *device, const struct usb_id *more, size_t count)
{
	if (device->vendor == USB_DEFAULT_VENDOR && device->product == USB_DEFAULT_PRODUCT)
		return true;
	for (size_t i = 0; i < count; i++) {
		if (device->vendor == more[i].vendor && device->product == more[i].product)
			return true;
	}
	return false;
}

static const struct bus_interface *update_interface(const struct bus_device *device)
{
	for (size_t i = 0; i < device->interface_count; i++) {
		const struct bus_interface *interface = &device->interfaces[i];

		if (interface->class_code == UXM_WIRE_CLASS &&
		    interface->subclass == UXM_WIRE_SUBCLASS &&
		    interface->protocol == UXM_WIRE_PROTOCOL && interface->endpoints == 1 &&
		    interface->bulk_out != 0)
			return interface;
	}
	return NULL;
}

static void write_port_path(const struct bus_device *device, char text[UXM_PORT_PATH_TEXT])
{
	size_t at = (size_t)snprintf(text, UXM_PORT_PATH_TEXT, "%u", device->bus);

	for (size_t i = 0; i < device->port_count; i++) {
		at += (size_t)snprintf(text + at, UXM_PORT_PATH_TEXT - at, "%c%u",
				       i == 0 ? '-' : '.', device->ports[i]);
	}
}

bool usb_candidate_read(const struct bus_device *device, const struct usb_id *more, size_t count,
			struct uxm_candidate *candidate)
{
	const struct bus_interface *interface = update_interface(device);

	if (interface == NULL || !has_id(device, more, count))
		return false;
	if (device->port_count == 0 || device->port_count > BUS_PORTS)
		return false;
	*candidate = (struct uxm_candidate){
		.bus = device->bus,
		.address = device->address,
		.vendor = device->vendor,
		.product = device->product,
		.serial_index = device->serial_index,
		.interface_number = interface->number,
		.endpoint = interface->bulk_out,
	};
	write_port_path(device, candidate->port_path);
	return true;
}

int usb_port_path_compare(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		char *a_end = NULL;
		char *b_end = NULL;
		unsigned long a_number = strtoul(a, &a_end, 10);
		unsigned long b_number = strtoul(b, &b_end, 10);

		if (a_number != b_number)
			return a_number < b_number ? -1 : 1;
		a = *a_end == '\0' ? a_end : a_end + 1;
		b = *b_end == '\0' ? b_end : b_end + 1;
	}
	return (*a != '\0') - (*b != '\0');
}

void usb_candidate_insert(struct uxm_candidate *found, size_t room, size_t count,
			  const struct uxm_candidate *candidate)
{
	size_t held = count < room ? count : room;
	size_t at = held;

	while (at > 0 && usb_port_path_compare(candidate->port_path, found[at - 1].port_path) < 0)
		at--;
	if (at == room)
		return;
	/* Where there is no more room the last one makes place. */
	if (held == room)
		held--;
	memmove(&found[at + 1], &found[at], (held - at) * sizeof(found[0]));
	found[at] = *candidate;
}
