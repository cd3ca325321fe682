/* The stream protocol's requests, host side. */
#include "uxm/stream.h"

#include <string.h>

uint32_t uxm_stream_silence(const struct uxm_deadlines *deadlines, uint32_t announced)
{
	if (announced < deadlines->answer)
		return deadlines->answer;
	return announced < deadlines->silence_most ? announced : deadlines->silence_most;
}

static struct uxm_setup request_setup(const struct uxm_stream *stream, uint8_t type,
				      enum uxm_wire_request request)
{
	struct uxm_setup setup = {
		.request_type = type,
		.request = (uint8_t)request,
		.index = stream->interface_number,
	};

	return setup;
}

static enum uxm_io malformed(const char *reply, struct uxm_failure *why)
{
	uxm_fail(why, UXM_TRANSFER_FAILED,
		 "The module's answer to %s is not what the stream protocol allows.", reply);
	return UXM_IO_BROKEN;
}

enum uxm_io uxm_stream_identity(struct uxm_stream *stream, struct uxm_identity *identity,
				struct uxm_failure *why)
{
	struct uxm_setup setup = request_setup(stream, UXM_WIRE_IN, UXM_WIRE_IDENTITY);
	uint8_t bytes[UXM_WIRE_IDENTITY_SIZE];
	uint16_t length = sizeof(bytes);
	enum uxm_io io;

	io = uxm_link_request(stream->link, &setup, bytes, &length, stream->silence, why);
	if (io != UXM_IO_OK)
		return io;
	if (!uxm_wire_read_identity(bytes, length, identity))
		return malformed("IDENTITY", why);
	return UXM_IO_OK;
}

enum uxm_io uxm_stream_status(struct uxm_stream *stream, struct uxm_status *status,
			      struct uxm_failure *why)
{
	struct uxm_setup setup = request_setup(stream, UXM_WIRE_IN, UXM_WIRE_STATUS);
	uint16_t length = sizeof(stream->status);
	enum uxm_io io;

	io = uxm_link_request(stream->link, &setup, stream->status, &length, stream->silence, why);
	if (io != UXM_IO_OK)
		return io;
	if (!uxm_wire_read_status(stream->status, length, status))
		return malformed("STATUS", why);
	return UXM_IO_OK;
}

enum uxm_io uxm_stream_glance(struct uxm_stream *stream, struct uxm_status *status,
			      struct uxm_failure *why)
{
	struct uxm_setup setup = request_setup(stream, UXM_WIRE_IN, UXM_WIRE_STATUS);
	const struct uxm_module *module = &stream->link->module;
	uint16_t length = sizeof(stream->status);
	enum uxm_io io;

	io = module->ops->control(module->self, &setup, stream->status, &length, why);
	if (io != UXM_IO_OK)
		return io;
	if (!uxm_wire_read_status(stream->status, length, status))
		return malformed("STATUS", why);
	return UXM_IO_OK;
}

enum uxm_io uxm_stream_begin(struct uxm_stream *stream, const struct uxm_begin *begin,
			     const uint8_t *header, struct uxm_failure *why)
{
	struct uxm_setup setup = request_setup(stream, UXM_WIRE_OUT, UXM_WIRE_BEGIN);
	uint8_t bytes[UXM_WIRE_BEGIN_SIZE + UXM_WIRE_HEADER_MAX];
	uint16_t length = (uint16_t)(UXM_WIRE_BEGIN_SIZE + begin->header_length);

	uxm_wire_write_begin(begin, bytes);
	if (begin->header_length > 0)
		memcpy(bytes + UXM_WIRE_BEGIN_SIZE, header, begin->header_length);
	return uxm_link_request(stream->link, &setup, bytes, &length, stream->silence, why);
}

enum uxm_io uxm_stream_commit(struct uxm_stream *stream, const struct uxm_commit *commit,
			      struct uxm_failure *why)
{
	struct uxm_setup setup = request_setup(stream, UXM_WIRE_OUT, UXM_WIRE_COMMIT);
	uint8_t bytes[UXM_WIRE_COMMIT_SIZE];
	uint16_t length = sizeof(bytes);

	uxm_wire_write_commit(commit, bytes);
	return uxm_link_request(stream->link, &setup, bytes, &length, stream->silence, why);
}

enum uxm_io uxm_stream_abort(struct uxm_stream *stream, struct uxm_failure *why)
{
	struct uxm_setup setup = request_setup(stream, UXM_WIRE_OUT, UXM_WIRE_ABORT);
	uint16_t length = 0;

	return uxm_link_request(stream->link, &setup, NULL, &length, stream->link->deadlines.abort,
				why);
}

const char *uxm_stream_reason(enum uxm_wire_reason reason)
{
	switch (reason) {
	case UXM_WIRE_GAP:
		return "data arrived damaged or out of order";
	case UXM_WIRE_INCOMPLETE:
		return "the image is incomplete";
	case UXM_WIRE_DIGEST:
		return "the image's SHA-256 is not the one named";
	case UXM_WIRE_SIGNATURE:
		return "the image's signature is missing or wrong";
	case UXM_WIRE_HARDWARE:
		return "the image is for another hardware level";
	case UXM_WIRE_MODEL:
		return "the image is for another model";
	case UXM_WIRE_SIZE:
		return "the image's size does not fit";
	case UXM_WIRE_HEADER:
		return "the image's header is not understood";
	case UXM_WIRE_STATE:
		return "it is busy with another update";
	case UXM_WIRE_FLASH:
		return "its flash could not be written or read";
	case UXM_WIRE_TIME:
		return "it heard nothing for too long";
	case UXM_WIRE_REASON_VERSION:
		return "the image cannot be installed over the version that it runs, or its "
		       "hardware is too new for the image";
	case UXM_WIRE_NONE:
	case UXM_WIRE_OTHER:
	case UXM_WIRE_REASONS:
		break;
	}
	return "it gives no known reason";
}
