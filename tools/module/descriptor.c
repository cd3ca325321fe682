/*
 * The descriptors, byte by byte. Numbers in them are little-endian.
 */
#include "tools/module/descriptor.h"

#include <string.h>

#include "uxm/wire.h"

/* Descriptor types: USB 2.0, table 9-5; USB 3.2, table 9-6. */
enum {
	TYPE_DEVICE = 1,
	TYPE_CONFIGURATION = 2,
	TYPE_STRING = 3,
	TYPE_INTERFACE = 4,
	TYPE_ENDPOINT = 5,
	TYPE_QUALIFIER = 6,
	TYPE_OTHER_SPEED = 7,
	TYPE_BOS = 15,
	TYPE_CAPABILITY = 16,
	TYPE_COMPANION = 48,
};

#define LANGUAGE_ENGLISH_US 0x0409

#define LOW(number)  ((uint8_t)((number)&0xFF))
#define HIGH(number) ((uint8_t)((number) >> 8))

static size_t put(uint8_t *to, const uint8_t *bytes, size_t length)
{
	memcpy(to, bytes, length);
	return length;
}

/* USB 2.0, table 9-8. */
static size_t device(const struct descriptor_facts *facts, uint8_t *to)
{
	bool super = facts->speed == DESCRIPTOR_SUPER;
	const uint8_t bytes[] = {
		18,
		TYPE_DEVICE,
		0x00,
		super ? 0x03 : 0x02, /* bcdUSB 3.00 or 2.00 */
		0,
		0,
		0,              /* class, subclass and protocol are the interface's */
		super ? 9 : 64, /* at super speed an exponent: 512 */
		LOW(facts->vendor),
		HIGH(facts->vendor),
		LOW(facts->product),
		HIGH(facts->product),
		LOW(facts->release),
		HIGH(facts->release),
		1, /* manufacturer, product, serial number */
		2,
		3,
		1, /* configurations */
	};

	return put(to, bytes, sizeof(bytes));
}

/* USB 2.0, table 9-13. A high-speed module works at full speed too. */
static size_t endpoint(enum descriptor_speed speed, uint8_t *to)
{
	unsigned packet = speed == DESCRIPTOR_SUPER ? 1024 : speed == DESCRIPTOR_HIGH ? 512 : 64;
	const uint8_t bytes[] = {
		7,
		TYPE_ENDPOINT,
		DESCRIPTOR_ENDPOINT,
		0x02, /* bulk */
		LOW(packet),
		HIGH(packet),
		/* At high speed the most NAKs: one in each microframe. */
		speed == DESCRIPTOR_HIGH ? 1 : 0,
	};
	/* USB 3.2, table 9-27: bursts of 16 packets, no streams. */
	const uint8_t companion[] = {6, TYPE_COMPANION, 15, 0, 0, 0};
	size_t length = put(to, bytes, sizeof(bytes));

	if (speed == DESCRIPTOR_SUPER)
		length += put(to + length, companion, sizeof(companion));
	return length;
}

/* USB 2.0, tables 9-10 to 9-12. */
static size_t configuration(enum descriptor_speed speed, uint8_t type, uint8_t *to)
{
	bool super = speed == DESCRIPTOR_SUPER;
	uint8_t total = super ? 31 : 25;
	const uint8_t bytes[] = {
		9,
		type,
		total,
		0,
		1, /* interface */
		DESCRIPTOR_CONFIGURATION,
		0,
		0x80,              /* powered by the bus, no remote wakeup */
		super ? 112 : 250, /* 896 mA in units of 8, 500 mA in units of 2 */
		9,
		TYPE_INTERFACE,
		0, /* number */
		0, /* alternate setting */
		1, /* endpoint */
		UXM_WIRE_CLASS,
		UXM_WIRE_SUBCLASS,
		UXM_WIRE_PROTOCOL,
		0,
	};
	size_t length = put(to, bytes, sizeof(bytes));

	return length + endpoint(speed, to + length);
}

/* USB 2.0, table 9-9. */
static size_t qualifier(uint8_t *to)
{
	const uint8_t bytes[] = {10, TYPE_QUALIFIER, 0x00, 0x02, 0, 0, 0, 64, 1, 0};

	return put(to, bytes, sizeof(bytes));
}

/* USB 3.2, section 9.6.2. */
static size_t binary_object_store(uint8_t *to)
{
	const uint8_t bytes[] = {
		5,
		TYPE_BOS,
		22,
		0,
		2, /* capabilities */
		/* USB 2.0 extension: link power management, which every super-speed device has */
		7,
		TYPE_CAPABILITY,
		0x02,
		0x02,
		0,
		0,
		0,
		/* SuperSpeed: full, high and super speed, everything from full speed on; 10 us from
		 * U1, 32 us from U2 */
		10,
		TYPE_CAPABILITY,
		0x03,
		0x00,
		0x0E,
		0,
		1,
		10,
		32,
		0,
	};

	return put(to, bytes, sizeof(bytes));
}

/* USB 2.0, section 9.6.7: UTF-16LE without a terminating zero. */
static size_t string(const struct descriptor_facts *facts, uint8_t index, uint16_t language,
		     uint8_t *to)
{
	const uint8_t languages[] = {4, TYPE_STRING, LOW(LANGUAGE_ENGLISH_US),
				     HIGH(LANGUAGE_ENGLISH_US)};
	const char *const texts[] = {NULL, "uxm", facts->name, facts->serial};
	size_t length;

	if (index == 0)
		return put(to, languages, sizeof(languages));
	if (index >= sizeof(texts) / sizeof(texts[0]) || language != LANGUAGE_ENGLISH_US)
		return 0;
	length = strnlen(texts[index], 126);
	to[0] = (uint8_t)(2 + 2 * length);
	to[1] = TYPE_STRING;
	for (size_t i = 0; i < length; i++) {
		to[2 + 2 * i] = (uint8_t)texts[index][i];
		to[3 + 2 * i] = 0;
	}
	return to[0];
}

size_t descriptor_get(const struct descriptor_facts *facts, uint8_t type, uint8_t index,
		      uint16_t language, uint8_t bytes[DESCRIPTOR_MOST])
{
	bool high = facts->speed == DESCRIPTOR_HIGH;

	if (type == TYPE_STRING)
		return string(facts, index, language, bytes);
	if (index != 0)
		return 0;
	switch (type) {
	case TYPE_DEVICE:
		return device(facts, bytes);
	case TYPE_CONFIGURATION:
		return configuration(facts->speed, type, bytes);
	case TYPE_QUALIFIER:
		return high ? qualifier(bytes) : 0;
	case TYPE_OTHER_SPEED:
		return high ? configuration(DESCRIPTOR_FULL, type, bytes) : 0;
	case TYPE_BOS:
		return facts->speed == DESCRIPTOR_SUPER ? binary_object_store(bytes) : 0;
	default:
		return 0;
	}
}

uint16_t descriptor_release(const struct uxm_version *version)
{
	const uint16_t *part = version->part;

	if (part[0] > 99 || part[1] > 9 || part[2] > 9 || part[3] != 0)
		return 0;
	return (uint16_t)(part[0] / 10 << 12 | part[0] % 10 << 8 | part[1] << 4 | part[2]);
}
