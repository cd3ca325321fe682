/* One image over HTTP as a stream: download.c's bytes, as uxm/io.h wants them. */
#include "fetch/http.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/download.h"
#include "fetch/remark.h"
#include "fetch/url.h"

struct fetch_http {
	struct fetch_download download;
	bool opening; /* `open` has not said OK or FAILED yet */
};

bool fetch_http_pump(struct fetch_http *http)
{
	return fetch_download_pump(&http->download);
}

uint64_t fetch_http_due(const struct fetch_http *http)
{
	return fetch_download_due(&http->download);
}

const char *fetch_http_remark(struct fetch_http *http)
{
	struct fetch_download *download = &http->download;
	char shown[FETCH_SHOWN_TEXT];

	if (download->has_remark) {
		download->has_remark = false;
		return download->remark.text;
	}
	if (download->has_digest_remark) {
		download->has_digest_remark = false;
		fetch_remark_digest(&download->remark, fetch_url_shown(download->hops.url, shown));
		return download->remark.text;
	}
	return NULL;
}

uint64_t fetch_http_pause(const struct fetch_http *http)
{
	const struct fetch_download *download = &http->download;
	uint64_t now = download->clock.ops->now(download->clock.self);

	if (download->phase != FETCH_PHASE_PAUSE || download->resume_at <= now)
		return 0;
	return download->resume_at - now;
}

static enum uxm_io image_open(void *self, uint64_t *size, struct uxm_failure *why)
{
	struct fetch_http *http = self;
	const struct fetch_download *download = &http->download;

	if (!http->opening) {
		http->opening = true;
		fetch_download_start(&http->download);
	}
	fetch_http_pump(http);
	if (download->size == 0 && download->phase != FETCH_PHASE_FAILED)
		return UXM_IO_AGAIN;
	http->opening = false;
	/* With the headers a body may have come that was wrong; `read` says so after its bytes. */
	if (download->size == 0) {
		*why = download->failure;
		return UXM_IO_FAILED;
	}
	*size = download->size;
	return UXM_IO_OK;
}

static enum uxm_io image_read(void *self, uint8_t *buffer, size_t room, size_t *got,
			      struct uxm_failure *why)
{
	struct fetch_http *http = self;
	const struct fetch_download *download = &http->download;
	size_t taken;

	taken = fetch_download_read(&http->download, buffer, room);
	if (taken > 0) {
		*got = taken;
		return UXM_IO_OK;
	}
	switch (download->phase) {
	case FETCH_PHASE_COMPLETE:
		return UXM_IO_END;
	case FETCH_PHASE_FAILED:
		*why = download->failure;
		return UXM_IO_FAILED;
	case FETCH_PHASE_IDLE:
		uxm_fail(why, UXM_INTERNAL, "The image is read before it was opened.");
		return UXM_IO_FAILED;
	case FETCH_PHASE_PAUSE:
	case FETCH_PHASE_HEADERS:
	case FETCH_PHASE_BODY:
		break;
	}
	return UXM_IO_AGAIN;
}

static enum uxm_io image_seek(void *self, uint64_t offset, struct uxm_failure *why)
{
	struct fetch_http *http = self;
	struct fetch_download *download = &http->download;

	if (http->opening || download->size == 0 || offset > download->size) {
		char shown[FETCH_SHOWN_TEXT];

		uxm_fail(why, UXM_INTERNAL, "%s cannot be read from byte %" PRIu64 " on.",
			 fetch_url_shown(download->hops.url, shown), offset);
		return UXM_IO_FAILED;
	}
	/* It stands there. */
	if (offset == download->came - download->ring.used && download->phase != FETCH_PHASE_FAILED)
		return UXM_IO_OK;
	fetch_download_seek(download, offset);
	if (download->phase == FETCH_PHASE_FAILED) {
		*why = download->failure;
		return UXM_IO_FAILED;
	}
	return UXM_IO_OK;
}

static bool image_digest(void *self, uint8_t digest[32])
{
	const struct fetch_http *http = self;

	if (http->opening || !http->download.has_digest)
		return false;
	memcpy(digest, http->download.digest, FETCH_DIGEST_SIZE);
	return true;
}

static bool image_owes(void *self)
{
	const struct fetch_http *http = self;

	return fetch_download_owes(&http->download);
}

static const struct uxm_image_ops image_ops = {
	.open = image_open,
	.read = image_read,
	.seek = image_seek,
	.digest = image_digest,
	.owes = image_owes,
};

struct uxm_image fetch_http_image(struct fetch_http *http)
{
	return (struct uxm_image){.ops = &image_ops, .self = http};
}

bool fetch_http_new(const struct fetch_http_options *options, struct fetch_http **http,
		    struct uxm_failure *why)
{
	struct fetch_http *made;

	if (!fetch_url_check(options->url, why))
		return false;
	made = calloc(1, sizeof(*made));
	if (made == NULL || !fetch_ring_init(&made->download.ring, FETCH_RING)) {
		free(made);
		uxm_fail(why, UXM_INTERNAL, "There is no memory to fetch an image.");
		return false;
	}
	made->download.transfer = options->transfer;
	made->download.clock = options->clock;
	made->download.deadlines = options->deadlines;
	made->download.witness = options->witness;
	made->download.largest = options->largest;
	fetch_hops_init(&made->download.hops, options->url, options->access);
	fetch_attempts_init(&made->download.attempts, &made->download.deadlines, options->seed);
	*http = made;
	return true;
}

void fetch_http_free(struct fetch_http *http)
{
	if (http == NULL)
		return;
	http->download.transfer.ops->stop(http->download.transfer.self);
	fetch_ring_release(&http->download.ring);
	free(http);
}
