/*
 * What a server says of the bytes' SHA-256: the fields Repr-Digest and Content-Digest (RFC 9530),
 * which are dictionaries of structured fields (RFC 8941, section 3.2).
 */
#ifndef FETCH_DIGEST_H
#define FETCH_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a SHA-256 (FIPS 180-4). */
#define FETCH_DIGEST_SIZE 32

/* One of the two fields, all of its lines together. Zeroed: there was none. */
struct fetch_digest {
	bool named; /* `bytes` is what it says of SHA-256 */
	bool bad;   /* a line was malformed: the field counts as absent (RFC 8941, section 4.2) */
	uint8_t bytes[FETCH_DIGEST_SIZE];
};

/*
 * Takes the value of one line of the field, `length` bytes. Several lines are one dictionary, of
 * which the last "sha-256" counts; other algorithms are passed over.
 */
void fetch_digest_line(struct fetch_digest *digest, const char *value, size_t length);

/*
 * Whether a response with these two fields says one SHA-256 of its whole, uncoded content; `bytes`
 * is set only then. Without a content coding both fields are about the same bytes: where both name
 * one and they differ, the server contradicts itself and has said nothing.
 */
bool fetch_digest_said(const struct fetch_digest *representation,
		       const struct fetch_digest *content, uint8_t bytes[FETCH_DIGEST_SIZE]);

/* Whether a response with these two fields wants to say something of a SHA-256, or of its digest at
 * all, and fails to: a field is malformed, or they contradict each other. */
bool fetch_digest_unusable(const struct fetch_digest *representation,
			   const struct fetch_digest *content);

#endif
