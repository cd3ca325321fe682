/* Whether a response brings the image that was asked for. */
#include "fetch/judge.h"

#include <inttypes.h>
#include <string.h>

#include "fetch/sentence.h"

static bool judge_size(const struct fetch_wanted *wanted, uint64_t size, struct uxm_failure *why)
{
	if (wanted->size != 0 && size != wanted->size) {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "%s has changed on the server while it was fetched: it had %" PRIu64
			 " bytes and has %" PRIu64 " now; start again.",
			 wanted->shown, wanted->size, size);
		return false;
	}
	if (size == 0) {
		uxm_fail(why, UXM_IMAGE_REFUSED, "%s is empty.", wanted->shown);
		return false;
	}
	if (wanted->largest != 0 && size > wanted->largest) {
		uxm_fail(why, UXM_IMAGE_REFUSED,
			 "%s is too large: it has %" PRIu64 " bytes, and at most %" PRIu64
			 " are taken.",
			 wanted->shown, size, wanted->largest);
		return false;
	}
	return true;
}

/* 200: the whole, also where a part was asked for (section 14.2: a server may ignore Range). */
static bool judge_whole(const struct fetch_wanted *wanted, const struct fetch_response *response,
			struct fetch_body *body, struct uxm_failure *why)
{
	if (response->bad_length) {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server names a length for %s that cannot be understood.",
			 wanted->shown);
		return false;
	}
	/* Where both are there, the Transfer-Encoding counts (RFC 9112, section 6.3). */
	if (!response->has_length || response->coded) {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server does not say how long %s is%s; it has to send Content-Length.",
			 wanted->shown, response->coded ? " (it sends it in chunks)" : "");
		return false;
	}
	if (!judge_size(wanted, response->length, why))
		return false;
	*body = (struct fetch_body){.size = response->length, .first = 0};
	return true;
}

/* 206: a part, which has to be the one that was asked for, to the end (section 15.3.7). */
static bool judge_part(const struct fetch_wanted *wanted, const struct fetch_response *response,
		       struct fetch_body *body, struct uxm_failure *why)
{
	if (!response->has_range || !response->has_complete) {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server sends a part of %s without saying which (Content-Range).",
			 wanted->shown);
		return false;
	}
	if (!judge_size(wanted, response->complete, why))
		return false;
	if (response->first != wanted->from || response->last != response->complete - 1) {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server sends another part of %s than was asked for: bytes %" PRIu64
			 " to %" PRIu64 " instead of %" PRIu64 " to %" PRIu64 ".",
			 wanted->shown, response->first, response->last, wanted->from,
			 response->complete - 1);
		return false;
	}
	if (response->bad_length || (response->has_length && !response->coded &&
				     response->length != response->last - response->first + 1)) {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server names two different lengths for a part of %s.", wanted->shown);
		return false;
	}
	*body = (struct fetch_body){.size = response->complete, .first = response->first};
	return true;
}

/* A text that one of the two does not name tells nothing. */
static bool differs(const char *before, const char *now)
{
	return before[0] != '\0' && now[0] != '\0' && strcmp(before, now) != 0;
}

/* Whether it may be the state that was fetched before. */
static bool judge_state(const struct fetch_wanted *wanted, const struct fetch_response *response,
			struct uxm_failure *why)
{
	uint8_t digest[FETCH_DIGEST_SIZE];
	const char *what = NULL;
	/* The digest of a part's content is of no use. */
	static const struct fetch_digest none;
	bool names_digest =
		fetch_digest_said(&response->representation,
				  response->status == 200 ? &response->content : &none, digest);

	if (wanted->validators != NULL &&
	    differs(wanted->validators->etag, response->validators.etag))
		what = "ETag";
	else if (wanted->validators != NULL &&
		 differs(wanted->validators->modified, response->validators.modified))
		what = "Last-Modified";
	else if (wanted->digest != NULL && names_digest &&
		 memcmp(wanted->digest, digest, sizeof(digest)) != 0)
		what = "SHA-256";
	if (what == NULL)
		return true;
	fetch_sentence_changed(why, wanted->shown, what);
	return false;
}

const char *fetch_judge_condition(const struct fetch_validators *validators, bool modified_long_ago)
{
	if (validators->etag[0] == '"')
		return validators->etag;
	return validators->etag[0] == '\0' && modified_long_ago ? validators->modified : "";
}

bool fetch_judge_fits(const struct fetch_validators *before, bool modified_long_ago,
		      const struct fetch_validators *now)
{
	const char *condition = fetch_judge_condition(before, modified_long_ago);

	return condition[0] != '\0' &&
	       strcmp(condition, condition[0] == '"' ? now->etag : now->modified) == 0;
}

bool fetch_judge(const struct fetch_wanted *wanted, const struct fetch_response *response,
		 struct fetch_body *body, struct uxm_failure *why)
{
	bool part = wanted->from != 0 && response->status == 206;
	struct fetch_body judged;

	/* 416: nothing is left from there on (section 15.5.17); its Content-Range says why. */
	if (wanted->from != 0 && response->status == 416 && response->has_complete &&
	    response->complete != wanted->size)
		return judge_size(wanted, response->complete, why);
	/* Not the answer to If-Range, but some servers' (section 15.5.13). */
	if (wanted->from != 0 && response->status == 412) {
		fetch_sentence_changed(why, wanted->shown, NULL);
		return false;
	}
	if (response->status != 200 && !part) {
		fetch_sentence_status(why, wanted->shown, response);
		return false;
	}
	if (response->encoding[0] != '\0') {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server sends %s encoded (%s), which was not asked for.",
			 wanted->shown, response->encoding);
		return false;
	}
	if (!(part ? judge_part(wanted, response, &judged, why)
		   : judge_whole(wanted, response, &judged, why)) ||
	    !judge_state(wanted, response, why))
		return false;
	*body = judged;
	return true;
}
