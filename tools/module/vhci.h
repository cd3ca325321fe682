/*
 * vhci_hcd, the kernel's virtual host controller: plugs the other end of a socket pair into one of
 * its ports.
 */
#ifndef MODULE_VHCI_H
#define MODULE_VHCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/module/descriptor.h"
#include "uxm/result.h"

/* Any port. */
#define VHCI_ANY  (-1)
/* Enough for the kernel's name of a USB device. */
#define VHCI_NAME 32

/* One stay of a device on the kernel's bus; without a name: of none. */
struct vhci_stay {
	char name[VHCI_NAME]; /* "1-1": the bus, and the port */
	char number[8];       /* its `devnum`, another one at each stay */
};

/*
 * Looks into the text of a `status` file of vhci_hcd for a free port (state 4) of the hub for this
 * speed. `wanted` is a port's number or VHCI_ANY; `avoid` is one that is not wanted, or VHCI_ANY.
 * Returns the port's number, or -1 when there is none.
 */
int vhci_find_port(const char *status, enum descriptor_speed speed, int wanted, int avoid);

/*
 * Looks into the same text for the kernel's name of the device in `port`. Returns false when there
 * is none.
 */
bool vhci_find_name(const char *status, int port, char name[VHCI_NAME]);

/* Whether the controller is there and this process may use it. Returns false and says why not. */
bool vhci_ready(struct uxm_failure *why);

/*
 * Plugs a device in: sets *fd to the module's end of the connection, non-blocking, and *port to the
 * port's number. `number` is the device's, 1 or more: another one at each return. Returns 1 when
 * the kernel has accepted it, 0 when no such port is free now, and -1, and says why, when it cannot
 * be done.
 */
int vhci_attach(enum descriptor_speed speed, uint32_t number, int wanted, int avoid, int *fd,
		int *port, struct uxm_failure *why);

/*
 * Asks the kernel to let go of the device in `port`; it closes the connection, and until then sends
 * what it has to send. Returns false when it does not.
 */
bool vhci_detach(int port);

/* What the kernel knows of the device in `port`: to be asked before it is let go of. */
void vhci_look(int port, struct vhci_stay *stay);

/*
 * Whether the kernel has not yet seen that it left: its hub driver comes to it later than the port
 * is free. What is plugged into the port before is taken for the same device, which never left, and
 * is not configured again.
 */
bool vhci_stays(const struct vhci_stay *stay);

#endif
