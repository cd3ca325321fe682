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
#define VHCI_ANY (-1)

/*
 * Looks into the text of a `status` file of vhci_hcd for a free port (state 4) of the hub for this
 * speed. `wanted` is a port's number or VHCI_ANY; `avoid` is one that is not wanted, or VHCI_ANY.
 * Returns the port's number, or -1 when there is none.
 */
int vhci_find_port(const char *status, enum descriptor_speed speed, int wanted, int avoid);

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

/* Whether the kernel has done with a port after its connection was closed. */
bool vhci_port_free(enum descriptor_speed speed, int port);

#endif
