/* Files of a server. */
#include "tests/simulation/served.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>

#include "tests/uxm/desk_inside.h"

/* A private key is any 32 bytes (RFC 8032, section 5.1.5), in PKCS #8 behind these (RFC 8410,
 * section 7): the same in each process, so that a seed is the same world in all of them. */
static bool make_key(uint64_t seed, char *pem, size_t room)
{
	uint8_t bytes[48] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
			     0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
	gnutls_datum_t datum = {.data = bytes, .size = sizeof(bytes)};
	gnutls_datum_t text;
	bool fits;

	desk_image_bytes(seed, bytes + 16, 32);
	if (gnutls_pem_base64_encode2("PRIVATE KEY", &datum, &text) != 0)
		return false;
	fits = text.size < room;
	if (fits)
		snprintf(pem, room, "%.*s", (int)text.size, (const char *)text.data);
	gnutls_free(text.data);
	return fits;
}

bool served_make_keys(struct served_keys *made)
{
	for (size_t i = 0; i < 2; i++) {
		char *pem = made->pem[i];

		if (!make_key(i + 1, pem, sizeof(made->pem[i])))
			return false;
		made->keys[i].count = 1;
		if (!uxm_key_read(pem, strlen(pem), &made->keys[i].key[0]))
			return false;
	}
	return true;
}

static bool write_header(struct served *served, uint64_t size, const char *pem)
{
	struct uxm_image_header header = {
		.model = "D7C",
		.version = served->version,
		.lowest_hardware = 1,
		.highest_hardware = 3,
		.payload_size = size,
	};

	memcpy(header.payload_digest, served->payload_digest, sizeof(header.payload_digest));
	uxm_image_write(&header, served->bytes);
	return pem == NULL ||
	       uxm_signature_make(pem, strlen(pem), served->bytes, UXM_IMAGE_HEADER_LEAST);
}

void served_init(struct served files[SERVED_FILES])
{
	static const struct {
		const char *name;
		const char *modified;
		struct uxm_version version;
	} known[SERVED_FILES] = {
		{"snomD7C-1.6.1-r.bin", "Mon, 02 Mar 2026 08:00:00 GMT", {{1, 6, 1, 0}}},
		{"snomD7C-1.6.1-r.bin", "Tue, 03 Mar 2026 09:30:00 GMT", {{1, 6, 1, 0}}},
		{"snomD7C-1.7.2-r.bin", "Wed, 04 Mar 2026 10:00:00 GMT", {{1, 7, 2, 0}}},
	};

	for (size_t i = 0; i < SERVED_FILES; i++) {
		files[i].name = known[i].name;
		files[i].modified = known[i].modified;
		files[i].version = known[i].version;
	}
}

void served_share(struct served *served, const struct served *with, uint64_t most)
{
	served->shared = most;
	served->shares = with->bytes + with->start;
}

bool served_make(struct served *served, enum served_file which, uint64_t seed, uint64_t size,
		 bool has_header, const char *pem, bool wants_digest)
{
	uint64_t chance = seed + (uint64_t)which;
	uint8_t *payload;

	served->start = has_header ? UXM_IMAGE_HEADER_LEAST : 0;
	served->size = served->start + size;
	payload = served->bytes + served->start;
	desk_image_bytes(chance, payload, (size_t)size);
	if (served->shared > 0 && served->shared < size)
		memcpy(payload, served->shares, (size_t)served->shared);
	/* Nothing may look like a header by chance. */
	payload[0] = (uint8_t)(payload[0] | 0x80);
	snprintf(served->etag, sizeof(served->etag), "\"%08llx-%u\"",
		 (unsigned long long)(desk_chance(&chance) & 0xFFFFFFFF), (unsigned)which);
	if ((has_header || wants_digest) &&
	    gnutls_hash_fast(GNUTLS_DIG_SHA256, payload, (size_t)size, served->payload_digest) != 0)
		return false;
	memcpy(served->digest, served->payload_digest, sizeof(served->digest));
	return !has_header || write_header(served, size, pem);
}
