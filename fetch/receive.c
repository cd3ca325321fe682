/* Responses and bodies of one image. All of it comes from the network. */
#include "fetch/receive.h"

#include <string.h>

#include "fetch/judge.h"
#include "fetch/sentence.h"
#include "fetch/url.h"

bool fetch_receive_is_guarded(const struct fetch_download *download)
{
	const struct fetch_witness *witness = &download->witness;

	return witness->guards != NULL && witness->guards(witness->self);
}

bool fetch_receive_compares(const struct fetch_download *download)
{
	return download->phase == FETCH_PHASE_BODY && download->checked < download->came;
}

/* What is said first of the image stands; what a later response adds stands from then on. */
static void remember(struct fetch_download *download, const struct fetch_response *response)
{
	struct fetch_validators *known = &download->validators;

	if (download->size == 0) {
		/* The digest of a part's content is of no use. */
		download->has_digest = fetch_digest_said(&response->representation,
							 &response->content, download->digest);
		download->has_digest_remark =
			fetch_digest_unusable(&response->representation, &response->content);
	}
	if (known->etag[0] == '\0')
		memcpy(known->etag, response->validators.etag, sizeof(known->etag));
	if (known->modified[0] == '\0') {
		memcpy(known->modified, response->validators.modified, sizeof(known->modified));
		download->modified_long_ago = response->modified_long_ago;
	}
}

static bool judge(struct fetch_download *download, const struct fetch_response *response,
		  struct fetch_body *body)
{
	char shown[FETCH_SHOWN_TEXT];
	struct fetch_wanted wanted = {
		.shown = fetch_url_shown(download->hops.current, shown),
		.from = download->from,
		.size = download->size,
		.largest = download->largest,
	};

	if (download->size != 0)
		wanted.validators = &download->validators;
	if (download->has_digest)
		wanted.digest = download->digest;
	return fetch_judge(&wanted, response, body, &download->failure);
}

/* Whether the part may be put behind what came: nobody would find out later that it was of another
 * state, or it is of the same. */
static bool fits(const struct fetch_download *download, const struct fetch_response *response)
{
	return fetch_receive_is_guarded(download) ||
	       fetch_judge_fits(&download->validators, download->modified_long_ago,
				&response->validators);
}

static bool on_response(void *self, const struct fetch_response *response, uint64_t *expected)
{
	struct fetch_download *download = self;
	struct fetch_body body;

	download->heard = true;
	download->connected = true;
	if (fetch_is_redirect(response->status)) {
		if (!fetch_hops_follow(&download->hops, response, &download->failure))
			goto failed;
		download->next = FETCH_NEXT_ASK;
		return false;
	}
	if (fetch_attempts_status_passes(response->status)) {
		download->refusal = *response;
		download->next = FETCH_NEXT_AGAIN;
		return false;
	}
	if (!judge(download, response, &body))
		goto failed;
	if (response->status == 206 && !fits(download, response)) {
		download->whole_only = true;
		download->next = FETCH_NEXT_ASK;
		return false;
	}
	remember(download, response);
	download->size = body.size;
	download->at = body.first;
	download->checked = body.first;
	/* A part begins where the bytes end; of the whole those that were read come once more. */
	download->again =
		response->status == 200 && download->seen > 0 && download->witness.again != NULL;
	if (download->again)
		download->witness.again(download->witness.self);
	download->slow_since = download->clock.ops->now(download->clock.self);
	download->slow_at = body.first;
	download->phase = FETCH_PHASE_BODY;
	*expected = body.size - body.first;
	return true;
failed:
	download->phase = FETCH_PHASE_FAILED;
	return false;
}

/*
 * Compares bytes of the body, the next ones or a block that is offered once more: with the ring
 * where it has them, and by the witness. Returns false when they are other ones.
 */
static bool check(struct fetch_download *download, const uint8_t *bytes, size_t length)
{
	uint64_t skip = download->checked - download->at;
	uint64_t first = download->came - download->ring.used;
	uint64_t begin;
	uint64_t end = download->at + length;

	if (skip >= length)
		return true;
	begin = download->checked > first ? download->checked : first;
	end = end < download->came ? end : download->came;
	if (begin < end && !fetch_ring_same(&download->ring, (size_t)(begin - first),
					    bytes + (begin - download->at), (size_t)(end - begin)))
		return false;
	download->checked = download->at + length;
	return !download->again ||
	       download->witness.same(download->witness.self, bytes + skip, length - (size_t)skip);
}

/* What comes once more after a seek back is no progress. */
static void count(struct fetch_download *download, uint64_t fresh)
{
	uint64_t beyond;

	download->came += fresh;
	if (download->came <= download->seen)
		return;
	beyond = download->came - download->seen;
	download->seen = download->came;
	fetch_attempts_came(&download->attempts, beyond < fresh ? beyond : fresh);
}

/* To the reader as far as it waits for them, the rest into the ring; all or none. */
static bool put(struct fetch_download *download, const uint8_t *bytes, size_t length)
{
	size_t direct = 0;

	if (download->ring.used == 0)
		direct = length < download->reader_room ? length : download->reader_room;
	if (!fetch_ring_put(&download->ring, bytes + direct, length - direct))
		return false;
	if (direct > 0) {
		memcpy(download->reader, bytes, direct);
		download->reader += direct;
		download->reader_room -= direct;
	}
	return true;
}

static enum fetch_take on_body(void *self, const uint8_t *bytes, size_t length)
{
	struct fetch_download *download = self;
	char shown[FETCH_SHOWN_TEXT];
	uint64_t end = download->at + length;
	uint64_t fresh = end > download->came ? end - download->came : 0;

	download->heard = true;
	if (length > download->size - download->at) {
		fetch_sentence_longer(&download->failure,
				      fetch_url_shown(download->hops.current, shown),
				      download->size);
		goto failed;
	}
	if (!check(download, bytes, length)) {
		fetch_sentence_other_bytes(&download->failure,
					   fetch_url_shown(download->hops.current, shown));
		goto failed;
	}
	/* What is known already needs no room. */
	if (!put(download, bytes + (length - fresh), (size_t)fresh)) {
		download->full = true;
		return FETCH_FULL;
	}
	download->at = end;
	count(download, fresh);
	return FETCH_TAKEN;
failed:
	download->phase = FETCH_PHASE_FAILED;
	return FETCH_ENOUGH;
}

static void on_connected(void *self)
{
	struct fetch_download *download = self;

	download->connected = true;
	download->heard = true;
}

static const struct fetch_receiver_ops receiver_ops = {
	.connected = on_connected,
	.response = on_response,
	.body = on_body,
};

struct fetch_receiver fetch_receive(struct fetch_download *download)
{
	return (struct fetch_receiver){.ops = &receiver_ops, .self = download};
}
