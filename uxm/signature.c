/* Ed25519 through GnuTLS. */
#include "uxm/signature.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <string.h>

static bool key_of_point(const gnutls_datum_t *point, gnutls_ecc_curve_t curve, struct uxm_key *key)
{
	uint8_t digest[UXM_WIRE_DIGEST_SIZE];

	if (curve != GNUTLS_ECC_CURVE_ED25519 || point->size != UXM_IMAGE_PUBLIC_KEY_SIZE)
		return false;
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, point->data, point->size, digest) != 0)
		return false;
	memcpy(key->bytes, point->data, UXM_IMAGE_PUBLIC_KEY_SIZE);
	memcpy(key->id, digest, UXM_IMAGE_KEY_ID_SIZE);
	return true;
}

static gnutls_datum_t datum(const void *bytes, size_t length)
{
	/* GnuTLS takes its inputs without const; it does not write to them. */
	union {
		const void *in;
		unsigned char *out;
	} cast = {.in = bytes};

	return (gnutls_datum_t){.data = cast.out, .size = (unsigned)length};
}

/* NULL unless the text is a private key of this kind. */
static gnutls_privkey_t private_key(const char *pem, size_t length)
{
	gnutls_datum_t text = datum(pem, length);
	gnutls_privkey_t key;

	if (length > UXM_KEY_PEM_MOST || gnutls_privkey_init(&key) != 0)
		return NULL;
	/* Of a key whose import failed the algorithm must not be asked. */
	if (gnutls_privkey_import_x509_raw(key, &text, GNUTLS_X509_FMT_PEM, NULL, 0) == 0 &&
	    gnutls_privkey_get_pk_algorithm(key, NULL) == GNUTLS_PK_EDDSA_ED25519)
		return key;
	gnutls_privkey_deinit(key);
	return NULL;
}

static bool public_half(gnutls_privkey_t from, struct uxm_key *key)
{
	gnutls_ecc_curve_t curve;
	gnutls_datum_t point = {.data = NULL};
	bool read;

	if (gnutls_privkey_export_ecc_raw(from, &curve, &point, NULL, NULL) != 0)
		return false;
	read = key_of_point(&point, curve, key);
	gnutls_free(point.data);
	return read;
}

static bool read_public(const char *pem, size_t length, struct uxm_key *key)
{
	gnutls_datum_t text = datum(pem, length);
	gnutls_datum_t point = {.data = NULL};
	gnutls_ecc_curve_t curve;
	gnutls_pubkey_t from;
	bool read = false;

	if (length > UXM_KEY_PEM_MOST || gnutls_pubkey_init(&from) != 0)
		return false;
	if (gnutls_pubkey_import(from, &text, GNUTLS_X509_FMT_PEM) == 0 &&
	    gnutls_pubkey_get_pk_algorithm(from, NULL) == GNUTLS_PK_EDDSA_ED25519 &&
	    gnutls_pubkey_export_ecc_raw(from, &curve, &point, NULL) == 0) {
		read = key_of_point(&point, curve, key);
		gnutls_free(point.data);
	}
	gnutls_pubkey_deinit(from);
	return read;
}

bool uxm_key_read(const char *pem, size_t length, struct uxm_key *key)
{
	gnutls_privkey_t from = private_key(pem, length);
	bool read;

	if (from == NULL)
		return read_public(pem, length, key);
	read = public_half(from, key);
	gnutls_privkey_deinit(from);
	return read;
}

bool uxm_signature_make(const char *pem, size_t pem_length, uint8_t *bytes, size_t size)
{
	gnutls_privkey_t from = private_key(pem, pem_length);
	uint8_t before[UXM_IMAGE_KEY_ID_SIZE];
	gnutls_datum_t text = datum(bytes, size - UXM_IMAGE_SIGNATURE_SIZE);
	gnutls_datum_t signature = {.data = NULL};
	struct uxm_key key;
	bool made = false;

	if (from == NULL)
		return false;
	memcpy(before, bytes + 80, sizeof(before));
	if (!public_half(from, &key))
		goto end;
	memcpy(bytes + 80, key.id, sizeof(key.id));
	if (gnutls_privkey_sign_data2(from, GNUTLS_SIGN_EDDSA_ED25519, 0, &text, &signature) == 0) {
		made = signature.size == UXM_IMAGE_SIGNATURE_SIZE;
		if (made)
			memcpy(bytes + text.size, signature.data, signature.size);
		gnutls_free(signature.data);
	}
	if (!made)
		memcpy(bytes + 80, before, sizeof(before));
end:
	gnutls_privkey_deinit(from);
	return made;
}

static bool check_with(const struct uxm_key *key, const uint8_t *bytes, size_t size)
{
	gnutls_datum_t point = datum(key->bytes, sizeof(key->bytes));
	gnutls_datum_t text = datum(bytes, size - UXM_IMAGE_SIGNATURE_SIZE);
	gnutls_datum_t signature = datum(bytes + text.size, UXM_IMAGE_SIGNATURE_SIZE);
	gnutls_pubkey_t with;
	bool valid;

	if (gnutls_pubkey_init(&with) != 0)
		return false;
	valid = gnutls_pubkey_import_ecc_raw(with, GNUTLS_ECC_CURVE_ED25519, &point, NULL) == 0 &&
		gnutls_pubkey_verify_data2(with, GNUTLS_SIGN_EDDSA_ED25519, 0, &text, &signature) >=
			0;
	gnutls_pubkey_deinit(with);
	return valid;
}

bool uxm_signature_check(const uint8_t *bytes, size_t size, const struct uxm_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (memcmp(keys->key[i].id, bytes + 80, UXM_IMAGE_KEY_ID_SIZE) == 0 &&
		    check_with(&keys->key[i], bytes, size))
			return true;
	}
	return false;
}
