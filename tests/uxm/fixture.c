/* Files out of fixtures/. */
#include "tests/uxm/fixture.h"

#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>

#include "tests/cmocka.h"
#include "uxm/bytes.h"

void fixture_read(const char *path, struct fixture *fixture)
{
	char full[1024];
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", UXM_FIXTURES, path);
	file = fopen(full, "rb");
	if (file == NULL)
		fail_msg("%s cannot be opened", full);
	fixture->length = fread(fixture->bytes, 1, sizeof(fixture->bytes), file);
	assert_int_equal(ferror(file), 0);
	assert_int_equal(fgetc(file), EOF);
	fclose(file);
}

void fixture_add_key(const char *name, struct uxm_keys *keys)
{
	char path[256];
	struct fixture pem;

	snprintf(path, sizeof(path), "keys/%s", name);
	fixture_read(path, &pem);
	assert_true(keys->count < UXM_KEYS_MOST);
	if (!uxm_key_read((const char *)pem.bytes, pem.length, &keys->key[keys->count]))
		fail_msg("%s is no key", path);
	keys->count++;
}

void fixture_make(size_t payload, struct fixture *fixture)
{
	struct uxm_image_header header = {
		.model = "D7C",
		.version = {{1, 6, 1, 0}},
		.lowest_hardware = 1,
		.highest_hardware = 3,
		.payload_size = payload,
	};
	uint8_t *body;

	memset(fixture, 0, sizeof(*fixture));
	body = fixture->bytes + UXM_IMAGE_HEADER_LEAST;
	for (size_t i = 0; i < payload; i++)
		body[i] = (uint8_t)(i * 131 + (i >> 8));
	assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, body, payload, header.payload_digest),
			 0);
	uxm_image_write(&header, fixture->bytes);
	fixture->length = UXM_IMAGE_HEADER_LEAST + payload;
}

void fixture_grow_and_sign(uint16_t size, struct fixture *fixture)
{
	size_t more = (size_t)size - UXM_IMAGE_HEADER_LEAST;
	uint8_t *body = fixture->bytes + UXM_IMAGE_HEADER_LEAST;
	struct fixture pem;

	memmove(body + more, body, fixture->length - UXM_IMAGE_HEADER_LEAST);
	memset(body, 0, more);
	fixture->length += more;
	uxm_put16(fixture->bytes + 6, size);
	fixture_read("keys/test-release-private.pem", &pem);
	assert_true(uxm_signature_make((const char *)pem.bytes, pem.length, fixture->bytes, size));
}

size_t fixture_head(const struct fixture *fixture)
{
	return fixture->length < UXM_IMAGE_HEADER_MOST ? fixture->length : UXM_IMAGE_HEADER_MOST;
}
