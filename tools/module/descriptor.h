/*
 * A module's descriptors at full, high and super speed (USB 2.0, section 9.6; USB 3.2,
 * section 9.6).
 */
#ifndef MODULE_DESCRIPTOR_H
#define MODULE_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uxm/io.h"
#include "uxm/version.h"

/* Speeds with the numbers that USB/IP gives them. */
enum descriptor_speed {
	DESCRIPTOR_FULL = 2,
	DESCRIPTOR_HIGH = 3,
	DESCRIPTOR_SUPER = 5,
};

/* The bulk OUT endpoint's address, and the one configuration's value. */
#define DESCRIPTOR_ENDPOINT      0x01
#define DESCRIPTOR_CONFIGURATION 1

/* What differs from module to module. */
struct descriptor_facts {
	enum descriptor_speed speed;
	uint16_t vendor;
	uint16_t product;
	uint16_t release;             /* bcdDevice */
	char name[UXM_SERIAL_TEXT];   /* the product's, ASCII, at most 126 characters */
	char serial[UXM_SERIAL_TEXT]; /* ASCII, at most 126 characters */
};

/* Room for any descriptor: bLength is one byte. */
#define DESCRIPTOR_MOST 256

/*
 * Writes the descriptor that GET_DESCRIPTOR asks for: `type` and `index` are wValue's two bytes,
 * `language` is wIndex. Returns its whole length (for a configuration: wTotalLength), or 0 when
 * there is none, which is a request error (USB 2.0, section 9.4.3).
 */
size_t descriptor_get(const struct descriptor_facts *facts, uint8_t type, uint8_t index,
		      uint16_t language, uint8_t bytes[DESCRIPTOR_MOST]);

/* bcdDevice for a version: JJ.M.N for 1.5.3 is 0x0153; 0 where it does not fit. */
uint16_t descriptor_release(const struct uxm_version *version);

#endif
