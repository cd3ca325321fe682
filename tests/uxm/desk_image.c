/* The image: bytes that arrive at their own pace, and all that a server may do. */
#include <string.h>

#include "tests/uxm/desk_inside.h"

/* What waits for the reader at most, in bytes; then the server is made to wait. */
#define WINDOW (64u * 1024u)
#define PIECE  (16u * 1024u)

void desk_source_reset(struct desk *desk)
{
	desk->source = (struct desk_source){.open_at = DEVICE_NEVER};
}

/* Whether no byte comes any more: the end, or the failure. */
static bool is_exhausted(const struct desk *desk)
{
	const struct desk_image *image = &desk->run.image;

	return desk->source.arrived >= image->size ||
	       (image->fails && desk->source.arrived >= image->fails_at);
}

/* How many bytes come next. */
static uint64_t piece(const struct desk *desk)
{
	const struct desk_image *image = &desk->run.image;
	uint64_t at = desk->source.arrived;
	uint64_t length = desk_least(image->piece == 0 ? PIECE : image->piece, image->size - at);

	length = desk_least(length, WINDOW - (at - desk->source.read));
	if (image->fails)
		length = desk_least(length, image->fails_at - at);
	for (size_t i = 0; i < DESK_PAUSES; i++) {
		if (image->pauses[i].time > 0 && !desk->source.paused[i] &&
		    image->pauses[i].at > at)
			length = desk_least(length, image->pauses[i].at - at);
	}
	return length;
}

/* A pause begins where the bytes before it have arrived for the first time. */
static void pause_here(struct desk *desk)
{
	struct desk_source *source = &desk->source;

	for (size_t i = 0; i < DESK_PAUSES; i++) {
		uint32_t time = desk->run.image.pauses[i].time;

		if (time == 0 || source->paused[i] ||
		    desk->run.image.pauses[i].at != source->arrived)
			continue;
		source->paused[i] = true;
		if (time == DESK_FOREVER || source->next_at == DEVICE_NEVER)
			source->next_at = DEVICE_NEVER;
		else
			source->next_at += time * UINT64_C(1000);
	}
}

/* Lets arrive what has arrived by now. */
static void advance(struct desk *desk)
{
	struct desk_source *source = &desk->source;

	while (!is_exhausted(desk) && source->next_at <= desk->now &&
	       source->arrived - source->read < WINDOW) {
		uint64_t length = piece(desk);

		source->arrived += length;
		source->next_at += desk_time(length, desk->run.image.rate);
		pause_here(desk);
	}
}

uint64_t desk_source_next(const struct desk *desk)
{
	const struct desk_source *source = &desk->source;

	if (!source->waiting)
		return DEVICE_NEVER;
	return desk->now < source->open_at ? source->open_at : source->next_at;
}

static enum uxm_io image_open(void *self, uint64_t *size, struct uxm_failure *why)
{
	struct desk *desk = self;
	struct desk_source *source = &desk->source;
	const struct desk_image *image = &desk->run.image;

	if (!source->asked) {
		source->asked = true;
		source->open_at = image->delay == DESK_FOREVER
					  ? DEVICE_NEVER
					  : desk->now + image->delay * UINT64_C(1000);
		source->next_at = source->open_at;
		if (source->next_at != DEVICE_NEVER)
			pause_here(desk);
	}
	source->waiting = desk->now < source->open_at;
	if (source->waiting)
		return UXM_IO_AGAIN;
	if (image->open_fails) {
		uxm_fail(why, UXM_FETCH_FAILED, "The desk's server does not know the image.");
		return UXM_IO_FAILED;
	}
	*size = image->announced == 0 ? image->size : image->announced;
	return UXM_IO_OK;
}

static enum uxm_io image_read(void *self, uint8_t *buffer, size_t room, size_t *got,
			      struct uxm_failure *why)
{
	struct desk *desk = self;
	struct desk_source *source = &desk->source;
	uint64_t length;

	source->waiting = false;
	advance(desk);
	length = desk_least(source->arrived - source->read, room);
	if (length > 0) {
		/* A server that had to wait does not make up for it. */
		if (source->arrived - source->read == WINDOW && source->next_at < desk->now)
			source->next_at = desk->now;
		memcpy(buffer, desk->payload + source->read, (size_t)length);
		source->read += length;
		*got = (size_t)length;
		return UXM_IO_OK;
	}
	source->waiting = !is_exhausted(desk) || desk->now < source->next_at;
	if (source->waiting)
		return UXM_IO_AGAIN;
	if (source->read >= desk->run.image.size)
		return UXM_IO_END;
	uxm_fail(why, UXM_FETCH_FAILED, "The desk's server broke off at byte %llu.",
		 (unsigned long long)source->read);
	return UXM_IO_FAILED;
}

static enum uxm_io image_seek(void *self, uint64_t offset, struct uxm_failure *why)
{
	struct desk *desk = self;
	struct desk_source *source = &desk->source;

	if (desk->run.image.cannot_seek) {
		uxm_fail(why, UXM_FETCH_FAILED, "The desk's server cannot go to byte %llu.",
			 (unsigned long long)offset);
		return UXM_IO_FAILED;
	}
	source->arrived = offset;
	source->read = offset;
	source->next_at = desk->now;
	return UXM_IO_OK;
}

/* The table's type: other images set it. NOLINTNEXTLINE(readability-non-const-parameter) */
static bool image_digest(void *self, uint8_t digest[32])
{
	(void)self;
	(void)digest;
	return false;
}

static bool image_owes(void *self)
{
	(void)self;
	return true;
}

struct uxm_image desk_image(struct desk *desk)
{
	static const struct uxm_image_ops ops = {
		.open = image_open,
		.read = image_read,
		.seek = image_seek,
		.digest = image_digest,
		.owes = image_owes,
	};

	return (struct uxm_image){.ops = &ops, .self = desk};
}
