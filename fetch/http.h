/*
 * One image over HTTP (RFC 9110) as a stream: status, lengths, ranges, redirects and the ring, on
 * top of the table of transfer.h. Which library moves the bytes is not known here.
 */
#ifndef FETCH_HTTP_H
#define FETCH_HTTP_H

#include "fetch/transfer.h"
#include "uxm/io.h"

/* The ring, in bytes. Two blocks: one can arrive while the other is read. */
#define FETCH_RING      (2u * FETCH_BLOCK)
/* So many redirects are followed for one image. */
#define FETCH_REDIRECTS 5

struct fetch_http;

/*
 * Makes one for `url`, which is copied, over `transfer`, which must outlive it. `largest`: an image
 * of more bytes is refused, 0 for no limit. Returns whether it did; else *why is UXM_USAGE (not an
 * http or https URL) or UXM_INTERNAL (no memory). *http is set only with true. Nothing is sent yet.
 */
bool fetch_http_new(const char *url, uint64_t largest, struct fetch_transfer transfer,
		    struct fetch_http **http, struct uxm_failure *why);

/* Ends what is under way and frees it. NULL is harmless. */
void fetch_http_free(struct fetch_http *http);

/*
 * The image (uxm/io.h). Its failures are UXM_FETCH_FAILED; UXM_IMAGE_REFUSED for an image that is
 * empty or larger than `largest`; UXM_INTERNAL. `open`, after it has said OK or FAILED, starts from
 * scratch. After a failed `read`, `seek` asks for the rest once more. A failure is said when all
 * bytes that came before it have been read. `digest` is what the server said in Repr-Digest or
 * Content-Digest when the image was opened (fetch_digest_said).
 */
struct uxm_image fetch_http_image(struct fetch_http *http);

/*
 * Lets the transfer get on if there is room for what it brings. Returns whether anything has come
 * of it (bytes, an end, the next redirect), that is, whether `open` or `read` may now say something
 * else.
 */
bool fetch_http_pump(struct fetch_http *http);

#endif
