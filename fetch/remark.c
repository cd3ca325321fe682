/* Remarks: what went wrong is said without advice, for nobody needs to do anything yet. */
#include "fetch/remark.h"

#include <inttypes.h>

#include "fetch/sentence.h"

static void say_status(struct uxm_failure *remark, const char *shown,
		       const struct fetch_response *response, const char *seconds)
{
	const char *blank = response->phrase[0] != '\0' ? " " : "";

	if (response->has_retry_after && response->retry_after > 0)
		uxm_fail(remark, UXM_FETCH_FAILED,
			 "The server of %s asks to wait %" PRIu32
			 " s (%u%s%s); trying again in %s s.",
			 shown, response->retry_after, response->status, blank, response->phrase,
			 seconds);
	else
		uxm_fail(remark, UXM_FETCH_FAILED,
			 "The server of %s answered with %u%s%s; trying again in %s s.", shown,
			 response->status, blank, response->phrase, seconds);
}

/* Before the response. Sentences with the URL and the seconds. */
static const char *sentence_of(enum fetch_end end)
{
	switch (end) {
	case FETCH_NO_HOST:
	case FETCH_NO_PROXY:
	case FETCH_PROXY_AWAY:
	case FETCH_PROXY_TLS:
	case FETCH_CONNECTION_REFUSED:
	case FETCH_UNREACHABLE:
	case FETCH_CONNECT_TIMEOUT:
	case FETCH_TLS:
		return "The server of %s cannot be reached; trying again in %s s.";
	case FETCH_FTP_LATER:
		return "The server of %s cannot send now; trying again in %s s.";
	default:
		return "The server of %s ended the connection without an answer; trying again in "
		       "%s s.";
	}
}

void fetch_remark_break(struct uxm_failure *remark, const char *shown,
			const struct fetch_broken *broken, uint64_t pause)
{
	char text[FETCH_SECONDS_TEXT];
	const char *seconds = fetch_sentence_seconds(pause, text);

	if (broken->what == FETCH_BREAK_STATUS) {
		say_status(remark, shown, broken->response, seconds);
	} else if (broken->what == FETCH_BREAK_SLOW) {
		uxm_fail(remark, UXM_FETCH_FAILED,
			 "The server of %s begins from its first byte, too slowly; trying again in "
			 "%s s.",
			 shown, seconds);
	} else if (broken->what == FETCH_BREAK_QUIET && broken->size == 0) {
		uxm_fail(remark, UXM_FETCH_FAILED,
			 "The server of %s sends nothing; trying again in %s s.", shown, seconds);
	} else if (broken->what == FETCH_BREAK_QUIET) {
		uxm_fail(remark, UXM_FETCH_FAILED,
			 "The server of %s sends nothing more after %" PRIu64 " of %" PRIu64
			 " bytes; trying again in %s s.",
			 shown, broken->came, broken->size, seconds);
	} else if (broken->size != 0) {
		uxm_fail(remark, UXM_FETCH_FAILED,
			 "The connection to the server of %s broke after %" PRIu64 " of %" PRIu64
			 " bytes; trying again in %s s.",
			 shown, broken->came, broken->size, seconds);
	} else {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		uxm_fail(remark, UXM_FETCH_FAILED, sentence_of(broken->end), shown, seconds);
#pragma GCC diagnostic pop
	}
}

void fetch_remark_digest(struct uxm_failure *remark, const char *shown)
{
	uxm_fail(remark, UXM_FETCH_FAILED,
		 "The server names no usable SHA-256 of %s: what it says in Repr-Digest or "
		 "Content-Digest is malformed or contradicts itself.",
		 shown);
}
