/*
 * An image as it is sent: its first bytes are looked at, its header is left out, and what follows
 * is an image again.
 */
#ifndef UXM_PAYLOAD_H
#define UXM_PAYLOAD_H

#include "uxm/image.h"
#include "uxm/io.h"

struct uxm_payload {
	struct uxm_image file;
	uint64_t file_size; /* bytes, 0 while it is not known */
	uint8_t head[UXM_IMAGE_HEADER_MOST];
	size_t head_length; /* bytes of the file in `head` */
	uint64_t start;     /* where in the file the payload begins */
	size_t at;          /* the next byte to hand out, while it is one of `head` */
};

/* Prepares the payload of `file`, which has not been opened. From now on its `sender` is set. */
void uxm_payload_init(struct uxm_payload *payload, struct uxm_image file);

/*
 * Opens the file and reads its first bytes: all of it, or UXM_IMAGE_HEADER_MOST. AGAIN until they
 * are there. OK, FAILED.
 */
enum uxm_io uxm_payload_open(struct uxm_payload *payload, struct uxm_failure *why);

/* The payload begins at `start`, 0 to head_length. The next `read` begins there, unless it was read
 * before: then `seek` first. */
void uxm_payload_begin(struct uxm_payload *payload, size_t start);

/* The payload as an image that is open: `read`, `seek` and `digest`; offsets count from its
 * beginning. */
struct uxm_image uxm_payload_image(struct uxm_payload *payload);

#endif
