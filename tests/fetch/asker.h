/*
 * One request over libcurl, and all that comes of it: for tests of what is below the logic.
 */
#ifndef TESTS_FETCH_ASKER_H
#define TESTS_FETCH_ASKER_H

#include "fetch/curl.h"

struct asker {
	struct fetch_curl *curl;
	uint64_t stop_after; /* of so many bytes of body the receiver has enough; 0: never */
	unsigned connected;  /* how often that was told */
	unsigned responses;  /* how many were told, the last one is `response` */
	struct fetch_response response;
	uint64_t bytes; /* of the body; each was the pattern's */
	struct fetch_outcome outcome;
	uint64_t longest; /* milliseconds that one call took */
};

/* Makes one; to be ended in any case. The texts of `trust`, or NULL, must outlive it. */
void asker_set_up(struct asker *asker, const struct fetch_trust *trust);
void asker_tear_down(struct asker *asker);

/* Asks, takes 200 and 206, and returns how it ended; fails the test when that takes too long, or a
 * byte is wrong, or a text of the outcome holds "secret". */
enum fetch_end asker_ask(struct asker *asker, const struct fetch_request *request);

/* The same for the whole of a URL, `access` or NULL. */
enum fetch_end asker_get(struct asker *asker, const char *url, const struct fetch_access *access);

#endif
