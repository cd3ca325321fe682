/*
 * What fetching over libcurl needs beside its logic: the transfer and the trust that it stands on,
 * the clock, chance, and the sleep.
 */
#ifndef FETCH_LINK_H
#define FETCH_LINK_H

#include "fetch/curl.h"
#include "uxm/io.h"

/* The texts of struct fetch_trust. */
#define FETCH_TRUST_TEXTS 7

struct fetch_link {
	struct fetch_curl *curl;
	struct fetch_transfer transfer; /* of `curl` */
	struct uxm_clock clock;         /* CLOCK_MONOTONIC; only `now` */
	uint64_t seed;                  /* drawn at random */
	char *texts[FETCH_TRUST_TEXTS]; /* copies of those of struct fetch_trust */
};

/*
 * Makes it; `link` is zeros before. The texts of `trust` are copied; a connection may take
 * `connect_time` milliseconds. Returns false without memory; release is due in both cases.
 */
bool fetch_link_init(struct fetch_link *link, const struct fetch_trust *trust,
		     uint32_t connect_time);

/* Ends what is under way and frees it. */
void fetch_link_release(struct fetch_link *link);

/*
 * Sleeps as fetch_curl_wait does, but not beyond `due` on the link's clock (UINT64_MAX: no limit).
 * Returns whether it could; else *why is UXM_INTERNAL.
 */
bool fetch_link_wait(struct fetch_link *link, uint64_t due, struct pollfd *extra, size_t count,
		     int timeout, struct uxm_failure *why);

#endif
