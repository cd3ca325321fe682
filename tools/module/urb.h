/*
 * Transfers that the host has submitted and the module has not answered, in their order, and the
 * buffers of answered ones, which the next ones use again.
 */
#ifndef MODULE_URB_H
#define MODULE_URB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/module/usbip.h"

/* What may be pending in all: bytes, and transfers. */
#define URB_BYTES_MOST (16u * 1024u * 1024u)
#define URB_COUNT_MOST 4096u

struct urb {
	struct urb *next;
	struct usbip_frame frame;
	size_t got;   /* of frame.follows, read from the connection */
	size_t taken; /* of frame.length, by the module */
	size_t room;  /* of data */
	uint8_t *data;
};

struct urb_queue {
	struct urb *first;
	struct urb *last;
};

/* All transfers of one connection. */
struct urb_pool {
	struct urb *spare;
	size_t spare_bytes;
	size_t pending_bytes;
	size_t pending_count;
};

/*
 * A transfer for a frame. Returns NULL, and a phrase in *why, when more would be pending than is
 * allowed, or when there is no memory.
 */
struct urb *urb_get(struct urb_pool *pool, const struct usbip_frame *frame, const char **why);

/* Gives a transfer back that is in no queue. */
void urb_put(struct urb_pool *pool, struct urb *urb);

/* Frees the buffers that are kept for later. */
void urb_pool_clear(struct urb_pool *pool);

void urb_append(struct urb_queue *queue, struct urb *urb);

/* Takes the first one out of the queue, which is not empty. */
struct urb *urb_shift(struct urb_queue *queue);

/* Takes the one with this seqnum out of the queue; NULL when it is not there. */
struct urb *urb_take(struct urb_queue *queue, uint32_t seqnum);

#endif
