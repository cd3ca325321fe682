/*
 * One small file from a server, whole in memory: settings, status files, scripts, digests.
 */
#ifndef FETCH_SMALL_H
#define FETCH_SMALL_H

#include "fetch/fetch.h"

/* The largest small file, in bytes. */
#define FETCH_SMALL_MOST (1024u * 1024u)

struct fetch_small;

struct fetch_small_options {
	const char *url;                   /* may hold user and password */
	const struct fetch_access *access; /* for the URL's server, or NULL */
	struct fetch_trust trust;
	size_t largest; /* bytes, 1 to FETCH_SMALL_MOST; a larger file is refused */
	struct uxm_deadlines deadlines;
	/* The state that is known already, or NULL: only another one is sent. Copied. */
	const struct fetch_validators *known;
};

/* What came. */
struct fetch_small_file {
	bool unchanged;                     /* 304: it is the known one; no bytes came */
	const uint8_t *bytes;               /* followed by a zero that is not counted */
	size_t length;                      /* 0 or more */
	struct fetch_validators validators; /* to be known the next time */
};

/*
 * Makes one; the texts are copied. Nothing is sent yet. Returns whether it did; else *why is
 * UXM_USAGE (not a URL that is fetched), what fetch_trust_check says, or UXM_INTERNAL (no memory).
 * *small is set only with true.
 */
bool fetch_small_new(const struct fetch_small_options *options, struct fetch_small **small,
		     struct uxm_failure *why);

/* Ends what is under way and frees it, and the file's bytes. NULL is harmless. */
void fetch_small_free(struct fetch_small *small);

/*
 * Starts, goes on, and says AGAIN until the file is there: OK, with *file set, valid as long as
 * `small` lives. FAILED with UXM_FETCH_FAILED, or UXM_INTERNAL (no memory); a file that is too
 * large is UXM_FETCH_FAILED. Attempts as with an image (fetch/attempts.h), each from the first byte
 * on. A body without a length, or in chunks, is taken; one whose announced length does not come is
 * truncated. Called again after OK or FAILED it says the same.
 */
enum uxm_io fetch_small_read(struct fetch_small *small, struct fetch_small_file *file,
			     struct uxm_failure *why);

/* Whether it failed because the file is larger than `largest`. */
bool fetch_small_too_large(const struct fetch_small *small);

/* For how many seconds the response by which it failed asks to be left alone (Retry-After), at most
 * a day; 0 where it does not. */
uint32_t fetch_small_retry_after(const struct fetch_small *small);

/* As fetch_wait. */
bool fetch_small_wait(struct fetch_small *small, struct pollfd *extra, size_t count, int timeout,
		      struct uxm_failure *why);

#endif
