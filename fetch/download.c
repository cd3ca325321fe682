/*
 * One image over several requests. From top to bottom: asking and asking again, the deadlines, and
 * the calls from above. What an answer is taken for stands in receive.c.
 */
#include "fetch/download.h"

#include "fetch/judge.h"
#include "fetch/patience.h"
#include "fetch/receive.h"
#include "fetch/remark.h"
#include "fetch/sentence.h"
#include "fetch/url.h"

static uint64_t now(const struct fetch_download *download)
{
	return download->clock.ops->now(download->clock.self);
}

/*
 * The condition under which the rest alone is asked for; NULL where it must not be: nothing tells a
 * part of another state, and nobody would notice at the end. Then the whole is asked for once more,
 * and compared. "": no condition is needed.
 */
static const char *part_condition(const struct fetch_download *download)
{
	const char *condition =
		fetch_judge_condition(&download->validators, download->modified_long_ago);

	if (download->came == 0 || download->whole_only)
		return NULL;
	return condition[0] != '\0' || fetch_receive_is_guarded(download) ? condition : NULL;
}

/* Asks for what has not come. */
static void ask(struct fetch_download *download)
{
	struct fetch_receiver receiver = fetch_receive(download);
	struct fetch_request request = {
		.url = download->hops.current,
		.if_range = "",
	};
	const char *condition = part_condition(download);
	struct fetch_outcome outcome = {.detail = ""};

	fetch_hops_who(&download->hops, &request);
	if (condition != NULL) {
		request.from = download->came;
		request.if_range = condition;
	}
	download->from = request.from;
	download->next = FETCH_NEXT_NOTHING;
	download->connected = false;
	download->full = false;
	download->heard = false;
	download->phase = FETCH_PHASE_HEADERS;
	outcome.end = download->transfer.ops->start(download->transfer.self, &request, &receiver);
	if (outcome.end != FETCH_RUNNING) {
		char shown[FETCH_SHOWN_TEXT];

		fetch_sentence_end(&download->failure,
				   fetch_url_shown(download->hops.current, shown), &outcome);
		download->phase = FETCH_PHASE_FAILED;
	}
}

/* After `broken`, of which `failure` speaks already: a pause before another attempt, or the end. */
static void try_again(struct fetch_download *download, struct fetch_broken *broken)
{
	const struct fetch_response *response = broken->response;
	uint32_t retry_after =
		response != NULL && response->has_retry_after ? response->retry_after : 0;
	char shown[FETCH_SHOWN_TEXT];
	uint64_t pause;

	fetch_url_shown(download->hops.current, shown);
	if (!fetch_attempts_waits(&download->attempts, retry_after)) {
		fetch_sentence_later(&download->failure, shown, response,
				     download->deadlines.retry_after_most);
		download->phase = FETCH_PHASE_FAILED;
		return;
	}
	if (!fetch_attempts_again(&download->attempts, retry_after, &pause)) {
		fetch_sentence_tried(&download->failure, download->attempts.made + 1);
		download->phase = FETCH_PHASE_FAILED;
		return;
	}
	broken->came = download->came;
	broken->size = download->phase == FETCH_PHASE_BODY ? download->size : 0;
	fetch_remark_break(&download->remark, shown, broken, pause);
	download->has_remark = true;
	download->resume_at = now(download) + pause;
	download->phase = FETCH_PHASE_PAUSE;
}

/* The transfer has ended by itself, somewhere before its end. */
static void broke(struct fetch_download *download, const struct fetch_outcome *outcome)
{
	struct fetch_broken broken = {.what = FETCH_BREAK_END, .end = outcome->end};
	char shown[FETCH_SHOWN_TEXT];

	fetch_url_shown(download->hops.current, shown);
	if (download->phase == FETCH_PHASE_BODY)
		fetch_sentence_broken(&download->failure, shown, outcome, download->at,
				      download->size);
	else
		fetch_sentence_end(&download->failure, shown, outcome);
	if (fetch_attempts_end_passes(&download->attempts, outcome->end))
		try_again(download, &broken);
	else
		download->phase = FETCH_PHASE_FAILED;
}

/* The transfer has ended. */
static void settle(struct fetch_download *download, const struct fetch_outcome *outcome)
{
	struct fetch_broken refused = {.what = FETCH_BREAK_STATUS, .response = &download->refusal};
	char shown[FETCH_SHOWN_TEXT];

	if (download->next == FETCH_NEXT_ASK) {
		ask(download);
	} else if (download->next == FETCH_NEXT_AGAIN) {
		fetch_sentence_status(&download->failure,
				      fetch_url_shown(download->hops.current, shown),
				      &download->refusal);
		try_again(download, &refused);
	} else if (download->phase == FETCH_PHASE_BODY && download->at == download->size) {
		/* After the last byte nothing that befalls the connection matters any more. */
		download->phase = FETCH_PHASE_COMPLETE;
	} else if (download->phase != FETCH_PHASE_FAILED) {
		broke(download, outcome);
	}
}

/* Whether the server has to send now: it is connected, and there is room. */
static bool server_owes(const struct fetch_download *download)
{
	return (download->phase == FETCH_PHASE_HEADERS || download->phase == FETCH_PHASE_BODY) &&
	       download->connected && !download->full;
}

/* How long nothing at all may come: a server that has begun to send does not fall silent for long,
 * one that makes up its mind first may take all its time. */
static uint64_t quiet_most(const struct fetch_download *download)
{
	return download->phase == FETCH_PHASE_BODY ? fetch_quiet(&download->deadlines)
						   : download->deadlines.network;
}

/* Ends a transfer that brings nothing, or brings what is known too slowly for anybody who waits for
 * what is not. Returns whether it did. */
static bool check_deadlines(struct fetch_download *download)
{
	struct fetch_broken broken = {.what = FETCH_BREAK_QUIET};
	char shown[FETCH_SHOWN_TEXT];
	uint64_t time = now(download);
	uint64_t size = download->phase == FETCH_PHASE_BODY ? download->size : 0;
	uint64_t most = quiet_most(download);

	if (download->heard)
		download->quiet_since = time;
	download->heard = false;
	if (!server_owes(download))
		return false;
	if (fetch_receive_compares(download) &&
	    download->at - download->slow_at >= download->deadlines.network_bytes) {
		download->slow_at = download->at;
		download->slow_since = time;
	}
	if (fetch_receive_compares(download) &&
	    time - download->slow_since >= download->deadlines.network) {
		broken.what = FETCH_BREAK_SLOW;
		most = download->deadlines.network;
	} else if (time - download->quiet_since < most) {
		return false;
	}
	download->transfer.ops->stop(download->transfer.self);
	/* All that was announced is there; only that there is no more was not said. */
	if (download->phase == FETCH_PHASE_BODY && download->at == download->size) {
		download->phase = FETCH_PHASE_COMPLETE;
		return true;
	}
	fetch_sentence_quiet(&download->failure, fetch_url_shown(download->hops.current, shown),
			     most, download->at, size);
	try_again(download, &broken);
	return true;
}

bool fetch_download_pump(struct fetch_download *download)
{
	struct fetch_outcome outcome = {.end = FETCH_RUNNING};
	uint64_t before = download->came;
	enum fetch_phase phase = download->phase;
	bool owed = fetch_download_owes(download);

	if (phase == FETCH_PHASE_PAUSE && now(download) >= download->resume_at) {
		/* Where a redirect led to may be good for one request only. */
		fetch_hops_restart(&download->hops);
		ask(download);
		return true;
	}
	if (phase != FETCH_PHASE_HEADERS && phase != FETCH_PHASE_BODY)
		return false;
	/* A held transfer may hold a block's worth of smaller pieces: let it go on only when all
	 * of them find room, or it would copy the rest once more each time. */
	if (download->full && fetch_ring_room(&download->ring) < FETCH_BLOCK)
		return false;
	/* What it holds it offers at once, and the server has all its time again. */
	download->full = false;
	if (download->transfer.ops->perform(download->transfer.self, &outcome) != FETCH_RUNNING) {
		settle(download, &outcome);
		return true;
	}
	/* Who waits counts from then on that the server has to send. */
	return check_deadlines(download) || download->came != before || download->phase != phase ||
	       fetch_download_owes(download) != owed;
}

uint64_t fetch_download_due(const struct fetch_download *download)
{
	uint64_t due;

	if (download->phase == FETCH_PHASE_PAUSE)
		return download->resume_at;
	if (!server_owes(download))
		return UINT64_MAX;
	due = download->quiet_since + quiet_most(download);
	if (fetch_receive_compares(download) &&
	    download->slow_since + download->deadlines.network < due)
		due = download->slow_since + download->deadlines.network;
	return due;
}

bool fetch_download_owes(const struct fetch_download *download)
{
	switch (download->phase) {
	case FETCH_PHASE_PAUSE:
	case FETCH_PHASE_HEADERS:
		/* Both end by themselves; counted above, they would end the last attempt. */
		return false;
	case FETCH_PHASE_BODY:
		/* It sends, and is measured here, but nobody above sees a byte of it. */
		return !fetch_receive_compares(download);
	case FETCH_PHASE_IDLE:
	case FETCH_PHASE_COMPLETE:
	case FETCH_PHASE_FAILED:
		break;
	}
	return true;
}

size_t fetch_download_read(struct fetch_download *download, uint8_t *buffer, size_t room)
{
	size_t taken = 0;

	/* The ring is what is compared with. */
	if (!fetch_receive_compares(download))
		taken = fetch_ring_take(&download->ring, buffer, room);
	if (taken == room)
		return taken;
	/* What comes now is spared the way through the ring. */
	download->reader = buffer + taken;
	download->reader_room = room - taken;
	fetch_download_pump(download);
	taken = room - download->reader_room;
	download->reader_room = 0;
	/* Unless bytes were compared, and the ring is free only now. */
	if (taken == 0 && !fetch_receive_compares(download))
		taken = fetch_ring_take(&download->ring, buffer, room);
	return taken;
}

/* Asks from `offset` on, with an empty ring. */
static void begin(struct fetch_download *download, uint64_t offset)
{
	download->transfer.ops->stop(download->transfer.self);
	fetch_ring_clear(&download->ring);
	fetch_hops_restart(&download->hops);
	download->came = offset;
	ask(download);
}

void fetch_download_start(struct fetch_download *download)
{
	uint64_t seed = download->attempts.random;

	fetch_attempts_init(&download->attempts, &download->deadlines, seed);
	download->size = 0;
	download->seen = 0;
	download->validators = (struct fetch_validators){.etag = ""};
	download->modified_long_ago = false;
	download->whole_only = false;
	download->has_digest = false;
	download->has_remark = false;
	download->has_digest_remark = false;
	begin(download, 0);
}

void fetch_download_seek(struct fetch_download *download, uint64_t offset)
{
	if (download->phase == FETCH_PHASE_FAILED)
		fetch_attempts_anew(&download->attempts);
	if (offset < download->size) {
		begin(download, offset);
		return;
	}
	/* Nothing is asked for that could come out better: a file that is too long stays so. */
	if (download->phase == FETCH_PHASE_FAILED)
		return;
	download->transfer.ops->stop(download->transfer.self);
	fetch_ring_clear(&download->ring);
	download->came = offset;
	download->phase = FETCH_PHASE_COMPLETE;
}
