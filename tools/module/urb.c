/*
 * Pending transfers, bounded in number and in bytes.
 */
#include "tools/module/urb.h"

#include <stdlib.h>

/* What is kept of answered transfers' buffers, in bytes: some of the largest that hosts use. */
#define SPARE_MOST (4u * 1024u * 1024u)

static void destroy(struct urb *urb)
{
	free(urb->data);
	free(urb);
}

/* Grows a buffer; its old contents are of no use, so that nothing is copied. */
static bool fit(struct urb *urb, size_t room)
{
	uint8_t *data;

	if (urb->room >= room)
		return true;
	data = malloc(room);
	if (data == NULL)
		return false;
	free(urb->data);
	urb->data = data;
	urb->room = room;
	return true;
}

static struct urb *reuse(struct urb_pool *pool)
{
	struct urb *urb = pool->spare;

	if (urb == NULL)
		return calloc(1, sizeof(*urb));
	pool->spare = urb->next;
	pool->spare_bytes -= urb->room;
	return urb;
}

struct urb *urb_get(struct urb_pool *pool, const struct usbip_frame *frame, const char **why)
{
	struct urb *urb;

	if (pool->pending_count >= URB_COUNT_MOST ||
	    frame->follows > URB_BYTES_MOST - pool->pending_bytes) {
		*why = "the host has more than 16 MiB or 4096 transfers pending";
		return NULL;
	}
	urb = reuse(pool);
	if (urb == NULL || !fit(urb, frame->follows)) {
		*why = "there is no memory for a transfer";
		if (urb != NULL)
			destroy(urb);
		return NULL;
	}
	urb->next = NULL;
	urb->frame = *frame;
	urb->got = 0;
	urb->taken = 0;
	pool->pending_count++;
	pool->pending_bytes += frame->follows;
	return urb;
}

void urb_put(struct urb_pool *pool, struct urb *urb)
{
	pool->pending_count--;
	pool->pending_bytes -= urb->frame.follows;
	if (pool->spare_bytes + urb->room > SPARE_MOST) {
		destroy(urb);
		return;
	}
	urb->next = pool->spare;
	pool->spare = urb;
	pool->spare_bytes += urb->room;
}

void urb_pool_clear(struct urb_pool *pool)
{
	while (pool->spare != NULL) {
		struct urb *urb = pool->spare;
		pool->spare = urb->next;
		destroy(urb);
	}
	pool->spare_bytes = 0;
}

void urb_append(struct urb_queue *queue, struct urb *urb)
{
	urb->next = NULL;
	if (queue->last == NULL) {
		queue->first = urb;
	} else {
		queue->last->next = urb;
	}
	queue->last = urb;
}

struct urb *urb_shift(struct urb_queue *queue)
{
	struct urb *urb = queue->first;

	queue->first = urb->next;
	if (queue->first == NULL)
		queue->last = NULL;
	return urb;
}

struct urb *urb_take(struct urb_queue *queue, uint32_t seqnum)
{
	struct urb *before = NULL;

	for (struct urb *urb = queue->first; urb != NULL; before = urb, urb = urb->next) {
		if (urb->frame.seqnum != seqnum)
			continue;
		if (before == NULL)
			return urb_shift(queue);
		before->next = urb->next;
		if (queue->last == urb)
			queue->last = before;
		return urb;
	}
	return NULL;
}
