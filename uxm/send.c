/*
 * Streaming. From top to bottom: building chunks, what the pipe and STATUS say, recovery,
 * deadlines, and the loop that ties them together.
 */
#include "uxm/send.h"

/* While the server is slower than the bus nothing is gained by waiting for a full chunk; by sending
 * single packets neither. */
#define CHUNK_WORTH_SENDING 4096u
#define CHUNK_FITS          (UXM_PIPE_TRANSFER - UXM_WIRE_CHUNK_SIZE)

/* Bytes that the chunk under construction is to have. */
static uint32_t chunk_length(const struct uxm_send *send)
{
	uint64_t left = send->size - send->end;
	uint32_t most = send->chunk_most < CHUNK_FITS ? send->chunk_most : CHUNK_FITS;

	return left < most ? (uint32_t)left : most;
}

static enum uxm_io submit(struct uxm_send *send, struct uxm_failure *why)
{
	const struct uxm_module *module = &send->stream->link->module;
	uint8_t *payload = send->buffer + UXM_WIRE_CHUNK_SIZE;
	struct uxm_chunk chunk = {
		.session = send->session,
		.length = send->filled,
		.offset = send->end,
		.crc = uxm_wire_crc(payload, send->filled),
	};
	enum uxm_io io;

	uxm_wire_write_chunk(&chunk, send->buffer);
	io = module->ops->submit(module->self, UXM_WIRE_CHUNK_SIZE + (size_t)send->filled, why);
	if (io != UXM_IO_OK)
		return io;
	send->sent[send->next % UXM_PIPE_DEPTH].offset = send->end;
	send->sent[send->next % UXM_PIPE_DEPTH].length = send->filled;
	send->next++;
	send->end += send->filled;
	send->buffer = NULL;
	send->filled = 0;
	return UXM_IO_OK;
}

/* After a step back some bytes come a second time; the digest takes them once. */
static enum uxm_io digest(struct uxm_send *send, const uint8_t *bytes, size_t length,
			  struct uxm_failure *why)
{
	uint64_t from = send->end + send->filled;
	uint64_t known = send->hashed > from ? send->hashed - from : 0;

	if (known >= length)
		return UXM_IO_OK;
	if (gnutls_hash(send->hash, bytes + known, length - (size_t)known) != 0) {
		uxm_fail(why, UXM_INTERNAL, "The digest of the image could not be computed.");
		return UXM_IO_FAILED;
	}
	send->hashed = from + length;
	return UXM_IO_OK;
}

/* All bytes have been read: the image must have no more. */
static enum uxm_io confirm_end(struct uxm_send *send, struct uxm_failure *why)
{
	uint8_t byte;
	size_t got;
	enum uxm_io io;

	if (send->ended) {
		send->turn = UXM_TURN_MODULE;
		return UXM_IO_OK;
	}
	io = send->image.ops->read(send->image.self, &byte, 1, &got, why);
	if (io == UXM_IO_OK) {
		uxm_fail(why, UXM_FETCH_FAILED, "%s is longer than was announced.", send->file);
		return UXM_IO_FAILED;
	}
	if (io == UXM_IO_AGAIN) {
		send->turn = UXM_TURN_SERVER;
		return UXM_IO_OK;
	}
	if (io != UXM_IO_END)
		return io;
	send->ended = true;
	send->turn = UXM_TURN_MODULE;
	return UXM_IO_OK;
}

/* Reads from the image and submits chunks for as long as neither has to be waited for. */
static enum uxm_io fill(struct uxm_send *send, struct uxm_failure *why)
{
	const struct uxm_module *module = &send->stream->link->module;
	enum uxm_io io;

	while (send->end < send->size) {
		uint8_t *at;
		size_t got;

		if (send->buffer == NULL) {
			io = module->ops->reserve(module->self, &send->buffer);
			if (io != UXM_IO_OK) {
				send->turn = UXM_TURN_MODULE;
				return UXM_IO_OK;
			}
		}
		at = send->buffer + UXM_WIRE_CHUNK_SIZE + send->filled;
		io = send->image.ops->read(send->image.self, at, chunk_length(send) - send->filled,
					   &got, why);
		if (io == UXM_IO_AGAIN &&
		    (send->done < send->next || send->filled < CHUNK_WORTH_SENDING)) {
			send->turn = UXM_TURN_SERVER;
			return UXM_IO_OK;
		}
		if (io == UXM_IO_OK) {
			io = digest(send, at, got, why);
			send->filled += (uint32_t)got;
			send->server_bytes += got;
			if (io == UXM_IO_OK && send->filled < chunk_length(send))
				continue;
		}
		if (io == UXM_IO_END)
			uxm_fail(why, UXM_FETCH_FAILED, "%s ended too early.", send->file);
		if (io != UXM_IO_OK && io != UXM_IO_AGAIN)
			return UXM_IO_FAILED;
		io = submit(send, why);
		if (io != UXM_IO_OK)
			return io;
	}
	return confirm_end(send, why);
}

void uxm_send_release(struct uxm_send *send)
{
	const struct uxm_module *module = &send->stream->link->module;

	while (send->first < send->done) {
		const struct uxm_sent *chunk = &send->sent[send->first % UXM_PIPE_DEPTH];
		uint64_t end = chunk->offset + chunk->length;

		if (end > send->accepted && send->first + 1 >= send->done)
			break;
		if (end > send->accepted)
			send->accepted = end;
		send->first++;
	}
	module->ops->release(module->self, send->first);
	uxm_tell_accepted(send->teller, send->accepted);
}

/* What the pipe says. */
static enum uxm_io notice_completed(struct uxm_send *send, struct uxm_failure *why)
{
	const struct uxm_module *module = &send->stream->link->module;
	uint64_t count = send->done;
	enum uxm_io io;

	io = module->ops->completed(module->self, &count, why);
	if (count > send->done) {
		send->done = count;
		send->module_since = uxm_link_now(send->stream->link);
		/* All is on its way: whether it has been accepted STATUS alone can tell. */
		if (send->done == send->next && send->end == send->size)
			send->ask_at = send->module_since;
	}
	uxm_send_release(send);
	return io;
}

/* What STATUS says, asked now and then without waiting. STALL when the endpoint is seen to be
 * halted. */
static enum uxm_io glance(struct uxm_send *send, struct uxm_failure *why)
{
	uint64_t now = uxm_link_now(send->stream->link);
	bool quiet = send->done == send->next;
	struct uxm_status status;
	uint32_t pace;
	enum uxm_io io;

	if (!send->asking && now < send->ask_at)
		return UXM_IO_OK;
	if (!send->asking)
		send->asked = now;
	io = uxm_stream_glance(send->stream, &status, why);
	send->asking = io == UXM_IO_AGAIN;
	if (io == UXM_IO_AGAIN)
		return UXM_IO_OK;
	if (io == UXM_IO_OK)
		io = uxm_send_check(send, &status, why);
	if (io != UXM_IO_OK)
		return io;
	/* The answer may be older than what the pipe has told meanwhile. */
	if (status.accepted > send->accepted)
		send->accepted = status.accepted;
	if (status.durable > send->durable)
		send->durable = status.durable;
	if (status.received > send->received)
		send->received = status.received;
	uxm_send_release(send);
	pace = send->stream->link->deadlines.status;
	if (send->end == send->size && quiet)
		pace = send->stream->link->deadlines.status_least;
	send->ask_at = now + pace;
	/* Nothing in flight that could bring the news that the last chunk was dropped. */
	if (quiet && status.halted) {
		uxm_fail(why, UXM_TRANSFER_FAILED, "The module halted its endpoint: %s.",
			 uxm_stream_reason(status.reason));
		return UXM_IO_STALL;
	}
	return UXM_IO_OK;
}

/* A module that was plugged in meanwhile is left alone, and remarked on once. */
static void notice_arrivals(struct uxm_send *send)
{
	const struct uxm_module *module = &send->stream->link->module;
	struct uxm_candidate found[2];
	struct uxm_failure ignored;
	unsigned arrivals = module->ops->arrivals(module->self);
	size_t count;

	if (arrivals == send->arrivals)
		return;
	send->arrivals = arrivals;
	if (send->crowded ||
	    module->ops->scan(module->self, found, 2, &count, &ignored) != UXM_IO_OK)
		return;
	if (count > 1) {
		send->crowded = true;
		uxm_tell_note(send->teller, "Another module was plugged in; the update of the "
					    "first one goes on, the other one is left alone.");
	}
}

static bool module_owes(const struct uxm_send *send)
{
	return send->done < send->next || send->asking ||
	       (send->end == send->size && send->accepted < send->size);
}

/* The two measures of lack of progress; so long the server was waited for now. */
static enum uxm_io check_deadlines(struct uxm_send *send, uint64_t waited, struct uxm_failure *why)
{
	const struct uxm_deadlines *deadlines = &send->stream->link->deadlines;
	uint64_t now = uxm_link_now(send->stream->link);
	uint64_t bytes = send->received + send->durable;

	if (bytes - send->module_bytes >= deadlines->module_bytes || !module_owes(send)) {
		send->module_since = now;
		send->module_bytes = bytes;
	}
	/* While STATUS is asked the module may have got on: it has a silence for its answer. */
	if (now - (send->asking ? send->asked : send->module_since) > send->stream->silence) {
		uxm_fail(why, UXM_TRANSFER_FAILED,
			 "The module fell silent: after %llu of %llu bytes nothing more was "
			 "accepted within %u ms.",
			 (unsigned long long)send->accepted, (unsigned long long)send->size,
			 send->stream->silence);
		return UXM_IO_FAILED;
	}
	if (send->server_bytes >= deadlines->network_bytes) {
		send->server_bytes = 0;
		send->server_waited = 0;
	}
	send->server_waited += waited;
	if (send->server_waited >= deadlines->network) {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "%s stalled: less than %u KiB of %s came within %u s.", send->image.sender,
			 deadlines->network_bytes / 1024, send->file, deadlines->network / 1000);
		return UXM_IO_FAILED;
	}
	return UXM_IO_OK;
}

/* Sleeps until something may have happened, at most until the next deadline. */
static enum uxm_io sleep_a_while(struct uxm_send *send, struct uxm_failure *why)
{
	struct uxm_link *link = send->stream->link;
	uint64_t before = uxm_link_now(link);
	uint64_t until = send->asking ? send->asked + send->stream->silence + 1 : send->ask_at;
	/* Before the wait: at its end a connection that brought nothing may have been given up. */
	bool owes = send->turn == UXM_TURN_SERVER && send->image.ops->owes(send->image.self);
	enum uxm_io io;

	io = uxm_link_wait(link, until, why);
	if (io != UXM_IO_OK)
		return io;
	notice_arrivals(send);
	return check_deadlines(send, owes ? uxm_link_now(link) - before : 0, why);
}

static bool may_recover(enum uxm_io io)
{
	return io == UXM_IO_STALL || io == UXM_IO_BROKEN;
}

static bool finished(const struct uxm_send *send)
{
	return send->accepted == send->size && send->ended;
}

/* Where the module goes on: the image does too, and the digest, where it knows all before that. */
static enum uxm_io go_on(struct uxm_send *send, struct uxm_failure *why)
{
	uint8_t of_a_part[UXM_WIRE_DIGEST_SIZE];
	enum uxm_io io;

	if (send->accepted > send->hashed) {
		send->hashed = UINT64_MAX;
	} else if (send->hashed == UINT64_MAX && send->accepted == 0) {
		/* Taking the digest out is what starts it anew. */
		gnutls_hash_output(send->hash, of_a_part);
		send->hashed = 0;
	}
	if (send->accepted == 0 && !send->astray)
		return UXM_IO_OK;
	io = send->image.ops->seek(send->image.self, send->accepted, why);
	if (io == UXM_IO_OK && send->accepted > 0)
		uxm_tell_note(send->teller, "Continuing at %llu of %llu bytes.",
			      (unsigned long long)send->accepted, (unsigned long long)send->size);
	return io;
}

enum uxm_io uxm_send_run(struct uxm_send *send, const struct uxm_status *status,
			 struct uxm_failure *why)
{
	const struct uxm_module *module = &send->stream->link->module;
	enum uxm_io io;

	send->session = status->session;
	send->end = send->accepted = send->attempts_at = status->accepted;
	send->durable = status->durable;
	send->received = status->received;
	send->module_bytes = send->received + send->durable;
	send->module_since = uxm_link_now(send->stream->link);
	module->ops->forget(module->self);
	io = go_on(send, why);
	if (io != UXM_IO_OK)
		return io;
	while (!finished(send)) {
		uint64_t held_from = send->first;

		io = fill(send, why);
		if (io == UXM_IO_OK)
			io = notice_completed(send, why);
		if (io == UXM_IO_OK)
			io = glance(send, why);
		if (io == UXM_IO_OK && send->first == held_from && !finished(send))
			io = sleep_a_while(send, why);
		while (may_recover(io) && !send->given_up)
			io = uxm_send_recover(send, io, why);
		if (io != UXM_IO_OK)
			return io;
	}
	if (send->asking)
		module->ops->control_cancel(module->self);
	return UXM_IO_OK;
}
