/* fetch/bytes.c, and what fetching a small file does when there is no memory. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

#include "fetch/bytes.h"
#include "parcel.h"
#include "pattern.h"

/* The linker's names. NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

/* So many allocations succeed; the next one fails. */
static size_t until_failure = SIZE_MAX;

static bool fails(void)
{
	return until_failure-- == 0;
}

void *__wrap_realloc(void *memory, size_t size)
{
	return fails() ? NULL : __real_realloc(memory, size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static void grow_with_what_comes_and_never_beyond_the_limit(void **state)
{
	static const size_t pieces[] = {1, 7, 4095, 4096, 65536};
	const size_t limit = 150000;

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct fetch_bytes bytes = {.at = NULL};

		assert_string_equal((const char *)fetch_bytes_text(&bytes), "");
		while (bytes.length + pieces[i] <= limit) {
			uint8_t piece[65536];
			size_t before = bytes.length;

			pattern_fill(before, piece, pieces[i]);
			assert_true(fetch_bytes_put(&bytes, piece, pieces[i], limit));
			assert_int_equal(bytes.length, before + pieces[i]);
			assert_true(bytes.room > bytes.length);
			assert_true(bytes.room <= limit + 1);
			/* No more than twice what has come, or the first piece of memory. */
			assert_true(bytes.room <= 4096 || bytes.room <= 2 * bytes.length);
			assert_int_equal(bytes.at[bytes.length], 0);
		}
		assert_int_equal(pattern_match(0, fetch_bytes_text(&bytes), bytes.length),
				 bytes.length);
		fetch_bytes_release(&bytes);
		assert_int_equal(bytes.length, 0);
	}
}

static void take_no_more_than_what_was_reserved(void **state)
{
	struct fetch_bytes bytes = {.at = NULL};

	(void)state;
	assert_true(fetch_bytes_reserve(&bytes, 10));
	assert_int_equal(bytes.room, 11);
	assert_true(fetch_bytes_put(&bytes, (const uint8_t *)"0123456789", 10, 10));
	assert_int_equal(bytes.room, 11);
	assert_true(fetch_bytes_reserve(&bytes, 5));
	assert_string_equal((const char *)fetch_bytes_text(&bytes), "0123456789");
	fetch_bytes_release(&bytes);
}

static void a_file_without_memory_is_an_internal_failure(void **state)
{
	static const struct step steps[2][3] = {
		{
			{.kind = STEP_HEADERS, .lines = "HTTP/1.1 200 OK\nContent-Length: 100000"},
			{.kind = STEP_BODY, .length = 100000},
			{.kind = STEP_FINISH},
		},
		{
			{.kind = STEP_HEADERS, .lines = "HTTP/1.1 200 OK"},
			{.kind = STEP_BODY, .length = 100000},
			{.kind = STEP_FINISH},
		},
	};
	/* The announced length is reserved at once; else it doubles from 32 KiB. */
	static const size_t allocations[] = {1, 3};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct script scripts[] = {{.steps = steps[i]}, {.steps = steps[i]}};
		const struct fetch_whole_options options = parcel_options();

		for (size_t count = 0; count <= allocations[i]; count++) {
			struct parcel parcel;
			enum uxm_io io;

			parcel_set_up(&parcel, &options, scripts, 2);
			until_failure = count;
			io = parcel_read(&parcel);
			until_failure = SIZE_MAX;
			assert_int_equal(io, count < allocations[i] ? UXM_IO_FAILED : UXM_IO_OK);
			if (io == UXM_IO_FAILED)
				parcel_says(&parcel, UXM_INTERNAL,
					    "There is no memory to fetch http://server/dir/");
			assert_int_equal(parcel.scripted.starts, 1);
			parcel_tear_down(&parcel);
		}
	}
}

static void nothing_is_made_without_memory(void **state)
{
	struct fetch_whole_options options = parcel_options();
	struct scripted scripted = {.count = 0};
	struct fetch_whole *whole = NULL;
	struct uxm_failure why = {.text = ""};

	(void)state;
	options.transfer = scripted_transfer(&scripted);
	options.clock = scripted_clock(&scripted);
	until_failure = 0;
	assert_false(fetch_whole_new(&options, &whole, &why));
	until_failure = SIZE_MAX;
	assert_int_equal(why.result, UXM_INTERNAL);
	assert_null(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grow_with_what_comes_and_never_beyond_the_limit),
		cmocka_unit_test(take_no_more_than_what_was_reserved),
		cmocka_unit_test(a_file_without_memory_is_an_internal_failure),
		cmocka_unit_test(nothing_is_made_without_memory),
	};

	return cmocka_run_group_tests_name("fetch/bytes", tests, NULL, NULL);
}
