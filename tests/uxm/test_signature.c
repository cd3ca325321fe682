/* Signatures: keys of two tools, every bit of a signed header, every length of a signed file. */
#include <string.h>

#include "tests/cmocka.h"
#include "tests/uxm/fixture.h"
#include "uxm/decide.h"

static const struct uxm_name name = {
	.file = "snomD7C-1.6.1-r.bin",
	.model = "D7C",
	.version = {{1, 6, 1, 0}},
};

static const struct uxm_identity d7c = {
	.model = "D7C",
	.running = {{1, 5, 3, 0}},
	.hardware_level = 2,
	.largest_image = 1u << 20,
};

/* Whether a module may have it, with test-release's key configured. */
static bool passes(const struct fixture *fixture, const struct uxm_keys *keys,
		   struct uxm_failure *why)
{
	struct uxm_offer offer = {
		.name = &name,
		.file_size = fixture->length,
		.head = fixture->bytes,
		.head_length = fixture_head(fixture),
		.keys = keys,
	};
	struct uxm_verdict verdict;

	return uxm_decide(&offer, &d7c, &verdict, why);
}

static void make_signed(uint16_t header, size_t payload, struct fixture *fixture,
			struct uxm_keys *keys)
{
	struct uxm_failure why;

	keys->count = 0;
	fixture_add_key("test-other.pem", keys);
	fixture_add_key("test-release.pem", keys);
	fixture_make(payload, fixture);
	fixture_grow_and_sign(header, fixture);
	assert_true(passes(fixture, keys, &why));
}

/* Flips each bit of the header by itself. */
static void check_flips(uint16_t header)
{
	struct fixture fixture;
	struct uxm_keys keys;
	struct uxm_failure why;

	make_signed(header, 100, &fixture, &keys);
	for (size_t bit = 0; bit < (size_t)header * 8; bit++) {
		uint8_t mask = (uint8_t)(1u << (bit % 8));

		why.result = UXM_UPDATED;
		fixture.bytes[bit / 8] ^= mask;
		if (passes(&fixture, &keys, &why))
			fail_msg("byte %zu, bit %zu: it passes", bit / 8, bit % 8);
		assert_int_equal(why.result, UXM_IMAGE_REFUSED);
		fixture.bytes[bit / 8] ^= mask;
	}
	assert_true(passes(&fixture, &keys, &why));
}

static void refuses_every_flipped_bit_of_a_signed_header(void **state)
{
	(void)state;
	check_flips(UXM_IMAGE_HEADER_LEAST);
}

static void refuses_every_flipped_bit_of_the_largest_signed_header(void **state)
{
	(void)state;
	check_flips(UXM_IMAGE_HEADER_MOST);
}

/* Cuts the file at each length. */
static void check_truncations(uint16_t header, size_t payload)
{
	struct fixture fixture;
	struct uxm_keys keys;
	struct uxm_failure why;
	size_t whole;

	make_signed(header, payload, &fixture, &keys);
	whole = fixture.length;
	for (fixture.length = 0; fixture.length < whole; fixture.length++) {
		why.result = UXM_UPDATED;
		if (passes(&fixture, &keys, &why))
			fail_msg("%zu of %zu bytes: it passes", fixture.length, whole);
		assert_int_equal(why.result, UXM_IMAGE_REFUSED);
	}
	assert_true(passes(&fixture, &keys, &why));
}

static void refuses_every_truncation_of_a_signed_file(void **state)
{
	(void)state;
	check_truncations(UXM_IMAGE_HEADER_LEAST, 4000);
	check_truncations(UXM_IMAGE_HEADER_MOST, 4000);
}

static void refuses_bytes_appended_to_a_signed_file(void **state)
{
	struct fixture fixture;
	struct uxm_keys keys;
	struct uxm_failure why;

	(void)state;
	make_signed(UXM_IMAGE_HEADER_LEAST, 100, &fixture, &keys);
	for (size_t more = 1; more < 300; more++) {
		fixture.length++;
		assert_false(passes(&fixture, &keys, &why));
	}
}

static void checks_the_key_that_the_header_names_alone(void **state)
{
	struct fixture fixture;
	struct uxm_keys keys = {.count = 0};

	(void)state;
	fixture_read("images/valid-signed/snomD7C-1.6.1-r.bin", &fixture);
	assert_false(uxm_signature_check(fixture.bytes, 152, &keys));
	fixture_add_key("test-other.pem", &keys);
	fixture_add_key("test-certtool.pem", &keys);
	assert_false(uxm_signature_check(fixture.bytes, 152, &keys));
	fixture_add_key("test-release.pem", &keys);
	assert_true(uxm_signature_check(fixture.bytes, 152, &keys));
	memcpy(keys.key[2].id, keys.key[0].id, sizeof(keys.key[2].id));
	assert_false(uxm_signature_check(fixture.bytes, 152, &keys));
}

/* openssl made the vector's signature; Ed25519 leaves no choice. */
static void signs_as_openssl_does(void **state)
{
	struct fixture theirs;
	struct fixture ours;
	struct fixture pem;

	(void)state;
	fixture_read("images/valid-signed/snomD7C-1.6.1-r.bin", &theirs);
	fixture_read("keys/test-release-private.pem", &pem);
	ours = theirs;
	memset(ours.bytes + 80, 0, 72);
	assert_true(uxm_signature_make((const char *)pem.bytes, pem.length, ours.bytes, 152));
	assert_memory_equal(ours.bytes, theirs.bytes, theirs.length);
}

static void both_halves_of_a_key_have_one_id(void **state)
{
	static const char *const names[][2] = {
		{"test-release-private.pem", "test-release.pem"},
		{"test-certtool-private.pem", "test-certtool.pem"},
	};
	struct uxm_keys keys = {.count = 0};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		keys.count = 0;
		fixture_add_key(names[i][0], &keys);
		fixture_add_key(names[i][1], &keys);
		assert_memory_equal(&keys.key[0], &keys.key[1], sizeof(keys.key[0]));
	}
}

/* A P-256 key, public and private, and what is no key. */
static void refuses_what_is_no_ed25519_key(void **state)
{
	static const char *const wrong[] = {
		"",
		"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
		"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAP1Z9xVMn\n-----END PUBLIC KEY-----\n",
		"-----BEGIN PUBLIC KEY-----\n"
		"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZqCgvW9IwJwFAa6LQmqzidUtXOnx\n"
		"SGFUcFlt4Y6NTihysnzt9JFkMJMYq6dnIrIrcq0ECWRwc5WTwiB80xaq5g==\n"
		"-----END PUBLIC KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\n"
		"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgx5coHzyiswh96QEl\n"
		"nV0jp/bYHPnWFGTeQ5iPQi77FDShRANCAARmoKC9b0jAnAUBrotCarOJ1S1c6fFI\n"
		"YVRwWW3hjo1OKHKyfO30kWQwkxirp2cisityrQQJZHBzlZPCIHzTFqrm\n"
		"-----END PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIM6oHzcz\n"
		"-----END PRIVATE KEY-----\n",
	};
	uint8_t bytes[UXM_IMAGE_HEADER_LEAST] = {0};
	uint8_t zeros[UXM_IMAGE_HEADER_LEAST] = {0};
	struct uxm_key key = {.id = "unset"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (uxm_key_read(wrong[i], strlen(wrong[i]), &key))
			fail_msg("text %zu was taken for a key", i);
		assert_false(uxm_signature_make(wrong[i], strlen(wrong[i]), bytes, sizeof(bytes)));
	}
	assert_string_equal((const char *)key.id, "unset");
	assert_memory_equal(bytes, zeros, sizeof(bytes));
}

static void refuses_to_sign_with_a_public_key(void **state)
{
	struct fixture pem;
	uint8_t bytes[UXM_IMAGE_HEADER_LEAST] = {0};
	uint8_t zeros[UXM_IMAGE_HEADER_LEAST] = {0};

	(void)state;
	fixture_read("keys/test-release.pem", &pem);
	assert_false(uxm_signature_make((const char *)pem.bytes, pem.length, bytes, sizeof(bytes)));
	assert_memory_equal(bytes, zeros, sizeof(bytes));
}

static void refuses_a_key_that_is_too_long(void **state)
{
	struct fixture pem;
	struct uxm_key key;

	(void)state;
	fixture_read("keys/test-release.pem", &pem);
	memset(pem.bytes + pem.length, '\n', sizeof(pem.bytes) - pem.length);
	assert_true(uxm_key_read((const char *)pem.bytes, UXM_KEY_PEM_MOST, &key));
	assert_false(uxm_key_read((const char *)pem.bytes, UXM_KEY_PEM_MOST + 1, &key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_every_flipped_bit_of_a_signed_header),
		cmocka_unit_test(refuses_every_flipped_bit_of_the_largest_signed_header),
		cmocka_unit_test(refuses_every_truncation_of_a_signed_file),
		cmocka_unit_test(refuses_bytes_appended_to_a_signed_file),
		cmocka_unit_test(checks_the_key_that_the_header_names_alone),
		cmocka_unit_test(signs_as_openssl_does),
		cmocka_unit_test(both_halves_of_a_key_have_one_id),
		cmocka_unit_test(refuses_what_is_no_ed25519_key),
		cmocka_unit_test(refuses_to_sign_with_a_public_key),
		cmocka_unit_test(refuses_a_key_that_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
