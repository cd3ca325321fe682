/*
 * The connection between a module and a host's kernel: reads commands, moves the bulk bytes at the
 * bus's pace, answers. Never blocks. Times in microseconds.
 */
#ifndef MODULE_LINK_H
#define MODULE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/module/endpoint0.h"
#include "tools/module/pace.h"
#include "tools/module/urb.h"

/* Answers that wait for the socket, in bytes. */
#define LINK_OUTPUT 65536u

struct link {
	int fd; /* -1: no connection */
	struct endpoint0 *endpoint0;
	struct pace pace;
	uint8_t header[USBIP_HEADER];
	size_t header_got;
	struct urb *incoming;    /* whose payload is being read */
	struct urb_queue bulk;   /* for the bulk endpoint */
	struct urb_queue silent; /* that will never be answered, only unlinked */
	struct urb_pool pool;
	bool refused; /* the module took less than it could get (NAK) */
	bool pulled;  /* there is no module any more */
	uint8_t output[LINK_OUTPUT];
	size_t output_start;
	size_t output_end;
};

/* Begins with a connected, non-blocking stream socket, which it owns from then on. */
void link_open(struct link *link, int fd, struct endpoint0 *endpoint0, const struct pace *pace);

/* Closes the socket and forgets everything. Harmless without a connection. */
void link_close(struct link *link);

/* As link_close, but the socket is the caller's again. Returns it; -1 without a connection. */
int link_release(struct link *link);

/*
 * The module has left the bus, and its host is about to let go of it. What the host's kernel waits
 * for itself, standard requests, ends from now on as with a host controller to which no device
 * answers; nothing else has an answer any more, but for unlinks.
 */
void link_pull(struct link *link);

enum link_event {
	LINK_FRAME,  /* one command was read, and answered if that could be done at once */
	LINK_AGAIN,  /* there is nothing to read, or no room for answers */
	LINK_ENDED,  /* the host has closed */
	LINK_BROKEN, /* the host sent what cannot be; *why is a phrase that says what */
};

/* Reads up to the end of the next command, and carries it out. */
enum link_event link_read(struct link *link, uint64_t now, const char **why);

/*
 * Moves bulk bytes as far as bus and module allow, at most a MiB, and answers what has ended.
 * Returns whether it moved or answered anything.
 */
bool link_move(struct link *link, uint64_t now);

/* Sends answers. Returns false when the host has closed. */
bool link_flush(struct link *link);

/* Whether answers wait for the socket to take more. */
bool link_waits(const struct link *link);

/* When bulk bytes can move again by the bus's doing, DEVICE_NEVER if nothing is to be moved. */
uint64_t link_next(const struct link *link, uint64_t now);

#endif
