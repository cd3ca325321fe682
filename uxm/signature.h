/*
 * Ed25519 signatures of image headers (IMAGE.md), through GnuTLS.
 */
#ifndef UXM_SIGNATURE_H
#define UXM_SIGNATURE_H

#include "uxm/image.h"

/* The public half of a key. */
struct uxm_key {
	uint8_t bytes[UXM_IMAGE_PUBLIC_KEY_SIZE];
	uint8_t id[UXM_IMAGE_KEY_ID_SIZE];
};

/* How many keys may be configured. */
#define UXM_KEYS_MOST 16

struct uxm_keys {
	size_t count;
	struct uxm_key key[UXM_KEYS_MOST];
};

/* Longest PEM text of a key that is read, in bytes. */
#define UXM_KEY_PEM_MOST 4096

/*
 * Reads an Ed25519 key, public or private, out of `length` bytes of PEM (RFC 8410). Returns true,
 * or false when it is no such key. *key is set only with true.
 */
bool uxm_key_read(const char *pem, size_t length, struct uxm_key *key);

/*
 * Signs the header in bytes[0] to bytes[size - 1], whose size field is `size`: sets its key id and
 * its last 64 bytes. `pem` is a private key. Returns true, or false when it is no Ed25519 private
 * key; the bytes are changed only with true.
 */
bool uxm_signature_make(const char *pem, size_t pem_length, uint8_t *bytes, size_t size);

/*
 * Whether the header in bytes[0] to bytes[size - 1] has a valid signature by one of `keys`, the one
 * that its key id names.
 */
bool uxm_signature_check(const uint8_t *bytes, size_t size, const struct uxm_keys *keys);

#endif
