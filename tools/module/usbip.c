/*
 * USB/IP's frames and messages, field by field.
 */
#include "tools/module/usbip.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "uxm/wire.h"

static void put16(uint8_t *bytes, uint16_t value)
{
	value = htobe16(value);
	memcpy(bytes, &value, sizeof(value));
}

static void put32(uint8_t *bytes, uint32_t value)
{
	value = htobe32(value);
	memcpy(bytes, &value, sizeof(value));
}

static uint32_t get32(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return be32toh(value);
}

/* Where it is not isochronous, Linux writes 0 there, the document says -1. */
static uint32_t iso_packets(const uint8_t bytes[USBIP_HEADER])
{
	uint32_t number = get32(bytes + 32);

	return number == UINT32_MAX ? 0 : number;
}

const char *usbip_read(const uint8_t bytes[USBIP_HEADER], struct usbip_frame *frame)
{
	uint32_t command = get32(bytes);
	uint32_t direction = get32(bytes + 12);
	uint32_t endpoint = get32(bytes + 16);
	struct usbip_frame read = {.seqnum = get32(bytes + 4)};

	if (command == USBIP_CMD_UNLINK) {
		read.command = USBIP_CMD_UNLINK;
		read.unlink = get32(bytes + 20);
		*frame = read;
		return NULL;
	}
	if (command != USBIP_CMD_SUBMIT)
		return "the host sent a command that is none";
	if (direction > 1 || endpoint > 15)
		return "the host named an endpoint that cannot be";
	read.command = USBIP_CMD_SUBMIT;
	read.in = direction == 1;
	read.endpoint = (uint8_t)endpoint;
	read.length = get32(bytes + 24);
	if (read.length > USBIP_TRANSFER_MOST)
		return "the host sent a transfer of more than 1 MiB";
	if (iso_packets(bytes) > USBIP_ISO_MOST)
		return "the host sent a transfer of more than 1024 isochronous packets";
	read.follows = (read.in ? 0 : read.length) + iso_packets(bytes) * USBIP_ISO_SIZE;
	memcpy(read.setup, bytes + 40, sizeof(read.setup));
	*frame = read;
	return NULL;
}

void usbip_write_submit(uint32_t seqnum, int32_t status, uint32_t actual,
			uint8_t bytes[USBIP_HEADER])
{
	memset(bytes, 0, USBIP_HEADER);
	put32(bytes, USBIP_RET_SUBMIT);
	put32(bytes + 4, seqnum);
	put32(bytes + 20, (uint32_t)status);
	put32(bytes + 24, actual);
}

void usbip_write_unlink(uint32_t seqnum, int32_t status, uint8_t bytes[USBIP_HEADER])
{
	memset(bytes, 0, USBIP_HEADER);
	put32(bytes, USBIP_RET_UNLINK);
	put32(bytes + 4, seqnum);
	put32(bytes + 20, (uint32_t)status);
}

enum usbip_operation usbip_read_operation(const uint8_t bytes[USBIP_OP_HEADER])
{
	uint32_t head = get32(bytes);

	if (head == ((uint32_t)USBIP_VERSION << 16 | USBIP_OP_DEVICES))
		return USBIP_OP_DEVICES;
	if (head == ((uint32_t)USBIP_VERSION << 16 | USBIP_OP_IMPORT))
		return USBIP_OP_IMPORT;
	return USBIP_OP_NONE;
}

bool usbip_read_busid(const uint8_t bytes[USBIP_BUSID], char busid[USBIP_BUSID])
{
	if (memchr(bytes, 0, USBIP_BUSID) == NULL)
		return false;
	memcpy(busid, bytes, USBIP_BUSID);
	return true;
}

void usbip_write_operation(enum usbip_operation operation, uint32_t status,
			   uint8_t bytes[USBIP_OP_HEADER])
{
	put16(bytes, USBIP_VERSION);
	/* An answer is its request without the highest bit. */
	put16(bytes + 2, (uint16_t)(operation & 0x7FFF));
	put32(bytes + 4, status);
}

void usbip_write_device(const struct usbip_device *device, uint8_t bytes[USBIP_DEVICE])
{
	memset(bytes, 0, USBIP_DEVICE);
	snprintf((char *)bytes, 256, "/uxm-module/%s", device->busid);
	snprintf((char *)bytes + 256, USBIP_BUSID, "%s", device->busid);
	put32(bytes + 288, device->bus);
	put32(bytes + 292, device->number);
	put32(bytes + 296, device->facts->speed);
	put16(bytes + 300, device->facts->vendor);
	put16(bytes + 302, device->facts->product);
	put16(bytes + 304, device->facts->release);
	/* class, subclass and protocol are the interface's: 0 */
	bytes[309] = device->configuration;
	bytes[310] = 1; /* configurations */
	bytes[311] = 1; /* interfaces */
}

void usbip_write_interface(uint8_t bytes[USBIP_INTERFACE])
{
	bytes[0] = UXM_WIRE_CLASS;
	bytes[1] = UXM_WIRE_SUBCLASS;
	bytes[2] = UXM_WIRE_PROTOCOL;
	bytes[3] = 0;
}

void usbip_write_count(uint32_t count, uint8_t bytes[4])
{
	put32(bytes, count);
}
