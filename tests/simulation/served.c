/* Files of a server. */
#include "tests/simulation/served.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>

#include "tests/uxm/desk_inside.h"

bool served_make_keys(struct served_keys *made)
{
	for (size_t i = 0; i < 2; i++) {
		gnutls_x509_privkey_t key;
		size_t size = sizeof(made->pem[i]);
		int done;

		if (gnutls_x509_privkey_init(&key) != 0)
			return false;
		done = gnutls_x509_privkey_generate(key, GNUTLS_PK_EDDSA_ED25519, 0, 0);
		if (done == 0)
			done = gnutls_x509_privkey_export_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL,
								GNUTLS_PKCS_PLAIN, made->pem[i],
								&size);
		gnutls_x509_privkey_deinit(key);
		made->keys[i].count = 1;
		if (done != 0 || !uxm_key_read(made->pem[i], size, &made->keys[i].key[0]))
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
