/* fetch/ring.c: what goes in comes out, in order, whatever the pieces. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "fetch/ring.h"
#include "pattern.h"

#define SIZE 64

static void gives_back_in_order_what_it_was_given(void **state)
{
	struct fetch_ring ring;
	uint64_t in = 0;
	uint64_t out = 0;
	uint32_t random = 1;
	uint8_t bytes[SIZE];

	(void)state;
	assert_true(fetch_ring_init(&ring, SIZE));
	while (out < 100000) {
		size_t length;

		random = random * 1664525u + 1013904223u;
		length = (random >> 16) % (SIZE + 1);
		pattern_fill(in, bytes, length);
		if (fetch_ring_put(&ring, bytes, length)) {
			in += length;
		} else {
			assert_true(length > SIZE - (size_t)(in - out));
		}
		assert_int_equal(fetch_ring_room(&ring), SIZE - (size_t)(in - out));
		length = fetch_ring_take(&ring, bytes, (random >> 24) % (SIZE + 1));
		assert_int_equal(pattern_match(out, bytes, length), length);
		out += length;
	}
	fetch_ring_release(&ring);
}

static void takes_a_block_whole_or_not_at_all(void **state)
{
	struct fetch_ring ring;
	uint8_t bytes[SIZE] = {0};

	(void)state;
	assert_true(fetch_ring_init(&ring, SIZE));
	assert_true(fetch_ring_put(&ring, bytes, SIZE - 1));
	assert_false(fetch_ring_put(&ring, bytes, 2));
	assert_int_equal(fetch_ring_room(&ring), 1);
	assert_true(fetch_ring_put(&ring, bytes, 1));
	assert_false(fetch_ring_put(&ring, bytes, 1));
	fetch_ring_clear(&ring);
	assert_int_equal(fetch_ring_take(&ring, bytes, SIZE), 0);
	assert_true(fetch_ring_put(&ring, bytes, SIZE));
	fetch_ring_release(&ring);
}

/* Wherever the ring begins, and wherever in it the bytes lie: each of them matters. */
static void tells_whether_bytes_in_it_are_these(void **state)
{
	(void)state;
	for (size_t first = 0; first < SIZE; first++) {
		struct fetch_ring ring;
		uint8_t bytes[SIZE];

		assert_true(fetch_ring_init(&ring, SIZE));
		pattern_fill(0, bytes, SIZE);
		assert_true(fetch_ring_put(&ring, bytes, SIZE));
		/* A byte stays in it, or it would begin anew. */
		assert_int_equal(fetch_ring_take(&ring, bytes, first), first);
		pattern_fill(SIZE, bytes, SIZE);
		assert_true(fetch_ring_put(&ring, bytes, first));
		for (size_t offset = 0; offset < SIZE; offset += 7) {
			size_t length = SIZE - offset;

			pattern_fill(first + offset, bytes, length);
			assert_true(fetch_ring_same(&ring, offset, bytes, length));
			for (size_t i = 0; i < length; i++) {
				bytes[i] ^= 1;
				assert_false(fetch_ring_same(&ring, offset, bytes, length));
				assert_true(fetch_ring_same(&ring, offset, bytes, i));
				bytes[i] ^= 1;
			}
		}
		fetch_ring_release(&ring);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_in_order_what_it_was_given),
		cmocka_unit_test(takes_a_block_whole_or_not_at_all),
		cmocka_unit_test(tells_whether_bytes_in_it_are_these),
	};

	return cmocka_run_group_tests_name("fetch/ring", tests, NULL, NULL);
}
