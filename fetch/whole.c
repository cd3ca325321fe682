/* One small file as a whole: requests, what they bring, and how long they may take. */
#include "fetch/whole.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/attempts.h"
#include "fetch/bytes.h"
#include "fetch/content.h"
#include "fetch/hops.h"
#include "fetch/patience.h"
#include "fetch/sentence.h"

enum phase {
	PHASE_IDLE = 0,
	PHASE_PAUSE,   /* before another attempt, until `due` */
	PHASE_HEADERS, /* of the response are awaited */
	PHASE_BODY,    /* they were right, the body comes */
	PHASE_WRONG,   /* what came is not wanted; `failure` says why */
	PHASE_THERE,   /* the file is there, or known not to have changed */
	PHASE_FAILED,  /* `failure` says why */
};

struct fetch_whole {
	struct fetch_transfer transfer;
	struct uxm_clock clock;
	struct uxm_deadlines deadlines;
	struct fetch_attempts attempts;
	struct fetch_patience patience;
	struct fetch_hops hops;
	struct fetch_validators known;
	bool has_known;
	enum phase phase;
	/* The attempt. */
	bool follow;          /* the response was a redirect, to the hops' current URL */
	bool passes;          /* what is wrong may be right another time */
	uint32_t retry_after; /* seconds that the server asks to wait, 0 if it does not */
	struct fetch_content content;
	struct fetch_bytes bytes; /* of the body, as far as it has come */
	/* All attempts. */
	size_t most;  /* bytes that have come in one of them, at most */
	uint64_t due; /* the end of the pause */
	/* The file. */
	bool unchanged;
	struct fetch_validators validators;
	struct uxm_failure failure;
};

static uint64_t now(const struct fetch_whole *whole)
{
	return whole->clock.ops->now(whole->clock.self);
}

static const char *shown_of(const struct fetch_whole *whole, char shown[FETCH_SHOWN_TEXT])
{
	return fetch_url_shown(whole->hops.current, shown);
}

/* What comes is not wanted, and `failure` says why. */
static void wrong(struct fetch_whole *whole, bool passes)
{
	whole->phase = PHASE_WRONG;
	whole->passes = passes;
}

/* The known file is still the one; a server may name its state more precisely now. */
static void take_unchanged(struct fetch_whole *whole, const struct fetch_response *response)
{
	whole->unchanged = true;
	whole->phase = PHASE_THERE;
	whole->validators = whole->known;
	if (response->validators.etag[0] != '\0' || response->validators.modified[0] != '\0')
		whole->validators = response->validators;
}

/* A status that may pass is wrong for good where the server asks to be left alone too long. */
static void refuse_long_pause(struct fetch_whole *whole, const struct fetch_response *response,
			      const char *shown)
{
	whole->retry_after = response->has_retry_after ? response->retry_after : 0;
	if (!whole->passes || fetch_attempts_waits(&whole->attempts, whole->retry_after))
		return;
	fetch_sentence_later(&whole->failure, shown, response, whole->deadlines.retry_after_most);
	whole->passes = false;
}

static void judge(struct fetch_whole *whole, const struct fetch_response *response)
{
	char shown[FETCH_SHOWN_TEXT];

	shown_of(whole, shown);
	if (fetch_is_redirect(response->status)) {
		whole->follow = fetch_hops_follow(&whole->hops, response, &whole->failure);
		if (!whole->follow)
			wrong(whole, false);
	} else if (response->status == 304 && whole->has_known) {
		take_unchanged(whole, response);
	} else if (response->status != 200) {
		fetch_sentence_status(&whole->failure, shown, response);
		wrong(whole, fetch_attempts_status_passes(response->status));
		refuse_long_pause(whole, response, shown);
	} else if (!fetch_content_judge(&whole->content, response, shown, &whole->failure)) {
		wrong(whole, false);
	} else {
		/* With nothing to come there is nothing to wait for. */
		whole->phase = whole->content.has_length && whole->content.length == 0 ? PHASE_THERE
										       : PHASE_BODY;
		whole->validators = response->validators;
	}
}

static void on_connected(void *self)
{
	struct fetch_whole *whole = self;

	fetch_patience_connected(&whole->patience, now(whole));
}

static void refuse_memory(struct fetch_whole *whole)
{
	char shown[FETCH_SHOWN_TEXT];

	uxm_fail(&whole->failure, UXM_INTERNAL, "There is no memory to fetch %s.",
		 shown_of(whole, shown));
	wrong(whole, false);
}

static bool on_response(void *self, const struct fetch_response *response, uint64_t *expected)
{
	struct fetch_whole *whole = self;
	const struct fetch_content *content = &whole->content;

	judge(whole, response);
	if (whole->phase != PHASE_BODY)
		return false;
	if (content->has_length && !fetch_bytes_reserve(&whole->bytes, content->length)) {
		refuse_memory(whole);
		return false;
	}
	*expected = content->has_length ? content->length : UINT64_MAX;
	return true;
}

static enum fetch_take on_body(void *self, const uint8_t *bytes, size_t length)
{
	struct fetch_whole *whole = self;
	size_t limit = fetch_content_limit(&whole->content);
	char shown[FETCH_SHOWN_TEXT];
	size_t fresh = 0;

	if (length > limit - whole->bytes.length) {
		fetch_content_exceeded(&whole->content, shown_of(whole, shown), &whole->failure);
		wrong(whole, false);
		return FETCH_ENOUGH;
	}
	if (!fetch_bytes_put(&whole->bytes, bytes, length, limit)) {
		refuse_memory(whole);
		return FETCH_ENOUGH;
	}
	if (whole->bytes.length > whole->most) {
		fresh = whole->bytes.length - whole->most;
		whole->most = whole->bytes.length;
	}
	fetch_attempts_came(&whole->attempts, fresh);
	fetch_patience_heard(&whole->patience, now(whole), fresh);
	return FETCH_TAKEN;
}

static const struct fetch_receiver_ops receiver_ops = {
	.connected = on_connected,
	.response = on_response,
	.body = on_body,
};

/* The attempt has failed, and `failure` says why. */
static void fail(struct fetch_whole *whole, bool passes)
{
	uint64_t pause;

	whole->transfer.ops->stop(whole->transfer.self);
	fetch_patience_rest(&whole->patience);
	if (passes && fetch_attempts_again(&whole->attempts, whole->retry_after, &pause)) {
		whole->due = now(whole) + pause;
		whole->phase = PHASE_PAUSE;
		return;
	}
	if (passes)
		fetch_sentence_tried(&whole->failure, whole->attempts.made + 1);
	/* The bytes of a file that is not there are of no use. */
	fetch_bytes_release(&whole->bytes);
	whole->phase = PHASE_FAILED;
}

/* Nothing of the attempt is wrong but how it ended. */
static void fail_by_end(struct fetch_whole *whole, const struct fetch_outcome *outcome)
{
	char shown[FETCH_SHOWN_TEXT];

	shown_of(whole, shown);
	if (whole->phase == PHASE_BODY) {
		fetch_content_broken(&whole->content, whole->bytes.length, shown, outcome,
				     &whole->failure);
	} else {
		fetch_sentence_end(&whole->failure, shown, outcome);
	}
	fail(whole, fetch_attempts_end_passes(&whole->attempts, outcome->end));
}

/* Asks for the hops' current URL. */
static void ask(struct fetch_whole *whole)
{
	struct fetch_receiver receiver = {.ops = &receiver_ops, .self = whole};
	struct fetch_request request = {
		.url = whole->hops.current,
		.if_range = "",
		.known = whole->has_known ? &whole->known : NULL,
	};
	struct fetch_outcome outcome = {.detail = ""};

	fetch_hops_who(&whole->hops, &request);
	whole->phase = PHASE_HEADERS;
	whole->follow = false;
	whole->retry_after = 0;
	whole->bytes.length = 0;
	fetch_patience_rest(&whole->patience);
	outcome.end = whole->transfer.ops->start(whole->transfer.self, &request, &receiver);
	if (outcome.end != FETCH_RUNNING)
		fail_by_end(whole, &outcome);
}

static void begin(struct fetch_whole *whole)
{
	fetch_hops_restart(&whole->hops);
	ask(whole);
}

/* Whether all that was announced has come. */
static bool is_whole(const struct fetch_whole *whole)
{
	return whole->phase == PHASE_BODY && whole->content.has_length &&
	       whole->bytes.length == whole->content.length;
}

/* The transfer has ended. */
static void settle(struct fetch_whole *whole, const struct fetch_outcome *outcome)
{
	fetch_patience_rest(&whole->patience);
	if (whole->follow) {
		ask(whole);
	} else if (whole->phase == PHASE_WRONG) {
		fail(whole, whole->passes);
	} else if (is_whole(whole) || (whole->phase == PHASE_BODY && !whole->content.has_length &&
				       outcome->end == FETCH_COMPLETE)) {
		/* After the last byte nothing that befalls the connection matters any more. */
		whole->phase = PHASE_THERE;
	} else if (whole->phase != PHASE_THERE) {
		fail_by_end(whole, outcome);
	}
}

/* Ends a transfer that takes too long. Returns whether it did. */
static bool watch(struct fetch_whole *whole)
{
	enum fetch_patience_end end = fetch_patience_look(&whole->patience, now(whole));
	uint64_t quiet = fetch_quiet(&whole->deadlines);
	char shown[FETCH_SHOWN_TEXT];

	if (end == FETCH_PATIENT)
		return false;
	if (is_whole(whole)) {
		/* Only that there is no more was not said. */
		whole->transfer.ops->stop(whole->transfer.self);
		fetch_patience_rest(&whole->patience);
		whole->phase = PHASE_THERE;
		return true;
	}
	shown_of(whole, shown);
	if (end == FETCH_STALLED) {
		fetch_content_slow(shown, &whole->deadlines, &whole->failure);
	} else if (whole->phase == PHASE_BODY) {
		fetch_content_silent(&whole->content, whole->bytes.length, shown, quiet,
				     &whole->failure);
	} else {
		fetch_sentence_quiet(&whole->failure, shown, quiet, 0, 0);
	}
	fail(whole, end == FETCH_QUIET);
	return true;
}

static bool perform(struct fetch_whole *whole)
{
	struct fetch_outcome outcome = {.end = FETCH_RUNNING};
	enum phase phase = whole->phase;
	size_t came = whole->bytes.length;

	if (whole->transfer.ops->perform(whole->transfer.self, &outcome) != FETCH_RUNNING) {
		settle(whole, &outcome);
		return true;
	}
	if (whole->phase != phase)
		fetch_patience_heard(&whole->patience, now(whole), 0);
	return watch(whole) || whole->phase != phase || whole->bytes.length != came;
}

bool fetch_whole_pump(struct fetch_whole *whole)
{
	switch (whole->phase) {
	case PHASE_PAUSE:
		if (now(whole) < whole->due)
			return false;
		begin(whole);
		return true;
	case PHASE_IDLE:
		begin(whole);
		return true;
	case PHASE_HEADERS:
	case PHASE_BODY:
	case PHASE_WRONG:
		return perform(whole);
	case PHASE_THERE:
	case PHASE_FAILED:
		break;
	}
	return false;
}

uint64_t fetch_whole_due(const struct fetch_whole *whole)
{
	return whole->phase == PHASE_PAUSE ? whole->due : fetch_patience_due(&whole->patience);
}

enum uxm_io fetch_whole_read(struct fetch_whole *whole, struct fetch_small_file *file,
			     struct uxm_failure *why)
{
	/* A pause or the transfer itself ends it. */
	while (fetch_whole_pump(whole))
		;
	if (whole->phase == PHASE_FAILED) {
		*why = whole->failure;
		return UXM_IO_FAILED;
	}
	if (whole->phase != PHASE_THERE)
		return UXM_IO_AGAIN;
	*file = (struct fetch_small_file){
		.unchanged = whole->unchanged,
		.bytes = fetch_bytes_text(&whole->bytes),
		.length = whole->bytes.length,
		.validators = whole->validators,
	};
	return UXM_IO_OK;
}

bool fetch_whole_too_large(const struct fetch_whole *whole)
{
	return whole->phase == PHASE_FAILED && whole->content.too_large;
}

uint32_t fetch_whole_retry_after(const struct fetch_whole *whole)
{
	return whole->phase == PHASE_FAILED ? whole->retry_after : 0;
}

/* Whether it names a state at all. */
static bool is_state(const struct fetch_validators *validators)
{
	return validators != NULL &&
	       (validators->etag[0] != '\0' || validators->modified[0] != '\0');
}

bool fetch_whole_new(const struct fetch_whole_options *options, struct fetch_whole **whole,
		     struct uxm_failure *why)
{
	struct fetch_whole *made;

	if (!fetch_url_check(options->url, why))
		return false;
	made = calloc(1, sizeof(*made));
	if (made == NULL) {
		uxm_fail(why, UXM_INTERNAL, "There is no memory to fetch a file.");
		return false;
	}
	made->transfer = options->transfer;
	made->clock = options->clock;
	made->deadlines = options->deadlines;
	made->content.largest = options->largest;
	fetch_hops_init(&made->hops, options->url, options->access);
	fetch_attempts_init(&made->attempts, &made->deadlines, options->seed);
	fetch_patience_init(&made->patience, &made->deadlines);
	made->has_known = is_state(options->known);
	if (made->has_known)
		made->known = *options->known;
	*whole = made;
	return true;
}

void fetch_whole_free(struct fetch_whole *whole)
{
	if (whole == NULL)
		return;
	whole->transfer.ops->stop(whole->transfer.self);
	fetch_bytes_release(&whole->bytes);
	/* It holds passwords. */
	explicit_bzero(&whole->hops, sizeof(whole->hops));
	free(whole);
}
