/*
 * The table of transfer.h over libcurl's multi interface, and the one sleep that goes with it.
 */
#ifndef FETCH_CURL_H
#define FETCH_CURL_H

#include <poll.h>

#include "fetch/transfer.h"
#include "fetch/trust.h"

/* Once all bytes that were announced have come, a server that leaves the connection open is given
 * so many milliseconds to send what it did not announce; then the response counts as complete. */
#define FETCH_CLOSE_GRACE 1000
/* So many descriptors of the caller can be waited for. */
#define FETCH_WAIT_MOST   32

struct fetch_curl_options {
	struct fetch_trust trust;
	uint32_t connect_time; /* milliseconds, 1 or more */
};

struct fetch_curl;

/*
 * Makes one; the texts of `options` must outlive it. Returns whether there was the memory; *curl is
 * set only then. It belongs to one thread, as libcurl's initialisation does.
 */
bool fetch_curl_new(const struct fetch_curl_options *options, struct fetch_curl **curl);

/* Ends what is under way and frees it. NULL is harmless. */
void fetch_curl_free(struct fetch_curl *curl);

/* One GET at a time, http and https only, no redirect followed. */
struct fetch_transfer fetch_curl_transfer(struct fetch_curl *curl);

/*
 * Sleeps until the transfer may get on, one of the `count` descriptors of `extra` is ready, or
 * `timeout` milliseconds (0 or more) are over; `revents` of each is set as poll() does. Returns
 * whether that was possible: false for more than FETCH_WAIT_MOST descriptors, and without memory.
 */
bool fetch_curl_wait(struct fetch_curl *curl, struct pollfd *extra, size_t count, int timeout);

#endif
