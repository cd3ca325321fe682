/*
 * The USB/IP server: lists the modules that are on the bus and lets a host import one. Afterwards
 * the connection is the module's.
 */
#ifndef MODULE_SERVE_H
#define MODULE_SERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/module/unit.h"

/* Hosts that have connected and not said yet what they want. */
#define SERVE_GUESTS 8

struct serve_guest {
	int fd; /* -1: free */
	size_t got;
	uint8_t request[USBIP_OP_IMPORT_SIZE];
	uint64_t until; /* it must have said it, in microseconds */
};

struct serve {
	int fd; /* listens; -1: not open */
	struct serve_guest guest[SERVE_GUESTS];
};

/* Listens on an IPv4 address. Returns false and says why not. */
bool serve_open(struct serve *serve, const char *address, uint16_t port, struct uxm_failure *why);

/* Closes what is open. */
void serve_close(struct serve *serve);

/* Takes the host that has connected, or turns it away when there are too many. */
void serve_accept(struct serve *serve, uint64_t now);

/*
 * Reads from a host that said something. A list is answered and the connection closed; an import of
 * a module that is on the bus and has no host yet makes the connection that module's, which is
 * returned; NULL in every other case.
 */
struct unit *serve_read(struct serve_guest *guest, struct unit *units, size_t count);

/* Turns away hosts that have taken too long. */
void serve_run(struct serve *serve, uint64_t now);

/* When a host will have taken too long; DEVICE_NEVER. */
uint64_t serve_next(const struct serve *serve);

#endif
