/* One image over HTTP as a stream: requests, redirects, the count of the bytes and the ring. */
#include "fetch/http.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/hops.h"
#include "fetch/judge.h"
#include "fetch/ring.h"
#include "fetch/sentence.h"
#include "fetch/url.h"

enum phase {
	PHASE_IDLE = 0,
	PHASE_HEADERS,  /* of the response are awaited */
	PHASE_BODY,     /* they were right, the body comes */
	PHASE_COMPLETE, /* all of it has come, and no more */
	PHASE_FAILED,   /* `failure` says why */
};

struct fetch_http {
	struct fetch_transfer transfer;
	uint64_t largest;
	enum phase phase;
	bool opening;      /* `open` has not said OK or FAILED yet */
	bool full;         /* the transfer holds a block for which there was no room */
	bool follow;       /* the response was a redirect, to `current` */
	uint64_t size;     /* of the image, 0 as long as it is not known */
	uint64_t from;     /* the offset that was asked for */
	uint64_t came;     /* the offset in the image of the body's next byte */
	uint64_t position; /* the offset of the next byte that is read */
	bool has_digest;   /* the server has said what the SHA-256 of the whole is: `digest` */
	uint8_t digest[FETCH_DIGEST_SIZE];
	struct fetch_ring ring;
	struct uxm_failure failure;
	struct fetch_hops hops;
};

static bool on_response(void *self, const struct fetch_response *response, uint64_t *expected)
{
	struct fetch_http *http = self;
	char shown[FETCH_SHOWN_TEXT];
	struct fetch_wanted wanted = {
		.from = http->from, .size = http->size, .largest = http->largest};
	struct fetch_body body;

	if (fetch_is_redirect(response->status)) {
		http->follow = fetch_hops_follow(&http->hops, response, &http->failure);
		if (!http->follow)
			http->phase = PHASE_FAILED;
		return false;
	}
	wanted.shown = fetch_url_shown(http->hops.current, shown);
	if (!fetch_judge(&wanted, response, &body, &http->failure)) {
		http->phase = PHASE_FAILED;
		return false;
	}
	http->phase = PHASE_BODY;
	/* What was said first stands: if the image changes on the server it must come out. The
	 * digest of a part's content is of no use. */
	if (http->opening && response->status == 200)
		http->has_digest = fetch_digest_said(&response->representation, &response->content,
						     http->digest);
	http->size = body.size;
	http->came = body.first;
	*expected = body.size - body.first;
	return true;
}

static enum fetch_take on_body(void *self, const uint8_t *bytes, size_t length)
{
	struct fetch_http *http = self;
	uint64_t skip = http->came < http->from ? http->from - http->came : 0;

	if (length > http->size - http->came) {
		char shown[FETCH_SHOWN_TEXT];

		uxm_fail(&http->failure, UXM_FETCH_FAILED,
			 "%s is longer than the %" PRIu64 " bytes that the server announced.",
			 fetch_url_shown(http->hops.current, shown), http->size);
		http->phase = PHASE_FAILED;
		return FETCH_ENOUGH;
	}
	if (skip > length)
		skip = length;
	if (!fetch_ring_put(&http->ring, bytes + skip, length - (size_t)skip)) {
		http->full = true;
		return FETCH_FULL;
	}
	http->came += length;
	return FETCH_TAKEN;
}

static void on_connected(void *self)
{
	(void)self;
}

static const struct fetch_receiver_ops receiver_ops = {
	.connected = on_connected,
	.response = on_response,
	.body = on_body,
};

/* Asks for `current` from `from` on. */
static void ask(struct fetch_http *http)
{
	struct fetch_receiver receiver = {.ops = &receiver_ops, .self = http};
	struct fetch_request request = {.url = http->hops.current,
					.access = fetch_hops_access(&http->hops),
					.from = http->from,
					.if_range = ""};
	struct fetch_outcome outcome = {.detail = ""};

	http->full = false;
	http->follow = false;
	http->phase = PHASE_HEADERS;
	outcome.end = http->transfer.ops->start(http->transfer.self, &request, &receiver);
	if (outcome.end != FETCH_RUNNING) {
		char shown[FETCH_SHOWN_TEXT];

		fetch_sentence_end(&http->failure, fetch_url_shown(http->hops.current, shown),
				   &outcome);
		http->phase = PHASE_FAILED;
	}
}

/* Asks for the image, from `from` on, with whatever came before forgotten. */
static void begin(struct fetch_http *http, uint64_t from)
{
	http->transfer.ops->stop(http->transfer.self);
	fetch_ring_clear(&http->ring);
	http->from = from;
	http->position = from;
	fetch_hops_restart(&http->hops);
	ask(http);
}

/* The transfer has ended. */
static void settle(struct fetch_http *http, const struct fetch_outcome *outcome)
{
	char shown[FETCH_SHOWN_TEXT];

	if (http->follow) {
		ask(http);
		return;
	}
	if (http->phase == PHASE_FAILED)
		return;
	/* After the last byte nothing that befalls the connection matters any more. */
	if (http->phase == PHASE_BODY && http->came == http->size) {
		http->phase = PHASE_COMPLETE;
		return;
	}
	fetch_url_shown(http->hops.current, shown);
	if (http->phase == PHASE_BODY) {
		fetch_sentence_broken(&http->failure, shown, outcome, http->came, http->size);
	} else {
		fetch_sentence_end(&http->failure, shown, outcome);
	}
	http->phase = PHASE_FAILED;
}

bool fetch_http_pump(struct fetch_http *http)
{
	struct fetch_outcome outcome = {.end = FETCH_RUNNING};
	uint64_t came = http->came;
	enum phase phase = http->phase;

	if (phase != PHASE_HEADERS && phase != PHASE_BODY)
		return false;
	/* A held transfer may hold a block's worth of smaller pieces: let it go on only when all
	 * of them find room, or it would copy the rest once more each time. */
	if (http->full && fetch_ring_room(&http->ring) < FETCH_BLOCK)
		return false;
	http->full = false;
	if (http->transfer.ops->perform(http->transfer.self, &outcome) != FETCH_RUNNING) {
		settle(http, &outcome);
		return true;
	}
	return http->came != came || http->phase != phase;
}

static enum uxm_io image_open(void *self, uint64_t *size, struct uxm_failure *why)
{
	struct fetch_http *http = self;

	if (!http->opening) {
		http->opening = true;
		http->size = 0;
		http->has_digest = false;
		begin(http, 0);
	}
	fetch_http_pump(http);
	if (http->phase == PHASE_HEADERS)
		return UXM_IO_AGAIN;
	http->opening = false;
	/* With the headers a body may have come that was wrong; `read` says so after its bytes. */
	if (http->size == 0) {
		*why = http->failure;
		return UXM_IO_FAILED;
	}
	*size = http->size;
	return UXM_IO_OK;
}

static enum uxm_io image_read(void *self, uint8_t *buffer, size_t room, size_t *got,
			      struct uxm_failure *why)
{
	struct fetch_http *http = self;
	size_t taken;

	if (http->ring.used < room)
		fetch_http_pump(http);
	taken = fetch_ring_take(&http->ring, buffer, room);
	if (taken > 0) {
		http->position += taken;
		*got = taken;
		return UXM_IO_OK;
	}
	switch (http->phase) {
	case PHASE_COMPLETE:
		return http->position == http->size ? UXM_IO_END : UXM_IO_AGAIN;
	case PHASE_FAILED:
		*why = http->failure;
		return UXM_IO_FAILED;
	case PHASE_IDLE:
		uxm_fail(why, UXM_INTERNAL, "The image is read before it was opened.");
		return UXM_IO_FAILED;
	case PHASE_HEADERS:
	case PHASE_BODY:
		break;
	}
	return UXM_IO_AGAIN;
}

static enum uxm_io image_seek(void *self, uint64_t offset, struct uxm_failure *why)
{
	struct fetch_http *http = self;

	if (http->opening || http->size == 0 || offset > http->size) {
		char shown[FETCH_SHOWN_TEXT];

		uxm_fail(why, UXM_INTERNAL, "%s cannot be read from byte %" PRIu64 " on.",
			 fetch_url_shown(http->hops.url, shown), offset);
		return UXM_IO_FAILED;
	}
	if (offset == http->position && http->phase != PHASE_FAILED)
		return UXM_IO_OK;
	if (offset == http->size) {
		http->transfer.ops->stop(http->transfer.self);
		fetch_ring_clear(&http->ring);
		http->position = offset;
		http->phase = PHASE_COMPLETE;
		return UXM_IO_OK;
	}
	begin(http, offset);
	if (http->phase == PHASE_FAILED) {
		*why = http->failure;
		return UXM_IO_FAILED;
	}
	return UXM_IO_OK;
}

static bool image_digest(void *self, uint8_t digest[32])
{
	const struct fetch_http *http = self;

	if (http->opening || !http->has_digest)
		return false;
	memcpy(digest, http->digest, sizeof(http->digest));
	return true;
}

static bool image_owes(void *self)
{
	(void)self;
	return true;
}

static const struct uxm_image_ops image_ops = {
	.open = image_open,
	.read = image_read,
	.seek = image_seek,
	.digest = image_digest,
	.owes = image_owes,
};

bool fetch_http_new(const struct fetch_http_options *options, struct fetch_http **http,
		    struct uxm_failure *why)
{
	struct fetch_http *made;

	if (!fetch_url_check(options->url, why))
		return false;
	made = calloc(1, sizeof(*made));
	if (made == NULL || !fetch_ring_init(&made->ring, FETCH_RING)) {
		free(made);
		uxm_fail(why, UXM_INTERNAL, "There is no memory to fetch an image.");
		return false;
	}
	made->transfer = options->transfer;
	made->largest = options->largest;
	fetch_hops_init(&made->hops, options->url, options->access);
	*http = made;
	return true;
}

void fetch_http_free(struct fetch_http *http)
{
	if (http == NULL)
		return;
	http->transfer.ops->stop(http->transfer.self);
	fetch_ring_release(&http->ring);
	free(http);
}

struct uxm_image fetch_http_image(struct fetch_http *http)
{
	return (struct uxm_image){.ops = &image_ops, .self = http};
}

uint64_t fetch_http_due(const struct fetch_http *http)
{
	(void)http;
	return UINT64_MAX;
}

const char *fetch_http_remark(struct fetch_http *http)
{
	(void)http;
	return NULL;
}
