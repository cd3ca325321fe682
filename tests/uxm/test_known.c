/* Whether bytes of the file that come a second time are those that were read: uxm/known.h. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

#include "uxm/known.h"

#define FILE_SIZE 10000
/* Of a header, where there is one. */
#define START     152

/* A file, and an update that has read a part of it. */
struct half {
	uint8_t file[FILE_SIZE];
	struct uxm_update update;
	struct uxm_known known;
};

static bool copies = true;
static bool begins = true;
static bool digests = true;

/* The linker puts these in the place of GnuTLS's (-Wl,--wrap). */
/* NOLINTBEGIN(bugprone-reserved-identifier): the linker chose the names. */
gnutls_hash_hd_t __wrap_gnutls_hash_copy(gnutls_hash_hd_t hash);
gnutls_hash_hd_t __real_gnutls_hash_copy(gnutls_hash_hd_t hash);
int __wrap_gnutls_hash_init(gnutls_hash_hd_t *hash, gnutls_digest_algorithm_t algorithm);
int __real_gnutls_hash_init(gnutls_hash_hd_t *hash, gnutls_digest_algorithm_t algorithm);
int __wrap_gnutls_hash(gnutls_hash_hd_t hash, const void *text, size_t length);
int __real_gnutls_hash(gnutls_hash_hd_t hash, const void *text, size_t length);
/* NOLINTEND(bugprone-reserved-identifier) */

gnutls_hash_hd_t __wrap_gnutls_hash_copy(gnutls_hash_hd_t hash)
{
	return copies ? __real_gnutls_hash_copy(hash) : NULL;
}

int __wrap_gnutls_hash_init(gnutls_hash_hd_t *hash, gnutls_digest_algorithm_t algorithm)
{
	return begins ? __real_gnutls_hash_init(hash, algorithm) : GNUTLS_E_MEMORY_ERROR;
}

int __wrap_gnutls_hash(gnutls_hash_hd_t hash, const void *text, size_t length)
{
	return digests ? __real_gnutls_hash(hash, text, length) : GNUTLS_E_HASH_FAILED;
}

/* The first `head` bytes of the file were kept, and `hashed` bytes of the payload, which begins at
 * `start`, are in the digest. */
static void set_up_half(struct half *half, size_t start, size_t head, size_t hashed)
{
	memset(half, 0, sizeof(*half));
	for (size_t i = 0; i < FILE_SIZE; i++)
		half->file[i] = (uint8_t)(i * 7 + i / 251);
	memcpy(half->update.payload.head, half->file, head);
	half->update.payload.head_length = head;
	half->update.payload.file_size = FILE_SIZE;
	half->update.verdict.has_header = start != 0;
	half->update.verdict.header.size = (uint16_t)start;
	half->update.send.hashed = hashed;
	assert_int_equal(gnutls_hash_init(&half->update.hash, GNUTLS_DIG_SHA256), 0);
	assert_int_equal(gnutls_hash(half->update.hash, half->file + start, hashed), 0);
}

static void tear_down_half(struct half *half)
{
	uxm_known_release(&half->known);
	uxm_known_release(&half->known);
	gnutls_hash_deinit(half->update.hash, NULL);
}

/* Lets the file come again in pieces; returns how many of its bytes had come when a difference was
 * said, or FILE_SIZE + 1. */
static size_t differs_after(struct half *half, size_t piece)
{
	uxm_known_again(&half->known, &half->update);
	for (size_t at = 0; at < FILE_SIZE; at += piece) {
		size_t length = FILE_SIZE - at < piece ? FILE_SIZE - at : piece;

		if (!uxm_known_same(&half->known, half->file + at, length)) {
			/* It stays so. */
			assert_false(uxm_known_same(&half->known, half->file, 0));
			return at + length;
		}
	}
	return FILE_SIZE + 1;
}

static const size_t pieces[] = {1, 7, 2048, 4096, FILE_SIZE};

static void the_same_file_is_the_same_however_it_comes(void **state)
{
	static const size_t starts[] = {0, START, 2048};
	static const size_t amounts[] = {0, 1, 3000, FILE_SIZE - 2048};
	static struct half half;

	(void)state;
	for (size_t i = 0; i < 3 * 4 * 5; i++) {
		set_up_half(&half, starts[i % 3], 2048, amounts[i / 3 % 4]);
		assert_int_equal(differs_after(&half, pieces[i / 12]), FILE_SIZE + 1);
		tear_down_half(&half);
	}
}

/* Byte by byte: a difference in the head is said at once, in the payload with the last byte that
 * was read, behind that never. */
static void a_difference_is_said_as_soon_as_it_is_known(void **state)
{
	static const struct {
		size_t start;
		size_t head;
		size_t hashed;
		size_t offset;
		size_t after;
	} rows[] = {
		{0, 2048, 5000, 0, 1},
		{0, 2048, 5000, 2047, 2048},
		{0, 2048, 5000, 2048, 5000},
		{0, 2048, 5000, 4999, 5000},
		{0, 2048, 5000, 5000, FILE_SIZE + 1},
		{START, 2048, 5000, START - 1, START},
		{START, 2048, 5000, START, START + 1},
		{START, 2048, 5000, 3000, START + 5000},
		{START, 2048, 5000, START + 4999, START + 5000},
		{START, 2048, 5000, START + 5000, FILE_SIZE + 1},
		{START, 2048, FILE_SIZE - START, FILE_SIZE - 1, FILE_SIZE},
		/* Less of the payload was read than was kept: that is known as well. */
		{START, 2048, 0, 2047, 2048},
		{START, 2048, 0, 2048, FILE_SIZE + 1},
		{START, 2048, 100, 2000, 2001},
		/* Nothing was kept yet. */
		{0, 0, 0, 0, FILE_SIZE + 1},
		{0, 100, 0, 99, 100},
		{0, 100, 0, 100, FILE_SIZE + 1},
	};
	static struct half half;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set_up_half(&half, rows[i].start, rows[i].head, rows[i].hashed);
		half.file[rows[i].offset] ^= 1;
		if (differs_after(&half, 1) != rows[i].after)
			fail_msg("row %u", (unsigned)i);
		for (size_t j = 0; j < sizeof(pieces) / sizeof(pieces[0]); j++)
			assert_int_equal(differs_after(&half, pieces[j]) == FILE_SIZE + 1,
					 rows[i].after == FILE_SIZE + 1);
		tear_down_half(&half);
	}
}

static void the_digest_of_the_update_goes_on_undisturbed(void **state)
{
	static struct half half;
	uint8_t all[UXM_WIRE_DIGEST_SIZE];
	uint8_t wanted[UXM_WIRE_DIGEST_SIZE];

	(void)state;
	set_up_half(&half, START, 2048, 5000);
	assert_int_equal(differs_after(&half, 1000), FILE_SIZE + 1);
	assert_int_equal(
		gnutls_hash(half.update.hash, half.file + START + 5000, FILE_SIZE - START - 5000),
		0);
	gnutls_hash_output(half.update.hash, all);
	assert_int_equal(
		gnutls_hash_fast(GNUTLS_DIG_SHA256, half.file + START, FILE_SIZE - START, wanted),
		0);
	assert_memory_equal(all, wanted, sizeof(all));
	tear_down_half(&half);
}

/* What the update reads while the file comes again is not part of that comparison. */
static void what_is_read_meanwhile_belongs_to_the_next_comparison(void **state)
{
	static struct half half;

	(void)state;
	set_up_half(&half, 0, 2048, 3000);
	uxm_known_again(&half.known, &half.update);
	assert_true(uxm_known_same(&half.known, half.file, 1000));
	assert_int_equal(gnutls_hash(half.update.hash, half.file + 3000, 1000), 0);
	half.update.send.hashed = 4000;
	assert_true(uxm_known_same(&half.known, half.file + 1000, FILE_SIZE - 1000));
	half.file[3500] ^= 1;
	assert_int_equal(differs_after(&half, 100), 4000);
	tear_down_half(&half);
}

static void a_digest_of_a_part_tells_nothing(void **state)
{
	static struct half half;

	(void)state;
	set_up_half(&half, START, 2048, 5000);
	half.update.send.hashed = UINT64_MAX;
	half.file[3000] ^= 1;
	assert_int_equal(differs_after(&half, 1000), FILE_SIZE + 1);
	half.file[2000] ^= 1;
	assert_int_equal(differs_after(&half, 1000), 3000);
	tear_down_half(&half);
}

static void nothing_is_known_of_the_payload_where_a_digest_cannot_be_copied(void **state)
{
	static struct half half;

	(void)state;
	set_up_half(&half, START, 2048, 5000);
	half.file[3000] ^= 1;
	copies = false;
	assert_int_equal(differs_after(&half, 1000), FILE_SIZE + 1);
	half.file[100] ^= 1;
	assert_int_equal(differs_after(&half, 1000), 1000);
	copies = true;
	tear_down_half(&half);
}

static void nothing_is_known_of_the_payload_where_no_digest_can_be_begun(void **state)
{
	static struct half half;

	(void)state;
	set_up_half(&half, START, 2048, 5000);
	half.file[3000] ^= 1;
	begins = false;
	assert_int_equal(differs_after(&half, 1000), FILE_SIZE + 1);
	begins = true;
	assert_int_equal(differs_after(&half, 1000), 6000);
	tear_down_half(&half);
}

static void what_cannot_be_digested_is_not_taken_for_another_file(void **state)
{
	static struct half half;

	(void)state;
	set_up_half(&half, START, 2048, 5000);
	half.file[3000] ^= 1;
	digests = false;
	assert_int_equal(differs_after(&half, 1000), FILE_SIZE + 1);
	half.file[100] ^= 1;
	assert_int_equal(differs_after(&half, 1000), 1000);
	digests = true;
	tear_down_half(&half);
}

static void before_it_has_begun_nothing_differs(void **state)
{
	struct uxm_known known = {.update = NULL};

	(void)state;
	assert_true(uxm_known_same(&known, (const uint8_t *)"x", 1));
	uxm_known_release(&known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_file_is_the_same_however_it_comes),
		cmocka_unit_test(a_difference_is_said_as_soon_as_it_is_known),
		cmocka_unit_test(the_digest_of_the_update_goes_on_undisturbed),
		cmocka_unit_test(what_is_read_meanwhile_belongs_to_the_next_comparison),
		cmocka_unit_test(a_digest_of_a_part_tells_nothing),
		cmocka_unit_test(nothing_is_known_of_the_payload_where_a_digest_cannot_be_copied),
		cmocka_unit_test(nothing_is_known_of_the_payload_where_no_digest_can_be_begun),
		cmocka_unit_test(what_cannot_be_digested_is_not_taken_for_another_file),
		cmocka_unit_test(before_it_has_begun_nothing_differs),
	};

	return cmocka_run_group_tests_name("uxm/known", tests, NULL, NULL);
}
