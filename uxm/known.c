/* Bytes of the file that come a second time: nothing of it was kept but its first bytes and a
 * digest, and these tell. */
#include "uxm/known.h"

#include <string.h>

/* Where in the file the payload begins. */
static uint64_t start_of(const struct uxm_update *update)
{
	return update->verdict.has_header ? update->verdict.header.size : 0;
}

static void forget_payload(struct uxm_known *known)
{
	if (known->hash != NULL)
		gnutls_hash_deinit(known->hash, NULL);
	known->hash = NULL;
	known->end = 0;
}

/* What is known of the payload: its digest so far, taken off a copy, for the update's own goes on.
 */
static void know_payload(struct uxm_known *known, const struct uxm_update *update)
{
	gnutls_hash_hd_t copy;

	if (update->send.hashed == 0 || update->send.hashed == UINT64_MAX || update->hash == NULL)
		return;
	/* Not every implementation of the digest can be copied. */
	copy = gnutls_hash_copy(update->hash);
	if (copy == NULL)
		return;
	gnutls_hash_deinit(copy, known->digest);
	if (gnutls_hash_init(&known->hash, GNUTLS_DIG_SHA256) != 0) {
		known->hash = NULL;
		return;
	}
	known->end = start_of(update) + update->send.hashed;
}

void uxm_known_again(struct uxm_known *known, const struct uxm_update *update)
{
	uxm_known_release(known);
	known->update = update;
	know_payload(known, update);
}

/* Those of the bytes that are among the file's first ones. */
static bool head_differs(const struct uxm_known *known, const uint8_t *bytes, size_t length)
{
	const struct uxm_payload *payload = &known->update->payload;
	size_t most;

	if (known->at >= payload->head_length)
		return false;
	most = payload->head_length - (size_t)known->at;
	return memcmp(payload->head + known->at, bytes, length < most ? length : most) != 0;
}

/* Those of the bytes that are in the digest so far; whether they differ tells the last of them. */
static bool payload_differs(struct uxm_known *known, const uint8_t *bytes, size_t length)
{
	uint8_t digest[UXM_WIRE_DIGEST_SIZE];
	uint64_t first = start_of(known->update);
	uint64_t last = known->at + length;
	uint64_t skip;

	if (known->hash == NULL || last <= first || known->at >= known->end)
		return false;
	skip = known->at < first ? first - known->at : 0;
	last = last < known->end ? last : known->end;
	if (gnutls_hash(known->hash, bytes + skip, (size_t)(last - known->at - skip)) != 0) {
		forget_payload(known);
		return false;
	}
	if (last < known->end)
		return false;
	gnutls_hash_deinit(known->hash, digest);
	known->hash = NULL;
	return memcmp(digest, known->digest, sizeof(digest)) != 0;
}

bool uxm_known_same(struct uxm_known *known, const uint8_t *bytes, size_t length)
{
	if (known->update == NULL || known->differs)
		return !known->differs;
	known->differs = head_differs(known, bytes, length);
	if (!known->differs)
		known->differs = payload_differs(known, bytes, length);
	known->at += length;
	return !known->differs;
}

void uxm_known_release(struct uxm_known *known)
{
	forget_payload(known);
	*known = (struct uxm_known){.update = NULL};
}
