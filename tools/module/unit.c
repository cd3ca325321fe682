/*
 * A module's turns, and how it comes and goes.
 */
#include "tools/module/unit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/module/vhci.h"

/* Commands that are read before the bus moves on. */
#define COMMANDS_A_TURN 64
/* How long a host does not know of a leaving, in microseconds, and longer while it is not quiet: a
 * hub is asked for changes every 256 ms at most (USB 2.0, section 11.23.1). */
#define UNKNOWN         UINT64_C(50000)
#define UNKNOWN_MOST    UINT64_C(256000)
#define QUIET           UINT64_C(15000)
/* How long the kernel's hub driver may wait for the answer of a device that it was getting to know
 * (5 s; USB_CTRL_GET_TIMEOUT of linux/usb.h) and that has left, and a little more. */
#define FORGETS         UINT64_C(6000000)

static bool open_flash(struct unit *unit, struct uxm_failure *why)
{
	const struct options *options = unit->options;
	char path[4096];
	int length;

	if (options->flash == NULL || options->count == 1) {
		unit->store = store_open(options->flash, options->device.largest_image, why);
		return unit->store != NULL;
	}
	length = snprintf(path, sizeof(path), "%s.%s", options->flash, unit->label);
	if (length < 0 || (size_t)length >= sizeof(path)) {
		uxm_fail(why, UXM_USAGE, "The name of the flash file is too long.");
		return false;
	}
	unit->store = store_open(path, options->device.largest_image, why);
	return unit->store != NULL;
}

bool unit_open(struct unit *unit, const struct options *options, uint32_t index,
	       struct uxm_failure *why)
{
	memset(unit, 0, sizeof(*unit));
	unit->options = options;
	unit->link.fd = -1;
	unit->port = VHCI_ANY;
	unit->avoid = VHCI_ANY;
	unit->place = UNIT_RETURNING;
	unit->let_go = true;
	options_serial(options, index, unit->label);
	memcpy(unit->serial, unit->label, sizeof(unit->serial));
	snprintf(unit->busid, sizeof(unit->busid), "1-%" PRIu32, index + 1);
	unit->display = (struct display){.to = stdout, .label = unit->label};
	if (!open_flash(unit, why))
		return false;
	unit->device = device_new(&options->device, store_table(unit->store));
	if (unit->device == NULL) {
		uxm_fail(why, UXM_INTERNAL, "There is no memory for a module.");
		return false;
	}
	device_set_faults(unit->device, &options->faults);
	return true;
}

void unit_close(struct unit *unit)
{
	link_close(&unit->link);
	device_free(unit->device);
	store_close(unit->store);
	unit->device = NULL;
	unit->store = NULL;
}

enum descriptor_speed unit_speed(const struct unit *unit)
{
	switch (unit->options->bus) {
	case PACE_FULL:
		return DESCRIPTOR_FULL;
	case PACE_SUPER:
		return DESCRIPTOR_SUPER;
	default:
		return DESCRIPTOR_HIGH;
	}
}

static void look(struct unit *unit, uint64_t now)
{
	char text[DEVICE_SCREEN_TEXT];
	enum device_screen kind = device_screen(unit->device, text);

	display_show(&unit->display, kind, text, now);
}

void unit_power_on(struct unit *unit, uint64_t now)
{
	struct descriptor_facts facts = {
		.speed = unit_speed(unit),
		.vendor = unit->options->vendor,
		.product = unit->options->product,
	};
	struct uxm_version version;

	device_power_on(unit->device, now);
	version = device_version(unit->device);
	facts.release = descriptor_release(&version);
	snprintf(facts.name, sizeof(facts.name), "%s expansion module",
		 unit->options->device.model);
	memcpy(facts.serial, unit->serial, sizeof(facts.serial));
	endpoint0_reset(&unit->endpoint0, unit->device, &facts);
}

void unit_plugged(struct unit *unit, int fd)
{
	struct pace pace;

	unit->place = UNIT_ON_BUS;
	unit->avoid = VHCI_ANY;
	if (fd < 0)
		return;
	pace_init(&pace, unit->options->bus, unit->options->bus_rate);
	link_open(&unit->link, fd, &unit->endpoint0, &pace);
}

static bool stays(const struct unit *unit)
{
	return device_leaving(unit->device) == DEVICE_STAYS;
}

/* Reads what the host has sent. Returns false when there is no host any more. */
static bool hear(struct unit *unit, uint64_t now, const char **why)
{
	for (unsigned i = 0; i < COMMANDS_A_TURN && stays(unit); i++) {
		enum link_event event = link_read(&unit->link, now, why);

		if (event == LINK_AGAIN)
			return true;
		if (event != LINK_FRAME)
			return false;
		/* After each, so that no change of the display is missed. */
		look(unit, now);
	}
	return true;
}

bool unit_turn(struct unit *unit, bool readable, uint64_t now, const char **why)
{
	bool connected = unit->link.fd >= 0;

	*why = NULL;
	if (device_next(unit->device) <= now) {
		device_run(unit->device, now);
		look(unit, now);
	}
	if (connected && readable && !hear(unit, now, why))
		return false;
	if (connected && stays(unit))
		(void)link_move(&unit->link, now);
	if (connected && !link_flush(&unit->link))
		return false;
	look(unit, now);
	return true;
}

/* What the update would have taken if the clock had shown nothing but the rates and times set. */
static void own_time(const struct unit *unit)
{
	const struct device_options *device = &unit->options->device;
	uint64_t bus = pace_rate(&unit->link.pace);
	uint64_t rate = device->flash_rate;
	uint64_t began_at;
	uint64_t size = device_payload(unit->device, &began_at);
	uint64_t receive = 0;
	uint64_t verify = 0;

	if (rate == 0 || (bus != 0 && bus < rate))
		rate = bus;
	if (rate != 0)
		receive = (size - began_at) * 1000 / rate;
	if (device->verify_rate != 0)
		verify = size * 1000 / device->verify_rate;
	display_say(&unit->display,
		    "own time: receive %" PRIu64 " ms, verify %" PRIu64 " ms, install %" PRIu32
		    " ms, done %" PRIu32 " ms, sum %" PRIu64 " ms",
		    receive, verify, device->install_time, device->done_time,
		    receive + verify + device->install_time + device->done_time);
}

/* Another module comes back in its stead: the same one with another serial number. */
static void change_serial(struct unit *unit)
{
	size_t length = strlen(unit->label);

	memcpy(unit->serial, unit->label, sizeof(unit->serial));
	snprintf(unit->serial + length, sizeof(unit->serial) - length, "-other");
}

/* The kernel, if there is one, lets go of it and then closes the connection. */
static void let_go(struct unit *unit, uint64_t now)
{
	unit->let_go = true;
	vhci_look(unit->port, &unit->left);
	unit->not_before = now;
	if (unit->link.fd >= 0 && unit->left.name[0] == '\0')
		unit->not_before = now + FORGETS;
	if (unit->link.fd >= 0 && !vhci_detach(unit->port))
		(void)shutdown(unit->link.fd, SHUT_WR);
	display_say(&unit->display, "left the bus");
}

void unit_part(struct unit *unit, uint64_t now)
{
	enum link_event event = LINK_FRAME;
	const char *why;

	if (unit->place == UNIT_ON_BUS || unit->link.fd < 0)
		return;
	for (unsigned i = 0; i < COMMANDS_A_TURN && event == LINK_FRAME; i++) {
		event = link_read(&unit->link, now, &why);
		if (event == LINK_FRAME && unit->let_go_at < now + QUIET)
			unit->let_go_at = now + QUIET;
	}
	if (unit->let_go_at > unit->left_at + UNKNOWN_MOST)
		unit->let_go_at = unit->left_at + UNKNOWN_MOST;
	if (!link_flush(&unit->link) || event == LINK_ENDED || event == LINK_BROKEN)
		link_close(&unit->link);
	if (!unit->let_go && (unit->link.fd < 0 || now >= unit->let_go_at))
		let_go(unit, now);
}

bool unit_has_parted(const struct unit *unit)
{
	return unit->link.fd < 0;
}

bool unit_may_come(const struct unit *unit, uint64_t now)
{
	return unit_has_parted(unit) && now >= unit->not_before && !vhci_stays(&unit->left);
}

void unit_leave(struct unit *unit, uint64_t now)
{
	enum device_leave how = device_leaving(unit->device);
	unsigned comeback = device_return(unit->device);

	display_off(&unit->display);
	if (how == DEVICE_REBOOTS)
		own_time(unit);
	if (unit->options->command == OPTIONS_SERVE)
		link_close(&unit->link);
	link_pull(&unit->link);
	unit->let_go = false;
	unit->left_at = now;
	unit->let_go_at = now + UNKNOWN;
	if (unit->link.fd < 0)
		let_go(unit, now);
	unit->place = UNIT_AWAY;
	if ((how == DEVICE_REBOOTS || how == DEVICE_POWER_LOST) &&
	    (comeback & DEVICE_RETURN_NEVER) == 0) {
		unit->place = UNIT_RETURNING;
		unit->return_at = now + unit->options->reboot_time * UINT64_C(1000);
	}
	if ((comeback & DEVICE_RETURN_OTHER_SERIAL) != 0)
		change_serial(unit);
	if ((comeback & DEVICE_RETURN_OTHER_PORT) != 0)
		unit->avoid = unit->port;
}

uint64_t unit_next(const struct unit *unit, uint64_t now)
{
	uint64_t when = display_next(&unit->display);
	uint64_t other;

	if (unit->place != UNIT_ON_BUS && !unit->let_go)
		return unit->let_go_at;
	if (unit->place == UNIT_AWAY)
		return DEVICE_NEVER;
	if (unit->place == UNIT_RETURNING)
		return unit->return_at;
	other = device_next(unit->device);
	when = other < when ? other : when;
	if (unit->link.fd < 0)
		return when;
	other = link_next(&unit->link, now);
	return other < when ? other : when;
}
