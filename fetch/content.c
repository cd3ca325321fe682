/* What a response's body brings of a small file. */
#include "fetch/content.h"

#include <inttypes.h>

#include "fetch/sentence.h"

bool fetch_content_judge(struct fetch_content *content, const struct fetch_response *response,
			 const char *shown, struct uxm_failure *why)
{
	/* Where both are there, the Transfer-Encoding counts (RFC 9112, section 6.3). */
	content->has_length = response->has_length && !response->coded;
	content->length = 0;
	content->too_large = content->has_length && response->length > content->largest;
	if (response->encoding[0] != '\0') {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server sends %s encoded (%s), which was not asked for.", shown,
			 response->encoding);
		return false;
	}
	if (response->bad_length) {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server names a length for %s that cannot be understood.", shown);
		return false;
	}
	if (content->too_large) {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "%s is too large: it has %" PRIu64 " bytes, and at most %zu are taken.",
			 shown, response->length, content->largest);
		return false;
	}
	if (content->has_length)
		content->length = (size_t)response->length;
	return true;
}

size_t fetch_content_limit(const struct fetch_content *content)
{
	return content->has_length ? content->length : content->largest;
}

void fetch_content_exceeded(struct fetch_content *content, const char *shown,
			    struct uxm_failure *why)
{
	if (content->has_length) {
		fetch_sentence_longer(why, shown, content->length);
		return;
	}
	content->too_large = true;
	uxm_fail(why, UXM_FETCH_FAILED,
		 "%s is too large: at most %zu bytes are taken, and more have come.", shown,
		 content->largest);
}

void fetch_content_broken(const struct fetch_content *content, size_t came, const char *shown,
			  const struct fetch_outcome *outcome, struct uxm_failure *why)
{
	if (content->has_length) {
		fetch_sentence_broken(why, shown, outcome, came, content->length);
		return;
	}
	uxm_fail(why, outcome->end == FETCH_NO_MEMORY ? UXM_INTERNAL : UXM_FETCH_FAILED,
		 "Fetching %s broke off after %zu bytes: %s.", shown, came,
		 outcome->detail[0] != '\0' ? outcome->detail : "no reason is known");
}

void fetch_content_silent(const struct fetch_content *content, size_t came, const char *shown,
			  uint64_t quiet, struct uxm_failure *why)
{
	char seconds[FETCH_SECONDS_TEXT];

	if (content->has_length) {
		fetch_sentence_quiet(why, shown, quiet, came, content->length);
		return;
	}
	uxm_fail(why, UXM_FETCH_FAILED,
		 "The server stalled: after %zu bytes of %s nothing more came within %s s.", came,
		 shown, fetch_sentence_seconds(quiet, seconds));
}

void fetch_content_slow(const char *shown, const struct uxm_deadlines *deadlines,
			struct uxm_failure *why)
{
	char seconds[FETCH_SECONDS_TEXT];

	uxm_fail(why, UXM_FETCH_FAILED,
		 "The server stalled: less than %u KiB of %s came within %s s.",
		 deadlines->network_bytes / 1024, shown,
		 fetch_sentence_seconds(deadlines->network, seconds));
}
