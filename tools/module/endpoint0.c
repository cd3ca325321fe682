/*
 * Standard requests as chapter 9 has them.
 */
#include "tools/module/endpoint0.h"

#include <string.h>

/* bmRequestType (USB 2.0, table 9-2). */
#define TYPE_MASK     0x60
#define TYPE_VENDOR   0x40
#define DEVICE_IN     0x80
#define DEVICE_OUT    0x00
#define INTERFACE_IN  0x81
#define INTERFACE_OUT 0x01
#define ENDPOINT_IN   0x82
#define ENDPOINT_OUT  0x02

/* bRequest (USB 2.0, table 9-4; USB 3.2, table 9-5). */
enum {
	GET_STATUS = 0,
	CLEAR_FEATURE = 1,
	SET_FEATURE = 3,
	SET_ADDRESS = 5,
	GET_DESCRIPTOR = 6,
	GET_CONFIGURATION = 8,
	SET_CONFIGURATION = 9,
	GET_INTERFACE = 10,
	SET_INTERFACE = 11,
	SET_SEL = 48,
	SET_ISOCH_DELAY = 49,
};

/* Feature selectors (USB 2.0, table 9-6; USB 3.2, table 9-7). */
enum {
	ENDPOINT_HALT = 0,
	FUNCTION_SUSPEND = 0,
	U1_ENABLE = 48,
	U2_ENABLE = 49,
};

struct uxm_setup endpoint0_setup(const uint8_t bytes[8], uint16_t *length)
{
	*length = (uint16_t)(bytes[6] | bytes[7] << 8);
	return (struct uxm_setup){
		.request_type = bytes[0],
		.request = bytes[1],
		.value = (uint16_t)(bytes[2] | bytes[3] << 8),
		.index = (uint16_t)(bytes[4] | bytes[5] << 8),
	};
}

void endpoint0_reset(struct endpoint0 *endpoint0, struct device *device,
		     const struct descriptor_facts *facts)
{
	*endpoint0 = (struct endpoint0){.device = device, .facts = *facts};
}

static bool is_super(const struct endpoint0 *endpoint0)
{
	return endpoint0->facts.speed == DESCRIPTOR_SUPER;
}

/* What a request to the device says; the answer's length goes to *length. */
static bool device_in(const struct endpoint0 *endpoint0, const struct uxm_setup *setup,
		      uint8_t bytes[DESCRIPTOR_MOST], size_t *length)
{
	switch (setup->request) {
	case GET_STATUS:
		if (setup->value != 0 || setup->index != 0)
			return false;
		/* Powered by the bus, no remote wakeup; bits 2 and 3: U1 and U2. */
		bytes[0] = (uint8_t)((endpoint0->u1 ? 4 : 0) | (endpoint0->u2 ? 8 : 0));
		bytes[1] = 0;
		*length = 2;
		return true;
	case GET_DESCRIPTOR:
		*length = descriptor_get(&endpoint0->facts, (uint8_t)(setup->value >> 8),
					 (uint8_t)(setup->value & 0xFF), setup->index, bytes);
		return *length > 0;
	case GET_CONFIGURATION:
		if (setup->value != 0 || setup->index != 0)
			return false;
		bytes[0] = endpoint0->configuration;
		*length = 1;
		return true;
	default:
		return false;
	}
}

static bool set_link_state(struct endpoint0 *endpoint0, uint16_t feature, bool on)
{
	/* Only a configured super-speed device has these (USB 3.2, section 9.4.9). */
	if (!is_super(endpoint0) || endpoint0->configuration == 0)
		return false;
	if (feature == U1_ENABLE) {
		endpoint0->u1 = on;
	} else if (feature == U2_ENABLE) {
		endpoint0->u2 = on;
	} else {
		return false;
	}
	return true;
}

static bool device_out(struct endpoint0 *endpoint0, const struct uxm_setup *setup, size_t length)
{
	switch (setup->request) {
	case CLEAR_FEATURE:
		return setup->index == 0 && set_link_state(endpoint0, setup->value, false);
	case SET_FEATURE:
		return setup->index == 0 && set_link_state(endpoint0, setup->value, true);
	case SET_ADDRESS:
		return setup->value <= 127 && setup->index == 0 && length == 0;
	case SET_CONFIGURATION:
		if (setup->value > DESCRIPTOR_CONFIGURATION || setup->index != 0)
			return false;
		endpoint0->configuration = (uint8_t)setup->value;
		/* Halts and data toggles start over (USB 2.0, section 9.1.1.5). */
		device_clear_halt(endpoint0->device);
		return true;
	case SET_SEL:
		return is_super(endpoint0) && setup->value == 0 && setup->index == 0 && length == 6;
	case SET_ISOCH_DELAY:
		return is_super(endpoint0) && setup->index == 0 && length == 0;
	default:
		return false;
	}
}

static bool interface_in(const struct endpoint0 *endpoint0, const struct uxm_setup *setup,
			 uint8_t *bytes, size_t *length)
{
	if (endpoint0->configuration == 0 || setup->index != 0 || setup->value != 0)
		return false;
	if (setup->request != GET_STATUS && setup->request != GET_INTERFACE)
		return false;
	bytes[0] = 0;
	bytes[1] = 0;
	*length = setup->request == GET_STATUS ? 2 : 1;
	return true;
}

static bool interface_out(struct endpoint0 *endpoint0, const struct uxm_setup *setup)
{
	if (endpoint0->configuration == 0 || (setup->index & 0xFF) != 0)
		return false;
	if (setup->request == SET_INTERFACE && setup->value == 0 && setup->index == 0) {
		device_clear_halt(endpoint0->device);
		return true;
	}
	/* A module has nothing to suspend, but has to take the request (USB 3.2, section 9.4.9);
	 * the options are in wIndex's high byte. */
	return is_super(endpoint0) && setup->value == FUNCTION_SUSPEND &&
	       (setup->request == SET_FEATURE || setup->request == CLEAR_FEATURE);
}

static bool is_bulk(const struct endpoint0 *endpoint0, uint16_t index)
{
	return index == DESCRIPTOR_ENDPOINT && endpoint0->configuration != 0;
}

/* Endpoint 0 by either of its addresses. */
static bool is_control(uint16_t index)
{
	return (index & ~0x80) == 0;
}

static bool endpoint_in(const struct endpoint0 *endpoint0, const struct uxm_setup *setup,
			uint8_t *bytes, size_t *length)
{
	if (setup->request != GET_STATUS || setup->value != 0 ||
	    (!is_bulk(endpoint0, setup->index) && !is_control(setup->index)))
		return false;
	bytes[0] = is_bulk(endpoint0, setup->index) && device_halted(endpoint0->device) ? 1 : 0;
	bytes[1] = 0;
	*length = 2;
	return true;
}

static bool endpoint_out(struct endpoint0 *endpoint0, const struct uxm_setup *setup)
{
	if (setup->value != ENDPOINT_HALT)
		return false;
	if (setup->request == CLEAR_FEATURE && is_control(setup->index))
		return true;
	if (!is_bulk(endpoint0, setup->index))
		return false;
	if (setup->request == CLEAR_FEATURE) {
		device_clear_halt(endpoint0->device);
	} else if (setup->request == SET_FEATURE) {
		device_halt(endpoint0->device);
	} else {
		return false;
	}
	return true;
}

enum device_answer endpoint0_request(struct endpoint0 *endpoint0, uint64_t now,
				     const struct uxm_setup *setup, const uint8_t *data,
				     size_t length, uint8_t *reply, size_t room, size_t *replied)
{
	uint8_t bytes[DESCRIPTOR_MOST];
	size_t whole = 0;
	bool known = false;

	*replied = 0;
	if (device_silent(endpoint0->device) || device_leaving(endpoint0->device) != DEVICE_STAYS)
		return DEVICE_SILENT;
	if ((setup->request_type & TYPE_MASK) == TYPE_VENDOR) {
		if (endpoint0->configuration == 0)
			return DEVICE_STALLED;
		return device_request(endpoint0->device, now, setup, data, length, reply, room,
				      replied);
	}
	switch (setup->request_type) {
	case DEVICE_IN:
		known = device_in(endpoint0, setup, bytes, &whole);
		break;
	case DEVICE_OUT:
		known = device_out(endpoint0, setup, length);
		break;
	case INTERFACE_IN:
		known = interface_in(endpoint0, setup, bytes, &whole);
		break;
	case INTERFACE_OUT:
		known = interface_out(endpoint0, setup);
		break;
	case ENDPOINT_IN:
		known = endpoint_in(endpoint0, setup, bytes, &whole);
		break;
	case ENDPOINT_OUT:
		known = endpoint_out(endpoint0, setup);
		break;
	default:
		break;
	}
	if (!known)
		return DEVICE_STALLED;
	*replied = whole < room ? whole : room;
	if (*replied > 0)
		memcpy(reply, bytes, *replied);
	return DEVICE_ANSWERED;
}
