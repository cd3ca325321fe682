/*
 * One virtual module of the process: the model, its flash, its connection to a host, its display,
 * and whether it is on the bus. Times in microseconds.
 */
#ifndef MODULE_UNIT_H
#define MODULE_UNIT_H

#include "tools/module/display.h"
#include "tools/module/link.h"
#include "tools/module/options.h"
#include "tools/module/store.h"
#include "tools/module/vhci.h"

enum unit_place {
	UNIT_AWAY,      /* until somebody plugs it in */
	UNIT_RETURNING, /* from return_at on */
	UNIT_ON_BUS,
};

struct unit {
	const struct options *options;
	struct device *device;
	struct store *store;
	struct endpoint0 endpoint0;
	struct link link;
	struct display display;
	char label[UXM_SERIAL_TEXT];  /* what it is called here */
	char serial[UXM_SERIAL_TEXT]; /* what it says that it is */
	char busid[16];               /* of USB/IP */
	uint32_t number;              /* of its present or last stay on the bus */
	enum unit_place place;
	uint64_t return_at;
	int port;              /* of vhci_hcd, that it has or had; VHCI_ANY */
	int avoid;             /* that it must not have again; VHCI_ANY: the same is wanted */
	struct vhci_stay left; /* its last stay on the bus */
	uint64_t left_at;      /* that it ended */
	bool let_go;           /* the host was told that it has left */
	uint64_t let_go_at;    /* when it will be */
	uint64_t not_before;   /* it comes onto the bus again */
};

/* Makes module `index`, which wants onto the bus at once. Returns false and says why not. */
bool unit_open(struct unit *unit, const struct options *options, uint32_t index,
	       struct uxm_failure *why);

/* Lets go of everything. Harmless after a failed unit_open. */
void unit_close(struct unit *unit);

/* Gives it power and a device address; the bus is the caller's. */
void unit_power_on(struct unit *unit, uint64_t now);

/* It is on the bus, and `fd` (or -1: not yet) is its host's connection. */
void unit_plugged(struct unit *unit, int fd);

/* The speed with which it shows itself. */
enum descriptor_speed unit_speed(const struct unit *unit);

/*
 * Does what can be done now: reads commands if `readable`, moves, answers, shows. Returns false
 * when the host has ended the connection; *why is then a phrase, or NULL when it simply closed.
 */
bool unit_turn(struct unit *unit, bool readable, uint64_t now, const char **why);

/*
 * Leaves the bus as the model says that it does, or because the host ended the connection. Of
 * vhci_hcd's port it lets go with unit_part().
 */
void unit_leave(struct unit *unit, uint64_t now);

/*
 * Parts from the host whose bus it has left, a bit at each turn; nothing of it remains when
 * unit_has_parted(). As with a hub the host does not know at once; then, when it is quiet, the
 * kernel is asked to let go, and closes the connection. Until it has, all is read, and what the
 * kernel waits for itself is answered. For vhci_hcd does not end what it has not got back when a
 * connection ends: the SET_INTERFACE of who claims the interface, or a request of the hub driver
 * that gets to know it, would hold them up for 5 s; and still does if it comes in that very moment.
 * And what it has not sent then it never ends, should it be cancelled in that moment: usb_kill_urb
 * waits for ever, and with it the program that cancelled and the hub driver. So nothing for which a
 * host would cancel others ends before.
 */
void unit_part(struct unit *unit, uint64_t now);

bool unit_has_parted(const struct unit *unit);

/*
 * Whether the kernel has seen it leave, so that it is not taken for the device of before. Of one
 * that it was only getting to know nothing shows that: that one stays away for some seconds.
 */
bool unit_may_come(const struct unit *unit, uint64_t now);

/* When it wants its next turn. */
uint64_t unit_next(const struct unit *unit, uint64_t now);

#endif
