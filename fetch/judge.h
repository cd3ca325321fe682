/*
 * Whether a response brings the image that was asked for, and which of its bytes (RFC 9110).
 */
#ifndef FETCH_JUDGE_H
#define FETCH_JUDGE_H

#include "fetch/transfer.h"
#include "uxm/result.h"

/* What was asked for. */
struct fetch_wanted {
	const char *shown; /* the URL, as fetch_url_shown writes it */
	uint64_t from;     /* the offset; 0 asked for the whole. With another, `size` is known */
	uint64_t size;     /* bytes of the image as the server said before, 0 if it has not yet */
	uint64_t largest;  /* bytes of the largest image that is taken, 0 for no limit */
};

/* What comes. */
struct fetch_body {
	uint64_t size;  /* bytes of the image, 1 or more */
	uint64_t first; /* offset in it of the body's first byte: 0, or `from` */
};

/*
 * Judges a response that is no redirect. Returns whether its body brings all bytes of the image
 * from `from` on at least, in the clear; else *why is UXM_IMAGE_REFUSED (the image is empty or
 * larger than `largest`) or UXM_FETCH_FAILED. *body is set only with true.
 */
bool fetch_judge(const struct fetch_wanted *wanted, const struct fetch_response *response,
		 struct fetch_body *body, struct uxm_failure *why);

#endif
