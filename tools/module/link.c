/*
 * Commands in, answers out, bulk bytes from transfers to the module.
 */
#include "tools/module/link.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* The largest reply of any request fits: a descriptor. */
#define REPLY_MOST DESCRIPTOR_MOST
/* Bulk bytes that move before requests get their turn. */
#define MOVE_MOST  (1024u * 1024u)
/* How long the bus may move bytes before they are handed over, so that the module's flash and
 * screen see them come, in microseconds. */
#define MOVE_TIME  1000u

void link_open(struct link *link, int fd, struct endpoint0 *endpoint0, const struct pace *pace)
{
	memset(link, 0, offsetof(struct link, output));
	link->fd = fd;
	link->endpoint0 = endpoint0;
	link->pace = *pace;
	link->output_start = 0;
	link->output_end = 0;
}

static void drop_all(struct urb_pool *pool, struct urb_queue *queue)
{
	while (queue->first != NULL)
		urb_put(pool, urb_shift(queue));
}

int link_release(struct link *link)
{
	int fd = link->fd;

	if (fd < 0)
		return -1;
	link->fd = -1;
	if (link->incoming != NULL)
		urb_put(&link->pool, link->incoming);
	link->incoming = NULL;
	drop_all(&link->pool, &link->bulk);
	drop_all(&link->pool, &link->silent);
	urb_pool_clear(&link->pool);
	return fd;
}

void link_close(struct link *link)
{
	int fd = link_release(link);

	if (fd >= 0)
		close(fd);
}

/* Room for one more answer, whichever it is. */
static bool has_room(struct link *link)
{
	size_t waiting = link->output_end - link->output_start;

	if (link->output_start > 0 && LINK_OUTPUT - link->output_end < USBIP_HEADER + REPLY_MOST) {
		memmove(link->output, link->output + link->output_start, waiting);
		link->output_start = 0;
		link->output_end = waiting;
	}
	return LINK_OUTPUT - link->output_end >= USBIP_HEADER + REPLY_MOST;
}

/* The caller has seen to it that there is room. */
static void answer(struct link *link, struct urb *urb, int32_t status, size_t actual)
{
	usbip_write_submit(urb->frame.seqnum, status, (uint32_t)actual,
			   link->output + link->output_end);
	link->output_end += USBIP_HEADER;
	urb_put(&link->pool, urb);
}

static void control(struct link *link, uint64_t now, struct urb *urb)
{
	const struct usbip_frame *frame = &urb->frame;
	uint16_t length;
	struct uxm_setup setup = endpoint0_setup(frame->setup, &length);
	bool in = (setup.request_type & 0x80) != 0;
	size_t most = length < frame->length ? length : frame->length;
	size_t room = most < REPLY_MOST ? most : REPLY_MOST;
	size_t replied = 0;
	enum device_answer end = DEVICE_STALLED;

	/* Without data the kernel calls every request one to the device. */
	if (in && (frame->in || frame->length == 0)) {
		end = endpoint0_request(link->endpoint0, now, &setup, NULL, 0,
					link->output + link->output_end + USBIP_HEADER, room,
					&replied);
	} else if (!in && !frame->in && frame->length == length) {
		end = endpoint0_request(link->endpoint0, now, &setup, urb->data, length,
					link->output + link->output_end + USBIP_HEADER, 0,
					&replied);
	}
	if (end == DEVICE_SILENT) {
		urb_append(&link->silent, urb);
		return;
	}
	answer(link, urb, end == DEVICE_ANSWERED ? USBIP_OK : USBIP_STALLED,
	       in                       ? replied
	       : end == DEVICE_ANSWERED ? length
					: 0);
	link->output_end += replied;
}

/* bmRequestType's type (USB 2.0, table 9-2): the requests that a kernel itself makes are these. */
static bool is_standard(const struct usbip_frame *frame)
{
	return frame->endpoint == 0 && (frame->setup[0] & 0x60) == 0;
}

static void submit(struct link *link, uint64_t now, struct urb *urb)
{
	const struct usbip_frame *frame = &urb->frame;

	if (link->pulled && is_standard(frame)) {
		answer(link, urb, USBIP_NOBODY, 0);
	} else if (link->pulled ||
		   (frame->endpoint != 0 && device_silent(link->endpoint0->device))) {
		urb_append(&link->silent, urb);
	} else if (frame->endpoint == 0) {
		control(link, now, urb);
	} else if (frame->endpoint == DESCRIPTOR_ENDPOINT && !frame->in &&
		   frame->follows == frame->length && link->endpoint0->configuration != 0) {
		urb_append(&link->bulk, urb);
	} else {
		answer(link, urb, USBIP_STALLED, 0);
	}
}

/* Either the transfer is still here, and will get no other answer, or it has had its answer. */
static void unlink_urb(struct link *link, const struct usbip_frame *frame)
{
	struct urb *urb = urb_take(&link->bulk, frame->unlink);

	if (urb == NULL)
		urb = urb_take(&link->silent, frame->unlink);
	usbip_write_unlink(frame->seqnum, urb == NULL ? USBIP_OK : USBIP_UNLINKED,
			   link->output + link->output_end);
	link->output_end += USBIP_HEADER;
	if (urb != NULL)
		urb_put(&link->pool, urb);
}

/* Reads a payload to its place, and in the same call what there is of the next header. */
static ssize_t fill(struct link *link)
{
	struct urb *urb = link->incoming;
	size_t missing = urb == NULL ? 0 : urb->frame.follows - urb->got;
	struct iovec parts[2] = {
		{.iov_base = urb == NULL ? NULL : urb->data + urb->got, .iov_len = missing},
		{.iov_base = link->header + link->header_got,
		 .iov_len = USBIP_HEADER - link->header_got},
	};
	ssize_t some = readv(link->fd, missing > 0 ? parts : parts + 1, missing > 0 ? 2 : 1);

	if (some <= 0)
		return some;
	if (urb != NULL) {
		size_t payload = (size_t)some < missing ? (size_t)some : missing;
		urb->got += payload;
		link->header_got += (size_t)some - payload;
	} else {
		link->header_got += (size_t)some;
	}
	return some;
}

/* Begins the transfer or the unlink that a whole header names. */
static const char *start(struct link *link, bool *unlinked)
{
	struct usbip_frame frame;
	const char *why = usbip_read(link->header, &frame);

	if (why != NULL)
		return why;
	link->header_got = 0;
	if (frame.command == USBIP_CMD_UNLINK) {
		unlink_urb(link, &frame);
		*unlinked = true;
		return NULL;
	}
	link->incoming = urb_get(&link->pool, &frame, &why);
	return why;
}

enum link_event link_read(struct link *link, uint64_t now, const char **why)
{
	bool unlinked = false;

	if (!has_room(link))
		return LINK_AGAIN;
	for (;;) {
		struct urb *urb = link->incoming;
		ssize_t some;

		if (urb != NULL && urb->got == urb->frame.follows) {
			link->incoming = NULL;
			submit(link, now, urb);
			return LINK_FRAME;
		}
		if (urb == NULL && link->header_got == USBIP_HEADER) {
			const char *wrong = start(link, &unlinked);
			if (wrong != NULL) {
				*why = wrong;
				return LINK_BROKEN;
			}
			if (unlinked)
				return LINK_FRAME;
			continue;
		}
		some = fill(link);
		if (some == 0)
			return LINK_ENDED;
		if (some < 0 && errno == EINTR)
			continue;
		if (some < 0)
			return errno == EAGAIN ? LINK_AGAIN : LINK_ENDED;
	}
}

/* On a bus a packet is acknowledged as a whole or not at all. */
static size_t acknowledged(const struct link *link, const struct urb *urb)
{
	return urb->taken - urb->taken % link->pace.packet;
}

/*
 * Ends the first transfer if it has ended. One whose bytes have all been acknowledged is complete,
 * also when the endpoint has halted with the last of them: it is the next one that meets the halt.
 */
static bool end_first(struct link *link)
{
	struct urb *urb = link->bulk.first;
	bool halted = device_halted(link->endpoint0->device);

	if (urb->taken == urb->frame.length && (urb->frame.length > 0 || !halted)) {
		(void)urb_shift(&link->bulk);
		answer(link, urb, USBIP_OK, urb->frame.length);
		return true;
	}
	if (halted) {
		size_t actual = acknowledged(link, urb);
		(void)urb_shift(&link->bulk);
		answer(link, urb, USBIP_STALLED, actual);
		return true;
	}
	return false;
}

/* Bytes of the first transfer, as many as bus and module take. Returns 0 when none can move now. */
static size_t move_first(struct link *link, uint64_t now)
{
	struct urb *urb = link->bulk.first;
	size_t offered = urb->frame.length - urb->taken;
	uint64_t budget = pace_budget(&link->pace, now);
	size_t took;

	if (offered > budget)
		offered = (size_t)budget;
	if (offered == 0)
		return 0;
	took = device_bulk(link->endpoint0->device, now, urb->data + urb->taken, offered);
	urb->taken += took;
	pace_spend(&link->pace, took);
	if (took < offered) {
		link->refused = true;
		pace_lose(&link->pace, now);
	}
	return took;
}

void link_pull(struct link *link)
{
	link->pulled = true;
}

bool link_move(struct link *link, uint64_t now)
{
	const struct device *device = link->endpoint0->device;
	size_t moved = 0;
	bool ended = false;

	if (link->pulled)
		return false;
	link->refused = false;
	while (link->bulk.first != NULL && moved < MOVE_MOST && has_room(link)) {
		size_t some;

		if (device_silent(device) || device_leaving(device) != DEVICE_STAYS)
			break;
		if (end_first(link)) {
			ended = true;
			continue;
		}
		some = move_first(link, now);
		moved += some;
		if (some == 0 && !device_halted(device))
			break;
	}
	if (link->bulk.first == NULL)
		pace_rest(&link->pace);
	return ended || moved > 0;
}

bool link_flush(struct link *link)
{
	while (link->output_start < link->output_end) {
		ssize_t some = send(link->fd, link->output + link->output_start,
				    link->output_end - link->output_start, MSG_NOSIGNAL);
		if (some < 0 && errno == EINTR)
			continue;
		if (some < 0)
			return errno == EAGAIN;
		link->output_start += (size_t)some;
	}
	link->output_start = 0;
	link->output_end = 0;
	return true;
}

bool link_waits(const struct link *link)
{
	return link->output_end > link->output_start;
}

uint64_t link_next(const struct link *link, uint64_t now)
{
	const struct urb *urb = link->bulk.first;
	uint64_t when;

	/* What the module does not take waits for the module, not for the bus. */
	if (urb == NULL || link->pulled || link->refused || device_silent(link->endpoint0->device))
		return DEVICE_NEVER;
	if (!link->pace.running)
		return now;
	when = pace_when(&link->pace, urb->frame.length - urb->taken);
	if (when <= now + MOVE_TIME)
		return when;
	return now + MOVE_TIME;
}
