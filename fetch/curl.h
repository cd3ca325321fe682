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
/* TLS on the data connection of ftps is made within so many milliseconds: libcurl blocks meanwhile,
 * and a module that leaves is to be seen within a second. */
#define FETCH_DATA_TLS    900
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

/*
 * One GET, or RETR, at a time; http, https, ftp and ftps (TLS from the first byte on, control and
 * data; RFC 4217's "implicit") only, no redirect followed. FTP is passive, as "anonymous" where
 * nobody is named, and told as transfer.h says: 200 with SIZE as the length, 206 after REST, MDTM
 * as Last-Modified, 304 where that is the known one, and the whole from a server that has no REST.
 * A 401 or 407 that libcurl answers itself is not told. A proxy is the one of the environment
 * (http_proxy, https_proxy, ftp_proxy, all_proxy, no_proxy); one that refuses a tunnel is told as
 * the response with its status. A proxy by TLS is trusted as a server is, but for pin and client's
 * certificate.
 */
struct fetch_transfer fetch_curl_transfer(struct fetch_curl *curl);

/*
 * Sleeps until the transfer may get on, one of the `count` descriptors of `extra` is ready, or
 * `timeout` milliseconds (0 or more) are over; `revents` of each is set as poll() does. Returns
 * whether that was possible: false for more than FETCH_WAIT_MOST descriptors, and without memory.
 */
bool fetch_curl_wait(struct fetch_curl *curl, struct pollfd *extra, size_t count, int timeout);

#endif
