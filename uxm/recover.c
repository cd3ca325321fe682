/* Streaming, after a transfer failed (PROTOCOL.md, "How a host recovers"). */
#include "uxm/send.h"

enum uxm_io uxm_send_check(const struct uxm_send *send, const struct uxm_status *status,
			   struct uxm_failure *why)
{
	if (status->state == UXM_WIRE_FAILED) {
		uxm_fail(why, UXM_MODULE_FAILED,
			 "The module ended the update after %llu bytes: %s.",
			 (unsigned long long)status->accepted, uxm_stream_reason(status->reason));
		return UXM_IO_FAILED;
	}
	if (status->state != UXM_WIRE_RECEIVING || status->session != send->session) {
		bool told = status->reason != UXM_WIRE_NONE;

		uxm_fail(why, UXM_TRANSFER_FAILED,
			 "The module is no longer in this update (it is %s%s%s).",
			 uxm_wire_state_name(status->state), told ? ": " : "",
			 told ? uxm_stream_reason(status->reason) : "");
		return UXM_IO_FAILED;
	}
	if (status->accepted > send->end || status->received > send->size) {
		uxm_fail(why, UXM_TRANSFER_FAILED,
			 "The module counts %llu bytes, but only %llu were sent.",
			 (unsigned long long)status->accepted, (unsigned long long)send->end);
		return UXM_IO_FAILED;
	}
	return UXM_IO_OK;
}

/* Goes on at `accepted`: out of the chunks that are held, or, where they do not reach back, from
 * the image. */
static enum uxm_io go_on_at(struct uxm_send *send, uint64_t accepted, struct uxm_failure *why)
{
	const struct uxm_module *module = &send->stream->link->module;

	if (accepted > send->accepted)
		send->accepted = accepted;
	/* New bytes are counted from here, not from what was known when the transfer failed. */
	if (!send->attempts_told)
		send->attempts_at = send->accepted;
	send->attempts_told = true;
	send->module_since = uxm_link_now(send->stream->link);
	for (uint64_t n = send->first; n <= send->next; n++) {
		uint64_t offset =
			n < send->next ? send->sent[n % UXM_PIPE_DEPTH].offset : send->end;

		if (offset != accepted)
			continue;
		send->done = n;
		uxm_send_release(send);
		return module->ops->resubmit(module->self, n, why);
	}
	module->ops->forget(module->self);
	send->first = send->next = send->done = 0;
	send->end = accepted;
	send->buffer = NULL;
	send->filled = 0;
	send->ended = false;
	return send->image.ops->seek(send->image.self, accepted, why);
}

static enum uxm_io settle(struct uxm_send *send, struct uxm_failure *why)
{
	const struct uxm_module *module = &send->stream->link->module;
	struct uxm_link *link = send->stream->link;
	uint64_t until = uxm_link_now(link) + send->stream->silence;
	enum uxm_io io;

	module->ops->control_cancel(module->self);
	send->asking = false;
	while ((io = module->ops->settle(module->self, why)) == UXM_IO_AGAIN) {
		if (uxm_link_now(link) >= until) {
			uxm_fail(why, UXM_TRANSFER_FAILED,
				 "Cancelled transfers to the module did not end within %u ms.",
				 send->stream->silence);
			return UXM_IO_BROKEN;
		}
		io = uxm_link_wait(link, until, why);
		if (io != UXM_IO_OK)
			return io;
	}
	return io;
}

/* Counts the attempt and pauses before it. The failure that led here stays in *why when it was the
 * last. */
static enum uxm_io attempt(struct uxm_send *send, enum uxm_io befell, struct uxm_failure *why)
{
	struct uxm_link *link = send->stream->link;
	const struct uxm_deadlines *deadlines = &link->deadlines;
	uint64_t until;
	enum uxm_io io = UXM_IO_OK;

	if (send->accepted - send->attempts_at >= deadlines->retry_bytes)
		send->attempts = 0;
	if (send->attempts == 0) {
		send->attempts_at = send->accepted;
		send->attempts_told = false;
	}
	if (send->attempts >= deadlines->retries) {
		send->given_up = true;
		return befell;
	}
	send->attempts++;
	if (send->attempts == 1)
		return UXM_IO_OK;
	until = uxm_link_now(link) + ((uint64_t)deadlines->retry_pause << (send->attempts - 2));
	while (io == UXM_IO_OK && uxm_link_now(link) < until)
		io = uxm_link_wait(link, until, why);
	return io;
}

enum uxm_io uxm_send_recover(struct uxm_send *send, enum uxm_io befell, struct uxm_failure *why)
{
	struct uxm_link *link = send->stream->link;
	struct uxm_status status;
	uint64_t asked;
	enum uxm_io io;

	io = attempt(send, befell, why);
	if (io != UXM_IO_OK)
		return io;
	io = settle(send, why);
	if (io != UXM_IO_OK)
		return io;
	asked = uxm_link_now(link);
	io = uxm_stream_status(send->stream, &status, why);
	/* A module that has fallen silent is not asked five times. */
	if (io == UXM_IO_BROKEN && uxm_link_now(link) - asked >= send->stream->silence)
		return UXM_IO_FAILED;
	if (io != UXM_IO_OK)
		return io;
	io = uxm_send_check(send, &status, why);
	if (io != UXM_IO_OK)
		return io;
	return go_on_at(send, status.accepted, why);
}
