/*
 * A module's control endpoint: the standard requests (USB 2.0, section 9.4; USB 3.2, section 9.4),
 * and the way to the vendor requests.
 */
#ifndef MODULE_ENDPOINT0_H
#define MODULE_ENDPOINT0_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/module/descriptor.h"
#include "tools/module/device.h"

struct endpoint0 {
	struct device *device;
	struct descriptor_facts facts;
	uint8_t configuration; /* bConfigurationValue in force, 0: none */
	bool u1;               /* link power states that the host has enabled (super speed) */
	bool u2;
};

/* The eight bytes of a setup packet (USB 2.0, table 9-2) as numbers; *length is wLength. */
struct uxm_setup endpoint0_setup(const uint8_t bytes[8], uint16_t *length);

/* As after a bus reset: no configuration. `facts` are copied. */
void endpoint0_reset(struct endpoint0 *endpoint0, struct device *device,
		     const struct descriptor_facts *facts);

/*
 * One request at the time `now` in microseconds. Host to device: `data` holds `length` bytes.
 * Device to host: at most `room` bytes, which the caller cut to wLength, go to `reply`; *replied is
 * set to their number. A request that the specification does not allow in this state, or that the
 * module does not know, is stalled.
 */
enum device_answer endpoint0_request(struct endpoint0 *endpoint0, uint64_t now,
				     const struct uxm_setup *setup, const uint8_t *data,
				     size_t length, uint8_t *reply, size_t room, size_t *replied);

#endif
