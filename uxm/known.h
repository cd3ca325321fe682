/*
 * What the update knows of the file's bytes that it has read: whether bytes that come a second time
 * are the same.
 */
#ifndef UXM_KNOWN_H
#define UXM_KNOWN_H

#include "uxm/update.h"

/* One comparison. Zeroed it has not begun. */
struct uxm_known {
	const struct uxm_update *update;
	gnutls_hash_hd_t hash; /* of the payload's bytes that came again, or NULL */
	uint64_t at;           /* the offset in the file of the next byte */
	uint64_t end;          /* up to there (offset in the file) something is known */
	bool differs;
	uint8_t digest[UXM_WIRE_DIGEST_SIZE]; /* of the payload's bytes before `end` */
};

/*
 * The file begins to come again: what is known of it now is what is compared with. `update` must
 * outlive the comparison. Of the payload nothing is known where no digest is made of all of it
 * (uxm_send.hashed), or where GnuTLS cannot copy one.
 */
void uxm_known_again(struct uxm_known *known, const struct uxm_update *update);

/*
 * The next `length` bytes of it. Compared are the file's first bytes with those that were kept
 * (uxm_payload.head), and the SHA-256 of the payload's with the digest so far, as soon as the last
 * of them has come. Returns false from the first difference on.
 */
bool uxm_known_same(struct uxm_known *known, const uint8_t *bytes, size_t length);

/* Gives back what it took. Harmless on a zeroed one. */
void uxm_known_release(struct uxm_known *known);

#endif
