/* The header of an image: read, written, and refused in every way that it can be wrong. */
#include <string.h>

#include "tests/cmocka.h"
#include "tests/uxm/fixture.h"
#include "uxm/bytes.h"

#define FILE_NAME "snomD7C-1.6.1-r.bin"

static bool reads(const struct fixture *fixture, struct uxm_image_header *header,
		  struct uxm_failure *why)
{
	return uxm_image_read(fixture->bytes, fixture_head(fixture), fixture->length, FILE_NAME,
			      header, why);
}

/* Refused, with these words, and the output left alone. */
static void check_refused(const struct fixture *fixture, const char *words)
{
	struct uxm_image_header header = {.size = 12345};
	struct uxm_failure why = {.result = UXM_UPDATED};

	if (reads(fixture, &header, &why))
		fail_msg("it was read, and not refused with '%s'", words);
	assert_int_equal(why.result, UXM_IMAGE_REFUSED);
	assert_non_null(strstr(why.text, FILE_NAME));
	if (strstr(why.text, words) == NULL)
		fail_msg("'%s' is not in '%s'", words, why.text);
	assert_int_equal(header.size, 12345);
}

static void reads_what_it_writes(void **state)
{
	struct uxm_image_header written = {
		.model = "D8C",
		.version = {{1, 2, 3, 4}},
		.lowest_hardware = 5,
		.highest_hardware = 65535,
		.oldest_over = {{0, 9, 8, 7}},
		.payload_size = 0x123456789ABCDEF0,
	};
	struct uxm_image_header read;
	uint8_t bytes[UXM_IMAGE_HEADER_LEAST];
	struct uxm_failure why;

	(void)state;
	memset(written.payload_digest, 0xA5, sizeof(written.payload_digest));
	uxm_image_write(&written, bytes);
	assert_true(uxm_image_read(bytes, sizeof(bytes), written.payload_size + sizeof(bytes),
				   FILE_NAME, &read, &why));
	assert_int_equal(read.size, UXM_IMAGE_HEADER_LEAST);
	assert_string_equal(read.model, "D8C");
	assert_int_equal(uxm_version_compare(&read.version, &written.version), 0);
	assert_int_equal(read.lowest_hardware, 5);
	assert_int_equal(read.highest_hardware, 65535);
	assert_int_equal(uxm_version_compare(&read.oldest_over, &written.oldest_over), 0);
	assert_true(read.payload_size == written.payload_size);
	assert_memory_equal(read.payload_digest, written.payload_digest,
			    sizeof(read.payload_digest));
	assert_false(read.is_signed);
	/* Of a file that is shorter than its header no payload is the right one. */
	written.payload_size = UINT64_MAX;
	uxm_image_write(&written, bytes);
	assert_false(
		uxm_image_read(bytes, sizeof(bytes), sizeof(bytes) - 1, FILE_NAME, &read, &why));
}

/* IMAGE.md's table, by hand: the offsets are not the reader's own. */
static void has_its_fields_where_the_specification_says(void **state)
{
	static const uint8_t start[48] = {
		'U', 'X', 'M', 'I', 1, 0, 152, 0, 'D',  '7', 'C', 0, 0, 0, 0, 0,
		1,   0,   6,   0,   1, 0, 0,   0, 1,    0,   3,   0, 0, 0, 0, 0,
		0,   0,   0,   0,   0, 0, 0,   0, 0xE8, 3,   0,   0, 0, 0, 0, 0,
	};
	struct fixture fixture;
	struct uxm_image_header header;
	struct uxm_failure why;

	(void)state;
	fixture_make(1000, &fixture);
	assert_memory_equal(fixture.bytes, start, sizeof(start));
	assert_true(reads(&fixture, &header, &why));
	assert_memory_equal(header.payload_digest, fixture.bytes + 48, 32);
	fixture_grow_and_sign(152, &fixture);
	assert_true(reads(&fixture, &header, &why));
	assert_true(header.is_signed);
	assert_memory_equal(header.key_id, fixture.bytes + 80, 8);
}

static void tells_a_header_by_its_magic(void **state)
{
	static const uint8_t magic[] = {'U', 'X', 'M', 'I'};

	(void)state;
	assert_true(uxm_image_has_header(magic, 4));
	for (size_t length = 0; length < 4; length++)
		assert_false(uxm_image_has_header(magic, length));
	assert_false(uxm_image_has_header((const uint8_t *)"UXMi", 4));
}

static void refuses_a_file_without_a_header(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_make(10, &fixture);
	fixture.bytes[0] = 'u';
	check_refused(&fixture, "it has none");
}

static void refuses_other_formats_by_number(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_make(10, &fixture);
	uxm_put16(fixture.bytes + 4, 0);
	check_refused(&fixture, "a header of format 0, only format 1");
	uxm_put16(fixture.bytes + 4, 2);
	check_refused(&fixture, "a header of format 2, only format 1");
	uxm_put16(fixture.bytes + 4, 256);
	check_refused(&fixture, "a header of format 256, only format 1");
}

/* An unknown format is named even where nothing behind it is known. */
static void names_an_unknown_format_in_eight_bytes(void **state)
{
	struct fixture fixture = {.bytes = "UXMI\7", .length = 8};

	(void)state;
	check_refused(&fixture, "format 7");
}

static void refuses_every_header_size_outside_of_its_range(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_make(4000, &fixture);
	for (unsigned size = 0; size <= UINT16_MAX; size++) {
		if (size == UXM_IMAGE_HEADER_LEAST)
			size = UXM_IMAGE_HEADER_MOST + 1;
		uxm_put16(fixture.bytes + 6, (uint16_t)size);
		check_refused(&fixture, "its size is impossible");
	}
}

static void takes_every_header_size_in_its_range(void **state)
{
	struct fixture fixture;
	struct uxm_image_header header;
	struct uxm_failure why;

	(void)state;
	for (uint16_t size = UXM_IMAGE_HEADER_LEAST; size <= UXM_IMAGE_HEADER_MOST; size++) {
		fixture_make(1, &fixture);
		uxm_put16(fixture.bytes + 6, size);
		fixture.length = (size_t)size + 1;
		assert_true(reads(&fixture, &header, &why));
		assert_int_equal(header.size, size);
	}
}

static void refuses_every_length_that_ends_in_the_header(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_make(10, &fixture);
	fixture_grow_and_sign(UXM_IMAGE_HEADER_MOST, &fixture);
	for (fixture.length = 4; fixture.length < UXM_IMAGE_HEADER_MOST; fixture.length++)
		check_refused(&fixture, "the file ends in it");
}

static void refuses_models_that_are_no_names(void **state)
{
	static const char wrong[][9] = {"\0\0\0\0\0\0\0", "d7c",    "D7C\0X", "D7C ",
					"D7CD7CD7",       "\3047C", "D7C\n",  "\0D7C"};
	struct fixture fixture;

	(void)state;
	fixture_make(10, &fixture);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		memcpy(fixture.bytes + 8, wrong[i], 8);
		check_refused(&fixture, "its model is no name");
	}
}

static void refuses_hardware_levels_the_wrong_way_round(void **state)
{
	struct fixture fixture;
	struct uxm_image_header header;
	struct uxm_failure why;

	(void)state;
	fixture_make(10, &fixture);
	uxm_put16(fixture.bytes + 24, 4);
	check_refused(&fixture, "the wrong way round");
	uxm_put16(fixture.bytes + 26, 4);
	assert_true(reads(&fixture, &header, &why));
}

static void refuses_an_empty_payload(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_make(0, &fixture);
	check_refused(&fixture, "its payload is empty");
}

static void refuses_another_length_than_the_file_has(void **state)
{
	static const uint64_t wrong[] = {
		1, 9, 11, UINT32_MAX, UINT64_MAX, UINT64_MAX - 151, (uint64_t)0 - 142};
	struct fixture fixture;

	(void)state;
	fixture_make(10, &fixture);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		uxm_put64(fixture.bytes + 40, wrong[i]);
		check_refused(&fixture, "another length than the file has");
	}
}

static void refuses_what_is_half_signed(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_make(10, &fixture);
	fixture.bytes[87] = 1;
	check_refused(&fixture, "it is half signed");
	fixture.bytes[87] = 0;
	fixture.bytes[88] = 1;
	check_refused(&fixture, "it is half signed");
	fixture.bytes[88] = 0;
	fixture.bytes[151] = 0x80;
	check_refused(&fixture, "it is half signed");
}

static void takes_what_a_later_revision_may_put_into_the_reserved_field(void **state)
{
	struct fixture fixture;
	struct uxm_image_header header;
	struct uxm_failure why;

	(void)state;
	fixture_make(10, &fixture);
	uxm_put32(fixture.bytes + 36, UINT32_MAX);
	assert_true(reads(&fixture, &header, &why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(has_its_fields_where_the_specification_says),
		cmocka_unit_test(tells_a_header_by_its_magic),
		cmocka_unit_test(refuses_a_file_without_a_header),
		cmocka_unit_test(refuses_other_formats_by_number),
		cmocka_unit_test(names_an_unknown_format_in_eight_bytes),
		cmocka_unit_test(refuses_every_header_size_outside_of_its_range),
		cmocka_unit_test(takes_every_header_size_in_its_range),
		cmocka_unit_test(refuses_every_length_that_ends_in_the_header),
		cmocka_unit_test(refuses_models_that_are_no_names),
		cmocka_unit_test(refuses_hardware_levels_the_wrong_way_round),
		cmocka_unit_test(refuses_an_empty_payload),
		cmocka_unit_test(refuses_another_length_than_the_file_has),
		cmocka_unit_test(refuses_what_is_half_signed),
		cmocka_unit_test(takes_what_a_later_revision_may_put_into_the_reserved_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
