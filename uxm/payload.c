/* The payload behind the first bytes that were looked at. */
#include "uxm/payload.h"

#include <string.h>

void uxm_payload_init(struct uxm_payload *payload, struct uxm_image file)
{
	memset(payload, 0, sizeof(*payload));
	payload->file = file;
	if (file.sender == NULL)
		payload->file.sender = "The server";
}

enum uxm_io uxm_payload_open(struct uxm_payload *payload, struct uxm_failure *why)
{
	const struct uxm_image *file = &payload->file;
	size_t wanted;
	enum uxm_io io;

	if (payload->file_size == 0) {
		uint64_t size = 0;

		io = file->ops->open(file->self, &size, why);
		if (io != UXM_IO_OK)
			return io;
		payload->file_size = size;
	}
	wanted = payload->file_size < UXM_IMAGE_HEADER_MOST ? (size_t)payload->file_size
							    : UXM_IMAGE_HEADER_MOST;
	while (payload->head_length < wanted) {
		size_t got = 0;

		io = file->ops->read(file->self, payload->head + payload->head_length,
				     wanted - payload->head_length, &got, why);
		if (io == UXM_IO_END) {
			uxm_fail(why, UXM_FETCH_FAILED, "The image ended too early.");
			return UXM_IO_FAILED;
		}
		if (io != UXM_IO_OK)
			return io;
		payload->head_length += got;
	}
	return UXM_IO_OK;
}

void uxm_payload_begin(struct uxm_payload *payload, size_t start)
{
	payload->start = start;
	payload->at = start;
}

static enum uxm_io already_open(void *self, uint64_t *size, struct uxm_failure *why)
{
	const struct uxm_payload *payload = self;

	(void)why;
	*size = payload->file_size - payload->start;
	return UXM_IO_OK;
}

static enum uxm_io read_payload(void *self, uint8_t *buffer, size_t room, size_t *got,
				struct uxm_failure *why)
{
	struct uxm_payload *payload = self;
	size_t left = payload->head_length - payload->at;

	if (left == 0)
		return payload->file.ops->read(payload->file.self, buffer, room, got, why);
	*got = left < room ? left : room;
	memcpy(buffer, payload->head + payload->at, *got);
	payload->at += *got;
	return UXM_IO_OK;
}

static enum uxm_io seek_payload(void *self, uint64_t offset, struct uxm_failure *why)
{
	struct uxm_payload *payload = self;
	uint64_t target = payload->start + offset;
	enum uxm_io io;

	/* The file stands behind the head, but a source may have died there meanwhile. */
	if (target < payload->head_length) {
		io = payload->file.ops->seek(payload->file.self, payload->head_length, why);
		if (io == UXM_IO_OK)
			payload->at = (size_t)target;
		return io;
	}
	io = payload->file.ops->seek(payload->file.self, target, why);
	if (io == UXM_IO_OK)
		payload->at = payload->head_length;
	return io;
}

static bool digest_of_payload(void *self, uint8_t digest[32])
{
	const struct uxm_payload *payload = self;

	/* What the source names is the whole file's. */
	return payload->start == 0 && payload->file.ops->digest(payload->file.self, digest);
}

static bool payload_owes(void *self)
{
	const struct uxm_payload *payload = self;

	return payload->file.ops->owes(payload->file.self);
}

static const struct uxm_image_ops payload_ops = {
	.open = already_open,
	.read = read_payload,
	.seek = seek_payload,
	.digest = digest_of_payload,
	.owes = payload_owes,
};

struct uxm_image uxm_payload_image(struct uxm_payload *payload)
{
	return (struct uxm_image){
		.ops = &payload_ops,
		.self = payload,
		.sender = payload->file.sender,
	};
}
