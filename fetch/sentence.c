/* The sentences of failed transfers. */
#include "fetch/sentence.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fetch/attempts.h"

/* Sentences with one %s, the URL; NULL where the library's own words are needed. */
static const char *sentence_of(enum fetch_end end)
{
	switch (end) {
	case FETCH_NO_HOST:
		return "The name of the server in %s was not found; check the URL and the "
		       "network's name server.";
	case FETCH_NO_PROXY:
		return "The name of the proxy for %s was not found; check the proxy setting.";
	case FETCH_CONNECTION_REFUSED:
		return "The connection for %s was refused; check the port, and whether the "
		       "server runs.";
	case FETCH_UNREACHABLE:
		return "There is no route to the server of %s; check the network.";
	case FETCH_RESET:
		return "The server of %s reset the connection before it answered.";
	case FETCH_NO_ANSWER:
		return "The server of %s closed the connection without an answer.";
	case FETCH_CERTIFICATE_EXPIRED:
		return "The certificate of the server of %s has expired; if it has not, the clock "
		       "here is wrong.";
	case FETCH_CERTIFICATE_EARLY:
		return "The certificate of the server of %s is not valid yet; if it is, the clock "
		       "here is wrong.";
	case FETCH_CERTIFICATE_NAME:
		return "The certificate of the server of %s is for another name; check the host in "
		       "the URL.";
	case FETCH_CERTIFICATE_UNKNOWN:
		return "The certificate of the server of %s was not signed by a trusted authority; "
		       "if it is the right server, add its authority.";
	case FETCH_CERTIFICATE_PIN:
		return "The certificate of the server of %s has another public key than the one "
		       "that is pinned; if the server has a new one, pin that.";
	case FETCH_MISSING:
		return "The server has no %s; check the URL.";
	case FETCH_RUNNING:
	case FETCH_COMPLETE:
	case FETCH_STOPPED:
	case FETCH_PROXY_AWAY:
	case FETCH_PROXY_TLS:
	case FETCH_CONNECT_TIMEOUT:
	case FETCH_HEADERS_TOO_LARGE:
	case FETCH_AUTHORITIES:
	case FETCH_OWN_CERTIFICATE:
	case FETCH_TLS:
	case FETCH_NO_LOGIN:
	case FETCH_FTP:
	case FETCH_FTP_LATER:
	case FETCH_NO_MEMORY:
	case FETCH_OTHER:
		break;
	}
	return NULL;
}

static const char *detail_of(const struct fetch_outcome *outcome)
{
	return outcome->detail[0] != '\0' ? outcome->detail : "no reason is known";
}

static void say_end(struct uxm_failure *why, const char *shown, const struct fetch_outcome *outcome)
{
	const char *sentence = sentence_of(outcome->end);

	if (sentence != NULL) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		uxm_fail(why, UXM_FETCH_FAILED, sentence, shown);
#pragma GCC diagnostic pop
		return;
	}
	switch (outcome->end) {
	case FETCH_PROXY_AWAY:
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The proxy for %s cannot be reached (%s); check the proxy setting, and "
			 "whether the proxy runs.",
			 shown, detail_of(outcome));
		break;
	case FETCH_PROXY_TLS:
		uxm_fail(why, UXM_FETCH_FAILED,
			 "No secure connection to the proxy for %s could be made: %s; check the "
			 "proxy setting and the trusted authorities.",
			 shown, detail_of(outcome));
		break;
	case FETCH_CONNECT_TIMEOUT:
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server of %s could not be reached in time: %s.", shown,
			 detail_of(outcome));
		break;
	case FETCH_HEADERS_TOO_LARGE:
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server of %s sends more than %u bytes of headers.", shown,
			 FETCH_HEADERS);
		break;
	case FETCH_COMPLETE:
		uxm_fail(why, UXM_FETCH_FAILED, "%s is truncated: nothing more of it came (%s).",
			 shown, detail_of(outcome));
		break;
	case FETCH_AUTHORITIES:
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The trusted authorities for %s cannot be read: %s.", shown,
			 detail_of(outcome));
		break;
	case FETCH_OWN_CERTIFICATE:
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The client's certificate or key for %s cannot be used: %s.", shown,
			 detail_of(outcome));
		break;
	case FETCH_NO_LOGIN:
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server does not permit %s (%s); check user and password.", shown,
			 detail_of(outcome));
		break;
	case FETCH_FTP:
		uxm_fail(why, UXM_FETCH_FAILED, "The server refuses %s: %s.", shown,
			 detail_of(outcome));
		break;
	case FETCH_FTP_LATER:
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server failed to send %s: %s; try again later.", shown,
			 detail_of(outcome));
		break;
	case FETCH_TLS:
		uxm_fail(why, UXM_FETCH_FAILED,
			 "No secure connection to the server of %s could be made: %s.", shown,
			 detail_of(outcome));
		break;
	case FETCH_NO_MEMORY:
		uxm_fail(why, UXM_INTERNAL, "There is no memory to fetch %s.", shown);
		break;
	default:
		uxm_fail(why, UXM_FETCH_FAILED, "Fetching %s failed: %s.", shown,
			 detail_of(outcome));
		break;
	}
}

void fetch_sentence_end(struct uxm_failure *why, const char *shown,
			const struct fetch_outcome *outcome)
{
	say_end(why, shown, outcome);
	why->lasting = outcome->end == FETCH_MISSING || outcome->end == FETCH_NO_LOGIN;
}

void fetch_sentence_broken(struct uxm_failure *why, const char *shown,
			   const struct fetch_outcome *outcome, uint64_t came, uint64_t size)
{
	switch (outcome->end) {
	case FETCH_COMPLETE:
		uxm_fail(why, UXM_FETCH_FAILED,
			 "%s is truncated: the server announced %" PRIu64 " bytes and ended after "
			 "%" PRIu64 ".",
			 shown, size, came);
		break;
	case FETCH_RESET:
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The connection was reset after %" PRIu64 " of %" PRIu64 " bytes of %s.",
			 came, size, shown);
		break;
	case FETCH_NO_MEMORY:
		uxm_fail(why, UXM_INTERNAL, "There is no memory to go on fetching %s.", shown);
		break;
	default:
		uxm_fail(why, UXM_FETCH_FAILED,
			 "Fetching %s broke off after %" PRIu64 " of %" PRIu64 " bytes: %s.", shown,
			 came, size, detail_of(outcome));
		break;
	}
}

/* A proxy refused: for itself, or to make the connection to the server. */
static void say_proxy(struct uxm_failure *why, const char *shown,
		      const struct fetch_response *response)
{
	if (response->status == 407)
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The proxy does not permit %s (407 Proxy Authentication Required); check "
			 "user and password in the proxy setting.",
			 shown);
	else
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The proxy made no connection to the server of %s (%u); check the URL and "
			 "the proxy.",
			 shown, response->status);
}

static void say_status(struct uxm_failure *why, const char *shown,
		       const struct fetch_response *response)
{
	const char *blank = response->phrase[0] != '\0' ? " " : "";
	const char *phrase = response->phrase;
	unsigned status = response->status;

	if (status == 407 || strcmp(phrase, FETCH_OF_PROXY) == 0) {
		say_proxy(why, shown, response);
	} else if (status == 404) {
		uxm_fail(why, UXM_FETCH_FAILED, "The server has no %s (404%s%s); check the URL.",
			 shown, blank, phrase);
	} else if (status == 401 || status == 403) {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server does not permit %s (%u%s%s); check user and password.", shown,
			 status, blank, phrase);
	} else if (status >= 400 && status < 500) {
		uxm_fail(why, UXM_FETCH_FAILED, "The server refuses %s (%u%s%s).", shown, status,
			 blank, phrase);
	} else if (status >= 500 && status < 600) {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server failed to send %s (%u%s%s); try again later.", shown, status,
			 blank, phrase);
	} else {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server answered for %s with status %u%s%s, which brings no image.",
			 shown, status, blank, phrase);
	}
}

/* A proxy's refusal says nothing of the server. */
static bool is_lasting(const struct fetch_response *response)
{
	return response->status >= 400 && response->status < 500 && response->status != 407 &&
	       !fetch_attempts_status_passes(response->status) &&
	       strcmp(response->phrase, FETCH_OF_PROXY) != 0;
}

void fetch_sentence_status(struct uxm_failure *why, const char *shown,
			   const struct fetch_response *response)
{
	say_status(why, shown, response);
	why->lasting = is_lasting(response);
}

void fetch_sentence_changed(struct uxm_failure *why, const char *shown, const char *what)
{
	uxm_fail(why, UXM_FETCH_FAILED,
		 "%s has changed on the server while it was fetched%s%s%s; start again.", shown,
		 what != NULL ? ": its " : "", what != NULL ? what : "",
		 what != NULL ? " is another one now" : "");
}

void fetch_sentence_other_bytes(struct uxm_failure *why, const char *shown)
{
	uxm_fail(why, UXM_FETCH_FAILED,
		 "%s has changed on the server while it was fetched: the bytes that it sends once "
		 "more are not those that it sent before; start again.",
		 shown);
}

void fetch_sentence_longer(struct uxm_failure *why, const char *shown, uint64_t size)
{
	uxm_fail(why, UXM_FETCH_FAILED,
		 "%s is longer than the %" PRIu64 " bytes that the server announced.", shown, size);
}

void fetch_sentence_quiet(struct uxm_failure *why, const char *shown, uint64_t quiet, uint64_t came,
			  uint64_t size)
{
	char seconds[FETCH_SECONDS_TEXT];

	fetch_sentence_seconds(quiet, seconds);
	if (size == 0)
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server of %s did not answer within %s s; check it, or try again "
			 "later.",
			 shown, seconds);
	else
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server stalled: after %" PRIu64 " of %" PRIu64
			 " bytes of %s nothing more came within %s s.",
			 came, size, shown, seconds);
}

const char *fetch_sentence_pause(uint32_t seconds, char shown[FETCH_PAUSE_TEXT])
{
	if (seconds >= FETCH_RETRY_AFTER_MOST)
		snprintf(shown, FETCH_PAUSE_TEXT, "a day or longer");
	else
		snprintf(shown, FETCH_PAUSE_TEXT, "%" PRIu32 " s", seconds);
	return shown;
}

void fetch_sentence_later(struct uxm_failure *why, const char *shown,
			  const struct fetch_response *response, uint32_t most)
{
	char pause[FETCH_PAUSE_TEXT];
	char waited[64] = "";

	if (most > 0)
		snprintf(waited, sizeof(waited), ", and at most %" PRIu32 " s are waited",
			 most / 1000);
	uxm_fail(why, UXM_FETCH_FAILED,
		 "The server of %s asks to wait %s (%u%s%s)%s; try again after that time.", shown,
		 fetch_sentence_pause(response->retry_after, pause), response->status,
		 response->phrase[0] != '\0' ? " " : "", response->phrase, waited);
}

void fetch_sentence_tried(struct uxm_failure *why, unsigned attempts)
{
	size_t length = strlen(why->text);

	if (attempts > 1)
		snprintf(why->text + length, sizeof(why->text) - length, " Tried %u times.",
			 attempts);
}

const char *fetch_sentence_seconds(uint64_t milliseconds, char text[FETCH_SECONDS_TEXT])
{
	uint64_t tenths = (milliseconds + 50) / 100;

	/* Nobody asks for the tenths of a long time. */
	if (tenths % 10 == 0 || tenths >= 100)
		snprintf(text, FETCH_SECONDS_TEXT, "%" PRIu64, (tenths + 5) / 10);
	else
		snprintf(text, FETCH_SECONDS_TEXT, "%" PRIu64 ".%" PRIu64, tenths / 10,
			 tenths % 10);
	return text;
}

void fetch_sentence_hop(struct uxm_failure *why, const char *shown, enum fetch_hop hop,
			const char *scheme)
{
	switch (hop) {
	case FETCH_HOP_SCHEME:
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server redirects %s to %s:, which is not followed; only http and "
			 "https "
			 "are.",
			 shown, scheme);
		break;
	case FETCH_HOP_INSECURE:
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server redirects %s from https to http, which is not followed: the "
			 "image would come unprotected.",
			 shown);
		break;
	case FETCH_HOP_NO_MEMORY:
		uxm_fail(why, UXM_INTERNAL, "There is no memory to follow the redirect of %s.",
			 shown);
		break;
	case FETCH_HOP_OK:
	case FETCH_HOP_BAD:
		uxm_fail(why, UXM_FETCH_FAILED,
			 "The server redirects %s to something that is no URL.", shown);
		break;
	}
}
