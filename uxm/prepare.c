/* The image's part in the update: what is looked at before the module is touched, and the digest at
 * the end. */
#include "uxm/prepare.h"

#include <string.h>

static bool is_zeros(const uint8_t digest[UXM_WIRE_DIGEST_SIZE])
{
	static const uint8_t zeros[UXM_WIRE_DIGEST_SIZE];

	return memcmp(digest, zeros, sizeof(zeros)) == 0;
}

bool uxm_update_knows_digest(const struct uxm_update *update)
{
	return !is_zeros(update->begin.id);
}

/* Starts the fetch, as far as the bytes that decide; once it has answered, the server is given as
 * long for them as later for its next 64 KiB. */
static enum uxm_io open_image(struct uxm_update *update, struct uxm_failure *why)
{
	const struct uxm_image *file = &update->payload.file;
	uint32_t most = update->order.deadlines.network;
	enum uxm_io io;

	uxm_tell_step(&update->teller, UXM_STEP_FETCH, 0);
	while ((io = uxm_payload_open(&update->payload, why)) == UXM_IO_AGAIN) {
		uint64_t before = uxm_link_now(&update->link);
		bool owes;

		if (update->waited >= most) {
			uxm_fail(why, UXM_FETCH_FAILED, "%s did not begin to send %s within %u s.",
				 file->sender, update->order.name.file, most / 1000);
			return UXM_IO_FAILED;
		}
		/* Before the wait: its leaving may have been seen with the last answer. */
		io = uxm_link_present(&update->link, why);
		if (io != UXM_IO_OK)
			return io;
		/* Afterwards it may have given the connection up already. */
		owes = file->ops->owes(file->self);
		io = uxm_link_wait(&update->link, before + most - update->waited, why);
		if (owes)
			update->waited += uxm_link_now(&update->link) - before;
		if (io != UXM_IO_OK)
			return io;
	}
	return io;
}

/* What is known of the payload's digest beforehand; zeros where nothing is. */
static bool know_digest(struct uxm_update *update, struct uxm_failure *why)
{
	const struct uxm_order *order = &update->order;
	struct uxm_image payload = uxm_payload_image(&update->payload);
	uint8_t named[UXM_WIRE_DIGEST_SIZE];
	bool is_named = payload.ops->digest(payload.self, named);

	if (update->verdict.has_header && order->wants_digest) {
		uxm_fail(why, UXM_USAGE,
			 "%s has a header, which names its SHA-256; another one can be given only "
			 "for a file without a header.",
			 order->name.file);
		return false;
	}
	/* In BEGIN zeros mean that nothing is known; and no payload has this SHA-256. */
	if ((is_named && is_zeros(named)) || (order->has_digest && is_zeros(order->digest))) {
		uxm_fail(why, UXM_IMAGE_REFUSED,
			 "A SHA-256 of zeros was named for %s, which no file has; get the right "
			 "one.",
			 order->name.file);
		return false;
	}
	if (is_named && order->has_digest && memcmp(named, order->digest, sizeof(named)) != 0) {
		uxm_fail(why, UXM_IMAGE_REFUSED,
			 "The server says that %s has another SHA-256 than the one that was given; "
			 "check both.",
			 order->name.file);
		return false;
	}
	if (update->verdict.has_header)
		memcpy(update->begin.id, update->verdict.header.payload_digest, sizeof(named));
	else if (order->has_digest)
		memcpy(update->begin.id, order->digest, sizeof(named));
	else if (is_named)
		memcpy(update->begin.id, named, sizeof(named));
	return true;
}

/* All that decides is known: the image is refused, or the session prepared. */
static enum uxm_io decide(struct uxm_update *update, struct uxm_failure *why)
{
	const struct uxm_order *order = &update->order;
	const struct uxm_payload *payload = &update->payload;
	struct uxm_verdict *verdict = &update->verdict;
	struct uxm_offer offer = {
		.name = &order->name,
		.file_size = payload->file_size,
		.head = payload->head,
		.head_length = payload->head_length,
		.keys = &order->keys,
		.override = order->override,
		.allow_older = order->allow_older,
	};

	if (!uxm_decide(&offer, &update->found.identity, verdict, why))
		return UXM_IO_FAILED;
	uxm_payload_begin(&update->payload, verdict->has_header ? verdict->header.size : 0);
	if (!know_digest(update, why))
		return UXM_IO_FAILED;
	update->begin.size = verdict->payload_size;
	update->begin.version = order->name.version;
	update->begin.header_length = verdict->has_header ? verdict->header.size : 0;
	update->begin.flags = order->override ? UXM_WIRE_FLAG_OVERRIDE : 0;
	if (verdict->note[0] != '\0')
		uxm_tell_note(&update->teller, "%s", verdict->note);
	return UXM_IO_OK;
}

enum uxm_io uxm_update_prepare(struct uxm_update *update, struct uxm_failure *why)
{
	enum uxm_io io = open_image(update, why);

	return io == UXM_IO_OK ? decide(update, why) : io;
}

enum uxm_io uxm_update_check_digest(struct uxm_update *update, uint8_t digest[UXM_WIRE_DIGEST_SIZE],
				    struct uxm_failure *why)
{
	struct uxm_begin fresh = update->begin;
	struct uxm_failure ignored;

	memcpy(digest, update->begin.id, UXM_WIRE_DIGEST_SIZE);
	if (update->send.hashed != update->begin.size)
		return UXM_IO_OK;
	gnutls_hash_output(update->hash, digest);
	/* It is spent: should the module leave now and be waited for, its own digest decides. */
	update->send.hashed = UINT64_MAX;
	if (!uxm_update_knows_digest(update) ||
	    memcmp(digest, update->begin.id, UXM_WIRE_DIGEST_SIZE) == 0)
		return UXM_IO_OK;
	/* A new session under no id: the module does not keep what is wrong for the next time. */
	memset(fresh.id, 0, sizeof(fresh.id));
	(void)uxm_stream_begin(&update->stream, &fresh, update->payload.head, &ignored);
	update->judged = true;
	uxm_fail(why, UXM_TRANSFER_FAILED,
		 "The SHA-256 of %s is not the one that %s; nothing was installed.",
		 update->order.name.file,
		 update->verdict.has_header ? "its header names" : "was given for it");
	return UXM_IO_FAILED;
}
