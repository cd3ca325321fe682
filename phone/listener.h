/*
 * The socket on which the pages are served.
 */
#ifndef PHONE_LISTENER_H
#define PHONE_LISTENER_H

#include <stddef.h>
#include <stdint.h>

#include "uxm/result.h"

/* Room for an address and port as they are shown, in bytes. */
#define LISTENER_TEXT 80

/*
 * Listens on a TCP port (0: any that is free) of `address` (IPv4 or IPv6 as inet_pton(3) reads
 * them; "" for all addresses of both). Returns the socket, which does not block, with what it is
 * bound to in `shown`, as 192.0.2.1:80 or [::]:80; or -1 with *why: UXM_NOT_PERMITTED, the port
 * needs privileges; UXM_INTERNAL, the port is in use, the address is none of this machine's now, or
 * the system has no more sockets.
 */
int listener_open(const char *address, uint16_t port, char shown[LISTENER_TEXT],
		  struct uxm_failure *why);

#endif
