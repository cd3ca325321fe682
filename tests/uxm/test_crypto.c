/* Keys and signatures while GnuTLS fails: no key, no signature, nothing valid. */
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <string.h>

#include "tests/cmocka.h"
#include "tests/uxm/fixture.h"

/* The call that fails; all others go well. */
enum call {
	NO_CALL,
	HASH_FAST,
	PRIVKEY_INIT,
	PUBKEY_INIT,
	PRIVKEY_EXPORT,
	PUBKEY_EXPORT,
	SIGN,
	SIGN_SHORT, /* it goes well, but what comes is no signature of Ed25519 */
	PUBKEY_IMPORT,
};

static enum call failing;

/* The linker puts these in the place of GnuTLS's (-Wl,--wrap). */
/* NOLINTBEGIN(bugprone-reserved-identifier): the linker chose the names. */
int __real_gnutls_hash_fast(gnutls_digest_algorithm_t algorithm, const void *text, size_t length,
			    void *digest);
int __wrap_gnutls_hash_fast(gnutls_digest_algorithm_t algorithm, const void *text, size_t length,
			    void *digest);
int __real_gnutls_privkey_init(gnutls_privkey_t *key);
int __wrap_gnutls_privkey_init(gnutls_privkey_t *key);
int __real_gnutls_pubkey_init(gnutls_pubkey_t *key);
int __wrap_gnutls_pubkey_init(gnutls_pubkey_t *key);
int __real_gnutls_privkey_export_ecc_raw(gnutls_privkey_t key, gnutls_ecc_curve_t *curve,
					 gnutls_datum_t *x, gnutls_datum_t *y, gnutls_datum_t *k);
int __wrap_gnutls_privkey_export_ecc_raw(gnutls_privkey_t key, gnutls_ecc_curve_t *curve,
					 gnutls_datum_t *x, gnutls_datum_t *y, gnutls_datum_t *k);
int __real_gnutls_pubkey_export_ecc_raw(gnutls_pubkey_t key, gnutls_ecc_curve_t *curve,
					gnutls_datum_t *x, gnutls_datum_t *y);
int __wrap_gnutls_pubkey_export_ecc_raw(gnutls_pubkey_t key, gnutls_ecc_curve_t *curve,
					gnutls_datum_t *x, gnutls_datum_t *y);
int __real_gnutls_privkey_sign_data2(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm,
				     unsigned flags, const gnutls_datum_t *text,
				     gnutls_datum_t *signature);
int __wrap_gnutls_privkey_sign_data2(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm,
				     unsigned flags, const gnutls_datum_t *text,
				     gnutls_datum_t *signature);
int __real_gnutls_pubkey_import_ecc_raw(gnutls_pubkey_t key, gnutls_ecc_curve_t curve,
					const gnutls_datum_t *x, const gnutls_datum_t *y);
int __wrap_gnutls_pubkey_import_ecc_raw(gnutls_pubkey_t key, gnutls_ecc_curve_t curve,
					const gnutls_datum_t *x, const gnutls_datum_t *y);
/* NOLINTEND(bugprone-reserved-identifier) */

int __wrap_gnutls_hash_fast(gnutls_digest_algorithm_t algorithm, const void *text, size_t length,
			    void *digest)
{
	return failing == HASH_FAST ? GNUTLS_E_HASH_FAILED
				    : __real_gnutls_hash_fast(algorithm, text, length, digest);
}

int __wrap_gnutls_privkey_init(gnutls_privkey_t *key)
{
	return failing == PRIVKEY_INIT ? GNUTLS_E_MEMORY_ERROR : __real_gnutls_privkey_init(key);
}

int __wrap_gnutls_pubkey_init(gnutls_pubkey_t *key)
{
	return failing == PUBKEY_INIT ? GNUTLS_E_MEMORY_ERROR : __real_gnutls_pubkey_init(key);
}

int __wrap_gnutls_privkey_export_ecc_raw(gnutls_privkey_t key, gnutls_ecc_curve_t *curve,
					 gnutls_datum_t *x, gnutls_datum_t *y, gnutls_datum_t *k)
{
	return failing == PRIVKEY_EXPORT
		       ? GNUTLS_E_MEMORY_ERROR
		       : __real_gnutls_privkey_export_ecc_raw(key, curve, x, y, k);
}

int __wrap_gnutls_pubkey_export_ecc_raw(gnutls_pubkey_t key, gnutls_ecc_curve_t *curve,
					gnutls_datum_t *x, gnutls_datum_t *y)
{
	return failing == PUBKEY_EXPORT ? GNUTLS_E_MEMORY_ERROR
					: __real_gnutls_pubkey_export_ecc_raw(key, curve, x, y);
}

int __wrap_gnutls_privkey_sign_data2(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm,
				     unsigned flags, const gnutls_datum_t *text,
				     gnutls_datum_t *signature)
{
	int said = GNUTLS_E_PK_SIGN_FAILED;

	if (failing != SIGN)
		said = __real_gnutls_privkey_sign_data2(key, algorithm, flags, text, signature);
	if (failing == SIGN_SHORT)
		signature->size--;
	return said;
}

int __wrap_gnutls_pubkey_import_ecc_raw(gnutls_pubkey_t key, gnutls_ecc_curve_t curve,
					const gnutls_datum_t *x, const gnutls_datum_t *y)
{
	return failing == PUBKEY_IMPORT ? GNUTLS_E_MEMORY_ERROR
					: __real_gnutls_pubkey_import_ecc_raw(key, curve, x, y);
}

static int all_goes_well(void **state)
{
	(void)state;
	failing = NO_CALL;
	return 0;
}

static bool reads_key(const char *path, enum call fails)
{
	struct uxm_key key;
	struct fixture pem;
	bool read = false;

	fixture_read(path, &pem);
	failing = fails;
	read = uxm_key_read((const char *)pem.bytes, pem.length, &key);
	failing = NO_CALL;
	return read;
}

static void a_key_is_none_when_it_cannot_be_read(void **state)
{
	static const char public_key[] = "keys/test-release.pem";
	static const char private_key[] = "keys/test-release-private.pem";

	(void)state;
	assert_true(reads_key(public_key, NO_CALL));
	assert_false(reads_key(public_key, PUBKEY_INIT));
	assert_false(reads_key(public_key, PUBKEY_EXPORT));
	assert_false(reads_key(public_key, HASH_FAST));
	assert_true(reads_key(private_key, NO_CALL));
	assert_false(reads_key(private_key, PRIVKEY_INIT));
	assert_false(reads_key(private_key, PRIVKEY_EXPORT));
	assert_false(reads_key(private_key, HASH_FAST));
}

static void what_cannot_be_signed_stays_as_it_was(void **state)
{
	static const enum call calls[] = {PRIVKEY_INIT, PRIVKEY_EXPORT, HASH_FAST, SIGN,
					  SIGN_SHORT};
	struct fixture before;
	struct fixture pem;

	(void)state;
	fixture_make(100, &before);
	memset(before.bytes + 80, 0xEE, UXM_IMAGE_KEY_ID_SIZE);
	fixture_read("keys/test-release-private.pem", &pem);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct fixture after = before;

		failing = calls[i];
		assert_false(uxm_signature_make((const char *)pem.bytes, pem.length, after.bytes,
						UXM_IMAGE_HEADER_LEAST));
		assert_memory_equal(after.bytes, before.bytes, before.length);
	}
	failing = NO_CALL;
	assert_true(uxm_signature_make((const char *)pem.bytes, pem.length, before.bytes,
				       UXM_IMAGE_HEADER_LEAST));
}

static void what_cannot_be_checked_is_not_valid(void **state)
{
	static const enum call calls[] = {PUBKEY_INIT, PUBKEY_IMPORT};
	struct uxm_keys keys = {.count = 0};
	struct fixture image;

	(void)state;
	fixture_add_key("test-release.pem", &keys);
	fixture_make(100, &image);
	fixture_grow_and_sign(UXM_IMAGE_HEADER_LEAST, &image);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		failing = calls[i];
		assert_false(uxm_signature_check(image.bytes, UXM_IMAGE_HEADER_LEAST, &keys));
	}
	failing = NO_CALL;
	assert_true(uxm_signature_check(image.bytes, UXM_IMAGE_HEADER_LEAST, &keys));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_key_is_none_when_it_cannot_be_read, all_goes_well),
		cmocka_unit_test_teardown(what_cannot_be_signed_stays_as_it_was, all_goes_well),
		cmocka_unit_test_teardown(what_cannot_be_checked_is_not_valid, all_goes_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
