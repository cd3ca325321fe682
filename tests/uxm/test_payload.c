/* A file as its payload: the first bytes that were looked at, and what follows, as one image. */
#include <string.h>

#include "tests/cmocka.h"
#include "uxm/payload.h"

#define FILE_SIZE 5000
#define START     152

/* A file that hands out up to 700 bytes at a time. */
struct source {
	uint8_t bytes[FILE_SIZE];
	size_t at;
	bool stuck; /* it cannot seek */
};

static enum uxm_io source_open(void *self, uint64_t *size, struct uxm_failure *why)
{
	(void)self;
	(void)why;
	*size = FILE_SIZE;
	return UXM_IO_OK;
}

static enum uxm_io source_read(void *self, uint8_t *buffer, size_t room, size_t *got,
			       struct uxm_failure *why)
{
	struct source *source = self;
	size_t left = FILE_SIZE - source->at;

	(void)why;
	if (left == 0)
		return UXM_IO_END;
	*got = left < room ? left : room;
	*got = *got < 700 ? *got : 700;
	memcpy(buffer, source->bytes + source->at, *got);
	source->at += *got;
	return UXM_IO_OK;
}

static enum uxm_io source_seek(void *self, uint64_t offset, struct uxm_failure *why)
{
	struct source *source = self;

	if (source->stuck) {
		uxm_fail(why, UXM_FETCH_FAILED, "It cannot go there.");
		return UXM_IO_FAILED;
	}
	source->at = (size_t)offset;
	return UXM_IO_OK;
}

static bool source_digest(void *self, uint8_t digest[32])
{
	(void)self;
	memset(digest, 0x55, 32);
	return true;
}

static bool source_owes(void *self)
{
	const struct source *source = self;

	return !source->stuck;
}

static const struct uxm_image_ops source_ops = {
	.open = source_open,
	.read = source_read,
	.seek = source_seek,
	.digest = source_digest,
	.owes = source_owes,
};

struct test {
	struct source source;
	struct uxm_payload payload;
	struct uxm_image image;
	struct uxm_failure why;
};

/* The payload of a file whose header is so long. */
static void set_up(struct test *test, size_t start)
{
	memset(test, 0, sizeof(*test));
	for (size_t i = 0; i < FILE_SIZE; i++)
		test->source.bytes[i] = (uint8_t)(i * 7 + i / 253);
	uxm_payload_init(&test->payload,
			 (struct uxm_image){.ops = &source_ops, .self = &test->source});
	assert_int_equal(uxm_payload_open(&test->payload, &test->why), UXM_IO_OK);
	uxm_payload_begin(&test->payload, start);
	test->image = uxm_payload_image(&test->payload);
}

/* Reads on to the end: the file from `from` on, and nothing else. */
static void comes_from(struct test *test, size_t from)
{
	uint8_t piece[333];
	size_t got = 0;
	enum uxm_io io;

	while ((io = test->image.ops->read(test->image.self, piece, sizeof(piece), &got,
					   &test->why)) == UXM_IO_OK) {
		assert_true(got >= 1 && from + got <= FILE_SIZE);
		assert_memory_equal(piece, test->source.bytes + from, got);
		from += got;
	}
	assert_int_equal(io, UXM_IO_END);
	assert_int_equal(from, FILE_SIZE);
}

static void is_what_follows_the_header(void **state)
{
	static struct test test;
	uint64_t size = 0;

	(void)state;
	set_up(&test, START);
	assert_int_equal(test.image.ops->open(test.image.self, &size, &test.why), UXM_IO_OK);
	assert_int_equal(size, FILE_SIZE - START);
	comes_from(&test, START);
	set_up(&test, 0);
	assert_int_equal(test.image.ops->open(test.image.self, &size, &test.why), UXM_IO_OK);
	assert_int_equal(size, FILE_SIZE);
	comes_from(&test, 0);
}

static void goes_on_anywhere(void **state)
{
	static const size_t offsets[] = {0, 1, 1895, 1896, 1897, 3000, FILE_SIZE - START};
	static struct test test;

	(void)state;
	set_up(&test, START);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		assert_int_equal(test.image.ops->seek(test.image.self, offsets[i], &test.why),
				 UXM_IO_OK);
		comes_from(&test, START + offsets[i]);
	}
}

static void stays_where_it_is_when_the_file_cannot_go_there(void **state)
{
	static struct test test;

	(void)state;
	set_up(&test, START);
	test.source.stuck = true;
	assert_int_equal(test.image.ops->seek(test.image.self, 5, &test.why), UXM_IO_FAILED);
	assert_int_equal(test.image.ops->seek(test.image.self, 3000, &test.why), UXM_IO_FAILED);
	assert_int_equal(test.why.result, UXM_FETCH_FAILED);
	assert_false(test.image.ops->owes(test.image.self));
	comes_from(&test, START);
}

static void the_files_digest_is_the_payloads_only_without_a_header(void **state)
{
	static struct test test;
	uint8_t digest[32] = {0};

	(void)state;
	set_up(&test, START);
	assert_false(test.image.ops->digest(test.image.self, digest));
	assert_int_equal(digest[0], 0);
	set_up(&test, 0);
	assert_true(test.image.ops->digest(test.image.self, digest));
	assert_int_equal(digest[31], 0x55);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_what_follows_the_header),
		cmocka_unit_test(goes_on_anywhere),
		cmocka_unit_test(stays_where_it_is_when_the_file_cannot_go_there),
		cmocka_unit_test(the_files_digest_is_the_payloads_only_without_a_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
