/*
 * One image over HTTP (RFC 9110) as a stream: status, lengths, ranges, redirects, further attempts
 * and the ring, on top of the table of transfer.h. Which library moves the bytes is not known here.
 */
#ifndef FETCH_HTTP_H
#define FETCH_HTTP_H

#include "fetch/transfer.h"
#include "fetch/witness.h"
#include "uxm/deadline.h"
#include "uxm/io.h"

/* The ring, in bytes. Two blocks: one can arrive while the other is read. */
#define FETCH_RING (2u * FETCH_BLOCK)

struct fetch_http;

/* What is fetched, and how patiently. */
struct fetch_http_options {
	const char *url;                   /* copied */
	const struct fetch_access *access; /* copied, or NULL; goes to the URL's own server alone */
	uint64_t largest;                  /* bytes; a larger image is refused. 0 for no limit */
	struct fetch_transfer transfer;    /* must outlive it */
	struct uxm_clock clock;            /* must outlive it; of its calls only `now` is made */
	struct uxm_deadlines deadlines;
	uint64_t seed;                /* of the pauses between attempts */
	struct fetch_witness witness; /* zeros: nobody remembers */
};

/*
 * Makes one. Returns whether it did; else *why is UXM_USAGE (not a URL that is fetched) or
 * UXM_INTERNAL (no memory). *http is set only with true. Nothing is sent yet.
 */
bool fetch_http_new(const struct fetch_http_options *options, struct fetch_http **http,
		    struct uxm_failure *why);

/* Ends what is under way and frees it. NULL is harmless. */
void fetch_http_free(struct fetch_http *http);

/*
 * The image (uxm/io.h). Its failures are UXM_FETCH_FAILED; UXM_IMAGE_REFUSED for an image that is
 * empty or larger than `largest`; UXM_INTERNAL. `open`, after it has said OK or FAILED, starts from
 * scratch. A failure is said when all bytes that came before it have been read.
 *
 * A connection that breaks, or on which nothing comes for the smaller of `network_quiet` and a
 * quarter of `network` while there is room for it, and a status that may
 * pass, are no failure until all attempts (fetch/attempts.h) have been made: the rest is asked for
 * with Range and, where the server named a strong validator, If-Range, from the first byte on that
 * has not come. The image must still be the same one: entity tag, date and length as they were
 * said first, and the SHA-256 where one was. A server that sends the whole instead is not believed
 * but compared: with the ring, and by `witness` with what was read; `read` says AGAIN meanwhile,
 * and a server that sends less than `network_bytes` of it in `network` is a break too. After a
 * failed `read`, `seek` asks for the rest once more, with all attempts anew.
 *
 * `digest` is what the server said in Repr-Digest or Content-Digest when the image was opened
 * (fetch_digest_said). `owes` is true only while bytes of the body are awaited that are not known:
 * what is before them has limits here. Each of `retries` + 1 attempts has, for each of its
 * FETCH_REDIRECTS + 1 requests, `connect` until it is connected and `network` until it is answered,
 * and between them are pauses of `retry_after_most` + `fetch_pause_most` at most. So without
 * `retry_bytes` of new bytes all that takes less than two hours; from a server that is connected
 * and never says anything, six minutes and the pauses, which are 77 s at most.
 */
struct uxm_image fetch_http_image(struct fetch_http *http);

/*
 * Lets the transfer get on if there is room for what it brings, and starts what is due. Returns
 * whether anything has come of it (bytes, an end, the next redirect), that is, whether `open` or
 * `read` may now say something else.
 */
bool fetch_http_pump(struct fetch_http *http);

/* When fetch_http_pump has something to do even if nothing comes, on the clock's time: the end of
 * a pause, or of what a silent connection is given. UINT64_MAX: never. */
uint64_t fetch_http_due(const struct fetch_http *http);

/* A sentence about what went wrong and is being tried again, for whoever watches; each once, NULL
 * when there is none that is new. Valid until the next call of any of these functions. */
const char *fetch_http_remark(struct fetch_http *http);

/* Milliseconds from now until it is tried again; 0 while no pause is made. */
uint64_t fetch_http_pause(const struct fetch_http *http);

#endif
