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
	/* What the server said before of the state of the image that it sends, or NULL, and of its
	 * SHA-256, or NULL. */
	const struct fetch_validators *validators;
	const uint8_t *digest;
};

/* What comes. */
struct fetch_body {
	uint64_t size;  /* bytes of the image, 1 or more */
	uint64_t first; /* offset in it of the body's first byte: 0, or `from` */
};

/*
 * The condition under which a part is of use (RFC 9110, section 13.1.5): the entity tag if it is a
 * strong one; the date where there is no tag at all and it is strong (`modified_long_ago`, as
 * struct fetch_response has it); else "".
 */
const char *fetch_judge_condition(const struct fetch_validators *validators,
				  bool modified_long_ago);

/*
 * Whether a part that came with `now` may be put behind bytes that came with `before`: the strong
 * validator that fetch_judge_condition names is there again (RFC 9110, section 15.3.7.3).
 */
bool fetch_judge_fits(const struct fetch_validators *before, bool modified_long_ago,
		      const struct fetch_validators *now);

/*
 * Judges a response that is no redirect. Returns whether its body brings all bytes of the image
 * from `from` on at least, in the clear, and nothing tells of another state than before: no other
 * length, entity tag, Last-Modified or SHA-256 where both responses name one. Else *why is
 * UXM_IMAGE_REFUSED (the image is empty or larger than `largest`) or UXM_FETCH_FAILED. *body is set
 * only with true.
 */
bool fetch_judge(const struct fetch_wanted *wanted, const struct fetch_response *response,
		 struct fetch_body *body, struct uxm_failure *why);

#endif
