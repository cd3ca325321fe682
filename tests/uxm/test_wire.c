/* The messages of the wire, against bytes written down from PROTOCOL.md's tables. */
#include <string.h>

#include "tests/cmocka.h"
#include "uxm/wire.h"

static const uint8_t identity_bytes[] = {
	0x00, 0x01, 48,   0,                             /* protocol 1.0, length */
	'D',  '7',  'C',  0,    0,    0,    0,    0,     /* model */
	1,    0,    6,    0,    1,    0,    0x0E, 0x01,  /* running 1.6.1.270 */
	1,    0,    1,    0,    0,    0,    0,    0,     /* oldest 1.1 */
	2,    0,    1,    0,                             /* hardware level, flags */
	0x00, 0xE1, 0xF5, 0x05, 0x01, 0x00, 0x00, 0x00,  /* largest image */
	0x88, 0x13, 0x00, 0x00, 0xEC, 0xFF, 0x03, 0x00}; /* silence, largest chunk */

static const struct uxm_identity identity_value = {
	.protocol = 0x0100,
	.model = "D7C",
	.running = {{1, 6, 1, 270}},
	.oldest = {{1, 1, 0, 0}},
	.hardware_level = 2,
	.flags = UXM_WIRE_FLAG_SIGNATURE,
	.largest_image = 4394967296,
	.silence = 5000,
	.largest_chunk = 262124,
};

static void identity_has_the_bytes_of_the_table(void **state)
{
	uint8_t bytes[UXM_WIRE_IDENTITY_SIZE];
	struct uxm_identity read;

	(void)state;
	uxm_wire_write_identity(&identity_value, bytes);
	assert_memory_equal(bytes, identity_bytes, sizeof(bytes));
	memset(&read, 0, sizeof(read));
	assert_true(uxm_wire_read_identity(identity_bytes, sizeof(identity_bytes), &read));
	assert_string_equal(read.model, "D7C");
	assert_memory_equal(&read.running, &identity_value.running, sizeof(read.running));
	assert_memory_equal(&read.oldest, &identity_value.oldest, sizeof(read.oldest));
	assert_int_equal(read.hardware_level, 2);
	assert_int_equal(read.flags, UXM_WIRE_FLAG_SIGNATURE);
	assert_true(read.largest_image == identity_value.largest_image);
	assert_int_equal(read.silence, 5000);
	assert_int_equal(read.largest_chunk, 262124);
}

static void a_reply_may_be_longer_than_is_known(void **state)
{
	uint8_t bytes[64] = {0};
	struct uxm_identity read;

	(void)state;
	memcpy(bytes, identity_bytes, sizeof(identity_bytes));
	bytes[0] = 7; /* a later minor version */
	bytes[2] = 64;
	assert_true(uxm_wire_read_identity(bytes, sizeof(bytes), &read));
}

static void refuses_an_identity_with(size_t offset, uint8_t value)
{
	uint8_t bytes[UXM_WIRE_IDENTITY_SIZE];
	struct uxm_identity read = {.silence = 77};

	memcpy(bytes, identity_bytes, sizeof(bytes));
	bytes[offset] = value;
	if (uxm_wire_read_identity(bytes, sizeof(bytes), &read))
		fail_msg("byte %zu = %u was accepted", offset, value);
	assert_int_equal(read.silence, 77);
}

static void refuses_an_identity_outside_of_the_table(void **state)
{
	struct uxm_identity read;

	(void)state;
	for (size_t length = 0; length < sizeof(identity_bytes); length++)
		assert_false(uxm_wire_read_identity(identity_bytes, length, &read));
	refuses_an_identity_with(1, 2);      /* another major version */
	refuses_an_identity_with(2, 47);     /* says that it is shorter */
	refuses_an_identity_with(4, 0);      /* no model */
	refuses_an_identity_with(5, 'a');    /* not a capital letter */
	refuses_an_identity_with(5, '\033'); /* a control character */
	refuses_an_identity_with(8, 'X');    /* something behind the end of the model */
}

static void refuses_a_chunk_limit_below_the_least(void **state)
{
	uint8_t bytes[UXM_WIRE_IDENTITY_SIZE];
	struct uxm_identity value = identity_value;
	struct uxm_identity read;

	(void)state;
	value.largest_chunk = UXM_WIRE_CHUNK_LEAST - 1;
	uxm_wire_write_identity(&value, bytes);
	assert_false(uxm_wire_read_identity(bytes, sizeof(bytes), &read));
	value.largest_chunk = UXM_WIRE_CHUNK_LEAST;
	uxm_wire_write_identity(&value, bytes);
	assert_true(uxm_wire_read_identity(bytes, sizeof(bytes), &read));
}

static void a_model_of_eight_characters_has_no_end(void **state)
{
	uint8_t bytes[UXM_WIRE_IDENTITY_SIZE];
	struct uxm_identity read;

	(void)state;
	memcpy(bytes, identity_bytes, sizeof(bytes));
	memset(bytes + 4, '7', UXM_MODEL_TEXT);
	assert_false(uxm_wire_read_identity(bytes, sizeof(bytes), &read));
}

static void begin_has_the_bytes_of_the_table(void **state)
{
	struct uxm_begin begin = {.size = 0x0102030405060708,
				  .version = {{1, 6, 1, 0}},
				  .header_length = 2,
				  .flags = UXM_WIRE_FLAG_OVERRIDE};
	uint8_t expected[UXM_WIRE_BEGIN_SIZE] = {8, 7, 6, 5, 4, 3, 2, 1};
	uint8_t bytes[UXM_WIRE_BEGIN_SIZE + 2] = {0};
	struct uxm_begin read;

	(void)state;
	memset(begin.id, 0xAB, sizeof(begin.id));
	memset(expected + 8, 0xAB, 32);
	expected[40] = 1;
	expected[42] = 6;
	expected[44] = 1;
	expected[48] = 2;
	expected[50] = 1;
	uxm_wire_write_begin(&begin, bytes);
	assert_memory_equal(bytes, expected, sizeof(expected));
	assert_true(uxm_wire_read_begin(bytes, sizeof(bytes), &read));
	assert_true(read.size == begin.size);
	assert_memory_equal(read.id, begin.id, sizeof(read.id));
	assert_int_equal(read.header_length, 2);
	assert_int_equal(read.flags, UXM_WIRE_FLAG_OVERRIDE);
}

static void begin_must_be_as_long_as_it_says(void **state)
{
	struct uxm_begin begin = {.size = 1, .header_length = 5};
	uint8_t bytes[UXM_WIRE_BEGIN_SIZE + UXM_WIRE_HEADER_MAX + 1] = {0};
	struct uxm_begin read;

	(void)state;
	uxm_wire_write_begin(&begin, bytes);
	for (size_t length = 0; length < 200; length++)
		assert_int_equal(uxm_wire_read_begin(bytes, length, &read),
				 length == UXM_WIRE_BEGIN_SIZE + 5);
	begin.header_length = UXM_WIRE_HEADER_MAX + 1;
	uxm_wire_write_begin(&begin, bytes);
	assert_false(uxm_wire_read_begin(bytes, sizeof(bytes), &read));
}

static void status_has_the_bytes_of_the_table(void **state)
{
	static const uint8_t expected[UXM_WIRE_STATUS_SIZE] = {
		2, 3, 0, 0, 0x78, 0x56, 0x34, 0x12, 9,   0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0,
		1, 0, 0, 0, 100,  37,   0,    1,    250, 0, 0, 0, 7, 1, 0, 0, 1, 0, 0, 0};
	struct uxm_status status = {
		.state = UXM_WIRE_VERIFYING,
		.reason = UXM_WIRE_DIGEST,
		.session = 0x12345678,
		.accepted = 0x100000009,
		.durable = 0x100000008,
		.receive = 100,
		.verify = 37,
		.halted = true,
		.again = 250,
		.received = 0x100000107,
	};
	uint8_t bytes[UXM_WIRE_STATUS_SIZE];
	struct uxm_status read;

	(void)state;
	uxm_wire_write_status(&status, bytes);
	assert_memory_equal(bytes, expected, sizeof(expected));
	assert_true(uxm_wire_read_status(bytes, sizeof(bytes), &read));
	assert_int_equal(read.state, UXM_WIRE_VERIFYING);
	assert_int_equal(read.reason, UXM_WIRE_DIGEST);
	assert_true(read.accepted == status.accepted && read.durable == status.durable);
	assert_true(read.halted);
	assert_int_equal(read.again, 250);
	assert_true(read.received == status.received);
}

static void refuses_a_status_outside_of_the_table(void **state)
{
	static const struct {
		size_t offset;
		uint8_t value;
	} wrong[] = {
		{0, UXM_WIRE_STATES}, {0, 255}, {8, 1}, {16, 1}, {24, 101}, {25, 101}, {26, 255}};
	struct uxm_status status = {.state = UXM_WIRE_IDLE};
	uint8_t bytes[UXM_WIRE_STATUS_SIZE];
	struct uxm_status read;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		uxm_wire_write_status(&status, bytes);
		bytes[wrong[i].offset] = wrong[i].value;
		assert_false(uxm_wire_read_status(bytes, sizeof(bytes), &read));
	}
	uxm_wire_write_status(&status, bytes);
	for (size_t length = 0; length < sizeof(bytes); length++)
		assert_false(uxm_wire_read_status(bytes, length, &read));
	bytes[1] = 200; /* a reason of a later version */
	assert_true(uxm_wire_read_status(bytes, sizeof(bytes), &read));
	assert_int_equal(read.reason, UXM_WIRE_OTHER);
}

static void commit_and_chunk_have_the_bytes_of_the_tables(void **state)
{
	struct uxm_commit commit = {.size = 0x0807060504030201};
	struct uxm_chunk chunk = {.session = 0x04030201,
				  .length = 0x08070605,
				  .offset = 0x100F0E0D0C0B0A09,
				  .crc = 0x14131211};
	struct uxm_commit commit_read;
	struct uxm_chunk chunk_read;
	uint8_t bytes[UXM_WIRE_COMMIT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(commit.digest); i++)
		commit.digest[i] = (uint8_t)(9 + i);
	uxm_wire_write_commit(&commit, bytes);
	for (size_t i = 0; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], i + 1);
	assert_true(uxm_wire_read_commit(bytes, sizeof(bytes), &commit_read));
	assert_true(commit_read.size == commit.size);
	assert_memory_equal(commit_read.digest, commit.digest, sizeof(commit.digest));
	assert_false(uxm_wire_read_commit(bytes, sizeof(bytes) - 1, &commit_read));
	uxm_wire_write_chunk(&chunk, bytes);
	for (size_t i = 0; i < UXM_WIRE_CHUNK_SIZE; i++)
		assert_int_equal(bytes[i], i + 1);
	uxm_wire_read_chunk(bytes, &chunk_read);
	assert_int_equal(chunk_read.session, chunk.session);
	assert_int_equal(chunk_read.length, chunk.length);
	assert_true(chunk_read.offset == chunk.offset);
	assert_int_equal(chunk_read.crc, chunk.crc);
}

static void the_crc_is_that_of_iso_3309(void **state)
{
	(void)state;
	/* The check value that catalogues of CRCs give for "123456789". */
	assert_int_equal(uxm_wire_crc((const uint8_t *)"123456789", 9), 0xCBF43926);
}

static void every_state_and_reason_has_its_own_name(void **state)
{
	(void)state;
	for (unsigned a = 0; a < UXM_WIRE_STATES; a++) {
		for (unsigned b = 0; b < a; b++)
			assert_string_not_equal(uxm_wire_state_name((enum uxm_wire_state)a),
						uxm_wire_state_name((enum uxm_wire_state)b));
	}
	for (unsigned a = 0; a < UXM_WIRE_REASONS; a++) {
		for (unsigned b = 0; b < a; b++)
			assert_string_not_equal(uxm_wire_reason_name((enum uxm_wire_reason)a),
						uxm_wire_reason_name((enum uxm_wire_reason)b));
	}
	assert_string_equal(uxm_wire_state_name(UXM_WIRE_STATES), "unknown");
	assert_string_equal(uxm_wire_reason_name(UXM_WIRE_REASONS), "other");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity_has_the_bytes_of_the_table),
		cmocka_unit_test(a_reply_may_be_longer_than_is_known),
		cmocka_unit_test(refuses_an_identity_outside_of_the_table),
		cmocka_unit_test(refuses_a_chunk_limit_below_the_least),
		cmocka_unit_test(a_model_of_eight_characters_has_no_end),
		cmocka_unit_test(begin_has_the_bytes_of_the_table),
		cmocka_unit_test(begin_must_be_as_long_as_it_says),
		cmocka_unit_test(status_has_the_bytes_of_the_table),
		cmocka_unit_test(refuses_a_status_outside_of_the_table),
		cmocka_unit_test(commit_and_chunk_have_the_bytes_of_the_tables),
		cmocka_unit_test(the_crc_is_that_of_iso_3309),
		cmocka_unit_test(every_state_and_reason_has_its_own_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
