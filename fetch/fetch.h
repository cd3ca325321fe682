/*
 * One image from a server: http, https, ftp and ftps, as a stream of constant memory.
 */
#ifndef FETCH_FETCH_H
#define FETCH_FETCH_H

#include <poll.h>

#include "fetch/trust.h"
#include "fetch/url.h"
#include "fetch/witness.h"
#include "uxm/deadline.h"
#include "uxm/io.h"

struct fetch_options {
	const char *url;                   /* may hold user and password */
	const struct fetch_access *access; /* for the URL's server, or NULL */
	struct fetch_trust trust;
	uint64_t largest; /* bytes; a larger image is refused. 0 for no limit */
	struct uxm_deadlines deadlines;
	struct fetch_witness witness; /* zeros: nobody remembers */
};

struct fetch;

/*
 * Makes one. Nothing is sent before the image is opened. Takes the memory that it will need: a ring
 * of 256 KiB; libcurl takes about as much again while a transfer runs. The texts are copied.
 * Returns whether it did; else *why is UXM_USAGE (not a URL that is fetched), what
 * fetch_trust_check says, or UXM_INTERNAL (no memory). *fetch is set only with true. One thread at
 * a time may make, use and free them.
 */
bool fetch_new(const struct fetch_options *options, struct fetch **fetch, struct uxm_failure *why);

/* Ends what is under way and frees it. NULL is harmless. */
void fetch_free(struct fetch *fetch);

/* See fetch_http_remark. */
const char *fetch_remark(struct fetch *fetch);

/* See fetch_http_pause. */
uint64_t fetch_pause(const struct fetch *fetch);

/* The image, as long as `fetch` lives. See fetch_http_image for its failures. */
struct uxm_image fetch_image(struct fetch *fetch);

/*
 * Sleeps until the image may get on, one of the `count` (at most 32) descriptors of `extra` is
 * ready, or `timeout` milliseconds (0 or more) are over; `revents` of each is set as poll() does.
 * Bytes that come meanwhile are taken as far as there is room, so that a reader who waits for
 * something else is not woken by them for ever. Returns whether it could wait; else *why is
 * UXM_INTERNAL. It may return early.
 */
bool fetch_wait(struct fetch *fetch, struct pollfd *extra, size_t count, int timeout,
		struct uxm_failure *why);

#endif
