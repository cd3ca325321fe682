/*
 * One small file as a whole, over HTTP (RFC 9110): status, lengths, conditions, redirects, further
 * attempts and the bytes in memory, on top of the table of transfer.h. Which library moves the
 * bytes is not known here.
 */
#ifndef FETCH_WHOLE_H
#define FETCH_WHOLE_H

#include "fetch/small.h"

struct fetch_whole;

/* What is fetched, and how patiently. */
struct fetch_whole_options {
	const char *url;                      /* copied */
	const struct fetch_access *access;    /* copied, or NULL; goes to the URL's own server */
	size_t largest;                       /* bytes, 1 or more; a larger file is refused */
	const struct fetch_validators *known; /* copied, or NULL */
	struct fetch_transfer transfer;       /* must outlive it */
	struct uxm_clock clock;               /* must outlive it; of its calls only `now` is made */
	struct uxm_deadlines deadlines;
	uint64_t seed; /* of the pauses between attempts */
};

/*
 * Makes one. Returns whether it did; else *why is UXM_USAGE (not a URL that is fetched) or
 * UXM_INTERNAL (no memory). *whole is set only with true. Nothing is sent yet.
 */
bool fetch_whole_new(const struct fetch_whole_options *options, struct fetch_whole **whole,
		     struct uxm_failure *why);

/* Ends what is under way and frees it, and the file's bytes. NULL is harmless. */
void fetch_whole_free(struct fetch_whole *whole);

/*
 * Lets the transfer get on, or starts what is due. Returns whether anything has come of it, that
 * is, whether there may be more to do at once, or fetch_whole_read says something else now.
 */
bool fetch_whole_pump(struct fetch_whole *whole);

/* As fetch_small_read. */
enum uxm_io fetch_whole_read(struct fetch_whole *whole, struct fetch_small_file *file,
			     struct uxm_failure *why);

/* As fetch_small_too_large. */
bool fetch_whole_too_large(const struct fetch_whole *whole);

/* As fetch_small_retry_after. */
uint32_t fetch_whole_retry_after(const struct fetch_whole *whole);

/* When fetch_whole_pump has something to do even if nothing comes, on the clock's time: the end of
 * a pause, or of what a silent connection is given. UINT64_MAX: never. */
uint64_t fetch_whole_due(const struct fetch_whole *whole);

#endif
